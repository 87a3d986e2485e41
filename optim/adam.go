package optim

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Solver moves values against their gradients; every Gorgonia solver is one.
type Solver = gorgonia.Solver

// Adam returns the Adam solver with the decay rates and the ε of its paper, 0.9,
// 0.999 and 1e-8, and no decay of weights. At step s = 1, 2, …, for a gradient g,
//
//	m ← 0.9 m + 0.1 g,  v ← 0.999 v + 0.001 g²,
//	x ← x − rate · (m/(1−0.9^s)) / (√(v/(1−0.999^s)) + ε).
//
// Gorgonia's own Adam does the same in seven passes over memory and allocates at
// every step; this one takes one pass and allocates at the first.
//
// Source: Kingma & Ba 2015, algorithm 1.
func Adam(rate float64) Solver { return &adam{rate: rate} }

type adam struct {
	rate  float64
	steps int
	m, v  [][]float64 // moments of each parameter
}

// Step implements Solver.
func (a *adam) Step(model []gorgonia.ValueGrad) error { return a.step(model, false) }

// step moves down the gradients, or up them.
func (a *adam) step(model []gorgonia.ValueGrad, up bool) error {
	if a.m == nil {
		a.m, a.v = make([][]float64, len(model)), make([][]float64, len(model))
	}
	if len(model) != len(a.m) {
		return fmt.Errorf("optim: Adam was begun with %d parameters and is given %d", len(a.m), len(model))
	}
	a.steps++
	const beta1, beta2, epsilon = 0.9, 0.999, 1e-8
	correct1 := 1 / (1 - math.Pow(beta1, float64(a.steps)))
	correct2 := 1 / (1 - math.Pow(beta2, float64(a.steps)))
	rate := a.rate * correct1
	if up {
		rate = -rate
	}
	for i, p := range model {
		x, g, err := memory(p)
		if err != nil {
			return fmt.Errorf("optim: Adam: parameter %d: %w", i, err)
		}
		if a.m[i] == nil {
			a.m[i], a.v[i] = make([]float64, len(x)), make([]float64, len(x))
		}
		m, v := a.m[i], a.v[i]
		if len(m) != len(x) || len(g) != len(x) {
			return fmt.Errorf("optim: Adam: parameter %d has %d values, %d gradients and %d moments", i, len(x), len(g), len(m))
		}
		m, v, x = m[:len(g)], v[:len(g)], x[:len(g)]
		for k, gk := range g {
			mk := beta1*m[k] + (1-beta1)*gk
			vk := beta2*v[k] + (1-beta2)*gk*gk
			m[k], v[k] = mk, vk
			x[k] -= rate * mk / (math.Sqrt(vk*correct2) + epsilon)
		}
	}
	return nil
}

// memory returns the backing slices of a parameter and its gradient.
func memory(p gorgonia.ValueGrad) (x, g []float64, err error) {
	grad, err := p.Grad()
	if err != nil {
		return nil, nil, err
	}
	value, ok := p.Value().(*tensor.Dense)
	if !ok {
		return nil, nil, fmt.Errorf("value is a %T, not a tensor", p.Value())
	}
	gradient, ok := grad.(*tensor.Dense)
	if !ok {
		return nil, nil, fmt.Errorf("gradient is a %T, not a tensor", grad)
	}
	return value.Float64s(), gradient.Float64s(), nil
}
