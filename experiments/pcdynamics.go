package experiments

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/gorgonia"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/measures"
	"simgrad/optim"
)

// PCDynamics is figure 3a and b: noise is driven toward a dataset by a measure,
// and the variance of every principal component of the dataset that it captures
// is followed on the way.
//
// Source: Cloos et al. 2024, figure 3a, b.
type PCDynamics struct {
	Setup
	Ascent
	GIF bool

	components map[*data.Dataset]*probe.Components // as planned
}

// NewPCDynamics returns the study with the paper's settings.
func NewPCDynamics() *PCDynamics {
	return &PCDynamics{
		Setup: Setup{
			Data:     "toy2d,surrogate/mante2013",
			Measures: "cka,nbs,cka-angular-score,procrustes-angular-score,linreg-r2",
			Seeds:    3,
		},
		Ascent: Ascent{Rate: 0.1, Steps: 1000},
	}
}

// Name implements Study.
func (*PCDynamics) Name() string { return "pcdynamics" }

// Usage implements Study.
func (*PCDynamics) Usage() string {
	return `pcdynamics drives noise toward a dataset by each measure and follows how much
of each of its principal components is captured (figure 3a, b).

  go run ./experiments/pcdynamics -data recording.npz -gif

The default takes one or two minutes on two cores, -quick a few seconds.`
}

// Flags implements Study.
func (s *PCDynamics) Flags(fs *flag.FlagSet) {
	s.Setup.Flags(fs)
	s.Ascent.Flags(fs)
	fs.BoolVar(&s.GIF, "gif", s.GIF, "also write the forming dataset as an animation, each measure beside the reference")
}

const (
	partSpeeds  = "speeds"  // of the components at the start
	partForming = "forming" // how the data look on the way
	partRobust  = "robustness: "
)

// optimisers are those that the study's own, Adam at its rate, is compared with.
func (s *PCDynamics) optimisers() []string {
	return []string{"Adam, rate " + number(s.Rate/10), "plain gradient ascent"}
}

// Plan implements Study.
func (s *PCDynamics) Plan(ctx context.Context) (cells []Cell, err error) {
	if s.Quick {
		s.quicken("data", func() { s.Data = "toy2d,surrogate/siegel2015-fef" })
		s.quicken("measures", func() { s.Measures = "cka,procrustes-angular-score" })
		s.quicken("seeds", func() { s.Seeds = 1 })
	}
	if err := s.Ascent.check(); err != nil {
		return nil, err
	}
	sets, ms, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	s.components = map[*data.Dataset]*probe.Components{}
	settings := s.Ascent.settings()
	for _, d := range sets {
		if n := d.NumSamples(); d.Units() >= n-1 {
			return nil, fmt.Errorf("pcdynamics on %s says nothing: any %d units on %d samples capture every component, noise as well; give more samples than units + 1", d.Name, d.Units(), n)
		}
		if s.components[d], err = probe.ComponentsOf(d.Activity); err != nil {
			return nil, err
		}
		cell := func(part string, seed uint64, ms ...measures.Measure) {
			cells = append(cells, Cell{Part: part, Data: []*data.Dataset{d}, Measures: ms, Seed: seed, Settings: settings})
		}
		cell(partDataset, s.Seed)
		planar := len(s.components[d].S) <= 2
		for _, m := range ms {
			if err := cmp.Or(ctx.Err(), refuseUseless(m, d, s.Seed)); err != nil {
				return nil, err
			}
			for _, seed := range s.seeds() {
				cell(partAscent, seed, m)
			}
			cell(partSpeeds, s.Seed, m)
			if planar || s.GIF {
				cell(partForming, s.Seed, m)
			}
		}
		for _, m := range ms {
			for _, optimiser := range s.optimisers() {
				if m.Name == "cka" || m.Name == "procrustes-angular-score" {
					cell(partRobust+optimiser, s.Seed, m)
				}
			}
		}
	}
	return cells, nil
}

// Run implements Study.
func (s *PCDynamics) Run(ctx context.Context, c Cell) (*Record, error) {
	d := c.Data[0]
	components := s.components[d]
	r := &Record{}
	if c.Part == partDataset {
		r.Dataset = Describe(d)
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
	climb, solver := s.Ascent, optim.Solver(nil)
	switch c.Part {
	case partRobust + s.optimisers()[0]:
		climb.Rate = s.Rate / 10
	case partRobust + s.optimisers()[1]:
		solver = gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(plainRate * float64(d.NumSamples()*d.Units())))
	case partSpeeds:
		return r, s.speeds(r, d, m, c.Seed)
	}
	keep := optim.Grid(0.02)
	trace, kept := r.Frame("trace", "", "step score"), r.Frame("snapshots", "", "step score")
	var captured, planes []float64
	status, err := climb.runWith(ctx, solver, m, d.Samples(), noise(c.Seed, d), recorder(func(p optim.Point) error {
		y := p.Program.Param("y")
		if c.Part != partForming {
			trace.Add(nil, float64(p.Step), p.Value)
			captured = append(captured, components.Captured(y)...)
		}
		if !keep(p) {
			return ctx.Err()
		}
		kept.Add(nil, float64(p.Step), p.Value)
		if c.Part == partForming {
			plane, err := components.Plane(y)
			if err != nil {
				return err
			}
			planes = append(planes, plane.RawMatrix().Data...)
		}
		return ctx.Err()
	}))
	if err != nil {
		return nil, err
	}
	r.Status = status.String()
	if c.Part == partForming {
		r.Arrays = []data.Array{{Name: "planes", Shape: []int{len(kept.Rows), d.Times(), d.Conditions(), 2}, Values: planes}}
		return r, nil
	}
	r.Arrays = []data.Array{{Name: "captured", Shape: []int{len(trace.Rows), len(components.S)}, Values: captured}}
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
func (s *PCDynamics) speeds(r *Record, d *data.Dataset, m measures.Measure, seed uint64) error {
	components, y := s.components[d], noise(seed, d)
	_, _, g, err := m.Gradient(d.Samples(), y)
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
func (r *Record) capturedOf(pc int) []float64 {
	a, _ := r.array("captured")
	v := make([]float64, a.Shape[0])
	for i := range v {
		v[i] = a.Values[i*a.Shape[1]+pc]
	}
	return v
}

// scoreAtHalf is the score at which a component is first half captured, midway
// between what the start has of it and all, interpolated between steps; NaN if it
// never is.
func (r *Record) scoreAtHalf(pc int) float64 {
	captured, trace := r.capturedOf(pc), r.column("trace", "score")
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
