package measures

import (
	"fmt"
	"math"

	"simgrad/graph"
)

// PLS is how well partial least squares regression with so many components predicts x from
// y, over folds: R² or, as Brain-Score has it, of 25 components, median_pearsonr with its
// ceiling, all as in linear regression. Components are those of graph.PartialLeastSquares: columns centred by the rows that are fitted, and not
// standardised. With -reverse y is predicted from x. Directed: the reference x is predicted from y.
//
// Source: Wold 1975; as a score, Yamins et al. 2014 and Schrimpf et al. 2018; PLSRegression(
// n_components, scale=False) of scikit-learn, run to its limit.
var PLS = RegisterFamily(Family{
	Name: "pls",
	Make: func(r *Reader) Measure {
		k := int(r.Number("components", 2, "a whole number of components from 1", func(v float64) bool { return v >= 1 && v == math.Trunc(v) && v < 1e9 }))
		good := r.One("r2", "median_pearsonr")
		f := r.SomeFolds()
		m := Measure{
			Label: fmt.Sprintf("PLS R², %d components", k), Source: "Wold 1975; Schrimpf et al. 2018",
			Range: [2]float64{0, 1}, Identity: nan,
			InvariantX: similarityShape, InvariantY: similarityShape, OfKernel: true,
			Fits: func(n, p, q int) error {
				fitted := n
				if f.Number > 0 && !f.Conditions {
					fitted = n - (n+f.Number-1)/f.Number
				}
				if most := min(q, fitted-1); k > most {
					return fmt.Errorf("%d components are asked for; of %d units, fitted to %d samples, there are at most %d", k, q, fitted, most)
				}
				return nil
			},
		}
		fit := func(_ []int, a, b, av *graph.Node) *graph.Node { return graph.PartialLeastSquares(k, a, b, av) }
		if good == "median_pearsonr" {
			return correlated(r, m, fit, f)
		}
		return r.Scale(predicting(m, fit, graph.R2, f), OnReverse)
	},
})
