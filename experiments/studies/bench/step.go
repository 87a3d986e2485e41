package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/graph"
	"simgrad/measures"
	"simgrad/optim"

	"gorgonia.org/tensor"
)

// A stepper is an ascent that can be taken step by step and back to its start.
type stepper struct {
	measure measures.Measure
	x, y0   *tensor.Dense
	program *graph.Program
	solver  optim.Solver
}

// newStepper compiles the ascent of y by m toward x.
func newStepper(m measures.Measure, x, y *tensor.Dense) (*stepper, error) {
	p, err := experiments.Program(m, x, y)
	if err != nil {
		return nil, err
	}
	rate := 0.1
	if m.Kind == measures.Similarity {
		rate = -rate // solvers go down
	}
	return &stepper{m, x, y, p, optim.Adam(rate)}, nil
}

// stepperOf returns the ascent of a cell: both data are normal, decided by seed
// and size.
func stepperOf(c experiments.Cell) (*stepper, error) {
	s := c.Point.(shape)
	return newStepper(c.Measures[0], data.Gaussian(c.Seed+1000, s.n, s.p), data.Gaussian(c.Seed, s.n, s.p))
}

func (s *stepper) step() (score float64, err error) {
	if score, err = s.program.Eval(); err != nil {
		return 0, err
	}
	model, err := s.program.Gradients()
	if err != nil {
		return 0, err
	}
	return score, s.solver.Step(model)
}

// turn makes so many steps from the start.
func (s *stepper) turn(steps int) turn {
	walk := timed(func() error {
		for range steps {
			if _, err := s.step(); err != nil {
				return err
			}
		}
		return nil
	})
	return func() (float64, error) {
		copy(s.program.Param("y").Float64s(), s.y0.Float64s())
		return walk()
	}
}

// first returns the scores of four steps: the second shows the first gradient,
// the others Adam's way.
func (s *stepper) first() (scores []float64, err error) {
	for range 4 {
		v, err := s.step()
		if err != nil {
			return nil, err
		}
		scores = append(scores, v)
	}
	return scores, nil
}

// agreement is how far the peer's scores may be from ours.
const agreement = 1e-8

// step times a step of a cell's measure: ours, the peer's in its fastest form,
// and for CKA the kernel's product, in turns. Times are milliseconds a step.
func (s *Study) step(ctx context.Context, r *experiments.Record, c experiments.Cell, threads int) error {
	on := strconv.Itoa(threads)
	debug.FreeOSMemory()
	clearPeak()
	held := memory("VmRSS")
	st, err := stepperOf(c)
	if err != nil {
		return err
	}
	scores, err := st.first()
	if err != nil {
		return err
	}
	addReadings(r, "our memory", on, memory("VmHWM")-held)
	long := 20 * time.Millisecond
	if c.Part == partGrowth {
		long /= 4
	}
	var turns []turn
	var read []string
	var unit []func(seconds float64) float64
	take := func(what string, of func(steps int) turn) (steps int) {
		steps = stepsATurn(of, long)
		turns, read = append(turns, of(steps)), append(read, what)
		unit = append(unit, func(seconds float64) float64 { return 1e3 * seconds / float64(steps) })
		return steps
	}
	steps := take("simgrad", st.turn)
	addReadings(r, "bytes", on, allocated(turns[0])/float64(steps))
	p, err := s.peer(ctx, threads)
	if err != nil {
		return err
	}
	if p != nil {
		form, err := p.fastest(r, st, scores, on)
		if err != nil {
			return err
		}
		if form != nil {
			mb, err := p.peak()
			if err != nil {
				return err
			}
			addReadings(r, "their memory", on, mb)
			theirs := func(single bool) func(steps int) turn {
				return func(steps int) turn {
					return func() (float64, error) { return p.steps(steps, true, single) }
				}
			}
			take("peer", theirs(false))
			if form.Single = true; c.Part == partStep {
				if _, err := p.begin(*form, st); err == nil {
					take("single", theirs(true))
				} else if !errors.As(err, new(errNotApplicable)) {
					return err
				}
			}
		}
	}
	if c.Part == partStep && c.Measures[0].Name == "cka" {
		turns, read = append(turns, square(kernelSize)), append(read, "kernel")
		unit = append(unit, func(seconds float64) float64 { return gigaflops(kernelSize, seconds) })
	}
	return alternate(ctx, s.Pairs, enough, turns, func(i int, seconds float64) { addReadings(r, read[i], on, unit[i](seconds)) })
}

// enough is how long turns go on, should they take that long.
const enough = 2 * time.Second

