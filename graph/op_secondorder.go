package graph

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
)

// SecondOrderCosine returns the mean over rows i of the cosine between two vectors, a scalar: the
// inner products of row i of x, n×p, with those rows that are among its k nearest others in x or
// in y, and those of row i of y, n×q, with the same rows: nearest as SharedNeighbours has them.
// With distances, the vectors are of 1 less the inner products. Of two that are 0 the cosine is 1,
// of one that is and one that is not 0. It has no gradient: it jumps where two neighbours change
// places.
func SecondOrderCosine(k int, distances bool, x, y *Node) *Node {
	if sx, sy := shapeOf(x), shapeOf(y); sx.Rows != sy.Rows || k < 1 || k >= sx.Rows {
		panic(&Error{"SecondOrderCosine", fmt.Errorf("%v and %v: %d neighbours need matrices of one number of rows, and more", sx, sy, k)})
	}
	return Apply(Prim{
		Name: "SecondOrderCosine", Params: struct {
			k         int
			distances bool
		}{k, distances},
		Forward: func(c *Call) error {
			n := c.In[0].Rows
			near := kept[[2][]int](c) // of all rows, k each
			near[0] = neighbours(c, k, c.In[0], near[0])
			inX := c.Scratch("inner products of x", n, n)
			copy(inX.Data, c.Scratch("gram", n, n).Data)
			near[1] = neighbours(c, k, c.In[1], near[1])
			inY := c.Scratch("gram", n, n)
			a, b := c.Scratch("a", 1, 2*k).Data, c.Scratch("b", 1, 2*k).Data
			sum := 0.0
			for row := range n {
				size := 0
				take := func(j int) {
					a[size], b[size] = inX.row(row)[j], inY.row(row)[j]
					if distances {
						a[size], b[size] = 1-a[size], 1-b[size]
					}
					size++
				}
				first := of(near[0], k, row)
				for _, j := range first {
					take(j)
				}
				for _, j := range of(near[1], k, row) {
					if !slices.Contains(first, j) {
						take(j)
					}
				}
				u, v := blas64.Vector{N: size, Data: a, Inc: 1}, blas64.Vector{N: size, Data: b, Inc: 1}
				switch normU, normV := blas64.Nrm2(u), blas64.Nrm2(v); {
				case normU > 0 && normV > 0:
					sum += blas64.Dot(u, v) / normU / normV
				case normU == normV:
					sum++
				}
			}
			c.Out.Data[0] = sum / float64(n)
			return nil
		},
	}, x, y)
}
