package graph

import (
	"fmt"
	"math"
)

// Center subtracts its mean from every column of x, n samples × p units: where means
// are large beside what varies, in two passes, of which the second takes away what
// rounding left of them.
func Center(x *Node) *Node {
	center := func(c *Call, dst, src Mat) {
		mean := c.Scratch("mean", 1, src.Cols).Data
		colMeans(mean, src)
		subtractRow(dst, src, mean)
		if largeMean(mean, dst) {
			colMeans(mean, dst)
			subtractRow(dst, dst, mean)
		}
	}
	return Apply(Prim{
		Name: "Center", Params: struct{}{}, Shape: shapeLike(x),
		Forward:  func(c *Call) error { center(c, c.Out, c.In[0]); return nil },
		Pullback: func(c *Call, _ int, g, gin Mat) error { center(c, gin, g); return nil },
		centred:  func(int, []bool, bool) bool { return true },
		centres:  true,
	}, x)
}

// largeMean reports whether, as far as some rows show, a column of x is small beside
// the mean that was taken from it. Of most columns the first row shows that it is not.
func largeMean(mean []float64, x Mat) bool {
columns:
	for j, m := range mean {
		for i := 0; i < x.Rows; i += 1 + x.Rows/8 {
			if 1e3*math.Abs(x.row(i)[j]) >= math.Abs(m) {
				continue columns
			}
		}
		return true
	}
	return false
}

// ColMeans returns the mean of every column of x, n×p, as a 1×p matrix: by differences
// from the first row, so that the mean of a constant column is exact.
func ColMeans(x *Node) *Node {
	return Apply(Prim{
		Name: "ColMeans", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) { return 1, in[0].Cols, nil },
		Forward: func(c *Call) error {
			x, mean := c.In[0], c.Out.Data
			rest := c.Scratch("x − first", x.Rows, x.Cols)
			subtractRow(rest, x, x.row(0))
			colMeans(mean, rest)
			add(mean, 1, x.row(0))
			return nil
		},
		Pullback: func(_ *Call, _ int, g, gin Mat) error {
			for i := range gin.Rows {
				for j, x := range g.Data {
					gin.Data[i*gin.Cols+j] = x / float64(gin.Rows)
				}
			}
			return nil
		},
	}, x)
}

// SubRow subtracts the 1×p matrix row from every row of x, n×p.
func SubRow(x, row *Node) *Node {
	return Apply(Prim{
		Name: "SubRow", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) {
			if in[1].Rows != 1 || in[1].Cols != in[0].Cols {
				return 0, 0, fmt.Errorf("shapes %v and %v: the second must be (1, %d)", in[0], in[1], in[0].Cols)
			}
			return in[0].Rows, in[0].Cols, nil
		},
		Forward: func(c *Call) error {
			subtractRow(c.Out, c.In[0], c.In[1].Data)
			return nil
		},
		Pullback: func(_ *Call, i int, g, gin Mat) error {
			if i == 0 {
				copy(gin.Data, g.Data)
				return nil
			}
			clear(gin.Data)
			for r := range g.Rows {
				for j, v := range g.Data[r*g.Cols : (r+1)*g.Cols] {
					gin.Data[j] -= v
				}
			}
			return nil
		},
	}, x, row)
}
