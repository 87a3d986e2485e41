package measures

import (
	"fmt"
	"slices"

	"simgrad/graph"
)

// Ridge is the fraction of x's variance that ridge regression with penalty λ
// predicts from y:
//
//	R² = 1 − ‖x − y·b‖² / ‖x‖²,  b = (yᵀy + λ)⁻¹yᵀx, columns centred.
//
// Directed: the reference x is predicted from y. λ is not scaled by the number
// of samples, nor by the size of y: the same y scaled up scores higher, and x
// itself scores below 1. With cv=Kfolds, median_pearsonr, ceiling, pooled_…, unit_r2 and -reverse as linear regression.
//
// With lambda=nested, and folds, the penalty is λ·‖y‖² of the rows outside the fold, one for
// all units, and that λ of 10², 10¹, … 10⁻⁷ is taken that predicts x best when each of the
// other folds is left out in turn: what is tested has no part in it, and the scale of y is of
// no account. The gradient holds λ at what the data say; where another becomes best the score
// jumps.
//
// Source: Hoerl & Kennard 1970; as a score, Cloos et al. 2024; the choice by other folds,
// Stone 1974, Cross-validatory choice and assessment of statistical predictions.
var Ridge = RegisterFamily(Family{
	Name:     "ridge",
	Examples: []string{"ridge-lambda=100-r2", "ridge-lambda=100-r2-cv=5folds"},
	Make: func(r *Reader) Measure {
		lambda, nested := r.NumberOr("nested", "lambda", 100, "a number greater than 0", positive)
		words := goods
		if nested { // which takes folds
			words = slices.DeleteFunc(slices.Clone(goods), func(word string) bool { return word == "unit_r2" })
		}
		good := r.One(words...)
		m := Measure{
			Label: fmt.Sprintf("ridge R², λ = %g", lambda), Source: "Cloos et al. 2024",
			Range: [2]float64{0, 1}, Identity: nan,
			InvariantX: similarityShape, InvariantY: Translation | Permutation | Rotation, OfKernel: true, OfRoots: true,
		}
		fit := func(_ []int, a, b, av *graph.Node) *graph.Node { return graph.MatMul(av, graph.Ridge(lambda, a, b)) }
		if nested {
			m.Label, m.Source, m.InvariantY, fit = "ridge R², nested λ", "Stone 1974", m.InvariantY|Scale, graph.NestedRidge
		}
		switch {
		case good != "r2":
			return overUnits(r, m, good, fit)
		case nested:
			return r.Scale(predicting(m, fit, graph.R2, r.SomeFolds()), OnReverse)
		}
		m.Score = func(x, y *graph.Node) *graph.Node {
			x, y = graph.Center(x), graph.Center(y)
			return graph.Div(graph.RidgeExplained(lambda, y, x), graph.SumSquares(x))
		}
		return r.Scale(crossValidated(m, lambda, r.Folds()), OnReverse)
	},
})

func positive(v float64) bool { return v > 0 }
