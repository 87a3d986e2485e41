package experiments

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/graph"
	"simgrad/measures"
	"simgrad/optim"
)

func reference(t *testing.T, file string) map[string]data.Array {
	as, err := data.ReadArrays(file)
	require.NoError(t, err)
	m := map[string]data.Array{}
	for _, a := range as {
		m[a.Name] = a
	}
	return m
}

func dense(a data.Array) *tensor.Dense {
	return tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(slices.Clone(a.Values)))
}

// Ascents are the authors' package's: scores to 1e-6 over 20 steps and 1e-5 over
// 50, and the data after one step and at the end.
func TestTrajectories(t *testing.T) {
	ref := reference(t, "testdata/trajectories.npz")
	compared := 0
	for name, want := range ref {
		rest, ok := strings.CutSuffix(name, "__float64__scores")
		if !ok {
			continue
		}
		set, id, _ := strings.Cut(rest, "__")
		m, err := measures.ByName("diffscore:" + id)
		require.NoError(t, err)
		a := Ascent{Rate: 0.1, Steps: 50, Stop: "2"}
		trace := &optim.Trace{Params: []string{"y"}, Keep: func(optim.Point) bool { return true }}
		_, err = a.run(context.Background(), m, dense(ref[set+"__X"]), dense(ref[set+"__Y0"]), trace)
		require.NoError(t, err)
		// The package lists the score of the start twice.
		require.InDelta(t, want.Values[0], want.Values[1], 1e-14, name)
		for s, v := range want.Values[1:] {
			tolerance := 1e-6
			if s > 20 {
				tolerance = 1e-5
			}
			require.InDelta(t, v, trace.Values[s], tolerance, "%s, step %d", name, s)
		}
		require.InDeltaSlice(t, ref[rest+"__float64__Y1"].Values, trace.Snapshots["y"][1].Float64s(), 1e-8, name)
		compared++
	}
	require.Equal(t, 18, compared)
	// With a stop: it is tested before the step.
	stopped := ref["tall__stop0.8__procrustes-angular-score__scores"].Values[1:]
	trace := &optim.Trace{}
	a := Ascent{Rate: 0.1, Steps: 1000, Stop: "0.8"}
	_, err := a.run(context.Background(), measures.ProcrustesAngularScore, dense(ref["tall__X"]), dense(ref["tall__Y0"]), trace)
	require.NoError(t, err)
	require.Len(t, trace.Values, len(stopped))
	require.InDeltaSlice(t, stopped, trace.Values, 1e-6)
}

