package measures

import (
	"fmt"
	"math"

	"simgrad/graph"
)

// StochasticShape is the stochastic shape metric between x and y of which samples have trials,
// taken for Gaussians: with means μ and covariances Σ (over R − 1) of each sample's,
//
//	√( min_T 1/n Σ_i α·‖μx_i − μy_i·T‖² + (2 − α)·B²(Σx_i, TᵀΣy_iT) ),  T orthogonal,
//
// B² = tr Σ + tr Σ' − 2 tr(Σ^½Σ'Σ^½)^½ the squared Bures distance, or its square. α = 1 is the
// 2-Wasserstein distance between Gaussians, α = 2 of means alone, where it is √(2/n) times
// Procrustes, α = 0 of covariances alone. Means are less their mean over samples (netrep takes
// them as they are given); the narrower is as if it had further units of zeros. Both need repetitions, as many of each sample, and not as many of x as of y. It is in
// the units of the data. T is the best of some alignments, and not proven to be: where a
// better one is missed, as it can be for a small α, the score is too high, and that it is a metric
// is not said.
//
// Source: Duong et al. 2023, Representational dissimilarity metric spaces for stochastic neural
// networks; netrep at commit 0186b8a, GaussianStochasticMetric (which, for an α other than 0, 1
// and 2, aligns by α² and (2 − α)² what it then weighs by α and 2 − α; here both are the same).
var StochasticShape = RegisterFamily(Family{
	Name: "stochastic_shape",
	Make: func(r *Reader) Measure {
		alpha := r.Number("alpha", 1, "a number from 0 to 2", func(v float64) bool { return v >= 0 && v <= 2 })
		word := r.One("distance=euclidean", "distance=squared_euclidean")
		m := Measure{
			Label: fmt.Sprintf("stochastic shape distance, α = %g", alpha), Source: "Duong et al. 2023",
			Kind: Distance, Range: [2]float64{0, math.Inf(1)}, Symmetric: true, OfKernel: true,
			InvariantX: Translation | Permutation | Rotation, InvariantY: Translation | Permutation | Rotation,
		}
		if word == "distance=squared_euclidean" {
			m.Label += ", squared"
		}
		m.ScoreBothRepeated = func(ofX, ofY int, x, y *graph.Node) *graph.Node {
			parts := func(repetitions int, x *graph.Node) (means, factors *graph.Node) {
				return graph.Center(graph.MeanOfRepetitions(repetitions, 0, repetitions, x)),
					graph.Affine(1/math.Sqrt(float64(repetitions-1)), graph.Contrasts(repetitions, x), 0)
			}
			a, fa := parts(ofX, x)
			b, fb := parts(ofY, y)
			if a.Shape()[1] < b.Shape()[1] {
				a, fa, b, fb = b, fb, a, fa
			}
			left, n := graph.StochasticResidue(alpha, a, fa, b, fb), float64(x.Shape()[0])
			if word == "distance=squared_euclidean" {
				return graph.Affine(1/n, graph.SumSquares(left), 0)
			}
			return graph.Affine(1/math.Sqrt(n), graph.Norm(left), 0)
		}
		return m
	},
})
