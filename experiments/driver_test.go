package experiments_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/studies/decode"
	"simgrad/experiments/studies/explain"
	"simgrad/experiments/studies/joint"
	"simgrad/experiments/studies/optimize"
	"simgrad/experiments/studies/pcdynamics"
	"simgrad/experiments/studies/perturb"
	"simgrad/experiments/studies/score"
	"simgrad/experiments/studytest"
	"simgrad/graph"
	"simgrad/measures"
	"simgrad/optim"

	"github.com/stretchr/testify/require"
)

// The test binary is also the commands: with this variable set it runs one on its
// arguments, so that tests can kill a real process.
const commandVariable = "SIMGRAD_TEST_COMMAND"

// With this one, a duration, cells can be gone on with from every tenth step, and are kept
// on disk there if as much time has passed.
const checkpointsVariable = "SIMGRAD_TEST_CHECKPOINTS"

func TestMain(m *testing.M) {
	if every, err := time.ParseDuration(os.Getenv(checkpointsVariable)); err == nil {
		experiments.Checkpoints(0, every)
	}
	switch os.Getenv(commandVariable) {
	case "explain":
		experiments.Main(explain.New())
	case "decode":
		experiments.Main(decode.New())
	case "joint":
		experiments.Main(joint.New())
	case "optimize":
		experiments.Main(optimize.New())
	case "pcdynamics":
		experiments.Main(pcdynamics.New())
	case "stuck": // in a factorisation, say
		os.Exit(experiments.UntilAsked("stuck", func(context.Context) int {
			fmt.Println("begun")
			time.Sleep(time.Hour)
			return 0
		}))
	case "late": // is on its way out
		code := experiments.UntilAsked("late", func(context.Context) int { return 7 })
		time.Sleep(1500 * time.Millisecond)
		os.Exit(code)
	case "score":
		score.New().Main()
	}
	os.Exit(m.Run())
}

func decodeArgs(file, out string, more ...string) []string {
	return append([]string{"-data", file, "-out", out, "-measures", "cka,nbs,linreg", "-seeds", "2", "-permutations", "39"}, more...)
}

func runDecode(t *testing.T, args []string) (code int, stderr string) {
	var b bytes.Buffer
	code = experiments.Run(context.Background(), decode.New(), args, &b, &b)
	return code, b.String()
}

// A study leaves what it promises; the same command again recomputes nothing and
// leaves the same bytes, whatever the number of workers.
func TestDecodeOutputs(t *testing.T) {
	dir := t.TempDir()
	file := studytest.Recording(t, dir)
	out := filepath.Join(dir, "a")
	code, stderr := runDecode(t, decodeArgs(file, out, "-workers", "1"))
	require.Equal(t, 0, code, stderr)
	for _, f := range []string{
		"report.html", "summary.csv", "trace.csv", "components.csv", "transfer.csv", "decode.npz", "settings",
		"decode-recording.png", "decode-recording.svg", "decode-recording.pdf", "besides-recording.png", "scores.png",
	} {
		_, err := os.Stat(filepath.Join(out, f))
		require.NoError(t, err)
	}
	first := studytest.Tables(t, out)
	summary := studytest.Rows(t, first["summary.csv"])
	require.Equal(t, []string{"dataset", "measure", "seed", "step", "score", "variable", "accuracy", "reference"}, summary[0][:8])
	seen := map[string]int{}
	for _, r := range summary[1:] {
		require.Equal(t, file, r[0])
		seen[r[1]+" "+r[5]]++
	}
	require.Len(t, seen, 6, "three measures × two variables; the third variable is left out")
	report, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	for _, text := range []string{
		"at CKA 0.9", "On one scale", "trial is left out: its smallest class has one condition", "level is decoded in 4 folds instead of 5",
		"protocol matched", "cka, nbs, linreg-r2", "linear algebra", "recording.npz", "columns are centred",
	} {
		require.Contains(t, string(report), text)
	}
	require.NotContains(t, string(report), "http://")
	require.NotContains(t, string(report), "https://")

	records, err := filepath.Glob(filepath.Join(out, "cells", "*", "record.json"))
	require.NoError(t, err)
	require.Len(t, records, 1+2+3+6)
	before := map[string]time.Time{}
	for _, r := range records {
		info, err := os.Stat(r)
		require.NoError(t, err)
		before[r] = info.ModTime()
	}
	code, stderr = runDecode(t, decodeArgs(file, out, "-workers", "1"))
	require.Equal(t, 0, code)
	require.NotContains(t, stderr, "ascent", "nothing runs again")
	require.Contains(t, stderr, "decode: recording.npz: 4 times × 16 conditions × 9 units; task variables\n  (classes): side (2), level (4), trial (16)\n")
	for r, at := range before {
		info, err := os.Stat(r)
		require.NoError(t, err)
		require.Equal(t, at, info.ModTime(), r)
	}
	require.Equal(t, first, studytest.Tables(t, out))

	// What a run left that was killed on its way out, a plan leaves, and the next run takes away.
	left := filepath.Join(filepath.Dir(records[0]), "checkpoint")
	require.NoError(t, os.WriteFile(left, nil, 0o644))
	code, stderr = runDecode(t, decodeArgs(file, out, "-plan"))
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stderr, "12 cells, 0 of them to compute")
	require.FileExists(t, left)
	code, stderr = runDecode(t, decodeArgs(file, out))
	require.Equal(t, 0, code, stderr)
	require.NoFileExists(t, left)

	other := filepath.Join(dir, "b")
	code, stderr = runDecode(t, decodeArgs(file, other, "-workers", "4"))
	require.Equal(t, 0, code, stderr)
	require.Equal(t, first, studytest.Tables(t, other))
	require.Empty(t, studytest.Parts(t, out))
}

