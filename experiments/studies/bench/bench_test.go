package bench

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/studytest"
	"simgrad/graph"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/cpu"
)

func runBench(args ...string) (code int, stderr string) {
	var b bytes.Buffer
	code = experiments.Run(context.Background(), New(), args, &b, &b)
	return code, b.String()
}

func benchArgs(file, out string, more ...string) []string {
	return append([]string{"-quick", "-python", "none", "-data", file, "-out", out, "-files", "20x30", "-measures", "cka,linreg-r2", "-sizes", "20x5,40x3", "-pairs", "2"}, more...)
}

// column returns a column of rows with a header.
func column(rows [][]string, name string) (values []string) {
	for k, head := range rows[0] {
		if head == name {
			for _, r := range rows[1:] {
				values = append(values, r[k])
			}
		}
	}
	return values
}

// Without Python the study reports ours alone: every measure at every size, no
// ratio, and nothing allocated by a step. It goes on from a folder of its own,
// and refuses one that was made otherwise.
func TestBenchAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	dir := t.TempDir()
	file, out := studytest.Recording(t, dir), filepath.Join(dir, "out")
	code, stderr := runBench(benchArgs(file, out)...)
	require.Equal(t, 0, code, stderr)
	for _, f := range []string{"report.html", "summary.csv", "scaling.csv", "steps.csv", "kernel.csv", "growth.png", "growth.svg", "growth.pdf"} {
		require.FileExists(t, filepath.Join(out, f))
	}
	require.NoFileExists(t, filepath.Join(out, "ratio.png"))
	all := studytest.Tables(t, out)
	summary := studytest.Rows(t, all["summary.csv"])
	require.Equal(t, []string{"measure", "n", "p", "threads", "ours_ms", "peer_ms", "ratio"}, summary[0][:7])
	steps := map[string]int{}
	for i, r := range summary[1:] {
		if part := column(summary, "part")[i]; part == partStep {
			steps[r[0]+" "+r[1]+" "+r[2]+" "+r[3]]++
			require.Equal(t, "0", column(summary, "bytes_per_step")[i], r)
			require.Equal(t, "2", column(summary, "pairs")[i], r)
		}
		ms, err := strconv.ParseFloat(r[4], 64)
		require.NoError(t, err)
		require.Positive(t, ms)
		require.Equal(t, []string{"", ""}, r[5:7], "no peer")
	}
	require.Equal(t, map[string]int{"cka 20 5 1": 1, "linreg-r2 20 5 1": 1, "cka 40 3 1": 1, "linreg-r2 40 3 1": 1}, steps)
	require.Contains(t, column(summary, "measure"), "decode")
	require.Contains(t, column(summary, "measure"), "figure-2")
	report, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	for _, text := range []string{"No peer was timed: none was asked for.", "does not hold for this study", "one thread", "from command to report", "Milliseconds a step, on one thread"} {
		require.Contains(t, string(report), text)
	}

	code, stderr = runBench(benchArgs(file, out)...)
	require.Equal(t, 0, code)
	require.NotContains(t, stderr, "step ·", "nothing runs again")
	require.Equal(t, all, studytest.Tables(t, out))
	code, stderr = runBench(benchArgs(file, out, "-pairs", "3")...)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "was made with pairs 2, and now it is 3")
}

// Mistakes in the command are told, and nothing is written.
func TestBenchUsage(t *testing.T) {
	for want, args := range map[string][]string{
		`-sizes "20": "20" is no size; write samples × units as 1000x100`: {"-sizes", "20"},
		`"1x5" is no size`:                           {"-sizes", "1x5"},
		"20x5 is in the list twice":                  {"-sizes", "20x5,20x5"},
		`-threads "0": it must be different numbers`: {"-threads", "0"},
		`-threads "2,2": it must be`:                 {"-threads", "2,2"},
		"-pairs 0: at least one is needed":           {"-pairs", "0"},
		"-workers 2: bench runs one cell at":         {"-workers", "2"},
		"-python /none: fork/exec /none: no such file or directory; it must be a Python with PyTorch and scikit-learn, or none": {"-python", "/none"},
	} {
		out := filepath.Join(t.TempDir(), "out")
		code, stderr := runBench(append([]string{"-python", "none", "-out", out}, args...)...)
		require.Equal(t, 2, code, want)
		require.Contains(t, stderr, want)
		require.NoDirExists(t, out)
	}
}

// script writes a program that stands for Python.
func script(t *testing.T, text string) string {
	file := filepath.Join(t.TempDir(), "python")
	require.NoError(t, os.WriteFile(file, []byte("#!/bin/sh\n"+text), 0o755))
	return file
}

