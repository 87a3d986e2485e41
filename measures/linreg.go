package measures

import (
	"strings"

	"simgrad/graph"
)

// LinReg is the fraction of x's variance that linear regression predicts from y:
//
//	R² = 1 − ‖x − y·b‖² / ‖x‖²,  b = y⁺x, columns centred,
//
// one number over all units, so that a unit counts by its variance. Directed:
// the reference x is predicted from y. It starts at rank(y)/(n−1) for a y
// unrelated to x, and is 1 for nearly any y of n−1 or more units.
//
// With cv=Kfolds it is the mean over K folds of 1 − ‖x_v − x̂_v‖²/‖x_v − x̄‖²,
// where x̂_v − x̄ = (y_v − ȳ)·b, and b and the means x̄, ȳ are those of the rows
// outside the fold. Folds are contiguous blocks of the rows, the first n mod K
// one row longer; for time × condition × unit data, blocks of time. With
// cv=Kconditions they are of whole conditions, at all times: condition c is in fold
// c mod K; with cv=conditions each condition is one. Rows of smooth data are much
// alike from one to the next, so that folds of rows know what they are asked: whole
// conditions do not. A fold in which no unit of x varies from its mean outside is an
// error.
//
// With median_pearsonr in place of r2 it is the median over units of x of the correlation
// between unit and prediction in each fold, and of these the mean: Brain-Score's before it is
// divided by a ceiling. Units that do not vary in a fold are not counted; a prediction that
// does not has correlation 0.
//
// With ceiling=unit or ceiling=median, x is the mean of R repetitions, and the correlation r_j
// of unit j is divided by √c_j, c_j its reliability over all samples. ceiling=unit does so before
// the median, unit by unit: the mean over folds of median_j r_j/√c_j, of units of c_j above 0.
// ceiling=median does so after it: the mean over folds of median_j r_j, over the root of the mean
// over splits of median_j c_j; its square is Brain-Score's. c_j is the correlation between the
// means of two halves of the repetitions, taken to all R by Spearman and Brown, and then the
// mean over splits: halves are the ⌊R/2⌋ from one repetition on, and the next ⌊R/2⌋, the first
// coming after the last, in every way that makes other halves. (Brain-Score has ten random
// splits, of an odd R into halves that it corrects as if they were equal; below 0, where the
// correction has a pole, c_j here goes on as its tangent.) Where noise is independent between
// repetitions, r_j/√c_j estimates the correlation with the unit without noise, and can be
// above 1. Where a unit begins to be reliable the score jumps.
//
// With pooled_r2, pooled_pearsonr or pooled_pearsonr2 the predictions of all folds are taken
// together: the mean over units of x of 1 − ‖x_j − x̂_j‖²/‖x_j − x̄_j‖², about the mean of all
// samples, of the correlation between unit and prediction, or of its square. Units that do not
// vary are not counted. With unit_r2 it is that mean without folds, of the samples it is fitted
// to, and with columns=raw without an intercept: y·b of x and y as they are, which may be below 0.
//
// With -reverse, after all else, y is predicted from x.
//
// Source: Cloos et al. 2024; the folds of their package diffscore; pooled,
// Conwell et al. 2024, A large-scale examination of inductive biases shaping high-level visual
// representation in brains and machines, by their package deepdive; unit_r2-columns=raw, Toneva &
// Wehbe 2019, Interpreting and improving natural-language processing (in machines) with natural
// language-processing (in the brain), by ridge_tools.py of their brain_language_nlp; ceilings,
// Spearman 1910, Brown 1910, and brain-score/vision at commit c642dbe4, metrics/internal_consistency and
// benchmark_helpers/neural_common (explained_variance: r²/c since e376e306, before it (r/c)²).
var LinReg = RegisterFamily(Family{
	Name:     "linreg",
	Examples: []string{"linreg-r2", "linreg-r2-cv=5conditions", "linreg-r2-cv=5folds"},
	Make: func(r *Reader) Measure {
		good := r.One(goods...)
		m := Measure{
			Label: "linear regression R²", Source: "Cloos et al. 2024",
			Range: [2]float64{0, 1}, Identity: 1,
			InvariantX: similarityShape, InvariantY: similarityShape | Linear, CeilingProven: true, OfKernel: true, OfRoots: true, ofSpan: true,
		}
		m.Score = func(x, y *graph.Node) *graph.Node {
			x, y = graph.Center(x), graph.Center(y)
			return graph.Affine(-1, graph.Div(graph.Unexplained(y, x), graph.SumSquares(x)), 1)
		}
		if good != "r2" {
			return overUnits(r, m, good, leastSquares)
		}
		return r.Scale(crossValidated(m, 0, r.Folds()), OnReverse)
	},
})

