package pcdynamics

import (
	"bytes"
	"context"
	"flag"
	"math"
	"path/filepath"
	"testing"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studytest"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// runPCDynamics runs the study on a small recording and returns its tables.
func runPCDynamics(t *testing.T, args ...string) (tables map[string][][]string, out string) {
	dir := t.TempDir()
	out = filepath.Join(dir, "out")
	args = append([]string{"-data", "toy2d," + studytest.Recording(t, dir), "-seeds", "2"}, args...)
	tables = map[string][][]string{}
	for name, text := range studytest.Holds(t, func() experiments.Study { return New() }, out, args...) {
		tables[name] = studytest.Rows(t, text)
	}
	return tables, out
}

func TestPCDynamicsOutputs(t *testing.T) {
	tables, out := runPCDynamics(t, "-measures", "cka,procrustes-angular-score,linreg-r2", "-gif")
	require.Equal(t, []string{"dataset", "measure", "seed", "step", "score", "pc", "variance_fraction", "r2"}, tables["summary.csv"][0])
	require.Equal(t, []string{"dataset", "measure", "seed", "pc", "variance_fraction", "score_at_half_r2"}, tables["thresholds.csv"][0])
	for _, f := range []string{"pcdynamics-toy2d.pdf", "pcdynamics-recording.svg", "thresholds-recording.png", "speeds-recording.png", "forming-toy2d.gif", "forming-recording.gif", "captured-toy2d.npz"} {
		require.FileExists(t, filepath.Join(out, f))
	}
	require.Len(t, tables["thresholds.csv"], 1+2*3*(2+9))

	// Linear regression predicts the dataset from its components captured, in
	// proportion to their variance: score = Σ p_i·R²_i.
	type snapshot struct{ dataset, seed, step string }
	sums, scores := map[snapshot]float64{}, map[snapshot]float64{}
	for _, r := range tables["summary.csv"][1:] {
		if r[1] != "linreg-r2" {
			continue
		}
		key := snapshot{r[0], r[2], r[3]}
		p, r2 := studytest.Float(t, r[6]), studytest.Float(t, r[7])
		sums[key] += p * r2
		scores[key] = studytest.Float(t, r[4])
	}
	require.Greater(t, len(sums), 20)
	for key, sum := range sums {
		require.InDelta(t, scores[key], sum, 1e-10, key)
	}

	// The exact speed is that of automatic differentiation.
	for _, r := range tables["speeds.csv"][1:] {
		require.InEpsilon(t, studytest.Float(t, r[5]), studytest.Float(t, r[6]), 1e-8, r)
	}
}

// Data of no more samples than units + 1 have nothing to capture.
func TestPCDynamicsRefuses(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "wide.npz"), filepath.Join(dir, "out")
	require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{12, 40}, Values: data.Gaussian(1, 12, 40).Float64s()}))
	var b bytes.Buffer
	require.Equal(t, 1, experiments.Run(context.Background(), New(), []string{"-data", file, "-out", out}, &b, &b))
	require.Contains(t, studytest.Unwrapped(b.String()), "any 40 units on 12 samples capture every component")
	require.NoDirExists(t, out)
}

