package measures

import (
	"fmt"
	"math"

	"simgrad/graph"
)

// MutualKNN is the mean over samples of the share of its k nearest others that x and y have
// in common. Near is of largest inner product between samples of norm 1, as the paper has
// them, or, with rows=raw, as they are, as similarity-repository calls its function: means are
// not taken out. Of independent data it is k/(n − 1). It has no gradient.
//
// Source: Huh et al. 2024, The platonic representation hypothesis.
var MutualKNN = RegisterFamily(Family{
	Name: "mutual_knn",
	Make: func(r *Reader) Measure {
		return neighbours(r, "mutual %d-NN", "Huh et al. 2024", graph.SharedNeighbours)
	},
})

// JaccardKNN is MutualKNN with the neighbours in common as a share of those that either has.
//
// Source: Schumacher et al. 2021, The effects of randomness on the stability of node
// embeddings; Klabunde et al. 2023, Similarity of neural network models.
var JaccardKNN = RegisterFamily(Family{
	Name: "jaccard_knn",
	Make: func(r *Reader) Measure {
		return neighbours(r, "Jaccard index of %d-NN", "Schumacher et al. 2021", graph.JaccardNeighbours)
	},
})

// RankKNN is the mean over samples of how alike the ranks are of the nearest others that x
// and y have in common, as graph.RankedNeighbours weighs them; near as MutualKNN has it.
//
// Source: Wang et al. 2020, Towards understanding the instability of network embedding;
// Klabunde et al. 2023, Similarity of neural network models.
var RankKNN = RegisterFamily(Family{
	Name: "rank_knn",
	Make: func(r *Reader) Measure {
		return neighbours(r, "rank similarity of %d-NN", "Wang et al. 2020", graph.RankedNeighbours)
	},
})

// CycleKNN is the share of samples that are among the k nearest in x of one of their k
// nearest in y; near as MutualKNN has it. Directed: x and y change places with another score.
//
// Source: Huh et al. 2024, by their code.
var CycleKNN = RegisterFamily(Family{
	Name: "cycle_knn",
	Make: func(r *Reader) Measure {
		m := neighbours(r, "cycle %d-NN", "Huh et al. 2024", graph.CyclingNeighbours)
		m.Symmetric, m.Identity, m.Directed = false, nan, "there by y, back by x"
		return m
	},
})

// LCSKNN is MutualKNN with, of the neighbours in common, only the longest sequence that is
// in one order in both: its length over k, where their code has the length.
//
// Source: Huh et al. 2024, by their code.
var LCSKNN = RegisterFamily(Family{
	Name: "lcs_knn",
	Make: func(r *Reader) Measure {
		return neighbours(r, "common order of %d-NN", "Huh et al. 2024", graph.OrderedNeighbours)
	},
})

// neighbours is a score of the k nearest others of every sample.
func neighbours(r *Reader, label, source string, score func(k int, x, y *graph.Node) *graph.Node) Measure {
	k := int(r.Number("topk", 3, "a whole number of neighbours from 1", func(v float64) bool { return v >= 1 && v == math.Trunc(v) && v < 1e9 }))
	rows, unit := graph.UnitRows, true
	if r.Word("rows", "unit", "raw") == "raw" {
		rows, unit = func(x *graph.Node) *graph.Node { return x }, false
	}
	return Measure{
		Label: fmt.Sprintf(label, k), Source: source,
		Range: [2]float64{0, 1}, Identity: 1, Symmetric: true,
		InvariantX: Scale | Permutation | Rotation, InvariantY: Scale | Permutation | Rotation, OfKernel: true,
		Fits: func(n, p, q int) error {
			switch {
			case k >= n-1:
				return fmt.Errorf("%d neighbours of %d samples: of all others the score is of no data in particular", k, n)
			case min(p, q) < 2 && unit:
				return fmt.Errorf("1 unit is too few: samples of norm 1 are then alike or opposite")
			}
			return nil
		},
		Score: func(x, y *graph.Node) *graph.Node { return score(k, rows(x), rows(y)) },
	}
}

// CKNNA is unbiased CKA (hsic=song) of the neighbours that x and y share: kernels of inner
// products between samples of norm 1, or, with rows=raw, as they are, but for zeros where
// sample j is not among the k nearest of sample i in both; each dataset with itself is of its
// own neighbours. Means are not taken out. It jumps where two neighbours change places, and
// has no gradient. Of independent data it is near 0, and it may be below.
//
// Kernels so thinned are not symmetric, and the estimator has sums over columns of one meet sums
// over rows of the other: here it is the mean of both ways, and with order=given it is columns of
// x's and rows of y's alone, as the authors' code has it, so that x and y change places with
// another score.
//
// Source: Huh et al. 2024, by their code, which adds 1e-6 to what is divided by.
var CKNNA = RegisterFamily(Family{
	Name: "cknna",
	Make: func(r *Reader) Measure {
		k := int(r.Number("topk", 3, "a whole number of neighbours from 2", func(v float64) bool { return v >= 2 && v == math.Trunc(v) && v < 1e9 }))
		rows, unit := graph.UnitRows, true
		if r.Word("rows", "unit", "raw") == "raw" {
			rows, unit = func(x *graph.Node) *graph.Node { return x }, false
		}
		ordered := r.Word("order", "both", "given") == "given"
		m := Measure{
			Label: fmt.Sprintf("CKNNA, %d neighbours", k), Source: "Huh et al. 2024",
			Range: [2]float64{math.Inf(-1), math.Inf(1)}, Identity: 1, Symmetric: true,
			InvariantX: Scale | Permutation | Rotation, InvariantY: Scale | Permutation | Rotation, OfKernel: true,
			Fits: func(n, p, q int) error {
				switch {
				case n < 4 || k >= n:
					return fmt.Errorf("%d samples are too few for %d neighbours: it needs %d", n, k, max(4, k+1))
				case min(p, q) < 2 && unit:
					return fmt.Errorf("1 unit is too few: samples of norm 1 are then alike or opposite")
				}
				return nil
			},
			Score: func(x, y *graph.Node) *graph.Node {
				x, y = rows(x), rows(y)
				self := func(x *graph.Node) *graph.Node {
					return graph.Sqrt(graph.Positive("the unbiased estimate of HSIC of a dataset's neighbours with themselves", graph.NeighbourSong(k, false, x, x)))
				}
				return graph.Div(graph.NeighbourSong(k, ordered, x, y), graph.Mul(self(x), self(y)))
			},
		}
		if ordered {
			m.Label, m.Symmetric, m.Directed = m.Label+", in their order", false, "columns of x, rows of y"
		}
		return m
	},
})
