package fastblas

import (
	"math"

	"gonum.org/v1/gonum/blas"
)

// library is a BLAS found on the system, by its C interface, and what LAPACK
// comes with it. Functions that it lacks are nil; the first four it has.
type library struct {
	name string
	most int // the largest dimension that its integers hold

	gemm       func(tA, tB int32, m, n, k int, alpha float64, a *float64, lda int, b *float64, ldb int, beta float64, c *float64, ldc int)
	syrk       func(ul, tA int32, n, k int, alpha float64, a *float64, lda int, beta float64, c *float64, ldc int)
	trsm, trmm func(s, ul, tA, d int32, m, n int, alpha float64, a *float64, lda int, b *float64, ldb int)

	// Fortran's, by reference. An int64 serves a library with integers of 32
	// bits too: it reads and writes the low half, all systems here being
	// little-endian.
	dpotrf func(ul *byte, n *int64, a *float64, lda, info *int64, lenUl int)
	dgesdd func(job *byte, m, n *int64, a *float64, lda *int64, s, u *float64, ldu *int64, vt *float64, ldvt *int64,
		work *float64, lwork, iwork, info *int64, lenJob int)
}

// fits reports whether the library can count so far.
func (l *library) fits(n ...int) bool {
	for _, n := range n {
		if n > l.most {
			return false
		}
	}
	return true
}

func (l *library) dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	l.gemm(cTranspose(tA), cTranspose(tB), m, n, k, alpha, &a[0], lda, &b[0], ldb, beta, &c[0], ldc)
}

func (l *library) dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	l.syrk(cUplo(ul), cTranspose(tA), n, k, alpha, &a[0], lda, beta, &c[0], ldc)
}

func (l *library) dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	l.trsm(cSide(s), cUplo(ul), cTranspose(tA), cDiag(d), m, n, alpha, &a[0], lda, &b[0], ldb)
}

func (l *library) dtrmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	l.trmm(cSide(s), cUplo(ul), cTranspose(tA), cDiag(d), m, n, alpha, &a[0], lda, &b[0], ldb)
}

// The C interface's numbers for gonum's letters, of which N, L and U each have
// two meanings.

func cTranspose(t blas.Transpose) int32 {
	if t == blas.NoTrans {
		return 111
	}
	return 112
}

func cUplo(ul blas.Uplo) int32 {
	if ul == blas.Upper {
		return 121
	}
	return 122
}

func cDiag(d blas.Diag) int32 {
	if d == blas.NonUnit {
		return 131
	}
	return 132
}

func cSide(s blas.Side) int32 {
	if s == blas.Left {
		return 141
	}
	return 142
}

// potrf factors a row-major triangle, which in Fortran's order is the other
// one.
func (l *library) potrf(ul blas.Uplo, n int, a []float64, lda int) (ok bool) {
	other := byte('L')
	if ul == blas.Lower {
		other = 'U'
	}
	size, ld, info := int64(n), int64(lda), int64(0)
	l.dpotrf(&other, &size, &a[0], &ld, &info, 1)
	ok = int32(info) == 0
	for i := range n {
		ok = ok && !math.IsNaN(a[i*lda+i]) // OpenBLAS lets one pass
	}
	return ok
}

// gesdd computes A = U diag(s) Vᵀ by divide and conquer; job is 'N', 'S' or
// 'A'. Fortran sees the rows of A as columns, that is Aᵀ = V diag(s) Uᵀ, so U
// and Vᵀ change places.
func (l *library) gesdd(job byte, m, n int, a []float64, lda int, s, u []float64, ldu int, vt []float64, ldvt int) (ok bool) {
	first := func(x []float64) *float64 {
		if len(x) == 0 {
			return new(float64)
		}
		return &x[0]
	}
	rows, cols := int64(n), int64(m)
	ldA, ldU, ldVT, info := int64(lda), int64(max(ldvt, 1)), int64(max(ldu, 1)), int64(0)
	ints := make([]int64, 8*min(m, n))
	call := func(work []float64, lwork int64) {
		l.dgesdd(&job, &rows, &cols, &a[0], &ldA, &s[0], first(vt), &ldU, first(u), &ldVT,
			&work[0], &lwork, &ints[0], &info, 1)
	}
	size := make([]float64, 1)
	call(size, -1)
	n64 := int64(math.Ceil(size[0]))
	call(make([]float64, n64), n64)
	return int32(info) == 0
}
