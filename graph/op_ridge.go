package graph

import (
	"errors"
	"fmt"
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
			f, _ := c.Keep.(*cholesky)
			if f == nil {
				f = new(cholesky)
				c.Keep = f
			}
			a, b := c.In[0], c.In[1]
			rows := a.Rows < a.Cols
			f.form(a, rows, lambda)
			if _, ok := f.factorize(); !ok {
				return errors.New("the system is not positive definite: NaN, or a penalty lost in rounding")
			}
			if rows {
				z := c.Scratch("z", b.Rows, b.Cols)
				copy(z.Data, b.Data)
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
				copy(z.Data, g.Data)
				gemm(true, false, -1/lambda, a, h, 1/lambda, z)
			} else {
				copy(z.Data, g.Data)
				f.solve(z)
				gemm(false, false, 1, a, z, 0, h)
			}
			if i == 1 {
				copy(gin.Data, h.Data)
				return nil
			}
			rest := c.Scratch("b − a·w", b.Rows, b.Cols)
			copy(rest.Data, b.Data)
			gemm(false, false, -1, a, w, 1, rest)
			gemm(false, true, 1, rest, z, 0, gin)
			gemm(false, true, -1, h, w, 1, gin)
			return nil
		},
	}, a, b)
}
