package measures

import (
	"math"

	"simgrad/graph"
)

// PermutationMetric is the cosine between x and y after their units are matched one to one,
//
//	max_T ⟨T, xᵀy⟩ / (‖x‖ ‖y‖),  T of zeros and ones,
//
// columns centred: every unit of the narrower has one of the wider, whose other units are
// left out, as if zeros were matched with them. With units=unit each unit is first divided by
// its norm, so that it counts once, and not by its variance. Distances are √(‖x‖² + ‖y‖² −
// 2·max_T ⟨T, xᵀy⟩), in the units of the data, or of unit norms. It is at most NBS. Its angle is
// a metric between data of as many units alone: by data of more, which leave out some of theirs
// either time, the way can be shorter. Where two matchings are as good the gradient is that of
// one.
//
// Source: Williams et al. 2021; netrep's PermutationMetric.
var PermutationMetric = RegisterFamily(Family{
	Name: "permutation_metric",
	Make: func(r *Reader) Measure {
		return matching(r, "one-to-one matching", "Williams et al. 2021", false, graph.MatchingCosine,
			func(int) float64 { return 1 })
	},
})

// SoftMatching is the cosine between x and y after every unit's share is sent to units of the
// other by the best transport,
//
//	max_T ⟨T, xᵀy⟩ / (‖x‖/√p · ‖y‖/√q),  rows of T summing to 1/p, columns to 1/q,
//
// columns centred, T exact, without entropy. For p = q it is PermutationMetric. With
// units=unit it is the mean correlation of matched units, the paper's soft matching score.
// Distances are the paper's, √(‖x‖²/p + ‖y‖²/q − 2·max_T ⟨T, xᵀy⟩), that of a mean unit.
// Where two transports are as good the gradient is that of one.
//
// Source: Khosla & Williams 2024, Soft matching distance: a metric on neural representations
// that captures single-neuron tuning.
var SoftMatching = RegisterFamily(Family{
	Name: "soft_matching",
	Make: func(r *Reader) Measure {
		return matching(r, "soft matching", "Khosla & Williams 2024", true, graph.SoftMatchingCosine,
			func(units int) float64 { return 1 / math.Sqrt(float64(units)) })
	},
})

// matching is a cosine of centred units that are told apart, with its scales; share is what
// the norm of so many units is multiplied by. Soft ones are metrics.
func matching(r *Reader, label, source string, metric bool, cosine func(x, y *graph.Node) *graph.Node, share func(units int) float64) Measure {
	columns, keeps := columns(r)
	of, keeps := columns, keeps|Permutation
	if r.Word("units", "raw", "unit") == "unit" {
		of = func(x *graph.Node) *graph.Node { return graph.UnitColumns(columns(x)) }
		label, keeps = label+" of units of norm 1", keeps|Scale
	}
	m := Measure{
		Label: label, Source: source,
		Range: [2]float64{-1, 1}, Identity: 1, Symmetric: true, Metric: metric,
		InvariantX: keeps | Scale, InvariantY: keeps | Scale,
		Score: func(x, y *graph.Node) *graph.Node { return cosine(of(x), of(y)) },
	}
	apart := func(square bool) func(x, y *graph.Node) *graph.Node {
		return func(x, y *graph.Node) *graph.Node {
			norm := func(x *graph.Node) *graph.Node { return graph.Affine(share(x.Shape()[1]), graph.Norm(of(x)), 0) }
			return distanceByAngle(norm(x), norm(y), cosine(of(x), of(y)), square)
		}
	}
	return r.Scale(m, OnAngularScore, OnAngle, euclideanScale("distance=euclidean", keeps, apart(false)), euclideanScale("distance=squared_euclidean", keeps, apart(true)))
}

// euclideanScale is the distance in the units of the data, or its square, beside a cosine.
func euclideanScale(word string, keeps Invariance, score func(x, y *graph.Node) *graph.Node) Rescaling {
	return Rescaling{[]string{word}, func(name string, m Measure) Measure {
		m.Name, m.Label, m.Kind, m.Range, m.Identity = name, m.Label+" distance", Distance, [2]float64{0, math.Inf(1)}, 0
		if word == "distance=squared_euclidean" {
			m.Label += "²"
			m.Metric = false
		}
		m.InvariantX, m.InvariantY, m.Score = keeps, keeps, score
		return m
	}}
}
