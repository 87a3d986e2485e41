package graph

import "fmt"

// Stack returns the rows of all of x, each of p columns, one after the other.
func Stack(x ...*Node) *Node {
	return Apply(Prim{
		Name: "Stack", Params: struct{}{},
		Shape: func(in []Mat) (rows, cols int, err error) {
			for _, m := range in {
				if m.Cols != in[0].Cols {
					return 0, 0, fmt.Errorf("%v and %v: numbers of columns differ", in[0], m)
				}
				rows += m.Rows
			}
			return rows, in[0].Cols, nil
		},
		Forward: func(c *Call) error {
			to := c.Out.Data
			for _, m := range c.In {
				to = to[copy(to, m.Data):]
			}
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			from := 0
			for _, m := range c.In[:i] {
				from += len(m.Data)
			}
			copy(gin.Data, g.Data[from:])
			return nil
		},
	}, x...)
}
