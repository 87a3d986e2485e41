package measures

import (
	"math"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"simgrad/graph"
)

// Squares is how many matrices of samples × samples a score of data of few units holds: 0
// where it is computed from products of units. Of n samples each takes 8n² bytes. It is found
// from the program, and takes some milliseconds.
func (m Measure) Squares() float64 {
	for n := 32; n <= 256; n *= 2 { // many neighbours, or folds, are of more samples
		if squares, ok := m.squaresFrom(n); ok {
			return squares
		}
	}
	return 0
}

// squaresFrom is Squares by programs of n samples, twice and four times as many.
func (m Measure) squaresFrom(n int) (squares float64, ok bool) {
	// What a program holds is a + b·n + c·n² numbers, of which c is asked.
	c, of := 0.0, 0.0
	for k, weight := range map[int]float64{n: 2, 2 * n: -3, 4 * n: 1} {
		x, y := noise(1, k), noise(2, k)
		if m.Fits != nil && m.Fits(k, x.Shape()[1], y.Shape()[1]) != nil {
			return 0, false
		}
		p, err := graph.Compile(func(b *graph.Builder) *graph.Node {
			return m.OfRows().Score(b.Const("x", x), b.Const("y", y))
		})
		if err != nil {
			return 0, false
		}
		_, _ = p.Eval() // that noise has no score is no matter
		c += weight * float64(p.Held())
		of += weight * float64(k*k)
	}
	return math.Round(2*c/of) / 2, true
}

// noise is n samples of four units that have something in common.
func noise(seed uint64, n int) *tensor.Dense {
	const units = 4
	r, x := rand.New(rand.NewPCG(seed, 0)), make([]float64, n*units)
	for i := range x {
		if x[i] = r.NormFloat64(); i%units > 0 {
			x[i] += 2 * x[i-i%units]
		}
	}
	return tensor.New(tensor.WithShape(n, units), tensor.WithBacking(x))
}
