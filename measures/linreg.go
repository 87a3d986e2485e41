package measures

import (
	"fmt"

	"simgrad/graph"
)

// LinReg is the fraction of x's variance that linear regression predicts from y:
//
//	R² = 1 − ‖x − y·b‖² / ‖x‖²,  b = y⁺x, columns centred,
//
// one number over all units, so that a unit counts by its variance. Directed:
// the reference x is predicted from y. It starts at rank(y)/(n−1) for a y
// unrelated to x, and is 1 for nearly any y of n−1 or more units.
//
// With cv=Kfolds it is the mean over K folds of 1 − ‖x_v − x̂_v‖²/‖x_v − x̄‖²,
// where x̂_v − x̄ = (y_v − ȳ)·b, and b and the means x̄, ȳ are those of the rows
// outside the fold. Folds are contiguous blocks of the rows, the first n mod K
// one row longer; for time × condition × unit data, blocks of time.
//
// Source: Cloos et al. 2024; the folds of their package diffscore.
var _ = RegisterFamily(Family{
	Name: "linreg", Form: "linreg-r2[-cv=Kfolds]", Scale: "r2",
	Keys:     []Key{foldsKey},
	Examples: []string{"linreg-r2", "linreg-r2-cv=5folds"},
	Make: func(v map[string]float64) Measure {
		m := Measure{
			Label: "linear regression R²", Source: "Cloos et al. 2024",
			Range: [2]float64{0, 1}, Identity: 1,
			InvariantX: similarityShape, InvariantY: similarityShape | Linear, CeilingProven: true,
		}
		m.Score = func(x, y *graph.Node) *graph.Node {
			x, y = graph.Center(x), graph.Center(y)
			return graph.Affine(-1, graph.Div(graph.Unexplained(y, x), graph.SumSquares(x)), 1)
		}
		return crossValidated(m, graph.LeastSquares, v)
	},
})

// crossValidated returns m, a regression of x on y that fit finds the
// coefficients of, cross-validated if v says so.
func crossValidated(m Measure, fit func(y, x *graph.Node) *graph.Node, v map[string]float64) Measure {
	folds, ok := v["cv"]
	if !ok {
		return m
	}
	m.Label += ", cross-validated"
	m.Range[0], m.Identity, m.CeilingProven = negInf, nan, false
	m.Score = func(x, y *graph.Node) *graph.Node {
		n, k := x.Shape()[0], int(folds)
		if n < k {
			panic(&graph.Error{Op: "cross-validation", Err: fmt.Errorf("%d samples are too few for %d folds", n, k)})
		}
		var sum *graph.Node
		for f, from := 0, 0; f < k; f++ {
			to := from + n/k
			if f < n%k {
				to++
			}
			x0, y0 := graph.WithoutRows(x, from, to), graph.WithoutRows(y, from, to)
			meanX, meanY := graph.ColMeans(x0), graph.ColMeans(y0)
			b := fit(graph.SubRow(y0, meanY), graph.SubRow(x0, meanX))
			xv, yv := graph.SubRow(graph.Rows(x, from, to), meanX), graph.SubRow(graph.Rows(y, from, to), meanY)
			r2 := explained(xv, graph.MatMul(yv, b))
			if sum == nil {
				sum = r2
			} else {
				sum = graph.Add(sum, r2)
			}
			from = to
		}
		return graph.Affine(1/float64(k), sum, 0)
	}
	return m
}

// explained returns 1 − ‖x − prediction‖² / ‖x‖².
func explained(x, prediction *graph.Node) *graph.Node {
	rest := graph.SumSquares(graph.Sub(x, prediction))
	return graph.Affine(-1, graph.Div(rest, graph.SumSquares(x)), 1)
}
