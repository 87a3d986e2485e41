package experiments

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/graph"
	"simgrad/measures"
)

// The test binary is also the commands: with this variable set it runs one on its
// arguments, so that tests can kill a real process.
const commandVariable = "SIMGRAD_TEST_COMMAND"

func TestMain(m *testing.M) {
	switch os.Getenv(commandVariable) {
	case "decode":
		Main(NewDecode())
	case "optimize":
		Main(NewOptimize())
	case "score":
		ScoreMain()
	}
	os.Exit(m.Run())
}

// recording writes a small recording and returns its file: 4 times × 16
// conditions × 9 units, with three task variables, one of them undecodable.
func recording(t *testing.T, dir string) string {
	r := rand.New(rand.NewPCG(7, 0))
	side, level, id := make([]float64, 16), make([]float64, 16), make([]float64, 16)
	for c := range 16 {
		side[c], level[c], id[c] = float64(c%2), float64(c/4%4), float64(c)
	}
	x := make([]float64, 4*16*9)
	for i := range x {
		unit, c := i%9, i/9%16
		x[i] = 10 + r.NormFloat64()*math.Pow(0.7, float64(unit))*3
		switch unit {
		case 0:
			x[i] += 4 * side[c]
		case 3:
			x[i] += level[c]
		}
	}
	file := filepath.Join(dir, "recording.npz")
	require.NoError(t, data.WriteArrays(file,
		data.Array{Name: "activity", Shape: []int{4, 16, 9}, Values: x},
		data.Array{Name: "side", Shape: []int{16}, Values: side, Integral: true},
		data.Array{Name: "level", Shape: []int{16}, Values: level},
		data.Array{Name: "trial", Shape: []int{16}, Values: id},
		data.Array{Name: "time_ms", Shape: []int{4}, Values: []float64{0, 50, 100, 150}},
	))
	return file
}

func decodeArgs(file, out string, more ...string) []string {
	return append([]string{"-data", file, "-out", out, "-measures", "cka,nbs,linreg", "-seeds", "2", "-permutations", "39"}, more...)
}

func runDecode(t *testing.T, args []string) (code int, stderr string) {
	var b bytes.Buffer
	code = Run(context.Background(), NewDecode(), args, &b)
	return code, b.String()
}

// contents reads all CSV files below dir.
func contents(t *testing.T, dir string) map[string]string {
	files := map[string]string{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(path) == ".csv" {
			b, rerr := os.ReadFile(path)
			files[filepath.Base(path)], err = string(b), rerr
		}
		return err
	}))
	return files
}

func rows(t *testing.T, text string) [][]string {
	rs, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	require.NoError(t, err)
	return rs
}

// A study leaves what it promises; the same command again recomputes nothing and
// leaves the same bytes, whatever the number of workers.
func TestDecodeOutputs(t *testing.T) {
	dir := t.TempDir()
	file := recording(t, dir)
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
	first := contents(t, out)
	summary := rows(t, first["summary.csv"])
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
		"at CKA 0.9", "Compared on one scale", "trial is left out: its smallest class has one condition", "level is decoded in 4 folds instead of 5",
		"data:image/png;base64,", "protocol matched", "cka, nbs, linreg-r2", "linear algebra", "recording.npz", "columns are centred",
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
	require.Contains(t, stderr, "decode: recording.npz: 4 times × 16 conditions × 9 units; task variables (classes): side (2), level (4), trial (16)\n")
	for r, at := range before {
		info, err := os.Stat(r)
		require.NoError(t, err)
		require.Equal(t, at, info.ModTime(), r)
	}
	require.Equal(t, first, contents(t, out))

	other := filepath.Join(dir, "b")
	code, stderr = runDecode(t, decodeArgs(file, other, "-workers", "4"))
	require.Equal(t, 0, code, stderr)
	require.Equal(t, first, contents(t, other))
	require.Empty(t, parts(t, out))
}

