package probe

import (
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas/blas64"

	"simgrad/data"
)

// Optima are those of Newton's method in 60 digits (testdata/README.md): of spike
// counts, units of very different size, offsets, labels that are wrong, classes that
// can be told apart by far; in units and, as a decoder has them, in principal axes.
// Tolerances are what double precision leaves of the objective, and of a sample's
// scores for the classes.
func TestLogisticOptima(t *testing.T) {
	as, err := data.ReadArrays("testdata/optima.npz")
	require.NoError(t, err)
	m := map[string]data.Array{}
	for _, a := range as {
		m[a.Name] = a
	}
	cases := 0
	for name, x := range m {
		name, isX := strings.CutSuffix(name, "__x")
		if !isX {
			continue
		}
		cases++
		w := m[name+"__w"]
		y, k := classes(m[name+"__y"]), max(2, w.Shape[0])
		units := blas64.General{Rows: x.Shape[0], Cols: x.Shape[1], Stride: x.Shape[1], Data: x.Values}
		l := logistic{rows: w.Shape[0], features: units.Cols}
		want := make([]float64, units.Rows*l.rows)
		l.scores(units, w.Values, want)
		optimal := func(f blas64.General) {
			require.NoError(t, l.fit(f, y, k), name)
			require.InEpsilon(t, m[name+"__value"].Values[0], l.evaluate(f, y), 1e-9, name)
			got := make([]float64, len(want))
			l.scores(f, l.w, got)
			for i := range units.Rows {
				of, there := got[i*l.rows:(i+1)*l.rows], want[i*l.rows:(i+1)*l.rows]
				free, size := 0.0, 1e-8 // probabilities are exact to 1e-16
				if k > 2 {              // all may be more by one number
					free = (sum(of) - sum(there)) / float64(k)
				}
				for r := range of {
					size = math.Max(size, math.Abs(there[r]))
				}
				tolerance := 1e-7
				switch name { // samples far on their side hardly weigh in the objective
				case "an_outlier", "a_label_wrong_times_1e4":
					tolerance = 1e-5
				}
				for r := range of {
					require.InDelta(t, there[r], of[r]-free, tolerance*size, "%s, sample %d", name, i)
				}
			}
		}
		optimal(principalAxes(units).rows)
		if name != "offsets" { // without axes, features stand for the intercept
			optimal(units)
		}
	}
	require.Equal(t, 19, cases)
}
