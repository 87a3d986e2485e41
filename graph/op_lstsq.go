package graph

import (
	"fmt"
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
