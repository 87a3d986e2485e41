package inference

import (
	"context"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/graph"
	"simgrad/measures"
)

// linear is no similarity: the mean of what x and y have in common, whose jackknife is known.
var linear = measures.Measure{
	Name: "mean-product", Label: "mean product",
	Score: func(x, y *graph.Node) *graph.Node {
		n := float64(x.Shape()[0] * x.Shape()[1])
		return graph.Affine(1/n, graph.Dot(x, y), 0)
	},
}

func TestJackknifeOfAMean(t *testing.T) {
	x, y := of(normal(1, 0, 8*5), 1, 8, 5), of(normal(2, 0, 8*5), 1, 8, 5)
	r, err := Jackknife(context.Background(), linear, x, y, false, Options{})
	require.NoError(t, err)
	require.Empty(t, r.Withheld)
	// Of a mean over conditions, the jackknife is the variance of the mean.
	var of []float64
	mean := 0.0
	for c := range 8 {
		v := 0.0
		for u := range 5 {
			v += x.Float64s()[c*5+u] * y.Float64s()[c*5+u] / 5
		}
		of, mean = append(of, v), mean+v/8
	}
	v := 0.0
	for _, w := range of {
		v += (w - mean) * (w - mean) / (8 * 7)
	}
	i := r.Interval()
	require.InDelta(t, math.Sqrt(v), i.Error, 1e-12)
	require.Equal(t, 7, i.Freedom)
	require.InDelta(t, mean-2.364624*math.Sqrt(v), i.Low, 1e-6)
	require.InDelta(t, mean+2.364624*math.Sqrt(v), i.High, 1e-6)
}

func TestJackknifeOverUnits(t *testing.T) {
	x, y := smooth(1, 5, 50, 30, 6, .2), smooth(1, 5, 50, 12, 6, .2)
	one, err := Jackknife(context.Background(), measures.CKA, x, y, true, Options{})
	require.NoError(t, err)
	two, err := Jackknife(context.Background(), measures.CKA, x, y, true, Options{Workers: 2})
	require.NoError(t, err)
	require.Equal(t, one.WithoutBoth, two.WithoutBoth)
	require.Len(t, one.Without, MaxGroups)
	require.Len(t, one.WithoutUnits, MaxUnitGroups)
	var conditions, units []int
	for c := range 50 {
		if c%40 != 3 {
			conditions = append(conditions, c)
		}
	}
	for u := range 30 {
		if u%20 != 7 {
			units = append(units, u)
		}
	}
	want, err := measures.CKA.Eval(unitsOf(conditionsOf(x, conditions), units), conditionsOf(y, conditions))
	require.NoError(t, err)
	require.InDelta(t, want, one.WithoutBoth[3][7], 1e-12)
	u, c := spread(one.WithoutUnits), spread(one.Without)
	v, freedom := one.variance()
	require.GreaterOrEqual(t, v, math.Max(u, c))
	require.LessOrEqual(t, v, u+c)
	require.Equal(t, 19, freedom)
	alone := *one
	alone.WithoutUnits = nil
	require.Less(t, alone.Interval().Error, one.Interval().Error)
	require.Equal(t, "the mean score at 50 conditions and 30 units, over both", one.Interval().Estimand)
	require.Equal(t, "the mean score at 50 conditions, over conditions", alone.Interval().Estimand)
	// Without bias it is the population's, of samples that are independent; and of these units.
	song, err := Jackknife(context.Background(), measures.CKASong, of(normal(1, 0, 8*7), 1, 8, 7), of(normal(2, 0, 8*3), 1, 8, 3), true, Options{})
	require.NoError(t, err)
	require.Equal(t, "the mean score at 8 conditions and 7 units, over both", song.Interval().Estimand)
	song.WithoutUnits = nil
	require.Equal(t, "the population's score, over conditions", song.Interval().Estimand)
}

// Without interaction of the two, variances add up: a sum of a mean over conditions and of
// one over units. What only interacts is taken from the sum.
func TestVarianceOfTwo(t *testing.T) {
	r := &Replicates{Without: []float64{1, 2, 4}, WithoutUnits: []float64{3, 7}, WithoutBoth: [][]float64{{1, 5}, {2, 6}, {4, 8}}}
	v, freedom := r.variance()
	require.InDelta(t, spread(r.Without)+spread(r.WithoutUnits), v, 1e-12)
	require.Equal(t, 1, freedom)
	r.WithoutBoth = [][]float64{{1, 5}, {2.5, 5.5}, {3.5, 8.5}}
	with, _ := r.variance()
	require.InDelta(t, v-2./3*.5*6*.25*2/3, with, 1e-12)
}

