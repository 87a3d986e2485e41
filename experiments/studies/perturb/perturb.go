// Package perturb is figure 3c of Cloos et al. 2024: what turning and scaling one principal
// component does to a score, simulated and in closed form.
package perturb

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/graph"
	"simgrad/measures"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

//go:embed *.go
var source embed.FS

// A Study is figure 3c: one principal component of a dataset is turned toward
// another direction over samples and scaled, and the result scored against the
// dataset, by each measure's own graph and by its closed form.
//
// Source: Cloos et al. 2024, figure 3c.
type Study struct {
	experiments.Setup
	Angles, Gains string // lists and ranges of values
	Random        bool   // directions as they fall, not orthogonal to the data
	Components    int    // most components simulated, 0 for all

	angles, gains []float64
	components    map[*data.Dataset]*probe.Components // as planned
}

// New returns the study with the paper's settings: full replacement.
func New() *Study {
	return &Study{
		Setup: experiments.Setup{
			Data:     "exp-gaussian,toy2d,surrogate/mante2013,surrogate/siegel2015-fef",
			Measures: "cka,cka-angular-score,nbs,procrustes-angular-score,linreg-r2,ridge-lambda=100-r2",
			Seeds:    1,
		},
		Angles: "90deg", Gains: "1", Components: 100,
	}
}

// About implements Study.
func (*Study) About() experiments.About {
	return experiments.About{
		Name: "perturb",
		Does: `turns and scales single principal components of a dataset and scores the
result against the dataset, beside the closed forms (figure 3c).`,
		Examples: []string{"", "-data data/testdata/recording.npz -angle 0deg:90deg:7 -gain 0.5,1,2"},
		Takes:    `The default takes a minute or two on two cores, -quick a few seconds.`,
		Source:   source,
	}
}

// Flags implements Study.
func (s *Study) Flags(fs *flag.FlagSet) {
	s.Setup.Flags(fs)
	fs.Lookup("measures").Usage += "; those without a closed form are simulated alone"
	fs.StringVar(&s.Angles, "angle", s.Angles, "`angles` by which a component is turned, in radians or as 45deg: values separated by commas, ranges as from:to:count")
	fs.StringVar(&s.Gains, "gain", s.Gains, "`gains` by which it is scaled besides, listed as angles are")
	fs.BoolVar(&s.Random, "random", s.Random, "turn toward random directions that are not orthogonal to the data, and show the bias (5 directions and 30 components unless -seeds and -components say otherwise)")
	fs.IntVar(&s.Components, "components", s.Components, "most components simulated, spread evenly in the logarithm of their number; 0 for all. Closed forms are given of all")
}

const (
	partDataset   = "dataset"   // its components
	partPerturbed = "perturbed" // chosen components, at the angles and gains asked for
	partTurned    = "turned"    // a few components, at angles up to full replacement
)

// Plan implements Study.
func (s *Study) Plan(ctx context.Context) (cells []experiments.Cell, err error) {
	s.Quicken("data", func() { s.Data = "exp-gaussian,toy2d" })
	s.Quicken("components", func() { s.Components = 20 })
	if s.Random {
		s.Unless("seeds", func() { s.Seeds = 5 })
		s.Unless("components", func() { s.Components = min(s.Components, 30) })
	}
	if s.Components < 0 {
		return nil, experiments.Usagef("-components %d: at least one is needed, or 0 for all", s.Components)
	}
	if s.angles, err = values("-angle", s.Angles, "from 0 to 180deg", func(v float64) bool { return v >= 0 && v <= math.Pi }); err != nil {
		return nil, err
	}
	if s.gains, err = values("-gain", s.Gains, "greater than 0", func(v float64) bool { return v > 0 }); err != nil {
		return nil, err
	}
	sets, ms, err := s.Load(ctx)
	if err != nil {
		return nil, err
	}
	s.components = map[*data.Dataset]*probe.Components{}
	settings := s.settings()
	for _, d := range sets {
		ms := measures.Over(ms, d.Times())
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		c, err := probe.ComponentsOf(d.Activity)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", d.Name, err)
		}
		if n := d.NumSamples(); len(c.S) >= n-1 && !s.Random {
			return nil, fmt.Errorf("%s has %d components on %d samples, so that no direction over samples is orthogonal to the data; turn toward random ones with -random, or give more samples", d.Name, len(c.S), n)
		}
		s.components[d] = c
		cell := func(part string, seed uint64, ms ...measures.Measure) {
			cells = append(cells, experiments.Cell{Part: part, Data: []*data.Dataset{d}, Measures: ms, Seed: seed, Settings: settings})
		}
		cell(partDataset, s.Seed)
		for _, m := range ms {
			if m.Lacks() != nil {
				return nil, experiments.Usagef("%s scores repetitions of a dataset, and perturb takes a dataset as it is; leave it out", m.Name)
			}
			if _, err := newPerturbed(m, d.Samples(), c); err != nil {
				return nil, err
			}
			for _, seed := range s.Starts() {
				cell(partPerturbed, seed, m)
				cell(partTurned, seed, m)
			}
		}
	}
	return cells, nil
}

// settings are what decides a cell besides data, measure and seed.
func (s *Study) settings() perturbSettings {
	directions := "orthogonal to the data"
	if s.Random {
		directions = "random"
	}
	components := "all"
	if s.Components > 0 {
		components = strconv.Itoa(s.Components) + " at most"
	}
	return perturbSettings{s.angles, s.gains, directions, components}
}

type perturbSettings struct {
	Angles     []float64 `json:"angles"`
	Gains      []float64 `json:"gains"`
	Directions string    `json:"directions"`
	Components string    `json:"components"`
}

