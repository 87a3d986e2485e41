package experiments

import (
	"context"
	"flag"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

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

	sets       map[string]*data.Dataset
	components map[string]*probe.Components
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

The default takes two minutes on two cores, -quick a few seconds.`
}

// Flags implements Study.
func (s *PCDynamics) Flags(fs *flag.FlagSet) {
	s.Setup.Flags(fs)
	s.Ascent.Flags(fs)
	fs.BoolVar(&s.GIF, "gif", s.GIF, "also write the forming dataset as an animation, each measure beside the reference")
}

const (
	partForming = "forming" // how the data look on the way
	partRobust  = "robustness: "
)

// climbs are the other ways of climbing; Adam at the study's own rate is the
// first.
func (s *PCDynamics) climbs() []string {
	return []string{"Adam, rate " + number(s.Rate/10), "plain gradient ascent"}
}

// Plan implements Study.
func (s *PCDynamics) Plan() (cells []Cell, err error) {
	if s.Quick {
		s.quicken("data", func() { s.Data = "toy2d,surrogate/siegel2015-fef" })
		s.quicken("measures", func() { s.Measures = "cka,procrustes-angular-score" })
		s.quicken("seeds", func() { s.Seeds = 1 })
	}
	if err := s.Ascent.check(); err != nil {
		return nil, err
	}
	sets, ms, err := s.load()
	if err != nil {
		return nil, err
	}
	s.sets, s.components = map[string]*data.Dataset{}, map[string]*probe.Components{}
	settings := s.Ascent.settings()
	for _, d := range sets {
		s.sets[d.Name] = d
		if n := samples(d); d.Units() >= n-1 {
			return nil, fmt.Errorf("pcdynamics on %s says nothing: any %d units on %d samples capture every component, noise as well; give more samples than units + 1", d.Name, d.Units(), n)
		}
		if s.components[d.Name], err = probe.ComponentsOf(d.Activity); err != nil {
			return nil, err
		}
		hash := d.Hash()
		cell := func(part string, seed uint64, names ...string) {
			cells = append(cells, Cell{Part: part, Data: d.Name, Hash: hash, Measures: names, Seed: seed, Settings: settings})
		}
		cell(partDataset, s.Seed)
		planar := len(s.components[d.Name].S) <= 2
		for _, m := range ms {
			if err := refuseUseless(m, d, s.Seed); err != nil {
				return nil, err
			}
			for _, seed := range s.seeds() {
				cell(partAscent, seed, m.Name)
			}
			if planar || s.GIF {
				cell(partForming, s.Seed, m.Name)
			}
		}
		for _, m := range ms {
			for _, climb := range s.climbs() {
				if m.Name == "cka" || m.Name == "procrustes-angular-score" {
					cell(partRobust+climb, s.Seed, m.Name)
				}
			}
		}
	}
	return cells, nil
}

// Run implements Study.
func (s *PCDynamics) Run(ctx context.Context, c Cell) (*Record, error) {
	d, components := s.sets[c.Data], s.components[c.Data]
	r := &Record{Columns: map[string]Floats{}}
	if c.Part == partDataset {
		r.Dataset = Describe(d)
		r.Columns["variance fraction"] = components.Fraction
		plane, err := components.Plane(d.Activity)
		if err != nil {
			return nil, err
		}
		r.Arrays = []data.Array{planeArray("reference", d, plane)}
		return r, nil
	}
	m, err := measures.ByName(c.Measures[0])
	if err != nil {
		return nil, err
	}
	climb, solver := s.Ascent, optim.Solver(nil)
	switch c.Part {
	case partRobust + s.climbs()[0]:
		climb.Rate = s.Rate / 10
	case partRobust + s.climbs()[1]:
		solver = gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(plainRate * float64(samples(d)*d.Units())))
	case partAscent:
		if c.Seed == s.Seed {
			if err := s.speeds(r, d, m, c.Seed); err != nil {
				return nil, err
			}
		}
	}
	keep := optim.Grid(0.02)
	var captured, planes []float64
	status, err := climb.runWith(ctx, solver, m, d.Samples(), noise(c.Seed, d), recorder(func(p optim.Point) error {
		y := p.Program.Param("y")
		if c.Part != partForming {
			r.Columns["trace"] = append(r.Columns["trace"], p.Value)
			captured = append(captured, components.Captured(y)...)
		}
		if !keep(p) {
			return ctx.Err()
		}
		r.Columns["step"] = append(r.Columns["step"], float64(p.Step))
		r.Columns["score"] = append(r.Columns["score"], p.Value)
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
		r.Arrays = []data.Array{{Name: "planes", Shape: []int{len(r.Columns["step"]), d.Times(), d.Conditions(), 2}, Values: planes}}
		return r, nil
	}
	r.Arrays = []data.Array{{Name: "captured", Shape: []int{len(r.Columns["trace"]), len(components.S)}, Values: captured}}
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
	components, y := s.components[d.Name], noise(seed, d)
	_, _, g, err := m.Gradient(d.Samples(), y)
	if err != nil {
		return err
	}
	gradient := mat.NewDense(samples(d), d.Units(), g.Float64s())
	r.Columns["speed"] = rowNorms(components.U.T(), gradient)
	if exact := exactGradientAlong(m.Name, components, y); exact != nil {
		for j := range components.Fraction {
			r.Columns["exact speed"] = append(r.Columns["exact speed"], mat.Norm(exact.RowView(j), 2))
		}
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

// exactGradientAlong returns u_jᵀ∇ for every component j, in rows, by the closed
// forms of the gradient: with c = CKA, N = NBS, a = ‖XᵀX‖, b = ‖YᵀY‖ and the data
// centred,
//
//	CKA:  u_jᵀY (2λ_j/(ab) − 2c·YᵀY/b²)
//	NBS:  s_j·v_jᵀUVᵀ/(‖X‖‖Y‖) − N·u_jᵀY/‖Y‖²,  XᵀY = USVᵀ
//	R²:   2·u_jᵀ(1 − P)XXᵀY(YᵀY)⁻¹/‖X‖²,  P on the column space of Y
//
// and the slope of the arc cosine for angular scores; nil for other measures. The
// first term of CKA is the power iteration's, in proportion to the variance λ_j;
// that of NBS goes with its root.
func exactGradientAlong(name string, c *probe.Components, start *tensor.Dense) *mat.Dense {
	n, _ := c.U.Dims()
	q := start.Shape()[1]
	y := mat.NewDense(n, q, slices.Clone(start.Float64s()))
	for j := range q {
		mean := mat.Sum(y.ColView(j)) / float64(n)
		for i := range n {
			y.Set(i, j, y.At(i, j)-mean)
		}
	}
	var uy, m, along mat.Dense
	x := c.Scores() // in its own axes: X = U·S
	uy.Mul(c.U.T(), y)
	m.Mul(x.T(), y)
	lambda := make([]float64, len(c.S))
	floats.MulTo(lambda, c.S, c.S)
	variance := floats.Sum(lambda)
	ty := mat.Norm(y, 2)
	switch name {
	case "cka", "cka-angular-score":
		var gy, second mat.Dense
		gy.Mul(y.T(), y)
		a, b := floats.Norm(lambda, 2), mat.Norm(&gy, 2)
		cka := math.Pow(mat.Norm(&m, 2), 2) / (a * b)
		along.Scale(2/(a*b), &uy)
		scaleRows(&along, lambda)
		second.Mul(&uy, &gy)
		second.Scale(2*cka/(b*b), &second)
		along.Sub(&along, &second)
		if name == "cka-angular-score" {
			along.Scale(2/math.Pi/math.Sqrt(1-cka*cka), &along)
		}
	case "nbs", "nbs-squared", "procrustes-angular-score":
		var svd mat.SVD
		if !svd.Factorize(&m, mat.SVDThin) {
			return nil
		}
		var u, v, polar, second mat.Dense
		svd.UTo(&u)
		svd.VTo(&v)
		polar.Mul(&u, v.T())
		nbs := 0.0
		for _, s := range svd.Values(nil) {
			nbs += s
		}
		nbs /= math.Sqrt(variance) * ty
		along.Scale(1/(math.Sqrt(variance)*ty), &polar)
		scaleRows(&along, c.S)
		second.Scale(nbs/(ty*ty), &uy)
		along.Sub(&along, &second)
		switch name {
		case "nbs-squared":
			along.Scale(2*nbs, &along)
		case "procrustes-angular-score":
			along.Scale(2/math.Pi/math.Sqrt(1-nbs*nbs), &along)
		}
	case "linreg-r2":
		var svd mat.SVD
		if !svd.Factorize(y, mat.SVDThin) {
			return nil
		}
		var u, v, xu, fit, rest, back mat.Dense // (1 − P)X·Xᵀ·U·S⁻¹·Vᵀ
		svd.UTo(&u)
		svd.VTo(&v)
		xu.Mul(x.T(), &u)
		fit.Mul(&u, xu.T())
		rest.Sub(x, &fit)
		inverse := svd.Values(nil)
		for i, s := range inverse {
			inverse[i] = 1 / s
		}
		vt := mat.DenseCopyOf(v.T())
		scaleRows(vt, inverse)
		back.Mul(&xu, vt)
		along.Product(c.U.T(), &rest, &back)
		along.Scale(2/variance, &along)
	default:
		return nil
	}
	return &along
}

// scaleRows multiplies row i of m by f[i].
func scaleRows(m *mat.Dense, f []float64) {
	for i, v := range f {
		floats.Scale(v, m.RawRowView(i))
	}
}

// array returns the array of a record by name.
func (r *Record) array(name string) (a data.Array, ok bool) {
	i := slices.IndexFunc(r.Arrays, func(a data.Array) bool { return a.Name == name })
	if i < 0 {
		return a, false
	}
	return r.Arrays[i], true
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
	captured, trace := r.capturedOf(pc), r.Columns["trace"]
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
