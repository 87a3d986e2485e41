package measures_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/graph"
	"simgrad/measures"
	"simgrad/measures/internal/plain"
)

// Trials padded with zeros leave a fold of x that does not vary: an error, in whatever
// shape y is.
func TestPaddedFold(t *testing.T) {
	x := data.Gaussian(1, 75, 5)
	sums := make([]float64, 5)
	for i, v := range x.Float64s()[:60*5] {
		sums[i%5] += v / 60
	}
	for i := range x.Float64s() {
		x.Float64s()[i] -= sums[i%5]
		if i >= 60*5 {
			x.Float64s()[i] = 0
		}
	}
	for _, name := range []string{"linreg-r2-cv=5folds", "ridge-lambda=100-r2-cv=5folds"} {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		for _, q := range []int{3, 90} {
			_, err = m.Eval(x, data.Gaussian(2, 75, q))
			require.EqualError(t, err, "measures: "+name+": graph: folds of (75, 5): samples 60 to 74 of x, left out in fold 5, do not vary from the mean of the others: R2 is not defined there")
			_, _, _, err = m.Gradient(data.Gaussian(2, 75, q), x)
			require.NoError(t, err, "it is what is predicted that has to vary")
		}
	}
}

// Folds of conditions leave out whole conditions of time × condition data, whatever the
// axes that data come with, and in both forms of the regression.
func TestOverConditions(t *testing.T) {
	for _, c := range []struct {
		name                     string
		times, conditions, units int
		lambda                   float64
		folds                    int
	}{
		{"linreg-r2-cv=5conditions", 6, 12, 3, 0, 5},
		{"linreg-r2-cv=conditions", 4, 7, 3, 0, 7},
		{"linreg-r2-cv=2conditions", 3, 6, 20, 0, 2}, // more units than rows to fit
		{"ridge-lambda=2-r2-cv=3conditions", 5, 7, 4, 2, 3},
	} {
		m, err := measures.ByName(c.name)
		require.NoError(t, err)
		require.Equal(t, c.name, m.Name)
		n := c.times * c.conditions
		x, y := data.Gaussian(1, n, 2), data.Gaussian(2, n, c.units)
		shaped := func(x *tensor.Dense) *tensor.Dense {
			return tensor.New(tensor.WithShape(c.times, c.conditions, x.Shape()[1]), tensor.WithBacking(x.Float64s()))
		}
		matrix := func(x *tensor.Dense) *mat.Dense { return mat.NewDense(n, x.Shape()[1], x.Float64s()) }
		want := plain.OverConditions(matrix(x), matrix(y), c.times, c.lambda, c.folds)
		got, err := m.Eval(shaped(x), shaped(y))
		require.NoError(t, err)
		require.InDelta(t, want, got, 1e-10*math.Max(1, math.Abs(want)), c.name)
		asked, err := m.Over(c.times).Eval(x, y)
		require.NoError(t, err)
		require.Equal(t, got, asked)
		score, gx, _, err := m.Gradient(shaped(x), shaped(y))
		require.NoError(t, err)
		require.InDelta(t, got, score, 1e-12*math.Max(1, math.Abs(want)))
		_, want2, _, err := m.Over(c.times).Gradient(x, y)
		require.NoError(t, err)
		require.Equal(t, want2.Float64s(), gx.Float64s())

		_, err = m.Eval(shaped(x), y)
		require.ErrorContains(t, err, "times and y 1; it tells times from conditions, and both must be the same")
		_, err = graph.Compile(func(b *graph.Builder) *graph.Node { return m.Score(b.Const("x", x), b.Const("y", y)) })
		require.ErrorContains(t, err, "tells times from conditions: Over says how many times there are")
	}
	for name, want := range map[string]string{
		"linreg-r2-cv=1conditions":                "cv must be a whole number of folds of conditions from 2, as in cv=5conditions, or conditions for one each",
		"linreg-r2-cv=conditions-cv=5folds":       "cv is given twice",
		"linreg-r2-cv=5conditions-cv=2conditions": "cv is given twice",
		"linreg-r2-cv=folds":                      "cv must be a whole number of folds from 2, as in cv=5folds",
	} {
		_, err := measures.ByName(name)
		require.ErrorContains(t, err, want, name)
	}
	m, err := measures.ByName("linreg-r2-cv=9conditions")
	require.NoError(t, err)
	x := data.Gaussian(1, 24, 2)
	_, err = m.Eval(tensor.New(tensor.WithShape(3, 8, 2), tensor.WithBacking(x.Float64s())), tensor.New(tensor.WithShape(3, 8, 2), tensor.WithBacking(x.Float64s())))
	require.ErrorContains(t, err, "8 conditions are too few for 9 folds of whole conditions")
}

// Rows of smooth data know their neighbours: an independent model predicts them by folds
// of rows, and does not by conditions.
func TestConditionsDoNotLeak(t *testing.T) {
	const times, conditions, units = 60, 10, 20
	smooth := func(seed uint64) *tensor.Dense {
		x := data.Gaussian(seed, times*conditions, units).Float64s()
		for range 200 { // diffusion in time
			for i := conditions * units; i < len(x); i++ {
				x[i] = 0.5*x[i] + 0.5*x[i-conditions*units]
			}
		}
		return tensor.New(tensor.WithShape(times, conditions, units), tensor.WithBacking(x))
	}
	score := func(name string) float64 {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		s, err := m.Eval(smooth(1), smooth(2))
		require.NoError(t, err)
		return s
	}
	require.Less(t, score("linreg-r2-cv=5conditions"), 0.05)
	require.Greater(t, score("linreg-r2"), 0.3)
}

// R² unit by unit is the mean of the R² of each unit; without an intercept, of data that are centred,
// it is the same.
func TestUnitR2(t *testing.T) {
	x, y := data.Gaussian(1, 30, 4), data.Gaussian(2, 30, 5)
	for i := range 30 {
		x.Float64s()[i*4] += 3 * y.Float64s()[i*5]
		x.Float64s()[i*4+1] *= 5
	}
	dense := func(x *mat.Dense) *tensor.Dense {
		n, p := x.Dims()
		return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(x.RawMatrix().Data))
	}
	for of, one := range map[string]string{"linreg": "linreg-r2", "ridge-lambda=7": "ridge-lambda=7-r2"} {
		want := 0.0
		for j := range 4 {
			want += evalOf(t, one, tensor.New(tensor.WithShape(30, 1), tensor.WithBacking(column(x, j))), y) / 4
		}
		require.InDelta(t, want, evalOf(t, of+"-unit_r2", x, y), 1e-12)
		require.Greater(t, math.Abs(want-evalOf(t, one, x, y)), 1e-3)
		require.Greater(t, math.Abs(want-evalOf(t, of+"-unit_r2-columns=raw", x, y)), 1e-4)
		require.InDelta(t, want, evalOf(t, of+"-unit_r2-columns=raw", dense(centred(x)), dense(centred(y))), 1e-12)
	}
}