// The door drives one file toward another and writes what it promises; its
// snapshots are a file that the doors read.
func TestOptimizeDoor(t *testing.T) {
	ref, dir := reference(t, "testdata/trajectories.npz"), t.TempDir()
	x, y0, out := filepath.Join(dir, "x.npz"), filepath.Join(dir, "y0.npz"), filepath.Join(dir, "out")
	rename := func(key string) data.Array { a := ref[key]; a.Name = "activity"; return a }
	choice := data.Array{Name: "choice", Shape: []int{6}, Values: []float64{-1, -1, -1, 1, 1, 1}}
	require.NoError(t, data.WriteArrays(x, rename("toy2d__X"), choice))
	require.NoError(t, data.WriteArrays(y0, rename("toy2d__Y0")))
	var b bytes.Buffer
	code := Run(context.Background(), NewOptimize(), []string{x, "-measure", "linreg", "-init", y0, "-steps", "50", "-out", out, "-stop", "2"}, &b)
	require.Equal(t, 0, code, b.String())
	require.Contains(t, b.String(), "made all steps")
	trace := rows(t, contents(t, out)["trace.csv"])
	require.Equal(t, []string{"step", "score"}, trace[0])
	require.Len(t, trace, 52, "-steps 50 makes 51 scores")
	want := ref["toy2d__linreg__float64__scores"].Values[1:]
	for s, v := range want {
		got, err := strconv.ParseFloat(trace[s+1][1], 64)
		require.NoError(t, err)
		require.InDelta(t, v, got, 1e-5)
	}
	d, err := data.Load(filepath.Join(out, "snapshots.npz"))
	require.NoError(t, err)
	require.Equal(t, []int{10, 6, 2}, d.Shape)
	require.Equal(t, "choice", d.Variables[0].Name)
	snapshots := reference(t, filepath.Join(out, "snapshots.npz"))
	require.Equal(t, ref["toy2d__Y0"].Values, snapshots["snapshots"].Values[:120])
	require.Equal(t, 0.0, snapshots["step"].Values[0])
	require.Equal(t, 50.0, snapshots["step"].Values[len(snapshots["step"].Values)-1])
	for i := 1; i < len(snapshots["score"].Values)-1; i++ {
		line := func(v float64) float64 { return math.Floor(v / 0.02) }
		require.Greater(t, line(snapshots["score"].Values[i]), line(snapshots["score"].Values[i-1]))
	}

	// A distance goes down, and stops at or below.
	b.Reset()
	code = Run(context.Background(), NewOptimize(), []string{"toy2d", "-measure", "procrustes-distance=angular", "-stop", "0.5", "-out", filepath.Join(dir, "down")}, &b)
	require.Equal(t, 0, code, b.String())
	trace = rows(t, contents(t, filepath.Join(dir, "down"))["trace.csv"])
	first, _ := strconv.ParseFloat(trace[1][1], 64)
	last, _ := strconv.ParseFloat(trace[len(trace)-1][1], 64)
	before, _ := strconv.ParseFloat(trace[len(trace)-2][1], 64)
	require.Greater(t, first, 1.0)
	require.LessOrEqual(t, last, 0.5)
	require.Greater(t, before, 0.5)

	for want, args := range map[string][]string{
		"one dataset or file to drive toward is needed, and 0 are given": {},
		"-steps 0: at least one is needed":                               {"toy2d", "-steps", "0"},
		"ambiguous":                                                      {"toy2d", "-measure", "procrustes-angular"},
	} {
		b.Reset()
		require.Equal(t, 2, Run(context.Background(), NewOptimize(), append(args, "-out", filepath.Join(dir, "none")), &b), want)
		require.Contains(t, b.String(), want)
		require.NoDirExists(t, filepath.Join(dir, "none"))
	}
	b.Reset()
	require.Equal(t, 1, Run(context.Background(), NewOptimize(), []string{"toy2d", "-init", "ultrametric", "-out", filepath.Join(dir, "none")}, &b))
	require.Contains(t, b.String(), "toy2d is 10 times × 6 conditions and ultrametric 1 × 100; a score compares the same samples")
}

// No stop by default unless scores end at 1; beyond the range: never.
// Task variables keep their values, numbers and text.
func TestVariableArray(t *testing.T) {
	a := variableArray(data.Variable{Name: "choice", Class: []int{1, 0, 1}, Values: []string{"-1", "20"}})
	require.Equal(t, data.Array{Name: "choice", Shape: []int{3}, Values: []float64{20, -1, 20}, Integral: true}, a)
	b := variableArray(data.Variable{Name: "context", Class: []int{1, 0, 1}, Values: []string{"colour", "motion µ"}})
	require.Equal(t, data.Array{Name: "context", Shape: []int{3}, Text: []string{"motion µ", "colour", "motion µ"}}, b)
	c := variableArray(data.Variable{Name: "id", Class: []int{1, 0}, Values: []string{"9007199254740992", "9007199254740993"}})
	require.Equal(t, []string{"9007199254740993", "9007199254740992"}, c.Text, "float64 would make them one")
	file := filepath.Join(t.TempDir(), "variables.npz")
	require.NoError(t, data.WriteArrays(file, a, b))
	back, err := data.ReadArrays(file)
	require.NoError(t, err)
	require.Equal(t, a.Values, back[0].Values)
	require.Equal(t, b.Text, back[1].Text)
}

func TestStopAt(t *testing.T) {
	distance := measures.ProcrustesAngularDistance
	for _, c := range []struct {
		m    measures.Measure
		stop string
		at   float64
		want bool
	}{
		{measures.CKA, "", 0.99, true},
		{measures.CKA, "", 0.9899, false},
		{measures.CKA, "0.5", 0.5, true},
		{measures.CKA, "1.5", 0.999, false},
		{distance, "", 0, false},
		{distance, "0.2", 0.2, true},
		{distance, "0.2", 0.21, false},
		{distance, "2", 0.1, false},
	} {
		f := (&Ascent{Stop: c.stop}).stopAt(c.m)
		require.Equal(t, c.want, f != nil && f(c.at), "%s -stop %q at %g", c.m.Name, c.stop, c.at)
	}
}

