package fastblas

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
)

// gemm is one call of Dgemm.
type gemm struct {
	tA, tB      blas.Transpose
	m, n, k     int
	alpha, beta float64
	a, b, c     matrix
}

func (g gemm) run(on blas.Float64Level3) matrix {
	c := g.c.clone()
	on.Dgemm(g.tA, g.tB, g.m, g.n, g.k, g.alpha, g.a.data, g.a.stride, g.b.data, g.b.stride, g.beta, c.data, c.stride)
	return c
}

// scale is |α||A||B| + |β||C|, by which the error of an element is measured.
func (g gemm) scale() matrix {
	g.a, g.b, g.c = g.a.abs(), g.b.abs(), g.c.abs()
	g.alpha, g.beta = math.Abs(g.alpha), math.Abs(g.beta)
	return g.run(reference)
}

func randomGemm(seed uint64, most int) gemm {
	r := newRand(seed)
	g := gemm{
		tA: pick(r, transposes), tB: pick(r, transposes),
		m: size(r, most), n: size(r, most), k: size(r, 2*most),
		alpha: pick(r, []float64{1, -1, 1.5, 0}), beta: pick(r, []float64{0, 1, -1, 0.5}),
	}
	g.a = random(r, g.m, g.k)
	if g.tA != blas.NoTrans {
		g.a = random(r, g.k, g.m)
	}
	g.b = random(r, g.k, g.n)
	if g.tB != blas.NoTrans {
		g.b = random(r, g.n, g.k)
	}
	g.c = written(r, g.m, g.n)
	return g
}

// A sum of k products, in whatever order and with or without fused
// operations, errs by at most k ε/2 Σ|αab|; α, β and the last sum add three
// roundings. Two such sums differ by at most twice that.
func gemmUnits(k int) float64 { return float64(k) + 3 }

func (g gemm) check(t *testing.T) {
	t.Helper()
	got := g.run(Implementation{})
	requireNear(t, g.run(reference), got, g.scale(), gemmUnits(g.k), g.tA, g.tB, g.m, g.n, g.k, g.alpha, g.beta)
	got.requireGaps(t)
}

func TestDgemmAgreesWithGonum(t *testing.T) {
	onEach(t, paths(), func(t *testing.T) {
		for seed := range uint64(800) {
			randomGemm(seed, 120).check(t)
		}
		if testing.Short() {
			return
		}
		for seed := range uint64(30) {
			randomGemm(seed, 900).check(t)
		}
	})
}

func FuzzDgemm(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(seed, uint16(1+13*seed))
	}
	f.Fuzz(func(t *testing.T, seed uint64, most uint16) {
		onEach(t, paths(), func(t *testing.T) { randomGemm(seed, 1+int(most)%400).check(t) })
	})
}

// An element of C is the same to the bit whatever matrix it is part of: its
// bytes depend on its row of A, its column of B and k.
func TestElementsDoNotDependOnShape(t *testing.T) {
	onEach(t, kernelPaths(), func(t *testing.T) {
		for seed := range uint64(60) {
			g := randomGemm(seed, 200)
			if seed%4 == 0 {
				g = randomGemm(seed, 500)
			}
			whole := g.run(Implementation{})
			r := newRand(seed + 1000)
			for range 10 {
				i0, j0 := r.IntN(g.m), r.IntN(g.n)
				part := g
				part.m, part.n = 1+r.IntN(g.m-i0), 1+r.IntN(g.n-j0)
				if r.IntN(2) == 0 {
					part.m, part.n = min(part.m, 3), min(part.n, 3)
				}
				row, _ := turned(g.tA, g.a.stride, 1)
				col, _ := turned(g.tB, 1, g.b.stride)
				part.a.data, part.b.data = g.a.data[i0*row:], g.b.data[j0*col:]
				part.c.data = g.c.data[i0*g.c.stride+j0:]
				got := part.run(Implementation{})
				for i := range part.m {
					requireSame(t, whole.data[(i0+i)*g.c.stride+j0:][:part.n], got.data[i*g.c.stride:][:part.n],
						g.tA, g.tB, g.m, g.n, g.k, part.m, part.n)
				}
			}
		}
	})
}

func TestDsyrkAgreesWithGonum(t *testing.T) {
	onEach(t, paths(), func(t *testing.T) {
		for seed := range uint64(600) {
			r := newRand(seed)
			most := 150
			if seed%50 == 0 && !testing.Short() {
				most = 900
			}
			checkSyrk(t, r, pick(r, triangles), pick(r, transposes), size(r, most), size(r, 2*most), pick(r, []float64{1, -1, 1.5, 0}))
		}
	})
}

