package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

func valueOf(t *testing.T, build func(b *Builder) *Node) float64 {
	p, err := Compile(build)
	require.NoError(t, err)
	v, err := p.Eval()
	require.NoError(t, err)
	return v
}

// Ranks and Kendall's τ are those of their definitions, by all pairs, with ties and without.
func TestRanks(t *testing.T) {
	const n = 40
	for _, levels := range []float64{0, 3, 12} {
		a, b := gauss(1, n, 1), gauss(2, n, 1)
		for i := range n {
			b.Float64s()[i] += a.Float64s()[i]
			if levels > 0 {
				for _, x := range []*tensor.Dense{a, b} {
					x.Float64s()[i] = math.Round(x.Float64s()[i] * levels / 3)
				}
			}
		}
		sign := func(v float64) int {
			switch {
			case v > 0:
				return 1
			case v < 0:
				return -1
			}
			return 0
		}
		va, vb := a.Float64s(), b.Float64s()
		alike, differA, differB := 0, 0, 0
		ranks := make([]float64, n)
		for i := range n {
			below, same := 0, 0
			for j := range n {
				if va[j] < va[i] {
					below++
				}
				if va[j] == va[i] {
					same++
				}
				if j < i {
					sa, sb := sign(va[i]-va[j]), sign(vb[i]-vb[j])
					alike += sa * sb
					differA += sa * sa
					differB += sb * sb
				}
			}
			ranks[i] = float64(below) + float64(same+1)/2
		}
		require.InDelta(t, float64(alike)/(n*(n-1)/2), valueOf(t, func(g *Builder) *Node { return KendallTau(g.Const("a", a), g.Const("b", b), false) }), 1e-15)
		require.InDelta(t, float64(alike)/math.Sqrt(float64(differA*differB)), valueOf(t, func(g *Builder) *Node { return KendallTau(g.Const("a", a), g.Const("b", b), true) }), 1e-15)
		want := tensor.New(tensor.WithShape(n, 1), tensor.WithBacking(ranks))
		require.Zero(t, valueOf(t, func(g *Builder) *Node { return SumSquares(Sub(Ranks(g.Const("a", a)), g.Const("want", want))) }))
	}
	constant := tensor.New(tensor.WithShape(3, 1), tensor.WithBacking([]float64{2, 2, 2}))
	p, err := Compile(func(g *Builder) *Node { return KendallTau(g.Const("a", constant), g.Const("b", gauss(1, 3, 1)), true) })
	require.NoError(t, err)
	_, err = p.Eval()
	require.ErrorContains(t, err, "all elements are equal")
}
