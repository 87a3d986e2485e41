package optimize

import (
	"bytes"
	"context"
	"math"
	"path/filepath"
	"strconv"
	"testing"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/studytest"

	"github.com/stretchr/testify/require"
)

// The door drives one file toward another and writes what it promises; its
// snapshots are a file that the doors read.
func TestOptimizeDoor(t *testing.T) {
	ref, dir := studytest.Arrays(t, "../../testdata/trajectories.npz"), t.TempDir()
	x, y0, out := filepath.Join(dir, "x.npz"), filepath.Join(dir, "y0.npz"), filepath.Join(dir, "out")
	rename := func(key string) data.Array { a := ref[key]; a.Name = "activity"; return a }
	choice := data.Array{Name: "choice", Shape: []int{6}, Values: []float64{-1, -1, -1, 1, 1, 1}}
	require.NoError(t, data.WriteArrays(x, rename("toy2d__X"), choice))
	require.NoError(t, data.WriteArrays(y0, rename("toy2d__Y0")))
	var b bytes.Buffer
	code := experiments.Run(context.Background(), New(), []string{x, "-measure", "linreg", "-init", y0, "-steps", "50", "-out", out, "-stop", "2"}, &b, &b)
	require.Equal(t, 0, code, b.String())
	require.Contains(t, studytest.Unwrapped(b.String()), "made all steps")
	trace := studytest.Rows(t, studytest.Tables(t, out)["trace.csv"])
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
	snapshots := studytest.Arrays(t, filepath.Join(out, "snapshots.npz"))
	require.Equal(t, ref["toy2d__Y0"].Values, snapshots["snapshots"].Values[:120])
	require.Equal(t, 0.0, snapshots["step"].Values[0])
	require.Equal(t, 50.0, snapshots["step"].Values[len(snapshots["step"].Values)-1])
	for i := 1; i < len(snapshots["score"].Values)-1; i++ {
		line := func(v float64) float64 { return math.Floor(v / 0.02) }
		require.Greater(t, line(snapshots["score"].Values[i]), line(snapshots["score"].Values[i-1]))
	}

	// A distance goes down, and stops at or below.
	b.Reset()
	code = experiments.Run(context.Background(), New(), []string{"toy2d", "-measure", "procrustes-distance=angular", "-stop", "0.5", "-out", filepath.Join(dir, "down")}, &b, &b)
	require.Equal(t, 0, code, b.String())
	trace = studytest.Rows(t, studytest.Tables(t, filepath.Join(dir, "down"))["trace.csv"])
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
		require.Equal(t, 2, experiments.Run(context.Background(), New(), append(args, "-out", filepath.Join(dir, "none")), &b, &b), want)
		require.Contains(t, studytest.Unwrapped(b.String()), want)
		require.NoDirExists(t, filepath.Join(dir, "none"))
	}
	b.Reset()
	require.Equal(t, 1, experiments.Run(context.Background(), New(), []string{"toy2d", "-init", "ultrametric", "-out", filepath.Join(dir, "none")}, &b, &b))
	require.Contains(t, studytest.Unwrapped(b.String()), "toy2d is 10 times × 6 conditions and ultrametric 1 × 100; a score compares the same samples")
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

// A start that the first step throws away, and noise that scores where an ascent stops,
// are said to be.
func TestOptimizeDoubts(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, n, units int, by float64) string {
		x := data.Gaussian(1, n, units).Float64s()
		for i := range x {
			x[i] *= by
		}
		file := filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{n, units}, Values: x}))
		return file
	}
	run := func(args ...string) string {
		var b bytes.Buffer
		require.Equal(t, 0, experiments.Run(context.Background(), New(), append(args, "-out", t.TempDir()), &b, &b), b.String())
		return studytest.Unwrapped(b.String())
	}
	x := save("x.npz", 60, 10, 1)
	said := run("-init", save("volts.npz", 60, 10, 1e-6), "-measure", "nbs", "-stop", "2", "-steps", "2", x)
	require.Contains(t, said, "warning: The score ended worse than it began: a first step moves every value by the rate, 0.1, and the start varies by 9.9·10⁻⁷. With -rate 1e-07 steps are small beside it.")
	said = run("-measure", "nbs", save("wide.npz", 20, 3000, 1))
	require.Contains(t, said, "warning: Noise of this shape scores 0.99")
	require.NotContains(t, run("-steps", "5", x), "warning")
}

// Continuous variables are read back from the snapshots as they were.
func TestContinuousInSnapshots(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.npz")
	require.NoError(t, data.WriteArrays(file,
		data.Array{Name: "activity", Shape: []int{4, 4, 3}, Values: data.Gaussian(1, 16, 3).Float64s()},
		data.Array{Name: "hand", Shape: []int{4, 4}, Values: data.Gaussian(2, 4, 4).Float64s()}, data.Array{Name: "hand_axes", Shape: []int{2}, Text: []string{"condition", "time"}},
		data.Array{Name: "level", Shape: []int{4}, Values: []float64{0.5, 1, 2, 3}}, data.Array{Name: "level_axes", Shape: []int{1}, Text: []string{"condition"}},
		data.Array{Name: "speed", Shape: []int{4}, Values: []float64{0.5, 1, 2, 4}}, data.Array{Name: "speed_axes", Shape: []int{1}, Text: []string{"time"}}))
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), New(), []string{"-steps", "2", "-out", dir, file}, &b, &b), b.String())
	x, err := data.Load(file)
	require.NoError(t, err)
	y, err := data.Load(filepath.Join(dir, "snapshots.npz"))
	require.NoError(t, err)
	require.Len(t, x.Continuous, 3)
	require.Equal(t, x.Continuous, y.Continuous)
}
