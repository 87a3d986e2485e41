package notebooks

import (
	"bytes"
	"image/png"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/experiments/report"
	"simgrad/experiments/studies/optimize"
)

// What is sliced plots its own points.
func TestPlotsOfSlices(t *testing.T) {
	x := tensor.New(tensor.WithShape(3, 2), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	column, err := x.Slice(nil, tensor.S(1))
	require.NoError(t, err)
	row, err := x.Slice(tensor.S(1))
	require.NoError(t, err)
	block, err := x.Slice(tensor.S(1, 3))
	require.NoError(t, err)
	require.Equal(t, []float64{2, 4, 6}, Line("", nil, column).Y)
	require.Equal(t, []float64{3, 4}, Line("", nil, row).Y)
	require.Equal(t, []float64{3, 4, 5, 6}, Line("", nil, block).Y)
	require.NoError(t, x.T())
	require.Equal(t, []float64{1, 3, 5, 2, 4, 6}, Line("", nil, x).Y)

	f := Scatter([]int{1, 2, 3}, column)
	require.Equal(t, report.Points, f.Panels[0].Lines[0].Style)
	require.Equal(t, []float64{1, 2, 3}, f.Panels[0].Lines[0].X)
	require.PanicsWithError(t, "notebooks: string cannot be plotted; give []float64, []int or an array", func() { Scatter("x", column) })
	require.PanicsWithError(t, "notebooks: x has 2 values and y 3; a curve needs as many of both", func() { Plot([]int{1, 2}, column) })
}

func TestHistAndHeat(t *testing.T) {
	outline := Hist([]float64{0, 0, 0, 2, 3, 4}).Panels[0].Lines[0]
	require.Equal(t, []float64{0, 3, 3, 1, 1, 2, 2, 0}, outline.Y, "three bins: 3, 1, 2")
	require.InDeltaSlice(t, []float64{0, 0, 4. / 3, 4. / 3, 8. / 3, 8. / 3, 4, 4}, outline.X, 1e-12)

	v := Heat(tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float64{-1, 1})))
	require.Equal(t, "1 × 2 values, white -1 to blue 1", v.Text)
	picture, err := png.Decode(bytes.NewReader(v.PNG))
	require.NoError(t, err)
	red := func(x int) uint32 { r, _, _, _ := picture.At(x, 0).RGBA(); return r }
	require.Equal(t, uint32(0xffff), red(0))
	require.Zero(t, red(v.Width-1))
}

// Scores take datasets, arrays and names; datasets whose conditions differ are refused.
func TestScoresOfAnything(t *testing.T) {
	x, err := data.Load("toy2d")
	require.NoError(t, err)
	for _, pair := range [][2]any{{x, x}, {"toy2d", x.Activity}, {x.Samples(), "toy2d"}} {
		table, err := Scores(pair[0], pair[1], "cka")
		require.NoError(t, err)
		require.Equal(t, "1.0000", table.Rows[0][1])
	}
	_, err = Scores(x, x.Condition(1, 0, 2, 3, 4, 5), "cka")
	require.ErrorContains(t, err, "differs at condition 0")
	_, err = Scores(x, []float64{1}, "cka")
	require.EqualError(t, err, "notebooks: []float64 cannot be scored; give a dataset, an array, or a name")
}

// A study says how far it is, and a report's page shows itself whole in its own frame.
func TestProgressAndPage(t *testing.T) {
	var lines []string
	Progress = func(line string) { lines = append(lines, line) }
	defer func() { Progress = func(string) {} }()
	r, err := Run(optimize.New(), "-steps", "3", "toy2d")
	require.NoError(t, err)
	require.Greater(t, len(lines), 1)
	require.Contains(t, lines[0], "optimize: 0/1 ascent · toy2d")
	require.Empty(t, lines[len(lines)-1], "the line goes")
	v, err := Page(r)
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(v.HTML, "<iframe sandbox="))
	require.NotContains(t, v.HTML[10:], "<script", "within an attribute")
	require.NotEmpty(t, v.PNG)
}
