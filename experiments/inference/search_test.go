package inference

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/graph"
	"simgrad/measures"
)

// A wide dataset that is fixed is scored by no more units than it has dimensions, if
// all measures see no difference.
func TestMovingReducesWideData(t *testing.T) {
	wide, y := data.Gaussian(1, 12, 40), data.Gaussian(2, 12, 40)
	ms, err := measures.ByNames("cka,procrustes-angular-score")
	require.NoError(t, err)
	p, err := Moving{Measures: ms, X: wide, Y: y, Rank: 11}.Program(func(scores []*graph.Node) *graph.Node { return graph.Add(scores[0], scores[1]) })
	require.NoError(t, err)
	_, err = p.Eval()
	require.NoError(t, err)
	for _, m := range append(ms, measures.NBS) {
		want, err := m.Eval(wide, y)
		require.NoError(t, err)
		name := m.Name
		if name == "nbs" {
			name = WatchedBounds[1]
		}
		require.InDelta(t, want, p.Scalar(name), 1e-12, name)
	}
	c, err := probe.ComponentsOf(wide)
	require.NoError(t, err)
	require.InDelta(t, c.ParticipationRatio(), p.Scalar(WatchedBounds[2]), 1e-9)

	x := Moving{Measures: ms}.reduced(wide)
	require.Equal(t, tensor.Shape{12, 11}, x.Shape())
	fixed := ms[0]
	fixed.OfKernel = false
	x = Moving{Measures: append(ms, fixed)}.reduced(wide)
	require.Equal(t, tensor.Shape{12, 40}, x.Shape())
}

// What a search finds goes as far as explicit data of the same score do, on either side, and
// what proves no more than a bound holds of it; R² from rows left out is driven to 0 and no
// further, for without an end it would draw the score that is held away from its level.
func TestSearchBothSides(t *testing.T) {
	x := data.Gaussian(3, 24, 6)
	for i := range x.Float64s() {
		x.Float64s()[i] *= []float64{4, 2, 1, .7, .5, .3}[i%6]
	}
	ms, err := measures.ByNames("cka,procrustes-angular-score")
	require.NoError(t, err)
	all, err := Attained(context.Background(), ms, of(x.Float64s(), 1, 24, 6))
	require.NoError(t, err)
	require.Len(t, all, 2)
	const level = .8
	low, high := math.Inf(1), math.Inf(-1)
	for _, family := range all {
		for i, v := range family.Scores[0] {
			if v >= level {
				low = math.Min(low, family.Scores[1][i])
			}
			if v <= level {
				high = math.Max(high, family.Scores[1][i])
			}
		}
	}
	own, err := probe.ComponentsOf(x)
	require.NoError(t, err)
	search := func(most bool, ms ...measures.Measure) []float64 {
		r := &experiments.Record{}
		both := Moving{Measures: ms, X: x, Y: data.Gaussian(1, 24, 6), Rank: 6}
		require.NoError(t, both.Search(context.Background(), r, Search{Level: level, Most: most, Rate: .1, Steps: 200}))
		require.Equal(t, "reached the level", r.Status)
		return r.Frame("best", "", "pinned least prx pry").Rows[0].Numbers
	}
	least, most := search(false, ms...), search(true, ms...)
	require.GreaterOrEqual(t, least[0], level)
	require.LessOrEqual(t, least[1], low)
	require.GreaterOrEqual(t, measures.CosineOf(least[1]), probe.LeastNBS(level, own.ParticipationRatio(), 6))
	require.LessOrEqual(t, most[0], level)
	require.GreaterOrEqual(t, most[1], high-.01)
	require.Less(t, most[1], 1.)

	cv, err := measures.ByName("linreg-r2-cv=5folds")
	require.NoError(t, err)
	none := search(false, measures.CKA, cv)
	require.GreaterOrEqual(t, none[0], level)
	require.LessOrEqual(t, none[1], 0.)
}

// A search alone, as a study.
type searching struct {
	moving Moving
	search Search
}

func (s searching) About() experiments.About {
	return experiments.About{Name: "searching", Does: "searches.", Alone: true}
}
func (s searching) Flags(*flag.FlagSet) {}
func (s searching) Plan(context.Context) ([]experiments.Cell, error) {
	return []experiments.Cell{{Part: "search", Measures: s.moving.Measures, Settings: struct{}{}}}, nil
}

func (s searching) Run(ctx context.Context, _ experiments.Cell) (*experiments.Record, error) {
	r := &experiments.Record{}
	return r, s.moving.Search(ctx, r, s.search)
}

func (s searching) Report([]*experiments.Record) (*report.Report, error) {
	return nil, errors.New("no report is asked for")
}

// While it goes a search tells the score that is held, and not what it descends, which is below 0 here.
func TestSearchTellsTheScore(t *testing.T) {
	if testing.Short() {
		t.Skip("a second, for lines to be shown")
	}
	ms, err := measures.ByNames("cka,procrustes-angular-score")
	require.NoError(t, err)
	s := searching{
		Moving{Measures: ms, X: data.Gaussian(3, 300, 60), Y: data.Gaussian(1, 300, 60), Rank: 60},
		Search{Level: .5, Most: true, Rate: .1, Steps: 150},
	}
	told := 0
	ctx := experiments.Watch(context.Background(), func(line string) {
		if strings.Contains(line, "score") {
			told++
			require.NotContains(t, line, "score -", line)
		}
	})
	var b bytes.Buffer
	require.Equal(t, 1, experiments.Run(ctx, s, []string{"-out", filepath.Join(t.TempDir(), "out")}, &b, &b), b.String())
	require.Contains(t, b.String(), "no report is asked for")
	require.Positive(t, told)
}
