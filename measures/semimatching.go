package measures

import "simgrad/graph"

// SemiMatching is how well units of x and of y are matched by the best of the other, which
// several may share,
//
//	½ (mean_i max_j r_ij + mean_j max_i r_ij),
//
// r the correlations between units of x and of y: the mean of both directions. Units that
// do not vary have correlation 0. Where two are as good the gradient is that of the first.
//
// Source: Li et al. 2016, Convergent learning: do different neural networks learn the same
// representations?, bipartite semi-matching; the mean of both directions, Klabunde et al. 2023.
var SemiMatching = RegisterFamily(Family{
	Name: "semi_matching",
	Make: func(r *Reader) Measure {
		return r.Scale(Measure{
			Label: "semi-matching", Source: "Li et al. 2016",
			Range: [2]float64{-1, 1}, Identity: nan, Symmetric: true, Matching: true,
			InvariantX: Translation | Scale | Permutation, InvariantY: Translation | Scale | Permutation,
			Score: func(x, y *graph.Node) *graph.Node {
				r := graph.MatMul(graph.T(graph.UnitColumns(graph.Center(x))), graph.UnitColumns(graph.Center(y)))
				mean := func(r *graph.Node) *graph.Node {
					return graph.Affine(0.5/float64(r.Shape()[0]), graph.Sum(graph.RowMax(r)), 0)
				}
				return graph.Add(mean(r), mean(graph.T(r)))
			},
		})
	},
})