// holds runs a study into out, and holds it to what all promise: the same command
// again computes nothing, and any number of workers leaves the same bytes. It
// returns the study's CSV files.
func holds(t *testing.T, study func() Study, out string, args ...string) map[string]string {
	run := func(out string, more ...string) string {
		var b bytes.Buffer
		code := Run(context.Background(), study(), append(append([]string{"-out", out}, args...), more...), &b)
		require.Equal(t, 0, code, b.String())
		return b.String()
	}
	run(out, "-workers", "1")
	first := contents(t, out)
	require.NotEmpty(t, first)
	require.FileExists(t, filepath.Join(out, "report.html"))
	records, err := filepath.Glob(filepath.Join(out, "cells", "*", "record.json"))
	require.NoError(t, err)
	times := map[string]time.Time{}
	for _, r := range records {
		info, err := os.Stat(r)
		require.NoError(t, err)
		times[r] = info.ModTime()
	}
	require.NotRegexp(t, `: \d+/\d+ `, run(out), "a cell runs again")
	for r, at := range times {
		info, err := os.Stat(r)
		require.NoError(t, err)
		require.Equal(t, at, info.ModTime(), r)
	}
	require.Equal(t, first, contents(t, out))
	other := filepath.Join(t.TempDir(), "other")
	run(other, "-workers", "4")
	require.Equal(t, first, contents(t, other))
	require.Empty(t, parts(t, out))
	return first
}

// parts lists files that were not written whole.
func parts(t *testing.T, dir string) (left []string) {
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".part") {
			left = append(left, path)
		}
		return err
	}))
	return left
}

// More seeds, measures or datasets extend a folder; another setting, other data
// under the same name, or another study is refused and named.
func TestSettingsMustMatch(t *testing.T) {
	dir := t.TempDir()
	file, out := recording(t, dir), filepath.Join(dir, "out")
	code, stderr := runDecode(t, decodeArgs(file, out))
	require.Equal(t, 0, code, stderr)
	first := contents(t, out)["summary.csv"]

	code, stderr = runDecode(t, decodeArgs(file, out, "-seeds", "3"))
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stderr, "going on: 12 of 16 cells are there")
	extended := contents(t, out)["summary.csv"]
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
	require.Equal(t, 1, Run(context.Background(), NewOptimize(), []string{"-out", out, "toy2d"}, &b))
	require.Contains(t, b.String(), "holds results of decode; choose another folder with -out")
}

// A measure whose formula has changed is another: its old records are not its.
func TestFormulaMustMatch(t *testing.T) {
	dir := t.TempDir()
	file, out := recording(t, dir), filepath.Join(dir, "out")
	measures.Replace()
	mine := measures.NBS
	mine.Name = "mine"
	measures.Register(mine)
	run := func() (int, string) {
		var b bytes.Buffer
		code := Run(context.Background(), NewOptimize(), []string{"-measure", "mine", "-steps", "3", "-out", out, file}, &b)
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
	c := exec.Command(os.Args[0], args...)
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
	file, alone := recording(t, dir), filepath.Join(dir, "alone")
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
			require.Contains(t, b.String(), "interrupted; the same command goes on from here")
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
		require.Equal(t, contents(t, alone), contents(t, out), name)
	}
}

// Two live runs on one folder may do work twice and lose none.
func TestTwoRunsAtOnce(t *testing.T) {
	dir := t.TempDir()
	file, out := recording(t, dir), filepath.Join(dir, "out")
	a, ab := start(t, "decode", decodeArgs(file, out)...)
	b, bb := start(t, "decode", decodeArgs(file, out)...)
	require.NoError(t, a.Wait(), ab.String())
	require.NoError(t, b.Wait(), bb.String())
	code, stderr := runDecode(t, decodeArgs(file, filepath.Join(dir, "alone")))
	require.Equal(t, 0, code, stderr)
	require.Equal(t, contents(t, filepath.Join(dir, "alone")), contents(t, out))
}

