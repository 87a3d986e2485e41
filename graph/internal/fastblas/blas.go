package fastblas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"
)

// Implementation is gonum's BLAS, with its products and triangular systems on
// the path in use. A call that gonum would refuse goes to gonum, which panics
// in its own words.
type Implementation struct{ gonum.Implementation }

var _ blas.Float64 = Implementation{}

// Dgemm computes C ← α op(A) op(B) + β C.
func (im Implementation) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	path := current.Load()
	rowsA, colsA := turned(tA, m, k)
	rowsB, colsB := turned(tB, k, n)
	if !path.takes(m, n, k, lda, ldb, ldc) || path.tiny(m, n, k) || m <= 0 || n <= 0 || k < 0 || !isTranspose(tA) || !isTranspose(tB) ||
		!holds(a, rowsA, colsA, lda) || !holds(b, rowsB, colsB, ldb) || !holds(c, m, n, ldc) {
		im.Implementation.Dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	g := product{
		kernel: path.kernel, m: m, n: n, k: k, alpha: alpha, beta: beta,
		a: a, b: b, c: c, cRow: ldc,
	}
	g.aRow, g.aCol = turned(tA, lda, 1)
	g.bRow, g.bCol = turned(tB, ldb, 1)
	switch {
	case k == 0 || alpha == 0:
		g.scale()
	case path.system != nil:
		path.system.dgemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	default:
		g.run()
	}
}

// Dsyrk computes a triangle of C ← α op(A) op(A)ᵀ + β C.
func (im Implementation) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	path := current.Load()
	rows, cols := turned(tA, n, k)
	if !path.takes(n, k, lda, ldc) || path.tiny(n, n, k) || n <= 0 || k < 0 || !isTriangle(ul) || !isTranspose(tA) ||
		!holds(a, rows, cols, lda) || !holds(c, n, n, ldc) {
		im.Implementation.Dsyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	g := product{
		kernel: path.kernel, part: upper, m: n, n: n, k: k, alpha: alpha, beta: beta,
		a: a, b: a, c: c, cRow: ldc,
	}
	if ul == blas.Lower {
		g.part = lower
	}
	g.aRow, g.aCol = turned(tA, lda, 1)
	g.bRow, g.bCol = g.aCol, g.aRow
	switch {
	case k == 0 || alpha == 0:
		g.scale()
	case path.system != nil:
		path.system.dsyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
	default:
		g.run()
	}
}

// Dtrsm solves op(A) X = αB, or X op(A) = αB, for X in place of B.
func (im Implementation) Dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	path := current.Load()
	x, ok := path.triangular(s, ul, tA, d, m, n, a, lda, b, ldb)
	switch {
	case !ok || alpha == 0 || path.kernel != nil && x.small():
		im.Implementation.Dtrsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
	case path.system != nil:
		path.system.dtrsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
	default:
		x.solves = true
		scale(m, n, alpha, b, ldb)
		x.run()
	}
}

// Dtrmm computes B ← α op(A) B, or B ← α B op(A).
func (im Implementation) Dtrmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	path := current.Load()
	x, ok := path.triangular(s, ul, tA, d, m, n, a, lda, b, ldb)
	switch {
	case !ok || alpha == 0 || path.kernel != nil && x.small():
		im.Implementation.Dtrmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
	case path.system != nil:
		path.system.dtrmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
	default:
		scale(m, n, alpha, b, ldb)
		x.run()
	}
}

// triangular describes the triangle and the right-hand sides of Dtrsm and
// Dtrmm. It returns false if the arguments are for gonum to judge.
func (p *path) triangular(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, a []float64, lda int, b []float64, ldb int) (x triangular, ok bool) {
	x = triangular{
		kernel: p.kernel, right: s == blas.Right, unit: d == blas.Unit,
		k: m, r: n, a: a, b: b, bRow: ldb,
	}
	if x.right {
		x.k, x.r = n, m
	}
	x.aRow, x.aCol = lda, 1
	x.isLower = ul == blas.Lower
	if x.right != (tA != blas.NoTrans) {
		x.aRow, x.aCol = 1, lda
		x.isLower = !x.isLower
	}
	ok = p.takes(m, n, lda, ldb) && !p.tiny(x.k, x.k, x.r) && m > 0 && n > 0 && (s == blas.Left || s == blas.Right) && isTriangle(ul) && isTranspose(tA) &&
		(d == blas.Unit || d == blas.NonUnit) && holds(a, x.k, x.k, lda) && holds(b, m, n, ldb)
	return x, ok
}

// small reports whether gonum is done with the system before its rows are
// packed.
func (x *triangular) small() bool {
	if x.right {
		return x.r == 1 || x.k*x.k*x.r < 500
	}
	return x.k*x.k*(x.r+16) < 4096
}

// scale computes B ← αB.
func scale(m, n int, alpha float64, b []float64, ldb int) {
	g := product{m: m, n: n, beta: alpha, c: b, cRow: ldb}
	g.scale()
}

// turned swaps a pair where t transposes.
func turned(t blas.Transpose, rows, cols int) (int, int) {
	if t == blas.NoTrans {
		return rows, cols
	}
	return cols, rows
}

func isTranspose(t blas.Transpose) bool {
	return t == blas.NoTrans || t == blas.Trans || t == blas.ConjTrans
}

func isTriangle(ul blas.Uplo) bool { return ul == blas.Upper || ul == blas.Lower }

// holds reports whether x has room for a matrix, whose last row may be short.
func holds(x []float64, rows, cols, stride int) bool {
	return stride >= max(1, cols) && len(x) >= (rows-1)*stride+cols
}
