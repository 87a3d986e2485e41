package measures

import (
	"fmt"
	"math"

	"simgrad/graph"
)

// CCA is canonical correlation analysis: with ρ the canonical correlations of x and y,
// columns centred, the singular values of QxᵀQy for orthonormal bases Q of both, their mean,
// or, with mean=rho2, the mean of ρ²: over as many as the lesser rank of the two, so that
// units that others make up do not count. With mean=rho2_x it is Σρ² over the rank of x,
// which is the share of a whitened x that y predicts, and with mean=gcd Σρ² over the root of the
// product of both ranks: CKA of x and y whitened, below 1 where one spans more than the other.
// Of p and q units, at least p + q − n + 1 correlations are 1 for any data where that is above 0,
// which a note says, and all where p or q is n − 1 or more, which is refused.
//
// Source: Hotelling 1936; as scores, Raghu et al. 2017 (mean ρ), Kornblith et al. 2019,
// table 1 (R²_CCA, Σρ²/p₁, which is rho2_x), and Yanai 1974, the generalised coefficient of
// determination (gcd), which diffscore calls cca-squared_score.
var CCA = RegisterFamily(Family{
	Name: "cca",
	Make: func(r *Reader) Measure {
		m := canonical(r, "CCA", graph.Polar, "rho", "rho2", "rho2_x", "gcd")
		m.InvariantX, m.InvariantY, m.Fits, m.Note = similarityShape|Linear, similarityShape|Linear, notSpanning, forcedOnes
		return r.Scale(m, OnAngularScore, OnAngle, OnEuclidean, OnSquaredEuclidean, OnNegativeLog)
	},
})

// SVCCA is CCA of the leading principal components of both: of dim of them, or of as few as
// hold the share var of the variance, at what the data say. Where two of one dataset that
// the cut parts are alike within 1e-6 it is an error. With many components for the number
// of samples it is near 1 for any data.
//
// Source: Raghu et al. 2017.
var SVCCA = RegisterFamily(Family{
	Name: "svcca",
	Make: func(r *Reader) Measure {
		k, share, label := 0, 0.0, ""
		means := []string{"rho", "rho2"} // of as many dimensions of both, a mean over those of x is no other
		if r.Key("dim", "var") == "dim" {
			k = int(r.Number("dim", 2, "a whole number of components from 1", func(v float64) bool { return v >= 1 && v == math.Trunc(v) && v < 1e9 }))
			label = fmt.Sprintf("SVCCA, %d components", k)
		} else {
			share = r.Number("var", 0.95, "a share of the variance, above 0 and at most 1", func(v float64) bool { return v > 0 && v <= 1 })
			label, means = fmt.Sprintf("SVCCA, %g of the variance", share), append(means, "rho2_x")
		}
		m := canonical(r, label, func(x *graph.Node) *graph.Node { return graph.Leading(k, share, x) }, means...)
		m.InvariantX, m.InvariantY = similarityShape, similarityShape
		m.size = func(x *graph.Node) *graph.Node { // of the components alone
			x = graph.Center(x)
			return graph.Norm(graph.MatMul(graph.T(graph.Leading(k, share, x)), x))
		}
		m.Fits = func(n, p, q int) error {
			switch {
			case k > min(p, q):
				return fmt.Errorf("%d components are asked for, of %d units", k, min(p, q))
			case k >= n-1:
				return fmt.Errorf("%d components on %d samples are all there can be, so that every canonical correlation is 1", k, n)
			}
			return nil
		}
		return r.Scale(m, OnAngularScore, OnAngle, OnEuclidean, OnSquaredEuclidean)
	},
})

// canonical is the mean correlation, or squared correlation, of what basis makes of x and y.
func canonical(r *Reader, label string, basis func(x *graph.Node) *graph.Node, means ...string) Measure {
	m := Measure{Label: label + ", mean ρ", Source: "Raghu et al. 2017", Range: [2]float64{0, 1}, Identity: 1, Symmetric: true, OfKernel: true, OfRoots: true}
	of, mean := graph.NuclearNorm, r.Word("mean", means...)
	if mean != "rho" {
		m.Label, m.Source, of = label+", mean ρ²", "Kornblith et al. 2019, table 1", graph.SumSquares
	}
	switch mean {
	case "rho2_x":
		m.Label, m.Symmetric, m.Directed = label+", ρ² per dimension of x", false, "counts the dimensions of x"
	case "gcd":
		m.Label, m.Source, m.Metric = label+", ρ² over both ranks", "Yanai 1974; Ramsay et al. 1984", true
	}
	m.Score = func(x, y *graph.Node) *graph.Node {
		qx, qy := basis(graph.Center(x)), basis(graph.Center(y))
		rank := graph.SumSquares(qx)
		switch mean {
		case "rho", "rho2":
			rank = graph.Min(rank, graph.SumSquares(qy))
		case "gcd":
			rank = graph.Mul(graph.Norm(qx), graph.Norm(qy))
		}
		return graph.Div(of(graph.MatMul(graph.T(qx), qy)), rank)
	}
	return m
}

