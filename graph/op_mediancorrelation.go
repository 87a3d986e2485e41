package graph

import (
	"cmp"
	"errors"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
)

// MedianCorrelation returns the median over columns of the correlation between those of b and
// of predicted, m×p, about their own means, a scalar: of an even number the mean of the two
// in the middle. Columns of b that do not vary, to 1e-13 of that which varies most, are not
// counted; that of a predicted column that does not is 0. The gradient is that of the one or two in the middle.
func MedianCorrelation(b, predicted *Node) *Node {
	type state struct {
		r      []float64 // correlations
		norms  [2][]float64
		middle []int
	}
	return Apply(Prim{
		Name: "MedianCorrelation", Params: struct{}{},
		Forward: func(c *Call) error {
			b, predicted := c.Scratch("b", c.In[0].Rows, c.In[0].Cols), c.Scratch("predicted", c.In[0].Rows, c.In[0].Cols)
			s := kept[state](c)
			s.r = c.Scratch("r", 1, b.Cols).Data
			for i, m := range []Mat{b, predicted} {
				mean := c.Scratch("mean", 1, m.Cols).Data
				colMeans(mean, c.In[i])
				subtractRow(m, c.In[i], mean)
				s.norms[i] = c.Scratch([]string{"‖b‖", "‖predicted‖"}[i], 1, m.Cols).Data
				largest := 0.0
				for j := range m.Cols {
					s.norms[i][j] = blas64.Nrm2(column(m, j))
					largest = max(largest, s.norms[i][j])
				}
				for j, norm := range s.norms[i] {
					if norm <= varies*largest {
						s.norms[i][j] = 0
					}
				}
			}
			var counted []int
			for j := range b.Cols {
				s.r[j] = 0
				if s.norms[0][j] == 0 {
					continue
				}
				counted = append(counted, j)
				if s.norms[1][j] > 0 {
					s.r[j] = blas64.Dot(column(b, j), column(predicted, j)) / s.norms[0][j] / s.norms[1][j]
				}
			}
			if len(counted) == 0 {
				return errors.New("no unit of what is predicted varies: none has a correlation")
			}
			slices.SortStableFunc(counted, func(i, j int) int { return cmp.Compare(s.r[i], s.r[j]) })
			k := len(counted)
			s.middle = counted[(k-1)/2 : k/2+1]
			c.Out.Data[0] = 0
			for _, j := range s.middle {
				c.Out.Data[0] += s.r[j] / float64(len(s.middle))
			}
			return nil
		},
		// Of r = ⟨b, p⟩/(‖b‖‖p‖), both centred: (p/‖p‖ − r·b/‖b‖)/‖b‖ by b.
		Pullback: func(c *Call, i int, g, gin Mat) error {
			s := c.Keep.(*state)
			own, other := c.Scratch("b", gin.Rows, gin.Cols), c.Scratch("predicted", gin.Rows, gin.Cols)
			if i == 1 {
				own, other = other, own
			}
			clear(gin.Data)
			for _, j := range s.middle {
				if s.norms[1][j] == 0 {
					continue
				}
				to, slope := column(gin, j), g.Data[0]/float64(len(s.middle))/s.norms[i][j]
				blas64.Axpy(slope/s.norms[1-i][j], column(other, j), to)
				blas64.Axpy(-slope*s.r[j]/s.norms[i][j], column(own, j), to)
			}
			return nil
		},
	}, b, predicted)
}

// varies is the share of the column that varies most from which another does.
const varies = 1e-13
