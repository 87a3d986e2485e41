package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// At 1, past it by rounding, and at −1, the angle is defined and its gradient
// finite; the angle between a matrix and itself has gradient 0.
func TestAcosAtAlignment(t *testing.T) {
	for x, want := range map[float64]float64{1: 0, 1 + 4e-16: 0, -1: math.Pi, -1 - 4e-16: math.Pi, 0.5: math.Pi / 3} {
		p, err := Compile(func(b *Builder) *Node {
			return Acos(Sum(b.Param("x", tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]float64{x})))))
		})
		require.NoError(t, err)
		got, err := p.Eval()
		require.NoError(t, err)
		require.InDelta(t, want, got, 1e-15)
		g, err := p.Grad("x")
		require.NoError(t, err)
		require.Less(t, math.Abs(g.Float64s()[0]), 1.1e6)
		require.Negative(t, g.Float64s()[0])
	}
	x := gauss(1, 6, 3)
	p, err := Compile(func(b *Builder) *Node {
		x, y := b.Const("x", x), b.Param("y", x)
		return Acos(Div(Dot(x, y), Mul(Norm(x), Norm(y))))
	})
	require.NoError(t, err)
	angle, err := p.Eval()
	require.NoError(t, err)
	require.Less(t, angle, 3e-8)
	g, err := p.Grad("y")
	require.NoError(t, err)
	require.Less(t, largest(g), 1e-9)
}

// The gradient of a norm, and of a root, at zero is zero and not NaN.
func TestNormAtZero(t *testing.T) {
	zero := tensor.New(tensor.WithShape(2, 2), tensor.Of(tensor.Float64))
	for name, f := range map[string]func(*Node) *Node{"Norm": Norm, "Sqrt": func(x *Node) *Node { return Sqrt(SumSquares(x)) }} {
		p, err := Compile(func(b *Builder) *Node { return f(b.Param("x", zero)) })
		require.NoError(t, err)
		v, err := p.Eval()
		require.NoError(t, err)
		require.Zero(t, v)
		g, err := p.Grad("x")
		require.NoError(t, err)
		require.Equal(t, []float64{0, 0, 0, 0}, g.Float64s(), name)
	}
}
