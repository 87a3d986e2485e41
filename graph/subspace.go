package graph

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
)

const (
	subspaceLeast  = 64 // units of the narrower side up to which a whole decomposition is as fast
	subspaceDegree = 20 // of the polynomial between two orthogonalisations
	subspaceDigits = 7  // by which it may grow one wanted vector more than another
	subspaceRounds = 50 // of these, after which a whole decomposition is taken all the same
)

// A subspace computes the leading singular vectors of one side of a matrix h, by iterating a
// subspace of some dimensions more with polynomials of h·hᵀ, or of hᵀ·h where that is smaller,
// that are least on the spectrum below it: products of matrices, where a whole decomposition is
// none. Singular values and vectors are at last those of h in the subspace, and as exact as h.
//
// Source: Rutishauser 1969, Computational aspects of F. L. Bauer's simultaneous iteration method;
// the scaling of Zhou, Saad, Tiago & Chelikowsky 2006.
type subspace struct {
	work  Call // for its Scratch
	whole thinSVD
}

// leading returns the left singular vectors of h, in columns, of which the first r are exact, and
// their singular values, in descending order: r + 1 at least, if there are so many.
func (s *subspace) leading(h Mat, r int) (u Mat, values []float64, err error) {
	k, b := min(h.Rows, h.Cols), r+max(8, r/2)
	if k > subspaceLeast && k > 3*b {
		if u, values, ok := s.iterate(h, r, b); ok {
			return u, values, nil
		}
	}
	err = s.whole.factorize(h)
	return s.whole.u, s.whole.values, err
}

func (s *subspace) iterate(h Mat, r, b int) (u Mat, values []float64, ok bool) {
	rows := h.Rows <= h.Cols // the side that is iterated
	k := min(h.Rows, h.Cols)
	matrix := func(name string, n, p int) Mat { return s.work.Scratch(name, n, p) }
	g := matrix("g", k, k)
	syrk(rows, 1, h, 0, g)
	x, y, z := matrix("x", k, b), matrix("y", k, b), matrix("z", k, b)
	random := rand.New(rand.NewPCG(uint64(k), uint64(b)))
	for i := range x.Data {
		x.Data[i] = random.NormFloat64()
	}
	within, theta := matrix("within", b, b), matrix("theta", 1, b).Data
	tau, query := matrix("tau", 1, b).Data, matrix("query", 1, 64*b).Data
	last := false
	for range subspaceRounds {
		lapack64.Geqrf(general(x), tau, query, len(query))
		lapack64.Orgqr(general(x), tau, query, len(query))
		gemm(false, false, 1, g, x, 0, y)
		gemm(true, false, 1, x, y, 0, within)
		if !lapack64.Syev(lapack.EVCompute, blas64.Symmetric{N: b, Stride: b, Data: within.Data, Uplo: blas.Upper}, theta, query, len(query)) {
			return u, nil, false
		}
		if last {
			break
		}
		// The Ritz vectors in ascending order, and what of g·x they leave.
		gemm(false, false, 1, x, within, 0, z)
		gemm(false, false, 1, y, within, 0, x)
		most := 0.0
		for j := b - r; j < b; j++ {
			blas64.Axpy(-theta[j], column(z, j), column(x, j))
			most = max(most, blas64.Nrm2(column(x, j)))
		}
		last = most <= 1e-13*theta[b-1] // and once more, to what rounding leaves
		s.filter(g, r, &x, &y, &z, theta)
	}
	if !last {
		return u, nil, false
	}
	// h within the subspace.
	other := h.Cols
	if !rows {
		other = h.Rows
	}
	across := matrix("across", other, b)
	gemm(rows, false, 1, h, x, 0, across)
	if s.whole.factorize(across) != nil {
		return u, nil, false
	}
	if !rows {
		return s.whole.u, s.whole.values, true
	}
	gemm(false, false, 1, x, s.whole.v, 0, y)
	return y, s.whole.values, true
}

// filter makes x a polynomial of g, times z, that is 1 at the greatest of the Ritz values theta,
// of which r are wanted, and least from 0 to the least of them; y and z change with it.
func (s *subspace) filter(g Mat, r int, x, y, z *Mat, theta []float64) {
	largest, below := theta[len(theta)-1], theta[0]
	gemm(false, false, 1/largest, g, *z, 0, *x)
	if below <= 1e-10*largest { // nothing is left below
		return
	}
	c := below / 2
	// Of more than some digits between what is grown most and least, rounding leaves none.
	span := math.Acosh(largest/c-1) - math.Acosh(max(1, theta[len(theta)-r]/c-1))
	degree := int(min(subspaceDegree, max(1, subspaceDigits*math.Ln10/span)))
	sigma := c / (largest - c)
	tau := 2 / sigma
	blend(*x, largest*sigma/c, *x, -sigma, *z)
	for range degree - 1 {
		next := 1 / (tau - sigma)
		gemm(false, false, 2*next/c, g, *x, 0, *y)
		blend(*y, 1, *y, -2*next, *x)
		blend(*y, 1, *y, -sigma*next, *z)
		*x, *y, *z = *y, *z, *x
		sigma = next
	}
}
