package graph

import "math"

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
