package graph

import "gonum.org/v1/gonum/blas/blas64"

// UnitColumns returns x, n×p, with every column divided by its norm. A column that is 0, or
// is to rounding beside the largest, is left 0.
func UnitColumns(x *Node) *Node {
	return Apply(Prim{
		Name: "UnitColumns", Params: struct{}{}, Shape: shapeLike(x),
		Forward: func(c *Call) error {
			x := c.In[0]
			norms, largest := c.Scratch("norms", 1, x.Cols).Data, 0.0
			for j := range norms {
				norms[j] = blas64.Nrm2(column(x, j))
				largest = max(largest, norms[j])
			}
			copy(c.Out.Data, x.Data)
			for j, norm := range norms {
				by := 0.0
				if norm > noDirection*largest {
					by = 1 / norm
				}
				blas64.Scal(by, column(c.Out, j))
			}
			return nil
		},
		// Of a column u = x/‖x‖: (g − ⟨g, u⟩u)/‖x‖; u = 0 stays.
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			copy(gin.Data, g.Data)
			for j, norm := range c.Scratch("norms", 1, g.Cols).Data {
				u, to := column(c.Out, j), column(gin, j)
				by := 0.0
				if blas64.Nrm2(u) > 0 {
					by = 1 / norm
				}
				blas64.Axpy(-blas64.Dot(u, to), u, to)
				blas64.Scal(by, to)
			}
			return nil
		},
		centred: func(i int, in []bool, g bool) bool { return in[0] && (i < 0 || g) },
	}, x)
}
