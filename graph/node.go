package graph

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"

	"gorgonia.org/gorgonia"
)

// A Node is a value in a computation graph: a matrix or a scalar.
type Node = gorgonia.Node

// An Error says which operation could not be built or computed, and why.
type Error struct {
	Op  string
	Err error
}

func (e *Error) Error() string { return fmt.Sprintf("graph: %s: %v", e.Op, e.Err) }

// Unwrap returns the reason.
func (e *Error) Unwrap() error { return e.Err }

// Try runs build, which composes nodes with this package, and returns as an
// error an *Error that it panics with. Any other panic goes on.
func Try(build func() *Node) (_ *Node, err error) {
	defer catch(&err)
	return build(), nil
}

// catch, deferred, returns a panic with an *Error as an error.
func catch(err *error) {
	switch r := recover().(type) {
	case nil:
	case *Error:
		*err = r
	default:
		panic(r)
	}
}

// Add returns a + b element by element; either may be a scalar.
func Add(a, b *Node) *Node {
	return elementwise("Add", a, b,
		func(x, y float64) float64 { return x + y },
		func(_, _, _ float64) (float64, float64) { return 1, 1 })
}

// Sub returns a − b element by element; either may be a scalar.
func Sub(a, b *Node) *Node {
	return elementwise("Sub", a, b,
		func(x, y float64) float64 { return x - y },
		func(_, _, _ float64) (float64, float64) { return 1, -1 })
}

// Mul returns the product a·b element by element; either may be a scalar. For
// the product of matrices see MatMul.
func Mul(a, b *Node) *Node {
	return elementwise("Mul", a, b,
		func(x, y float64) float64 { return x * y },
		func(x, y, _ float64) (float64, float64) { return y, x })
}

// Div returns a/b element by element; either may be a scalar.
func Div(a, b *Node) *Node {
	return elementwise("Div", a, b,
		func(x, y float64) float64 { return x / y },
		func(_, y, q float64) (float64, float64) { return 1 / y, -q / y })
}

// Affine returns scale·a + offset element by element.
func Affine(scale float64, a *Node, offset float64) *Node {
	return Map("Affine", [2]float64{scale, offset}, a,
		func(x float64) float64 { return scale*x + offset },
		func(_, _ float64) float64 { return scale })
}

// Neg returns −a.
func Neg(a *Node) *Node { return Affine(-1, a, 0) }

// Square returns a² element by element.
func Square(a *Node) *Node {
	return Map("Square", struct{}{}, a,
		func(x float64) float64 { return x * x },
		func(x, _ float64) float64 { return 2 * x })
}

// Sqrt returns √a element by element. The derivative at 0, infinite from the
// right, is taken as 0, so that a sum of squares that vanishes has gradient 0.
func Sqrt(a *Node) *Node {
	return Map("Sqrt", struct{}{}, a, math.Sqrt, func(_, y float64) float64 {
		if y == 0 {
			return 0
		}
		return 0.5 / y
	})
}

// Abs returns |a| element by element, with derivative 0 at 0.
func Abs(a *Node) *Node {
	return Map("Abs", struct{}{}, a, math.Abs, func(x, _ float64) float64 {
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return 0
	})
}

// Map returns f applied to each element of a; slope gives the derivative of f
// at x, where y = f(x). name and params are as in Prim; a nil slope makes a
// value-only node.
func Map(name string, params any, a *Node, f func(x float64) float64, slope func(x, y float64) float64) *Node {
	p := Prim{
		Name: name, Params: params, Shape: shapeLike(a),
		Forward: func(c *Call) error {
			for i, x := range c.In[0].Data {
				c.Out.Data[i] = f(x)
			}
			return nil
		},
	}
	if slope != nil {
		p.Pullback = func(c *Call, _ int, g, gin Mat) error {
			for i, x := range c.In[0].Data {
				gin.Data[i] = g.Data[i] * slope(x, c.Out.Data[i])
			}
			return nil
		}
	}
	return Apply(p, a)
}

// shapeLike returns the Prim.Shape of an output with a's shape.
func shapeLike(a *Node) func([]Mat) (int, int, error) {
	if a == nil || a.IsScalar() {
		return nil
	}
	return func([]Mat) (int, int, error) { m := shapeOf(a); return m.Rows, m.Cols, nil }
}

// elementwise returns f(a, b) element by element, scalars being stretched to
// the other's shape; slopes gives the derivatives of z = f(x, y) by x and y.
func elementwise(name string, a, b *Node, f func(x, y float64) float64, slopes func(x, y, z float64) (dx, dy float64)) *Node {
	if a == nil || b == nil {
		panic(&Error{name, errors.New("an input is nil")})
	}
	like := a
	if a.IsScalar() {
		like = b
	}
	p := Prim{
		Name: name, Params: struct{}{}, Shape: shapeLike(like),
		Forward: func(c *Call) error {
			x, y := c.In[0].Data, c.In[1].Data
			xs, ys := stride(x), stride(y)
			for k := range c.Out.Data {
				c.Out.Data[k] = f(x[k*xs], y[k*ys])
			}
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			x, y := c.In[0].Data, c.In[1].Data
			clear(gin.Data)
			xs, ys, gs := stride(x), stride(y), stride(gin.Data)
			for k, z := range c.Out.Data {
				dx, dy := slopes(x[k*xs], y[k*ys], z)
				if i == 1 {
					dx = dy
				}
				gin.Data[k*gs] += g.Data[k] * dx
			}
			return nil
		},
	}
	if p.Shape != nil && !a.IsScalar() && !b.IsScalar() {
		p.Shape = func(in []Mat) (int, int, error) {
			if in[0].Rows != in[1].Rows || in[0].Cols != in[1].Cols {
				return 0, 0, fmt.Errorf("shapes %v and %v differ", in[0], in[1])
			}
			return in[0].Rows, in[0].Cols, nil
		}
	}
	return Apply(p, a, b)
}

// stride returns the step from one element to the next of a value that is
// stretched if it is a scalar.
func stride(data []float64) int {
	if len(data) == 1 {
		return 0
	}
	return 1
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
