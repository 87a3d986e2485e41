package inference

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"

	"simgrad/data/probe"
	"simgrad/measures"
)

// noisy is x with white noise, of a multiple of its overall standard deviation.
func noisy(x *tensor.Dense, level float64, seed, draw uint64) *tensor.Dense {
	v, sd, s := slices.Clone(x.Float64s()), deviation(x), x.Shape()
	for i, e := range normal(seed, draw, len(v)) {
		v[i] += level * sd * e
	}
	return of(v, s[0], s[1], s[2])
}

func mean(of ...*tensor.Dense) *tensor.Dense {
	to := of[0].Clone().(*tensor.Dense)
	v := to.Float64s()
	for i := range v {
		v[i] = 0
		for _, x := range of {
			v[i] += x.Float64s()[i] / float64(len(of))
		}
	}
	return to
}

func TestNoiseFree(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	ctx := context.Background()
	x := smooth(1, 30, 10, 25, 12, .2)
	for _, level := range []float64{.3, 1} {
		// White, or smooth in time, of some units more than of others.
		white := func(i uint64) *tensor.Dense { return noisy(x, level*math.Sqrt2, 9, i) }
		uneven := func(i uint64) *tensor.Dense {
			e := smooth(100+i, 30, 10, 25, 25, 0)
			v, size := slices.Clone(x.Float64s()), deviation(x)/deviation(e)
			for k := range v {
				v[k] += level * math.Sqrt2 * size * e.Float64s()[k] * (.5 + float64(k%25)/25)
			}
			return of(v, 30, 10, 25)
		}
		for name, draw := range map[string]func(uint64) *tensor.Dense{"white": white, "uneven": uneven} {
			for _, m := range []measures.Measure{measures.CKA, measures.CKASong, measures.ProcrustesAngularScore} {
				var truth, got []float64
				for i := range uint64(8) {
					even, odd := draw(2*i), draw(2*i+1)
					score, err := m.Eval(mean(even, odd), x)
					require.NoError(t, err)
					truth = append(truth, score)
					c, err := NoiseFree(ctx, m, even, odd, Options{Seed: i, Draws: 10})
					require.NoError(t, err)
					require.Empty(t, c.Unknown)
					require.Less(t, c.Low, c.Value)
					require.Less(t, c.Value, c.High)
					got = append(got, c.Value)
				}
				require.InDelta(t, stat.Mean(truth, nil), stat.Mean(got, nil), .04, "%s %s %g", m.Name, name, level)
			}
		}
	}
	// More noise than can be told from none being there.
	c, err := NoiseFree(ctx, measures.CKA, noisy(x, 9, 1, 1), noisy(x, 9, 1, 2), Options{})
	require.NoError(t, err)
	require.True(t, math.IsNaN(c.Value))
	require.Contains(t, c.Unknown, "% of the recording's variance is not noise")
}

func TestHalves(t *testing.T) {
	x := smooth(1, 6, 5, 8, 6, .2)
	even, odd := noisy(x, 1, 1, 1), noisy(x, 1, 1, 2)
	c, err := Halves(measures.CKA, even, odd)
	require.NoError(t, err)
	want, err := measures.CKA.Eval(even, odd)
	require.NoError(t, err)
	require.Equal(t, want, c.Value)
	_, err = Halves(measures.CKA, even, conditionsOf(odd, []int{0, 1}))
	require.ErrorContains(t, err, "they must be the same")
}

func TestRepetition(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	ctx := context.Background()
	x := smooth(1, 20, 8, 15, 10, .2)
	for _, number := range []int{4, 8} {
		for _, m := range []measures.Measure{measures.CKA, measures.CKASong, measures.NBS, measures.ProcrustesAngularScore} {
			var truth, got []float64
			for i := range uint64(6) {
				var trials, others []*tensor.Dense
				for k := range uint64(number) {
					trials = append(trials, noisy(x, 1.5, 3*i, k))
					others = append(others, noisy(x, 1.5, 3*i+1, k))
				}
				score, err := m.Eval(mean(trials...), mean(others...))
				require.NoError(t, err)
				truth = append(truth, score)
				c, err := Repetition(ctx, m, trials, Options{Seed: i})
				require.NoError(t, err)
				require.Empty(t, c.Unknown)
				got = append(got, c.Value)
			}
			require.InDelta(t, stat.Mean(truth, nil), stat.Mean(got, nil), .04, "%s %d", m.Name, number)
		}
	}
	c, err := Repetition(ctx, measures.CKA, []*tensor.Dense{x, x, x}, Options{})
	require.NoError(t, err)
	require.True(t, math.IsNaN(c.Value))
	require.Contains(t, c.Unknown, "3 trials of every condition; 4 are the least")
	// A score that has no most is not extrapolated to 1.
	for _, name := range []string{"hsic", "ensd"} {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		c, err = Repetition(ctx, m, []*tensor.Dense{noisy(x, 1, 1, 1), noisy(x, 1, 1, 2), noisy(x, 1, 1, 3), noisy(x, 1, 1, 4)}, Options{})
		require.NoError(t, err)
		require.True(t, math.IsNaN(c.Value), name)
		require.Contains(t, c.Unknown, "is not 1 at best", name)
	}
	var nothing []*tensor.Dense
	for i := range uint64(4) {
		nothing = append(nothing, of(normal(1, i, 20*8*15), 20, 8, 15))
	}
	c, err = Repetition(ctx, measures.CKASong, nothing, Options{})
	require.NoError(t, err)
	require.Contains(t, c.Unknown, "too near 0")
}

