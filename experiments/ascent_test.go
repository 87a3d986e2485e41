package experiments

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"simgrad/data"
	"simgrad/measures"
	"simgrad/optim"

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

// A cell that was killed has taken the seconds of all its runs, up to where it goes on.
func TestSecondsOfAllRuns(t *testing.T) {
	defer func(every time.Duration) { checkpointEvery = every }(checkpointEvery)
	checkpointEvery = 0
	file, n := filepath.Join(t.TempDir(), "checkpoint"), 1
	quiet := func(string, ...any) {}
	first := &checkpoint{file: file, say: quiet, began: time.Now().Add(-time.Hour)}
	require.NoError(t, first.keep(context.Background(), 0, optim.State{Step: 7}, []any{&n}))
	from, err := openCheckpoint(file)
	require.NoError(t, err)
	second := &checkpoint{file: file, say: quiet, began: time.Now().Add(-time.Minute), from: from}
	n = 0
	state, _, err := second.begin(0, []any{&n})
	require.NoError(t, err)
	require.Equal(t, 7, state.Step)
	require.Equal(t, 1, n)
	require.InDelta(t, 3660, second.seconds(), 30)
}
