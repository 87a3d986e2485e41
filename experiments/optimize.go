package experiments

import (
	"context"
	"flag"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
	"simgrad/optim"
)

// Optimize drives one dataset toward another by one measure and keeps the way.
type Optimize struct {
	Ascent
	Measure, Init string
	By            string // what aligns Init with the reference
	Seed          uint64
	Quick         bool

	x, y0    *data.Dataset
	warnings []string
	m        measures.Measure
	name     string
}

// NewOptimize returns the study with the paper's settings.
func NewOptimize() *Optimize {
	return &Optimize{Ascent: Ascent{Rate: 0.1, Steps: 1000}, Measure: "cka"}
}

// Name implements Study.
func (*Optimize) Name() string { return "optimize" }

// Usage implements Study.
func (*Optimize) Usage() string {
	return `optimize drives one dataset, noise by default, toward another by a measure; it
writes the snapshots as snapshots.npz, whose last is the array activity.

  go run ./experiments/optimize -measure procrustes-angular-score recording.npz

It takes seconds for small data, minutes for thousands of samples × hundreds of
units.`
}

// Flags implements Study.
func (s *Optimize) Flags(fs *flag.FlagSet) {
	s.Ascent.Flags(fs)
	fs.StringVar(&s.Measure, "measure", s.Measure, "`measure` to go up (a similarity) or down (a distance)")
	fs.StringVar(&s.Init, "init", s.Init, "`file` or dataset to start from (default: standard normal values of the reference's shape)")
	fs.StringVar(&s.By, "by", s.By, byUsage)
	fs.Uint64Var(&s.Seed, "seed", s.Seed, "seed of the start")
	fs.BoolVar(&s.Quick, "quick", false, "at most 100 updates, for a first look")
}

// Arguments takes the reference's name.
func (s *Optimize) Arguments(files []string) error {
	if len(files) != 1 {
		return usageError("one dataset or file to drive toward is needed, and %d are given", len(files))
	}
	s.name = files[0]
	return nil
}

// Plan implements Study.
func (s *Optimize) Plan(context.Context) (cells []Cell, err error) {
	if err := s.Ascent.check(); err != nil {
		return nil, err
	}
	if s.By != "" && s.Init == "" {
		return nil, usageError("-by %s aligns what -init names, and that is not given", s.By)
	}
	if s.Quick {
		s.Steps = min(s.Steps, 100)
	}
	if s.m, err = measures.ByName(s.Measure); err != nil {
		return nil, usage(err)
	}
	if s.x, err = data.Load(s.name); err != nil {
		return nil, err
	}
	s.warnings = notesOf(s.x)
	settings := optimizeSettings{s.Ascent.settings(), s.m.Name, "noise, seed " + strconv.FormatUint(s.Seed, 10)}
	if s.Init != "" {
		if s.y0, err = data.Load(s.Init); err != nil {
			return nil, err
		}
		pair, err := data.Align([]*data.Dataset{s.x, s.y0}, s.By)
		if err != nil {
			return nil, err
		}
		s.x, s.y0, s.warnings = pair[0].Dataset, pair[1].Dataset, pairNotes(pair[0], pair[1])
		settings.Init = s.y0.Name + " " + s.y0.Hash()
		if s.By != "" {
			settings.Init += ", by " + s.By
		}
		if err := s.m.Differentiable(); err != nil {
			return nil, err
		}
	} else if err := refuseUseless(s.m, s.x, s.Seed); err != nil {
		return nil, err
	}
	return []Cell{{Part: partAscent, Data: []*data.Dataset{s.x}, Measures: []measures.Measure{s.m}, Seed: s.Seed, Settings: settings}}, nil
}

type optimizeSettings struct {
	ascentSettings
	Measure string `json:"measure"`
	Init    string `json:"init"`
}

