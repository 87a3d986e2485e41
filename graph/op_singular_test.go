package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Functions of singular values are those of their definitions: a whitened matrix has
// orthonormal columns, α interpolates, and components are kept by number or by variance.
func TestSingularFunctions(t *testing.T) {
	x := withSingularValues(12, 4, 5, 3, 2, 1)
	sumSquares := func(f func(x *Node) *Node) float64 {
		return valueOf(t, func(b *Builder) *Node { return SumSquares(f(b.Const("x", x))) })
	}
	require.InDelta(t, 4, sumSquares(Polar), 1e-12)
	require.InDelta(t, 25+9+4+1, sumSquares(func(x *Node) *Node { return Whitened(1, x) }), 1e-12)
	require.InDelta(t, 4, sumSquares(func(x *Node) *Node { return Whitened(0, x) }), 1e-12)
	require.InDelta(t, 9+4+2.25+1, sumSquares(func(x *Node) *Node { return Whitened(0.5, x) }), 1e-12)
	for share, k := range map[float64]float64{0.5: 1, 25.0 / 39: 1, 0.65: 2, 38.0 / 39: 3, 0.99: 4, 1: 4} {
		require.InDelta(t, k, sumSquares(func(x *Node) *Node { return Leading(0, share, x) }), 1e-12, "share %v", share)
	}
	require.InDelta(t, 3, sumSquares(func(x *Node) *Node { return Leading(3, 0, x) }), 1e-12)
	x = withSingularValues(12, 4, 5, 3, 3, 0)
	require.InDelta(t, 3, sumSquares(Polar), 1e-12, "of its rank")
	for want, build := range map[string]func(x *Node) *Node{
		"components 2 and 3 have the same variance, to 1e-6": func(x *Node) *Node { return Leading(2, 0, x) },
		"4 components are asked for and there are 3":         func(x *Node) *Node { return Leading(4, 0, x) },
	} {
		p, err := Compile(func(b *Builder) *Node { return SumSquares(build(b.Const("x", x))) })
		require.NoError(t, err)
		_, err = p.Eval()
		require.ErrorContains(t, err, want)
	}
	// At ties, and at a rank that is not full, gradients are finite.
	p, err := Compile(func(b *Builder) *Node { x := b.Param("x", x); return SumSquares(Mul(Polar(x), x)) })
	require.NoError(t, err)
	_, err = p.Eval()
	require.NoError(t, err)
	g, err := p.Grad("x")
	require.NoError(t, err)
	for _, v := range g.Float64s() {
		require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
	}
}
