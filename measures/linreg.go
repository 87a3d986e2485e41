package measures

import (
	"fmt"
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
// With pooled_r2, pooled_pearsonr or pooled_pearsonr2 the predictions of all folds are taken
// together: the mean over units of x of 1 − ‖x_j − x̂_j‖²/‖x_j − x̄_j‖², about the mean of all
// samples, of the correlation between unit and prediction, or of its square. Units that do not
// vary are not counted.
//
// With -reverse, after all else, y is predicted from x.
//
// Source: Cloos et al. 2024; the folds of their package diffscore; pooled,
// Conwell et al. 2024, A large-scale examination of inductive biases shaping high-level visual
// representation in brains and machines, by their package deepdive.
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
			return r.Scale(overUnits(m, good, leastSquares, r.SomeFolds()), OnReverse)
		}
		return r.Scale(crossValidated(m, 0, r.Folds()), OnReverse)
	},
})

// goods are what linear and ridge regression say of their predictions.
var goods = []string{"r2", "median_pearsonr", "pooled_r2", "pooled_pearsonr", "pooled_pearsonr2"}

// overUnits is m with what good, other than r2, says of units one by one in place of R².
func overUnits(m Measure, good string, fit graph.Predictor, f Folds) Measure {
	var of graph.Goodness
	label, least, most := "mean r² of units", 0.0, 1.0
	switch good {
	case "median_pearsonr":
		return unitCorrelation(m, fit, f)
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

// unitCorrelation is m with, in place of R², the mean over folds of the median over units of x
// of the correlation between a unit and what fit predicts of it.
// Units that do not vary in a fold are not counted; the correlation of a prediction that does
// not is 0. Brain-Score then divides by the ceiling, the mean over splits of the median over
// units of their halves' correlation (each corrected by Spearman and Brown), and squares: so
// median, mean, ceiling, in this order. Its splits are ten random ones of a tenth of the
// stimuli; folds here are those that are named, without chance.
//
// Source: Schrimpf et al. 2018; brain-score/vision, commit 0197a609,
// metrics/regression_correlation (CrossRegressedCorrelation, pearsonr_correlation), and
// 0117fef7, benchmark_helpers/neural_common (explained_variance).
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