func TestIntervalsWithheld(t *testing.T) {
	ctx := context.Background()
	x, y := smooth(1, 5, 5, 7, 6, .2), smooth(2, 5, 5, 7, 6, .2)
	r, err := Jackknife(ctx, measures.CKA, x, y, false, Options{})
	require.NoError(t, err)
	i := r.Interval()
	require.True(t, math.IsNaN(i.Low) && math.IsNaN(i.High) && math.IsNaN(i.Error))
	require.Equal(t, "5 conditions are too few to leave some out; 6 are needed", i.Withheld)
	signs := linear
	signs.Label = "sign agreement"
	signs.Score = func(x, y *graph.Node) *graph.Node {
		sign := func(a *graph.Node) *graph.Node {
			return graph.Map("Sign", struct{}{}, a, func(v float64) float64 { return math.Copysign(1, v) }, nil)
		}
		return graph.Dot(sign(x), sign(y))
	}
	for _, name := range []string{"", "mutual_knn-topk=3", "rsa-rdm=euclidean-compare=spearman", "permutation_metric", "soft_matching-units=unit", "semi_matching"} {
		m := signs
		if name != "" {
			m, err = measures.ByName(name)
			require.NoError(t, err)
		}
		jumps, err := Jackknife(ctx, m, conditionsOf(x, []int{0, 1, 2, 3, 4, 0, 1}), conditionsOf(y, []int{0, 1, 2, 3, 4, 0, 1}), false, Options{})
		require.NoError(t, err)
		require.Contains(t, jumps.Interval().Withheld, m.Label+" is of ranks, neighbours, matches", name)
	}
	d, err := Difference(r, r)
	require.NoError(t, err)
	require.Equal(t, i.Withheld, d.Withheld)
	require.True(t, math.IsNaN(d.P))
	// Where all but one condition are alike, there is no score without that one.
	x = conditionsOf(of(normal(1, 0, 2*3), 1, 2, 3), []int{0, 0, 0, 1, 0, 0})
	r, err = Jackknife(ctx, measures.CKA, x, of(normal(2, 0, 18), 1, 6, 3), false, Options{})
	require.NoError(t, err)
	require.Contains(t, r.Interval().Withheld, "without group 4 of the conditions")
	require.Contains(t, r.Interval().Withheld, "zero variance")
	// Of few units the interval over conditions stays.
	x, y = smooth(1, 5, 8, 5, 4, .2), smooth(2, 5, 8, 5, 4, .2)
	few, err := Jackknife(context.Background(), measures.CKA, x, y, true, Options{})
	require.NoError(t, err)
	require.Equal(t, "5 units are too few to leave some out; 6 are needed", few.WithheldUnits)
	without, err := Jackknife(context.Background(), measures.CKA, x, y, false, Options{})
	require.NoError(t, err)
	require.Equal(t, without.Interval(), few.Interval())
	require.Empty(t, few.Interval().Withheld)
}

func TestDifference(t *testing.T) {
	ctx := context.Background()
	x := smooth(1, 6, 20, 15, 8, .1)
	near, far := unitsOf(x, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}), smooth(5, 6, 20, 10, 8, .1)
	of := func(y *tensor.Dense) *Replicates {
		r, err := Jackknife(ctx, measures.CKA, x, y, false, Options{})
		require.NoError(t, err)
		return r
	}
	a, b := of(near), of(far)
	d, err := Difference(a, b)
	require.NoError(t, err)
	require.InDelta(t, a.Score-b.Score, d.Difference, 1e-15)
	require.Less(t, d.P, 1e-6)
	require.Greater(t, d.Low, 0.0)
	back, err := Difference(b, a)
	require.NoError(t, err)
	require.InDelta(t, d.P, back.P, 1e-15)
	require.InDelta(t, -d.Low, back.High, 1e-15)
	itself, err := Difference(a, a)
	require.NoError(t, err)
	require.Equal(t, 1.0, itself.P)
	other, err := Jackknife(ctx, measures.NBS, x, far, false, Options{})
	require.NoError(t, err)
	_, err = Difference(a, other)
	require.ErrorContains(t, err, "compared by one measure")
}

func TestBenjaminiHochberg(t *testing.T) {
	nan := math.NaN()
	got := BenjaminiHochberg([]float64{.01, .04, nan, .03, .005})
	for i, want := range []float64{.02, .04, nan, .04, .02} { // as R's p.adjust, method BH
		if math.IsNaN(want) {
			require.True(t, math.IsNaN(got[i]))
		} else {
			require.InDelta(t, want, got[i], 1e-15)
		}
	}
	require.Equal(t, []float64{1}, BenjaminiHochberg([]float64{1}))
	require.Empty(t, BenjaminiHochberg(nil))
}
