package graph

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// rankTolerance is the size, relative to the largest, below which a singular
// value counts as zero.
const rankTolerance = 1e-12

// A thinSVD is a singular value decomposition a = U·S·Vᵀ with min(n, p) terms.
type thinSVD struct {
	values   []float64
	u, v     Mat // singular vectors in columns
	a, vt    Mat
	workload []float64
}

func (s *thinSVD) factorize(a Mat) error {
	for _, x := range a.Data {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return errors.New("matrix has NaN or infinite elements")
		}
	}
	k := min(a.Rows, a.Cols)
	if s.a.Rows != a.Rows || s.a.Cols != a.Cols {
		matrix := func(rows, cols int) Mat { return Mat{rows, cols, make([]float64, rows*cols)} }
		s.a, s.u, s.vt, s.v, s.values = matrix(a.Rows, a.Cols), matrix(a.Rows, k), matrix(k, a.Cols), matrix(a.Cols, k), make([]float64, k)
		most := make([]float64, 1)
		lapack64.Gesvd(lapack.SVDStore, lapack.SVDStore, general(s.a), general(s.u), general(s.vt), s.values, most, -1)
		s.workload = make([]float64, int(most[0]))
	}
	copy(s.a.Data, a.Data)
	if !lapack64.Gesvd(lapack.SVDStore, lapack.SVDStore, general(s.a), general(s.u), general(s.vt), s.values, s.workload, len(s.workload)) {
		return errors.New("singular value decomposition did not converge")
	}
	for i := range k {
		for j, x := range s.vt.row(i) {
			s.v.row(j)[i] = x
		}
	}
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

// eigenvectors makes v, symmetric, its eigenvectors, in columns, those of small eigenvalues first;
// it is false where they are not found. work is for its Scratch.
func eigenvectors(work *Call, v Mat) bool {
	n := v.Rows
	query := work.Scratch("work of eigenvectors", 1, 64*n).Data
	return lapack64.Syev(lapack.EVCompute, blas64.Symmetric{N: n, Stride: n, Data: v.Data, Uplo: blas.Upper}, work.Scratch("eigenvalues", 1, n).Data, query, len(query))
}