// A Python without PyTorch is none, and the report says why; one that ends in the
// middle costs the comparison, with a warning, and nothing of ours.
func TestBenchWithoutPeer(t *testing.T) {
	lacking := script(t, "echo Traceback >&2; echo \"ModuleNotFoundError: No module named 'torch'\" >&2; exit 1\n")
	python, why := findPeer(lacking)
	require.Empty(t, python)
	require.Equal(t, "the Python beside us ended unexpectedly (exit status 1): ModuleNotFoundError: No module named 'torch'", why)
	_, why = findPeer(filepath.Join(t.TempDir(), "missing"))
	require.Contains(t, why, "no such file or directory")

	dies := script(t, "read request; echo '{\"torch\":\"1\",\"sklearn\":\"2\",\"blas\":\"3\"}'; read request; echo out of memory >&2; exit 3\n")
	python, what := findPeer(dies)
	require.Equal(t, dies, python)
	require.Equal(t, "PyTorch 1, scikit-learn 2, 3", what)
	// Asked for a form first, it is not asked what it is.
	dies = script(t, "read request; echo out of memory >&2; exit 3\n")
	s := New()
	s.Python, s.threads, s.Pairs = dies, []int{1}, 2
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	r, err := s.Run(ctx, experiments.Cell{Part: partStep, Measures: studytest.By("cka"), Point: shape{20, 5}})
	require.NoError(t, err)
	require.Len(t, readings(r, "simgrad", "1"), 2)
	require.Empty(t, readings(r, "peer", "1"))
	require.Equal(t, []string{"step · cka · 20x5 · seed 0: the Python beside us ended unexpectedly (exit status 3): out of memory. Ours alone."}, r.Warnings)
}

// The environment may choose a kernel for OpenBLAS; not for the peer.
func TestPeerEnvironment(t *testing.T) {
	require.Equal(t,
		[]string{"HOME=/here", "OPENBLAS_NUM_THREADS=2", "OMP_NUM_THREADS=2", "OMP_WAIT_POLICY=passive"},
		peerEnvironment([]string{"OPENBLAS_CORETYPE=Haswell", "HOME=/here", "OPENBLAS_L2_SIZE=512", "OMP_NUM_THREADS=7", "MKL_ENABLE_INSTRUCTIONS=SSE4_2", "BLIS_ARCH_TYPE=3", "ATEN_CPU_CAPABILITY=default"}, 2))
	r := &experiments.Record{}
	warnIfTuned(r, []string{"HOME=/here", "OPENBLAS_CORETYPE=Haswell", "PATH=/bin"})
	if kernel, _ := graph.BLAS(); strings.HasPrefix(kernel, "system") {
		require.Len(t, r.Warnings, 1)
		require.Contains(t, r.Warnings[0], "follows OPENBLAS_CORETYPE, and")
	} else {
		require.Empty(t, r.Warnings)
	}
}

// The finding tells of what was timed: on the least number of threads, and of the
// measures of figure 2 alone where any is among them.
func TestBenchFinding(t *testing.T) {
	at := func(measure string, own, peers float64) comparison {
		r := &experiments.Record{}
		addReadings(r, "simgrad", "2", own)
		addReadings(r, "peer", "2", peers)
		addReadings(r, "simgrad", "4", 1)
		addReadings(r, "peer", "4", 100)
		return comparison{Record: r, measure: measure, shape: shape{40, 6}, threads: 2}
	}
	more := at("cka", 2, 6)
	more.threads = 4
	b := &benchmark{settings: benchSettings{Machine: "a machine", Kernel: "avx2", Peer: "PyTorch 9"}, step: []comparison{
		more, at("cka", 2, 6), at("nbs", 2, 1), at("nbs-squared", 1, 50),
	}}
	require.Equal(t, []string{
		"For a step (score, gradient, update) PyTorch takes 0.50 (NBS on 40 samples × 6 units) to 3.00 (CKA on 40 samples × 6 units) times as long, on 2 threads.",
		"PyTorch is faster for some, most of all for NBS on 40 samples × 6 units: it takes 0.50 times as long.",
	}, b.finding())
	grid := b.grid()
	require.Equal(t, "How many times as long a step takes in PyTorch, on 2 threads, by samples × units.", grid.Caption)
	require.Equal(t, []string{"measure", "40×6"}, grid.Header)
	require.Equal(t, [][]string{{"CKA", "3.00"}, {"NBS", "0.50"}, {"NBS²", "50"}}, grid.Rows)
	b.step = b.step[3:]
	require.Equal(t, "For a step (score, gradient, update) PyTorch takes 50 times as long: NBS² on 40 samples × 6 units, on 2 threads.", b.finding()[0])
	require.Equal(t, "No step is faster in PyTorch, on 2 threads.", b.finding()[1])
	b.settings.Without, b.step[0].Record = "none was asked for", &experiments.Record{}
	addReadings(b.step[0].Record, "simgrad", "2", 1)
	require.Equal(t, []string{"A step (score, gradient, update) takes 1.00 ms (NBS² on 40 samples × 6 units), on 2 threads.", "No peer was timed: none was asked for."}, b.finding())
	require.Equal(t, [][]string{{"NBS²", "1.00"}}, b.grid().Rows)
	require.True(t, math.IsNaN(flops("nbs", shape{40, 60})), "wide data are not counted")
}

