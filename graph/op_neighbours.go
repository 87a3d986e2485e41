package graph

import (
	"cmp"
	"fmt"
	"slices"
)

// SharedNeighbours returns the mean over rows of the share of its k nearest other rows that
// x, n×p, and y, n×q, have in common, a scalar: nearest by the largest inner product, of
// equal ones the first. It has no gradient, being constant but where two change places.
func SharedNeighbours(k int, x, y *Node) *Node {
	if sx, sy := shapeOf(x), shapeOf(y); sx.Rows != sy.Rows || k < 1 || k >= sx.Rows {
		panic(&Error{"SharedNeighbours", fmt.Errorf("%v and %v: %d neighbours need matrices of one number of rows, and more", sx, sy, k)})
	}
	return Apply(Prim{
		Name: "SharedNeighbours", Params: k,
		Forward: func(c *Call) error {
			n := c.In[0].Rows
			var near [2][]int // of all rows, k each
			for i, x := range c.In {
				near[i] = neighbours(c, k, x)
			}
			shared := 0
			for row := range n {
				for _, j := range near[0][row*k : (row+1)*k] {
					if slices.Contains(near[1][row*k:(row+1)*k], j) {
						shared++
					}
				}
			}
			c.Out.Data[0] = float64(shared) / float64(n*k)
			return nil
		},
	}, x, y)
}

// neighbours are, of every row of x, the k others of largest inner product with it, of equal
// ones the first; the products are left in the scratch that is called gram.
func neighbours(c *Call, k int, x Mat) []int {
	n := x.Rows
	gram := c.Scratch("gram", n, n)
	syrk(true, 1, x, 0, gram)
	near := make([]int, 0, n*k)
	for row := range n {
		others := make([]int, 0, n-1)
		for j := range n {
			if j != row {
				others = append(others, j)
			}
		}
		inner := gram.row(row)
		slices.SortStableFunc(others, func(a, b int) int { return cmp.Compare(inner[b], inner[a]) })
		near = append(near, others[:k]...)
	}
	return near
}