// A distance falls on the way, so that what is passed at a higher one came first;
// nothing is claimed where nothing was captured.
func TestPCDynamicsFinding(t *testing.T) {
	speeds := &experiments.Record{}
	speeds.Frame("speeds", "", "speed exact").Add(nil, 1, math.NaN())
	speeds.Frame("speeds", "", "speed exact").Add(nil, 2, math.NaN())
	distance, _ := measures.ByName("procrustes-distance=angular")
	d := &results{
		Description: &report.Description{Name: "d"}, fraction: []float64{0.9, 0.1},
		measures: []measures.Measure{measures.NBS, distance},
		speeds:   map[string]*experiments.Record{distance.Name: speeds, "nbs": speeds},
		runs: map[string][]*experiments.Record{
			"nbs":         captured([]float64{0.1, 0.5, 0.9}, 0, 0, 0.6, 0.1, 1, 0.8),
			distance.Name: captured([]float64{1.5, 1, 0.3}, 0, 0, 0.6, 0.1, 1, 0.8),
		},
	}
	require.Equal(t, "d: the first component comes first by every measure.", d.finding()[1])
	require.Equal(t, "d: by NBS component 1 is half captured at 0.37 and component 2 at 0.70; by "+distance.Label+" at 0.28 and at 0.60, as shares of the way from noise to the dataset itself.", d.finding()[0])
	d.runs["nbs"] = captured([]float64{0.1, 0.5, 0.9}, 0, 0, 0.2, 0.6, 1, 0.8)
	require.Equal(t, "d: the first component does not come first by NBS (1 before it).", d.finding()[1])
	d.runs["nbs"] = captured([]float64{0.1, 0.2, 0.3}, 0, 0, 0.1, 0.1, 0.2, 0.1)
	require.Equal(t, "d: which comes first is open where none was half captured: by NBS.", d.finding()[1])
	d.measures = d.measures[:1]
	require.Equal(t, "d: by NBS component 1 is half captured never and component 2 never.", d.finding()[0])
	d.Units, d.Times, d.Conditions = 2048, 1, 64
	d.runs["nbs"] = captured([]float64{0.97, 0.98, 0.99}, 0, 0, 0.6, 0.1, 1, 0.8)
	require.Contains(t, d.finding()[1], "d: white noise of this shape, 2048 units on 64 samples, already scores NBS 0.97")
	hsic, err := measures.ByName("hsic") // in the units of the data, of which .97 is nothing in particular
	require.NoError(t, err)
	d.measures, d.runs["hsic"] = append(d.measures, hsic), d.runs["nbs"]
	require.NotContains(t, d.finding()[1], "HSIC")
}

// A first look opens with what has more components than two.
func TestQuickOpensWithAShape(t *testing.T) {
	s := New()
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	s.Flags(fs)
	require.NoError(t, fs.Parse([]string{"-quick"}))
	cells, err := s.Plan(context.Background())
	require.NoError(t, err)
	require.Greater(t, cells[0].Data[0].Units(), 2)
}

// Several datasets are answered for at once, those of fewer than ten components aside.
func TestPCDynamicsSweep(t *testing.T) {
	of := func(components int, early, late float64) *results {
		r2 := make([]float64, 3*components)
		r2[components], r2[2*components], r2[3*components-1] = early, 1, late
		return &results{
			Description: &report.Description{Name: "d"}, fraction: make([]float64, components), measures: []measures.Measure{measures.NBS},
			runs: map[string][]*experiments.Record{"nbs": captured([]float64{0, 0.4, 0.8}, r2...)},
		}
	}
	a, b, few := of(10, 0.5, 1), of(10, 1, 0.2), of(2, 0.5, 1)
	require.Equal(t, []string{"On 2 datasets component 1 is half captured by NBS at 0.20–0.40 and component 10 at 0.60 (never on 1)."}, sweepFinding([]*results{few, a, b}))
	require.Empty(t, sweepFinding([]*results{few, a}))
}

// captured is an ascent by its scores and what it captured of components at each.
func captured(trace []float64, r2 ...float64) []*experiments.Record {
	return []*experiments.Record{tracing(trace, r2...)}
}

