package graph

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// The median is that of the elements in order, whatever is equal; where it is one of several
// its gradient is all of one's.
func TestMedian(t *testing.T) {
	for seed := range uint64(200) {
		x := gauss(seed, 1, 1+int(seed%17))
		if seed%2 == 0 { // few values
			for i, v := range x.Float64s() {
				x.Float64s()[i] = float64(int(v))
			}
		}
		in := slices.Sorted(slices.Values(x.Float64s()))
		n := len(in)
		p, err := Compile(func(b *Builder) *Node { return Median(b.Param("x", x)) })
		require.NoError(t, err)
		got, err := p.Eval()
		require.NoError(t, err)
		require.InDelta(t, (in[(n-1)/2]+in[n/2])/2, got, 1e-15)
		g, err := p.Grad("x")
		require.NoError(t, err)
		require.InDelta(t, 1, floats.Sum(g.Float64s()), 1e-15)
		require.InDelta(t, got, floats.Dot(g.Float64s(), x.Float64s()), 1e-15)
	}
}
