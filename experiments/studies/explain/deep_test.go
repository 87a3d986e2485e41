package explain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/measures"
)

// Between the last step of an ascent below a score and the first above is data that score so,
// by a distance too; where no step is above, the last itself.
func TestBetween(t *testing.T) {
	x := smoothUnits(1, 5, 6, 4)
	below, above := data.Gaussian(2, 30, 4).Float64s(), x.Activity.Float64s()
	distance, err := measures.ByName("procrustes-distance=angular")
	require.NoError(t, err)
	for _, m := range []measures.Measure{measures.CKA, distance} {
		score := .7
		y, at, err := between(m, x, below, above, score)
		require.NoError(t, err)
		require.InDelta(t, score, at, 1e-4, m.Name)
		of, err := m.Eval(x.Activity, y)
		require.NoError(t, err)
		require.Equal(t, of, at)
		for _, before := range [][]float64{nil, above} {
			y, at, err = between(m, x, before, below, score)
			require.NoError(t, err)
			require.Equal(t, below, y.Float64s())
			of, err = m.Eval(x.Activity, y)
			require.NoError(t, err)
			require.Equal(t, of, at)
		}
	}
}
