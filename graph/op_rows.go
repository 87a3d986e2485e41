package graph

import "fmt"

// Rows returns rows from, from+1, …, to−1 of x, n×p.
func Rows(x *Node, from, to int) *Node {
	return rows("Rows", x, from, to, false)
}

// WithoutRows returns all rows of x, n×p, but from, from+1, …, to−1.
func WithoutRows(x *Node, from, to int) *Node {
	return rows("WithoutRows", x, from, to, true)
}

// rows returns a block of x's rows, or the rows before and after it.
func rows(name string, x *Node, from, to int, without bool) *Node {
	// spans returns the two stretches of x's data (the first one empty unless
	// without is set) that make up the output.
	spans := func(x Mat) (a, b []float64) {
		if without {
			return x.Data[:from*x.Cols], x.Data[to*x.Cols:]
		}
		return nil, x.Data[from*x.Cols : to*x.Cols]
	}
	return Apply(Prim{
		Name: name, Params: [2]int{from, to},
		Shape: func(in []Mat) (int, int, error) {
			n := to - from
			if without {
				n = in[0].Rows - n
			}
			if from < 0 || to < from || to > in[0].Rows || n == 0 {
				return 0, 0, fmt.Errorf("rows %d to %d of %v: out of range or empty", from, to, in[0])
			}
			return n, in[0].Cols, nil
		},
		Forward: func(c *Call) error {
			a, b := spans(c.In[0])
			copy(c.Out.Data, a)
			copy(c.Out.Data[len(a):], b)
			return nil
		},
		Pullback: func(_ *Call, _ int, g, gin Mat) error {
			clear(gin.Data)
			a, b := spans(gin)
			copy(a, g.Data)
			copy(b, g.Data[len(a):])
			return nil
		},
	}, x)
}
