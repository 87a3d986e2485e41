package measures

import (
	"fmt"

	"simgrad/graph"
)

// KernelRidge is the fraction of x's variance that kernel ridge regression predicts from y:
// ridge regression with penalty λ in the features of a kernel of the samples of y, less their
// means. Kernels are rbf, exp(−‖a − b‖²/2σ²), and laplace, exp(−‖a − b‖/σ), with σ in the
// units of y; of the linear kernel it is ridge. With cv=Kfolds, median_pearsonr, ceiling
// and -reverse as linear regression. Directed: the reference x is predicted from y. It takes the memory of
// a few n × n matrices.
//
// Source: Saunders, Gammerman & Vovk 1998, Ridge regression learning algorithm in dual
// variables; KernelRidge of scikit-learn after its KernelCenterer.
var KernelRidge = RegisterFamily(Family{
	Name: "kernel_ridge",
	Make: func(r *Reader) Measure {
		var kernel func(squared *graph.Node) *graph.Node
		label := ""
		r.Choice("kernel",
			Option{"rbf", func(r *Reader) {
				sigma := r.Number("sigma", 1, "a number greater than 0", positive)
				label = fmt.Sprintf("RBF σ = %g", sigma)
				kernel = func(squared *graph.Node) *graph.Node {
					return graph.ExpAbout(graph.Affine(-0.5/(sigma*sigma), squared, 0))
				}
			}},
			Option{"laplace", func(r *Reader) {
				sigma := r.Number("sigma", 1, "a number greater than 0", positive)
				label = fmt.Sprintf("Laplace σ = %g", sigma)
				kernel = func(squared *graph.Node) *graph.Node {
					return graph.ExpAbout(graph.Affine(-1/sigma, graph.Sqrt(squared), 0))
				}
			}})
		lambda := r.Number("lambda", 1, "a number greater than 0", positive)
		good := r.One("r2", "median_pearsonr")
		m := Measure{
			Label: fmt.Sprintf("kernel ridge R², %s, λ = %g", label, lambda), Source: "Saunders et al. 1998",
			Range: [2]float64{0, 1}, Identity: nan,
			InvariantX: similarityShape, InvariantY: Translation | Permutation | Rotation, OfKernel: true,
		}
		fit := graph.KernelRidge(lambda, kernel)
		if good == "median_pearsonr" {
			return correlated(r, m, fit, r.SomeFolds())
		}
		m.Score = func(x, y *graph.Node) *graph.Node {
			x, y = graph.Center(x), graph.Center(y)
			return graph.R2(x, fit(nil, y, x, y))
		}
		return r.Scale(predicting(m, fit, graph.R2, r.Folds()), OnReverse)
	},
})
