package measures

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
)

// rowsOf shows x as if it were not in memory, and counts how often.
func rowsOf(x *tensor.Dense, passes *int) *Samples {
	units := x.Shape()[1]
	return NewRows(x.Shape(), func(rows int, show func([]float64) error) error {
		*passes++
		for v := x.Float64s(); len(v) > 0; v = v[min(len(v), rows*units):] {
			if err := show(v[:min(len(v), rows*units)]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Rows that are not in memory score as those that are, by every measure of products, however
// badly their units are conditioned; the files are gone through once where products serve.
func TestRows(t *testing.T) {
	const n, p, q = 3000, 12, 9
	x, y := data.Gaussian(1, n, p), data.Gaussian(2, n, q)
	for i := range n {
		for j := range q {
			y.Float64s()[i*q+j] += 0.6 * x.Float64s()[i*p+j]
		}
	}
	changed := func(x *tensor.Dense, f func(i, j int, v float64) float64) *tensor.Dense {
		x = x.Clone().(*tensor.Dense)
		units := x.Shape()[1]
		for i, v := range x.Float64s() {
			x.Float64s()[i] = f(i/units, i%units, v)
		}
		return x
	}
	// Units that one course is most of, as of smooth recordings: the condition of products is 1e10.
	smooth := func(x *tensor.Dense) *tensor.Dense {
		return changed(x, func(i, j int, v float64) float64 { return math.Sin(float64(i)/300) + 1e-5*v })
	}
	near := changed(y, func(i, j int, v float64) float64 { return v + 1e-7*math.Cos(float64(i*j)) })
	cases := map[string]struct {
		x, y  *tensor.Dense
		most  float64 // difference
		whole bool    // whether products serve for all
	}{
		"ordinary":     {x, y, 1e-12, true},
		"large means":  {changed(x, func(_, j int, v float64) float64 { return v + 1e8*float64(j) }), y, 1e-12, true},
		"unlike units": {changed(x, func(_, j int, v float64) float64 { return v * math.Pow(10, float64(j-6)) }), y, 1e-12, true},
		"an outlier": {changed(x, func(i, j int, v float64) float64 {
			if i == 0 && j == 3 {
				return 1e6
			}
			return v
		}), y, 1e-12, true},
		"a drift":       {changed(x, func(i, j int, v float64) float64 { return v + float64(i)/30 }), y, 1e-12, false},
		"smooth":        {smooth(x), smooth(y), 1e-10, false}, // svcca: its components are but as clear
		"nearly alike":  {near, y, 1e-12, false},
		"the same":      {x, x, 1e-12, false},
		"a dead unit":   {changed(x, func(_, j int, v float64) float64 { return v * math.Min(1, float64(j)) }), y, 1e-12, false},
		"scale of 1e-8": {changed(x, func(_, _ int, v float64) float64 { return 1e-8 * v }), y, 1e-12, true},
	}
	all, err := ByNames("all")
	require.NoError(t, err)
	scales, err := ByNames("cka-distance=euclidean,cka-distance=squared_euclidean,cka-distance=angular,cka-distance=one_minus_score,cka-negative_log,linreg-r2-reverse")
	require.NoError(t, err)
	all = append(all, scales...)
	scored := 0
	for name, c := range cases {
		var px, py int
		rx, ry := rowsOf(c.x, &px), rowsOf(c.y, &py)
		for _, m := range all {
			of := m.Name
			m = m.Over(1)
			if m.Fits != nil && m.Fits(n, c.x.Shape()[1], c.y.Shape()[1]) != nil {
				continue
			}
			got, err := m.EvalSamples(rx, ry)
			if !m.ByRows() {
				require.ErrorContains(t, err, "needs the data in memory", of)
				continue
			}
			require.NoError(t, err, "%s, %s", name, of)
			want, err := m.Eval(c.x, c.y)
			require.NoError(t, err)
			most := c.most * math.Max(1, math.Abs(want))
			if strings.HasSuffix(of, "euclidean") {
				most *= 10 // in the units of the data, not of a score
			}
			require.InDelta(t, want, got, most, "%s, %s", name, of)
			scored++
		}
		if c.whole { // the first by products, and what roots want beside
			require.LessOrEqual(t, px, 3, name)
		}
	}
	require.Greater(t, scored, 10*len(cases))

	var passes int
	for want, bad := range map[string]*tensor.Dense{
		"y has the value NaN at sample 2000, unit 4": changed(y, func(i, j int, v float64) float64 {
			if i == 2000 && j == 4 {
				return math.NaN()
			}
			return v
		}),
		"y has zero variance":              changed(y, func(_, j int, _ float64) float64 { return 0.1 * float64(j) }),
		"y has 1e+75 as its largest value": changed(y, func(i, j int, v float64) float64 { return math.Copysign(1e75, v) }),
		"y varies by at most 3e-80":        changed(y, func(i, j int, v float64) float64 { return 3e-80 * float64(i%2) }),
		"x has 3000 samples and y 2999":    data.Gaussian(1, n-1, q),
	} {
		_, err := CKA.EvalSamples(rowsOf(x, &passes), rowsOf(bad, &passes))
		require.ErrorContains(t, err, want)
	}
	ended := NewRows(x.Shape(), func(int, func([]float64) error) error { return errors.New("cannot be read") })
	_, err = CKA.EvalSamples(rowsOf(x, &passes), ended)
	require.EqualError(t, err, "measures: cka: y cannot be read")
	_, err = CKA.EvalSamples(rowsOf(x, &passes), NewSamples(y))
	require.Error(t, err)

	// What is known at the end alone, of y too: that a file was whole, or has more.
	_, err = CKA.EvalSamples(rowsOf(x, &passes), NewRows(y.Shape(), func(rows int, show func([]float64) error) error {
		return errors.Join(rowsOf(y, &passes).each(rows, show), errors.New("is damaged"))
	}))
	require.ErrorContains(t, err, "y is damaged")

	// A value that has most of the variance shows.
	rx := rowsOf(cases["an outlier"].x, &passes)
	_, err = CKA.EvalSamples(rx, rowsOf(y, &passes))
	require.NoError(t, err)
	require.Greater(t, rx.Share(), 0.9)
	rx = rowsOf(x, &passes)
	_, err = CKA.EvalSamples(rx, rowsOf(y, &passes))
	require.NoError(t, err)
	require.Less(t, rx.Share(), 0.1)
}
