package fastblas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/gonum"
)

// LAPACK is gonum's LAPACK with its Cholesky factorisation on the path in use,
// and on the system's path its singular value decomposition too.
type LAPACK struct{ gonum.Implementation }

var _ lapack.Float64 = LAPACK{}

// Dpotrf factors a symmetric positive definite matrix, A = UᵀU or A = LLᵀ, in
// the triangle that ul names. It reports whether A is positive definite.
func (l LAPACK) Dpotrf(ul blas.Uplo, n int, a []float64, lda int) (ok bool) {
	path := current.Load()
	switch {
	case !path.takes(n, lda) || path.tiny(n, n, n) || n <= 0 || !isTriangle(ul) || !holds(a, n, n, lda):
		return l.Implementation.Dpotrf(ul, n, a, lda)
	case path.kernel != nil:
		s := take()
		defer give(s)
		if ul == blas.Upper {
			return path.kernel.cholesky(s, n, a, lda)
		}
		return path.kernel.choleskyLower(s, n, a, lda)
	case path.system.dpotrf != nil:
		return path.system.potrf(ul, n, a, lda)
	}
	return l.Implementation.Dpotrf(ul, n, a, lda)
}

// Dgesvd computes the singular value decomposition A = U diag(s) Vᵀ.
func (l LAPACK) Dgesvd(jobU, jobVT lapack.SVDJob, m, n int, a []float64, lda int, s, u []float64, ldu int, vt []float64, ldvt int, work []float64, lwork int) (ok bool) {
	lib := current.Load().system
	k := min(m, n)
	job, rows, cols := byte('S'), k, k // columns of U, rows of Vᵀ
	switch jobU {
	case lapack.SVDNone:
		job, rows, cols = 'N', 0, 0
	case lapack.SVDAll:
		job, rows, cols = 'A', n, m
	}
	if lib == nil || lib.dgesdd == nil || lwork == -1 || jobU != jobVT || jobU == lapack.SVDOverwrite || k <= 0 ||
		!lib.fits(m, n, lda, ldu, ldvt) || !holds(a, m, n, lda) || len(s) < k ||
		job != 'N' && (!holds(u, m, cols, ldu) || !holds(vt, rows, n, ldvt)) {
		return l.Implementation.Dgesvd(jobU, jobVT, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork)
	}
	return lib.gesdd(job, m, n, a, lda, s, u, ldu, vt, ldvt)
}
