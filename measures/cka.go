package measures

import (
	"fmt"
	"math"
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
	InvariantX: similarityShape, InvariantY: similarityShape, CeilingProven: true, OfKernel: true, Metric: true,
	OfProducts: func(p *Products) *graph.Node {
		return graph.Div(graph.SumSquares(p.XY()), graph.Mul(graph.Norm(p.XX()), graph.Norm(p.YY())))
	},
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
	InvariantX: similarityShape, InvariantY: similarityShape, OfKernel: true, Metric: true,
	Score: func(x, y *graph.Node) *graph.Node {
		x, y = graph.Center(x), graph.Center(y)
		return graph.Div(graph.SongInner(x, y), graph.Mul(graph.Sqrt(graph.SongInner(x, x)), graph.Sqrt(graph.SongInner(y, y))))
	},
})

// CKAs are centred kernel alignments: the cosine between the kernels of x and y, by an
// estimator of HSIC.
//
// Kernels are linear; rbf, exp(−‖a − b‖²/2σ²); laplace, exp(−‖a − b‖/σ); and poly,
// (a·b + c)^d of samples less their mean. σ is in the data's units, c in their square, and both
// of no data in particular. With sigma=median it is the median of the distances between all
// pairs of samples, each counted once and none with itself: of rates of many units any other
// leaves a kernel that is nearly 1, or nearly the identity. (Kornblith et al. give σ as shares
// of that median; their code takes the root of the median of squared distances, with those of
// samples from themselves among them.)
//
// Estimators are gretton, biased (Gretton et al. 2005); song, unbiased (Song et al. 2012),
// of which the score may be below 0; lange, gretton's without the diagonal (Lange et al.
// 2023); and, of linear kernels, chun, song's corrected for the sample of units as well.
//
// Source: Kornblith et al. 2019, section 3; names of Cloos et al. 2024b, similarity-repository.
var CKAs = RegisterFamily(Family{
	Name: "cka",
	Make: func(r *Reader) Measure {
		var e Embedding
		r.Choice("kernel", append(kernels(func(of Embedding) { e = of }), Option{"poly", func(r *Reader) {
			d := r.Number("degree", 2, "a whole number from 2 to 16", func(v float64) bool { return v >= 2 && v <= 16 && v == math.Trunc(v) })
			e = Polynomial(int(d), r.Number("coef", 1, "a number from 0", func(v float64) bool { return v >= 0 }))
		}})...)
		e.Source = "Kornblith et al. 2019, section 3"
		h, estimators := Gretton, []string{"gretton", "song", "lange"}
		if e.Linear {
			estimators = append(estimators, "chun")
		}
		switch r.Word("hsic", estimators...) {
		case "chun":
			return corrected()
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
		case "cka-hsic=lange":
			m.Score = lange
		}
		scales := []Rescaling{OnAngularScore, OnAngle, OnOneMinus, OnEuclidean, OnSquaredEuclidean}
		if !h.Signed {
			scales = append(scales, OnNegativeLog)
		}
		return r.Scale(m, scales...)
	},
})

// lange is CKA of linear kernels without their diagonals, which are the squares of samples:
// ⟨K, L⟩ = ‖xᵀy‖² − Σ_i ‖x_i‖²‖y_i‖², without an n×n matrix.
func lange(x, y *graph.Node) *graph.Node {
	x, y = graph.Center(x), graph.Center(y)
	inner := func(x, y *graph.Node) *graph.Node {
		return graph.Sub(graph.SumSquares(graph.MatMul(graph.T(x), y)), graph.Dot(graph.RowSquares(x), graph.RowSquares(y)))
	}
	return graph.Div(inner(x, y), graph.Mul(graph.Sqrt(inner(x, x)), graph.Sqrt(inner(y, y))))
}

// corrected is CKA corrected for inputs and units. With S(x, y) the unbiased HSIC of Song et
// al. of linear kernels, of p and q units, and x_α the unit α of x,
//
//	S(x, y)/pq ÷ √(S'(x)·S'(y)),  S'(x) = (S(x, x) − Σ_α S(x_α, x_α)) / p(p − 1):
//
// of x with itself it takes only products of different units, which noise of single units is
// not in, so that all three estimates are unbiased for units, too, that are drawn from many.
// It may be below 0 and above 1, is no function of kernels, and has no score where S' of a
// dataset is not above 0, as for units that have nothing in common. x and y are taken to be
// different samples of units: the score of x with itself is above 1.
//
// Source: Chun et al. 2025, Estimating neural representation alignment from sparsely sampled
// inputs and features (arXiv 2502.15104), by their code: badooki/CKA, moment_utils.py, commit
// e92150bf, whose sums of products of four samples this is to rounding, with indep_cols for x
// with y and without it for either with itself.
func corrected() Measure {
	keeps := Translation | Scale | Permutation
	return Measure{
		Label: "CKA corrected for inputs and units", Source: "Chun et al. 2025",
		Range: [2]float64{negInf, math.Inf(1)}, Identity: nan, Symmetric: true, InvariantX: keeps, InvariantY: keeps,
		Fits: func(n, p, q int) error {
			switch {
			case n < 4:
				return fmt.Errorf("%d samples are too few: this needs 4", n)
			case min(p, q) < 2:
				return fmt.Errorf("1 unit is too few: this compares different units of each dataset")
			}
			return nil
		},
		Score: func(x, y *graph.Node) *graph.Node {
			x, y = graph.Center(x), graph.Center(y)
			n := float64(x.Shape()[0])
			root := func(x *graph.Node) *graph.Node {
				p := float64(x.Shape()[1])
				// Of a unit v of mean 0, S(v, v) = (Σv²)²(1 + 1/(n−1)(n−2)) − Σv⁴·n/(n−2).
				squares := graph.Square(x)
				single := graph.Sub(graph.Affine(n*n*(1+1/((n-1)*(n-2))), graph.SumSquares(graph.ColMeans(squares)), 0),
					graph.Affine(n/(n-2), graph.SumSquares(squares), 0))
				return graph.Sqrt(graph.Positive("the unbiased estimate of what different units of a dataset have in common",
					graph.Affine(p/(p-1), graph.Sub(graph.SongInner(x, x), single), 0)))
			}
			return graph.Div(graph.SongInner(x, y), graph.Mul(root(x), root(y)))
		},
	}
}
