package graph

import (
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"
)

// UnitRows returns x, n×p, with every row divided by its norm. A row that is 0, or is to
// rounding beside the largest, is an error: it has no direction.
func UnitRows(x *Node) *Node {
	return Apply(Prim{
		Name: "UnitRows", Params: struct{}{}, Shape: shapeLike(x),
		Forward: func(c *Call) error {
			x := c.In[0]
			norms, largest := c.Scratch("norms", 1, x.Rows).Data, 0.0
			for i := range norms {
				norms[i] = blas64.Nrm2(vec(x.row(i)))
				largest = max(largest, norms[i])
			}
			for i, norm := range norms {
				if !(norm > noDirection*largest) {
					return fmt.Errorf("sample %d has nothing that varies over units, and so no direction", i)
				}
				copy(c.Out.row(i), x.row(i))
				blas64.Scal(1/norm, vec(c.Out.row(i)))
			}
			return nil
		},
		// Of a row u = x/‖x‖: (g − ⟨g, u⟩u)/‖x‖.
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			for i, norm := range c.Scratch("norms", 1, g.Rows).Data {
				u, to := vec(c.Out.row(i)), vec(gin.row(i))
				copy(to.Data, g.row(i))
				blas64.Axpy(-blas64.Dot(u, vec(g.row(i))), u, to)
				blas64.Scal(1/norm, to)
			}
			return nil
		},
	}, x)
}

// noDirection is the share of the largest row below which what is left of one is rounding.
const noDirection = 1e-14
