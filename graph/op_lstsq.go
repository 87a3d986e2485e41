package graph

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
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
			inv, _ := c.Keep.(*pseudoInverse)
			if inv == nil {
				inv = new(pseudoInverse)
				c.Keep = inv
			}
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
			copy(rest.Data, b.Data)
			gemm(false, false, -1, a, x, 1, rest)
			gemm(false, true, 1, rest, z, 1, gin)
			if inv.rank() < a.Cols {
				inv.project(z, g)
				for k, y := range g.Data {
					z.Data[k] = y - z.Data[k]
				}
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
// where that is well conditioned, else through the singular values of a.
type pseudoInverse struct {
	a      Mat
	gram   cholesky
	refine bool
	svd    *thinSVD // nil where gram serves
	spare  thinSVD
	work   Call // for its Scratch
}

// The Cholesky factor of aᵀa is not trusted where its condition exceeds
// limitCondition. Beyond refineCondition a solution is refined once, which
// takes the error of the normal equations back to that of an orthogonal
// factorisation (Björck 1987).
const (
	limitCondition  = 1e11
	refineCondition = 1e3
)

func (p *pseudoInverse) factorize(a Mat) error {
	p.a, p.svd = a, nil
	if a.Rows >= a.Cols {
		if cond, ok := p.gram.factorize(a, false, 0); ok && cond < limitCondition {
			p.refine = cond > refineCondition
			return nil
		}
	}
	p.svd = &p.spare
	return p.svd.factorize(a)
}

// rank returns the rank of a.
func (p *pseudoInverse) rank() int {
	if p.svd != nil {
		return p.svd.rank()
	}
	return p.a.Cols
}

// solve writes a⁺b.
func (p *pseudoInverse) solve(dst, b Mat) {
	if p.svd != nil {
		p.spectral(dst, p.svd.v, p.svd.u, b)
		return
	}
	gemm(true, false, 1, p.a, b, 0, dst)
	p.gram.solve(dst)
	if p.refine {
		rest := p.work.Scratch("rest", b.Rows, b.Cols)
		copy(rest.Data, b.Data)
		gemm(false, false, -1, p.a, dst, 1, rest)
		step := p.work.Scratch("step", dst.Rows, dst.Cols)
		gemm(true, false, 1, p.a, rest, 0, step)
		p.gram.solve(step)
		for i, s := range step.Data {
			dst.Data[i] += s
		}
	}
}

// solveTrans writes a⁺ᵀg.
func (p *pseudoInverse) solveTrans(dst, g Mat) {
	if p.svd != nil {
		p.spectral(dst, p.svd.u, p.svd.v, g)
		return
	}
	z := p.work.Scratch("z", g.Rows, g.Cols)
	copy(z.Data, g.Data)
	p.gram.solve(z)
	gemm(false, false, 1, p.a, z, 0, dst)
}

// project writes a⁺a·g, for an a whose rank is not full.
func (p *pseudoInverse) project(dst, g Mat) {
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
	factor blas64.Triangular
	iwork  []int
}

// factorize returns the condition of the matrix in the 1-norm, estimated, and
// whether it is positive definite.
func (f *cholesky) factorize(a Mat, rows bool, lambda float64) (cond float64, ok bool) {
	n := a.Cols
	if rows {
		n = a.Rows
	}
	s := f.work.Scratch("s", n, n)
	syrk(rows, 1, a, 0, s)
	norm := 0.0
	for i := range n {
		s.Data[i*n+i] += lambda
		norm = max(norm, blas64.Asum(blas64.Vector{N: n, Inc: 1, Data: s.Data[i*n : (i+1)*n]}))
	}
	sym := blas64.Symmetric{N: n, Stride: n, Data: s.Data, Uplo: blas.Upper}
	if f.factor, ok = lapack64.Potrf(sym); !ok {
		return 0, false
	}
	if len(f.iwork) < n {
		f.iwork = make([]int, n)
	}
	return 1 / lapack64.Pocon(sym, norm, f.work.Scratch("pocon", 3, n).Data, f.iwork), true
}

// solve replaces b by the solution of the system.
func (f *cholesky) solve(b Mat) { lapack64.Potrs(f.factor, general(b)) }