// goods are what linear and ridge regression say of their predictions.
var goods = []string{"r2", "median_pearsonr", "pooled_r2", "pooled_pearsonr", "pooled_pearsonr2", "unit_r2"}

// overUnits is m with what good, other than r2, says of units one by one in place of R².
func overUnits(r *Reader, m Measure, good string, fit graph.Predictor) Measure {
	if good == "unit_r2" {
		return r.Scale(unitR2(r, m, fit), OnReverse)
	}
	var of graph.Goodness
	f, label, least, most := r.SomeFolds(), "mean r² of units", 0.0, 1.0
	switch good {
	case "median_pearsonr":
		return correlated(r, m, fit, f)
	case "pooled_r2":
		label, least, of = "mean R² of units", negInf, graph.UnitR2
	case "pooled_pearsonr":
		label, least, of = "mean r of units", -1, graph.UnitCorrelation
	case "pooled_pearsonr2":
		of = graph.UnitSquaredCorrelation
	}
	m.Label = strings.ReplaceAll(m.Label, "R²", label+", pooled")
	m.Source += "; pooled, Conwell et al. 2024"
	m.OfKernel, m.InvariantX = false, Translation|Scale|Permutation
	m = overFolds(m, f,
		func(x, y *graph.Node) *graph.Node { return graph.Pooled(f.Number, fit, of, y, x) },
		func(times int, x, y *graph.Node) *graph.Node {
			return graph.PooledByConditions(times, f.Number, fit, of, y, x)
		})
	m.Range = [2]float64{least, most}
	return r.Scale(m, OnReverse)
}

// unitR2 is m with the mean over units of x of R² in place of that of all, in sample.
func unitR2(r *Reader, m Measure, fit graph.Predictor) Measure {
	of, keeps := columns(r)
	label := "mean R² of units"
	if keeps == 0 {
		label, m.Range[0] = label+", no intercept", negInf
	}
	m.Label = strings.ReplaceAll(m.Label, "R²", label)
	m.Source += "; unit by unit, Toneva & Wehbe 2019"
	m.InvariantX, m.InvariantY = keeps|Scale|Permutation, keeps|m.InvariantY&^Translation
	m.CeilingProven, m.OfKernel, m.OfRoots, m.ofSpan = false, false, false, false
	m.Score = func(x, y *graph.Node) *graph.Node {
		x, y = of(x), of(y)
		return graph.UnitR2(x, fit(nil, y, x, y))
	}
	return m
}

func leastSquares(_ []int, a, b, av *graph.Node) *graph.Node {
	return graph.MatMul(av, graph.LeastSquares(a, b))
}

// crossValidated returns m, a regression of x on y with penalty lambda, cross-validated by
// folds, if there are any.
func crossValidated(m Measure, lambda float64, f Folds) Measure {
	return overFolds(m, f,
		func(x, y *graph.Node) *graph.Node { return graph.CrossValidatedR2(f.Number, lambda, y, x) },
		func(times int, x, y *graph.Node) *graph.Node {
			return graph.CrossValidatedOverConditions(times, f.Number, lambda, y, x)
		})
}

// predicting returns m, whose score says how good what fit predicts of x is, over folds.
func predicting(m Measure, fit graph.Predictor, good graph.Goodness, f Folds) Measure {
	return overFolds(m, f,
		func(x, y *graph.Node) *graph.Node { return graph.CrossValidated(f.Number, fit, good, y, x) },
		func(times int, x, y *graph.Node) *graph.Node {
			return graph.CrossValidatedByConditions(times, f.Number, fit, good, y, x)
		})
}

// overFolds returns m with the score of folds of rows, or that of folds of conditions, if
// there are any.
func overFolds(m Measure, f Folds, rows func(x, y *graph.Node) *graph.Node, conditions func(times int, x, y *graph.Node) *graph.Node) Measure {
	if f == (Folds{}) {
		return m
	}
	m.Label += ", cross-validated"
	if m.Range[0] == 0 {
		m.Range[0] = negInf
	}
	m.Identity, m.CeilingProven, m.OfRoots = nan, false, false
	// Of several coefficients that fit as well, which there are where y has as many
	// units as rows to fit, the least are taken; and least is not linear.
	m.InvariantY &^= Linear
	m.Score = rows
	if f.Conditions {
		m.Label = strings.TrimSuffix(m.Label, "cross-validated") + "conditions left out"
		m.Score, m.ScoreOver = nil, conditions
	}
	return m
}
