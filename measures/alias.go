package measures

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// ambiguous are words that mean different things in different packages.
var ambiguous = map[string]string{
	"procrustes-angular": "ambiguous: the angle in radians is procrustes-distance=angular (diffscore:procrustes-angular); the paper's score 1 − (2/π)·angle is procrustes-angular-score",
	"procrustes":         "ambiguous: similarity-repository scores a cosine by it (nbs here), others an angle (procrustes-distance=angular) or the paper's score (procrustes-angular-score)",
	"ridge":              "the penalty is missing: write ridge-lambda=L-r2, for instance ridge-lambda=100-r2",
}

// absent are names of other packages, before any key, that nothing here is meant by, and why.
var absent = map[string]string{
	"edit_distance_knn": "similarity-repository's is 2/3 whatever the data are; lcs_knn is of the order of neighbours",
	"geometry_score":    "topology of random landmarks (Khrulkov & Oseledets 2018)",
	"imd":               "spectra of diffusion, estimated by random probes (Tsitsulin et al. 2020)",
	"isc":               "similarity-repository's correlates all pairs of units; of the same units in both there is cosine",
	"max_match":         "how many units span one another within ε (Wang et al. 2018): none of most data, and no gradient; by degrees it is cca",
	"pairwisematching":  "its splits of samples are drawn at random; of one-to-one matching there is permutation_metric",
	"rtd":               "topology: persistence barcodes of joined graphs (Barannikov et al. 2022)",
	"versa":             "its splits of samples are drawn at random",
	"wreath_cka":        "similarity-repository's has no number; of units matched one to one there is permutation_metric",
	"wreath_procrustes": "similarity-repository's matches samples; of units matched one to one there is permutation_metric",
}

// absence says that nothing here is meant by a name, if it is known why.
func absence(name string) error {
	if why, ok := absent[splitName(name)[0]]; ok {
		return fmt.Errorf("%s is not here: %s", splitName(name)[0], why)
	}
	return nil
}

