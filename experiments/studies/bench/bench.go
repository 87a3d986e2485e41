// Package bench times what simgrad exists to be fast at: a step of every measure, decoding and
// figure 2, beside PyTorch and scikit-learn.
package bench

import (
	"bufio"
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/studies/decode"
	"simgrad/graph"
	"simgrad/measures"
)

//go:embed *.go peer.py
var source embed.FS

// A Study times a step of an ascent (value, gradient and Adam) by every measure,
// decoding and figure 2, and beside them the leanest form of the same in PyTorch
// and scikit-learn, where a Python has them.
//
// Both take turns in one run, so that a busy moment of the machine falls on both.
type Study struct {
	experiments.Setup
	Sizes   string // n×p of the data
	Files   string // n×p of files that are scored
	Threads string // numbers of threads
	Pairs   int    // turns of each
	Python  string // "" is the first of PATH with PyTorch and scikit-learn, "none" none

	threads []int
	peers   map[int]*peer
}

// New returns the study.
func New() *Study {
	return &Study{
		Setup: experiments.Setup{
			Data: "surrogate/mante2013", Seeds: 1,
			Measures: "cka,nbs,procrustes-angular-score,linreg-r2,ridge-lambda=100-r2,cka-angular-score,nbs-squared,procrustes-distance=angular,linreg-r2-cv=5folds,ridge-lambda=100-r2-cv=5folds",
		},
		Sizes: "60x2,1000x100,5000x100,600x600,2000x500", Files: "1000x100,500x6000", Threads: "1,2", Pairs: 7,
		peers: map[int]*peer{},
	}
}

// About implements Study.
func (*Study) About() experiments.About {
	return experiments.About{
		Name: "bench",
		Does: `times a step of every measure, decoding and figure 2, beside PyTorch and
scikit-learn if a python3 has them. Leave the machine alone while it runs.`,
		Examples: []string{"", "-measures cka,nbs -sizes 1000x100,2000x500"},
		Takes:    `The default takes five to eight minutes on two cores, -quick less than one.`,
		Alone:    true,
		Source:   source,
	}
}

// Flags implements Study.
func (s *Study) Flags(fs *flag.FlagSet) {
	s.Setup.Flags(fs)
	fs.StringVar(&s.Sizes, "sizes", s.Sizes, "sizes of the data, samples × units, as `60x2,1000x100`")
	fs.StringVar(&s.Files, "files", s.Files, "sizes of files that are scored beside numpy, on one thread, as `1000x25000,50000x1000`; these two take half an hour")
	fs.StringVar(&s.Threads, "threads", s.Threads, "`numbers` of threads to time with, separated by commas")
	fs.IntVar(&s.Pairs, "pairs", s.Pairs, "turns that each side takes, alternating; three where they take seconds")
	fs.StringVar(&s.Python, "python", s.Python, "the `command` with PyTorch and scikit-learn; none: compare with nothing (default the first python3 of PATH that has both)")
}

// The parts of the study.
const (
	partKernel     = "kernel"     // the speed of matrix products
	partStep       = "step"       // a measure at a size
	partScore      = "score"      // a score from two files on
	partGrowth     = "growth"     // the same, for the curves of cost against size
	partSteps      = "steps"      // a whole ascent
	partScaling    = "scaling"    // two cells side by side, and one on two threads
	partDecode     = "decode"     // decoding of one snapshot
	partFigure     = "figure"     // the whole of figure 2
	partPrimitives = "primitives" // value and gradient of a function of package graph
)

// grown are the measures whose growth of cost is shown.
var grown = []string{"cka", "procrustes-angular-score", "linreg-r2"}