func checkSyrk(t *testing.T, r *rand.Rand, ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64) {
	t.Helper()
	beta := pick(r, []float64{0, 1, -1, 0.5})
	a := random(r, n, k)
	if tA != blas.NoTrans {
		a = random(r, k, n)
	}
	c := written(r, n, n)
	scale := c.abs()
	reference.Dsyrk(ul, tA, n, k, math.Abs(alpha), a.abs().data, a.stride, math.Abs(beta), scale.data, scale.stride)
	for i := range n { // the other triangle is not to be touched
		for j := range n {
			if (ul == blas.Upper && j < i) || (ul == blas.Lower && j > i) {
				*c.at(i, j) = marker
			}
		}
	}
	want, got := c.clone(), c.clone()
	reference.Dsyrk(ul, tA, n, k, alpha, a.data, a.stride, beta, want.data, want.stride)
	Implementation{}.Dsyrk(ul, tA, n, k, alpha, a.data, a.stride, beta, got.data, got.stride)
	requireNear(t, want, got, scale, gemmUnits(k), ul, tA, n, k, alpha, beta)
	got.requireGaps(t)
}

// Dsyrk's triangle is that of Dgemm, to the bit.
func TestDsyrkIsATriangleOfDgemm(t *testing.T) {
	onEach(t, kernelPaths(), func(t *testing.T) {
		for seed := range uint64(200) {
			r := newRand(seed)
			ul, tA := pick(r, triangles), pick(r, transposes[:2])
			n, k := size(r, 400), size(r, 600)
			beta := pick(r, []float64{0, 1, 0.5})
			a := random(r, n, k)
			if tA != blas.NoTrans {
				a = random(r, k, n)
			}
			tB := blas.Trans
			if tA == blas.Trans {
				tB = blas.NoTrans
			}
			c := written(r, n, n)
			want, got := c.clone(), c.clone()
			Implementation{}.Dgemm(tA, tB, n, n, k, 1.5, a.data, a.stride, a.data, a.stride, beta, want.data, want.stride)
			Implementation{}.Dsyrk(ul, tA, n, k, 1.5, a.data, a.stride, beta, got.data, got.stride)
			for i := range n {
				lo, hi := i, n
				if ul == blas.Lower {
					lo, hi = 0, i+1
				}
				requireSame(t, want.data[i*c.stride:][lo:hi], got.data[i*c.stride:][lo:hi], ul, tA, n, k, i)
			}
		}
	})
}

func TestBetaZeroOverwrites(t *testing.T) {
	onEach(t, paths(), func(t *testing.T) {
		for _, n := range []int{1, 2, 7, 8, 30, 100, 130} {
			for _, beta := range []float64{0, math.Copysign(0, -1)} {
				r := newRand(uint64(n))
				a, b, c := normal(r, n*n), normal(r, n*n), make([]float64, n*n)
				for i := range c {
					c[i] = math.NaN()
				}
				u := append([]float64(nil), c...)
				Implementation{}.Dgemm(blas.NoTrans, blas.Trans, n, n, n, 1, a, n, b, n, beta, c, n)
				Implementation{}.Dsyrk(blas.Upper, blas.Trans, n, n, 1, a, n, beta, u, n)
				for i := range n {
					for j := range n {
						require.False(t, math.IsNaN(c[i*n+j]), "Dgemm %d: %d %d", n, i, j)
						require.Equal(t, j < i, math.IsNaN(u[i*n+j]), "Dsyrk %d: %d %d", n, i, j)
					}
				}
			}
		}
	})
}

// gonum's own Dgemm does read, and multiplies by zero.
func TestAlphaZeroDoesNotRead(t *testing.T) {
	onEach(t, kernelPaths(), func(t *testing.T) {
		for _, n := range []int{1, 3, 8, 40, 100} {
			nan := make([]float64, n*n)
			for i := range nan {
				nan[i] = math.NaN()
			}
			for _, beta := range []float64{0, 1, 0.5} {
				c := normal(newRand(uint64(n)), n*n)
				want := append([]float64(nil), c...)
				for i := range want {
					want[i] *= beta
					if beta == 0 {
						want[i] = 0
					}
				}
				got := append([]float64(nil), c...)
				Implementation{}.Dgemm(blas.Trans, blas.NoTrans, n, n, n, 0, nan, n, nan, n, beta, got, n)
				requireSame(t, want, got)
				got = append([]float64(nil), c...)
				Implementation{}.Dsyrk(blas.Lower, blas.NoTrans, n, n, 0, nan, n, beta, got, n)
				for i := range n {
					require.Equal(t, want[i*n:][:i+1], got[i*n:][:i+1])
					require.Equal(t, c[i*n:][i+1:n], got[i*n:][i+1:n])
				}
				got = append([]float64(nil), c...)
				Implementation{}.Dtrsm(blas.Left, blas.Upper, blas.NoTrans, blas.NonUnit, n, n, 0, nan, n, got, n)
				require.Equal(t, make([]float64, n*n), got)
				got = append([]float64(nil), c...)
				Implementation{}.Dtrmm(blas.Right, blas.Lower, blas.Trans, blas.NonUnit, n, n, 0, nan, n, got, n)
				require.Equal(t, make([]float64, n*n), got)
			}
		}
	})
}

