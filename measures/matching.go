package measures

import (
	"fmt"
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
		return matching(r, Measure{Label: "one-to-one matching", Source: "Williams et al. 2021", Identity: 1}, graph.MatchingCosine,
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
//
// With plan=(sinkhorn-epsilon=E), E = ε, it is that of another plan, the best for c·T plus ε
// times the entropy −ΣT·log T, where c_ij is x_iᵀy_j/(‖x‖/√p · ‖y‖/√q), of units of one norm
// their correlation; without the entropy in the score, which is below the exact one's, of x
// with itself below 1, and smooth everywhere. A small ε asks for the exact plan instead.
//
// Distances are the paper's, √(‖x‖²/p + ‖y‖²/q − 2·max_T ⟨T, xᵀy⟩), that of a mean unit.
// Where two transports are as good the gradient is that of one.
//
// Source: Khosla & Williams 2024, Soft matching distance: a metric on neural representations
// that captures single-neuron tuning; with entropy, Cuturi 2013, Sinkhorn distances.
var SoftMatching = RegisterFamily(Family{
	Name: "soft_matching",
	Make: func(r *Reader) Measure {
		return matching(r, Measure{Label: "soft matching", Source: "Khosla & Williams 2024", Identity: 1, Metric: true}, graph.SoftMatchingCosine,
			func(units int) float64 { return 1 / math.Sqrt(float64(units)) })
	},
})

// entropic is the cosine of soft matching by the plan that is best with its entropy.
func entropic(epsilon float64) func(x, y *graph.Node) *graph.Node {
	return func(x, y *graph.Node) *graph.Node {
		p, q := x.Shape()[1], y.Shape()[1]
		c := graph.Affine(math.Sqrt(float64(p*q)), graph.Div(graph.MatMul(graph.T(x), y), graph.Mul(graph.Norm(x), graph.Norm(y))), 0)
		return graph.Dot(graph.Sinkhorn(epsilon, c), c)
	}
}

// matching is a cosine of centred units that are told apart, with its scales; share is what
// the norm of so many units is multiplied by. Soft ones, which are metrics where they are
// exact, have a plan.
func matching(r *Reader, m Measure, cosine func(x, y *graph.Node) *graph.Node, share func(units int) float64) Measure {
	columns, keeps := columns(r)
	of, keeps := columns, keeps|Permutation
	if r.Word("units", "raw", "unit") == "unit" {
		of = func(x *graph.Node) *graph.Node { return graph.UnitColumns(columns(x)) }
		m.Label, keeps = m.Label+" of units of norm 1", keeps|Scale
	}
	if m.Metric {
		epsilon := 0.0
		r.Choice("plan", Option{"exact", func(*Reader) { epsilon = 0 }},
			Option{"sinkhorn", func(r *Reader) { epsilon = r.Number("epsilon", 0.1, "a number greater than 0", positive) }})
		if epsilon > 0 {
			cosine, m.Metric, m.Identity = entropic(epsilon), false, nan
			m.Label, m.Source = fmt.Sprintf("%s, entropy ε = %g", m.Label, epsilon), m.Source+"; Cuturi 2013"
		}
	}
	m.Range, m.Symmetric, m.Matching, m.InvariantX, m.InvariantY = [2]float64{-1, 1}, true, true, keeps|Scale, keeps|Scale
	m.Score = func(x, y *graph.Node) *graph.Node { return cosine(of(x), of(y)) }
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
		m.Name, m.Label, m.Kind, m.Range, m.Identity = name, m.Label+" distance", Distance, [2]float64{0, math.Inf(1)}, 1-m.Identity
		if word == "distance=squared_euclidean" {
			m.Label += "²"
			m.Metric = false
		}
		m.InvariantX, m.InvariantY, m.Score = keeps, keeps, score
		return m
	}}
}
