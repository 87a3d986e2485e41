package inference

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/measures"
)

func TestOrders(t *testing.T) {
	for n, number := range map[int]int{1: 1, 2: 2, 3: 6, 5: 120, 7: 5040} {
		orders := allOrders(n)
		require.Len(t, orders, number-1)
		seen := map[string]bool{}
		for _, o := range orders {
			require.False(t, slices.IsSorted(o), "%v is the order of the data", o)
			seen[fmt.Sprint(o)] = true
			slices.Sort(o)
			require.Equal(t, len(o)-1, o[len(o)-1])
		}
		require.Len(t, seen, number-1)
	}
	require.Nil(t, allOrders(8))
}

func TestShuffle(t *testing.T) {
	ctx := context.Background()
	x := smooth(1, 10, 6, 7, 5, .3)
	y := smooth(2, 10, 6, 4, 4, .3)
	like := unitsOf(x, []int{1, 3, 5})
	distance, err := measures.ByName("procrustes-distance=angular")
	require.NoError(t, err)
	regression, err := measures.ByName("linreg-r2-cv=conditions")
	require.NoError(t, err)
	for _, m := range []measures.Measure{measures.CKA, measures.CKASong, measures.ProcrustesAngularScore, regression, distance} {
		s, err := Shuffle(ctx, m, x, like, Options{})
		require.NoError(t, err)
		require.True(t, s.All)
		require.Equal(t, 719, s.Draws)
		require.Equal(t, 1, s.Rank, m.Name)
		require.Equal(t, 1./720, s.P)
		if m.Kind == measures.Distance {
			require.Less(t, s.Score, s.Low)
			require.True(t, math.IsNaN(s.AboveShuffle(m)))
		} else {
			require.Greater(t, s.Score, s.High)
			require.InDelta(t, (s.Score-s.Mean)/(1-s.Mean), s.AboveShuffle(m), 1e-15)
		}
		// One by one, of what has nothing to do with it.
		s, err = Shuffle(ctx, m, x, y, Options{Workers: 2})
		require.NoError(t, err)
		as, mean := 0, 0.0
		for _, order := range allOrders(6) {
			score, err := m.Eval(x, conditionsOf(y, order))
			require.NoError(t, err)
			mean += score / 719
			if score >= s.Score == (m.Kind == measures.Similarity) {
				as++
			}
		}
		require.InDelta(t, mean, s.Mean, 1e-12)
		require.Equal(t, as+1, s.Rank)
		require.InDelta(t, float64(as+1)/720, s.P, 1e-15)
	}
}

func TestShuffleOfManyConditions(t *testing.T) {
	ctx := context.Background()
	x, y := smooth(1, 5, 9, 7, 5, .3), smooth(2, 5, 9, 400, 20, .3) // more units than samples
	one, err := Shuffle(ctx, measures.CKA, x, y, Options{Seed: 3, Draws: 50})
	require.NoError(t, err)
	three, err := Shuffle(ctx, measures.CKA, x, y, Options{Seed: 3, Draws: 50, Workers: 3})
	require.NoError(t, err)
	require.Equal(t, one, three)
	require.False(t, one.All)
	other, err := Shuffle(ctx, measures.CKA, x, y, Options{Seed: 4, Draws: 50})
	require.NoError(t, err)
	require.NotEqual(t, one.Mean, other.Mean)
	// Every condition alike: all orders score as high.
	alike := conditionsOf(y, make([]int, 9))
	all, err := Shuffle(ctx, measures.CKA, x, alike, Options{Draws: 50})
	require.NoError(t, err)
	require.Equal(t, 1.0, all.P)
	require.Equal(t, 51, all.Rank)
}

func TestNoPOfFewConditions(t *testing.T) {
	x, y := smooth(1, 10, 4, 7, 5, .3), smooth(2, 10, 4, 4, 4, .3)
	s, err := Shuffle(context.Background(), measures.CKA, x, y, Options{})
	require.NoError(t, err)
	require.True(t, math.IsNaN(s.P))
	require.Equal(t, "4 conditions have 24 orders, too few for a p", s.NoP)
	require.Equal(t, 23, s.Draws)
	_, err = Shuffle(context.Background(), measures.CKA, conditionsOf(x, []int{0}), conditionsOf(y, []int{0}), Options{})
	require.ErrorContains(t, err, "one condition has no other order")
	_, err = Shuffle(context.Background(), measures.CKA, x, conditionsOf(y, []int{0, 1, 2}), Options{})
	require.ErrorContains(t, err, "x has 10 times of 4 conditions and y 10 of 3")
	stopped, stop := context.WithCancel(context.Background())
	stop()
	_, err = Shuffle(stopped, measures.CKA, x, y, Options{})
	require.ErrorIs(t, err, context.Canceled)
}

// Rows that are no samples: whole conditions of independent smooth data are as good as any.
func TestPOfIndependentData(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	const runs = 200
	below := 0
	for i := range runs {
		x, y := smooth(uint64(2*i), 12, 5, 6, 6, .3), smooth(uint64(2*i+1), 12, 5, 5, 5, .3)
		s, err := Shuffle(context.Background(), measures.CKA, x, y, Options{})
		require.NoError(t, err)
		if s.P <= .05 {
			below++
		}
	}
	require.LessOrEqual(t, float64(below)/runs, .05+2*math.Sqrt(.05*.95/runs))
}

// All 40,320 orders of the recording's conditions: mean .561, 2.5 to 97.5 % .451 to .701.
func TestShuffleOfTheRecording(t *testing.T) {
	x, y := recordings(t)
	s, err := Shuffle(context.Background(), measures.CKA, x, y, Options{Seed: 1})
	require.NoError(t, err)
	require.InDelta(t, .8300, s.Score, 1e-4)
	require.InDelta(t, .561, s.Mean, .01)
	require.InDelta(t, .451, s.Low, .02)
	require.InDelta(t, .701, s.High, .02)
	require.Equal(t, .001, s.P)
}
