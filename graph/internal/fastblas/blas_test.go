package fastblas

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"
	lapackgonum "gonum.org/v1/gonum/lapack/gonum"
)

// panicOf returns what f panics with, or nil.
func panicOf(f func()) (reason any) {
	defer func() { reason = recover() }()
	f()
	return nil
}

// Arguments that gonum refuses are refused in the same words.
func TestPanicsAsGonum(t *testing.T) {
	x := make([]float64, 100)
	calls := map[string]func(im blas.Float64Level3){}
	for i, bad := range []struct {
		tA, tB                       blas.Transpose
		m, n, k, lda, ldb, ldc       int
		shortA, shortB, shortC, want int
	}{
		{tA: 'X', tB: 'N', m: 3, n: 4, k: 5, lda: 5, ldb: 4, ldc: 4},
		{tA: 'N', tB: 0, m: 3, n: 4, k: 5, lda: 5, ldb: 4, ldc: 4},
		{tA: 'N', tB: 'N', m: -1, n: 4, k: 5, lda: 5, ldb: 4, ldc: 4},
		{tA: 'N', tB: 'N', m: 3, n: -1, k: 5, lda: 5, ldb: 4, ldc: 4},
		{tA: 'N', tB: 'N', m: 3, n: 4, k: -1, lda: 5, ldb: 4, ldc: 4},
		{tA: 'N', tB: 'N', m: 3, n: 4, k: 5, lda: 4, ldb: 4, ldc: 4},
		{tA: 'T', tB: 'N', m: 3, n: 4, k: 5, lda: 2, ldb: 4, ldc: 4},
		{tA: 'N', tB: 'N', m: 3, n: 4, k: 5, lda: 5, ldb: 3, ldc: 4},
		{tA: 'N', tB: 'T', m: 3, n: 4, k: 5, lda: 5, ldb: 4, ldc: 4},
		{tA: 'N', tB: 'N', m: 3, n: 4, k: 5, lda: 5, ldb: 4, ldc: 3},
		{tA: 'N', tB: 'N', m: 3, n: 4, k: 5, lda: 5, ldb: 4, ldc: 4, shortA: 14},
		{tA: 'C', tB: 'N', m: 3, n: 4, k: 5, lda: 3, ldb: 4, ldc: 4, shortA: 14},
		{tA: 'N', tB: 'N', m: 3, n: 4, k: 5, lda: 5, ldb: 4, ldc: 4, shortB: 19},
		{tA: 'N', tB: 'C', m: 3, n: 4, k: 5, lda: 5, ldb: 5, ldc: 4, shortB: 19},
		{tA: 'N', tB: 'N', m: 3, n: 4, k: 5, lda: 5, ldb: 4, ldc: 4, shortC: 11},
		{tA: 'N', tB: 'N', m: 3, n: 4, k: 0, lda: 0, ldb: 4, ldc: 4},
		{tA: 'N', tB: 'N', m: 0, n: 0, k: 0, lda: 0, ldb: 0, ldc: 0},
	} {
		cut := func(n int) []float64 {
			if n > 0 {
				return x[:n]
			}
			return x
		}
		calls[fmt.Sprint("Dgemm ", i)] = func(im blas.Float64Level3) {
			im.Dgemm(bad.tA, bad.tB, bad.m, bad.n, bad.k, 1, cut(bad.shortA), bad.lda, cut(bad.shortB), bad.ldb, 0, cut(bad.shortC), bad.ldc)
		}
	}
	for i, bad := range []struct {
		ul             blas.Uplo
		tA             blas.Transpose
		n, k, lda, ldc int
		a, c           int
	}{
		{'X', 'N', 4, 5, 5, 4, 20, 16},
		{'U', 'X', 4, 5, 5, 4, 20, 16},
		{'U', 'N', -1, 5, 5, 4, 20, 16},
		{'U', 'N', 4, -1, 5, 4, 20, 16},
		{'U', 'N', 4, 5, 4, 4, 20, 16},
		{'U', 'T', 4, 5, 3, 4, 20, 16},
		{'L', 'N', 4, 5, 5, 3, 20, 16},
		{'L', 'N', 4, 5, 5, 4, 19, 16},
		{'L', 'T', 4, 5, 4, 4, 19, 16},
		{'L', 'T', 4, 5, 4, 4, 20, 15},
	} {
		calls[fmt.Sprint("Dsyrk ", i)] = func(im blas.Float64Level3) {
			im.Dsyrk(bad.ul, bad.tA, bad.n, bad.k, 1, x[:bad.a], bad.lda, 0, x[:bad.c], bad.ldc)
		}
	}
	for i, bad := range []struct {
		s              blas.Side
		ul             blas.Uplo
		tA             blas.Transpose
		d              blas.Diag
		m, n, lda, ldb int
		a, b           int
	}{
		{'X', 'U', 'N', 'N', 4, 5, 4, 5, 16, 20},
		{'L', 'X', 'N', 'N', 4, 5, 4, 5, 16, 20},
		{'L', 'U', 'X', 'N', 4, 5, 4, 5, 16, 20},
		{'L', 'U', 'N', 'X', 4, 5, 4, 5, 16, 20},
		{'L', 'U', 'N', 'N', -1, 5, 4, 5, 16, 20},
		{'L', 'U', 'N', 'N', 4, -1, 4, 5, 16, 20},
		{'L', 'U', 'N', 'N', 4, 5, 3, 5, 16, 20},
		{'R', 'U', 'N', 'N', 4, 5, 4, 5, 25, 20},
		{'L', 'U', 'N', 'N', 4, 5, 4, 4, 16, 20},
		{'L', 'U', 'N', 'N', 4, 5, 4, 5, 15, 20},
		{'R', 'U', 'N', 'N', 4, 5, 5, 5, 24, 20},
		{'R', 'U', 'N', 'N', 4, 5, 5, 5, 25, 19},
	} {
		calls[fmt.Sprint("Dtrsm ", i)] = func(im blas.Float64Level3) {
			im.Dtrsm(bad.s, bad.ul, bad.tA, bad.d, bad.m, bad.n, 1, x[:bad.a], bad.lda, x[:bad.b], bad.ldb)
		}
		calls[fmt.Sprint("Dtrmm ", i)] = func(im blas.Float64Level3) {
			im.Dtrmm(bad.s, bad.ul, bad.tA, bad.d, bad.m, bad.n, 1, x[:bad.a], bad.lda, x[:bad.b], bad.ldb)
		}
	}
	onEach(t, paths(), func(t *testing.T) {
		for name, call := range calls {
			want := panicOf(func() { call(reference) })
			if name != "Dgemm 15" && name != "Dgemm 16" {
				require.NotNil(t, want, name)
			}
			require.Equal(t, want, panicOf(func() { call(Implementation{}) }), name)
		}
		for _, f := range []func(l lapack.Float64){
			func(l lapack.Float64) { l.Dpotrf('X', 4, x, 4) },
			func(l lapack.Float64) { l.Dpotrf('U', -1, x, 4) },
			func(l lapack.Float64) { l.Dpotrf('U', 4, x, 3) },
			func(l lapack.Float64) { l.Dpotrf('L', 4, x[:15], 4) },
		} {
			want := panicOf(func() { f(lapackgonum.Implementation{}) })
			require.NotNil(t, want)
			require.Equal(t, want, panicOf(func() { f(LAPACK{}) }))
		}
	})
}

