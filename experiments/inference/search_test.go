package inference

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/graph"
	"simgrad/measures"
)

// A wide dataset that is fixed is scored by no more units than it has dimensions, if
// all measures see no difference.
func TestMovingReducesWideData(t *testing.T) {
	wide, y := data.Gaussian(1, 12, 40), data.Gaussian(2, 12, 40)
	ms, err := measures.ByNames("cka,procrustes-angular-score")
	require.NoError(t, err)
	p, err := Moving{Measures: ms, X: wide, Y: y, Rank: 11}.Program(func(scores []*graph.Node) *graph.Node { return graph.Add(scores[0], scores[1]) })
	require.NoError(t, err)
	_, err = p.Eval()
	require.NoError(t, err)
	for _, m := range append(ms, measures.NBS) {
		want, err := m.Eval(wide, y)
		require.NoError(t, err)
		name := m.Name
		if name == "nbs" {
			name = WatchedBounds[1]
		}
		require.InDelta(t, want, p.Scalar(name), 1e-12, name)
	}
	c, err := probe.ComponentsOf(wide)
	require.NoError(t, err)
	require.InDelta(t, c.ParticipationRatio(), p.Scalar(WatchedBounds[2]), 1e-9)

	x := Moving{Measures: ms}.reduced(wide)
	require.Equal(t, tensor.Shape{12, 11}, x.Shape())
	fixed := ms[0]
	fixed.OfKernel = false
	x = Moving{Measures: append(ms, fixed)}.reduced(wide)
	require.Equal(t, tensor.Shape{12, 40}, x.Shape())
}