func TestSpearmanBrown(t *testing.T) {
	// Of one unit that correlates in halves as planted, with twice the trials.
	x := smooth(1, 1, 4000, 1, 1, 0)
	var half, whole []float64
	for i := range uint64(4) {
		even, odd := noisy(x, 1, i, 1), noisy(x, 1, i, 2)
		r, err := UnitCorrelations(even, odd)
		require.NoError(t, err)
		half = append(half, SpearmanBrown(r[0]))
		r, err = UnitCorrelations(mean(even, odd), mean(noisy(x, 1, i, 3), noisy(x, 1, i, 4)))
		require.NoError(t, err)
		whole = append(whole, r[0])
	}
	require.InDelta(t, stat.Mean(whole, nil), stat.Mean(half, nil), .01)
	require.InDelta(t, 2./3, stat.Mean(whole, nil), .02)
}

func TestSubjects(t *testing.T) {
	ctx := context.Background()
	shared := smooth(1, 6, 10, 12, 8, .2)
	var subjects []*tensor.Dense
	for i := range uint64(4) {
		of := noisy(shared, .8, i, 1)
		subjects = append(subjects, unitsOf(of, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}[i:]))
	}
	lower, upper, err := Subjects(ctx, measures.CKA, subjects, Options{})
	require.NoError(t, err)
	require.Less(t, lower.Value, upper.Value)
	require.Less(t, lower.Low, lower.Value)
	// No dataset scores higher with all than the upper bound: not what they are made of, nor
	// one of them, nor any other.
	all := func(y *tensor.Dense) float64 {
		sum := 0.0
		for _, x := range subjects {
			score, err := measures.CKA.Eval(x, y)
			require.NoError(t, err)
			sum += score / 4
		}
		return sum
	}
	require.Less(t, all(shared), upper.Value)
	for i, x := range subjects {
		require.Less(t, all(x), upper.Value)
		require.Less(t, all(noisy(x, .1, 5, uint64(i))), upper.Value)
	}
	// Size and place of a subject's units are no matter, nor is their order.
	moved := slices.Clone(subjects)
	moved[0] = unitsOf(moved[0], []int{3, 2, 1, 0, 4, 5, 6, 7, 8, 9, 10, 11})
	for i, v := range moved[0].Float64s() {
		moved[0].Float64s()[i] = 7*v + 3
	}
	_, again, err := Subjects(ctx, measures.CKA, moved, Options{Workers: 2})
	require.NoError(t, err)
	require.InDelta(t, upper.Value, again.Value, 1e-12)
	two, _, err := Subjects(ctx, measures.CKA, subjects[:2], Options{})
	require.NoError(t, err)
	require.True(t, math.IsNaN(two.Value))
	require.Contains(t, two.Unknown, "2 subjects; three are the least")
	seesUnits := measures.CKA
	seesUnits.OfKernel = false
	_, none, err := Subjects(ctx, seesUnits, subjects, Options{})
	require.NoError(t, err)
	require.Contains(t, none.Unknown, "is not a function of kernels")
}

// Noise planted in the recording: of .5, 1 and 2 standard deviations.
func TestNoiseFreeOfTheRecording(t *testing.T) {
	x, _ := recordings(t)
	for level, want := range map[float64][2]float64{.5: {.993, .716}, 1: {.965, .519}, 2: {.797, .329}} {
		even, odd := noisy(x, level*math.Sqrt2, 1, 1), noisy(x, level*math.Sqrt2, 1, 2)
		for i, m := range []measures.Measure{measures.CKA, measures.ProcrustesAngularScore} {
			c, err := NoiseFree(context.Background(), m, even, odd, Options{Seed: 1})
			require.NoError(t, err)
			require.InDelta(t, want[i], c.Value, .02, "%s %g", m.Name, level)
		}
	}
}

// On the recording with each time's mean over conditions taken from both.
func TestWithoutWhatConditionsShare(t *testing.T) {
	x, y := recordings(t)
	score, err := measures.CKA.Eval(WithoutShared(x), WithoutShared(y))
	require.NoError(t, err)
	require.InDelta(t, .5149, score, 1e-3)
	require.InDelta(t, 0, probe.Deviation(conditionsOf(WithoutShared(conditionsOf(x, []int{1})), []int{0})), 1e-9)
}
