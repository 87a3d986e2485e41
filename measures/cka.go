package measures

import (
	"strings"

	"simgrad/graph"
)

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

// CKASong is CKA by the unbiased HSIC estimator of Song et al. 2012: 0 on average for
// independent data, whatever their numbers of units, where CKA rises with them. It may be
// below 0, and needs four samples.
//
// Source: Nguyen et al. 2021 (as minibatch CKA of one batch), with the estimator of Song et
// al. 2012.
var CKASong = Register(Measure{
	Name: "cka-hsic=song", Label: "unbiased CKA", Source: "Nguyen et al. 2021, by HSIC of Song et al. 2012",
	Range: [2]float64{-1, 1}, Identity: 1, Symmetric: true,
	InvariantX: similarityShape, InvariantY: similarityShape, OfKernel: true,
	Score: func(x, y *graph.Node) *graph.Node {
		x, y = graph.Center(x), graph.Center(y)
		return graph.Div(graph.SongInner(x, y), graph.Mul(graph.Sqrt(graph.SongInner(x, x)), graph.Sqrt(graph.SongInner(y, y))))
	},
})

// CKAs are centred kernel alignments: the cosine between the kernels of x and y, by an
// estimator of HSIC.
//
// Kernels are linear; rbf, exp(−‖a − b‖²/2σ²); and laplace, exp(−‖a − b‖/σ). σ is in the
// data's units, and of no data in particular.
//
// Estimators are gretton, biased (Gretton et al. 2005); song, unbiased (Song et al. 2012),
// of which the score may be below 0; and lange, gretton's without the diagonal (Lange et
// al. 2023).
//
// Source: Kornblith et al. 2019, section 3; names of Cloos et al. 2024b, similarity-repository.
var CKAs = RegisterFamily(Family{
	Name: "cka",
	Make: func(r *Reader) Measure {
		var e Embedding
		width := func(of func(sigma float64) Embedding) func(r *Reader) {
			return func(r *Reader) { e = of(r.Number("sigma", 1, "a number greater than 0", positive)) }
		}
		r.Choice("kernel", Option{"linear", func(*Reader) { e = LinearKernel }}, Option{"rbf", width(RBF)}, Option{"laplace", width(Laplace)})
		e.Source = "Kornblith et al. 2019, section 3"
		h := Gretton
		switch r.Word("hsic", "gretton", "song", "lange") {
		case "song":
			h = Song
			h.Source = "HSIC of Song et al. 2012"
		case "lange":
			h = Lange
			h.Source = "HSIC of Lange et al. 2023"
		}
		m := Compose("CKA", e, h, Cosine)
		switch strings.Join(r.name, "-") { // which have forms of their own
		case CKA.Name:
			m = CKA
		case CKASong.Name:
			m = CKASong
		}
		return r.Scale(m, OnAngularScore, OnAngle, OnOneMinus)
	},
})
