package measures

import "simgrad/graph"

// CKA is centred kernel alignment with linear kernels and the biased HSIC
// estimator of Gretton et al. 2005:
//
//	CKA(x, y) = ‖xᵀy‖² / (‖xᵀx‖ ‖yᵀy‖) = ⟨xxᵀ, yyᵀ⟩ / (‖xxᵀ‖ ‖yyᵀ‖),
//
// columns centred, Frobenius norms: the cosine between the kernels.
//
// Source: Kornblith et al. 2019, section 3.
var CKA = Register(Measure{
	Name: "cka", Label: "CKA", Source: "Kornblith et al. 2019, section 3",
	Range: [2]float64{0, 1}, Identity: 1, Symmetric: true,
	InvariantX: similarityShape, InvariantY: similarityShape, CeilingProven: true, OfKernel: true,
	Score: func(x, y *graph.Node) *graph.Node {
		return graph.KernelCosine(graph.Center(x), graph.Center(y))
	},
})

// CKAAngularScore is CKA on the scale of angles, 1 − (2/π) arccos CKA.
//
// Source: Williams et al. 2021; the scale of Cloos et al. 2024.
var CKAAngularScore = Register(AngularScore("cka-angular-score", CKA))
