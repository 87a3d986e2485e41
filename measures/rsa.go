package measures

import (
	"math"

	"simgrad/graph"
)

// RSA is representational similarity analysis: of both datasets the dissimilarities of all
// pairs of samples, and how alike these are.
//
// Dissimilarities of samples a and b are squared_euclidean, ‖a − b‖²; euclidean, ‖a − b‖;
// correlation, 1 − r over units, whose means over samples are not taken out before; and
// cosine, 1 − cos, of samples as they are. None is divided by the number of units.
//
// They are compared by cosine; pearson; spearman; tau_a and tau_b, Kendall's, of which the
// second allows for ties; rho_a, Spearman's over what it is where nothing is tied; and
// whitened_cosine and whitened_pearson, which weigh pairs by the covariance that independent
// noise of all samples gives them: with H what takes the mean out, the cosine of H·D·H of
// both. whitened_cosine of squared_euclidean is CKA. Ranks have no gradient. euclidean is the
// distance between them, ‖D_x − D_y‖ over pairs, in their units.
//
// Source: Kriegeskorte et al. 2008; rho_a and tau_a, Nili et al. 2014 and Schütt et al. 2023;
// euclidean, Yin & Shen 2018, On the dimensionality of word embedding (as PIP loss);
// whitened, Diedrichsen et al. 2020, Comparing representational geometries using whitened
// unbiased-distance-matrix similarity.
var RSA = RegisterFamily(Family{
	Name: "rsa",
	Make: func(r *Reader) Measure {
		rdm := r.Word("rdm", "", "squared_euclidean", "euclidean", "correlation", "cosine")
		e := map[string]Embedding{
			"squared_euclidean": SquaredEuclidean, "euclidean": Euclidean, "correlation": Correlation, "cosine": CosineDistance,
		}[rdm]
		compare := r.Word("compare", "", "cosine", "pearson", "spearman", "tau_a", "tau_b", "rho_a", "whitened_cosine", "whitened_pearson", "euclidean")
		by := map[string]struct {
			label, source string
			Estimator
			Comparison
		}{
			"cosine":           {"cosine", "", Pairs, Cosine},
			"pearson":          {"Pearson", "", CentredPairs, Cosine},
			"spearman":         {"Spearman", "", RankedPairs, Cosine},
			"tau_a":            {"Kendall τ-a", "Nili et al. 2014", Pairs, TauA},
			"tau_b":            {"Kendall τ-b", "Kendall 1945", Pairs, TauB},
			"rho_a":            {"Spearman ρ-a", "Schütt et al. 2023", RankedPairs, RhoA},
			"whitened_cosine":  {"whitened cosine", "Diedrichsen et al. 2020", Gretton, Cosine},
			"whitened_pearson": {"whitened Pearson", "Diedrichsen et al. 2020", WhitenedCentredPairs, Cosine},
			"euclidean":        {"Euclidean", "Yin & Shen 2018", Pairs, Apart},
		}[compare]
		e.Source, by.Comparison.Source = "Kriegeskorte et al. 2008", by.source
		by.Comparison.Label = ", " + by.label
		m := Compose("RSA", e, by.Estimator, by.Comparison)
		if compare == "euclidean" {
			m.Kind, m.Range = Distance, [2]float64{0, math.Inf(1)}
			if rdm == "euclidean" || rdm == "squared_euclidean" {
				m.InvariantX, m.InvariantY = m.InvariantX&^Scale, m.InvariantY&^Scale
			} else { // of points of norm 1, which are twice as far apart
				twice := m.Score
				m.Score = func(x, y *graph.Node) *graph.Node { return graph.Affine(0.5, twice(x, y), 0) }
			}
			return r.Scale(m)
		}
		return r.Scale(m, OnAngularScore, OnAngle, OnOneMinus)
	},
})