// Plan implements Study.
func (s *Study) Plan(ctx context.Context) ([]experiments.Cell, error) {
	s.Quicken("sizes", func() { s.Sizes = "60x2,1000x100,600x600" })
	s.Quicken("files", func() { s.Files = "200x1000" })
	s.Quicken("measures", func() { s.Measures = "cka,nbs,procrustes-angular-score,linreg-r2" })
	s.Quicken("threads", func() { s.Threads = "1" })
	s.Quicken("pairs", func() { s.Pairs = 3 })
	if s.Pairs < 1 {
		return nil, experiments.Usagef("-pairs %d: at least one is needed", s.Pairs)
	}
	s.threads = nil
	for _, word := range strings.Split(s.Threads, ",") {
		t, err := strconv.Atoi(strings.TrimSpace(word))
		if err != nil || t < 1 || slices.Contains(s.threads, t) {
			return nil, experiments.Usagef("-threads %q: it must be different numbers from 1, separated by commas", s.Threads)
		}
		s.threads = append(s.threads, t)
	}
	sizes, err := parseShapes("sizes", s.Sizes)
	if err != nil {
		return nil, err
	}
	files, err := parseShapes("files", s.Files)
	if err != nil {
		return nil, err
	}
	sets, ms, err := s.Load(ctx)
	if err != nil {
		return nil, err
	}
	decode := decode.New()
	for _, d := range sets {
		if _, _, err := decode.Decodable(d); err != nil {
			return nil, err
		}
	}
	asked := s.Python
	var about, why string
	if s.Python, about = findPeer(asked); s.Python == "" {
		if asked != "" && asked != "none" {
			return nil, experiments.Usagef("-python %s: %s; it must be a Python with PyTorch and scikit-learn, or none", asked, about)
		}
		why, about = about, "none"
	}
	kernel, _ := graph.BLAS()
	settings := benchSettings{about, why, machine(), kernel, s.Threads, s.Pairs}
	cells := []experiments.Cell{{Part: partKernel, Seed: s.Seed, Settings: settings}}
	on := func(part string, size shape, m measures.Measure) {
		cells = append(cells, experiments.Cell{Part: part, Measures: []measures.Measure{m}, Seed: s.Seed, Point: size, Settings: settings})
	}
	for _, size := range sizes {
		for _, m := range ms {
			on(partStep, size, m)
		}
	}
	for _, size := range files {
		for _, m := range ms {
			if _, ok := numpyForm(m); ok {
				on(partScore, size, m)
			}
		}
	}
	for _, m := range ms {
		if !slices.Contains(grown, m.Name) {
			continue
		}
		for _, size := range growthSizes(s.Quick) {
			on(partGrowth, size, m)
		}
		on(partSteps, shape{1000, 100}, m)
	}
	for _, m := range ms {
		if !slices.Contains(grown, m.Name) {
			continue
		}
		for _, size := range []shape{{1000, 100}, {2000, 500}} {
			if !s.Quick || size.p == 100 {
				on(partScaling, size, m)
			}
		}
	}
	for _, p := range primitives {
		if s.Quick {
			p.shape = shape{60, 8}
		}
		cells = append(cells, experiments.Cell{Part: partPrimitives, Seed: s.Seed, Point: p, Settings: settings})
	}
	for _, d := range sets {
		set := []*data.Dataset{d}
		cells = append(cells, experiments.Cell{Part: partDecode, Data: set, Seed: s.Seed, Settings: settings})
		for _, seed := range s.Starts() {
			cells = append(cells, experiments.Cell{Part: partFigure, Data: set, Seed: seed, Settings: settings})
		}
	}
	return cells, nil
}

type benchSettings struct {
	Peer    string `json:"peer"`              // none, or its versions
	Without string `json:"without,omitempty"` // why there is none
	Machine string `json:"machine"`
	Kernel  string `json:"kernel"`
	Threads string `json:"threads"`
	Pairs   int    `json:"pairs"`
}

// A shape is that of data, n samples × p units.
type shape struct{ n, p int }

func (s shape) String() string { return fmt.Sprintf("%dx%d", s.n, s.p) }

// MarshalText implements encoding.TextMarshaler.
func (s shape) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// parseShapes reads the sizes that a flag lists.
func parseShapes(flag, list string) (sizes []shape, err error) {
	for _, word := range strings.Split(list, ",") {
		size, err := parseShape(strings.TrimSpace(word))
		if err != nil {
			return nil, experiments.Usagef("-%s %q: %w", flag, list, err)
		}
		if slices.Contains(sizes, size) {
			return nil, experiments.Usagef("-%s: %s is in the list twice", flag, size)
		}
		sizes = append(sizes, size)
	}
	return sizes, nil
}

func parseShape(text string) (s shape, err error) {
	n, p, ok := strings.Cut(text, "x")
	var errN, errP error
	s.n, errN = strconv.Atoi(n)
	s.p, errP = strconv.Atoi(p)
	if !ok || errN != nil || errP != nil || s.n < 2 || s.p < 1 {
		return s, fmt.Errorf("%q is no size; write samples × units as 1000x100", text)
	}
	return s, nil
}

// growthSizes vary n at 100 units, and units at 1000 samples.
func growthSizes(quick bool) (sizes []shape) {
	ns, ps := []int{200, 500, 1000, 3000, 10000}, []int{3, 10, 30, 300, 900}
	if quick {
		ns, ps = []int{200, 500, 1000}, []int{10, 300}
	}
	for _, n := range ns {
		sizes = append(sizes, shape{n, 100})
	}
	for _, p := range ps {
		sizes = append(sizes, shape{1000, p})
	}
	return sizes
}

