package graph

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	lapackgonum "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// LeastSquares returns a⁺b, the q×p coefficients x that minimise ‖b − a·x‖ for
// a of n×q and b of n×p; where several do (a of lower rank than q), those of
// least norm.
//
// The gradient is that of the pseudo-inverse at constant rank. Singular values
// below 1e-12 of the largest count as zero.
//
// Source: Golub & Pereyra 1973, The differentiation of pseudo-inverses and
// nonlinear least squares problems whose variables separate.
func LeastSquares(a, b *Node) *Node {
	return Apply(Prim{
		Name: "LeastSquares", Params: struct{}{},
		Shape: regressionShape,
		Forward: func(c *Call) error {
			inv := kept[pseudoInverse](c)
			if err := inv.factorize(c.In[0]); err != nil {
				return err
			}
			inv.solve(c.Out, c.In[1])
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			inv, a, b, x := c.Keep.(*pseudoInverse), c.In[0], c.In[1], c.Out
			if i == 1 { // a⁺ᵀg
				inv.solveTrans(gin, g)
				return nil
			}
			// −(a⁺ᵀg)xᵀ + (b − a·x)(a⁺a⁺ᵀg)ᵀ + (a⁺ᵀx)((1 − a⁺a)g)ᵀ
			h := c.Scratch("a⁺ᵀg", b.Rows, b.Cols)
			inv.solveTrans(h, g)
			gemm(false, true, -1, h, x, 0, gin)
			z := c.Scratch("a⁺a⁺ᵀg", g.Rows, g.Cols)
			inv.solve(z, h)
			rest := c.Scratch("b − a·x", b.Rows, b.Cols)
			scale(rest, 1, b)
			gemm(false, false, -1, a, x, 1, rest)
			gemm(false, true, 1, rest, z, 1, gin)
			if inv.rank < a.Cols {
				inv.project(z, g)
				blend(z, 1, g, -1, z)
				inv.solveTrans(h, x)
				gemm(false, true, 1, h, z, 1, gin)
			}
			return nil
		},
	}, a, b)
}

func regressionShape(in []Mat) (int, int, error) {
	if in[0].Rows != in[1].Rows {
		return 0, 0, fmt.Errorf("%v and %v: numbers of samples differ", in[0], in[1])
	}
	return in[0].Cols, in[1].Cols, nil
}

// A pseudoInverse applies a⁺ for a of n×q: through the Cholesky factor of aᵀa
// where a has fewer columns than rows and they are well conditioned, through that
// of aaᵀ where its rows are, else through the singular values of a.
//
// Centred data have n−1 independent rows: the mean is a null vector of aaᵀ. It is
// given a value, with J = 11ᵀ/n and µ the mean of the diagonal,
//
//	a⁺ = aᵀ(aaᵀ + µJ)⁻¹,  for aᵀJ = 0.
type pseudoInverse struct {
	a      Mat
	route  route
	rank   int
	gram   cholesky
	cond   float64 // of its matrix
	svd    thinSVD
	work   Call // for its Scratch
}

type route int

const (
	byColumns route = iota
	byRows
	bySVD
)

// A Cholesky factor is not trusted where the condition of its matrix exceeds
// limitCondition. Beyond refineCondition a solution is refined once, which
// takes the error of the normal equations back to that of an orthogonal
// factorisation (Björck 1987). What needs no more than 1e-11 is refined beyond
// plainCondition.
const (
	limitCondition  = 1e11
	refineCondition = 1e3
	plainCondition  = 1e5
)

func (p *pseudoInverse) factorize(a Mat) error {
	p.a = a
	if p.rank = a.Cols; a.Cols < a.Rows {
		p.route = byColumns
		p.gram.form(a, false, 0)
	} else {
		p.route, p.rank = byRows, a.Rows
		p.gram.form(a, true, 0)
		if isCentred(a, p.work.Scratch("mean", 1, a.Cols).Data) {
			p.rank--
			p.gram.lift()
		}
	}
	if p.gram.factorize() {
		if p.cond = p.gram.condition(); p.cond < limitCondition {
			return nil
		}
	}
	p.route = bySVD
	err := p.svd.factorize(a)
	p.rank = p.svd.rank()
	return err
}

// isCentred reports whether the columns of a have mean 0, to rounding. mean is
// work space.
func isCentred(a Mat, mean []float64) bool {
	colMeans(mean, a)
	typical := frobenius(a) / math.Sqrt(float64(len(a.Data)))
	for _, m := range mean {
		if math.Abs(m) > 1e-12*typical {
			return false
		}
	}
	return true
}

// solve writes a⁺b.
func (p *pseudoInverse) solve(dst, b Mat) {
	switch p.route {
	case bySVD:
		p.spectral(dst, p.svd.v, p.svd.u, b)
		return
	case byRows:
		z := p.work.Scratch("z", b.Rows, b.Cols)
		scale(z, 1, b)
		p.gram.solve(z)
		gemm(true, false, 1, p.a, z, 0, dst)
	case byColumns:
		gemm(true, false, 1, p.a, b, 0, dst)
		p.gram.solve(dst)
	}
	if p.cond <= refineCondition {
		return
	}
	rest, step := p.work.Scratch("rest", b.Rows, b.Cols), p.work.Scratch("step", dst.Rows, dst.Cols)
	scale(rest, 1, b)
	gemm(false, false, -1, p.a, dst, 1, rest)
	if p.route == byRows {
		p.gram.solve(rest)
		gemm(true, false, 1, p.a, rest, 0, step)
	} else {
		gemm(true, false, 1, p.a, rest, 0, step)
		p.gram.solve(step)
	}
	blend(dst, 1, dst, 1, step)
}

