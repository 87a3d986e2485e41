package experiments

import (
	"testing"

	"simgrad/data"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
)

func TestStopAt(t *testing.T) {
	distance := measures.ProcrustesAngularDistance
	for _, c := range []struct {
		m    measures.Measure
		stop string
		at   float64
		want bool
	}{
		{measures.CKA, "", 0.99, true},
		{measures.CKA, "", 0.9899, false},
		{measures.CKA, "0.5", 0.5, true},
		{measures.CKA, "1.5", 0.999, false},
		{distance, "", 0, false},
		{distance, "0.2", 0.2, true},
		{distance, "0.2", 0.21, false},
		{distance, "2", 0.1, false},
	} {
		f := (&Ascent{Stop: c.stop}).stopAt(c.m)
		require.Equal(t, c.want, f != nil && f(c.at), "%s -stop %q at %g", c.m.Name, c.stop, c.at)
	}
}

// The start depends on seed and shape alone.
func TestStart(t *testing.T) {
	a, err := data.Load("toy2d")
	require.NoError(t, err)
	require.Equal(t, Noise(1, a).Data(), Noise(1, a).Data())
	require.NotEqual(t, Noise(1, a).Data(), Noise(2, a).Data())
	values := data.Gaussian(3, 1000, 20).Float64s()
	mean, square := 0.0, 0.0
	for _, v := range values {
		mean += v / float64(len(values))
		square += v * v / float64(len(values))
	}
	require.InDelta(t, 0, mean, 0.03)
	require.InDelta(t, 1, square, 0.04)
}
