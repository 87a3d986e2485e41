// Package pcdynamics is figure 3a and b of Cloos et al. 2024: which principal components are
// captured as a score rises.
package pcdynamics

import (
	"cmp"
	"context"
	"embed"
	"flag"
	"fmt"
	"math"
	"slices"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
	"simgrad/optim"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/gorgonia"
)

//go:embed *.go
var source embed.FS

// A Study is figure 3a and b: noise is driven toward a dataset by a measure,
// and the variance of every principal component of the dataset that it captures
// is followed on the way.
//
// Source: Cloos et al. 2024, figure 3a, b.
type Study struct {
	experiments.Setup
	experiments.Ascent
	GIF bool

	components map[*data.Dataset]*probe.Components // as planned
}

// New returns the study with the paper's settings.
func New() *Study {
	return &Study{
		Setup: experiments.Setup{
			Data:     "surrogate/mante2013,toy2d",
			Measures: "cka,nbs,cka-angular-score,procrustes-angular-score,linreg-r2",
			Seeds:    3,
		},
		Ascent: experiments.Ascent{Rate: 0.1, Steps: 1000},
	}
}

// About implements Study.
func (*Study) About() experiments.About {
	return experiments.About{
		Name: "pcdynamics",
		Does: `drives noise toward a dataset by each measure and follows how much
of each of its principal components is captured (figure 3a, b).`,
		Examples: []string{"", "-data data/testdata/recording.npz -gif"},
		Takes:    `The default takes one or two minutes on two cores, -quick a few seconds.`,
		Source:   source,
	}
}

// Flags implements Study.
func (s *Study) Flags(fs *flag.FlagSet) {
	s.Setup.Flags(fs)
	s.Ascent.Flags(fs)
	fs.BoolVar(&s.GIF, "gif", s.GIF, "also write the forming dataset as an animation, each measure beside the reference")
}

const (
	partDataset = "dataset"    // its components
	partAscent  = "ascent"     // how they are captured; of the first start also how the data look on the way
	partSpeeds  = "speeds"     // of the components at the start
	partRobust  = "robustness" // of the score at half capture, by another optimiser: the point
)

// optimisers are those that the study's own, Adam at its rate, is compared with.
func (s *Study) optimisers() []string {
	return []string{"Adam, rate " + report.Number(s.Rate/10), "plain gradient ascent"}
}

// Plan implements Study.
func (s *Study) Plan(ctx context.Context) (cells []experiments.Cell, err error) {
	s.Quicken("data", func() { s.Data = "surrogate/siegel2015-fef,toy2d" })
	s.Quicken("measures", func() { s.Measures = "cka,procrustes-angular-score" })
	s.Quicken("seeds", func() { s.Seeds = 1 })
	if err := s.Ascent.Check(); err != nil {
		return nil, err
	}
	sets, ms, err := s.Load(ctx)
	if err != nil {
		return nil, err
	}
	s.components = map[*data.Dataset]*probe.Components{}
	settings := s.Ascent.Settings()
	for _, d := range sets {
		ms := experiments.On(ms, d)
		if n := d.NumSamples(); d.Units() >= n-1 {
			return nil, fmt.Errorf("pcdynamics on %s says nothing: any %d units on %d samples capture every component, noise as well; give more samples than units + 1", d.Name, d.Units(), n)
		}
		if s.components[d], err = probe.ComponentsOf(d.Activity); err != nil {
			return nil, err
		}
		cell := func(part string, seed uint64, ms ...measures.Measure) {
			cells = append(cells, experiments.Cell{Part: part, Data: []*data.Dataset{d}, Measures: ms, Seed: seed, Settings: settings})
		}
		cell(partDataset, s.Seed)
		for _, m := range ms {
			if err := cmp.Or(ctx.Err(), experiments.CheckAscent(m, d, s.Seed)); err != nil {
				return nil, err
			}
			for _, seed := range s.Starts() {
				cell(partAscent, seed, m)
			}
			cell(partSpeeds, s.Seed, m)
		}
		for _, m := range ms {
			for _, optimiser := range s.optimisers() {
				if m.Name == "cka" || m.Name == "procrustes-angular-score" {
					cells = append(cells, experiments.Cell{Part: partRobust, Data: []*data.Dataset{d}, Measures: []measures.Measure{m}, Seed: s.Seed, Point: optimiser, Settings: settings})
				}
			}
		}
	}
	return cells, nil
}