// machine names the processor.
func machine() string {
	name := runtime.GOARCH
	if f, err := os.Open("/proc/cpuinfo"); err == nil {
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
				name = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("%s, %d cores", name, runtime.NumCPU())
}

// Run implements Study. If the peer ends unexpectedly, the cell is run again
// without one.
func (s *Study) Run(ctx context.Context, c experiments.Cell) (*experiments.Record, error) {
	r, err := s.run(ctx, c)
	var ended *peerEnded
	if !errors.As(err, &ended) || ctx.Err() != nil {
		return r, err
	}
	alone := *s
	alone.Python = ""
	if r, err = alone.run(ctx, c); err == nil {
		r.Warn("%s: %v. Ours alone.", c, ended)
	}
	return r, err
}

func (s *Study) run(ctx context.Context, c experiments.Cell) (r *experiments.Record, err error) {
	r = &experiments.Record{}
	switch first := s.threads[0]; c.Part {
	case partKernel:
		if b, err := os.ReadFile("/proc/loadavg"); err == nil {
			warnIfBusy(r, string(b))
		}
		warnIfTuned(r, os.Environ())
		for _, t := range s.threads {
			withThreads(t, func() { timeKernel(r, t) })
		}
	case partStep:
		for _, t := range s.threads {
			withThreads(t, func() { err = s.step(ctx, r, c, t) })
			if err != nil {
				return nil, err
			}
		}
	case partScore:
		withThreads(1, func() { err = s.score(ctx, r, c) })
	case partPrimitives:
		withThreads(first, func() { err = s.primitive(ctx, r, c, first) })
	case partGrowth:
		withThreads(first, func() { err = s.step(ctx, r, c, first) })
	case partSteps:
		withThreads(first, func() { err = s.ascent(ctx, r, c, first) })
	case partScaling:
		err = s.scaling(ctx, r, c)
	case partDecode:
		err = s.decode(ctx, r, c)
	case partFigure:
		err = s.figure(ctx, r, c)
	}
	if err != nil {
		return nil, err
	}
	return r, ctx.Err()
}

// addReadings keeps readings of something, on so many threads; "" where that is not asked.
func addReadings(r *experiments.Record, of, threads string, values ...float64) {
	for _, v := range values {
		r.Frame("readings", "of threads", "value").Add([]string{of, threads}, v)
	}
}

func readings(r *experiments.Record, of, threads string) []float64 {
	return r.Column("readings", "value", "of", of, "threads", threads)
}

// withThreads runs f on so many threads, ours and the scheduler's.
func withThreads(threads int, f func()) {
	processors, before := runtime.GOMAXPROCS(threads), graph.Threads(threads)
	defer func() {
		runtime.GOMAXPROCS(processors)
		graph.Threads(before)
	}()
	f()
}

// peer returns the peer with so many threads, started if need be; nil if there is
// no Python for it.
func (s *Study) peer(ctx context.Context, threads int) (*peer, error) {
	if s.Python == "" {
		return nil, nil
	}
	if p := s.peers[threads]; p != nil && p.ended == nil {
		return p, nil
	}
	p, err := startPeer(ctx, s.Python, threads)
	if err != nil {
		return nil, err
	}
	s.peers[threads] = p
	return p, nil
}

// warnIfBusy reads the system's load averages, the first of them that of the last
// minute.
func warnIfBusy(r *experiments.Record, averages string) {
	var load float64
	if _, err := fmt.Sscan(averages, &load); err == nil && load > 1 {
		r.Warn("The machine was busy when this began (load average %.1f): trust ratios, which are of turns, more than times, and neither where two threads or two cells are compared with one.", load)
	}
}

// warnIfTuned says which variables of the environment choose for the system's BLAS,
// where ours is that one: the peer's is without them.
func warnIfTuned(r *experiments.Record, env []string) {
	if kernel, _ := graph.BLAS(); !strings.HasPrefix(kernel, "system") {
		return
	}
	var tuned []string
	for _, s := range env {
		if name, _, _ := strings.Cut(s, "="); tunes(name) {
			tuned = append(tuned, name)
		}
	}
	if len(tuned) > 0 {
		r.Warn("The system's BLAS, which is ours here, follows %s, and PyTorch's is without: unset them.", strings.Join(tuned, ", "))
	}
}