// More seeds, measures or datasets extend a folder; another setting, other data
// under the same name, or another study is refused and named.
func TestSettingsMustMatch(t *testing.T) {
	dir := t.TempDir()
	file, out := studytest.Recording(t, dir), filepath.Join(dir, "out")
	code, stderr := runDecode(t, decodeArgs(file, out))
	require.Equal(t, 0, code, stderr)
	first := studytest.Tables(t, out)["summary.csv"]

	code, stderr = runDecode(t, decodeArgs(file, out, "-seeds", "3"))
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stderr, "going on: 12 of 16 cells are there")
	extended := studytest.Tables(t, out)["summary.csv"]
	for _, line := range strings.Split(first, "\n") {
		require.Contains(t, extended, line)
	}

	code, stderr = runDecode(t, decodeArgs(file, out, "-rate", "0.05"))
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "was made with rate 0.1, and now it is 0.05; choose another folder with -out, or remove this one")
	code, stderr = runDecode(t, decodeArgs(file, out, "-protocol", "paper"))
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "was made with protocol matched, and now it is paper")
	code, stderr = runDecode(t, decodeArgs(file, out, "-decoder", "standardised"))
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "was made with decoder raw, and now it is standardised")

	d, err := data.ReadArrays(file)
	require.NoError(t, err)
	d[0].Values[5]++
	require.NoError(t, data.WriteArrays(file, d...))
	code, stderr = runDecode(t, decodeArgs(file, out))
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "was made with other content of "+file)

	var b bytes.Buffer
	require.Equal(t, 1, experiments.Run(context.Background(), optimize.New(), []string{"-out", out, "toy2d"}, &b, &b))
	require.Contains(t, studytest.Unwrapped(b.String()), "holds results of decode; choose another folder with -out")
}

// A measure whose formula has changed is another: its old records are not its.
func TestFormulaMustMatch(t *testing.T) {
	dir := t.TempDir()
	file, out := studytest.Recording(t, dir), filepath.Join(dir, "out")
	measures.Replace()
	mine := measures.NBS
	mine.Name = "mine"
	measures.Register(mine)
	run := func() (int, string) {
		var b bytes.Buffer
		code := experiments.Run(context.Background(), optimize.New(), []string{"-measure", "mine", "-steps", "3", "-out", out, file}, &b, &b)
		return code, b.String()
	}
	code, stderr := run()
	require.Equal(t, 0, code, stderr)
	code, stderr = run()
	require.Equal(t, 0, code, stderr)
	mine.Score = measures.CKA.Score
	measures.Register(mine)
	code, stderr = run()
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "was computed by another formula of mine")
}

// start runs a command as a process of its own.
func start(t *testing.T, name string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	return startIn(t, "", name, args...)
}

