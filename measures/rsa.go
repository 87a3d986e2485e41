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
// crossnobis is of repetitions of x, to which noise of these adds nothing on average: over
// pairs of R repetitions, Σ_{r≠s} (x_ir − x_jr)·Σ⁻¹·(x_is − x_js)ᵀ / R(R − 1), which may be
// below 0, beside the squared Euclidean distances of y as it is. The noise's covariance Σ is 1
// (identity); or that of what repetitions differ by from their mean, of all samples together:
// its diagonal (diag), or it shrunk to this (shrinkage_diag). Being of the same ν = n(R − 1)
// degrees of freedom, it leaves 2/(ν − 2) of what noise adds, and of p units without shrinkage
// it would be (p + 1)/(ν − p − 1). The gradient takes all of it to be of the data.
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
// unbiased-distance-matrix similarity; crossnobis, Walther et al. 2016, Reliability of
// dissimilarity measures for multi-voxel pattern analysis; shrinkage, Schäfer & Strimmer 2005,
// as rsatoolbox has it.
var RSA = RegisterFamily(Family{
	Name: "rsa",
	Make: func(r *Reader) Measure {
		var rdm, noise string
		var e Embedding
		is := func(word string, of Embedding) Option {
			return Option{word, func(*Reader) { rdm, e = word, of }}
		}
		r.Choice("rdm", Option{}, is("squared_euclidean", SquaredEuclidean), is("euclidean", Euclidean), is("correlation", Correlation), is("cosine", CosineDistance),
			Option{"crossnobis", func(r *Reader) { rdm, noise = "crossnobis", r.Word("noise", "identity", "diag", "shrinkage_diag") }})
		comparisons := []string{"", "cosine", "pearson", "spearman", "tau_a", "tau_b", "rho_a", "whitened_cosine", "whitened_pearson"}
		if rdm != "crossnobis" {
			comparisons = append(comparisons, "euclidean")
		}
		compare := r.Word("compare", comparisons...)
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
		if rdm == "crossnobis" {
			return r.Scale(crossnobis(noise, by.Estimator, by.Comparison), OnAngularScore, OnAngle, OnOneMinus)
		}
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
