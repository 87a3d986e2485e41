package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// A surrogate is a recipe for Gaussian data with the shape and the variance
// spectrum of a recording, in which task variables are embedded:
//
//	X = U·S·Vᵀ, with V random and orthonormal, S from the published spectrum,
//
// and U orthonormal and centred. A column of U is normal noise, except where a
// task variable is embedded: there it correlates with the variable's signal, the
// code of its classes times its course over time, to the extent of strength.
//
// Where variables are placed decides what a study of the surrogate finds. Places
// and strengths were chosen from the spectrum and the published accuracies of the
// reference alone, never from published curves; of mante2013 and siegel2015-fef one
// accuracy can be recovered, and all their variables have the strength that gives it.
// The scale is of the order of normalised firing rates and is published nowhere; only
// what is not invariant to it (ridge, a decoder's penalty) can tell. Studies show how their results
// change with the place (shift).
type surrogate struct {
	name                     string
	times, conditions, units int
	spectrum                 []knot
	scale                    float64 // standard deviation of a unit, root mean square
	variables                []Variable
	signals                  []signal
	card                     Card
}

// A knot is the published variance fraction of one component. Between knots,
// fractions follow a power law of the component's number.
type knot struct {
	component int
	fraction  float64
}

// A signal is embedded in one component.
type signal struct {
	component int       // from 1
	variable  string    // the task variable it belongs to; "" if it is of none
	code      []float64 // by condition
	course    func(t float64) float64
	strength  float64 // correlation of the component with the signal
}

// surrogates is the table of recipes.
var surrogates = []surrogate{mante2013, siegel2015FEF, hatsopoulos2007, majajHong2015, freemanZiemba2013}

// make draws the surrogate from seed, with every task variable moved by shift
// components; one that would be moved beyond the first goes to the first that is
// free.
func (s surrogate) make(seed, shift int) (*Dataset, error) {
	fractions := s.fractions()
	n, r := s.times*s.conditions, len(fractions)
	random := rand.New(rand.NewPCG(uint64(seed), 0x73757272))

	columns := map[int][]float64{} // component from 0 → column of U
	var order []int
	for _, g := range s.signals {
		j := g.component - 1
		if g.variable != "" {
			j = max(0, j+shift)
		}
		if j >= r {
			return nil, fmt.Errorf("a shift of %d moves %s to component %d; there are components 1 to %d", shift, g.variable, j+1, r)
		}
		for columns[j] != nil { // two signals never share a component
			j++
		}
		u := make([]float64, n)
		for t := range s.times {
			for c := range s.conditions {
				u[t*s.conditions+c] = g.code[c] * g.course(float64(t)/math.Max(1, float64(s.times-1)))
			}
		}
		standardise(u)
		noise := normal(random, n)
		standardise(noise)
		for i := range u {
			u[i] = g.strength*u[i] + math.Sqrt(1-g.strength*g.strength)*noise[i]
		}
		columns[j] = u
		order = append(order, j)
	}
	for j := range r {
		if columns[j] == nil {
			columns[j] = normal(random, n)
			order = append(order, j)
		}
	}
	// Orthonormal in the order of embedding, so that noise gives way to signals.
	u := mat.NewDense(n, r, nil)
	for k, j := range order {
		standardise(columns[j])
		u.SetCol(k, columns[j])
	}
	orthonormalise(u)
	v := mat.NewDense(s.units, r, normal(random, s.units*r))
	orthonormalise(v)

	total := float64(n*s.units) * s.scale * s.scale
	us := mat.NewDense(n, r, nil)
	for k, j := range order {
		column := mat.Col(nil, k, u)
		for i := range column {
			column[i] *= math.Sqrt(total * fractions[j])
		}
		us.SetCol(k, column)
	}
	var x mat.Dense
	x.Mul(us, v.T())

	card := s.card
	card.Surrogate = true
	card.Source = "surrogate drawn here, seed " + strconv.Itoa(seed) + "; shape and spectrum after " + s.card.Source
	card.Notes = append(slices.Clone(card.Notes), "Each contrast of a task variable is embedded in one component; a recording spreads it over more, so that it may be found earlier or later than here.")
	if shift != 0 {
		card.Notes = append(card.Notes, fmt.Sprintf("Task variables are moved by %+d components from where this surrogate has them, or to the first that is free.", shift))
	}
	return &Dataset{
		Activity:  tensor.New(tensor.WithShape(s.times, s.conditions, s.units), tensor.WithBacking(x.RawMatrix().Data)),
		Variables: s.variables,
		Card:      card,
	}, nil
}

// fractions returns the variance fraction of every component, summing to 1.
func (s surrogate) fractions() []float64 {
	last := s.spectrum[len(s.spectrum)-1].component
	p, sum := make([]float64, last), 0.0
	for i, k := range s.spectrum[1:] {
		from := s.spectrum[i]
		slope := math.Log(k.fraction/from.fraction) / math.Log(float64(k.component)/float64(from.component))
		for j := from.component; j <= k.component; j++ {
			p[j-1] = from.fraction * math.Pow(float64(j)/float64(from.component), slope)
		}
	}
	for _, f := range p {
		sum += f
	}
	for j := range p {
		p[j] /= sum
	}
	return p
}

func normal(r *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

// standardise brings x to mean 0 and norm 1.
func standardise(x []float64) {
	mean, norm := 0.0, 0.0
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for i := range x {
		x[i] -= mean
		norm += x[i] * x[i]
	}
	for i := range x {
		x[i] /= math.Sqrt(norm)
	}
}

// orthonormalise makes the columns of a orthonormal, each orthogonal to those
// before it and otherwise as near as can be to where it was.
func orthonormalise(a *mat.Dense) {
	n, k := a.Dims()
	var qr mat.QR
	qr.Factorize(a)
	var q mat.Dense
	qr.QTo(&q)
	var r mat.Dense
	qr.RTo(&r)
	for j := range k {
		sign := math.Copysign(1, r.At(j, j))
		for i := range n {
			a.Set(i, j, sign*q.At(i, j))
		}
	}
}