// startIn starts it in a folder, which it makes.
func startIn(t *testing.T, folder, name string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	program, err := os.Executable()
	require.NoError(t, err)
	c := exec.Command(program, args...)
	if c.Dir = folder; folder != "" {
		require.NoError(t, os.MkdirAll(folder, 0o755))
	}
	c.Env = append(os.Environ(), commandVariable+"="+name)
	var b bytes.Buffer
	c.Stdout, c.Stderr = &b, &b
	require.NoError(t, c.Start())
	return c, &b
}

// Killed or interrupted at some moment and run again, a study keeps its finished
// cells and ends with the same bytes as one that was left alone.
func TestKillAndGoOn(t *testing.T) {
	dir := t.TempDir()
	file, alone := studytest.Recording(t, dir), filepath.Join(dir, "alone")
	code, stderr := runDecode(t, decodeArgs(file, alone))
	require.Equal(t, 0, code, stderr)
	for name, sig := range map[string]os.Signal{"kill": syscall.SIGKILL, "interrupt": os.Interrupt} {
		out := filepath.Join(dir, name)
		records := func() []string {
			r, err := filepath.Glob(filepath.Join(out, "cells", "*", "record.json"))
			require.NoError(t, err)
			return r
		}
		c, b := start(t, "decode", decodeArgs(file, out, "-workers", "1")...)
		for deadline := time.Now().Add(time.Minute); len(records()) < 4 && time.Now().Before(deadline); {
			time.Sleep(time.Millisecond)
		}
		require.NoError(t, c.Process.Signal(sig))
		err := c.Wait()
		kept := records()
		require.GreaterOrEqual(t, len(kept), 4)
		if len(kept) == 12 {
			t.Logf("%s came too late to matter", name)
		} else {
			require.Error(t, err, b.String())
			require.NoFileExists(t, filepath.Join(out, "report.html"))
		}
		if name == "interrupt" && len(kept) < 12 {
			require.Equal(t, 130, c.ProcessState.ExitCode(), b.String())
			require.Contains(t, studytest.Unwrapped(b.String()), "decode: interrupted The same command goes on from here.")
		}
		times := map[string]time.Time{}
		for _, r := range kept {
			info, err := os.Stat(r)
			require.NoError(t, err)
			times[r] = info.ModTime()
		}
		code, stderr := runDecode(t, decodeArgs(file, out))
		require.Equal(t, 0, code, stderr)
		for r, at := range times {
			info, err := os.Stat(r)
			require.NoError(t, err)
			require.Equal(t, at, info.ModTime(), "recomputed: %s", r)
		}
		require.Equal(t, studytest.Tables(t, alone), studytest.Tables(t, out), name)
	}
}

// A process that does not look up when it is asked to end is ended.
func TestEndsWhenAsked(t *testing.T) {
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), commandVariable+"=stuck")
	var said bytes.Buffer
	c.Stderr = &said
	out, err := c.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, c.Start())
	_, err = io.ReadFull(out, make([]byte, len("begun")))
	require.NoError(t, err)
	require.NoError(t, c.Process.Signal(syscall.SIGTERM))
	require.Error(t, c.Wait())
	require.Equal(t, 130, c.ProcessState.ExitCode())
	require.Equal(t, "stuck: interrupted\n", said.String())

	late, b := start(t, "late")
	require.Error(t, late.Wait())
	require.Equal(t, 7, late.ProcessState.ExitCode(), "nobody has asked")
	require.Empty(t, b.String())
}

// Two live runs on one folder may do work twice and lose none.
func TestTwoRunsAtOnce(t *testing.T) {
	dir := t.TempDir()
	file, out := studytest.Recording(t, dir), filepath.Join(dir, "out")
	a, ab := start(t, "decode", decodeArgs(file, out)...)
	b, bb := start(t, "decode", decodeArgs(file, out)...)
	require.NoError(t, a.Wait(), ab.String())
	require.NoError(t, b.Wait(), bb.String())
	code, stderr := runDecode(t, decodeArgs(file, filepath.Join(dir, "alone")))
	require.Equal(t, 0, code, stderr)
	require.Equal(t, studytest.Tables(t, filepath.Join(dir, "alone")), studytest.Tables(t, out))
}