// Every form of the peer takes the ascent that we take: its scores at the start
// and after three steps are ours; and it predicts what our decoder predicts.
func TestPeerAgrees(t *testing.T) {
	python, why := findPeer("") // or, where there is one, what it is
	if python == "" {
		t.Skip(why)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if cpu.X86.HasAVX2 {
		require.NotContains(t, why, "Prescott", "its OpenBLAS does not know this processor, and is not told")
	}
	p, err := startPeer(ctx, python, 1)
	require.NoError(t, err)
	ms, err := measures.ByNames(New().Measures)
	require.NoError(t, err)
	var cka []float64
	for _, m := range ms {
		forms := peerForms(m.Name, 40, 6)
		require.NotEmpty(t, forms, m.Name)
		for _, f := range forms {
			s, err := newStepper(m, data.Gaussian(1, 40, 6), data.Gaussian(2, 40, 6))
			require.NoError(t, err)
			own, err := s.first()
			require.NoError(t, err)
			peers, err := p.begin(f, s)
			require.NoError(t, err, "%s %s", m.Name, f.Form)
			require.Equal(t, -1, differ(own, peers), "%s %s: %v and %v", m.Name, f.Form, own, peers)
			if m.Name == "cka" {
				cka = own
			} else {
				require.GreaterOrEqual(t, differ(cka, peers), 0, "another measure scores otherwise")
			}
		}
	}
	for _, name := range []string{"cka", "nbs", "procrustes-angular-score"} {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		s, err := newStepper(m, data.Gaussian(1, 12, 40), data.Gaussian(2, 12, 40))
		require.NoError(t, err)
		own, err := s.first()
		require.NoError(t, err)
		for _, f := range peerForms(name, 12, 40) {
			peers, err := p.begin(f, s)
			require.NoError(t, err)
			require.Equal(t, -1, differ(own, peers), "%s %s of wide data: %v and %v", name, f.Form, own, peers)
		}
	}
	// numpy scores files of both forms as we do, which score holds it to.
	study := New()
	study.Python, study.Pairs = python, 1
	defer func() { study.peers[1].end() }()
	compared := 0
	for _, m := range ms {
		if _, ok := numpyForm(m); !ok {
			continue
		}
		for _, size := range []shape{{40, 6}, {12, 40}} {
			r := &experiments.Record{}
			require.NoError(t, study.score(ctx, r, experiments.Cell{Measures: []measures.Measure{m}, Point: size}), m.Name)
			require.Empty(t, r.Warnings, m.Name)
			require.Len(t, readings(r, "peer", "1"), 1, m.Name)
			compared++
		}
	}
	require.Equal(t, 8, compared)
	_, err = p.begin(peerForm{Form: "chol"}, &stepper{measure: ms[0], x: data.Gaussian(1, 5, 6), y0: data.Gaussian(2, 5, 6)})
	require.ErrorAs(t, err, new(errNotApplicable))
	s, err := newStepper(ms[0], data.Gaussian(1, 40, 6), data.Gaussian(2, 40, 6))
	require.NoError(t, err)
	_, err = p.begin(peerForm{Form: "cka-p"}, s)
	require.NoError(t, err, "the peer lives on")
	seconds, err := p.steps(1, true, false)
	require.NoError(t, err)
	require.Positive(t, seconds)
	rounded, err := p.begin(peerForm{Form: "cka-p", Single: true}, s) // single precision
	require.NoError(t, err)
	require.NotEqual(t, cka[0], rounded[0])
	require.InDelta(t, cka[0], rounded[0], 1e-5)
	seconds, err = p.steps(1, true, true)
	require.NoError(t, err)
	require.Positive(t, seconds)

	d, err := data.Load(studytest.Recording(t, t.TempDir()))
	require.NoError(t, err)
	all, err := newDecoding(ctx, d, 0)
	require.NoError(t, err)
	own, err := all.predict()
	require.NoError(t, err)
	peers, seconds, err := all.peerPredicts(p, 1e-10)
	require.NoError(t, err)
	require.Positive(t, seconds)
	total, other := compare(own, peers)
	require.Equal(t, 128.0, total, "two variables × 4 times × 16 conditions")
	require.Zero(t, other)
	peers[1][2][3]++
	_, other = compare(own, peers)
	require.Equal(t, 1.0, other)
}

// Ratios are medians over pairs of turns, and the peer's form is its fastest.
func TestComparison(t *testing.T) {
	r := &experiments.Record{Cell: experiments.Cell{Part: partStep, Measures: studytest.By("cka"), Point: shape{1000, 100}}}
	addReadings(r, "simgrad", "1", 1, 2, 4)
	addReadings(r, "peer", "1", 2, 6, 20)
	addReadings(r, "kernel", "1", 100, 140, 100)
	addReadings(r, "simgrad", "2", 1, 1, 1)
	forms := r.Frame("forms", "form threads", "ms")
	forms.Add([]string{"cka-n", "1"}, 9)
	forms.Add([]string{"cka-p", "1"}, 3)
	forms.Add([]string{"cka-n", "2"}, 1)
	cs := comparisons(r)
	require.Len(t, cs, 2)
	mid, low, high := cs[0].ratio()
	require.Equal(t, []float64{3, 2, 5}, []float64{mid, low, high})
	require.Equal(t, "cka-p", cs[0].form())
	require.InDelta(t, 35, cs[0].rate(), 1e-12, "7np² in 2 ms")
	require.InDelta(t, 0.35, cs[0].share(), 1e-12)
	mid, _, _ = cs[1].ratio()
	require.True(t, math.IsNaN(mid))
	require.Equal(t, 3*600.0*600*600, flops("cka", shape{600, 600}))
	scaled := &experiments.Record{}
	addReadings(scaled, "one", "", 10, 12)
	addReadings(scaled, "two threads", "", 5, 8)
	addReadings(scaled, "side by side", "", 10, 16)
	two, both := speedups(scaled)
	require.InDelta(t, 1.75, two, 1e-12)
	require.InDelta(t, 1.75, both, 1e-12)
}

// Turns alternate, and their order changes.
func TestAlternate(t *testing.T) {
	var order strings.Builder
	turns := []turn{
		func() (float64, error) { order.WriteString("a"); return 1, nil },
		func() (float64, error) { order.WriteString("b"); return 2, nil },
	}
	sum := map[int]float64{}
	require.NoError(t, alternate(context.Background(), 3, time.Hour, turns, func(who int, seconds float64) { sum[who] += seconds }))
	require.Equal(t, "abbaab", order.String())
	require.Equal(t, map[int]float64{0: 3, 1: 6}, sum)
	order.Reset()
	require.NoError(t, alternate(context.Background(), 9, 0, turns[:1], func(int, float64) {}))
	require.Equal(t, "aaa", order.String(), "three rounds where there is no time")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, alternate(ctx, 1, 0, turns, nil), context.Canceled)
	broken := []turn{func() (float64, error) { return 0, fmt.Errorf("broken") }}
	require.EqualError(t, alternate(context.Background(), 1, 0, broken, nil), "broken")
}

func TestWarnIfBusy(t *testing.T) {
	r := &experiments.Record{}
	for _, averages := range []string{"0.80 3.00 3.00 1/200 99\n", "", "many"} {
		warnIfBusy(r, averages)
		require.Empty(t, r.Warnings)
	}
	warnIfBusy(r, "5.23 0.10 0.10 3/300 1234\n")
	require.Len(t, r.Warnings, 1)
	require.Contains(t, r.Warnings[0], "load average 5.2")
}

// A peer computes what is named, or there is none.
func TestRegressionsWithPeers(t *testing.T) {
	for name, want := range map[string]bool{
		"linreg-r2": true, "linreg-r2-cv=5folds": true, "ridge-lambda=100-r2": true, "ridge-lambda=100-r2-cv=5folds": true,
		"linreg-r2-cv=5conditions": false, "linreg-r2-reverse": false, "ridge-lambda=nested-r2-cv=5folds": false,
		"ridge-lambda=100-median_pearsonr-cv=5folds": false, "pls-components=2-r2-cv=5folds": false, "cka": false,
	} {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		require.Equal(t, want, regression(m), name)
	}
}
