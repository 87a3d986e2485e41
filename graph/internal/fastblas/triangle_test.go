package fastblas

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
)

// triangleCall is one call of Dtrsm or Dtrmm.
type triangleCall struct {
	s     blas.Side
	ul    blas.Uplo
	tA    blas.Transpose
	d     blas.Diag
	m, n  int
	alpha float64
	a, b  matrix
}

func randomTriangle(seed uint64, most int) triangleCall {
	r := newRand(seed)
	return triangleCall{
		s: pick(r, sides), ul: pick(r, triangles), tA: pick(r, transposes), d: pick(r, diagonals),
		m: size(r, most), n: size(r, most), alpha: pick(r, []float64{1, -1, 1.5, 0}),
	}.filled(r)
}

// triangleCalls are systems of several blocks, one of each kind.
func triangleCalls() (xs []triangleCall) {
	for _, s := range sides {
		for _, ul := range triangles {
			for _, tA := range transposes[:2] {
				for _, d := range diagonals {
					m, n := 300, 29
					if s == blas.Right {
						m, n = n, m
					}
					xs = append(xs, triangleCall{s: s, ul: ul, tA: tA, d: d, m: m, n: n, alpha: 1}.filled(newRand(1)))
				}
			}
		}
	}
	return xs
}

func (x triangleCall) filled(r *rand.Rand) triangleCall {
	k := x.m
	if x.s == blas.Right {
		k = x.n
	}
	x.a, x.b = random(r, k, k), written(r, x.m, x.n)
	for i := range k {
		for j := range k {
			// Off the diagonal small, so that solutions stay of one size; the
			// other triangle, and a diagonal of ones, must not be read.
			*x.a.at(i, j) /= float64(k)
			if i == j {
				*x.a.at(i, j) = 1 + r.Float64()
			}
			if (x.ul == blas.Upper && j < i) || (x.ul == blas.Lower && j > i) || (i == j && x.d == blas.Unit) {
				*x.a.at(i, j) = poison
			}
		}
	}
	return x
}

func (x triangleCall) k() int { return x.a.rows }

func (x triangleCall) solve(on blas.Float64Level3) matrix {
	b := x.b.clone()
	on.Dtrsm(x.s, x.ul, x.tA, x.d, x.m, x.n, x.alpha, x.a.data, x.a.stride, b.data, b.stride)
	return b
}

func (x triangleCall) multiply(on blas.Float64Level3) matrix {
	b := x.b.clone()
	on.Dtrmm(x.s, x.ul, x.tA, x.d, x.m, x.n, x.alpha, x.a.data, x.a.stride, b.data, b.stride)
	return b
}

// scaled is |α||op(A)||B|.
func (x triangleCall) scaled() matrix {
	x.a, x.b, x.alpha = x.a.abs(), x.b.abs(), math.Abs(x.alpha)
	return x.multiply(reference)
}

func (x triangleCall) checkMultiply(t *testing.T) {
	t.Helper()
	got := x.multiply(Implementation{})
	requireNear(t, x.multiply(reference), got, x.scaled(), gemmUnits(x.k()), x.s, x.ul, x.tA, x.d, x.m, x.n, x.alpha)
	got.requireGaps(t)
}

// The solution X satisfies (op(A)+E)X = αB with |E| ≤ k ε/2 |op(A)| to first
// order, whatever the order of elimination (Higham 2002, theorem 8.5), and so
// has a residual of at most k ε/2 |op(A)||X|. A reciprocal of the diagonal, α,
// and the product that measures the residual add to that.
func (x triangleCall) checkSolve(t *testing.T) {
	t.Helper()
	got := x.solve(Implementation{})
	got.requireGaps(t)
	back := x
	back.b, back.alpha = got, 1
	want := x.b.clone()
	for i := range x.m {
		for j := range x.n {
			*want.at(i, j) *= x.alpha
		}
	}
	requireNear(t, want, back.multiply(reference), back.scaled(), 2*float64(x.k())+6, x.s, x.ul, x.tA, x.d, x.m, x.n, x.alpha)
}

func TestDtrmmAgreesWithGonum(t *testing.T) {
	onEach(t, paths(), func(t *testing.T) {
		for seed := range uint64(1000) {
			randomTriangle(seed, 100).checkMultiply(t)
		}
		for _, x := range triangleCalls() {
			x.checkMultiply(t)
		}
	})
}

func TestDtrsmLeavesNoResidual(t *testing.T) {
	onEach(t, paths(), func(t *testing.T) {
		for seed := range uint64(1000) {
			randomTriangle(seed, 100).checkSolve(t)
		}
		for _, x := range triangleCalls() {
			x.checkSolve(t)
		}
	})
}

// A NaN in one column of X stays in it, and rows that do not depend on it stay
// clean.
func TestTriangularNaN(t *testing.T) {
	onEach(t, kernelPaths(), func(t *testing.T) {
		const k, r, row, col = 150, 30, 70, 11
		a, b := make([]float64, k*k), make([]float64, k*r)
		for i := range k {
			for j := range i + 1 {
				a[i*k+j] = 1
			}
		}
		for i := range b {
			b[i] = 1
		}
		b[row*r+col] = math.NaN()
		for _, solves := range []bool{true, false} {
			x := append([]float64(nil), b...)
			if solves {
				Implementation{}.Dtrsm(blas.Left, blas.Lower, blas.NoTrans, blas.NonUnit, k, r, 1, a, k, x, r)
			} else {
				Implementation{}.Dtrmm(blas.Left, blas.Lower, blas.NoTrans, blas.NonUnit, k, r, 1, a, k, x, r)
			}
			for i := range k {
				for j := range r {
					require.Equal(t, j == col && i >= row, math.IsNaN(x[i*r+j]), "solves %v: %d %d", solves, i, j)
				}
			}
		}
	})
}
