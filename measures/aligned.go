package measures

import (
	"fmt"

	"simgrad/graph"
)

// AlignedCosine is the mean over samples of the cosine between x_i and y_i after the rotation
// of x that takes it nearest to y,
//
//	1/n Σ_i ⟨x_i·Q, y_i⟩ / (‖x_i‖ ‖y_i‖),  Q the polar factor of xᵀy,
//
// columns centred, or with columns=raw as they are: NBS in which every sample counts once,
// and not by its size. The narrower is as if it had further units of zeros.
//
// Source: Hamilton, Leskovec & Jurafsky 2016, Diachronic word embeddings reveal statistical
// laws of semantic change; Klabunde et al. 2023, Similarity of neural network models.
var AlignedCosine = RegisterFamily(Family{
	Name: "aligned_cosine",
	Make: func(r *Reader) Measure {
		of, keeps := columns(r)
		m := Measure{
			Label: "mean cosine after rotation", Source: "Hamilton et al. 2016",
			Range: [2]float64{-1, 1}, Identity: 1, Symmetric: true, OfKernel: true,
			InvariantX: keeps | Scale | Permutation | Rotation, InvariantY: keeps | Scale | Permutation | Rotation,
			Fits: func(_, p, q int) error {
				if min(p, q) < 2 {
					return fmt.Errorf("1 unit is too few: samples are then alike or opposite")
				}
				return nil
			},
		}
		m.Score = func(x, y *graph.Node) *graph.Node {
			x, y = of(x), of(y)
			turned := graph.MatMul(graph.UnitRows(x), graph.Polar(graph.MatMul(graph.T(x), y)))
			return graph.Affine(1/float64(x.Shape()[0]), graph.Dot(turned, graph.UnitRows(y)), 0)
		}
		return r.Scale(m)
	},
})

// columns reads whether means are taken out of columns, and what that keeps.
func columns(r *Reader) (of func(x *graph.Node) *graph.Node, keeps Invariance) {
	if r.Word("columns", "centred", "raw") == "raw" {
		return func(x *graph.Node) *graph.Node { return x }, 0
	}
	return graph.Center, Translation
}
