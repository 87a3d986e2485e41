package inference

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data/probe"
	"simgrad/graph"
	"simgrad/measures"
)

// Leading is what the leading components of a reference score with it, alone.
type Leading struct {
	// Scores[k−1] is the score of x with its first k components.
	Scores []float64
	// Closed is whether they are a closed form's: √(Σ_{j≤k} λ²/Σλ²) of CKA and
	// √(Σ_{j≤k} λ/Σλ) of NBS, for the variances λ of the components.
	Closed bool
}

// LeadingOf scores x with its first components alone, up to the number given, or all if there
// are less.
func LeadingOf(ctx context.Context, m measures.Measure, x *tensor.Dense, most int, o Options) (l Leading, err error) {
	if _, _, _, err := shape("x", x); err != nil {
		return l, err
	}
	c, err := probe.ComponentsOf(x)
	if err != nil {
		return l, fmt.Errorf("inference: %w", err)
	}
	l.Scores = make([]float64, min(most, len(c.Fraction)))
	scaling := measures.ScalingOf(m.Name)
	power := map[string]float64{measures.CKA.Name: 2, measures.NBS.Name: 1}[scaling.Base]
	if power != 0 {
		l.Closed = true
		all, sum := 0.0, 0.0
		for _, f := range c.Fraction {
			all += math.Pow(f, power)
		}
		for k := range l.Scores {
			sum += math.Pow(c.Fraction[k], power)
			l.Scores[k] = scaling.Of(math.Sqrt(math.Min(1, sum/all)))
		}
		return l, nil
	}
	reference := measures.NewSamples(x)
	err = each(ctx, len(l.Scores), o.Workers, func(k int) (err error) {
		l.Scores[k], err = m.EvalSamples(reference, measures.NewSamples(c.Leading(x, k+1)))
		return err
	})
	if err != nil {
		return l, fmt.Errorf("inference: leading components: %w", err)
	}
	return l, nil
}

// An Equivalent is what else would score the same, as an interval or in words.
type Equivalent struct {
	Low, High float64
	// Words is what there is in place of an interval: "below one component", "none", "at
	// the floor". Low and High are NaN then.
	Words string
	// Withheld is why the question is not asked of a measure.
	Withheld string
}

// Words of equivalents.
const (
	BelowOneComponent = "below one component"
	NoNoise           = "none"
	AtTheFloor        = "at the floor"
)

// Equivalent is the number k of leading components that score no more than score, of which
// one more would: s_k ≤ score < s_{k+1}. Low and High are k.
func (l Leading) Equivalent(m measures.Measure, score float64) Equivalent {
	up := 1.0 // more alike is more
	if m.Kind == measures.Distance {
		up = -1
	}
	k := 0
	for k < len(l.Scores) && up*(score-l.Scores[k]) >= -1e-12 {
		k++
	}
	if k == 0 {
		return Equivalent{Low: nan, High: nan, Words: BelowOneComponent}
	}
	return Equivalent{Low: float64(k), High: float64(k)}
}

// NoiseUnits is the number of units that signal to noise is given for.
const NoiseUnits = 100

// NoiseDraws is how many white noises a level of noise is judged by.
const NoiseDraws = 200

// NoiseEquivalents are the levels of white noise that, added to x, would score so with x.
type NoiseEquivalents struct {
	// Deviation is noise as a multiple of the centred recording's overall standard
	// deviation, at its own units: it depends on how many these are.
	Deviation Equivalent
	// SignalToNoise is the ratio of a unit's variance to that of its noise, where the
	// recording's principal coordinates, at most NoiseUnits, are turned at random into
	// NoiseUnits columns: copies of units do not change it. It is withheld of measures that
	// see units.
	SignalToNoise Equivalent
}

// NoiseEquivalentOf finds the levels of white noise whose scores with x, from quantile 5 to
// 95 % among the draws, hold the score given. As more noise scores less, these are the
// levels from quantile 5 to 95 % of those at which each draw scores exactly so.
func NoiseEquivalentOf(ctx context.Context, m measures.Measure, x *tensor.Dense, score float64, o Options) (n NoiseEquivalents, err error) {
	if _, _, _, err := shape("x", x); err != nil {
		return n, err
	}
	if n.Deviation, err = noiseLevels(ctx, m, x, score, o); err != nil {
		return n, fmt.Errorf("inference: equivalent noise: %w", err)
	}
	if !m.InvariantX.Has(measures.Translation|measures.Rotation) || !m.InvariantY.Has(measures.Translation|measures.Rotation) {
		n.SignalToNoise = Equivalent{Low: nan, High: nan, Withheld: m.Label + " sees units: its score of other columns with the same principal coordinates is another"}
		return n, nil
	}
	turned, err := columns(x, o.Seed)
	if err != nil {
		return n, fmt.Errorf("inference: equivalent noise: %w", err)
	}
	levels, err := noiseLevels(ctx, m, turned, score, o)
	if err != nil {
		return n, fmt.Errorf("inference: equivalent noise: %w", err)
	}
	n.SignalToNoise = Equivalent{Low: 1 / (levels.High * levels.High), High: 1 / (levels.Low * levels.Low), Words: levels.Words}
	return n, nil
}

