package graph

import (
	"errors"

	"gonum.org/v1/gonum/blas/blas64"
)

// UnitR2 returns the mean over columns of 1 − ‖b_j − b̂_j‖²/‖b_j − b̄_j‖², of b and predicted,
// both m×p, a scalar. Columns of b that do not vary, to 1e-13 of that which varies most, are
// not counted.
func UnitR2(b, predicted *Node) *Node {
	return Apply(Prim{
		Name: "UnitR2", Params: struct{}{},
		Forward: func(c *Call) error {
			b, rest := c.Scratch("b", c.In[0].Rows, c.In[0].Cols), c.Scratch("b − b̂", c.In[0].Rows, c.In[0].Cols)
			mean, over, share := c.Scratch("mean", 1, b.Cols).Data, c.Scratch("1/‖b‖²", 1, b.Cols).Data, c.Scratch("share", 1, b.Cols).Data
			colMeans(mean, c.In[0])
			subtractRow(b, c.In[0], mean)
			blend(rest, 1, c.In[0], -1, c.In[1])
			largest := 0.0
			for j := range over {
				over[j] = blas64.Nrm2(column(b, j))
				largest = max(largest, over[j])
			}
			counted := 0.0
			for j, norm := range over {
				if over[j] = 0; norm > varies*largest {
					over[j] = 1 / norm / norm
					counted++
				}
			}
			if counted == 0 {
				return errors.New("no unit of what is predicted varies: none has an R²")
			}
			c.Out.Data[0] = 0
			for j := range over {
				size := blas64.Nrm2(column(rest, j))
				share[j] = size * over[j] * size
				if over[j] > 0 {
					c.Out.Data[0] += (1 - share[j]) / counted
				}
				over[j] /= counted
			}
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			b, rest := c.Scratch("b", gin.Rows, gin.Cols), c.Scratch("b − b̂", gin.Rows, gin.Cols)
			over, share := c.Scratch("1/‖b‖²", 1, gin.Cols).Data, c.Scratch("share", 1, gin.Cols).Data
			for r := range gin.Rows {
				for j := range over {
					v := rest.row(r)[j]
					if i == 0 {
						v = share[j]*b.row(r)[j] - v
					}
					gin.row(r)[j] = 2 * g.Data[0] * over[j] * v
				}
			}
			return nil
		},
	}, b, predicted)
}

// UnitCorrelation is the Goodness that is the mean over units of the correlation between a
// unit and its prediction. Units that do not vary are not counted; a prediction that does not
// has correlation 0.
func UnitCorrelation(b, predicted *Node) *Node {
	b, predicted = UnitColumns(Center(b)), UnitColumns(Center(predicted))
	return Div(Dot(b, predicted), SumSquares(b)) // which counts units
}

// UnitSquaredCorrelation is UnitCorrelation of squares.
func UnitSquaredCorrelation(b, predicted *Node) *Node {
	b, predicted = UnitColumns(Center(b)), UnitColumns(Center(predicted))
	n := float64(shapeOf(b).Rows)
	return Div(SumSquares(Affine(n, ColMeans(Mul(b, predicted)), 0)), SumSquares(b))
}
