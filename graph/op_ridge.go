package graph

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"
)

// Ridge returns the q×p coefficients (aᵀa + λ)⁻¹aᵀb of ridge regression of b,
// n×p, on a, n×q, with penalty λ > 0. The system solved is q×q, or n×n where
// that is smaller: aᵀ(aaᵀ + λ)⁻¹b is the same.
//
// Source: Hoerl & Kennard 1970.
func Ridge(lambda float64, a, b *Node) *Node {
	if !(lambda > 0) {
		panic(&Error{"Ridge", fmt.Errorf("penalty %g; it must be greater than 0", lambda)})
	}
	return Apply(Prim{
		Name: "Ridge", Params: lambda,
		Shape: regressionShape,
		Forward: func(c *Call) error {
			a, b := c.In[0], c.In[1]
			rows := a.Rows < a.Cols
			f, err := ridgeSystem(c, rows, lambda)
			if err != nil {
				return err
			}
			if rows {
				z := c.Scratch("z", b.Rows, b.Cols)
				scale(z, 1, b)
				f.solve(z)
				gemm(true, false, 1, a, z, 0, c.Out)
			} else {
				gemm(true, false, 1, a, b, 0, c.Out)
				f.solve(c.Out)
			}
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			// With S = aᵀa + λ, w = S⁻¹aᵀb, z = S⁻¹g and h = a·z:
			// db = h and da = (b − a·w)zᵀ − h·wᵀ.
			a, b, w := c.In[0], c.In[1], c.Out
			f, z := c.Keep.(*cholesky), c.Scratch("S⁻¹g", g.Rows, g.Cols)
			h := c.Scratch("h", b.Rows, b.Cols)
			if a.Rows < a.Cols { // h = (aaᵀ + λ)⁻¹a·g and z = (g − aᵀh)/λ
				gemm(false, false, 1, a, g, 0, h)
				f.solve(h)
				scale(z, 1, g)
				gemm(true, false, -1/lambda, a, h, 1/lambda, z)
			} else {
				scale(z, 1, g)
				f.solve(z)
				gemm(false, false, 1, a, z, 0, h)
			}
			if i == 1 {
				scale(gin, 1, h)
				return nil
			}
			rest := c.Scratch("b − a·w", b.Rows, b.Cols)
			scale(rest, 1, b)
			gemm(false, false, -1, a, w, 1, rest)
			gemm(false, true, 1, rest, z, 0, gin)
			gemm(false, true, -1, h, w, 1, gin)
			return nil
		},
	}, a, b)
}

// ridgeSystem is the factor of aᵀa + λ, or of aaᵀ + λ if rows is set, of a call's
// first input.
func ridgeSystem(c *Call, rows bool, lambda float64) (*cholesky, error) {
	f := kept[cholesky](c)
	f.form(c.In[0], rows, lambda)
	if !f.factorize() {
		return nil, errors.New("the system is not positive definite: NaN, or a penalty lost in rounding")
	}
	return f, nil
}

// RidgeExplained returns ‖b‖² − ‖b − a·w‖² for w = Ridge(lambda, a, b), of b, n×p,
// and a, n×q: a scalar. Where n ≥ q the residual is never formed: with S = aᵀa + λ
// and C = aᵀb, w = S⁻¹C, it is ⟨C, w⟩ + λ‖w‖².
func RidgeExplained(lambda float64, a, b *Node) *Node {
	if _, _, err := regressionShape([]Mat{shapeOf(a), shapeOf(b)}); err != nil {
		panic(&Error{"RidgeExplained", err})
	}
	if s := shapeOf(a); s.Rows < s.Cols || !(lambda > 0) {
		return Sub(SumSquares(b), SumSquares(Sub(b, MatMul(a, Ridge(lambda, a, b)))))
	}
	return Apply(Prim{
		Name: "RidgeExplained", Params: lambda,
		Forward: func(c *Call) error {
			a, b := c.In[0], c.In[1]
			f, err := ridgeSystem(c, false, lambda)
			if err != nil {
				return err
			}
			overlap, w := c.Scratch("C", a.Cols, b.Cols), c.Scratch("w", a.Cols, b.Cols)
			gemm(true, false, 1, a, b, 0, overlap)
			scale(w, 1, overlap)
			f.solve(w)
			c.Out.Data[0] = blas64.Dot(vector(overlap), vector(w)) + lambda*blas64.Dot(vector(w), vector(w))
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			// With u = S⁻¹w and v = w + λu: db = 2a·v and da = 2(b·vᵀ − a(w·vᵀ + λu·wᵀ)).
			a, b, f := c.In[0], c.In[1], c.Keep.(*cholesky)
			w, u, v := c.Scratch("w", a.Cols, b.Cols), c.Scratch("u", a.Cols, b.Cols), c.Scratch("v", a.Cols, b.Cols)
			scale(u, 1, w)
			f.solve(u)
			blend(v, 1, w, lambda, u)
			if i == 1 {
				gemm(false, false, 2*g.Data[0], a, v, 0, gin)
				return nil
			}
			both := c.Scratch("w·vᵀ + λu·wᵀ", a.Cols, a.Cols)
			gemm(false, true, 1, w, v, 0, both)
			gemm(false, true, lambda, u, w, 1, both)
			gemm(false, true, 2*g.Data[0], b, v, 0, gin)
			gemm(false, false, -2*g.Data[0], a, both, 1, gin)
			return nil
		},
		centred: func(i int, in []bool, _ bool) bool { return i >= 0 && in[0] && in[1] },
	}, a, b)
}
