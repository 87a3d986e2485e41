package graph

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	lapackgonum "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// A cholesky is the factor of aᵀa + λ, or of aaᵀ + λ.
type cholesky struct {
	work   Call // for its Scratch
	s      Mat
	factor blas64.Triangular
	norm   float64 // of the matrix, in the 1-norm
	signs  []int
}

// form makes aᵀa + λ, or aaᵀ + λ if rows is set.
func (f *cholesky) form(a Mat, rows bool, lambda float64) {
	n := a.Cols
	if rows {
		n = a.Rows
	}
	f.s = f.work.Scratch("s", n, n)
	syrk(rows, 1, a, 0, f.s)
	for i := range n {
		f.s.Data[i*n+i] += lambda
	}
}

// lift adds the mean of the diagonal to the value of the constant vector.
func (f *cholesky) lift() {
	n := float64(f.s.Rows)
	add := f.trace() / n / n
	for i := range f.s.Data {
		f.s.Data[i] += add
	}
}

// trace is that of the matrix, before factorize.
func (f *cholesky) trace() (sum float64) {
	for i := range f.s.Rows {
		sum += f.s.row(i)[i]
	}
	return sum
}

// factorize reports whether the matrix is positive definite.
func (f *cholesky) factorize() (ok bool) {
	n := f.s.Rows
	f.norm = oneNorm(f.s)
	f.factor, ok = lapack64.Potrf(blas64.Symmetric{N: n, Stride: n, Data: f.s.Data, Uplo: blas.Upper})
	return ok
}

// oneNorm returns the 1-norm of a symmetric matrix.
func oneNorm(s Mat) (norm float64) {
	for i := range s.Rows {
		norm = max(norm, blas64.Asum(vec(s.row(i))))
	}
	return norm
}

// condition returns the condition of the factored matrix in the 1-norm, estimated.
func (f *cholesky) condition() float64 { return f.norm * f.inverseNorm() }

// inverseNorm estimates the 1-norm of the inverse, in the manner of LAPACK's
// Dpocon; without its guard against overflow, so that it may be +Inf or NaN, and
// with all steps along rows, an order of magnitude faster.
//
// Source: Higham 1988, FORTRAN codes for estimating the one-norm of a real or
// complex matrix.
func (f *cholesky) inverseNorm() float64 {
	n, u := f.s.Rows, f.s
	x, v := f.work.Scratch("x", 1, n).Data, f.work.Scratch("v", 1, n).Data
	if len(f.signs) < n {
		f.signs = make([]int, n)
	}
	est, state := 0.0, [3]int{}
	for kase := 0; ; {
		est, kase = lapackgonum.Implementation{}.Dlacn2(n, v, x, f.signs, est, kase, &state)
		if kase == 0 {
			return est
		}
		for i := range n {
			x[i] /= u.row(i)[i]
			blas64.Axpy(-x[i], vec(u.row(i)[i+1:]), vec(x[i+1:]))
		}
		for i := n - 1; i >= 0; i-- {
			x[i] = (x[i] - blas64.Dot(vec(u.row(i)[i+1:]), vec(x[i+1:]))) / u.row(i)[i]
		}
	}
}

// solve replaces b by the solution of the system.
func (f *cholesky) solve(b Mat) { lapack64.Potrs(f.factor, general(b)) }
