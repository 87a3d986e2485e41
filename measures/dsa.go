package measures

import (
	"errors"
	"fmt"
	"math"

	"simgrad/graph"
)

// DSA is dynamical similarity analysis: the cosine between the linear dynamics of x and of y
// after the best change of axes,
//
//	max_C tr(Aᵀ·C·B·Cᵀ) / (‖A‖ ‖B‖),  C orthogonal,
//
// A and B the matrices of either data that take one time to the next, v_t+1 = v_t·A by least
// squares over all conditions: v of the leading rank left singular vectors of the samples beside
// so many of their past, [x_t x_t−1 … x_t−delays+1] by rows, delays counting that at t. It sees
// times, which data must have, and not which condition is which. The paper's distance is its
// angle, distance=angular, from 0 to π. Columns are not centred: a mean that is large is a
// component that stands still. The best C is that of a dozen ascents, and not proven to be: where
// a better one is missed the score is too low. There is no gradient.
//
// Source: Ostrow, Eisen, Kozachkov & Fiete 2023, Beyond geometry: comparing the temporal
// structure of computation in neural networks with dynamical similarity analysis; their package
// DSA at commit 8cbddcf (principal component regression, lamb = 0, score_method="angular"), which
// takes 200 steps of Adam from two starts in single precision.
var DSA = RegisterFamily(Family{
	Name: "dsa",
	Make: func(r *Reader) Measure {
		whole := func(v float64) bool { return v >= 1 && v == math.Trunc(v) && v < 1e6 }
		delays := int(r.Number("delays", 2, "a whole number of times from 1", whole))
		rank := int(r.Number("rank", 3, "a whole number of components from 1", whole))
		dynamics := func(times int, x *graph.Node) *graph.Node {
			v := graph.DelayCoordinates(times, delays, rank, x)
			n, conditions := v.Shape()[0], x.Shape()[0]/times
			return graph.LeastSquares(graph.Rows(v, 0, n-conditions), graph.Rows(v, conditions, n))
		}
		return r.Scale(Measure{
			Label: fmt.Sprintf("DSA of rank %d, %d delays", rank, delays), Source: "Ostrow et al. 2023",
			Range: [2]float64{-1, 1}, Identity: 1, Symmetric: true, OfKernel: true, OverTime: true,
			InvariantX: Scale | Permutation | Rotation, InvariantY: Scale | Permutation | Rotation,
			Fits: func(n, p, q int) error {
				if least := delays * min(p, q); rank > least {
					return fmt.Errorf("a rank of %d is more than %d delays of %d units have", rank, delays, min(p, q))
				}
				if n < delays+rank {
					return fmt.Errorf("%d samples are too few for %d delays and a rank of %d: this needs %d", n, delays, rank, delays+rank)
				}
				return nil
			},
			ScoreOver: func(times int, x, y *graph.Node) *graph.Node {
				if times < 2 {
					panic(&graph.Error{Op: "score", Err: errors.New("it follows data through time, and these have one time: time × condition × unit is needed")})
				}
				a := dynamics(times, x)
				return graph.Cosine(a, graph.Conjugated(a, dynamics(times, y)))
			},
		}, OnAngularScore, OnAngle)
	},
})
