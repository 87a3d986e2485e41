package fastblas

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
)

// library is a BLAS found on the system, by its C interface, and what LAPACK
// comes with it. Functions that it lacks are nil; the first four it has.
type library struct {
	name   string
	most   int  // the largest dimension that its integers hold
	blocks bool // it packs what it need not: see dgemm

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

// unpacked is the number of multiply-adds up to which OpenBLAS, from 0.3.18 and with
// its kernels for AVX-512, reads both factors where they lie. Beyond, it packs all of both first,
// which for a narrow result is half of the time.
//
// Source: OpenBLAS 0.3.21, dgemm_small_kernel_permit_skylakex.c, which also leaves
// out the products A Bᵀ, in rows, of more than a few numbers.
const unpacked = 1e6

// dgemm computes C ← α op(A) op(B) + β C. Where two of the dimensions are small, a
// library that packs is given blocks that it does not pack, cut at places that
// depend on nothing but the dimensions. For A Bᵀ a small B is turned over.
func (l *library) dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	longest := max(m, n, k)
	block := longest
	if small := float64(m) * float64(n) * float64(k) / float64(longest); l.blocks && small*float64(longest) > unpacked {
		block = even(longest, max(1, int(unpacked/small)), 1)
	}
	const worth = 40 // below, blocks are too thin to gain anything
	if block == longest || block < worth || tB != blas.NoTrans && (tA != blas.NoTrans || m != longest) {
		l.gemm(cTranspose(tA), cTranspose(tB), m, n, k, alpha, &a[0], lda, &b[0], ldb, beta, &c[0], ldc)
		return
	}
	if tB != blas.NoTrans {
		s := take()
		defer give(s)
		over := s.panel[:n*k]
		for j := range n {
			for p, v := range b[j*ldb:][:k] {
				over[p*n+j] = v
			}
		}
		tB, b, ldb = blas.NoTrans, over, n
	}
	for from := 0; from < longest; from += block {
		size := min(block, longest-from)
		switch longest {
		case m:
			at := from * lda
			if tA != blas.NoTrans {
				at = from
			}
			l.gemm(cTranspose(tA), cTranspose(tB), size, n, k, alpha, &a[at], lda, &b[0], ldb, beta, &c[from*ldc], ldc)
		case n:
			l.gemm(cTranspose(tA), cTranspose(tB), m, size, k, alpha, &a[0], lda, &b[from], ldb, beta, &c[from], ldc)
		default:
			at := from
			if tA != blas.NoTrans {
				at = from * lda
			}
			l.gemm(cTranspose(tA), cTranspose(tB), m, n, size, alpha, &a[at], lda, &b[from*ldb], ldb, beta, &c[0], ldc)
			beta = 1
		}
	}
}

// dsyrk computes a triangle of C ← α op(A) op(A)ᵀ + β C, a long sum by parts whose
// packed form stays in the cache.
func (l *library) dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	const most, worth = 400, 64
	block := k
	if l.blocks && n >= worth {
		block = even(k, most, 1)
	}
	for from := 0; from < k; from += block {
		at := from
		if tA != blas.NoTrans {
			at = from * lda
		}
		l.syrk(cUplo(ul), cTranspose(tA), n, min(block, k-from), alpha, &a[at], lda, beta, &c[0], ldc)
		beta = 1
	}
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

// since reports whether OpenBLAS's own words begin with that version or a later one.
func since(config string, version ...int) bool {
	var have [3]int
	if n, _ := fmt.Sscanf(config, "OpenBLAS %d.%d.%d", &have[0], &have[1], &have[2]); n < 3 {
		return false
	}
	return slices.Compare(have[:], version) >= 0
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
