package graph

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
)

// CheckGrad returns the largest absolute difference between p's gradient with
// respect to the parameter called name and central differences with step h, of
// the order of 1e-6 for values of the order of 1. It leaves p where it was.
func CheckGrad(p *Program, name string, h float64) (worst float64, err error) {
	if _, err := p.Eval(); err != nil {
		return 0, err
	}
	g, err := p.Grad(name)
	if err != nil {
		return 0, err
	}
	grad := append([]float64(nil), g.Float64s()...)
	x := p.Param(name).Float64s()
	at := func(i int, v float64) (float64, error) {
		defer func(old float64) { x[i] = old }(x[i])
		x[i] = v
		return p.Eval()
	}
	for i := range x {
		above, err := at(i, x[i]+h)
		if err != nil {
			return 0, err
		}
		below, err := at(i, x[i]-h)
		if err != nil {
			return 0, err
		}
		// NaN is the worst of differences: max would keep it, as it should.
		worst = math.Max(worst, math.Abs((above-below)/(2*h)-grad[i]))
	}
	_, err = p.Eval()
	return worst, err
}

// CheckAlong is CheckGrad along so many directions of norm 1, drawn with a seed, in place of every
// element: for programs that take long, of which a wrong gradient shows along any.
func CheckAlong(p *Program, name string, h float64, directions int, seed uint64) (worst float64, err error) {
	if _, err := p.Eval(); err != nil {
		return 0, err
	}
	g, err := p.Grad(name)
	if err != nil {
		return 0, err
	}
	grad := append([]float64(nil), g.Float64s()...)
	x := p.Param(name).Float64s()
	from, along := append([]float64(nil), x...), make([]float64, len(x))
	r := rand.New(rand.NewPCG(seed, 0))
	at := func(step float64) (float64, error) {
		defer copy(x, from)
		floats.AddScaled(x, step, along)
		return p.Eval()
	}
	for range directions {
		for i := range along {
			along[i] = r.NormFloat64()
		}
		floats.Scale(1/floats.Norm(along, 2), along)
		above, err := at(h)
		if err != nil {
			return 0, err
		}
		below, err := at(-h)
		if err != nil {
			return 0, err
		}
		worst = math.Max(worst, math.Abs((above-below)/(2*h)-floats.Dot(grad, along)))
	}
	_, err = p.Eval()
	return worst, err
}
