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
