package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/stat/distuv"
	"gorgonia.org/tensor"
)

// toy2d is the reference of figure 1a: six trajectories in the plane, 10 times ×
// 6 conditions × 2 units. Three are one curve at three heights, three are those
// turned by π.
func toy2d() *Dataset {
	curve := [10][2]float64{
		{0.01, 0.01},
		{0.4, 0.3},
		{0.7, 0.5},
		{0.88, 0.613},
		{1.13, 0.68},
		{1.43, 0.73},
		{1.68, 0.6},
		{1.86, 0.473},
		{1.97, 0.24},
		{2.02, 0.04},
	}
	var x []float64
	for _, p := range curve {
		for _, sign := range []float64{1, -1} {
			for _, height := range []float64{1, 1.5, 2} {
				x = append(x, sign*p[0], sign*height*p[1])
			}
		}
	}
	return &Dataset{
		Activity: tensor.New(tensor.WithShape(10, 6, 2), tensor.WithBacking(x)),
		Variables: []Variable{
			{"choice", []int{0, 0, 0, 1, 1, 1}, []string{"-1", "1"}},
			{"stimulus", []int{0, 1, 2, 3, 4, 5}, []string{"-3", "-2", "-1", "1", "2", "3"}},
		},
		Card: Card{Task: "none: six trajectories in the plane", Source: "Cloos et al. 2024, figure 1a"},
	}
}

// expGaussian draws 15 × 40 samples of dim independent normal units whose
// variances fall from 1 to 1e-4 in equal ratios.
func expGaussian(seed, dim int) (*Dataset, error) {
	if dim < 2 || dim > 1e5 {
		return nil, fmt.Errorf("dim is %d; it must be from 2 to 100000", dim)
	}
	const times, conditions = 15, 40
	r := rand.New(rand.NewPCG(uint64(seed), 0x65787067))
	x := make([]float64, times*conditions*dim)
	for i := range x {
		variance := math.Pow(10, -4*float64(i%dim)/float64(dim-1))
		x[i] = math.Sqrt(variance) * r.NormFloat64()
	}
	return &Dataset{
		Activity: tensor.New(tensor.WithShape(times, conditions, dim), tensor.WithBacking(x)),
		Card: Card{
			Task:   "none: independent normal units, variances from 1 to 10⁻⁴ in equal ratios",
			Source: "Cloos et al. 2024, figure 3c; drawn here, seed " + strconv.Itoa(seed),
		},
	}, nil
}

// ultrametric draws the leaves of a tree of binary codes, 100 samples × 50
// units: 2 branches, 5 of each, 10 of each of those. A branch keeps each bit of
// its parent with probability 0.8 and else draws it anew. The task variable is
// the branch of the second level, 10 classes of 10.
func ultrametric(seed int) *Dataset {
	const dim, keep = 50, 0.8
	r := rand.New(rand.NewPCG(uint64(seed), 0x756c7472))
	bits := func(parent []float64) []float64 {
		code := slices.Clone(parent)
		for i := range code {
			if r.Float64() >= keep {
				code[i] = float64(r.IntN(2))
			}
		}
		return code
	}
	root := make([]float64, dim)
	for i := range root {
		root[i] = float64(r.IntN(2))
	}
	level := [][]float64{root}
	var parents []int
	for _, branches := range []int{2, 5, 10} {
		var next [][]float64
		parents = parents[:0]
		for i, code := range level {
			for range branches {
				next = append(next, bits(code))
				parents = append(parents, i)
			}
		}
		level = next
	}
	v := Variable{Name: "category", Class: parents}
	for c := range 10 {
		v.Values = append(v.Values, strconv.Itoa(c))
	}
	return &Dataset{
		Activity:  tensor.New(tensor.WithShape(1, len(level), dim), tensor.WithBacking(slices.Concat(level...))),
		Variables: []Variable{v},
		Card: Card{
			Task:   "none: the leaves of a tree of binary codes",
			Source: "Cloos et al. 2024; after Saxe et al. 2019; drawn here, seed " + strconv.Itoa(seed),
		},
	}
}

// Gaussian returns n × p independent standard normal values drawn from seed.
func Gaussian(seed uint64, n, p int) *tensor.Dense {
	r := rand.New(rand.NewPCG(seed, uint64(n)<<32|uint64(p)))
	x := make([]float64, n*p)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(x))
}

// WishartRoot returns an n × n lower triangle L whose inner products between samples, LLᵀ,
// are distributed as those of n × p independent standard normal values, p ≥ n, drawn from
// seed: what a score that sees nothing else makes of noise, whatever p.
//
// Source: Bartlett 1933, On the theory of statistical regression.
func WishartRoot(seed uint64, n, p int) *tensor.Dense {
	source := rand.NewPCG(seed, uint64(n)<<32|uint64(p))
	r := rand.New(source)
	x := make([]float64, n*n)
	for i := range n {
		for j := range i {
			x[i*n+j] = r.NormFloat64()
		}
		x[i*n+i] = math.Sqrt(distuv.ChiSquared{K: float64(p - i), Src: source}.Rand())
	}
	return tensor.New(tensor.WithShape(n, n), tensor.WithBacking(x))
}
