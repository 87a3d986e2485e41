package fastblas

import (
	"fmt"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
)

// shapes are the data of a step: n samples × p units.
var shapes = [][2]int{
	{20, 10}, {60, 2}, {100, 100}, {1000, 100}, {5000, 100}, {473, 278}, {968, 141}, {600, 600}, {1080, 727}, {2000, 500},
}

// products are those of a step with X and Y n×p, M p×p.
var products = []struct {
	name  string
	flops func(n, p float64) float64
	run   func(n, p int, x, y, m, out []float64)
}{
	{
		"XtY", func(n, p float64) float64 { return 2 * n * p * p },
		func(n, p int, x, y, _, out []float64) {
			Implementation{}.Dgemm(blas.Trans, blas.NoTrans, p, p, n, 1, x, p, y, p, 0, out, p)
		},
	},
	{
		"XM", func(n, p float64) float64 { return 2 * n * p * p },
		func(n, p int, x, _, m, out []float64) {
			Implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, n, p, p, 1, x, p, m, p, 0, out, p)
		},
	},
	{
		"XMt", func(n, p float64) float64 { return 2 * n * p * p },
		func(n, p int, x, _, m, out []float64) {
			Implementation{}.Dgemm(blas.NoTrans, blas.Trans, n, p, p, 1, x, p, m, p, 0, out, p)
		},
	},
	{
		"YtY", func(n, p float64) float64 { return n * p * (p + 1) },
		func(n, p int, _, y, _, out []float64) {
			Implementation{}.Dsyrk(blas.Upper, blas.Trans, p, n, 1, y, p, 0, out, p)
		},
	},
	{
		"YYt", func(n, p float64) float64 { return p * n * (n + 1) },
		func(n, p int, _, y, _, out []float64) {
			Implementation{}.Dsyrk(blas.Upper, blas.NoTrans, n, p, 1, y, p, 0, out, n)
		},
	},
}

func BenchmarkProduct(b *testing.B) {
	for _, product := range products {
		for _, shape := range shapes {
			n, p := shape[0], shape[1]
			x, y, m := normal(newRand(1), n*p), normal(newRand(2), n*p), normal(newRand(3), p*p)
			out := make([]float64, n*max(n, p))
			for _, path := range paths() {
				b.Run(fmt.Sprintf("%s/%dx%d/%s", product.name, n, p, path.name), func(b *testing.B) {
					defer current.Store(current.Swap(path))
					b.ReportAllocs()
					for b.Loop() {
						product.run(n, p, x, y, m, out)
					}
					report(b, product.flops(float64(n), float64(p)), b.Elapsed())
				})
			}
		}
	}
}

func BenchmarkThreads(b *testing.B) {
	n := 1000
	x, out := normal(newRand(1), n*n), make([]float64, n*n)
	for _, path := range kernelPaths() {
		for _, t := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/%d", path.name, t), func(b *testing.B) {
				defer current.Store(current.Swap(path))
				withThreads(t, func() {
					for b.Loop() {
						Implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, x, n, x, n, 0, out, n)
					}
				})
				report(b, 2*float64(n*n*n), b.Elapsed())
			})
		}
	}
}

// BenchmarkTriangular has what an iteration for a polar factor needs: the
// Cholesky factor of a p×p matrix, and XU⁻¹ and XU⁻ᵀ for a p×p X.
func BenchmarkTriangular(b *testing.B) {
	for _, n := range []int{60, 100, 278, 500, 600, 727} {
		a := definite(n, blas.Upper)
		u := a.clone()
		LAPACK{}.Implementation.Dpotrf(blas.Upper, n, u.data, u.stride)
		x := matrix{n, n, u.stride, normal(newRand(1), len(u.data)), marker}
		cube := float64(n) * float64(n) * float64(n)
		for _, call := range []struct {
			name  string
			flops float64
			from  matrix
			run   func(b matrix)
		}{
			{"Dpotrf", cube / 3, a, func(b matrix) { LAPACK{}.Dpotrf(blas.Upper, n, b.data, b.stride) }},
			{"XUinv", cube, x, func(b matrix) {
				Implementation{}.Dtrsm(blas.Right, blas.Upper, blas.NoTrans, blas.NonUnit, n, n, 1, u.data, u.stride, b.data, b.stride)
			}},
			{"XUinvT", cube, x, func(b matrix) {
				Implementation{}.Dtrsm(blas.Right, blas.Upper, blas.Trans, blas.NonUnit, n, n, 1, u.data, u.stride, b.data, b.stride)
			}},
			{"XU", cube, x, func(b matrix) {
				Implementation{}.Dtrmm(blas.Right, blas.Upper, blas.NoTrans, blas.NonUnit, n, n, 1, u.data, u.stride, b.data, b.stride)
			}},
		} {
			in := call.from.clone()
			for _, path := range paths() {
				b.Run(fmt.Sprintf("%s/%d/%s", call.name, n, path.name), func(b *testing.B) {
					defer current.Store(current.Swap(path))
					b.ReportAllocs()
					var spent time.Duration // without the copy, which ns/op has
					for b.Loop() {
						copy(in.data, call.from.data)
						start := time.Now()
						call.run(in)
						spent += time.Since(start)
					}
					report(b, call.flops, spent)
				})
			}
		}
	}
}

// report adds the rate of b.N runs of so many operations each.
func report(b *testing.B, flops float64, spent time.Duration) {
	b.ReportMetric(flops*float64(b.N)/float64(spent.Nanoseconds()), "GFLOP/s")
}
