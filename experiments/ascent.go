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
	// Solver is in place of Adam; nil is Adam.
	Solver optim.Solver
}

// Flags declares the ascent's flags; present values are the defaults.
func (a *Ascent) Flags(fs *flag.FlagSet) {
	fs.Float64Var(&a.Rate, "rate", a.Rate, "Adam's learning `rate`")
	fs.IntVar(&a.Steps, "steps", a.Steps, "most updates; S updates give S + 1 scores")
	fs.StringVar(&a.Stop, "stop", a.Stop, "`score` to stop at (default 0.99 where scores end at 1, else never); beyond a measure's range: never")
}

// Check says what is wrong with the settings.
func (a *Ascent) Check() error {
	switch {
	case !(a.Rate > 0) || math.IsInf(a.Rate, 0):
		return Usagef("-rate %g: it must be greater than 0", a.Rate)
	case a.Steps < 1:
		return Usagef("-steps %d: at least one is needed", a.Steps)
	}
	if a.Stop != "" {
		if v, err := strconv.ParseFloat(a.Stop, 64); err != nil || math.IsNaN(v) {
			return Usagef("-stop %q: it must be a score", a.Stop)
		}
	}
	return nil
}

// Settings are what decides an ascent besides data, measure and seed, for a cell's.
func (a *Ascent) Settings() AscentSettings {
	return AscentSettings{a.Rate, a.Steps, cmp.Or(a.Stop, "default")}
}

// AscentSettings are those of an Ascent, as records have them.
type AscentSettings struct {
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

// Drive drives y0 toward x by m, up a similarity or down a distance, and shows each
// every point. The moving data are the program's parameter y. state is as Optimize has it.
func (a *Ascent) Drive(ctx context.Context, m measures.Measure, x, y0 *tensor.Dense, each func(optim.Point) error, state ...any) (optim.Status, error) {
	p, err := Program(m, x, y0)
	if err != nil {
		return 0, err
	}
	l := Leg{Up: m.Kind == measures.Similarity, Solver: a.Solver, Steps: a.Steps, Stop: a.stopAt(m)}
	if l.Solver == nil {
		l.Solver = optim.Adam(a.Rate)
	}
	return l.Optimize(ctx, p, func(p optim.Point) error {
		Progress(ctx, p.Step, p.Value)
		return each(p)
	}, state...)
}

// A Leg is one optimisation of a cell, which may have several after one another.
type Leg struct {
	Number int // of the cell's, from 0
	Of     int // how many the cell has, of as many steps; 0 is one
	Up     bool
	Solver optim.Solver // new
	Steps  int
	Stop   func(value float64) bool
}

// Optimize moves p's parameters, and shows each every point.
//
// state are pointers to all that each changes, and what else the cell has by then. They
// are kept on disk with the optimisation's own state now and then, and where a run has been
// killed, the next sets them to what they were and goes on from there: to the same bytes,
// and of a leg before that it says optim.StepLimit at once. A pointer that is an io.WriterTo
// and an io.ReaderFrom is kept by that, any other by encoding/gob. Without state nothing is.
func (l Leg) Optimize(ctx context.Context, p *graph.Program, each func(optim.Point) error, state ...any) (optim.Status, error) {
	if t, ok := ctx.Value(trialKey{}).(*trial); ok {
		t.steps = l.Steps * max(1, l.Of)
	}
	set := optim.Settings{Steps: l.Steps, Stop: l.Stop, Recorder: optim.RecorderFunc(each), Renew: renewal(p)}
	if c, ok := ctx.Value(checkpointKey{}).(*checkpoint); ok && len(state) > 0 {
		from, over, err := c.begin(l.Number, state)
		if err != nil || over {
			return optim.StepLimit, err
		}
		set.From, set.Keep = from, func(s optim.State) error { return c.keep(ctx, l.Number, s, state) }
	}
	if l.Up {
		return optim.Maximize(ctx, p, l.Solver, set)
	}
	return optim.Minimize(ctx, p, l.Solver, set)
}

// renewalWork is what products of the moving data cost, in multiplications, between steps
// at which an optimisation can be gone on with: seconds, and 100 steps at 2000 × 500. The
// steps follow from shapes alone, for primitives begin anew at them in every run.
var renewalWork = 5e10

// renewal is after how many steps that is, at least 10.
func renewal(p *graph.Program) int {
	step := 0.0
	for _, x := range p.Params() {
		n, q := float64(x.Shape()[0]), float64(x.Shape()[1])
		step += n * q * min(n, q)
	}
	return int(max(10, renewalWork/step))
}

// Program compiles the score by m of x and y, a parameter that starts at y0.
func Program(m measures.Measure, x, y0 *tensor.Dense) (*graph.Program, error) {
	x = m.Reduced(x)
	p, err := graph.Compile(func(b *graph.Builder) *graph.Node {
		return m.Score(b.Shared("x", x), b.Param("y", y0))
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	return p, nil
}

// Noise is the start of an ascent: standard normal, of d's samples × units, decided by
// seed and shape alone.
func Noise(seed uint64, d *data.Dataset) *tensor.Dense {
	return data.Gaussian(seed, d.NumSamples(), d.Units())
}

// CheckAscent says so where m has no gradient, or no score on d, and where nearly any y
// scores the best there is with x, as linear regression does where y has n−1 units: an
// ascent would show nothing.
func CheckAscent(m measures.Measure, d *data.Dataset, seed uint64) error {
	err := m.Differentiable()
	if err != nil {
		return err
	}
	if err := Affordable(m, d.NumSamples(), true); err != nil {
		return fmt.Errorf("%s: %w", d.Name, err)
	}
	s, err := m.Eval(Reference(m, d), Noise(seed, d))
	if err != nil {
		return fmt.Errorf("%s: %w", d.Name, err)
	}
	n, q := d.NumSamples(), d.Units()
	if q < n-1 {
		return nil
	}
	if m.AtBest(s) {
		return fmt.Errorf("%s on %s says nothing: noise of %d units on %d samples scores %.3g already, for any %d units fit any data; leave it out, or give more samples",
			m.Name, d.Name, q, n, s, n-1)
	}
	return nil
}
