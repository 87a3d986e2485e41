package optim

//go:generate go -C gen run .

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"simgrad/graph"
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
// every step; this one takes one pass, in vectors where the processor has them, and
// allocates at the first.
//
// Source: Kingma & Ba 2015, algorithm 1.
func Adam(rate float64) Solver { return &adam{rate: rate} }

type adam struct {
	rate  float64
	steps int
	m, v  [][]float64 // moments of each parameter

	// The parameter that is being moved, and the function that moves a range of it.
	x, g []float64
	i    int
	by   coefficients
	move func(from, to int)
}

// Step implements Solver.
func (a *adam) Step(model []gorgonia.ValueGrad) error { return a.step(model, false) }

// step moves down the gradients, or up them.
func (a *adam) step(model []gorgonia.ValueGrad, up bool) error {
	if a.m == nil {
		a.begin(len(model))
	}
	if len(model) != len(a.m) {
		return fmt.Errorf("optim: Adam was begun with %d parameters and is given %d", len(a.m), len(model))
	}
	if math.IsNaN(a.rate) || math.IsInf(a.rate, 0) {
		return fmt.Errorf("optim: Adam: the rate is %v; it must be finite", a.rate)
	}
	a.steps++
	const beta1, beta2 = 0.9, 0.999
	a.by = coefficients{
		keepM: beta1, takeG: 1 - beta1,
		keepV: beta2, takeGG: 1 - beta2,
		correct: 1 / (1 - math.Pow(beta2, float64(a.steps))),
		epsilon: 1e-8,
		rate:    a.rate / (1 - math.Pow(beta1, float64(a.steps))),
	}
	if up {
		a.by.rate = -a.by.rate
	}
	for i, p := range model {
		x, g, err := memory(p)
		if err != nil {
			return fmt.Errorf("optim: Adam: parameter %d: %w", i, err)
		}
		if a.m[i] == nil {
			a.m[i], a.v[i] = make([]float64, len(x)), make([]float64, len(x))
		}
		if len(a.m[i]) != len(x) || len(g) != len(x) {
			return fmt.Errorf("optim: Adam: parameter %d has %d values, %d gradients and %d moments", i, len(x), len(g), len(a.m[i]))
		}
		a.x, a.g, a.i = x, g, i
		graph.Share(len(x), 7, a.move)
		a.x, a.g = nil, nil
	}
	return nil
}

// begin makes room for so many parameters.
func (a *adam) begin(params int) {
	a.m, a.v = make([][]float64, params), make([][]float64, params)
	a.move = func(from, to int) {
		x, g, m, v := a.x[from:to], a.g[from:to], a.m[a.i][from:to], a.v[a.i][from:to]
		done := vectors(x, m, v, g, &a.by)
		plain(x[done:], m[done:], v[done:], g[done:], &a.by)
	}
}

// coefficients of one step, in the order that the vector forms read them.
type coefficients struct {
	keepM, takeG, keepV, takeGG, correct, epsilon, rate float64
}

// plain is a step of values x with moments m and v against gradients g. The vector
// forms do the same operations in the same order, so that the bits are the same.
func plain(x, m, v, g []float64, k *coefficients) {
	m, v, x = m[:len(g)], v[:len(g)], x[:len(g)]
	for i, gi := range g {
		m[i] = float64(k.keepM*m[i]) + float64(k.takeG*gi)
		v[i] = float64(k.keepV*v[i]) + float64(float64(k.takeGG*gi)*gi)
		x[i] -= k.rate * m[i] / (math.Sqrt(k.correct*v[i]) + k.epsilon)
	}
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
