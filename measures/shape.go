package measures

import (
	"fmt"
	"math"

	"simgrad/graph"
)

// ProcrustesDistances are the Euclidean distances left after y is turned onto x,
//
//	‖x − y·Q‖ = √(‖x‖² + ‖y‖² − 2‖xᵀy‖_*),
//
// columns centred and the narrower padded with zeros, and their squares: in the units of the
// data, which are not brought to one size.
//
// Source: Schönemann 1966; as a distance of representations, Williams et al. 2021.
var ProcrustesDistances = RegisterFamily(Family{
	Name: "procrustes",
	Make: func(r *Reader) Measure {
		return euclidean(r, "Procrustes", graph.CentredRoot, Measure{
			Source:     "Schönemann 1966; Williams et al. 2021",
			InvariantX: Translation | Permutation | Rotation, OfKernel: true, OfRoots: true,
		})
	},
})

// euclidean is the Procrustes distance between what of makes of x and of y, or its square.
func euclidean(r *Reader, name string, of func(x *graph.Node) *graph.Node, m Measure) Measure {
	word := r.One("distance=euclidean", "distance=squared_euclidean")
	m.Label, m.Kind, m.Range, m.Symmetric, m.InvariantY = name+" distance", Distance, [2]float64{0, math.Inf(1)}, true, m.InvariantX
	m.Metric = word == "distance=euclidean"
	if !m.Metric {
		m.Label = name + " distance²"
	}
	m.Score = func(x, y *graph.Node) *graph.Node {
		x, y = of(x), of(y)
		return distanceByAngle(graph.Norm(x), graph.Norm(y), graph.ProcrustesCosine(x, y), word == "distance=squared_euclidean")
	}
	return m
}

// distanceByAngle is √(a² + b² − 2ab·cosine), or its square, by the angle, for of two that
// are nearly the same these squares leave no digits: (a − b)² + 4ab sin²(angle/2).
func distanceByAngle(a, b, cosine *graph.Node, square bool) *graph.Node {
	half := graph.Sin(graph.Affine(0.5, graph.Acos(cosine), 0))
	d := graph.Add(graph.Square(graph.Sub(a, b)), graph.Affine(4, graph.Mul(graph.Mul(a, b), graph.Square(half)), 0))
	if square {
		return d
	}
	return graph.Sqrt(d)
}

// ShapeMetrics are Procrustes after partial whitening: with x = U·S·Vᵀ, columns centred, the
// cosine, or its angle, between U(αS + 1 − α)Vᵀ and the same of y, after the best rotation.
// α = 1 is Procrustes; for α = 0 it is that of the polar factors, of which the cosine is the
// mean canonical correlation where both have one number of units. For an α between, what it
// says depends on the scale of the data, as S does.
//
// Source: Williams et al. 2021; netrep's LinearMetric.
var ShapeMetrics = RegisterFamily(Family{
	Name: "shape_metric",
	Make: func(r *Reader) Measure {
		alpha := r.Number("alpha", 0.5, "a number from 0 to 1", func(v float64) bool { return v >= 0 && v <= 1 })
		m := Measure{
			Label: fmt.Sprintf("shape metric, α = %g", alpha), Source: "Williams et al. 2021",
			Range: [2]float64{0, 1}, Identity: 1, Symmetric: true, OfKernel: true, Metric: true, OfRoots: true,
			InvariantX: Translation | Permutation | Rotation,
			Score: func(x, y *graph.Node) *graph.Node {
				return graph.ProcrustesCosine(whitened(alpha, x), whitened(alpha, y))
			},
		}
		switch alpha {
		case 0:
			m.InvariantX |= Scale | Linear
		case 1:
			m.InvariantX |= Scale
		}
		m.InvariantY = m.InvariantX
		if alpha == 0 {
			m.Fits = notSpanning
		}
		return r.Scale(m, OnAngularScore, OnAngle, OnEuclidean, OnSquaredEuclidean)
	},
})

func whitened(alpha float64, x *graph.Node) *graph.Node {
	if alpha == 1 {
		return graph.Center(x)
	}
	return graph.Whitened(alpha, graph.Center(x))
}