// dialects are other packages' names for what is here, where they differ from
// the names here by more than the rules of diffscoreID.
var dialects = map[string]map[string]string{
	"diffscore": {
		"procrustes-angular": "procrustes-distance=angular",
		"linreg":             "linreg-r2",
		"nbs-angular-score":  "procrustes-angular-score",
		"derived/nbs":        "nbs",
		"derived/cka-kernel=linear-hsic=gretton-score": "cka",
		"derived/cka-kernel=linear-hsic=lange-score":   "cka-hsic=lange",
		"derived/cca-squared_score":                    "cca-mean=gcd",
		"cca-squared_score":                            "cca-mean=gcd",
		"procrustes-euclidean":                         "procrustes-distance=euclidean",
		"cka-hsic_song":                                "cka-hsic=song",
		"rsa-correlation-corr":                         "cka",
		"rsa-euclidean-centered-cosine":                "cka",
		"rsa-correlation-cosine":                       "rsa-rdm=correlation-compare=cosine",
		"rsa-euclidean-cosine":                         "rsa-rdm=squared_euclidean-compare=cosine",
		"rsa-euclidean-corr":                           "rsa-rdm=squared_euclidean-compare=pearson",
	},
	"rsatoolbox": rsatoolbox(),
	"netrep": {
		"PermutationMetric(angular)":        "permutation_metric-distance=angular",
		"PermutationMetric(euclidean)":      "permutation_metric-distance=euclidean",
		"LinearMetric(alpha=0.0,angular)":   "shape_metric-alpha=0-distance=angular",
		"LinearMetric(alpha=0.5,angular)":   "shape_metric-alpha=0.5-distance=angular",
		"LinearMetric(alpha=1.0,euclidean)": "procrustes-distance=euclidean",
		"LinearCKA(angular)":                "cka-distance=angular",
		"LinearMetric(alpha=1.0,angular)":   "procrustes-distance=angular",
		"LinearMetric(alpha=1,angular)":     "procrustes-distance=angular",
	},
	"similarity-repository": {
		"cca-squared_score":                                        "cca-mean=rho2",
		"svcca-var=0.95-squared_score":                             "svcca-var=0.95-mean=rho2",
		"svcca-var=0.99-squared_score":                             "svcca-var=0.99-mean=rho2",
		"nbs-distance=euclidean":                                   "procrustes-distance=euclidean",
		"nbs-distance=squared_euclidean":                           "procrustes-distance=squared_euclidean",
		"cka-kernel=linear-hsic=gretton-score":                     "cka",
		"linear_CKA":                                               "cka",
		"feature_space_linear_cka":                                 "cka",
		"rdm=squared_euclidean-similarity=(centered-cosine)-score": "cka",
		"rdm=squared_euclidean-similarity=(centered-zero_diagonal-cosine)-score": "cka-hsic=lange",
		"rdm=squared_euclidean-similarity=cosine-score":                          "rsa-rdm=squared_euclidean-compare=cosine",
		"rdm=squared_euclidean-similarity=upper_triangular_correlation-score":    "rsa-rdm=squared_euclidean-compare=pearson",
		"rdm=correlation-similarity=cosine-score":                                "rsa-rdm=correlation-compare=cosine",
		"rdm=correlation-similarity=upper_triangular_correlation-score":          "rsa-rdm=correlation-compare=pearson",
		"kernel=(centered-whitened-linear)-similarity=cosine-score":              "cca-mean=gcd",
		"ridge-lambda=1-r2":                        "ridge-lambda=1-unit_r2-columns=raw-reverse",
		"kernel_ridge-lambda=1-r2":                 "ridge-lambda=1-unit_r2-columns=raw-reverse",
		"feature_space_linear_cka-debiased_True":   "cka-hsic=song",
		"kernel_CKA":                               "cka-kernel=(rbf-sigma=1)",
		"rsa-rdm=correlation-compare=kendall":      "rsa-rdm=correlation-compare=tau_b",
		"linear_regression":                        "linreg-r2",
		"bures_distance":                           "procrustes-distance=euclidean",
		"orthogonal_angular_shape_metric_centered": "procrustes-distance=angular",
		"hard_correlation_match":                   "permutation_metric-units=unit",
		"nbs":                                      "nbs",
		"nbs-angular_score":                        "procrustes-angular-score",
		"svcca-score":                              "svcca-var=0.99",
		"svcca-distance=angular":                   "svcca-var=0.99-distance=angular",
		"svcca-distance=euclidean":                 "svcca-var=0.99-distance=euclidean",
		"svcca-distance=squared_euclidean":         "svcca-var=0.99-distance=squared_euclidean",
		"gulp":                                     "gulp-lambda=0-distance=squared_euclidean",
		"nbs-score":                                "nbs",
		"jaccard_similarity":                       "jaccard_knn-topk=10",
		"rank_similarity":                          "rank_knn-topk=10",
		"rsm_norm_difference":                      "rsa-rdm=euclidean-compare=euclidean",
		"aligned_cossim":                           "aligned_cosine",
		"aligned_cosine_similarity":                "aligned_cosine-columns=raw",
		"magnitude_difference":                     "magnitude-difference",
		"concentricity_difference":                 "concentricity-difference",
		"uniformity_difference":                    "uniformity-rows=raw-difference",
		"soft_correlation_match":                   "semi_matching",
		"permutation_procrustes":                   "permutation_metric-columns=raw-distance=euclidean",
		"second_order_cosine_similarity":           "second_order_cosine-topk=10-of=distances",
		"pls":                                      "plsc",
		"eigenspace_overlap_score":                 "eigenspace_overlap-columns=raw",
		"cosine":                                   "cosine-columns=raw",
		"euclidean":                                "kernel-columns=raw-distance=euclidean",
		"linear_regression-r2-cv=5folds":           "linreg-pooled_r2-cv=5folds-reverse",
		"linear_regression-pearsonr-cv=5folds":     "linreg-pooled_pearsonr-cv=5folds-reverse",
		"linear_regression-pearsonr2-cv=5folds":    "linreg-pooled_pearsonr2-cv=5folds-reverse",
		"ridge-lambda=1-r2-cv=5folds":              "ridge-lambda=1-pooled_r2-cv=5folds-reverse",
		"ridge-lambda=1-pearsonr-cv=5folds":        "ridge-lambda=1-pooled_pearsonr-cv=5folds-reverse",
		"ridge-lambda=1-pearsonr2-cv=5folds":       "ridge-lambda=1-pooled_pearsonr2-cv=5folds-reverse",
		"nbs-squared_score":                        "nbs-squared",
		"procrustes-score":                         "nbs",
		"procrustes-distance=angular":              "procrustes-distance=angular",
		"nbs-distance=angular":                     "procrustes-distance=angular",
		// Of single packages it wraps, by their own ids, where it is not what the name means here.
		"netrep/cca-score":                            "shape_metric-alpha=0",
		"netrep/cca-distance=angular":                 "shape_metric-alpha=0-distance=angular",
		"netrep/cca-distance=euclidean":               "shape_metric-alpha=0-distance=euclidean",
		"netrep/cca-distance=squared_euclidean":       "shape_metric-alpha=0-distance=squared_euclidean",
		"diffscore/cca-score":                         "shape_metric-alpha=0",
		"diffscore/cca-squared_score":                 "cca-mean=gcd",
		"drfrankenstein/cca-squared_score":            "cca-mean=rho2_x",
		"drfrankenstein/svcca-var=0.95-squared_score": "svcca-var=0.95-mean=rho2_x",
		"drfrankenstein/svcca-var=0.99-squared_score": "svcca-var=0.99-mean=rho2_x",
		"neuroaimetrics/soft_correlation_match":       "soft_matching-units=unit",
	},
}

