package inference

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/measures"
)

func TestLeading(t *testing.T) {
	ctx := context.Background()
	x := smooth(1, 8, 6, 9, 7, .2)
	distance, err := measures.ByName("procrustes-distance=angular")
	require.NoError(t, err)
	for _, m := range []measures.Measure{measures.CKA, measures.NBS, measures.NBSSquared, measures.CKAAngularScore, measures.ProcrustesAngularScore, distance} {
		closed, err := LeadingOf(ctx, m, x, 99, Options{})
		require.NoError(t, err)
		require.True(t, closed.Closed)
		require.Len(t, closed.Scores, 7)
		other := m // by scoring it
		other.Name = "another"
		scored, err := LeadingOf(ctx, other, x, 99, Options{})
		require.NoError(t, err)
		require.False(t, scored.Closed)
		for k := range closed.Scores {
			require.InDelta(t, scored.Scores[k], closed.Scores[k], 1e-7, "%s %d", m.Name, k)
			require.Equal(t, Equivalent{Low: float64(k + 1), High: float64(k + 1)}, closed.Equivalent(m, closed.Scores[k]))
		}
		between := (closed.Scores[1] + closed.Scores[2]) / 2
		require.Equal(t, 2.0, closed.Equivalent(m, between).Low)
		worse := closed.Scores[0] - .01
		if m.Kind == measures.Distance {
			worse = closed.Scores[0] + .01
		}
		require.Equal(t, BelowOneComponent, closed.Equivalent(m, worse).Words)
	}
}

func TestNoiseEquivalent(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	ctx := context.Background()
	x := smooth(1, 8, 6, 9, 7, .2)
	distance, err := measures.ByName("procrustes-distance=angular")
	require.NoError(t, err)
	for _, m := range []measures.Measure{measures.CKA, distance} {
		// Of noise that was planted, the level is found: it is in nine of ten of such intervals.
		found := 0
		for i := range 20 {
			sd := deviation(x)
			y := slices.Clone(x.Float64s())
			for j, e := range normal(77, uint64(i), len(y)) {
				y[j] += .7 * sd * e
			}
			score, err := m.Eval(x, of(y, 8, 6, 9))
			require.NoError(t, err)
			n, err := NoiseEquivalentOf(ctx, m, x, score, Options{Seed: 5, Draws: 20})
			require.NoError(t, err)
			if n.Deviation.Low <= .7 && .7 <= n.Deviation.High {
				found++
			}
		}
		require.GreaterOrEqual(t, found, 14, m.Name)
	}
	n, err := NoiseEquivalentOf(ctx, measures.CKA, x, 1, Options{Draws: 20})
	require.NoError(t, err)
	require.Equal(t, NoNoise, n.Deviation.Words)
	require.Equal(t, NoNoise, n.SignalToNoise.Words)
	n, err = NoiseEquivalentOf(ctx, measures.CKA, x, .01, Options{Draws: 20})
	require.NoError(t, err)
	require.Equal(t, AtTheFloor, n.Deviation.Words)
	seesUnits := measures.CKA
	seesUnits.InvariantX &^= measures.Rotation
	n, err = NoiseEquivalentOf(ctx, seesUnits, x, .8, Options{Draws: 20})
	require.NoError(t, err)
	require.Contains(t, n.SignalToNoise.Withheld, "sees units")
	require.False(t, math.IsNaN(n.Deviation.Low))
}

// Copies of units change the level at the units there are, and not at a fixed number.
func TestCopiesOfUnits(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	x := smooth(1, 8, 6, 9, 7, .2)
	var eight []int
	for u := range 72 {
		eight = append(eight, u%9)
	}
	for _, m := range []measures.Measure{measures.CKA, measures.ProcrustesAngularScore} {
		of := func(units []int) NoiseEquivalents {
			n, err := NoiseEquivalentOf(context.Background(), m, unitsOf(x, units), .6, Options{Seed: 5, Draws: 60})
			require.NoError(t, err)
			return n
		}
		one, copies := of(eight[:9]), of(eight)
		require.InEpsilon(t, one.SignalToNoise.Low, copies.SignalToNoise.Low, 1e-6)
		require.InEpsilon(t, one.SignalToNoise.High, copies.SignalToNoise.High, 1e-6)
		require.Less(t, one.SignalToNoise.Low, one.SignalToNoise.High)
		require.Greater(t, math.Abs(copies.Deviation.Low/one.Deviation.Low-1), .05)
	}
}

// On the recording: its first component alone has a CKA of .95075 and an NBS of .72372.
func TestEquivalentsOfTheRecording(t *testing.T) {
	x, y := recordings(t)
	cka, err := LeadingOf(context.Background(), measures.CKA, x, 10, Options{})
	require.NoError(t, err)
	require.InDelta(t, .95075, cka.Scores[0], 1e-5)
	require.Equal(t, BelowOneComponent, cka.Equivalent(measures.CKA, .83).Words)
	nbs, err := LeadingOf(context.Background(), measures.NBS, x, 10, Options{})
	require.NoError(t, err)
	require.InDelta(t, .72372, nbs.Scores[0], 1e-5)
	score, err := measures.CKA.Eval(x, y)
	require.NoError(t, err)
	n, err := NoiseEquivalentOf(context.Background(), measures.CKA, x, score, Options{Seed: 1})
	require.NoError(t, err)
	require.InDelta(t, 1.84, (n.Deviation.Low+n.Deviation.High)/2, .05)
	require.Less(t, n.Deviation.High/n.Deviation.Low, 1.1)
}
