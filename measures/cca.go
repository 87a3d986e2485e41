package measures

import (
	"fmt"
	"math"

	"simgrad/graph"
)

// CCA is canonical correlation analysis: with ρ the canonical correlations of x and y,
// columns centred, the singular values of QxᵀQy for orthonormal bases Q of both, their mean,
// or, with mean=rho2, the mean of ρ²: over as many as the lesser rank of the two, so that
// units that others make up do not count. Of p and q units, p + q − n + 1 correlations are 1
// for any data where that is above 0, and all where p or q is n − 1 or more, which is
// refused.
//
// Source: Hotelling 1936; as scores, Raghu et al. 2017 (mean ρ) and Kornblith et al. 2019,
// table 1 (mean ρ², R²_CCA, there over the units of one of the two).
var CCA = RegisterFamily(Family{
	Name: "cca",
	Make: func(r *Reader) Measure {
		m := canonical(r, "CCA", graph.Polar)
		m.InvariantX, m.InvariantY, m.Fits = similarityShape|Linear, similarityShape|Linear, notSpanning
		return r.Scale(m, OnAngularScore, OnAngle, OnEuclidean, OnSquaredEuclidean)
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
		if r.Key("dim", "var") == "dim" {
			k = int(r.Number("dim", 2, "a whole number of components from 1", func(v float64) bool { return v >= 1 && v == math.Trunc(v) && v < 1e9 }))
			label = fmt.Sprintf("SVCCA, %d components", k)
		} else {
			share = r.Number("var", 0.95, "a share of the variance, above 0 and at most 1", func(v float64) bool { return v > 0 && v <= 1 })
			label = fmt.Sprintf("SVCCA, %g of the variance", share)
		}
		m := canonical(r, label, func(x *graph.Node) *graph.Node { return graph.Leading(k, share, x) })
		m.InvariantX, m.InvariantY = similarityShape, similarityShape
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
func canonical(r *Reader, label string, basis func(x *graph.Node) *graph.Node) Measure {
	m := Measure{Label: label + ", mean ρ", Source: "Raghu et al. 2017", Range: [2]float64{0, 1}, Identity: 1, Symmetric: true, OfKernel: true}
	of := graph.NuclearNorm
	if r.Word("mean", "rho", "rho2") == "rho2" {
		m.Label, m.Source, of = label+", mean ρ²", "Kornblith et al. 2019, table 1", graph.SumSquares
	}
	m.Score = func(x, y *graph.Node) *graph.Node {
		qx, qy := basis(graph.Center(x)), basis(graph.Center(y))
		rank := graph.Min(graph.SumSquares(qx), graph.SumSquares(qy))
		return graph.Div(of(graph.MatMul(graph.T(qx), qy)), rank)
	}
	return m
}

// notSpanning refuses data whose units span what samples allow: any two of such are as one.
func notSpanning(n, p, q int) error {
	if most := max(p, q); most >= n-1 {
		return fmt.Errorf("%d units on %d samples span all that samples of mean 0 can be, so that every canonical correlation is 1; take leading components (svcca), fewer units or more samples", most, n)
	}
	return nil
}
