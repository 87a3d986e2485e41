package experiments

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"math"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/measures"
)

// runPCDynamics runs the study on a small recording and returns its tables.
func runPCDynamics(t *testing.T, args ...string) (tables map[string][][]string, out string) {
	dir := t.TempDir()
	out = filepath.Join(dir, "out")
	args = append([]string{"-data", "toy2d," + recording(t, dir), "-seeds", "2"}, args...)
	tables = map[string][][]string{}
	for name, text := range holds(t, func() Study { return NewPCDynamics() }, out, args...) {
		tables[name] = rows(t, text)
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
		p, r2 := float(t, r[6]), float(t, r[7])
		sums[key] += p * r2
		scores[key] = float(t, r[4])
	}
	require.Greater(t, len(sums), 20)
	for key, sum := range sums {
		require.InDelta(t, scores[key], sum, 1e-10, key)
	}

	// The exact speed is that of automatic differentiation.
	for _, r := range tables["speeds.csv"][1:] {
		require.InEpsilon(t, float(t, r[5]), float(t, r[6]), 1e-8, r)
	}
}

// Data of no more samples than units + 1 have nothing to capture.
func TestPCDynamicsRefuses(t *testing.T) {
	dir := t.TempDir()
	file, out := filepath.Join(dir, "wide.npz"), filepath.Join(dir, "out")
	require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{12, 40}, Values: data.Gaussian(1, 12, 40).Float64s()}))
	var b bytes.Buffer
	require.Equal(t, 1, Run(context.Background(), NewPCDynamics(), []string{"-data", file, "-out", out}, &b))
	require.Contains(t, b.String(), "any 40 units on 12 samples capture every component")
	require.NoDirExists(t, out)
}

// A distance falls on the way, so that what is passed at a higher one came first;
// nothing is claimed where nothing was captured.
func TestPCDynamicsFinding(t *testing.T) {
	captured := func(trace []float64, r2 ...float64) []*Record {
		return []*Record{tracing(trace, r2...)}
	}
	speeds := &Record{}
	speeds.Frame("speeds", "", "speed exact").Add(nil, 1, math.NaN())
	speeds.Frame("speeds", "", "speed exact").Add(nil, 2, math.NaN())
	distance, _ := measures.ByName("procrustes-distance=angular")
	d := &followed{
		Description: &Description{Name: "d"}, fraction: []float64{0.9, 0.1},
		measures: []measures.Measure{measures.NBS, distance},
		speeds:   map[string]*Record{distance.Name: speeds, "nbs": speeds},
		runs: map[string][]*Record{
			"nbs":         captured([]float64{0.1, 0.5, 0.9}, 0, 0, 0.6, 0.1, 1, 0.8),
			distance.Name: captured([]float64{1.5, 1, 0.3}, 0, 0, 0.6, 0.1, 1, 0.8),
		},
	}
	require.Equal(t, "The first component comes first by every measure, as the paper says.", d.finding()[1])
	d.runs["nbs"] = captured([]float64{0.1, 0.5, 0.9}, 0, 0, 0.2, 0.6, 1, 0.8)
	require.Equal(t, "The paper says that the first component comes first; here it does not by NBS (1 before it).", d.finding()[1])
	d.runs["nbs"] = captured([]float64{0.1, 0.2, 0.3}, 0, 0, 0.1, 0.1, 0.2, 0.1)
	require.Equal(t, "Whether the first component comes first is open where none was half captured: by NBS.", d.finding()[1])
}

