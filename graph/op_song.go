package graph

import (
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"
)

// SongInner returns the inner product between the linear kernels of x, n×p, and y, n×q,
// that is n(n−3) times the unbiased estimate of their HSIC. With K and L the kernels, but
// for zeros on the diagonal:
//
//	tr KL + 1ᵀK1·1ᵀL1/((n−1)(n−2)) − 2/(n−2)·1ᵀKL1,
//
// a scalar, by products of p×q, without an n×n matrix. It needs four samples.
//
// Source: Song et al. 2012, Feature selection via dependence maximization.
func SongInner(x, y *Node) *Node {
	sx, sy := shapeOf(x), shapeOf(y)
	switch {
	case x.Dims() != 2 || y.Dims() != 2 || sx.Rows != sy.Rows:
		panic(&Error{"SongInner", fmt.Errorf("%v and %v: x and y must be matrices of one number of samples", sx, sy)})
	case sx.Rows < 4:
		panic(&Error{"SongInner", fmt.Errorf("%d samples; the unbiased estimate of HSIC needs 4", sx.Rows)})
	}
	return Apply(Prim{
		Name: "SongInner", Params: struct{}{},
		Forward: func(c *Call) error {
			k := kept[[2]hollow](c)
			k[0].of(c.In[0])
			k[1].of(c.In[1])
			x, y := &k[0], &k[1]
			m := c.Scratch("m", c.In[0].Cols, c.In[1].Cols)
			gemm(true, false, 1, c.In[0], c.In[1], 0, m)
			n := float64(c.In[0].Rows)
			c.Out.Data[0] = blas64.Dot(vector(m), vector(m)) - blas64.Dot(vec(x.diagonal), vec(y.diagonal)) +
				x.total*y.total/((n-1)*(n-2)) - 2/(n-2)*blas64.Dot(vec(x.rows), vec(y.rows))
			return nil
		},
		// By x it is 2·P(L)x, where P(L) is what the estimate makes of L.
		Pullback: func(c *Call, i int, g, gin Mat) error {
			k, x, other := c.Keep.(*[2]hollow), c.In[i], c.In[1-i]
			by, sums, m, n := &k[1-i], k[i].sums, c.Scratch("m", c.In[0].Cols, c.In[1].Cols), float64(x.Rows)
			gemm(false, i == 0, 2*g.Data[0], other, m, 0, gin) // y·yᵀx
			along := c.Scratch("along", 1, x.Cols)             // xᵀ(L1)
			gemm(true, false, 1, Mat{x.Rows, 1, by.rows}, x, 0, along)
			whole := by.total / ((n - 1) * (n - 2))
			for r := range x.Rows {
				row, to := x.row(r), gin.row(r)
				own := -by.diagonal[r] - whole + 2/(n-2)*by.rows[r]
				shared := whole - 1/(n-2)*by.rows[r]
				for j, v := range row {
					to[j] += 2 * g.Data[0] * (own*v + shared*sums[j] - 1/(n-2)*along.Data[j])
				}
			}
			return nil
		},
	}, x, y)
}

// A hollow is x·xᵀ with zeros on the diagonal, by what is summed of it.
type hollow struct {
	sums     []float64 // of the columns of x
	diagonal []float64 // what is taken away
	rows     []float64 // sums
	total    float64
}

// of makes it that of x.
func (h *hollow) of(x Mat) {
	if len(h.rows) != x.Rows {
		*h = hollow{make([]float64, x.Cols), make([]float64, x.Rows), make([]float64, x.Rows), 0}
	}
	clear(h.sums)
	for i := range x.Rows {
		blas64.Axpy(1, vec(x.row(i)), vec(h.sums))
	}
	h.total = 0
	for i := range x.Rows {
		h.diagonal[i] = blas64.Dot(vec(x.row(i)), vec(x.row(i)))
		h.rows[i] = blas64.Dot(vec(x.row(i)), vec(h.sums)) - h.diagonal[i]
		h.total += h.rows[i]
	}
}