// everyCall runs each routine once, on sizes that reach every way through it,
// and returns all that was computed.
func everyCall(sizes [][3]int) (results [][]float64) {
	im := Implementation{}
	for _, size := range sizes {
		m, n, k := size[0], size[1], size[2]
		r := newRand(uint64(m*n + k))
		for _, tA := range transposes[:2] {
			for _, tB := range transposes[:2] {
				_, lda := turned(tA, m, k)
				_, ldb := turned(tB, k, n)
				c := normal(r, m*n)
				im.Dgemm(tA, tB, m, n, k, 1.5, normal(r, m*k), lda, normal(r, k*n), ldb, 0.5, c, n)
				results = append(results, c)
			}
			for _, ul := range triangles {
				_, lda := turned(tA, n, k)
				c := normal(r, n*n)
				im.Dsyrk(ul, tA, n, k, 1, normal(r, n*k), lda, 1, c, n)
				results = append(results, c)
				for _, s := range sides {
					order := m
					if s == blas.Right {
						order = n
					}
					a := normal(r, order*order)
					for i := range a {
						a[i] /= float64(order)
					}
					for i := range order {
						a[i*order+i]++
					}
					x, y := normal(r, m*n), normal(r, m*n)
					im.Dtrsm(s, ul, tA, blas.NonUnit, m, n, 1, a, order, x, n)
					im.Dtrmm(s, ul, tA, blas.Unit, m, n, 2, a, order, y, n)
					results = append(results, x, y)
				}
			}
		}
		for _, ul := range triangles {
			a := definite(n, ul)
			LAPACK{}.Dpotrf(ul, n, a.data, a.stride)
			results = append(results, a.data)
		}
	}
	return results
}

