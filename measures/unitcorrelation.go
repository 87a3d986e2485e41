package measures

import (
	"fmt"
	"math"
	"strings"

	"simgrad/graph"
)

// correlated reads the end of a name of units' correlations with what fit predicts of them.
func correlated(r *Reader, m Measure, fit graph.Predictor, f Folds) Measure {
	m = unitCorrelation(m, fit, f)
	if ceiling := r.Word("ceiling", "none", "unit", "median"); ceiling != "none" {
		return r.Scale(ceiled(m, fit, f, ceiling))
	}
	return r.Scale(m, OnReverse)
}

// unitCorrelation is m with, in place of R², the mean over folds of the median over units of x
// of the correlation between a unit and what fit predicts of it.
// Units that do not vary in a fold are not counted; the correlation of a prediction that does
// not is 0. Brain-Score's folds are ten random ones of a tenth of the stimuli; those here are
// the ones that are named, without chance.
//
// Source: Schrimpf et al. 2018; brain-score/vision, commit 0197a609,
// metrics/regression_correlation (CrossRegressedCorrelation, pearsonr_correlation).
func unitCorrelation(m Measure, fit graph.Predictor, f Folds) Measure {
	m.Label = strings.ReplaceAll(m.Label, "R²", "median r of units")
	m.Source += "; correlations of units, Schrimpf et al. 2018"
	m.Range, m.CeilingProven, m.OfKernel, m.OfRoots = [2]float64{-1, 1}, false, false, false
	m.InvariantX = Translation | Scale | Permutation
	fits := m.Fits
	m.Fits = func(n, p, q int) error {
		if !f.Conditions && n >= f.Number && n/f.Number < 3 {
			return fmt.Errorf("%d folds of %d samples have two or fewer in some, of which any correlation is 1, −1 or none", f.Number, n)
		}
		if fits != nil {
			return fits(n, p, q)
		}
		return nil
	}
	return predicting(m, fit, graph.MedianCorrelation, f)
}

// ceiled is unitCorrelation's m over the ceiling, of each unit or of the median, of repetitions
// of x: see LinReg.
func ceiled(m Measure, fit graph.Predictor, f Folds, ceiling string) Measure {
	m.Label += map[string]string{"unit": ", over each unit's ceiling", "median": ", over the median ceiling"}[ceiling]
	m.Source += "; ceilings, Spearman 1910, Brown 1910"
	m.Range = [2]float64{negInf, math.Inf(1)}
	good := func(repetitions int, x *graph.Node) graph.Goodness {
		if ceiling == "unit" {
			c := reliability(repetitions, x)
			return func(b, predicted *graph.Node) *graph.Node {
				r, varies := correlations(b, predicted)
				return graph.MedianWhere(graph.Mul(r, inverseRoot(c)), graph.Mul(c, varies))
			}
		}
		root := graph.Sqrt(graph.Positive("the median over units of their halves' correlation", medianReliability(repetitions, x)))
		return func(b, predicted *graph.Node) *graph.Node {
			return graph.Div(graph.MedianCorrelation(b, predicted), root)
		}
	}
	mean := func(repetitions int, x *graph.Node) *graph.Node {
		return graph.MeanOfRepetitions(repetitions, 0, repetitions, x)
	}
	m.Score, m.ScoreOver = nil, nil
	if f.Conditions {
		m.ScoreRepeatedOver = func(times, repetitions int, x, y *graph.Node) *graph.Node {
			return graph.CrossValidatedByConditions(times, f.Number, fit, good(repetitions, x), y, mean(repetitions, x))
		}
		return m
	}
	m.ScoreRepeated = func(repetitions int, x, y *graph.Node) *graph.Node {
		return graph.CrossValidated(f.Number, fit, good(repetitions, x), y, mean(repetitions, x))
	}
	return m
}

// reliability is c_j of LinReg, of units that do not vary 0, 1×p.
func reliability(repetitions int, x *graph.Node) *graph.Node {
	return overHalves(repetitions, x, func(corrected, _ *graph.Node) *graph.Node { return corrected })
}

// medianReliability is the mean over splits of the median over units, of those that vary.
func medianReliability(repetitions int, x *graph.Node) *graph.Node {
	return overHalves(repetitions, x, graph.MedianWhere)
}

// overHalves is the mean over splits of what of makes of the units' corrected correlations
// between halves, and of whether they vary.
func overHalves(repetitions int, x *graph.Node, of func(corrected, varies *graph.Node) *graph.Node) *graph.Node {
	h := repetitions / 2
	splits := h
	if repetitions%2 == 1 {
		splits = repetitions
	}
	x = graph.Center(x)
	var sum *graph.Node
	for k := range splits {
		r, varies := correlations(graph.MeanOfRepetitions(repetitions, k, h, x), graph.MeanOfRepetitions(repetitions, (k+h)%repetitions, h, x))
		one := of(spearmanBrown(float64(repetitions)/float64(h), r), varies)
		if sum == nil {
			sum = one
		} else {
			sum = graph.Add(sum, one)
		}
	}
	return graph.Affine(1/float64(splits), sum, 0)
}

// correlations are those between the columns of a and of b, 1×p, and 1 where that of a varies,
// else 0.
func correlations(a, b *graph.Node) (r, varies *graph.Node) {
	n := float64(a.Shape()[0])
	a, b = graph.UnitColumns(graph.Center(a)), graph.UnitColumns(graph.Center(b))
	return graph.Affine(n, graph.ColMeans(graph.Mul(a, b)), 0), graph.ColNorms(a)
}

// spearmanBrown is the reliability of k times as many repetitions, k·r/(1 + (k − 1)·r); below 0,
// where it has a pole, its tangent k·r.
func spearmanBrown(k float64, r *graph.Node) *graph.Node {
	return graph.Map("SpearmanBrown", k, r,
		func(r float64) float64 { return k * r / (1 + (k-1)*max(0, r)) },
		func(r, _ float64) float64 { return k / math.Pow(1+(k-1)*max(0, r), 2) })
}

// inverseRoot is 1/√c, and 0 where c is not above 0.
func inverseRoot(c *graph.Node) *graph.Node {
	return graph.Map("1/√", struct{}{}, c,
		func(c float64) float64 {
			if c <= 0 {
				return 0
			}
			return 1 / math.Sqrt(c)
		},
		func(_, v float64) float64 { return -v * v * v / 2 })
}
