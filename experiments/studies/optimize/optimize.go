// Package optimize drives one dataset toward another by one measure.
package optimize

import (
	"cmp"
	"context"
	"embed"
	"flag"
	"fmt"
	"math"
	"slices"
	"strconv"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
	"simgrad/optim"

	"gorgonia.org/tensor"
)

//go:embed *.go
var source embed.FS

// A Study drives one dataset toward another by one measure and keeps the way.
type Study struct {
	experiments.Ascent
	Measure, Init string
	By            string // what aligns Init with the reference
	Snapshots     int    // most kept; 0 is as many as 2 GB hold
	Seed          uint64
	Quick         bool
	Reading       experiments.Reading

	x, y0    *data.Dataset
	warnings []string
	m        measures.Measure
	name     string
}

// New returns the study with the paper's settings.
func New() *Study {
	return &Study{Ascent: experiments.Ascent{Rate: 0.1, Steps: 1000}, Measure: "cka"}
}

// About implements Study.
func (s *Study) About() experiments.About {
	return experiments.About{
		Name: "optimize",
		Does: `drives one dataset, noise by default, toward another by a measure; it
writes the snapshots as snapshots.npz, whose last is the array activity.`,
		Examples: []string{"-measure procrustes-angular-score data/testdata/recording.npz"},
		Takes: `It takes seconds for small data, minutes for thousands of samples × hundreds of
units.`,
		Files:  s.files,
		Source: source,
	}
}

// Flags implements Study.
func (s *Study) Flags(fs *flag.FlagSet) {
	s.Ascent.Flags(fs)
	fs.StringVar(&s.Measure, "measure", s.Measure, "`measure` to go up (a similarity) or down (a distance)")
	fs.StringVar(&s.Init, "init", s.Init, "`file` or dataset to start from (default: standard normal values of the reference's shape)")
	fs.StringVar(&s.By, "by", s.By, experiments.ByUsage)
	s.Reading.Flags(fs)
	fs.Uint64Var(&s.Seed, "seed", s.Seed, "seed of the start")
	fs.IntVar(&s.Snapshots, "snapshots", s.Snapshots, "most snapshots kept: at every 0.02 of the score, or as far apart as that asks for (default as many as 2 GB hold)")
	fs.BoolVar(&s.Quick, "quick", false, "at most 100 updates, for a first look")
}

// files takes the reference's name.
func (s *Study) files(files []string) error {
	if len(files) != 1 {
		return experiments.Usagef("one dataset or file to drive toward is needed, and %d are given", len(files))
	}
	s.name = files[0]
	return nil
}

// Plan implements Study.
func (s *Study) Plan(ctx context.Context) (cells []experiments.Cell, err error) {
	if err := s.Ascent.Check(); err != nil {
		return nil, err
	}
	if s.By != "" && s.Init == "" {
		return nil, experiments.Usagef("-by %s aligns what -init names, and that is not given", s.By)
	}
	if s.Snapshots < 0 || s.Snapshots == 1 {
		return nil, experiments.Usagef("-snapshots %d: at least two are needed, the first and the last", s.Snapshots)
	}
	if s.Quick {
		s.Steps = min(s.Steps, 100)
	}
	if s.m, err = measures.ByName(s.Measure); err != nil {
		return nil, experiments.Usage(err)
	}
	names := []string{s.name}
	if s.Init != "" {
		names = append(names, s.Init)
	}
	sets, err := s.Reading.Sets(ctx, names...)
	if err != nil {
		return nil, err
	}
	s.x, s.warnings = sets[0], experiments.Notes(sets[0])
	s.m = experiments.On([]measures.Measure{s.m}, s.x)[0]
	settings := optimizeSettings{s.Ascent.Settings(), s.m.Name, "noise, seed " + strconv.FormatUint(s.Seed, 10), 0}
	if s.Init != "" {
		by := s.Reading.By(s.By)
		pair, err := data.Align(sets, by)
		if err != nil {
			return nil, err
		}
		s.x, s.y0, s.warnings = pair[0].Dataset, pair[1].Dataset, experiments.PairNotes(pair[0], pair[1])
		settings.Init = s.y0.Name + " " + s.y0.Hash()
		if by != "" {
			settings.Init += ", by " + by
		}
		if err := cmp.Or(s.m.Differentiable(), s.m.Lacks()); err != nil {
			return nil, err
		}
	} else if err := experiments.CheckAscent(s.m, s.x, s.Seed); err != nil {
		return nil, err
	}
	settings.Snapshots = s.Snapshots
	if settings.Snapshots == 0 {
		units := s.x.Units()
		if s.y0 != nil {
			units = s.y0.Units()
		}
		settings.Snapshots = max(2, gigabytes/(8*s.x.NumSamples()*units))
	}
	return []experiments.Cell{{Part: "ascent", Data: []*data.Dataset{s.x}, Measures: []measures.Measure{s.m}, Seed: s.Seed, Settings: settings}}, nil
}

type optimizeSettings struct {
	experiments.AscentSettings
	Measure   string `json:"measure"`
	Init      string `json:"init"`
	Snapshots int    `json:"snapshots"` // at most
}

// gigabytes are what snapshots take at most, unless they are asked for.
const gigabytes = 2 << 30

