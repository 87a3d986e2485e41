package graph

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
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
	cond   float64   // of its matrix
	scales []float64 // of the columns, where a is not itself; see factorizeSpan
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
	return p.settle(p.byCholesky(a))
}

// settle takes the singular values where the Cholesky factor does not serve.
func (p *pseudoInverse) settle(ok bool) error {
	if ok && p.cond < limitCondition {
		return nil
	}
	p.route = bySVD
	err := p.svd.factorize(p.a)
	p.rank = p.svd.rank()
	return err
}

// byCholesky reports whether the system is positive definite.
func (p *pseudoInverse) byCholesky(a Mat) bool {
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
	ok := p.gram.factorize()
	if ok {
		p.cond = p.gram.condition()
	}
	return ok
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