// Every bad input gets one line that says what, where and what would be right;
// nothing is written.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	good := studytest.Recording(t, dir)
	whole, err := os.ReadFile(good)
	require.NoError(t, err)
	write := func(name string, b []byte) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, b, 0o644))
		return file
	}
	arrays := func(name string, as ...data.Array) string {
		file := filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(file, as...))
		return file
	}
	bad := make([]float64, 2*6*3)
	for i := range bad {
		bad[i] = float64(i * i % 7)
	}
	nan, inf, flat := slices.Clone(bad), slices.Clone(bad), make([]float64, 36)
	nan[8], inf[20] = math.NaN(), math.Inf(1)
	huge := slices.Clone(bad)
	huge[5] = 1e200
	six := data.Array{Name: "side", Shape: []int{6}, Values: []float64{0, 1, 0, 1, 0, 1}}
	activity := func(v []float64, shape ...int) data.Array {
		return data.Array{Name: "activity", Shape: shape, Values: v}
	}
	wide := make([]float64, 6*40)
	for i := range wide {
		wide[i] = float64(i * i % 11)
	}
	for want, args := range map[string][]string{
		"no such file or directory":             {filepath.Join(dir, "missing.npz")},
		"the .npz file is truncated or damaged": {write("truncated.npz", whole[:len(whole)/2])},
		"neither a .npy nor a .npz file":        {write("text.npz", []byte("hello"))},
		"is truncated":                          {write("short.npy", studytest.NPY(t, activity(bad, 12, 3))[:200])},
		"no array \"activity\" in the file, which has rates [2 6 3]; choose one as":      {arrays("other.npz", data.Array{Name: "rates", Shape: []int{2, 6, 3}, Values: bad})},
		"no array \"spikes\" in the file":                                                {good + ":spikes"},
		"has the value NaN at time 0, condition 2, unit 2 (counted from 0)":              {arrays("nan.npz", activity(nan, 2, 6, 3), six)},
		"has the value +Inf at time 1, condition 0, unit 2":                              {arrays("inf.npz", activity(inf, 2, 6, 3), six)},
		"has zero variance: every unit is constant over all samples":                     {arrays("flat.npz", activity(flat, 2, 6, 3), six)},
		"has 1e+200 as its largest value, whose fourth power is beyond double precision": {arrays("huge.npz", activity(huge, 2, 6, 3), six)},
		"has 1 sample; at least 2 are needed":                                            {arrays("one.npz", activity(bad[:3], 1, 3))},
		"has shape [36]; activity is time × condition × unit, or sample × unit":          {arrays("vector.npz", activity(bad, 36))},
		"has no task variable to decode":                                                 {arrays("bare.npz", activity(bad, 2, 6, 3))},
		"has no task variable that can be decoded: ":                                     {arrays("ids.npz", activity(bad, 2, 6, 3), data.Array{Name: "id", Shape: []int{6}, Values: []float64{0, 1, 2, 3, 4, 5}, Integral: true})},
		"no such dataset; name a .npz or .npy file, or one of toy2d":                     {"toy3d"},
		"holds Python objects: convert it":                                               {"testdata/object.npy"},
		"linreg-r2 on " + filepath.Join(dir, "wide.npz") + " says nothing: noise of 40 units on 6 samples scores 1 already": {arrays("wide.npz",
			activity(wide, 6, 40), six)},
		"64 samples are too few for 500 folds":                    {good, "-measures", "linreg-r2-cv=500folds"},
		"at \"sed\": the options of this dataset are seed, shift": {"surrogate/mante2013-sed=2"},
	} {
		out := filepath.Join(dir, "out")
		code, stderr := runDecode(t, append([]string{"-data", args[0], "-out", out, "-measures", "linreg"}, args[1:]...))
		require.Equal(t, 1, code, "%s: %s", want, stderr)
		require.Contains(t, stderr, want)
		require.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %s", stderr)
		require.NoDirExists(t, out)
	}
	for want, args := range map[string][]string{
		"decode: there is no flag -sede; is -seed meant? -h": {"-sede"},
		"there is no flag -nope; -h lists the flags":         {"-nope"},
		"-seeds 0: at least one start is needed":             {"-seeds", "0"},
		"-steps 0: at least one is needed":                   {"-steps", "0"},
		"-rate 0: it must be greater than 0":                 {"-rate", "0"},
		"-stop \"high\": it must be a score":                 {"-stop", "high"},
		"-folds 1: at least two are needed":                  {"-folds", "1"},
		"-workers 0: at least one is needed":                 {"-workers", "0"},
		"-protocol \"mine\": it must be matched or paper":    {"-protocol", "mine"},
		"no measure begins with \"ckaa\"":                    {"-measures", "ckaa"},
		"unexpected argument \"file.npz\"":                   {"file.npz"},
		"toy2d is in the list twice":                         {"-data", "toy2d,toy2d"},
		"cka is in the list twice":                           {"-measures", "cka,cka"},
	} {
		out := filepath.Join(dir, "out")
		code, stderr := runDecode(t, append([]string{"-out", out}, args...))
		require.Equal(t, 2, code, want)
		require.Contains(t, stderr, want)
		require.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %s", stderr)
		require.NoDirExists(t, out)
	}
	code, stderr := runDecode(t, []string{"-data", good, "-out", filepath.Join(good, "out")})
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "not a directory; choose a folder that can be written with -out")
	code, stderr = runDecode(t, []string{"-h"})
	require.Equal(t, 0, code)
	require.Contains(t, stderr, "go run ./experiments/decode")
	require.Regexp(t, regexp.MustCompile(`minute`), stderr)
}