func TestBytesDoNotDependOnThreads(t *testing.T) {
	onEach(t, kernelPaths(), func(t *testing.T) {
		sizes := [][3]int{{150, 170, 160}, {500, 40, 300}, {30, 700, 400}, {20, 12, 9000}, {301, 299, 257}}
		if testing.Short() {
			sizes = sizes[:2]
		}
		one := everyCall(sizes)
		for _, n := range []int{2, 3, 7} {
			withThreads(n, func() {
				for i, got := range everyCall(sizes) {
					requireSame(t, one[i], got, n, "threads, result", i)
				}
			})
		}
	})
}

func TestConcurrentCalls(t *testing.T) {
	onEach(t, paths(), func(t *testing.T) {
		sizes := [][3]int{{60, 2, 2}, {2, 2, 60}, {40, 50, 60}, {131, 140, 150}}
		want := everyCall(sizes)
		withThreads(2, func() {
			var wg sync.WaitGroup
			for range 4 {
				wg.Go(func() {
					for i, got := range everyCall(sizes) {
						if current.Load().kernel == nil {
							continue // the system's bytes may depend on threads
						}
						requireSame(t, want[i], got, i)
					}
				})
			}
			wg.Wait()
		})
	})
}

func TestNoAllocations(t *testing.T) {
	im := Implementation{}
	onEach(t, kernelPaths(), func(t *testing.T) {
		for _, n := range []int{3, 20, 100, 400} {
			a, b, c := definite(n, blas.Upper), normal(newRand(1), n*n), normal(newRand(2), n*n)
			for i := range n {
				b[i*n+i] = 10 * float64(n)
			}
			f := append([]float64(nil), a.data...)
			for name, call := range map[string]func(){
				"Dgemm NN": func() { im.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, b, n, b, n, 0, c, n) },
				"Dgemm TT": func() { im.Dgemm(blas.Trans, blas.Trans, n, n, n, 1, b, n, b, n, 1, c, n) },
				"Dsyrk":    func() { im.Dsyrk(blas.Lower, blas.NoTrans, n, n, 1, b, n, 0, c, n) },
				"Dtrsm":    func() { im.Dtrsm(blas.Right, blas.Upper, blas.NoTrans, blas.NonUnit, n, n, 1, b, n, c, n) },
				"Dtrmm":    func() { im.Dtrmm(blas.Left, blas.Upper, blas.Trans, blas.Unit, n, n, 1e-3, b, n, c, n) },
				"Dpotrf": func() {
					copy(f, a.data)
					LAPACK{}.Dpotrf(blas.Upper, n, f, a.stride)
				},
			} {
				require.Zero(t, testing.AllocsPerRun(5, call), "%s, %d", name, n)
			}
		}
		n := 500 // on two threads: a goroutine and its closure, not buffers
		b, c := normal(newRand(1), n*n), normal(newRand(2), n*n)
		withThreads(2, func() {
			allocs := testing.AllocsPerRun(5, func() {
				im.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, b, n, b, n, 0, c, n)
			})
			require.Less(t, allocs, 10.0)
		})
	})
}
