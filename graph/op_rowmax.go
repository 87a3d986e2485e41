package graph

// RowMax returns the largest element of every row of a, n×p, as a column of n. The derivative
// is that of the first of equal ones.
func RowMax(a *Node) *Node {
	return Apply(Prim{
		Name: "RowMax", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) { return in[0].Rows, 1, nil },
		Forward: func(c *Call) error {
			at := c.Scratch("at", 1, c.In[0].Rows).Data
			for i := range at {
				row, best := c.In[0].row(i), 0
				for j, v := range row {
					if v > row[best] {
						best = j
					}
				}
				at[i], c.Out.Data[i] = float64(best), row[best]
			}
			return nil
		},
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			clear(gin.Data)
			for i, best := range c.Scratch("at", 1, gin.Rows).Data {
				gin.row(i)[int(best)] = g.Data[i]
			}
			return nil
		},
	}, a)
}
