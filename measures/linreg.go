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
// Source: Cloos et al. 2024; the folds of their package diffscore.
var LinReg = RegisterFamily(Family{
	Name:     "linreg",
	Examples: []string{"linreg-r2", "linreg-r2-cv=5conditions", "linreg-r2-cv=5folds"},
	Make: func(r *Reader) Measure {
		r.One("r2")
		m := Measure{
			Label: "linear regression R²", Source: "Cloos et al. 2024",
			Range: [2]float64{0, 1}, Identity: 1,
			InvariantX: similarityShape, InvariantY: similarityShape | Linear, CeilingProven: true, OfKernel: true,
		}
		m.Score = func(x, y *graph.Node) *graph.Node {
			x, y = graph.Center(x), graph.Center(y)
			return graph.Affine(-1, graph.Div(graph.Unexplained(y, x), graph.SumSquares(x)), 1)
		}
		return crossValidated(m, 0, r.Folds())
	},
})

// crossValidated returns m, a regression of x on y with penalty lambda, cross-validated by
// folds, if there are any.
func crossValidated(m Measure, lambda float64, f Folds) Measure {
	if f == (Folds{}) {
		return m
	}
	m.Label += ", cross-validated"
	m.Range[0], m.Identity, m.CeilingProven = negInf, nan, false
	// Of several coefficients that fit as well, which there are where y has as many
	// units as rows to fit, the least are taken; and least is not linear.
	m.InvariantY &^= Linear
	m.Score = func(x, y *graph.Node) *graph.Node {
		return graph.CrossValidatedR2(f.Number, lambda, y, x)
	}
	if f.Conditions {
		m.Label = strings.TrimSuffix(m.Label, "cross-validated") + "conditions left out"
		m.Score, m.ScoreOver = nil, func(times int, x, y *graph.Node) *graph.Node {
			return graph.CrossValidatedOverConditions(times, f.Number, lambda, y, x)
		}
	}
	return m
}