// Run implements Study.
func (s *Optimize) Run(ctx context.Context, c Cell) (*Record, error) {
	y0 := noise(s.Seed, s.x)
	if s.y0 != nil {
		y0 = s.y0.Samples()
	}
	trace := &optim.Trace{Params: []string{"y"}, Keep: optim.Grid(0.02)}
	status, err := s.Ascent.run(ctx, s.m, s.x.Samples(), y0, trace)
	if err != nil {
		return nil, err
	}
	r := &Record{Status: status.String(), Warnings: append(slices.Clone(s.warnings), s.doubts(trace.Values, y0)...), Dataset: Describe(s.x)}
	var all []float64
	scores, kept := r.Frame("trace", "", "step score"), r.Frame("snapshots", "", "step score")
	for step, v := range trace.Values {
		scores.Add(nil, float64(step), v)
	}
	for i, step := range trace.Kept {
		kept.Add(nil, float64(step), trace.Values[step])
		all = append(all, trace.Snapshots["y"][i].Float64s()...)
	}
	shape := append(slices.Clone(s.x.Shape[:len(s.x.Shape)-1]), y0.Shape()[1])
	size := tensor.Shape(shape).TotalSize()
	r.Arrays = []data.Array{
		{Name: "activity", Shape: shape, Values: all[len(all)-size:]},
		{Name: "snapshots", Shape: append([]int{len(trace.Kept)}, shape...), Values: all},
		{Name: "step", Shape: []int{len(trace.Kept)}, Values: kept.Column("step"), Integral: true},
		{Name: "score", Shape: []int{len(trace.Kept)}, Values: kept.Column("score")},
	}
	for _, v := range s.x.Variables {
		if v.Name != "activity" && v.Name != "snapshots" && v.Name != "step" && v.Name != "score" {
			r.Arrays = append(r.Arrays, variableArray(v))
		}
	}
	return r, nil
}

// doubts are what the course of the scores, from the start y0, has to be read with.
func (s *Optimize) doubts(scores []float64, y0 *tensor.Dense) (lines []string) {
	begun, ended := scores[0], scores[len(scores)-1]
	if s.m.Kind == measures.Distance {
		begun, ended = -begun, -ended
	}
	sd := deviation(y0) / math.Sqrt(float64(y0.Shape().TotalSize()))
	switch {
	case len(scores) == 1 && s.y0 == nil:
		lines = append(lines, fmt.Sprintf("Noise of this shape scores %.3g already, where the ascent was to stop: what it ends with is noise. A further -stop asks for more.", scores[0]))
	case ended < begun:
		lines = append(lines, fmt.Sprintf("The score ended worse than it began: a first step moves every value by the rate, %g, and the start varies by %.2g. With -rate %.1g steps are small beside it.", s.Rate, sd, sd/10))
	}
	return lines
}

// variableArray is a task variable as it was: integers that Values can hold, or else text.
func variableArray(v data.Variable) data.Array {
	a := data.Array{Name: v.Name, Shape: []int{len(v.Class)}, Integral: true}
	for _, class := range v.Class {
		a.Text = append(a.Text, v.Values[class])
		if x, err := strconv.ParseInt(v.Values[class], 10, 64); err == nil && int64(float64(x)) == x {
			a.Values = append(a.Values, float64(x))
		}
	}
	if len(a.Values) == len(a.Text) {
		a.Text = nil
	} else {
		a.Values, a.Integral = nil, false
	}
	return a
}

// Report implements Study.
func (s *Optimize) Report(records []*Record) (*Report, error) {
	r := records[0]
	m := r.Cell.Measures[0]
	trace, kept := Stack(records, "trace"), Stack(records, "snapshots")
	scores := trace.Column("score")
	title := r.Dataset.title()
	return &Report{
		Title: "Driving a dataset toward " + title,
		Finding: []string{fmt.Sprintf("%s with %s went from %.4f to %.4f in %d steps: %s.",
			m.Label, title, scores[0], last(scores), len(scores)-1, r.Status)},
		Figures: []*Figure{{
			Name: "trace", Columns: 1, Width: 320, Height: 200, Title: title,
			Caption: fmt.Sprintf("%s with %s against step of Adam. Circles: the snapshots kept.", m.Label, title),
			Panels: []Panel{{X: "step", Y: m.Label, Lines: []Line{
				{Mark{"score", 0, Solid}, trace.Column("step"), scores},
				{Mark{"snapshot", 0, Points}, kept.Column("step"), kept.Column("score")},
			}}},
		}},
		CSV:         []CSV{trace.CSV("step score")},
		Arrays:      map[string][]data.Array{"snapshots": r.Arrays},
		Datasets:    []*Description{r.Dataset},
		Conventions: []string{measureConvention(m), "x is the dataset named (the reference), y is what moves. Score s is that after s updates. In snapshots.npz, activity is the last snapshot."},
	}, nil
}