// mostValues bounds a range of angles or gains.
const mostValues = 1000

// values reads a list of values and ranges, as 0.5,1,2 or 0deg:90deg:7; all must
// fit.
func values(flag, list, want string, fit func(float64) bool) (vs []float64, err error) {
	wrong := func(item string) error {
		return experiments.Usagef("%s %q: at %q: values are numbers %s, separated by commas, ranges are from:to:count with a count of at least 2", flag, list, item, want)
	}
	one := func(text string) (float64, bool) {
		number, degrees := strings.CutSuffix(strings.TrimSpace(text), "deg")
		v, err := strconv.ParseFloat(number, 64)
		if degrees {
			v *= math.Pi / 180
		}
		return v, err == nil && fit(v) && !math.IsInf(v, 0) && (!degrees || flag == "-angle")
	}
	for _, item := range strings.Split(list, ",") {
		parts := strings.Split(item, ":")
		from, ok := one(parts[0])
		switch {
		case ok && len(parts) == 1:
			vs = append(vs, from)
		case ok && len(parts) == 3:
			to, ok := one(parts[1])
			count, err := strconv.Atoi(strings.TrimSpace(parts[2]))
			switch {
			case !ok || err != nil || count < 2:
				return nil, wrong(item)
			case count > mostValues:
				return nil, experiments.Usagef("%s %q: at %q: at most %d values can be asked for", flag, list, item, mostValues)
			}
			vs = append(vs, floats.Span(make([]float64, count), from, to)...)
		default:
			return nil, wrong(item)
		}
	}
	slices.Sort(vs)
	return slices.Compact(vs), nil
}

// Run implements Study.
func (s *Study) Run(ctx context.Context, c experiments.Cell) (*experiments.Record, error) {
	components := s.components[c.Data[0]]
	r := &experiments.Record{}
	if c.Part == partDataset {
		r.Dataset = report.Describe(c.Data[0])
		spectrum := r.Frame("spectrum", "", "variance")
		for _, sv := range components.S {
			spectrum.Add(nil, sv*sv)
		}
		return r, nil
	}
	simulated := r.Frame("simulation", "", "pc angle gain score")
	p, err := newPerturbed(c.Measures[0], c.Data[0].Samples(), components)
	if err != nil {
		return nil, err
	}
	pcs, angles, gains := experiments.EvenlyInLog(len(components.S), s.Components), s.angles, s.gains
	if c.Part == partTurned {
		pcs = slices.DeleteFunc([]int{0, 1, 9}, func(pc int) bool { return pc >= len(components.S) })
		angles, gains = floats.Span(make([]float64, 7), 0, math.Pi/2), []float64{1}
	}
	for _, pc := range pcs {
		w := components.Direction(c.Seed, pc, s.Random)
		for _, angle := range angles {
			for _, gain := range gains {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				score, err := p.at(pc, w, angle, gain)
				if err != nil {
					return nil, err
				}
				simulated.Add(nil, float64(pc), angle, gain, score)
			}
		}
	}
	return r, nil
}

// A perturbed is a dataset, of samples × units, beside itself with one component changed. To a measure that
// sees kernels of centred data both are in the dataset's own axes, U·S, n × r, where a
// change of component i is one of column i; to others they are the units as they are.
type perturbed struct {
	*probe.Components
	y     *mat.Dense // of which the component is changed
	units bool
	score func() (float64, error) // of y
}

func newPerturbed(m measures.Measure, samples *tensor.Dense, c *probe.Components) (*perturbed, error) {
	if m.Fits != nil {
		if err := m.Fits(samples.Shape()[0], samples.Shape()[1], samples.Shape()[1]); err != nil {
			return nil, fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	own := c.Coordinates()
	units := !m.OfKernel || !(m.InvariantX & m.InvariantY).Has(measures.Translation)
	if units {
		own = mat.NewDense(samples.Shape()[0], samples.Shape()[1], slices.Clone(graph.RowMajor(samples)))
	}
	n, r := own.Dims()
	x := tensor.New(tensor.WithShape(n, r), tensor.WithBacking(own.RawMatrix().Data))
	if m.Differentiable() != nil { // no program has such data as its parameter
		y := x.Clone().(*tensor.Dense)
		return &perturbed{c, mat.NewDense(n, r, y.Float64s()), units, func() (float64, error) { return m.Eval(x, y) }}, nil
	}
	program, err := graph.Compile(func(b *graph.Builder) *graph.Node {
		return m.Score(b.Const("x", x), b.Param("y", x))
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Name, err)
	}
	return &perturbed{c, mat.NewDense(n, r, program.Param("y").Float64s()), units, func() (float64, error) {
		score, err := program.Eval()
		if err == nil && (math.IsNaN(score) || math.IsInf(score, 0)) {
			err = fmt.Errorf("the score is %v: %s is not finite", score, program.NonFinite())
		}
		return score, err
	}}, nil
}

// at turns component pc toward w by an angle, scales it by a gain, scores the result and
// restores the component.
func (p *perturbed) at(pc int, w []float64, angle, gain float64) (float64, error) {
	column := p.Turned(pc, w, angle, gain)
	if !p.units {
		p.y.SetCol(pc, column)
		defer p.y.SetCol(pc, p.Turned(pc, w, 0, 1))
		return p.score()
	}
	before := mat.DenseCopyOf(p.y)
	defer p.y.Copy(before)
	change := mat.NewVecDense(len(column), column)
	change.SubVec(change, mat.NewVecDense(len(column), p.Turned(pc, w, 0, 1)))
	p.y.RankOne(p.y, 1, change, p.V.ColView(pc))
	return p.score()
}
