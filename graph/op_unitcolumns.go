package graph

import "slices"

// UnitColumns returns x, n×p, with every column divided by its norm. A column that is 0, or
// is to rounding beside the largest, is left 0.
func UnitColumns(x *Node) *Node {
	return Apply(Prim{
		Name: "UnitColumns", Params: struct{}{}, Shape: shapeLike(x),
		Forward: func(c *Call) error {
			x := c.In[0]
			norms, by := c.Scratch("norms", 1, x.Cols).Data, c.Scratch("by", 1, x.Cols).Data
			colNorms(norms, x)
			largest := slices.Max(norms)
			for j, norm := range norms {
				if by[j] = 0; norm > noDirection*largest {
					by[j] = 1 / norm
				}
			}
			scaleColumns(c.Out, x, by)
			return nil
		},
		// Of a column u = x/‖x‖: (g − ⟨g, u⟩u)/‖x‖; u = 0 stays.
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			along, by := c.Scratch("⟨g, u⟩", 1, g.Cols).Data, c.Scratch("by", 1, g.Cols).Data
			clear(along)
			for i := range g.Rows {
				for j, u := range c.Out.row(i) {
					along[j] += g.row(i)[j] * u
				}
			}
			for i := range g.Rows {
				to, from := gin.row(i), g.row(i)
				for j, u := range c.Out.row(i) {
					to[j] = (from[j] - along[j]*u) * by[j]
				}
			}
			return nil
		},
		centred: func(i int, in []bool, g bool) bool { return in[0] && (i < 0 || g) },
	}, x)
}
