package graph

// ZeroDiagonal returns the square matrix a with zeros on its diagonal.
func ZeroDiagonal(a *Node) *Node {
	hollow := func(dst, src Mat) {
		copy(dst.Data, src.Data)
		for i := range dst.Rows {
			dst.row(i)[i] = 0
		}
	}
	return Apply(Prim{
		Name: "ZeroDiagonal", Params: struct{}{}, Shape: square,
		Forward:  func(c *Call) error { hollow(c.Out, c.In[0]); return nil },
		Pullback: func(_ *Call, _ int, g, gin Mat) error { hollow(gin, g); return nil },
	}, a)
}

// square is the Shape of what makes a square matrix of one.
func square(in []Mat) (int, int, error) {
	if err := isSquare(in[0]); err != nil {
		return 0, 0, err
	}
	return in[0].Rows, in[0].Cols, nil
}