// The start depends on seed and shape alone.
func TestStart(t *testing.T) {
	a, err := data.Load("toy2d")
	require.NoError(t, err)
	require.Equal(t, noise(1, a).Data(), noise(1, a).Data())
	require.NotEqual(t, noise(1, a).Data(), noise(2, a).Data())
	values := data.Gaussian(3, 1000, 20).Float64s()
	mean, square := 0.0, 0.0
	for _, v := range values {
		mean += v / float64(len(values))
		square += v * v / float64(len(values))
	}
	require.InDelta(t, 0, mean, 0.03)
	require.InDelta(t, 1, square, 0.04)
}

func runScore(args ...string) (code int, stdout, stderr string) {
	var o, e bytes.Buffer
	code = Score(context.Background(), args, &o, &e)
	return code, o.String(), e.String()
}

func TestScoreDoor(t *testing.T) {
	ref, dir := reference(t, "../measures/testdata/inputs.npz"), t.TempDir()
	save := func(name, key string) string {
		a := ref[key]
		a.Name = "activity"
		file := filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(file, a))
		return file
	}
	x, y, z := save("x.npz", "tall__X"), save("y.npz", "tall__Y"), save("z.npz", "tall__Y")

	code, stdout, stderr := runScore(x, y)
	require.Equal(t, 0, code, stderr)
	for _, name := range measures.Names() {
		require.Contains(t, stdout, name)
	}
	require.Contains(t, stdout, "similarity in [0, 1], predicts x from y")
	path, _ := graph.BLAS()
	require.Regexp(t, "linear algebra +"+regexp.QuoteMeta(path), stdout)

	// As many samples in another order are not the same.
	var files []string
	for i, shape := range [][]int{{4, 3, 2}, {3, 4, 2}, {12, 2}} {
		file := filepath.Join(dir, fmt.Sprintf("shape%d.npz", i))
		require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: shape, Values: data.Gaussian(uint64(i), 12, 2).Float64s()}))
		files = append(files, file)
	}
	code, _, stderr = runScore(files[0], files[1])
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "is 4 times × 3 conditions and "+files[1]+" 3 × 4; a score compares the same samples in the same order")
	code, _, stderr = runScore(files[0], files[2])
	require.Equal(t, 0, code, stderr)

	// A best score that noise has too is said to say nothing; that of the same data,
	// as wide, is not.
	wide := func(name string, seed uint64) string {
		file := filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{6, 1, 8}, Values: data.Gaussian(seed, 6, 8).Float64s()}))
		return file
	}
	a, b := wide("wide-a.npz", 1), wide("wide-b.npz", 2)
	note := "note: noise in the place of " + b + ", of as many units and samples, scores much the same with " + a + ", so that the score says little: "
	code, stdout, stderr = runScore(a, b)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, ", linreg-r2 1,")
	require.Contains(t, stdout, note)
	require.Contains(t, stdout, "6 times × 1 condition × 8 units")
	_, stdout, _ = runScore(a, b, b)
	require.Contains(t, stdout, note)
	_, stdout, _ = runScore("-json", a, b)
	require.Contains(t, stdout, `"noise":1`)
	_, stdout, _ = runScore("-measures", "cka,nbs", a, a)
	require.Contains(t, stdout, "1.000000")
	require.NotContains(t, stdout, "note: ")

	// Flags after files; the order asked, canonical names, and what was asked.
	code, stdout, stderr = runScore(x, y, "-json", "-measures", "linreg,cka,ridge-lambda10-r2#5folds_cv")
	require.Equal(t, 0, code, stderr)
	var got struct {
		X, Y   string
		Scores []struct {
			Measure, Asked, Error string
			Score                 *float64
		}
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &got))
	require.Equal(t, x, got.X)
	require.Equal(t, "linreg-r2", got.Scores[0].Measure)
	require.Equal(t, "linreg", got.Scores[0].Asked)
	require.InDelta(t, 0.47194825110525235, *got.Scores[0].Score, 1e-10)
	require.Equal(t, "cka", got.Scores[1].Measure)
	require.Empty(t, got.Scores[1].Asked)
	require.InDelta(t, 0.5135385997353429, *got.Scores[1].Score, 1e-10)
	require.Equal(t, "ridge-lambda=10-r2-cv=5folds", got.Scores[2].Measure)

	// Three files: every pair, both ways where a measure is asymmetric.
	code, stdout, stderr = runScore("-json", "-measures", "linreg,cka", x, y, z)
	require.Equal(t, 0, code, stderr)
	var many []struct {
		X, Y   string
		Scores []struct{ Measure string }
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &many))
	linreg, cka := 0, 0
	for _, p := range many {
		for _, s := range p.Scores {
			if s.Measure == "cka" {
				cka++
			} else {
				linreg++
			}
		}
	}
	require.Equal(t, []int{6, 3}, []int{linreg, cka})
	out := filepath.Join(dir, "out")
	code, stdout, stderr = runScore("-measures", "linreg,cka", "-out", out, x, y, z)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, "x \\ y")
	require.NotContains(t, stdout, dir+"/y.npz\t", "names are short")

	// The same file twice is a pair as any other, and files of one name have folders.
	code, stdout, stderr = runScore("-measures", "cka", x, x, y)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, "1.000000")
	require.Regexp(t, `x \\ y\s+`+regexp.QuoteMeta(x), stdout)
	table := rows(t, contents(t, out)["scores.csv"])
	require.Equal(t, []string{"dataset_x", "dataset_y", "measure", "score"}, table[0])
	require.Len(t, table, 10)

	// Gradients, in the shapes of the files' activity.
	gradients := reference(t, "../measures/testdata/gradients.npz")
	x3, y3, file := save("x3.npz", "tensor3d__X"), save("y3.npz", "tensor3d__Y"), filepath.Join(dir, "g.npz")
	for _, c := range []struct{ key, x, y string }{{"tall", x, y}, {"tensor3d", x3, y3}} {
		code, _, stderr = runScore("-measures", "nbs,cka", "-grad", file, c.x, c.y)
		require.Equal(t, 0, code, stderr)
		g := reference(t, file)
		for _, m := range []string{"nbs", "cka"} {
			for _, side := range []string{"gX", "gY"} {
				want, got := gradients[c.key+"__"+m+"__"+side], g[m+"__"+side]
				require.Equal(t, ref[c.key+"__X"].Shape[:len(got.Shape)-1], got.Shape[:len(got.Shape)-1])
				require.InDeltaSlice(t, want.Values, got.Values, 1e-10)
			}
		}
	}

	// A measure that does not apply has its error in place; none that applies is a
	// failure.
	code, stdout, _ = runScore("-json", "-measures", "cka,linreg-r2-cv=50folds", x, y)
	require.Equal(t, 0, code)
	got.Scores = nil
	require.NoError(t, json.Unmarshal([]byte(stdout), &got))
	require.Nil(t, got.Scores[1].Score)
	require.Contains(t, got.Scores[1].Error, "40 samples are too few for 50 folds")
	code, _, stderr = runScore("-measures", "linreg-r2-cv=50folds", x, y)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "no measure scored: measures: linreg-r2-cv=50folds")

	for want, c := range map[string]struct {
		code int
		args []string
	}{
		"two datasets or files are needed, and 1 are given": {2, []string{x}},
		"-grad takes two files, and 3 are given":            {2, []string{"-grad", file, x, y, z}},
		"x.npz has 40 samples and ":                         {1, []string{x, "toy2d"}},
		"no such dataset":                                   {1, []string{x, "nothing"}},
		"ckaa":                                              {2, []string{"-measures", "ckaa", x, y}},
	} {
		code, _, stderr := runScore(c.args...)
		require.Equal(t, c.code, code, want)
		require.Contains(t, stderr, want)
		require.Equal(t, 1, strings.Count(stderr, "\n"), fmt.Sprint(stderr))
	}
}