// A study leaves the number of threads as it found it.
func TestStudyLeavesThreads(t *testing.T) {
	defer graph.Threads(graph.Threads(3))
	_, err := experiments.ReportOf(context.Background(), decode.New(), "-data", studytest.Recording(t, t.TempDir()), "-measures", "cka", "-seeds", "1", "-steps", "2", "-permutations", "39")
	require.NoError(t, err)
	require.Equal(t, 3, graph.Threads(3))
}

// Ascents are the authors' package's: scores to 1e-6 over 20 steps and 1e-5 over
// 50, and the data after one step and at the end.
func TestTrajectories(t *testing.T) {
	ref := studytest.Arrays(t, "testdata/trajectories.npz")
	compared := 0
	for name, want := range ref {
		rest, ok := strings.CutSuffix(name, "__float64__scores")
		if !ok {
			continue
		}
		set, id, _ := strings.Cut(rest, "__")
		m, err := measures.ByName("diffscore:" + id)
		require.NoError(t, err)
		a := experiments.Ascent{Rate: 0.1, Steps: 50, Stop: "2"}
		trace := &optim.Trace{Params: []string{"y"}, Keep: func(optim.Point) bool { return true }}
		_, err = a.Drive(context.Background(), m, studytest.Dense(ref[set+"__X"]), studytest.Dense(ref[set+"__Y0"]), trace.Record)
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
	a := experiments.Ascent{Rate: 0.1, Steps: 1000, Stop: "0.8"}
	_, err := a.Drive(context.Background(), measures.ProcrustesAngularScore, studytest.Dense(ref["tall__X"]), studytest.Dense(ref["tall__Y0"]), trace.Record)
	require.NoError(t, err)
	require.Len(t, trace.Values, len(stopped))
	require.InDeltaSlice(t, stopped, trace.Values, 1e-6)
}

// A score without a gradient is refused when a study plans, not after its first cells.
func TestValueOnlyMeasure(t *testing.T) {
	measures.Replace()
	measures.Register(measures.Measure{
		Name: "steps-of-a-test", Range: [2]float64{0, 1}, Identity: 1,
		Score: func(x, y *graph.Node) *graph.Node {
			return graph.Map("Floor", nil, measures.CKA.Score(x, y), func(v float64) float64 { return v }, nil)
		},
	})
	const both = "cka,steps-of-a-test"
	for i, c := range []struct {
		study experiments.Study
		args  []string
	}{
		{decode.New(), []string{"-data", "ultrametric", "-measures", both}},
		{pcdynamics.New(), []string{"-data", "toy2d", "-measures", both}},
		{joint.New(), []string{"-data", "ultrametric", "-measures", both}},
		{optimize.New(), []string{"-measure", "steps-of-a-test", "toy2d"}},
		{optimize.New(), []string{"-measure", "steps-of-a-test", "-init", "toy2d", "toy2d"}},
	} {
		name := c.study.About().Name
		_, err := experiments.ReportOf(context.Background(), c.study, c.args...)
		require.EqualError(t, err, name+": measures: steps-of-a-test: no data can be driven up or down this score: graph: Floor: has no pullback: it gives a value but no gradient", i)
	}
}

// A plan ends when it is asked to.
func TestPlanEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, s := range []experiments.Study{decode.New(), pcdynamics.New(), perturb.New(), joint.New()} {
		_, err := s.Plan(ctx)
		require.ErrorIs(t, err, context.Canceled, s.About().Name)
	}
}
