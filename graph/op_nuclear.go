package graph

import (
	"gonum.org/v1/gonum/blas/blas64"
)

// NuclearNorm returns ‖a‖_*, the sum of the singular values of the matrix a.
//
// The gradient is the polar factor U·Vᵀ of a = U·S·Vᵀ over the singular values
// that are not zero (relative to the largest, to 1e-12): the subgradient of
// least norm, finite at any rank and with repeated singular values. The norm is
// the inner product of a with that factor, so that one factorisation serves both.
//
// Source: Watson 1992, Characterization of the subdifferential of some matrix
// norms.
func NuclearNorm(a *Node) *Node {
	return Apply(Prim{
		Name: "NuclearNorm", Params: struct{}{},
		Forward: func(c *Call) error {
			f := kept[nuclear](c)
			a := c.In[0]
			if err := f.factorize(c.Scratch("factor", a.Rows, a.Cols), a); err != nil {
				return err
			}
			c.Out.Data[0] = blas64.Dot(vector(a), vector(c.Scratch("factor", a.Rows, a.Cols)))
			return nil
		},
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			scale(gin, g.Data[0], c.Scratch("factor", gin.Rows, gin.Cols))
			return nil
		},
	}, a)
}
