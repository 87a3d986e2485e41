package report

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Starts are averaged at equal x, from where the last has begun to where the first ends.
func TestMeanCurve(t *testing.T) {
	l, b := MeanCurve([][]float64{{0.11, 0.31, 0.5}, {0.2, 0.6}}, [][]float64{{0, 2, 3}, {1, 5}}, 0.1)
	require.InDeltaSlice(t, []float64{0.2, 0.2, 0.3, 0.4, 0.5, 0.5}, l.X, 1e-15)
	require.InDeltaSlice(t, []float64{(0.9 + 1) / 2, (0.9 + 1) / 2, (1.9 + 2) / 2, (2 + 0.09/0.19 + 3) / 2, 3.5, 3.5}, l.Y, 1e-12)
	require.InDeltaSlice(t, []float64{0.9, 0.9, 1.9, 2 + 0.09/0.19, 3, 3}, b.Low, 1e-12)
	require.InDeltaSlice(t, []float64{1, 1, 2, 3, 4, 4}, b.High, 1e-12)
	require.Equal(t, l.X, b.X)

	// Of a score without an end the curve has an end.
	l, _ = MeanCurve([][]float64{{0, 1e9}}, [][]float64{{0, 1}}, 0.02)
	require.Len(t, l.X, 503)
	require.InDelta(t, 2e6, l.X[2], 1e-6)
}

func draws() *Frame {
	f := New("draws", "data measure", "share score")
	for _, r := range []struct {
		data, measure string
		share, score  float64
	}{{"a", "cka", 1, 0.9}, {"a", "cka", 0.5, 0.6}, {"a", "cka", 0.5, 0.8}, {"a", "nbs", 1, 0.4}, {"b", "nbs", 0.5, 0.2}} {
		f.Add([]string{r.data, r.measure}, r.share, r.score)
	}
	return f
}

// A panel has a line for each measure that it has rows of, in the colour of the legend,
// through the means at each x in order.
func TestCurves(t *testing.T) {
	f := &Figure{}
	Curves{X: "share", Y: "score", Panels: "data", Lines: "measure", Each: Panel{X: "share of units"}}.Into(f, draws())
	require.Equal(t, []Mark{NewMark("cka", Hue(0), Solid), NewMark("nbs", Hue(1), Solid)}, f.Legend)
	require.Len(t, f.Panels, 2)
	a, b := f.Panels[0], f.Panels[1]
	require.Equal(t, []string{"a", "share of units", "score"}, []string{a.Title, a.X, a.Y})
	require.Equal(t, []float64{0.5, 1}, a.Lines[0].X)
	require.InDeltaSlice(t, []float64{0.7, 0.9}, a.Lines[0].Y, 1e-15)
	require.InDeltaSlice(t, []float64{0.6, 0.9}, a.Bands[0].Low, 1e-15)
	require.Len(t, b.Lines, 1)
	require.Equal(t, Hue(1), b.Lines[0].Colour)
}

// A row is for what there is, and a cell without rows is a dash.
func TestPivot(t *testing.T) {
	table := Pivot{Caption: "c", Rows: []string{"data", "measure"}, Columns: "share", Cell: func(rows *Frame) string { return rows.Spread("score").String() }}.Of(draws())
	require.Equal(t, Table{
		Caption: "c", Header: []string{"data", "measure", "1", "0.5"},
		Rows: [][]string{{"a", "cka", "0.90", "0.70 [0.60–0.80, 2 starts]"}, {"a", "nbs", "0.40", "–"}, {"b", "nbs", "–", "0.20"}},
	}, table)
}