// Scores at half capture are shown of similarities alone, and it is said.
func TestWithoutDistances(t *testing.T) {
	require.Empty(t, withoutDistances([]measures.Measure{measures.CKA, measures.NBS}))
	require.Equal(t, " Left out: "+measures.ProcrustesAngularDistance.Label+", which falls on the way.", withoutDistances([]measures.Measure{measures.CKA, measures.ProcrustesAngularDistance}))
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

// A figure has the same bytes whenever it is drawn.
func TestFigureBytes(t *testing.T) {
	f := &Figure{Name: "f", Panels: []Panel{{Title: "t", X: "x", Y: "y", XRange: [2]float64{0, 1}, YRange: [2]float64{0, 1}}}}
	for _, format := range []string{"png", "svg", "pdf"} {
		b, err := f.Draw(format)
		require.NoError(t, err)
		if format == "pdf" {
			require.Contains(t, string(b), "/CreationDate (D:19700101000000)")
			require.Contains(t, string(b), "/ModDate (D:19700101000000)")
		}
		again, err := f.Draw(format)
		require.NoError(t, err)
		require.Equal(t, b, again, format)
	}
}

// Frames of an animation are in the nearest colours, as image/draw finds them.
func TestPaletted(t *testing.T) {
	f := &Figure{Name: "f", Title: "title", Panels: []Panel{{
		XRange: [2]float64{0, 1}, YRange: [2]float64{0, 1},
		Bands: []Band{{Mark{"", 2, Shade}, []float64{0, 1}, []float64{0, 0.2}, []float64{0.4, 0.8}}},
		Lines: []Line{{Mark{"a", 1, Solid}, []float64{0, 1}, []float64{0, 1}}, {Mark{"b", Graded(0.3), Points}, []float64{0, 0.5}, []float64{0.2, 1}}},
	}}}
	img := f.image(80)
	want := image.NewPaletted(img.Bounds(), gifPalette)
	draw.Draw(want, img.Bounds(), img, image.Point{}, draw.Src)
	require.Equal(t, want.Pix, paletted(img, map[color.Color]uint8{}).Pix)
}

// Datasets of one file name in different folders go by their whole names.
func TestSameNames(t *testing.T) {
	about := func(name string) *Record {
		return &Record{Cell: Cell{Data: on(name)}, Dataset: &Description{Name: name}}
	}
	records := []*Record{about("a/rec.npz"), about("b/rec.npz"), about("b/other.npz")}
	_, err := byDataset(records)
	require.NoError(t, err)
	require.Equal(t, "a/rec.npz", records[0].Dataset.short())
	require.Equal(t, "b/rec.npz", records[1].Dataset.title())
	require.Equal(t, "other.npz", records[2].Dataset.short())
}

func TestFigureLeavesOutInfinities(t *testing.T) {
	inf := math.Inf(-1)
	f := &Figure{Panels: []Panel{{
		LogX:  true,
		Bands: []Band{{Mark{"", 0, Shade}, []float64{0.1, 0.2, 0.3}, []float64{0, inf, 0}, []float64{1, inf, 1}}},
		Lines: []Line{{Mark{"", 0, Solid}, []float64{0.1, 0.2, 0.3}, []float64{0.5, inf, 0.5}}},
	}}}
	require.NotNil(t, f.image(50))
}

func float(t *testing.T, text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	require.NoError(t, err)
	return v
}

// The closed forms of the gradient are what automatic differentiation finds, of
// every measure that has one, on data of many shapes.
func TestExactGradientAlong(t *testing.T) {
	for _, name := range []string{"toy2d", "exp-gaussian", "ultrametric"} {
		d, err := data.Load(name)
		require.NoError(t, err)
		c, err := probe.ComponentsOf(d.Activity)
		require.NoError(t, err)
		y := noise(3, d)
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
	require.Nil(t, exactGradientAlong("ridge-lambda=1-r2", c, noise(3, d)), "none is known")
}

// tracing is the record of a run with that score, and that R² of two components, at
// each step.
func tracing(score []float64, captured ...float64) *Record {
	r := &Record{Arrays: []data.Array{{Name: "captured", Shape: []int{len(score), 2}, Values: captured}}}
	for step, v := range score {
		r.Frame("trace", "", "step score").Add(nil, float64(step), v)
	}
	return r
}

// Half capture lies midway between the start and 1, between the steps on either
// side.
func TestScoreAtHalf(t *testing.T) {
	r := tracing([]float64{0.1, 0.3, 0.7, 0.9}, 0.2, 0.5, 0.4, 0.4, 0.8, 0.3, 1, 0.7)
	require.InDelta(t, 0.5, r.scoreAtHalf(0), 1e-15)
	require.True(t, math.IsNaN(r.scoreAtHalf(1)))
}

func TestLogTicks(t *testing.T) {
	labels := func(low, high float64) (l []string) {
		for _, m := range logTicks(low, high) {
			if m.Label != "" {
				l = append(l, m.Label)
			}
		}
		return l
	}
	require.Equal(t, []string{"0.01", "0.1", "1"}, labels(0.005, 2))
	require.Equal(t, []string{"0.2", "0.5"}, labels(0.15, 0.6))
	require.LessOrEqual(t, len(labels(1e-9, 1)), 5)
	require.Equal(t, "1e-8", labels(1e-9, 1)[0])
}

// A logarithmic axis fills its panel, whatever the length of its label.
func TestLogAxisFillsPanel(t *testing.T) {
	ends := func(log bool) (right, top int) {
		f := &Figure{Panels: []Panel{{
			X: "a name that is as long as the axis", Y: "another as long as that", LogX: log, LogY: log,
			XRange: [2]float64{1e-5, 1}, YRange: [2]float64{1e-5, 1}, Lines: []Line{{Mark{"", 1, Solid}, []float64{1e-5, 1}, []float64{1e-5, 1}}},
		}}}
		img := f.image(72)
		top = img.Bounds().Max.Y
		for y := range img.Bounds().Max.Y {
			for x := range img.Bounds().Max.X {
				if r, _, b, _ := img.At(x, y).RGBA(); r > b+20000 {
					right, top = max(right, x), min(top, y)
				}
			}
		}
		return right, top
	}
	right, top := ends(false)
	logRight, logTop := ends(true)
	require.Greater(t, right, 100)
	require.InDelta(t, right, logRight, 6)
	require.InDelta(t, top, logTop, 6)
}
