package inference

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
	"gorgonia.org/tensor"

	"simgrad/measures"
)

// MaxGroups is how many groups conditions, and units, are left out in at most; up to that
// many are left out one by one.
const (
	MaxGroups     = 40
	MaxUnitGroups = 20
)

// MinConditions and MinUnits are how many conditions, and units, an interval over them
// needs.
const MinConditions, MinUnits = 6, 6

// Replicates are the scores of x with y as groups of conditions, or of x's units, are left
// out: all intervals and differences are of these. Conditions and units are in group i mod
// G, so that models scored with the same x are scored on the same.
type Replicates struct {
	Measure measures.Measure
	Times   int
	Number  int // of conditions
	Units   int // of x
	Score   float64
	// Without[g] is the score without group g of the conditions, WithoutUnits[h] that
	// without group h of the units, and WithoutBoth[g][h] without both. Those of units are
	// nil where they were not asked for.
	Without, WithoutUnits []float64
	WithoutBoth           [][]float64
	// Withheld is why there are none, and no interval; WithheldUnits is why those of units are
	// not there, and there is no interval over units.
	Withheld, WithheldUnits string
}

// Jackknife scores x with y with groups of conditions left out and, if overUnits, groups of
// x's units: those of the recording are a sample of its population, while a model's are all
// it has. A measure that jumps as data move (of ranks, of neighbours, of matches) has no interval by this, nor have
// fewer than MinConditions conditions.
func Jackknife(ctx context.Context, m measures.Measure, x, y *tensor.Dense, overUnits bool, o Options) (*Replicates, error) {
	times, conditions, err := same(x, y)
	if err != nil {
		return nil, err
	}
	r := &Replicates{Measure: m, Times: times, Number: conditions, Units: x.Shape()[2]}
	if r.Score, err = m.Eval(x, y); err != nil {
		return nil, err
	}
	if r.Withheld = noInterval(m, conditions); r.Withheld != "" {
		return r, nil
	}
	kept := left(conditions, MaxGroups)
	units := [][]int{nil} // the first of all units
	if overUnits {
		if n := x.Shape()[2]; n < MinUnits {
			r.WithheldUnits = fmt.Sprintf("%d units are too few to leave some out; %d are needed", n, MinUnits)
		} else {
			units = append(units, left(n, MaxUnitGroups)...)
		}
	}
	all := make([]int, conditions)
	for c := range all {
		all[c] = c
	}
	kept = append([][]int{all}, kept...) // the first of all conditions
	narrow, of := reducedY(m, y), []*tensor.Dense{reducedX(m, x)}
	ys := make([]*tensor.Dense, len(kept))
	for g := range kept {
		ys[g] = conditionsOf(narrow, kept[g])
	}
	scores := make([][]float64, len(units))
	for h := range units {
		if h > 0 {
			of = append(of, unitsOf(x, units[h]))
		}
		scores[h] = make([]float64, len(kept))
	}
	pairs := pairsOf(m, times)
	err = each(ctx, len(units)*len(kept), o.Workers, func(i int) (err error) {
		h, g := i/len(kept), i%len(kept)
		if scores[h][g], err = pairs.pair(conditionsOf(of[h], kept[g]), ys[g]); err != nil {
			return fmt.Errorf("without %s: %w", leftOut(g, h), err)
		}
		return nil
	})
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		r.Withheld = err.Error()
		return r, nil
	}
	r.Without = scores[0][1:]
	for h := 1; h < len(units); h++ {
		r.WithoutUnits = append(r.WithoutUnits, scores[h][0])
	}
	if len(units) > 1 {
		for g := range r.Without {
			both := make([]float64, len(r.WithoutUnits))
			for h := range both {
				both[h] = scores[h+1][g+1]
			}
			r.WithoutBoth = append(r.WithoutBoth, both)
		}
	}
	return r, nil
}

func leftOut(g, h int) string {
	switch {
	case h == 0:
		return fmt.Sprintf("group %d of the conditions", g)
	case g == 0:
		return fmt.Sprintf("group %d of the units", h)
	}
	return fmt.Sprintf("group %d of the conditions and %d of the units", g, h)
}

// noInterval is why a score has no interval, or "".
func noInterval(m measures.Measure, conditions int) string {
	switch {
	case m.Differentiable() != nil || m.Matching:
		return m.Label + " is of ranks, neighbours, matches or a search, and may jump where data move a little: what it is without some conditions need not say how it spreads"
	case conditions < MinConditions:
		return fmt.Sprintf("%d conditions are too few to leave some out; %d are needed", conditions, MinConditions)
	}
	return ""
}

// left lists, for each group, what of 0 … n−1 is left without it.
func left(n, most int) [][]int {
	groups := min(n, most)
	kept := make([][]int, groups)
	for i := range n {
		for g := range groups {
			if i%groups != g {
				kept[g] = append(kept[g], i)
			}
		}
	}
	return kept
}

// An Interval holds what a score is of, the Estimand, in 95 of 100 recordings.
type Interval struct {
	Low, High float64
	// Error is the standard error, on the scale of the score.
	Error float64
	// Freedom is the degrees of freedom of Student's t.
	Freedom int
	// Estimand is what the interval is of, in words.
	Estimand string
	// Withheld is why there is none, and Low and High are NaN.
	Withheld string
}