// A NaN or an infinity in A or B reaches every element of C that it is a term
// of, and no other. (gonum skips zeros of A, and so is not held to this.)
func TestNaNAndInfPropagate(t *testing.T) {
	onEach(t, kernelPaths(), func(t *testing.T) {
		for seed := range uint64(200) {
			g := randomGemm(seed, 60)
			g.alpha, g.beta = 1, 0
			r := newRand(seed + 1)
			for i, x := range g.a.data {
				if !g.a.isFill(x) && r.IntN(3) == 0 {
					g.a.data[i] = 0
				}
			}
			bad := pick(r, []float64{math.NaN(), math.Inf(1), math.Inf(-1)})
			row, col := -1, -1
			if r.IntN(2) == 0 {
				row = r.IntN(g.m)
				if p := r.IntN(g.k); g.tA == blas.NoTrans {
					*g.a.at(row, p) = bad
				} else {
					*g.a.at(p, row) = bad
				}
			} else {
				col = r.IntN(g.n)
				if p := r.IntN(g.k); g.tB == blas.NoTrans {
					*g.b.at(p, col) = bad
				} else {
					*g.b.at(col, p) = bad
				}
			}
			got := g.run(Implementation{})
			for i := range g.m {
				for j := range g.n {
					x := *got.at(i, j)
					require.Equal(t, i == row || j == col, math.IsNaN(x) || math.IsInf(x, 0), "%v at %d %d", x, i, j)
				}
			}
		}
	})
}

func TestZeroSizes(t *testing.T) {
	onEach(t, paths(), func(t *testing.T) {
		im := Implementation{}
		x := []float64{1, 2, 3, 4}
		im.Dgemm(blas.NoTrans, blas.NoTrans, 0, 2, 2, 1, nil, 2, x, 2, 0, nil, 2)
		im.Dgemm(blas.NoTrans, blas.NoTrans, 2, 0, 2, 1, x, 2, nil, 1, 0, nil, 1)
		im.Dsyrk(blas.Upper, blas.Trans, 0, 3, 1, nil, 1, 0, nil, 1)
		im.Dtrsm(blas.Left, blas.Upper, blas.Trans, blas.Unit, 0, 3, 1, nil, 1, nil, 3)
		im.Dtrmm(blas.Right, blas.Upper, blas.Trans, blas.Unit, 3, 0, 1, nil, 1, nil, 1)
		require.True(t, LAPACK{}.Dpotrf(blas.Upper, 0, nil, 1))
		require.Equal(t, []float64{1, 2, 3, 4}, x)

		short := make([]float64, 1) // two empty rows, one apart
		im.Dgemm(blas.NoTrans, blas.Trans, 2, 2, 0, 1, short, 1, short, 1, 0.5, x, 2)
		require.Equal(t, []float64{0.5, 1, 1.5, 2}, x, "no terms: C ← βC")
		im.Dgemm(blas.Trans, blas.NoTrans, 2, 2, 0, 1, nil, 2, nil, 2, 2, x, 2)
		require.Equal(t, []float64{1, 2, 3, 4}, x)
		im.Dsyrk(blas.Upper, blas.Trans, 2, 0, 1, nil, 2, 0, x, 2)
		require.Equal(t, []float64{0, 0, 3, 0}, x)
	})
}

// Two threads get parts of a product of about the same work, also where there are
// few rows or few columns.
func TestSpreadIsEven(t *testing.T) {
	for _, kn := range hardware() {
		for _, c := range []struct {
			part         part
			m, n, k      int
			isTransposed bool // B
		}{
			{whole, 8, 5000, 500, false},
			{whole, 10, 5000, 500, false},
			{whole, 5000, 24, 500, true},
			{whole, 5000, 10, 500, true},
			{whole, 5000, 36, 500, true},
			{whole, 1000, 100, 100, true},
			{whole, 100, 100, 1000, false},
			{whole, 600, 600, 600, false},
			{upper, 90, 90, 3000, false},
			{lower, 90, 90, 3000, false},
			{upper, 40, 40, 3000, false},
			{lower, 600, 600, 600, false},
		} {
			g := product{kernel: kn, part: c.part, m: c.m, n: c.n, k: c.k, bRow: c.n, bCol: 1}
			if c.isTransposed {
				g.bRow, g.bCol = 1, c.k
			}
			var sp spread
			sp.plan(&g, 2)
			whole := 0.0
			works := make([]float64, len(sp.cuts)-1)
			for i := range works {
				a, b := float64(sp.cuts[i]), float64(sp.cuts[i+1])
				works[i] = b - a
				switch c.part {
				case upper:
					works[i] = b*b - a*a
				case lower:
					n := float64(c.n)
					works[i] = (n-a)*(n-a) - (n-b)*(n-b)
				}
				whole += works[i]
			}
			first := 0.0
			for _, w := range works[:len(works)/2] {
				first += w
			}
			// Cuts lie between whole tiles, of which the narrowest product here has few:
			// no thread is to have more than two thirds.
			require.InDelta(t, 0.5, first/whole, 1.0/6, "%s %v cuts %v", kn.name, c, sp.cuts)
		}
	}
}
