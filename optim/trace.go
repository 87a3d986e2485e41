package optim

import (
	"math"

	"gorgonia.org/tensor"
)

// A Trace records the value at every step, further watched scalars, and copies
// of parameters at the steps it keeps.
type Trace struct {
	Watched []string // scalars to record besides the value
	Params  []string // parameters to copy
	Keep    func(Point) bool

	Values    []float64            // value at each step
	Scalars   map[string][]float64 // watched scalar → its value at each step
	Kept      []int                // steps at which parameters were copied
	Snapshots map[string][]*tensor.Dense
}

// Record implements Recorder.
func (t *Trace) Record(p Point) error {
	t.Values = append(t.Values, p.Value)
	for _, name := range t.Watched {
		if t.Scalars == nil {
			t.Scalars = map[string][]float64{}
		}
		t.Scalars[name] = append(t.Scalars[name], p.Program.Scalar(name))
	}
	if t.Keep == nil || !t.Keep(p) {
		return nil
	}
	t.Kept = append(t.Kept, p.Step)
	for _, name := range t.Params {
		if t.Snapshots == nil {
			t.Snapshots = map[string][]*tensor.Dense{}
		}
		t.Snapshots[name] = append(t.Snapshots[name], p.Program.Param(name).Clone().(*tensor.Dense))
	}
	return nil
}

// Grid keeps step 0, the last step, and every step at which the value crosses a
// line of a grid of that spacing that it had not crossed before.
func Grid(spacing float64) func(Point) bool { return (&Lines{Spacing: spacing}).Keep }

// Lines are those of a Grid, as a value: which of them have been crossed can be kept.
type Lines struct {
	Spacing   float64
	Low, High float64 // the cells of the grid visited so far
}

// Keep is what Grid returns.
func (l *Lines) Keep(p Point) bool {
	cell := math.Floor(p.Value / l.Spacing)
	if p.Step == 0 {
		l.Low, l.High = cell, cell
		return true
	}
	crossed := cell < l.Low || cell > l.High
	l.Low, l.High = math.Min(l.Low, cell), math.Max(l.High, cell)
	return crossed || p.Last
}
