package graph

import "fmt"

// Upper returns what is above the diagonal of a, n×n, row by row: a column of n(n−1)/2
// elements, one for each pair of samples where a is a matrix over these.
func Upper(a *Node) *Node {
	return Apply(Prim{
		Name: "Upper", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) {
			n := in[0].Rows
			if err := isSquare(in[0]); err != nil {
				return 0, 0, err
			}
			if n < 2 {
				return 0, 0, fmt.Errorf("%v: there is nothing above the diagonal", in[0])
			}
			return n * (n - 1) / 2, 1, nil
		},
		Forward: func(c *Call) error {
			to := c.Out.Data
			for i := range c.In[0].Rows {
				to = to[copy(to, c.In[0].row(i)[i+1:]):]
			}
			return nil
		},
		Pullback: func(_ *Call, _ int, g, gin Mat) error {
			clear(gin.Data)
			from := g.Data
			for i := range gin.Rows {
				from = from[copy(gin.row(i)[i+1:], from):]
			}
			return nil
		},
	}, a)
}

func isSquare(a Mat) error {
	if a.Rows != a.Cols {
		return fmt.Errorf("%v is not square", a)
	}
	return nil
}
