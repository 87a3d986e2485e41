package measures

import "simgrad/graph"

// NBS is the normalised Bures similarity of linear kernels, equally the cosine
// of the angular Procrustes distance:
//
//	NBS(x, y) = ‖xᵀy‖_* / (‖x‖ ‖y‖),
//
// columns centred, ‖·‖_* the nuclear norm and ‖·‖ the Frobenius norm.
//
// Source: Tang et al. 2020; the duality is Harvey et al. 2024.
var NBS = Register(Measure{
	Name: "nbs", Label: "NBS", Source: "Tang et al. 2020",
	Range: [2]float64{0, 1}, Identity: 1, Symmetric: true,
	InvariantX: similarityShape, InvariantY: similarityShape, CeilingProven: true, OfKernel: true, Metric: true,
	OfProducts: func(p *Products) *graph.Node {
		return graph.Div(graph.NuclearNorm(p.XY()), graph.Mul(p.NormX(), p.NormY()))
	},
	Score: func(x, y *graph.Node) *graph.Node {
		return graph.ProcrustesCosine(graph.CentredRoot(x), graph.CentredRoot(y))
	},
})

// NBSSquared is NBS².
var NBSSquared = Register(Squared("nbs-squared", NBS))