// columns is x in its principal coordinates, at most NoiseUnits, turned at random into
// NoiseUnits columns.
func columns(x *tensor.Dense, seed uint64) (*tensor.Dense, error) {
	c, err := probe.ComponentsOf(x)
	if err != nil {
		return nil, err
	}
	n, r := c.U.Dims()
	r = min(r, NoiseUnits)
	var qr mat.QR
	qr.Factorize(mat.NewDense(NoiseUnits, r, normal(seed, 1<<40, NoiseUnits*r)))
	var q, to mat.Dense
	qr.QTo(&q)
	// The sign of a singular vector is no property of the data, and the noise is not turned
	// with it: of each, the value of the largest size is positive.
	u := c.Coordinates()
	for j := range r {
		largest := 0.0
		for i := range n {
			if v := u.At(i, j); math.Abs(v) > math.Abs(largest)*(1+1e-6) {
				largest = v
			}
		}
		if largest < 0 {
			for i := range n {
				u.Set(i, j, -u.At(i, j))
			}
		}
	}
	to.Mul(u.Slice(0, n, 0, r), q.Slice(0, NoiseUnits, 0, r).T())
	s := x.Shape()
	return of(to.RawMatrix().Data, s[0], s[1], NoiseUnits), nil
}

// The levels of noise that are looked at, as multiples of the overall standard deviation.
const leastNoise, mostNoise = 1e-4, 1e3

// noiseLevels are the levels of white noise in x that score so with x.
func noiseLevels(ctx context.Context, m measures.Measure, x *tensor.Dense, score float64, o Options) (Equivalent, error) {
	s, v := x.Shape(), graph.RowMajor(x)
	sd := deviation(x)
	reference := measures.NewSamples(x)
	up := 1.0 // more alike is more
	if m.Kind == measures.Distance {
		up = -1
	}
	level := func(draw int, from float64) (float64, error) {
		e := normal(o.Seed, uint64(draw), len(v))
		return fall(from, func(log float64) (float64, error) {
			noisy := make([]float64, len(v))
			for i, w := range v {
				noisy[i] = w + math.Exp(log)*sd*e[i]
			}
			got, err := m.EvalSamples(reference, measures.NewSamples(of(noisy, s[0], s[1], s[2])))
			return up * (got - score), err
		})
	}
	first, err := level(0, 0)
	if err != nil {
		return Equivalent{}, err
	}
	logs := make([]float64, o.draws(NoiseDraws))
	err = each(ctx, len(logs), o.Workers, func(i int) (err error) {
		logs[i], err = level(i, math.Min(math.Max(first, math.Log(leastNoise)), math.Log(mostNoise)))
		return err
	})
	if err != nil {
		return Equivalent{}, err
	}
	slices.Sort(logs)
	low, high := logs[(len(logs)-1)/20], logs[len(logs)-1-(len(logs)-1)/20]
	switch {
	case math.IsInf(high, 1):
		return Equivalent{Low: nan, High: nan, Words: AtTheFloor}, nil
	case math.IsInf(low, -1):
		return Equivalent{Low: nan, High: nan, Words: NoNoise}, nil
	}
	return Equivalent{Low: math.Exp(low), High: math.Exp(high)}, nil
}

// fall is where f, of the logarithm of a level and falling, is 0: −Inf if it is below at the
// least noise, Inf if it is above at the most. It is looked for from the place given on, by
// the method of false position.
func fall(from float64, f func(log float64) (float64, error)) (float64, error) {
	least, most := math.Log(leastNoise), math.Log(mostNoise)
	a, b := from, from // f(a) > 0 ≥ f(b)
	fa, err := f(a)
	fb := fa
	for step := .02; err == nil && fa <= 0; step *= 4 {
		if a == least {
			return math.Inf(-1), nil
		}
		b, fb = a, fa
		a = math.Max(a-step, least)
		fa, err = f(a)
	}
	for step := .02; err == nil && fb > 0; step *= 4 {
		if b == most {
			return math.Inf(1), nil
		}
		a, fa = b, fb
		b = math.Min(b+step, most)
		fb, err = f(b)
	}
	for side := 0; err == nil && b-a > 5e-4; {
		at := b - fb*(b-a)/(fb-fa)
		at = math.Min(math.Max(at, a+1e-4), b-1e-4) // so that both ends come near
		var v float64
		if v, err = f(at); v > 0 {
			a, fa = at, v
			if side > 0 {
				fb /= 2
			}
			side = 1
		} else {
			b, fb = at, v
			if side < 0 {
				fa /= 2
			}
			side = -1
		}
	}
	return (a + b) / 2, err
}

// deviation is the overall standard deviation of x about its units' means.
func deviation(x *tensor.Dense) float64 {
	return probe.Deviation(x) / math.Sqrt(float64(x.Shape().TotalSize()))
}
