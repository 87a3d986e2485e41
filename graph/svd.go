package graph

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// rankTolerance is the size, relative to the largest, below which a singular
// value counts as zero.
const rankTolerance = 1e-12

// A thinSVD is a singular value decomposition a = U·S·Vᵀ with min(n, p) terms.
type thinSVD struct {
	svd         mat.SVD
	values      []float64
	u, v        Mat // singular vectors in columns
	left, right mat.Dense
}

func (s *thinSVD) factorize(a Mat) error {
	for _, x := range a.Data {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return errors.New("matrix has NaN or infinite elements")
		}
	}
	if !s.svd.Factorize(mat.NewDense(a.Rows, a.Cols, a.Data), mat.SVDThin) {
		return errors.New("singular value decomposition did not converge")
	}
	k := min(a.Rows, a.Cols)
	if len(s.values) != k {
		s.values = make([]float64, k)
	}
	s.svd.Values(s.values)
	s.left.Reset()
	s.right.Reset()
	s.svd.UTo(&s.left)
	s.svd.VTo(&s.right)
	s.u = Mat{a.Rows, k, s.left.RawMatrix().Data}
	s.v = Mat{a.Cols, k, s.right.RawMatrix().Data}
	return nil
}

// Rank is how many singular values, in descending order, are not zero: those above 1e-12 of
// the first.
func Rank(values []float64) int {
	r := 0
	for r < len(values) && values[r] > rankTolerance*values[0] {
		r++
	}
	return r
}

// nonzero returns the columns of vectors, u or v, whose singular values are not
// zero.
func (s *thinSVD) nonzero(vectors Mat) blas64.General {
	g := general(vectors)
	g.Cols = Rank(s.values)
	return g
}