// Interval is over the conditions and, if units were left out too, over the recording's
// units: of variance V = V_u + V_c − V_e, V_e being of what the two do together, held
// between the larger of V_u and V_c and their sum.
//
// It is t(G − 1)·√V to each side, or t of the lesser of two G, within the range of scores. On
// the scale of the score's logit it is wider and covers no better.
//
// Source: Schütt et al. 2023, Statistical inference on representational geometries; the
// delete-a-group jackknife is Kott 2001's.
func (r *Replicates) Interval() Interval {
	overUnits := r.WithoutUnits != nil
	i := Interval{Low: nan, High: nan, Error: nan, Estimand: r.estimand(overUnits), Withheld: r.Withheld}
	if r.Withheld != "" {
		return i
	}
	v, freedom := r.variance()
	wide := quantileT(freedom) * math.Sqrt(v)
	i.Low, i.High = r.Score-wide, r.Score+wide
	if low, high := r.Measure.Range[0], r.Measure.Range[1]; low < high {
		i.Low, i.High = math.Max(i.Low, low), math.Min(i.High, high)
	}
	i.Error, i.Freedom = math.Sqrt(v), freedom
	return i
}

// estimand is what the mean of the score over recordings is. CKA without bias is, of independent
// samples, the population's at these units; their number it does not correct for.
func (r *Replicates) estimand(overUnits bool) string {
	switch {
	case overUnits:
		return fmt.Sprintf("the mean score at %d conditions and %d units, over both", r.Number, r.Units)
	case r.Measure.Name == measures.CKASong.Name && r.Times == 1:
		return "the population's score, over conditions"
	}
	return fmt.Sprintf("the mean score at %d conditions, over conditions", r.Number)
}

// variance is that of the score, and its degrees of freedom.
func (r *Replicates) variance() (v float64, freedom int) {
	c := spread(r.Without)
	if r.WithoutUnits == nil {
		return c, len(r.Without) - 1
	}
	u := spread(r.WithoutUnits)
	g, h := float64(len(r.Without)), float64(len(r.WithoutUnits))
	rows, columns, all := make([]float64, len(r.Without)), make([]float64, len(r.WithoutUnits)), 0.0
	for i, row := range r.WithoutBoth {
		for j, s := range row {
			rows[i] += s / h
			columns[j] += s / g
			all += s / (g * h)
		}
	}
	e := 0.0
	for i, row := range r.WithoutBoth {
		for j, s := range row {
			d := s - rows[i] - columns[j] + all
			e += d * d
		}
	}
	e *= (g - 1) / g * (h - 1) / h
	return math.Min(math.Max(u+c-e, math.Max(u, c)), u+c), min(len(r.Without), len(r.WithoutUnits)) - 1
}

// spread is the variance of a score by its values without each group.
func spread(without []float64) float64 {
	g, mean, sum := float64(len(without)), stat.Mean(without, nil), 0.0
	for _, s := range without {
		sum += (s - mean) * (s - mean)
	}
	return (g - 1) / g * sum
}

func quantileT(freedom int) float64 {
	return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(freedom)}.Quantile(.975)
}

// A Comparison is the difference of two models' scores with one reference.
type Comparison struct {
	Difference float64 // of the first less the second
	Low, High  float64 // 95 %
	P          float64 // of no difference
	// Withheld is why there is no interval and no P, which are NaN.
	Withheld string
}

// Difference compares the scores of two models, with the same reference, measure and
// groups: what is left out is left out of both.
func Difference(a, b *Replicates) (Comparison, error) {
	d := Comparison{a.Score - b.Score, nan, nan, nan, a.Withheld}
	if d.Withheld == "" {
		d.Withheld = b.Withheld
	}
	if a.Measure.Name != b.Measure.Name || a.Number != b.Number || (d.Withheld == "" && len(a.WithoutUnits) != len(b.WithoutUnits)) {
		return d, fmt.Errorf("inference: %s at %d conditions and %s at %d: models are compared by one measure on the same conditions and units", a.Measure.Name, a.Number, b.Measure.Name, b.Number)
	}
	if d.Withheld != "" {
		return d, nil
	}
	r := &Replicates{Measure: a.Measure, Without: minus(a.Without, b.Without)}
	if a.WithoutUnits != nil {
		r.WithoutUnits = minus(a.WithoutUnits, b.WithoutUnits)
		for g := range a.WithoutBoth {
			r.WithoutBoth = append(r.WithoutBoth, minus(a.WithoutBoth[g], b.WithoutBoth[g]))
		}
	}
	v, freedom := r.variance()
	wide := quantileT(freedom) * math.Sqrt(v)
	d.Low, d.High = d.Difference-wide, d.Difference+wide
	switch {
	case v > 0:
		d.P = 2 * distuv.StudentsT{Mu: 0, Sigma: 1, Nu: float64(freedom)}.Survival(math.Abs(d.Difference)/math.Sqrt(v))
	case d.Difference == 0: // the same model
		d.P = 1
	default:
		d.P, d.Withheld = nan, "the difference is the same whatever is left out"
	}
	return d, nil
}

func minus(a, b []float64) []float64 { return floats.SubTo(make([]float64, len(a)), a, b) }
