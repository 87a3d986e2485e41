package notebooks

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image/png"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studies/decode"
	"simgrad/experiments/studies/optimize"
	"simgrad/graph"
	"simgrad/measures"
)

func TestScores(t *testing.T) {
	x, err := data.Load("toy2d")
	require.NoError(t, err)
	table, err := Scores(x.Activity, x.Activity, "cka,procrustes-distance=angular")
	require.NoError(t, err)
	require.Equal(t, [][]string{
		{"cka", "1.0000", "1", "similarity in [0, 1]", "yes"},
		{"procrustes-distance=angular", "0.0000", "0", "distance in [0, π/2]", "yes"},
	}, table.Rows)
	all, err := Scores(x.Activity, x.Activity, "")
	require.NoError(t, err)
	require.Len(t, all.Rows, len(measures.Names()))
	_, err = Scores(x.Activity, x.Activity, "ckaa")
	require.ErrorContains(t, err, "ckaa")

	other, err := Scores(x.Activity, data.Gaussian(1, 59, 2), "cka")
	require.NoError(t, err, "a pair that does not fit is said in its row")
	require.Contains(t, other.Rows[0][1], "x has 60 samples and y 59")
}

// A study runs in memory: a measure registered anew is computed anew.
func TestRun(t *testing.T) {
	measures.Replace()
	score := func(scale float64) string {
		measures.Register(measures.Measure{
			Name: "scaled-cka", Range: [2]float64{0, 1}, Source: "this test",
			Score: func(x, y *graph.Node) *graph.Node { return graph.Affine(scale, measures.CKA.Score(x, y), 0) },
		})
		report, err := Run(optimize.New(), "-measure", "scaled-cka", "-steps", "1", "toy2d")
		require.NoError(t, err)
		require.Len(t, report.Figures, 1)
		return report.Finding[0]
	}
	require.NotEqual(t, score(1), score(0.5))

	for _, c := range []struct {
		flags []string
		says  string
	}{
		{[]string{"-nonsense"}, "optimize: there is no flag -nonsense"},
		{nil, "optimize: one dataset or file"},
		{[]string{"-measure", "ckaa", "toy2d"}, "ckaa"},
	} {
		_, err := Run(optimize.New(), c.flags...)
		require.ErrorContains(t, err, c.says)
	}
	_, err := Run(decode.New(), "toy2d")
	require.EqualError(t, err, `decode: unexpected argument "toy2d"; datasets and files are named by -data`)
}

// failing is a study of two cells, of which the second fails at once and the
// first as soon as it is told to stop, or when nobody tells it.
type failing struct{ panics bool }

func (failing) About() experiments.About { return experiments.About{Name: "failing"} }
func (failing) Flags(*flag.FlagSet)      {}
func (failing) Plan(context.Context) ([]experiments.Cell, error) {
	return []experiments.Cell{{Part: "waits"}, {Part: "fails"}}, nil
}

func (f failing) Run(ctx context.Context, c experiments.Cell) (*experiments.Record, error) {
	switch {
	case c.Part == "waits":
		select {
		case <-ctx.Done():
		case <-time.After(2 * time.Second): // on one processor
		}
		return nil, context.Canceled
	case f.panics:
		panic("index out of range")
	}
	return nil, errors.New("the disk is full")
}
func (failing) Report([]*experiments.Record) (*report.Report, error) { return nil, nil }

func TestRunFails(t *testing.T) {
	_, err := Run(failing{})
	require.EqualError(t, err, "failing: fails · seed 0: the disk is full")
	_, err = Run(failing{panics: true})
	require.EqualError(t, err, "failing: fails · seed 0: panic: index out of range")

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	Context = func() context.Context { return ctx }
	defer func() { Context = context.Background }()
	_, err = Run(failing{})
	require.ErrorIs(t, err, context.Canceled)
}

func TestPlot(t *testing.T) {
	f := Plot("step", "score", Line("a", nil, []float64{1, 2, 4}), Line("b", []float64{2, 3}, []float64{0, 1}))
	require.Equal(t, []float64{0, 1, 2}, f.Panels[0].Lines[0].X)
	require.NotEqual(t, f.Legend[0].Colour, f.Legend[1].Colour)
	views := Views(f)
	require.Len(t, views, 1)
	require.Equal(t, "panel 1: score against step\n  a: 1 at 0, 4 at 2\n  b: 0 at 2, 1 at 3", views[0].Text)
	picture, err := png.Decode(bytes.NewReader(views[0].PNG))
	require.NoError(t, err)
	require.Greater(t, picture.Bounds().Dx(), views[0].Width, "drawn for screens of two pixels a pixel")
}

// A surrogate says so wherever it is shown.
func TestDatasetViews(t *testing.T) {
	d, err := data.Load("surrogate/siegel2015-fef")
	require.NoError(t, err)
	views := Views(d)
	require.Len(t, views, 3, "the card, the spectrum, its plot")
	require.Contains(t, views[0].Text, "surrogate: artificial data, not a recording")
	require.Contains(t, views[0].HTML, "surrogate: artificial data, not a recording")
	require.Contains(t, views[0].Text, "11 times × 43 conditions × 278 units")
	require.Contains(t, views[1].Text, "fraction of variance  0.3")
	require.NotEmpty(t, views[2].PNG)
}

func TestViews(t *testing.T) {
	table := report.Table{Header: []string{"a", "b"}, Rows: [][]string{{"<1>", "2"}}}
	require.Equal(t, "a    b\n<1>  2", Views(table)[0].Text)
	require.Contains(t, Views(table)[0].HTML, "&lt;1&gt;")
	require.Equal(t, "0.333333", Views(1.0 / 3)[0].Text)
	require.Contains(t, Views(measures.CKA)[0].Text, "Kornblith")
	require.Nil(t, Views("text"))
	require.Nil(t, Views(3))

	report := &report.Report{
		Title: "T", Finding: []string{"found"}, Warnings: []string{"beware"},
		Figures: []*report.Figure{Plot("x", "y", Line("a", nil, []float64{1, 2})), {Name: "second"}},
	}
	report.Figures[0].Caption = "caption"
	views := Views(report)
	require.Len(t, views, 3, "the finding, the first figure, its caption")
	for _, part := range []string{"found", "beware", "Figures[1] second"} {
		require.Contains(t, views[0].Text, part)
		require.Contains(t, views[0].HTML, part)
	}

	var shown []View
	Display = func(v View) { shown = append(shown, v) }
	Show(table, "text", 0.5)
	require.Len(t, shown, 3)
	require.Equal(t, "text", shown[1].Text)
}
