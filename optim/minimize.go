// Package optim moves the parameters of a compiled graph up or down its value
// and records the way. It knows programs, not measures.
package optim

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
	"gorgonia.org/gorgonia"

	"simgrad/graph"
)

// Settings bound and observe an optimisation.
//
// The value after s updates is v_s, s = 0, 1, …: Steps updates make Steps + 1
// values. Whether to stop is asked of v_s before update s + 1.
type Settings struct {
	// Steps is the largest number of updates; 0 means 1000.
	Steps int
	// Stop, if set, ends the optimisation at the first value that it accepts.
	Stop func(value float64) bool
	// Recorder, if set, is shown every point in order.
	Recorder Recorder

	// Renew is after how many updates, again and again, primitives begin without state of
	// their own, as at step 0; 0 is never. There Keep, if set, is shown the state with which
	// as From an optimisation of the same program by the same solver goes on, to the same
	// bytes. The state of solvers other than Adam and gradient descent is not known, and
	// not shown.
	Renew int
	Keep  func(State) error
	From  *State
}

// A Recorder is shown the points of an optimisation.
type Recorder interface {
	Record(Point) error
}

// A RecorderFunc is a function as a Recorder.
type RecorderFunc func(Point) error

// Record implements Recorder.
func (f RecorderFunc) Record(p Point) error { return f(p) }

// A Point is where an optimisation stands after Step updates.
type Point struct {
	Step    int
	Value   float64
	Last    bool // no update follows
	Program *graph.Program
}

// Status says why an optimisation ended.
type Status int

const (
	StepLimit Status = iota + 1 // all updates were made
	Stopped                     // Settings.Stop accepted the value
)

func (s Status) String() string {
	switch s {
	case Stopped:
		return "reached the score to stop at"
	case StepLimit:
		return "made all steps"
	}
	return "did not end"
}

// ReachOrExceed returns a Stop for maximisation: v ≥ target.
func ReachOrExceed(target float64) func(float64) bool {
	return func(v float64) bool { return v >= target }
}

// ReachOrFall returns a Stop for minimisation: v ≤ target.
func ReachOrFall(target float64) func(float64) bool {
	return func(v float64) bool { return v <= target }
}

// Minimize moves p's parameters down its value with s until set ends it. It
// returns early with ctx's error, or with an error that names step and node when
// the value or a gradient is not finite. Errors of the recorder pass through.
func Minimize(ctx context.Context, p *graph.Program, s Solver, set Settings) (Status, error) {
	return optimize(ctx, p, s, set, false)
}

// Maximize moves p's parameters up its value, otherwise as Minimize.
func Maximize(ctx context.Context, p *graph.Program, s Solver, set Settings) (Status, error) {
	return optimize(ctx, p, s, set, true)
}

func optimize(ctx context.Context, p *graph.Program, s Solver, set Settings, up bool) (Status, error) {
	steps := set.Steps
	switch {
	case steps == 0:
		steps = 1000
	case steps < 0:
		return 0, fmt.Errorf("optim: %d steps; at least one is needed, and 0 stands for 1000", steps)
	}
	first := 0
	if set.From != nil {
		if err := set.From.restore(p, s); err != nil {
			return 0, err
		}
		first = set.From.Step
	}
	for step := first; ; step++ {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if set.Renew > 0 && step > 0 && step%set.Renew == 0 {
			p.Renew()
			if st, known := stateOf(step, p, s); known && set.Keep != nil && step > first {
				if err := set.Keep(st); err != nil {
					return 0, err
				}
			}
		}
		value, err := p.Eval()
		if err != nil {
			return 0, fmt.Errorf("optim: step %d: %w", step, err)
		}
		if math.IsNaN(value) || math.IsInf(value, 0) {
			return 0, fmt.Errorf("optim: step %d: the value is %v: %s is not finite", step, value, p.NonFinite())
		}
		status := Status(0)
		switch {
		case set.Stop != nil && set.Stop(value):
			status = Stopped
		case step == steps:
			status = StepLimit
		}
		if set.Recorder != nil {
			if err := set.Recorder.Record(Point{step, value, status != 0, p}); err != nil {
				return 0, err
			}
		}
		if status != 0 {
			return status, nil
		}
		model, err := p.Gradients()
		if err != nil {
			return 0, fmt.Errorf("optim: step %d: %w", step, err)
		}
		for i, param := range model {
			_, g, err := memory(param)
			if err != nil {
				return 0, fmt.Errorf("optim: step %d: %w", step, err)
			}
			// The sum of sizes is finite unless an element is not.
			if sum := blas64.Asum(blas64.Vector{N: len(g), Inc: 1, Data: g}); math.IsNaN(sum) || math.IsInf(sum, 0) {
				return 0, fmt.Errorf("optim: step %d: the gradient by parameter %d is not finite: %s", step, i, p.NonFinite())
			}
		}
		if err := move(s, model, up); err != nil {
			return 0, fmt.Errorf("optim: step %d: %w", step, err)
		}
	}
}

// move lets s take a step down the gradients, or up them.
func move(s Solver, model []gorgonia.ValueGrad, up bool) error {
	if a, ok := s.(*adam); ok {
		return a.step(model, up)
	}
	if up {
		for _, p := range model {
			_, g, err := memory(p)
			if err != nil {
				return err
			}
			for k, v := range g {
				g[k] = -v
			}
		}
	}
	return s.Step(model)
}
