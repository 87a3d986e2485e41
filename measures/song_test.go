package measures_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/measures"
)

// Of independent data unbiased CKA is 0 on average, wide data too, of which CKA is near 1.
func TestSongIsUnbiased(t *testing.T) {
	const draws = 200
	var song, biased float64
	for i := range uint64(draws) {
		x, y := data.Gaussian(2*i, 20, 100), data.Gaussian(2*i+1, 20, 100)
		for m, sum := range map[*measures.Measure]*float64{&measures.CKASong: &song, &measures.CKA: &biased} {
			v, err := m.Eval(x, y)
			require.NoError(t, err)
			*sum += v / draws
		}
	}
	require.InDelta(t, 0, song, 0.01)
	require.Greater(t, biased, 0.8)
	_, err := measures.CKASong.Eval(data.Gaussian(1, 3, 5), data.Gaussian(2, 3, 5))
	require.EqualError(t, err, "measures: cka-hsic=song: graph: SongInner: 3 samples; the unbiased estimate of HSIC needs 4")
}
