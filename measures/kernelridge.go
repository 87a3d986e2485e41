package measures

import (
	"fmt"

	"simgrad/graph"
)

// KernelRidge is the fraction of x's variance that kernel ridge regression predicts from y:
// ridge regression with penalty λ in the features of a kernel of the samples of y, less their
// means. Kernels are rbf, exp(−‖a − b‖²/2σ²), and laplace, exp(−‖a − b‖/σ), with σ in the
// units of y, or sigma=median, the median of the distances between samples that are fitted, each
// pair counted once, in which those left out have no part; of the linear kernel it is ridge. With
// cv=Kfolds, median_pearsonr, ceiling and -reverse as linear regression. Directed: the reference x
// is predicted from y. It takes the memory of a few n × n matrices.
//
// Source: Saunders, Gammerman & Vovk 1998, Ridge regression learning algorithm in dual
// variables; KernelRidge of scikit-learn after its KernelCenterer.
var KernelRidge = RegisterFamily(Family{
	Name: "kernel_ridge",
	Make: func(r *Reader) Measure {
		var kernel func(squared, fitted *graph.Node) *graph.Node
		label, keeps := "", Translation|Permutation|Rotation
		width := func(name string, of func(squared *graph.Node) *graph.Node) func(r *Reader) {
			return func(r *Reader) {
				sigma, isMedian := r.NumberOr("median", "sigma", 1, "a number greater than 0", positive)
				if !isMedian {
					label = fmt.Sprintf("%s σ = %g", name, sigma)
					kernel = func(squared, _ *graph.Node) *graph.Node {
						return of(graph.Affine(1/(sigma*sigma), squared, 0))
					}
					return
				}
				label, keeps = name+" σ = median distance", keeps|Scale
				kernel = func(squared, fitted *graph.Node) *graph.Node {
					return of(graph.Div(squared, graph.Square(medianOf(graph.Sqrt(fitted)))))
				}
			}
		}
		r.Choice("kernel",
			Option{"rbf", width("RBF", func(squared *graph.Node) *graph.Node { return graph.ExpAbout(graph.Affine(-0.5, squared, 0)) })},
			Option{"laplace", width("Laplace", func(squared *graph.Node) *graph.Node { return graph.ExpAbout(graph.Neg(graph.Sqrt(squared))) })})
		lambda := r.Number("lambda", 1, "a number greater than 0", positive)
		good := r.One("r2", "median_pearsonr")
		m := Measure{
			Label: fmt.Sprintf("kernel ridge R², %s, λ = %g", label, lambda), Source: "Saunders et al. 1998",
			Range: [2]float64{0, 1}, Identity: nan,
			InvariantX: similarityShape, InvariantY: keeps, OfKernel: true,
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
