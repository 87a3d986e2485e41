package graph

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// A nuclear computes polar factors of matrices of any rank: by iteration; where that
// does not succeed, by iteration in the range of the matrix; and through the singular
// values where its rank is not clear.
type nuclear struct {
	polar polar
	low   lowRank
	svd   thinSVD
	rest  int // matrices to come for which the first is not tried
}

// A matrix of low rank is likely followed by another: the iteration rests then.
const polarRest = 20

func (f *nuclear) factorize(x, a Mat) error {
	if f.iterate(x, a) || f.low.factor(x, a) {
		return nil
	}
	if err := f.svd.factorize(a); err != nil {
		return err
	}
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, f.svd.nonzero(f.svd.u), f.svd.nonzero(f.svd.v), 0, general(x))
	return nil
}

// iterate writes the polar factor of a to x, if that has full rank and the iteration
// does not rest.
func (f *nuclear) iterate(x, a Mat) bool {
	if f.rest > 0 {
		f.rest--
		return false
	}
	if f.polar.factor(x, a) {
		return true
	}
	f.rest = polarRest
	return false
}

// A lowRank computes polar factors of matrices a of lower rank than both of their
// dimensions: with Q an orthonormal basis of the range of a, that of a is Q times that
// of Qᵀa, which has full rank. The range is found by the QR factorisation of a·Ω for
// a random Ω, which reveals the rank as a pivoted one does, in products.
//
// Source: Demmel, Dumitriu & Holtz 2007, Fast linear algebra is stable.
type lowRank struct {
	work  Call // for its Scratch
	polar polar
	tau   []float64
	query []float64
}

// factor writes the polar factor of a to x. It reports false where the rank is full
// or not clear: where a diagonal element of R is neither large nor lost in rounding.
func (f *lowRank) factor(x, a Mat) bool {
	if a.Rows > a.Cols {
		at, xt := f.work.Scratch("aᵀ", a.Cols, a.Rows), f.work.Scratch("xᵀ", a.Cols, a.Rows)
		transpose(at, a)
		ok := f.factor(xt, at)
		transpose(x, xt)
		return ok
	}
	k := a.Rows
	omega, q := f.work.Scratch("Ω", a.Cols, k), f.work.Scratch("q", k, k)
	if omega.Data[0] == 0 { // new; the same for all matrices of a shape
		mix := rand.New(rand.NewPCG(1, 0))
		for i := range omega.Data {
			omega.Data[i] = mix.NormFloat64()
		}
	}
	gemm(false, false, 1, a, omega, 0, q)
	f.tau = slices.Grow(f.tau[:0], k)[:k]
	f.query = slices.Grow(f.query[:0], 64*k)[:64*k]
	lapack64.Geqrf(general(q), f.tau, f.query, len(f.query))
	const large, lost = 1e-9, 1e-12
	first := math.Abs(q.Data[0])
	r := 0
	for r < k && math.Abs(q.row(r)[r]) > large*first {
		r++
	}
	for i := r; i < k; i++ {
		if !(math.Abs(q.row(i)[i]) <= lost*first) {
			return false
		}
	}
	if r == 0 || r == k {
		return false
	}
	basis := blas64.General{Rows: k, Cols: r, Stride: k, Data: q.Data}
	lapack64.Orgqr(basis, f.tau[:r], f.query, len(f.query))
	b, y := f.work.Scratch("b", r, a.Cols), f.work.Scratch("y", r, a.Cols)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, basis, general(a), 0, general(b))
	if !f.polar.factor(y, b) {
		return false
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, basis, general(y), 0, general(x))
	return true
}
