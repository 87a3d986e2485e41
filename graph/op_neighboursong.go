package graph

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
)

// NeighbourSong returns n(n−3) times the estimate that Song et al. 2012 make of HSIC, of the
// inner products between the rows of x, n×p, and between those of y, n×q, but for zeros where
// row j is not among the k nearest others of row i in both: nearest as SharedNeighbours has
// them. With K and L these matrices, which need not be symmetric, it is
//
//	tr KL + 1ᵀK1·1ᵀL1/((n−1)(n−2)) − 1ᵀ(KL + LK)1/(n−2),
//
// a scalar; if it is ordered, with 2·1ᵀKL1 at the end, so that x and y do not change places
// without another value. It has no gradient: it jumps where two neighbours change places. It
// needs four samples.
//
// Source: Huh et al. 2024, by their code, metrics.py of platonic-rep, which is ordered.
func NeighbourSong(k int, ordered bool, x, y *Node) *Node {
	sx, sy := shapeOf(x), shapeOf(y)
	switch {
	case sx.Rows != sy.Rows || k < 1 || k >= sx.Rows:
		panic(&Error{"NeighbourSong", fmt.Errorf("%v and %v: %d neighbours need matrices of one number of rows, and more", sx, sy, k)})
	case sx.Rows < 4:
		panic(&Error{"NeighbourSong", fmt.Errorf("%d samples; the unbiased estimate of HSIC needs 4", sx.Rows)})
	}
	return Apply(Prim{
		Name: "NeighbourSong", Params: struct {
			k       int
			ordered bool
		}{k, ordered},
		Forward: func(c *Call) error {
			n := c.In[0].Rows
			lists := kept[[2][]int](c)
			lists[0] = neighbours(c, k, c.In[0], lists[0])
			kx := c.Scratch("kx", n, n)
			copy(kx.Data, c.Scratch("gram", n, n).Data)
			lists[1] = neighbours(c, k, c.In[1], lists[1])
			near, other := lists[0], lists[1]
			ky := c.Scratch("gram", n, n)
			// Both are of the shared neighbours alone.
			shared := 0
			for i := range n {
				for j := range n {
					if slices.Contains(near[i*k:(i+1)*k], j) && slices.Contains(other[i*k:(i+1)*k], j) {
						shared++
						continue
					}
					kx.row(i)[j], ky.row(i)[j] = 0, 0
				}
			}
			if shared == 0 {
				c.Out.Data[0] = 0
				return nil
			}
			sums := c.Scratch("sums", 4, n) // of the rows and columns of both
			clear(sums.Data)
			trace, xs, ys := 0.0, 0.0, 0.0
			for i := range n {
				for j := range n {
					trace += kx.row(i)[j] * ky.row(j)[i]
					sums.row(0)[i] += kx.row(i)[j]
					sums.row(1)[j] += kx.row(i)[j]
					sums.row(2)[i] += ky.row(i)[j]
					sums.row(3)[j] += ky.row(i)[j]
					xs += kx.row(i)[j]
					ys += ky.row(i)[j]
				}
			}
			through := 2 * blas64.Dot(vec(sums.row(1)), vec(sums.row(2)))
			if !ordered {
				through = through/2 + blas64.Dot(vec(sums.row(3)), vec(sums.row(0)))
			}
			m := float64(n)
			c.Out.Data[0] = trace + xs*ys/((m-1)*(m-2)) - through/(m-2)
			return nil
		},
	}, x, y)
}
