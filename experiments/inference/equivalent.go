package inference

import (
	"context"
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"simgrad/data/probe"
	"simgrad/measures"
)

// Leading is what the leading components of a reference score with it, alone.
type Leading struct {
	// Scores[k−1] is the score of x with its first k components.
	Scores []float64
	// Closed is whether they are a closed form's: √(Σ_{j≤k} λ²/Σλ²) of CKA and
	// √(Σ_{j≤k} λ/Σλ) of NBS, for the variances λ of the components.
	Closed bool

	measure measures.Measure
	rank    int
	with    func(k int) (float64, error) // the score of the first k, of all
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
	l.measure, l.rank = m, len(c.Fraction)
	l.Scores = make([]float64, min(most, l.rank))
	scaling := measures.ScalingOf(m.Name)
	power := map[string]float64{measures.CKA.Name: 2, measures.NBS.Name: 1}[scaling.Base]
	if power != 0 {
		l.Closed = true
		sums, sum := make([]float64, l.rank), 0.0
		for k, f := range c.Fraction {
			sum += math.Pow(f, power)
			sums[k] = sum
		}
		l.with = func(k int) (float64, error) { return scaling.Of(math.Sqrt(sums[k-1] / sum)), nil }
	} else {
		reference := measures.NewSamples(x)
		l.with = func(k int) (float64, error) { return m.EvalSamples(reference, measures.NewSamples(c.Leading(x, k))) }
	}
	err = each(ctx, len(l.Scores), o.Workers, func(k int) (err error) {
		l.Scores[k], err = l.with(k + 1)
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
// one more would: s_k ≤ score < s_{k+1}, or all. Low and High are k.
func (l Leading) Equivalent(score float64) (Equivalent, error) {
	up := 1.0 // more alike is more
	if l.measure.Kind == measures.Distance {
		up = -1
	}
	no := func(k float64) bool { return up*(score-k) >= -1e-12 } // more
	k := 0
	for k < len(l.Scores) && no(l.Scores[k]) {
		k++
	}
	if k == 0 {
		return Equivalent{Low: nan, High: nan, Words: BelowOneComponent}, nil
	}
	if k == len(l.Scores) {
		for above := l.rank + 1; above-k > 1; {
			at := (k + above) / 2
			v, err := l.with(at)
			switch {
			case err != nil:
				return Equivalent{}, fmt.Errorf("inference: leading components: %w", err)
			case no(v):
				k = at
			default:
				above = at
			}
		}
	}
	return Equivalent{Low: float64(k), High: float64(k)}, nil
}
