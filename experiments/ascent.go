package experiments

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math"
	"strconv"

	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/graph"
	"simgrad/measures"
	"simgrad/optim"
)

// An Ascent drives noise toward a dataset by one measure: up a similarity, down
// a distance.
type Ascent struct {
	Rate  float64 // of Adam
	Steps int     // most updates
	Stop  string  // score to stop at; "" is the measure's own, see stopAt
}

// Flags declares the ascent's flags; present values are the defaults.
func (a *Ascent) Flags(fs *flag.FlagSet) {
	fs.Float64Var(&a.Rate, "rate", a.Rate, "Adam's learning `rate`")
	fs.IntVar(&a.Steps, "steps", a.Steps, "most updates; S updates give S + 1 scores")
	fs.StringVar(&a.Stop, "stop", a.Stop, "`score` to stop at (default 0.99 where scores end at 1, else never); beyond a measure's range: never")
}

// check says what is wrong with the settings.
func (a *Ascent) check() error {
	switch {
	case !(a.Rate > 0) || math.IsInf(a.Rate, 0):
		return usageError("-rate %g: it must be greater than 0", a.Rate)
	case a.Steps < 1:
		return usageError("-steps %d: at least one is needed", a.Steps)
	}
	if a.Stop != "" {
		if v, err := strconv.ParseFloat(a.Stop, 64); err != nil || math.IsNaN(v) {
			return usageError("-stop %q: it must be a score", a.Stop)
		}
	}
	return nil
}

// settings are what decides an ascent besides data, measure and seed.
func (a *Ascent) settings() ascentSettings {
	return ascentSettings{a.Rate, a.Steps, cmp.Or(a.Stop, "default")}
}

type ascentSettings struct {
	Rate  float64 `json:"rate"`
	Steps int     `json:"steps"`
	Stop  string  `json:"stop"`
}

// stopAt returns when to stop by m, nil for never.
func (a *Ascent) stopAt(m measures.Measure) func(float64) bool {
	if a.Stop == "" {
		if m.Kind == measures.Similarity && m.Range[1] == 1 {
			return optim.ReachOrExceed(0.99)
		}
		return nil
	}
	target, _ := strconv.ParseFloat(a.Stop, 64) // checked
	if target < m.Range[0] || target > m.Range[1] {
		return nil
	}
	if m.Kind == measures.Distance {
		return optim.ReachOrFall(target)
	}
	return optim.ReachOrExceed(target)
}

// run drives y0 toward x by m and shows every point to the recorder. The
// parameter of the program is called y.
func (a *Ascent) run(ctx context.Context, m measures.Measure, x, y0 *tensor.Dense, recorder optim.Recorder) (optim.Status, error) {
	return a.runWith(ctx, nil, m, x, y0, recorder)
}

// runWith is run with a solver in place of Adam, if it is given.
func (a *Ascent) runWith(ctx context.Context, solver optim.Solver, m measures.Measure, x, y0 *tensor.Dense, recorder optim.Recorder) (optim.Status, error) {
	p, err := ascentOf(m, x, y0)
	if err != nil {
		return 0, err
	}
	set := optim.Settings{Steps: a.Steps, Stop: a.stopAt(m), Recorder: watched{ctx, recorder}}
	optimize := optim.Maximize
	if m.Kind == measures.Distance {
		optimize = optim.Minimize
	}
	if solver == nil {
		solver = optim.Adam(a.Rate)
	}
	return optimize(ctx, p, solver, set)
}

// ascentOf compiles the score by m of x and y, a parameter that starts at y0.
func ascentOf(m measures.Measure, x, y0 *tensor.Dense) (*graph.Program, error) {
	x = m.Reduced(x)
	p, err := graph.Compile(func(b *graph.Builder) *graph.Node {
		return m.Score(b.Const("x", x), b.Param("y", y0))
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	return p, nil
}

// watched tells the monitor of every point on its way to the recorder.
type watched struct {
	ctx context.Context
	optim.Recorder
}

func (w watched) Record(p optim.Point) error {
	reportStep(w.ctx, p.Step, p.Value)
	return w.Recorder.Record(p)
}

// noise is the start of an ascent: standard normal, of d's shape, decided by seed
// and shape alone.
func noise(seed uint64, d *data.Dataset) *tensor.Dense {
	return data.Gaussian(seed, d.NumSamples(), d.Units())
}

// atBest is whether none can score better by m.
func atBest(m measures.Measure, score float64) bool {
	best := m.Range[1]
	if m.Kind == measures.Distance {
		best = m.Range[0]
	}
	return math.Abs(score-best) < 1e-9
}

// refuseUseless says so where m has no gradient, or no score on d, and where nearly any y scores
// the best there is with x, as linear regression does where y has n−1 units: an
// ascent would show nothing.
func refuseUseless(m measures.Measure, d *data.Dataset, seed uint64) error {
	err := m.Differentiable()
	if err != nil {
		return err
	}
	s, err := m.Eval(d.Samples(), noise(seed, d))
	if err != nil {
		return fmt.Errorf("%s: %w", d.Name, err)
	}
	n, q := d.NumSamples(), d.Units()
	if q < n-1 {
		return nil
	}
	if atBest(m, s) {
		return fmt.Errorf("%s on %s says nothing: noise of %d units on %d samples scores %.3g already, for any %d units fit any data; leave it out, or give more samples",
			m.Name, d.Name, q, n, s, n-1)
	}
	return nil
}
