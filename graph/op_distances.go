package graph

// SqDistances returns the n×n squared Euclidean distances between the rows of x, n×p.
func SqDistances(x *Node) *Node {
	return Apply(Prim{
		Name: "SqDistances", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) { return in[0].Rows, in[0].Rows, nil },
		Forward: func(c *Call) error {
			x, n := c.In[0], c.In[0].Rows
			syrk(true, -2, x, 0, c.Out)
			squares := c.Scratch("squares", 1, n).Data
			for i := range n {
				squares[i] = -c.Out.row(i)[i] / 2
			}
			for i := range n {
				row := c.Out.row(i)
				for j, s := range squares {
					row[j] = max(0, row[j]+squares[i]+s)
				}
				row[i] = 0
			}
			return nil
		},
		// With s = g + gᵀ: dx_i = 2·(Σ_j s_ij·x_i − Σ_j s_ij·x_j).
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			s := c.Scratch("g + gᵀ", g.Rows, g.Cols)
			twice(s, g)
			gemm(false, false, -2, s, c.In[0], 0, gin)
			for i := range g.Rows {
				sum := 0.0
				for _, v := range s.row(i) {
					sum += v
				}
				add(gin.row(i), 2*sum, c.In[0].row(i))
			}
			return nil
		},
		centred: func(i int, _ []bool, _ bool) bool { return i == 0 },
	}, x)
}