// Where a measure is a distance, all are shown by the share of the way at half capture.
func TestThresholdsOfDistances(t *testing.T) {
	distance, _ := measures.ByName("procrustes-distance=angular")
	d := &results{
		Description: &report.Description{Name: "d"}, fraction: []float64{0.6, 0.4}, measures: []measures.Measure{measures.NBS, distance},
		runs: map[string][]*experiments.Record{
			"nbs":         captured([]float64{0.1, 0.5, 0.9}, 0, 0, 0.6, 0.1, 1, 0.8),
			distance.Name: captured([]float64{1.5, 1, 0.3}, 0, 0, 0.6, 0.1, 1, 0.8),
		},
	}
	p := d.thresholdFigure().Panels[0]
	require.Equal(t, "share of the way at half capture", p.Y)
	require.Len(t, p.Lines, 2)
	require.InDelta(t, (0.5/0.6)*0.4/0.9, p.Lines[0].Y[0], 1e-9)
	require.InDelta(t, (0.5/0.6)*0.5/1.5, p.Lines[1].Y[0], 1e-9)
	d.measures = d.measures[:1]
	require.Equal(t, "score at half capture", d.thresholdFigure().Panels[0].Y)
}

// The exponent is that of the components that hold 99 % of the variance, if three do.
func TestLogSlope(t *testing.T) {
	require.InDelta(t, 2, logSlope([]float64{0.5, 0.3, 0.195, 0.005}, []float64{0.5, 0.18, 0.07605, 7}), 1e-12)
	require.InDelta(t, 1, logSlope([]float64{0.5, 0.3, 0.1, 0.1}, []float64{5, 3, 1, 0}), 1e-12, "to the first that stands still")
	for _, x := range [][]float64{{0.6, 0.395, 0.005}, {1}, nil} {
		require.True(t, math.IsNaN(logSlope(x, x)), x)
	}
	require.True(t, math.IsNaN(logSlope([]float64{0.5, 0.3, 0.2}, nil)))
}

// The closed forms of the gradient are what automatic differentiation finds, of
// every measure that has one, on data of many shapes.
func TestExactGradientAlong(t *testing.T) {
	for _, name := range []string{"toy2d", "exp-gaussian", "ultrametric"} {
		d, err := data.Load(name)
		require.NoError(t, err)
		c, err := probe.ComponentsOf(d.Activity)
		require.NoError(t, err)
		y := experiments.Noise(3, d)
		for _, id := range []string{"cka", "cka-angular-score", "nbs", "nbs-squared", "procrustes-angular-score", "procrustes-distance=angular", "linreg-r2"} {
			m, err := measures.ByName(id)
			require.NoError(t, err)
			score, _, g, err := m.Gradient(d.Samples(), y)
			require.NoError(t, err)
			if math.Abs(1-score) < 1e-6 {
				continue // linear regression from as many units as samples has nothing to climb
			}
			exact := exactGradientAlong(id, c, y)
			require.NotNil(t, exact)
			var found, diff mat.Dense
			found.Mul(c.U.T(), mat.NewDense(d.NumSamples(), d.Units(), g.Float64s()))
			diff.Sub(&found, exact)
			require.Less(t, mat.Norm(&diff, 2), 1e-9*mat.Norm(&found, 2), "%s on %s", id, name)
		}
	}
	d, _ := data.Load("toy2d")
	c, _ := probe.ComponentsOf(d.Activity)
	require.Nil(t, exactGradientAlong("ridge-lambda=1-r2", c, experiments.Noise(3, d)), "none is known")
}

// tracing is the record of a run with that score, and that R² of two components, at
// each step.
func tracing(score []float64, captured ...float64) *experiments.Record {
	r := &experiments.Record{Arrays: []data.Array{{Name: "captured", Shape: []int{len(score), len(captured) / len(score)}, Values: captured}}}
	for step, v := range score {
		r.Frame("trace", "", "step score").Add(nil, float64(step), v)
	}
	return r
}

// Half capture lies midway between the start and 1, between the steps on either
// side.
func TestScoreAtHalf(t *testing.T) {
	r := tracing([]float64{0.1, 0.3, 0.7, 0.9}, 0.2, 0.5, 0.4, 0.4, 0.8, 0.3, 1, 0.7)
	require.InDelta(t, 0.5, scoreAtHalf(r, 0), 1e-15)
	require.True(t, math.IsNaN(scoreAtHalf(r, 1)))
}
