package inference

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
)

// Scores by a program that is used again are those of one made for each, to the last bit, by
// every measure, some at once, of wide data too; and what has no score has the measure's error.
func TestScorer(t *testing.T) {
	const times, conditions = 3, 8
	sample := func(seed uint64, units int) *tensor.Dense {
		return of(data.Gaussian(seed, times*conditions, units).Float64s(), times, conditions, units)
	}
	draw := func(i, units int) *tensor.Dense {
		if i > 0 {
			return sample(uint64(i+2), units)
		}
		y, one := sample(2, units), sample(3, 1).Float64s()
		for j := range y.Float64s() { // of rank 1: after it an iteration would rest
			y.Float64s()[j] = one[j/units] * float64(1+j%units)
		}
		return y
	}
	x, again := sample(1, 5), 0
	for _, name := range measures.All() {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		for _, units := range []int{4, 30} {
			with, pairs, scores := scorerOf(m, x), pairsOf(m, times), make([]float64, 6)
			err := each(context.Background(), len(scores), 2, func(i int) (err error) {
				if scores[i], err = with.score(draw(i, units)); err == nil {
					var v float64
					v, err = pairs.pair(x, draw(i, units))
					require.Equal(t, math.Float64bits(scores[i]), math.Float64bits(v), name)
				}
				return err
			})
			for i, got := range scores {
				want, wantErr := m.EvalSamples(measures.NewSamples(x), measures.NewSamples(draw(i, units)))
				if wantErr != nil {
					require.EqualError(t, err, wantErr.Error(), name)
					break
				}
				require.NoError(t, err, name)
				require.Equal(t, math.Float64bits(want), math.Float64bits(got), fmt.Sprintf("%s, %d units: %v and %v", name, units, want, got))
			}
			again += len(with.free)
		}
	}
	require.Greater(t, again, len(measures.All()), "programs are kept")

	_, err := scorerOf(measures.CKA, x).score(of(make([]float64, times*conditions*2), times, conditions, 2))
	require.ErrorContains(t, err, "y has zero variance")
}
