package measures_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/measures"
)

// With as many units in both, a best transport is a permutation, which turns no more than
// any rotation; and copies of units are as the units.
func TestMatchingIdentities(t *testing.T) {
	score := func(name string, seed uint64, p, q int) float64 {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		s, err := m.Eval(data.Gaussian(seed, 30, p), data.Gaussian(100+seed, 30, q))
		require.NoError(t, err)
		return s
	}
	for seed := range uint64(8) {
		p := 2 + int(seed)
		for _, units := range []string{"", "-units=unit"} {
			require.InDelta(t, score("permutation_metric"+units, seed, p, p), score("soft_matching"+units, seed, p, p), 1e-12)
		}
		require.LessOrEqual(t, score("permutation_metric", seed, p, p), score("nbs", seed, p, p)+1e-12)
		require.LessOrEqual(t, score("cosine", seed, p, p), score("permutation_metric", seed, p, p)+1e-12)
		require.LessOrEqual(t, score("permutation_metric", seed, p, p+2), score("nbs", seed, p, p+2)+1e-12)
	}
	// The more entropy, the less is in common.
	exact := score("soft_matching-units=unit", 1, 4, 6)
	for _, epsilon := range []string{"0.01", "0.1", "1"} {
		less := score("soft_matching-units=unit-plan=(sinkhorn-epsilon="+epsilon+")", 1, 4, 6)
		require.Less(t, less, exact)
		exact = less
	}
	x := data.Gaussian(1, 20, 3)
	twice := data.Gaussian(1, 20, 6)
	for i := range 20 {
		for j := range 6 {
			twice.Float64s()[i*6+j] = x.Float64s()[i*3+j/2]
		}
	}
	m, err := measures.ByName("soft_matching-distance=euclidean")
	require.NoError(t, err)
	d, err := m.Eval(x, twice)
	require.NoError(t, err)
	require.InDelta(t, 0, d, 1e-12)
}
