package graph

import (
	"gonum.org/v1/gonum/blas/blas64"
)

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
			if err := inv.factorizeSpan(a); err != nil {
				return err
			}
			a = inv.a
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
				if scales := c.Keep.(*pseudoInverse).scales; scales != nil {
					scaleColumns(gin, gin, scales)
				}
				return nil
			}
			scale(gin, 2*g.Data[0], rest)
			return nil
		},
		centred: func(i int, in []bool, _ bool) bool { return i >= 0 && in[0] && in[1] },
	}, a, b)
}
