package measures

import (
	"fmt"

	"simgrad/graph"
)

// crossnobis is RSA of the squared distances of x that its repetitions estimate without what
// noise adds to them, and of the squared distances of y as it is:
//
//	D_ij = Σ_{r≠s} (x_ir − x_jr)·Σ⁻¹·(x_is − x_js)ᵀ / R(R − 1).
func crossnobis(noise string, h Estimator, c Comparison) Measure {
	keeps := Translation | Scale | Permutation
	label := "RSA, cross-validated distances of x"
	switch noise {
	case "identity":
		keeps |= Rotation
	case "diag":
		label += " by the noise of units"
	case "shrinkage_diag":
		label += " by shrunk noise"
	}
	source := "Walther et al. 2016"
	if c.Source != "" {
		source += "; " + c.Source
	}
	return Measure{
		Label: label + h.Label + c.Label, Source: source,
		Range: [2]float64{-1, 1}, Identity: nan, Directed: "takes repetitions of x, y as it is",
		InvariantX: keeps, InvariantY: similarityShape, OfKernel: noise == "identity",
		Fits: func(n, _, _ int) error {
			if n < max(3, h.LeastSamples) {
				return fmt.Errorf("%d samples are too few: this needs %d", n, max(3, h.LeastSamples))
			}
			return nil
		},
		ScoreRepeated: func(repetitions int, x, y *graph.Node) *graph.Node {
			d := graph.CrossDistances(repetitions, graph.Center(x), precision(noise, repetitions, x))
			// As matrices both, for features are of a kernel, −½ of distances.
			return c.Of(h.Of(&Geometry{matrix: d}), h.Of(&Geometry{matrix: graph.SqDistances(graph.Center(y))}))
		},
	}
}

// precision is the inverse of the covariance of noise between units, which is what repetitions
// of a sample differ by, of all samples together: nil is 1. With S that covariance, of n(R − 1)
// degrees of freedom, diag takes its diagonal, and shrinkage_diag S with what is off the
// diagonal times 1 − λ, where λ, from 0 to 1, is the variance of the correlations between
// units over their squares, summed over pairs.
//
// Source: Schäfer & Strimmer 2005; rsatoolbox, data/noise.py (shrinkage_diag).
func precision(noise string, repetitions int, x *graph.Node) *graph.Node {
	if noise == "identity" {
		return nil
	}
	e := graph.Residuals(repetitions, x)
	rows, units := float64(e.Shape()[0]), e.Shape()[1]
	dof := rows * (1 - 1/float64(repetitions))
	s := graph.Affine(1/dof, graph.Gram(e), 0)
	off := graph.ZeroDiagonal(s)
	sigma := graph.Sub(s, off)
	if noise == "shrinkage_diag" && units > 1 {
		u := graph.UnitColumns(e)
		r := graph.SumSquares(graph.ZeroDiagonal(graph.Gram(u)))
		fourth := graph.Sum(graph.ZeroDiagonal(graph.Gram(graph.Square(u))))
		lambda := graph.Affine(rows/dof, graph.Div(fourth, r), -rows/(dof*dof))
		sigma = graph.Sub(s, graph.Mul(share(lambda), off))
	}
	return graph.Inverse(sigma)
}

// share is a scalar cut to 0 … 1, beyond which it has no slope.
func share(a *graph.Node) *graph.Node {
	return graph.Map("Share", struct{}{}, a,
		func(v float64) float64 { return max(0, min(1, v)) },
		func(v, _ float64) float64 {
			if v <= 0 || v >= 1 {
				return 0
			}
			return 1
		})
}
