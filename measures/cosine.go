package measures

import (
	"fmt"

	"simgrad/graph"
)

// UnitCosine is the cosine between x and y as they are, unit by unit and without any alignment,
//
//	⟨x, y⟩ / (‖x‖ ‖y‖),
//
// of the same units in the same order, such as one population on two days: columns centred,
// where it is the correlation of all values less their units' means, or with columns=raw as they
// are. It is at most PermutationMetric, which is at most NBS. Distances are ‖x − y‖, in the units
// of the data, and its square.
//
// Source: Williams et al. 2021, whose alignment is here the identity; columns=raw, cosine of
// similarity-repository, which has it of any two matrices.
var UnitCosine = RegisterFamily(Family{
	Name: "cosine",
	Make: func(r *Reader) Measure {
		of, keeps := columns(r)
		m := Measure{
			Label: "cosine unit by unit", Source: "Williams et al. 2021, without alignment",
			Range: [2]float64{-1, 1}, Identity: 1, Symmetric: true, Metric: true,
			InvariantX: keeps | Scale, InvariantY: keeps | Scale,
			Fits: func(_, p, q int) error {
				if p != q {
					return fmt.Errorf("x has %d units and y %d: unit by unit, they must be the same", p, q)
				}
				return nil
			},
		}
		m.Score = func(x, y *graph.Node) *graph.Node { return graph.Cosine(of(x), of(y)) }
		apart := func(size func(*graph.Node) *graph.Node) func(x, y *graph.Node) *graph.Node {
			return func(x, y *graph.Node) *graph.Node { return size(graph.Sub(of(x), of(y))) }
		}
		return r.Scale(m, OnAngularScore, OnAngle,
			euclideanScale("distance=euclidean", keeps, apart(graph.Norm)), euclideanScale("distance=squared_euclidean", keeps, apart(graph.SumSquares)))
	},
})
