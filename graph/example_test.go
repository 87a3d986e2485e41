package graph_test

import (
	"fmt"

	"gorgonia.org/tensor"

	"simgrad/graph"
)

// The value ‖x‖² and its gradient 2x.
func Example() {
	x := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, 3, 4}))
	p, err := graph.Compile(func(b *graph.Builder) *graph.Node {
		return graph.SumSquares(b.Param("x", x))
	})
	if err != nil {
		panic(err)
	}
	value, err := p.Eval()
	if err != nil {
		panic(err)
	}
	gradient, err := p.Grad("x")
	if err != nil {
		panic(err)
	}
	fmt.Println(value, gradient.Data())
	// Output: 30 [2 4 6 8]
}

// A primitive of one's own: the largest element of each row, and where its
// derivative goes.
func ExampleApply() {
	rowMax := func(x *graph.Node) *graph.Node {
		largest := func(row []float64) (at int) {
			for j, v := range row {
				if v > row[at] {
					at = j
				}
			}
			return at
		}
		return graph.Apply(graph.Prim{
			Name:  "RowMax",
			Shape: func(in []graph.Mat) (rows, cols int, err error) { return in[0].Rows, 1, nil },
			Forward: func(c *graph.Call) error {
				x := c.In[0]
				for i := range x.Rows {
					row := x.Data[i*x.Cols : (i+1)*x.Cols]
					c.Out.Data[i] = row[largest(row)]
				}
				return nil
			},
			Pullback: func(c *graph.Call, _ int, g, gin graph.Mat) error {
				clear(gin.Data)
				for i := range gin.Rows {
					at := largest(c.In[0].Data[i*gin.Cols : (i+1)*gin.Cols])
					gin.Data[i*gin.Cols+at] = g.Data[i]
				}
				return nil
			},
		}, x)
	}

	x := tensor.New(tensor.WithShape(2, 3), tensor.WithBacking([]float64{1, 5, 2, 7, 3, 4}))
	p, err := graph.Compile(func(b *graph.Builder) *graph.Node {
		return graph.SumSquares(rowMax(b.Param("x", x)))
	})
	if err != nil {
		panic(err)
	}
	worst, err := graph.CheckGrad(p, "x", 1e-6)
	fmt.Println(worst < 1e-7, err)
	gradient, _ := p.Grad("x")
	fmt.Println(gradient.Data())
	// Output:
	// true <nil>
	// [0 10 0 14 0 0]
}