// rsatoolbox are its RDM methods and comparisons, joined by a hyphen. Its euclidean is squared;
// that it divides by the number of units no comparison here sees. Its kendall is τ-b.
func rsatoolbox() map[string]string {
	names := map[string]string{}
	for method, rdm := range map[string]string{"euclidean": "squared_euclidean", "correlation": "correlation"} {
		for compare, as := range map[string]string{
			"cosine": "cosine", "corr": "pearson", "spearman": "spearman", "kendall": "tau_b", "tau-b": "tau_b", "tau-a": "tau_a", "rho-a": "rho_a",
			"cosine_cov": "whitened_cosine", "corr_cov": "whitened_pearson",
		} {
			names[method+"-"+compare] = "rsa-rdm=" + rdm + "-compare=" + as
		}
	}
	return names
}

// standardised are the families whose names here are similarity-repository's.
var standardised = []string{"cka", "rsa", "shape_metric", "cca", "svcca", "ensd", "distance_correlation", "mutual_knn", "cknna", "cycle_knn", "procrustes", "permutation_metric", "pwcca"}

var (
	variant = regexp.MustCompile(`^(.*)#(?:no_cv|(\d+)folds_cv)$`)
	lambda  = regexp.MustCompile(`-lambda([0-9.]+)`)
)

// translate returns the name to look up here for a name as it was asked.
func translate(name string) (string, error) {
	if name == "" {
		return "", errors.New("the name is empty")
	}
	pkg, rest, prefixed := strings.Cut(name, ":")
	if !prefixed {
		if why, ok := ambiguous[name]; ok {
			return "", errors.New(why)
		}
		if strings.Contains(name, "compare=kendall") {
			return "", errors.New("ambiguous: Kendall's τ-a counts tied pairs as neither alike nor opposite, of all (tau_a), τ-b leaves them out (tau_b)")
		}
		if strings.Contains(name, "-pearsonr") {
			return "", errors.New("ambiguous: diffscore means one correlation of all values by pearsonr, other packages that of every unit; here median_pearsonr is the median over units, as Brain-Score's")
		}
		if name == "linreg" {
			return "linreg-r2", nil
		}
		return diffscoreID(name), nil
	}
	known, ok := dialects[pkg]
	if !ok {
		return "", fmt.Errorf("no package %q; names of %s are known", pkg, strings.Join(slices.Sorted(maps.Keys(dialects)), ", "))
	}
	switch pkg {
	case "diffscore":
		rest = strings.TrimPrefix(rest, "measure/")
	case "similarity-repository":
		rest = strings.TrimPrefix(rest, "measure/")
		if _, own := known[rest]; !own {
			rest = rest[strings.LastIndex(rest, "/")+1:]
		}
	}
	if canonical, ok := known[rest]; ok {
		return canonical, nil
	}
	if pkg == "diffscore" {
		return diffscoreID(rest), nil
	}
	if family, _, _ := strings.Cut(rest, "-"); pkg == "similarity-repository" && slices.Contains(standardised, family) {
		if slices.Contains([]string{"mutual_knn", "cknna", "cycle_knn"}, family) {
			rest += "-rows=raw"
		}
		if family == "cknna" {
			rest += "-order=given"
		}
		return rest, nil
	}
	if err := absence(rest); err != nil {
		return "", err
	}
	return "", fmt.Errorf("no measure here is known to be %s's %q; known are %s", pkg, rest, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
}

// diffscoreID rewrites the parts of diffscore's ids that are written otherwise
// here: a penalty without its sign of equality, and the variant after #.
func diffscoreID(id string) string {
	if m := variant.FindStringSubmatch(id); m != nil {
		id = m[1]
		if m[2] != "" {
			id += "-cv=" + m[2] + "folds"
		}
	}
	return lambda.ReplaceAllString(id, "-lambda=$1")
}