// EigenspaceOverlap is how much of what the units of x span those of y do, and the other way
// round,
//
//	‖UᵀV‖² / max(p, q),
//
// U and V orthonormal bases of x, n × p, and y, n × q, columns centred, or with
// columns=raw as they are, as the source has them. Centred it is Σρ² of CCA over the greater
// number of units.
//
// Source: May et al. 2019, On the downstream performance of compressed word embeddings.
var EigenspaceOverlap = RegisterFamily(Family{
	Name: "eigenspace_overlap",
	Make: func(r *Reader) Measure {
		of, keeps := columns(r)
		m := Measure{
			Label: "eigenspace overlap", Source: "May et al. 2019",
			Range: [2]float64{0, 1}, Identity: nan, Symmetric: true,
			InvariantX: keeps | Scale | Permutation | Rotation | Linear, InvariantY: keeps | Scale | Permutation | Rotation | Linear,
			Fits: func(n, p, q int) error {
				if most := max(p, q); most >= n-1 {
					return fmt.Errorf("%d units on %d samples span all that there can be, so that the score is of no data in particular", most, n)
				}
				return nil
			},
		}
		m.Score = func(x, y *graph.Node) *graph.Node {
			most := float64(max(x.Shape()[1], y.Shape()[1]))
			return graph.Affine(1/most, graph.SumSquares(graph.MatMul(graph.T(graph.Polar(of(x))), graph.Polar(of(y)))), 0)
		}
		return r.Scale(m)
	},
})

// forcedOnes says how many canonical correlations are 1 for any data.
func forcedOnes(n, p, q int) string {
	ones := p + q - n + 1
	if ones < 1 {
		return ""
	}
	return fmt.Sprintf("at least %d of the %d canonical correlations of %d and %d units on %d samples are 1 for any data", ones, min(p, q), p, q, n)
}

// notSpanning refuses data whose units span what samples allow: any two of such are as one.
func notSpanning(n, p, q int) error {
	if most := max(p, q); most >= n-1 {
		return fmt.Errorf("%d units on %d samples span all that samples of mean 0 can be, so that every canonical correlation is 1; take leading components (svcca), fewer units or more samples", most, n)
	}
	return nil
}

// PWCCA is CCA with its correlations weighted by how much of x they account for,
//
//	Σα_k·ρ_k / Σα_k,  α_k = Σ_j |⟨h_k, x_j⟩|,
//
// over the canonical directions h_k of x, of norm 1, that have a ρ_k above 0 (1e-12 of the
// largest), and over the units x_j, columns centred: α sees the axes and the scale of units.
// With weights=y the directions and units are those of y. Where ρ are the same, to 1e-6 of the
// largest, CCA does not decide which directions are theirs: here they are the principal axes
// of x in what they span, and the gradient holds them among themselves. Correlations of 1 and
// refusals as in CCA.
//
// Source: Morcos, Raghu & Bengio 2018, Insights on representational similarity in neural
// networks with canonical correlation; in centred directions, as Ding et al. 2021 compute
// it. The authors' own code weighs by the one of fewer units, and adds the means of units to the
// directions, which is another score (.564 for .569).
var PWCCA = RegisterFamily(Family{
	Name: "pwcca",
	Make: func(r *Reader) Measure {
		m := Measure{
			Label: "PWCCA, weights of x", Source: "Morcos et al. 2018; centred, Ding et al. 2021",
			Range: [2]float64{0, 1}, Identity: 1, Directed: "weighs by x",
			InvariantX: Translation | Scale | Permutation, InvariantY: similarityShape | Linear,
			Fits: notSpanning, Note: forcedOnes,
			Score: weighed,
		}
		if r.Word("weights", "x", "y") == "y" {
			m.Label, m.Directed = "PWCCA, weights of y", "weighs by y"
			m.InvariantX, m.InvariantY = m.InvariantY, m.InvariantX
			m.Score = func(x, y *graph.Node) *graph.Node { return weighed(y, x) }
		}
		return r.Scale(m, OnAngle, OnOneMinus, OnNegativeLog, OnEuclidean, OnSquaredEuclidean)
	},
})

// weighed is PWCCA with the weights of x.
func weighed(x, y *graph.Node) *graph.Node {
	x = graph.Center(x)
	qx, qy := graph.Polar(x), graph.Polar(graph.Center(y))
	h := graph.MatMul(qx, graph.LeftVectors(graph.MatMul(graph.T(qx), qy), graph.MatMul(graph.T(qx), x)))
	rho := graph.ColNorms(graph.MatMul(graph.T(qy), h))
	alpha := graph.ColMeans(graph.Abs(graph.MatMul(graph.T(x), h)))
	return graph.Div(graph.Dot(alpha, rho), graph.Sum(alpha))
}