// Every bad input gets one line that says what, where and what would be right;
// nothing is written.
func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	good := recording(t, dir)
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
		"is truncated":                          {write("short.npy", npyOf(t, activity(bad, 12, 3))[:200])},
		"no array \"activity\" in the file, which has rates [2 6 3]; choose one as":      {arrays("other.npz", data.Array{Name: "rates", Shape: []int{2, 6, 3}, Values: bad})},
		"no array \"spikes\" in the file":                                                {good + ":spikes"},
		"has the value NaN at time 0, condition 2, unit 2 (counted from 0)":              {arrays("nan.npz", activity(nan, 2, 6, 3), six)},
		"has the value +Inf at time 1, condition 0, unit 2":                              {arrays("inf.npz", activity(inf, 2, 6, 3), six)},
		"has zero variance: every unit is constant over all samples":                     {arrays("flat.npz", activity(flat, 2, 6, 3), six)},
		"has 1e+200 as its largest value, whose fourth power is beyond double precision": {arrays("huge.npz", activity(huge, 2, 6, 3), six)},
		"has 1 sample; at least 2 are needed":                                            {arrays("one.npz", activity(bad[:3], 1, 3))},
		"has shape [36]; activity is time × condition × unit, or sample × unit":          {arrays("vector.npz", activity(bad, 36))},
		"has no task variable to decode":                                                 {arrays("bare.npz", activity(bad, 2, 6, 3))},
		"has no task variable that can be decoded: ":                                     {arrays("ids.npz", activity(bad, 2, 6, 3), data.Array{Name: "id", Shape: []int{6}, Values: []float64{0, 1, 2, 3, 4, 5}})},
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
		"flag provided but not defined: -nope":            {"-nope"},
		"-seeds 0: at least one start is needed":          {"-seeds", "0"},
		"-steps 0: at least one is needed":                {"-steps", "0"},
		"-rate 0: it must be greater than 0":              {"-rate", "0"},
		"-stop \"high\": it must be a score":              {"-stop", "high"},
		"-folds 1: at least two are needed":               {"-folds", "1"},
		"-workers 0: at least one is needed":              {"-workers", "0"},
		"-protocol \"mine\": it must be matched or paper": {"-protocol", "mine"},
		"no measure begins with \"ckaa\"":                 {"-measures", "ckaa"},
		"unexpected argument \"file.npz\"":                {"file.npz"},
		"toy2d is in the list twice":                      {"-data", "toy2d,toy2d"},
		"cka is in the list twice":                        {"-measures", "cka,cka"},
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
	_, err := ReportOf(context.Background(), NewDecode(), "-data", recording(t, t.TempDir()), "-measures", "cka", "-seeds", "1", "-steps", "2", "-permutations", "39")
	require.NoError(t, err)
	require.Equal(t, 3, graph.Threads(3))
}

// npyOf returns a as the bytes of a .npy file.
func npyOf(t *testing.T, a data.Array) []byte {
	file := filepath.Join(t.TempDir(), "a.npz")
	require.NoError(t, data.WriteArrays(file, a))
	z, err := zip.OpenReader(file)
	require.NoError(t, err)
	defer z.Close()
	f, err := z.File[0].Open()
	require.NoError(t, err)
	b, err := io.ReadAll(f)
	require.NoError(t, err)
	return b
}

func TestFloatsInRecords(t *testing.T) {
	in := Floats{0.1, math.NaN(), math.Inf(1), math.Inf(-1), 1e-300, -0.30000000000000004}
	b, err := json.Marshal(in)
	require.NoError(t, err)
	var out Floats
	require.NoError(t, json.Unmarshal(b, &out))
	require.Equal(t, fmt.Sprint(in), fmt.Sprint(out))
	require.Error(t, json.Unmarshal([]byte("[true]"), &out))
}
