package graph

import (
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"
)

// Sum returns the sum of all elements of a, a scalar.
func Sum(a *Node) *Node {
	return Apply(Prim{
		Name: "Sum", Params: struct{}{},
		Forward: func(c *Call) error {
			c.Out.Data[0] = 0
			for _, x := range c.In[0].Data {
				c.Out.Data[0] += x
			}
			return nil
		},
		Pullback: func(_ *Call, _ int, g, gin Mat) error {
			for i := range gin.Data {
				gin.Data[i] = g.Data[0]
			}
			return nil
		},
	}, a)
}

// Dot returns the inner product of a and b, the sum of the products of their
// elements: tr aᵀb for matrices. It is a scalar.
func Dot(a, b *Node) *Node {
	if a != nil && b != nil && !a.Shape().Eq(b.Shape()) {
		panic(&Error{"Dot", fmt.Errorf("shapes %v and %v differ", a.Shape(), b.Shape())})
	}
	return Apply(Prim{
		Name: "Dot", Params: struct{}{},
		Forward: func(c *Call) error {
			c.Out.Data[0] = blas64.Dot(vector(c.In[0]), vector(c.In[1]))
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			scale(gin, g.Data[0], c.In[1-i])
			return nil
		},
		whole:   true,
		centred: func(i int, in []bool, _ bool) bool { return i >= 0 && in[1-i] },
	}, a, b)
}

// SumSquares returns the sum of the squared elements of a, ‖a‖²_F, a scalar.
func SumSquares(a *Node) *Node {
	return Apply(Prim{
		Name: "SumSquares", Params: struct{}{},
		Forward: func(c *Call) error {
			c.Out.Data[0] = blas64.Dot(vector(c.In[0]), vector(c.In[0]))
			return nil
		},
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			scale(gin, 2*g.Data[0], c.In[0])
			return nil
		},
		whole:   true,
		centred: centredWithInput,
	}, a)
}

// RowSquares returns the squared norms of the rows of a, n×p, as n×1.
func RowSquares(a *Node) *Node {
	return Apply(Prim{
		Name: "RowSquares", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) { return in[0].Rows, 1, nil },
		Forward: func(c *Call) error {
			for i := range c.Out.Data {
				row := vec(c.In[0].row(i))
				c.Out.Data[i] = blas64.Dot(row, row)
			}
			return nil
		},
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			for i, slope := range g.Data {
				scale(gin.rows(i, i+1), 2*slope, c.In[0].rows(i, i+1))
			}
			return nil
		},
	}, a)
}

// Norm returns the Frobenius norm ‖a‖_F, a scalar. Its gradient at a = 0 is
// taken as 0.
func Norm(a *Node) *Node {
	return Apply(Prim{
		Name: "Norm", Params: struct{}{},
		Forward: func(c *Call) error {
			c.Out.Data[0] = frobenius(c.In[0])
			return nil
		},
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			slope := 0.0
			if c.Out.Data[0] > 0 {
				slope = g.Data[0] / c.Out.Data[0]
			}
			scale(gin, slope, c.In[0])
			return nil
		},
		whole:   true,
		centred: centredWithInput,
	}, a)
}

// centredWithInput is for pullbacks that are a multiple of the input.
func centredWithInput(i int, in []bool, _ bool) bool { return i >= 0 && in[0] }