// Run implements Study.
func (s *Study) Run(ctx context.Context, c experiments.Cell) (*experiments.Record, error) {
	d := c.Data[0]
	components := s.components[d]
	r := &experiments.Record{}
	if c.Part == partDataset {
		r.Dataset = report.Describe(d)
		spectrum := r.Frame("spectrum", "", "fraction")
		for _, f := range components.Fraction {
			spectrum.Add(nil, f)
		}
		plane, err := components.Plane(d.Activity)
		if err != nil {
			return nil, err
		}
		r.Arrays = []data.Array{planeArray("reference", d, plane)}
		return r, nil
	}
	m := c.Measures[0]
	climb := s.Ascent
	switch {
	case c.Point == s.optimisers()[0]:
		climb.Rate = s.Rate / 10
	case c.Point == s.optimisers()[1]:
		climb.Solver = gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(plainRate * float64(d.NumSamples()*d.Units())))
	case c.Part == partSpeeds:
		return r, s.speeds(r, d, m, c.Seed)
	}
	keep := optim.Lines{Spacing: 0.02}
	trace := func() *report.Frame { return r.Frame("trace", "", "step score") }
	kept := func() *report.Frame { return r.Frame("snapshots", "", "step score") }
	trace() // the first
	var captured, planes []float64
	looked := c.Part == partAscent && c.Seed == s.Seed
	status, err := climb.Drive(ctx, m, experiments.Reference(m, d), experiments.Noise(c.Seed, d), func(p optim.Point) error {
		y := p.Program.Param("y")
		trace().Add(nil, float64(p.Step), p.Value)
		captured = append(captured, components.Captured(y)...)
		if !keep.Keep(p) {
			return ctx.Err()
		}
		kept().Add(nil, float64(p.Step), p.Value)
		if looked {
			plane, err := components.Plane(y)
			if err != nil {
				return err
			}
			planes = append(planes, plane.RawMatrix().Data...)
		}
		return ctx.Err()
	}, &r.Frames, &keep, &captured, &planes)
	if err != nil {
		return nil, err
	}
	r.Status = status.String()
	r.Arrays = []data.Array{{Name: "captured", Shape: []int{len(trace().Rows), len(components.S)}, Values: captured}}
	if looked {
		r.Arrays = append(r.Arrays, data.Array{Name: "planes", Shape: []int{len(kept().Rows), d.Times(), d.Conditions(), 2}, Values: planes})
	}
	return r, nil
}

// plainRate is the rate of plain gradient ascent, relative to the squared size of
// the start: scores do not see the size of the data, so their gradient falls with
// it.
const plainRate = 0.1

func planeArray(name string, d *data.Dataset, plane *mat.Dense) data.Array {
	return data.Array{Name: name, Shape: []int{d.Times(), d.Conditions(), 2}, Values: slices.Clone(plane.RawMatrix().Data)}
}

// speeds leaves the initial speed of every component in r: the length of the
// score's gradient at the start along u_j, by automatic differentiation, and by
// the exact expression where there is one.
func (s *Study) speeds(r *experiments.Record, d *data.Dataset, m measures.Measure, seed uint64) error {
	components, y := s.components[d], experiments.Noise(seed, d)
	_, _, g, err := m.Gradient(experiments.Reference(m, d), y)
	if err != nil {
		return err
	}
	gradient := mat.NewDense(d.NumSamples(), d.Units(), g.Float64s())
	exact := exactGradientAlong(m.Name, components, y)
	frame := r.Frame("speeds", "", "speed exact")
	for j, speed := range rowNorms(components.U.T(), gradient) {
		known := math.NaN() // where there is no expression
		if exact != nil {
			known = mat.Norm(exact.RowView(j), 2)
		}
		frame.Add(nil, speed, known)
	}
	return nil
}

// rowNorms returns the norms of the rows of a·b.
func rowNorms(a, b mat.Matrix) (norms []float64) {
	var product mat.Dense
	product.Mul(a, b)
	n, _ := product.Dims()
	for i := range n {
		norms = append(norms, mat.Norm(product.RowView(i), 2))
	}
	return norms
}

// capturedOf returns R² of component pc, from 0, at every step.
func capturedOf(r *experiments.Record, pc int) []float64 {
	a, _ := r.Array("captured")
	v := make([]float64, a.Shape[0])
	for i := range v {
		v[i] = a.Values[i*a.Shape[1]+pc]
	}
	return v
}

// scoreAtHalf is the score at which a component is first half captured, midway
// between what the start has of it and all, interpolated between steps; NaN if it
// never is.
func scoreAtHalf(r *experiments.Record, pc int) float64 {
	captured, trace := capturedOf(r, pc), r.Column("trace", "score")
	if captured[0] > 1-1e-9 {
		return math.NaN() // there is nothing left to capture
	}
	half := (captured[0] + 1) / 2
	for s, v := range captured {
		if s > 0 && v >= half {
			f := (half - captured[s-1]) / (v - captured[s-1])
			return trace[s-1] + f*(trace[s]-trace[s-1])
		}
	}
	return math.NaN()
}
