package graph

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// CheckGrad returns the largest absolute difference between p's gradient with
// respect to the parameter called name and central differences with step h, of
// the order of 1e-6 for values of the order of 1. It leaves p where it was.
func CheckGrad(p *Program, name string, h float64) (worst float64, err error) {
	return check(p, name, h, func(i int, along []float64) bool {
		if i == len(along) {
			return false
		}
		clear(along)
		along[i] = 1
		return true
	})
}

// CheckAlong is CheckGrad along so many directions of norm 1, drawn with a seed, in place of every
// element: for programs that take long, of which a wrong gradient shows along any.
func CheckAlong(p *Program, name string, h float64, directions int, seed uint64) (worst float64, err error) {
	r := rand.New(rand.NewPCG(seed, 0))
	return check(p, name, h, func(i int, along []float64) bool {
		for i := range along {
			along[i] = r.NormFloat64()
		}
		floats.Scale(1/floats.Norm(along, 2), along)
		return i < directions
	})
}

// check is CheckGrad along directions: direction writes the i-th, if there is one.
func check(p *Program, name string, h float64, direction func(i int, along []float64) bool) (worst float64, err error) {
	if _, err := p.Eval(); err != nil {
		return 0, err
	}
	g, err := p.Grad(name)
	if err != nil {
		return 0, err
	}
	grad, x := slices.Clone(g.Float64s()), p.Param(name).Float64s()
	from, along := slices.Clone(x), make([]float64, len(x))
	at := func(step float64) (float64, error) {
		defer copy(x, from)
		floats.AddScaled(x, step, along)
		return p.Eval()
	}
	for i := 0; direction(i, along); i++ {
		above, err := at(h)
		if err != nil {
			return 0, err
		}
		below, err := at(-h)
		if err != nil {
			return 0, err
		}
		// NaN is the worst of differences: max would keep it, as it should.
		worst = math.Max(worst, math.Abs((above-below)/(2*h)-floats.Dot(grad, along)))
	}
	_, err = p.Eval()
	return worst, err
}
