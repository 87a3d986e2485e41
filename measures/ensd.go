package measures

import (
	"math"

	"simgrad/graph"
)

// ENSD is the effective number of shared dimensions,
//
//	CKA(x, y)·√(PR(x)·PR(y)),  PR = (tr xᵀx)² / ‖xᵀx‖²,
//
// columns centred, PR the participation ratio: from 0 to √(PR(x)·PR(y)); of x with itself
// PR(x).
//
// Source: Giaffar et al. 2024, The effective number of shared dimensions between paired
// datasets.
var ENSD = register("ensd", func() Measure {
	return Measure{
		Label: "shared dimensions (ENSD)", Source: "Giaffar et al. 2024",
		Range: [2]float64{0, math.Inf(1)}, Identity: nan, Symmetric: true,
		InvariantX: similarityShape, InvariantY: similarityShape, OfKernel: true,
		Score: func(x, y *graph.Node) *graph.Node {
			x, y = graph.Center(x), graph.Center(y)
			root := func(x *graph.Node) *graph.Node { return graph.Div(graph.SumSquares(x), graph.Norm(graph.Gram(x))) }
			return graph.Mul(graph.KernelCosine(x, y), graph.Mul(root(x), root(y)))
		},
	}
})

// register makes a measure of one name known as a family, which is in no default.
func register(name string, of func() Measure) Family {
	return RegisterFamily(Family{Name: name, Make: func(*Reader) Measure { return of() }})
}

// DistanceCorrelation is that of Székely et al. 2007: the root of the cosine between the
// Euclidean distances of all pairs of samples, without the means of rows and columns, which
// is CKA of distances. With hsic=song it is the bias-corrected squared distance correlation
// of Székely & Rizzo 2013, without a root, for it may be below 0.
//
// Source: Székely, Rizzo & Bakirov 2007; Székely & Rizzo 2013.
var DistanceCorrelation = RegisterFamily(Family{
	Name: "distance_correlation",
	Make: func(r *Reader) Measure {
		e := Euclidean
		e.Label = ""
		if r.Word("hsic", "gretton", "song") == "song" {
			m := Compose("distance correlation², bias-corrected", e, Song, Cosine)
			m.Label, m.Source = "bias-corrected distance correlation²", "Székely & Rizzo 2013"
			return m
		}
		e.Source = "Székely, Rizzo & Bakirov 2007"
		m := Compose("distance correlation", e, Gretton, Cosine).then(graph.Sqrt)
		m.Metric = false
		return m
	},
})
