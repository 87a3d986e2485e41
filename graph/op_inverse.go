package graph

import "errors"

// Inverse returns a⁻¹ for a, p×p, symmetric and positive definite.
func Inverse(a *Node) *Node {
	type state struct{ factor cholesky }
	return Apply(Prim{
		Name: "Inverse", Params: struct{}{}, Shape: square,
		Forward: func(c *Call) error {
			f, p := &kept[state](c).factor, c.Out.Rows
			f.s = f.work.Scratch("s", p, p)
			copy(f.s.Data, c.In[0].Data)
			if !f.factorize() || !(f.condition() < 1e14) {
				return errors.New("the matrix is singular: it has no inverse")
			}
			clear(c.Out.Data)
			for i := range p {
				c.Out.row(i)[i] = 1
			}
			f.solve(c.Out)
			return nil
		},
		// −a⁻¹·g·a⁻¹, of g made symmetric, as a is.
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			s, half := c.Scratch("g + gᵀ", g.Rows, g.Cols), c.Scratch("a⁻¹·g", g.Rows, g.Cols)
			twice(s, g)
			gemm(false, false, -0.5, c.Out, s, 0, half)
			gemm(false, false, 1, half, c.Out, 0, gin)
			return nil
		},
	}, a)
}