// fastest tries every form of the stepper's measure that applies, and leaves the
// peer with the fastest; nil if there is none. A form must score as we do.
func (p *peer) fastest(r *experiments.Record, s *stepper, scores []float64, threads string) (best *peerForm, err error) {
	n, units := s.x.Shape()[0], s.x.Shape()[1]
	least := math.Inf(1)
	for _, f := range peerForms(s.measure.Name, n, units) {
		peers, err := p.begin(f, s)
		at := fmt.Sprintf("%s at %s in PyTorch, form %s", s.measure.Label, shape{n, units}.by(), f.Form)
		switch {
		case errors.As(err, new(errNotApplicable)):
			r.Warn("%s, is left out: %s.", at, strings.TrimRight(err.Error(), "."))
			continue
		case err != nil:
			return nil, err
		case !(math.Abs(peers[0]-scores[0]) <= agreement):
			r.Warn("%s, scores %.10g where we score %.10g: not compared.", at, peers[0], scores[0])
			continue
		}
		if i := slices.IndexFunc(peers, math.IsNaN); i > 0 {
			r.Warn("%s: the score agrees, and is NaN after %d steps.", at, i)
		} else if i := differ(peers, scores); i >= 0 {
			r.Warn("%s: the score agrees, and after %d steps is %.10g where ours is %.10g.", at, i, peers[i], scores[i])
		}
		trial := math.Inf(1)
		for range 2 {
			seconds, err := p.steps(1, true, false)
			if err != nil {
				return nil, err
			}
			trial = math.Min(trial, seconds)
		}
		r.Frame("forms", "form threads", "ms").Add([]string{f.Form, threads}, 1e3*trial)
		if trial < least {
			least, best = trial, &f
		}
	}
	if best != nil {
		_, err = p.begin(*best, s)
	}
	return best, err
}

// differ returns where a and b first differ by more than agreement, −1 if they
// do not.
func differ(a, b []float64) int {
	for i, v := range a {
		if !(math.Abs(v-b[i]) <= agreement) {
			return i
		}
	}
	return -1
}

// marks are the steps of an ascent at which its time is noted.
var marks = []int{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}

// ascent times a whole ascent: ours from compilation on, the peer's from its
// first step on. Times are seconds.
func (s *Study) ascent(ctx context.Context, r *experiments.Record, c experiments.Cell, threads int) error {
	last := marks[len(marks)-1]
	if s.Quick {
		last = 100
	}
	fresh, err := stepperOf(c) // whose data are used again
	if err != nil {
		return err
	}
	begun := time.Now()
	st, err := newStepper(fresh.measure, fresh.x, fresh.y0)
	if err != nil {
		return err
	}
	way := r.Frame("ascent", "", "step simgrad peer")
	set := optim.Settings{Steps: last, Recorder: optim.RecorderFunc(func(p optim.Point) error {
		if slices.Contains(marks, p.Step) {
			way.Add(nil, float64(p.Step), time.Since(begun).Seconds(), math.NaN())
		}
		return nil
	})}
	if _, err := optim.Minimize(ctx, st.program, st.solver, set); err != nil {
		return err
	}
	p, err := s.peer(ctx, threads)
	if p == nil || err != nil {
		return err
	}
	scores, err := fresh.first()
	if err != nil {
		return err
	}
	form, err := p.fastest(r, fresh, scores, "")
	if form == nil || err != nil {
		return err
	}
	sum, done := 0.0, 0
	for _, row := range way.Rows {
		step := int(row.Number("step"))
		seconds, err := p.steps(step-done, done == 0, false)
		if err != nil {
			return err
		}
		sum, done = sum+seconds, step
		row.Numbers[2] = sum
	}
	return nil
}

// scaling times a cell alone on one thread, alone on two, and two cells side by
// side on one each. Times are milliseconds a step of a cell.
func (s *Study) scaling(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	var cells [2]*stepper
	for i := range cells {
		st, err := stepperOf(c)
		if err != nil {
			return err
		}
		if _, err := st.first(); err != nil {
			return err
		}
		cells[i] = st
	}
	steps := 0
	withThreads(1, func() { steps = max(3, stepsATurn(cells[0].turn, 50*time.Millisecond)) })
	work := cells[0].turn(steps)
	both := timed(func() error {
		var wg sync.WaitGroup
		var errs [2]error
		for i, st := range cells {
			wg.Go(func() { _, errs[i] = st.turn(steps)() })
		}
		wg.Wait()
		return errors.Join(errs[:]...)
	})
	on := func(threads int, f turn) turn {
		return func() (seconds float64, err error) {
			withThreads(2, func() {
				graph.Threads(threads)
				seconds, err = f()
			})
			return seconds, err
		}
	}
	read := []string{"one", "two threads", "side by side"}
	return alternate(ctx, s.Pairs, enough, []turn{on(1, work), on(2, work), on(1, both)},
		func(i int, seconds float64) { addReadings(r, read[i], "", 1e3*seconds/float64(steps)) })
}
