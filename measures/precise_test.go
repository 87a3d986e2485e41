package measures_test

import (
	"encoding/json"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
)

// Scores and gradients at the edges are those of 120-digit arithmetic, to what the
// condition of the data allows: testdata/precise.py says which, and why.
func TestPrecise(t *testing.T) {
	b, err := os.ReadFile("testdata/precise.json")
	require.NoError(t, err)
	var table []struct {
		Case, Measure     string
		Score             float64
		ScoreTolerance    float64 `json:"score_tolerance"`
		GradientTolerance float64 `json:"gradient_tolerance"`
	}
	require.NoError(t, json.Unmarshal(b, &table))
	require.NotEmpty(t, table)
	as, err := data.ReadArrays("testdata/precise.npz")
	require.NoError(t, err)
	arrays := map[string]*tensor.Dense{}
	for _, a := range as {
		arrays[a.Name] = tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(a.Values))
	}
	for _, c := range table {
		t.Run(c.Case+" "+c.Measure, func(t *testing.T) {
			m, err := measures.ByName(c.Measure)
			require.NoError(t, err)
			score, gx, gy, err := m.Gradient(arrays[c.Case+"__x"], arrays[c.Case+"__y"])
			require.NoError(t, err)
			off := math.Abs(score - c.Score)
			by := func(side string, g *tensor.Dense) float64 {
				return apart(g, arrays[c.Case+"__"+c.Measure+"__g"+side], strings.HasPrefix(c.Case, "units-"))
			}
			offX, offY := by("X", gx), by("Y", gy)
			t.Logf("score %v, off by %.2g of %.2g; gradients, by %.2g and %.2g of %.2g", score, off, c.ScoreTolerance, offX, offY, c.GradientTolerance)
			require.LessOrEqual(t, off, c.ScoreTolerance)
			require.LessOrEqual(t, max(offX, offY), c.GradientTolerance)
		})
	}
}

// apart returns the distance of two gradients relative to the size of want, if that
// is not 0; the largest of those of the units if they are of very different scale.
func apart(got, want *tensor.Dense, units bool) float64 {
	if !units {
		d := floats.Distance(got.Float64s(), want.Float64s(), 2)
		if size := floats.Norm(want.Float64s(), 2); size > 0 {
			d /= size
		}
		return d
	}
	worst := 0.0
	p := want.Shape()[1]
	for j := range p {
		g, w := column(got, j), column(want, j)
		worst = math.Max(worst, floats.Distance(g, w, 2)/floats.Norm(w, 2))
	}
	return worst
}

func column(x *tensor.Dense, j int) (c []float64) {
	p := x.Shape()[1]
	for i := j; i < len(x.Float64s()); i += p {
		c = append(c, x.Float64s()[i])
	}
	return c
}