// Run implements Study.
func (s *Study) Run(ctx context.Context, c experiments.Cell) (*experiments.Record, error) {
	y0 := experiments.Noise(s.Seed, s.x)
	if s.y0 != nil {
		y0 = s.y0.Samples()
	}
	shape := append(slices.Clone(s.x.Shape[:len(s.x.Shape)-1]), y0.Shape()[1])
	size := tensor.Shape(shape).TotalSize()
	sd := probe.Deviation(y0) / math.Sqrt(float64(size))
	kept, err := newSnapshots(experiments.Scratch(ctx), size, c.Settings.(optimizeSettings).Snapshots)
	if err != nil {
		return nil, err
	}
	r := &experiments.Record{Dataset: report.Describe(s.x)}
	status, err := s.Ascent.Drive(ctx, s.m, experiments.Reference(s.m, s.x), y0, func(p optim.Point) error {
		r.Frame("trace", "", "step score").Add(nil, float64(p.Step), p.Value)
		return kept.take(p)
	}, &r.Frames, kept)
	if err != nil {
		return nil, err
	}
	scores, snapshots := r.Column("trace", "score"), r.Frame("snapshots", "", "step score")
	r.Status, r.Warnings = status.String(), append(slices.Clone(s.warnings), s.doubts(scores, sd)...)
	if kept.left {
		r.Warn("Snapshots are kept of the first and the last step alone. -snapshots N keeps at most N.")
	}
	if kept.lines.Spacing > gridSpacing {
		r.Warn("Snapshots are kept at every %g of the score, not at every %g, which would be more than %d. -snapshots N keeps at most N.", kept.lines.Spacing, gridSpacing, kept.most)
	}
	for _, step := range kept.steps {
		snapshots.Add(nil, float64(step), scores[step])
	}
	n := len(kept.steps)
	r.Arrays = []data.Array{
		{Name: "activity", Shape: shape, Stream: kept.spill.Stream((n-1)*size, size)},
		{Name: "snapshots", Shape: append([]int{n}, shape...), Stream: kept.spill.Stream(0, n*size)},
		{Name: "step", Shape: []int{n}, Values: snapshots.Column("step"), Integral: true},
		{Name: "score", Shape: []int{n}, Values: snapshots.Column("score")},
	}
	own := []string{"activity", "snapshots", "step", "score"}
	for _, v := range s.x.Variables {
		if !slices.Contains(own, v.Name) {
			r.Arrays = append(r.Arrays, variableArray(v))
		}
	}
	for _, v := range s.x.Continuous {
		if !slices.Contains(own, v.Name) {
			r.Arrays = append(r.Arrays, quantityArrays(v, s.x.Conditions())...)
		}
	}
	return r, nil
}

// doubts are what the course of the scores, from a start of that deviation, has to be read
// with.
func (s *Study) doubts(scores []float64, sd float64) (lines []string) {
	begun, ended := scores[0], scores[len(scores)-1]
	if s.m.Kind == measures.Distance {
		begun, ended = -begun, -ended
	}
	switch {
	case len(scores) == 1 && s.y0 == nil:
		lines = append(lines, fmt.Sprintf("Noise of this shape scores %s already, where the ascent was to stop: what it ends with is noise. A further -stop asks for more.", report.Significant(scores[0], 3)))
	case ended < begun:
		lines = append(lines, fmt.Sprintf("The score ended worse than it began: a first step moves every value by the rate, %g, and the start varies by %s. With -rate %.1g steps are small beside it.", s.Rate, report.Significant(sd, 2), sd/10))
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

// quantityArrays are a continuous variable of so many conditions, and its axes.
func quantityArrays(v data.Continuous, conditions int) []data.Array {
	times := len(v.Values) / conditions
	values, axes := data.Array{Name: v.Name, Shape: []int{times, conditions}, Values: v.Values}, []string{"time", "condition"}
	switch v.Along {
	case data.AlongCondition:
		values.Shape, values.Values, axes = []int{conditions}, v.Values[:conditions], axes[1:]
	case data.AlongTime:
		values.Shape, values.Values, axes = []int{times}, nil, axes[:1]
		for t := range times {
			values.Values = append(values.Values, v.Values[t*conditions])
		}
	}
	return []data.Array{values, {Name: v.Name + "_axes", Shape: []int{len(axes)}, Text: axes}}
}

// Report implements Study.
func (s *Study) Report(records []*experiments.Record) (*report.Report, error) {
	r := records[0]
	m := r.Cell.Measures[0]
	trace, kept := experiments.Stack(records, "trace"), experiments.Stack(records, "snapshots")
	scores := trace.Column("score")
	title := r.Dataset.Short()
	return &report.Report{
		Title:    "Driving a dataset toward " + title,
		Question: fmt.Sprintf("How near to %s does %s bring a dataset?", title, m.Label),
		Finding: []string{fmt.Sprintf("%s with %s went from %s to %s in %d steps: %s.",
			m.Label, title, written(m, scores[0]), written(m, report.Last(scores)), len(scores)-1, r.Status)},
		Figures: []*report.Figure{{
			Name: "trace", Columns: 1, Width: 320, Height: 200, Title: r.Dataset.Title(), CSV: "trace",
			Caption: fmt.Sprintf("%s with %s against step of Adam. Circles: the snapshots kept.", m.Label, title),
			Panels: []report.Panel{{X: "step", Y: m.Label, Lines: []report.Line{
				report.NewLine(report.NewMark("score", 0, report.Solid), trace.Column("step"), scores),
				report.NewLine(report.NewMark("snapshot", 0, report.Points), kept.Column("step"), kept.Column("score")),
			}}},
		}},
		CSV:         []report.CSV{trace.CSV("step score")},
		Arrays:      map[string][]data.Array{"snapshots": r.Arrays},
		Datasets:    []*report.Description{r.Dataset},
		Conventions: append(experiments.Conventions(m), "x is the dataset named (the reference), y is what moves. Score s is that after s updates. In snapshots.npz, activity is the last snapshot."),
	}, nil
}

// written is a score as reports write them; a distance to four digits that count.
func written(m measures.Measure, v float64) string {
	if m.Kind == measures.Distance {
		return report.Significant(v, 4)
	}
	return report.Fraction(v)
}
