package measures

import (
	"fmt"

	"simgrad/graph"
)

// Ridge is the fraction of x's variance that ridge regression with penalty λ
// predicts from y:
//
//	R² = 1 − ‖x − y·b‖² / ‖x‖²,  b = (yᵀy + λ)⁻¹yᵀx, columns centred.
//
// Directed: the reference x is predicted from y. λ is not scaled by the number
// of samples, nor by the size of y: the same y scaled up scores higher, and x
// itself scores below 1. With cv=Kfolds as linear regression.
//
// Source: Hoerl & Kennard 1970; as a score, Cloos et al. 2024.
var Ridge = RegisterFamily(Family{
	Name:     "ridge",
	Examples: []string{"ridge-lambda=100-r2", "ridge-lambda=100-r2-cv=5folds"},
	Make: func(r *Reader) Measure {
		lambda := r.Number("lambda", 100, "a number greater than 0", positive)
		r.One("r2")
		m := Measure{
			Label: fmt.Sprintf("ridge R², λ = %g", lambda), Source: "Cloos et al. 2024",
			Range: [2]float64{0, 1}, Identity: nan,
			InvariantX: similarityShape, InvariantY: Translation | Permutation | Rotation, OfKernel: true,
		}
		m.Score = func(x, y *graph.Node) *graph.Node {
			x, y = graph.Center(x), graph.Center(y)
			return graph.Div(graph.RidgeExplained(lambda, y, x), graph.SumSquares(x))
		}
		return crossValidated(m, lambda, r.Folds())
	},
})

func positive(v float64) bool { return v > 0 }
