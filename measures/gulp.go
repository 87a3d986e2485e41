package measures

import (
	"fmt"
	"math"

	"simgrad/graph"
)

// GULP is how far apart, at most, the predictions of ridge regressions on x and on y can be,
// of one task of unit size,
//
//	‖H_x − H_y‖,  H_x = x·(xᵀx + λ‖x‖²)⁻¹·xᵀ,
//
// columns centred, Frobenius norm, or its square: λ is relative to the total variance of
// either. Its square for λ = 0 is p + q − 2Σρ² of canonical correlations ρ, and λ times it
// for λ → ∞ the distance between linear kernels, xxᵀ/‖x‖².
//
// Source: Boix-Adserà et al. 2022, GULP: a prediction-based metric between representations.
var GULP = RegisterFamily(Family{
	Name: "gulp",
	Make: func(r *Reader) Measure {
		lambda := r.Number("lambda", 0.01, "a number of at least 0", func(v float64) bool { return v >= 0 })
		word := r.One("distance=euclidean", "distance=squared_euclidean")
		m := Measure{
			Label: fmt.Sprintf("GULP distance, λ = %g", lambda), Source: "Boix-Adserà et al. 2022",
			Kind: Distance, Range: [2]float64{0, math.Inf(1)}, Symmetric: true, OfKernel: true, Metric: word == "distance=euclidean",
			InvariantX: similarityShape, InvariantY: similarityShape,
		}
		of := func(x *graph.Node) *graph.Node {
			x = graph.Center(x)
			return graph.Regularised(lambda, graph.Div(x, graph.Norm(x)))
		}
		if lambda == 0 {
			of = func(x *graph.Node) *graph.Node { return graph.Polar(graph.Center(x)) }
			m.InvariantX, m.InvariantY, m.Fits, m.Note = m.InvariantX|Linear, m.InvariantY|Linear, notSpanning, forcedOnes
		}
		if word == "distance=squared_euclidean" {
			m.Label = fmt.Sprintf("GULP distance², λ = %g", lambda)
		}
		m.Score = func(x, y *graph.Node) *graph.Node {
			x, y = of(x), of(y)
			norm := func(x *graph.Node) *graph.Node { return graph.Norm(graph.Gram(x)) }
			return distanceByAngle(norm(x), norm(y), graph.KernelCosine(x, y), word == "distance=squared_euclidean")
		}
		return m
	},
})