// solveTrans writes a⁺ᵀg.
func (p *pseudoInverse) solveTrans(dst, g Mat) {
	switch p.route {
	case bySVD:
		p.spectral(dst, p.svd.u, p.svd.v, g)
		return
	case byRows:
		gemm(false, false, 1, p.a, g, 0, dst)
		p.gram.solve(dst)
	case byColumns:
		z := p.work.Scratch("zt", g.Rows, g.Cols)
		scale(z, 1, g)
		p.gram.solve(z)
		gemm(false, false, 1, p.a, z, 0, dst)
	}
	if p.cond <= plainCondition {
		return
	}
	// By what g has beyond aᵀ·dst.
	rest, step := p.work.Scratch("rest t", g.Rows, g.Cols), p.work.Scratch("step t", dst.Rows, dst.Cols)
	scale(rest, 1, g)
	gemm(true, false, -1, p.a, dst, 1, rest)
	if p.route == byRows {
		gemm(false, false, 1, p.a, rest, 0, step)
		p.gram.solve(step)
	} else {
		p.gram.solve(rest)
		gemm(false, false, 1, p.a, rest, 0, step)
	}
	blend(dst, 1, dst, 1, step)
}

// project writes a⁺a·g, for an a of lower rank than its columns.
func (p *pseudoInverse) project(dst, g Mat) {
	if p.route == byRows {
		z := p.work.Scratch("zp", p.a.Rows, g.Cols)
		p.solveTrans(z, g)
		gemm(true, false, 1, p.a, z, 0, dst)
		return
	}
	v := p.svd.nonzero(p.svd.v)
	t := blas64.General{Rows: v.Cols, Cols: g.Cols, Stride: g.Cols, Data: p.work.Scratch("t", v.Cols, g.Cols).Data}
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, v, general(g), 0, t)
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, v, t, 0, general(dst))
}

// spectral writes left·S⁻¹·rightᵀ·b over the singular values that are not zero.
func (p *pseudoInverse) spectral(dst, left, right, b Mat) {
	l, r := p.svd.nonzero(left), p.svd.nonzero(right)
	t := blas64.General{Rows: l.Cols, Cols: b.Cols, Stride: b.Cols, Data: p.work.Scratch("t", l.Cols, b.Cols).Data}
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, r, general(b), 0, t)
	for i := range t.Rows {
		for j := range t.Cols {
			t.Data[i*t.Stride+j] /= p.svd.values[i]
		}
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, l, t, 0, general(dst))
}

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
	f.norm = 0
	for i := range n {
		f.norm = max(f.norm, blas64.Asum(blas64.Vector{N: n, Inc: 1, Data: f.s.row(i)}))
	}
	f.factor, ok = lapack64.Potrf(blas64.Symmetric{N: n, Stride: n, Data: f.s.Data, Uplo: blas.Upper})
	return ok
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

// Unexplained returns ‖b − a·a⁺b‖², what least squares of b, n×p, on a, n×q,
// leaves: a scalar, and the same as SumSquares(Sub(b, MatMul(a,
// LeastSquares(a, b)))) at less cost, for the residual is orthogonal to a.
func Unexplained(a, b *Node) *Node {
	if _, _, err := regressionShape([]Mat{shapeOf(a), shapeOf(b)}); err != nil {
		panic(&Error{"Unexplained", err})
	}
	return Apply(Prim{
		Name: "Unexplained", Params: struct{}{},
		Forward: func(c *Call) error {
			inv := kept[pseudoInverse](c)
			a, b := c.In[0], c.In[1]
			x, rest := c.Scratch("x", a.Cols, b.Cols), c.Scratch("rest", b.Rows, b.Cols)
			if err := inv.factorize(a); err != nil {
				return err
			}
			if inv.rank == a.Rows || (inv.rank == a.Rows-1 && isCentred(b, c.Scratch("mean", 1, b.Cols).Data) && isCentred(a, c.Scratch("mean a", 1, a.Cols).Data)) {
				// The columns of a span all there is.
				clear(x.Data)
				clear(rest.Data)
				c.Out.Data[0] = 0
				return nil
			}
			inv.solve(x, b)
			scale(rest, 1, b)
			gemm(false, false, -1, a, x, 1, rest)
			c.Out.Data[0] = blas64.Dot(vector(rest), vector(rest))
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			a, b := c.In[0], c.In[1]
			x, rest := c.Scratch("x", a.Cols, b.Cols), c.Scratch("rest", b.Rows, b.Cols)
			if i == 0 {
				gemm(false, true, -2*g.Data[0], rest, x, 0, gin)
				return nil
			}
			scale(gin, 2*g.Data[0], rest)
			return nil
		},
		centred: func(i int, in []bool, _ bool) bool { return i >= 0 && in[0] && in[1] },
	}, a, b)
}
