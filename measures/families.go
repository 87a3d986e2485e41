package measures

import (
	"maps"
	"slices"
)

// A Listing is a family of measures, or a measure that is in none, as lists show it.
type Listing struct {
	Name     string
	Forms    []string  // how its names are written
	Measures []Measure // one for each choice of words, on the first of its scales, with numbers of an example
}

// Families lists what there is, in alphabetical order.
func Families() (all []Listing) {
	registry.RLock()
	names := slices.Collect(maps.Keys(registry.measures))
	families := maps.Clone(registry.families)
	registry.RUnlock()
	of := map[string]*Listing{}
	at := func(name string) *Listing {
		if of[name] == nil {
			of[name] = &Listing{Name: name}
		}
		return of[name]
	}
	for name, f := range families {
		l := at(name)
		l.Forms = append(l.Forms, f.form())
		names = append(names, f.names()...)
		names = append(names, f.Examples...)
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		m, err := ByName(name)
		if err != nil {
			continue
		}
		first := splitName(name)[0]
		l := at(first)
		l.Measures = append(l.Measures, m)
		if f, ok := families[first]; !ok {
			l.Forms = append(l.Forms, name)
		} else if _, err := f.read(splitName(name)[1:]); err != nil {
			l.Forms = append(l.Forms, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(of)) {
		all = append(all, *of[name])
	}
	return all
}

// A Meaning is what packages score by a word that others score something else by.
type Meaning struct {
	Word, Packages string
	Measure        string // here
}

// Meanings are those of words that packages disagree about, by word. PACKAGES.md has the
// values that say so.
var Meanings = []Meaning{
	{"cka", "most packages: linear kernels, biased", "cka"},
	{"cka", "cka_debiased of contrasim, correcting_cka_alignment, representation_similarity; unbiased_cka of platonic", "cka-hsic=song"},
	{"cka", "derived/…lange of diffscore", "cka-hsic=lange"},
	{"cka", "LinearCKA of netrep: the angle", "cka-distance=angular"},
	{"cka", "lin_cka_dist of sim_metric: 1 − CKA", "cka-distance=one_minus_score"},
	{"cka", "linear_CKA_loss of fsd: −log CKA", "cka-negative_log"},
	{"cka", "feature-corrected: Chun et al. 2025", "cka-hsic=chun"},
	{"cca", "contrasim, svcca; mean_cca_corr of sim_metric: mean ρ", "cca"},
	{"cca", "representation_similarity; mean_sq_cca_corr of sim_metric: mean ρ²", "cca-mean=rho2"},
	{"cca", "drfrankenstein: Σρ² over the units of x", "cca-mean=rho2_x"},
	{"cca", "LinearMetric(alpha=0) of netrep: Σρ over √(pq)", "shape_metric-alpha=0"},
	{"cca", "cca-squared_score of diffscore: Σρ² over the root of both ranks' product", "cca-mean=gcd"},
	{"svcca", "contrasim, svcca: 99 % of the variance, mean ρ", "svcca-var=0.99"},
	{"svcca", "drfrankenstein, representation_similarity: mean ρ²", "svcca-var=0.99-mean=rho2"},
	{"svcca", "resi: one component, by a slip", "svcca-dim=1"},
	{"procrustes", "nbs of nn_similarity_index: the cosine", "nbs"},
	{"procrustes", "procrustes-angular of diffscore, LinearMetric(alpha=1,angular) of netrep, resi: the angle", "procrustes-distance=angular"},
	{"procrustes", "procrustes-angular-score of diffscore: 1 − (2/π)·angle", "procrustes-angular-score"},
	{"procrustes", "orthogonal_procrustes of llm_repsim, procrustes-euclidean of diffscore, bures_distance", "procrustes-distance=euclidean"},
	{"procrustes", "procrustes of sim_metric and survey_measures: its square", "procrustes-distance=squared_euclidean"},
	{"rsa", "thingsvision (correlation, Pearson)", "rsa-rdm=correlation-compare=pearson"},
	{"rsa", "resi, thingsvision (correlation, Spearman)", "rsa-rdm=correlation-compare=spearman"},
	{"rsa", "neuroaimetrics: Kendall's τ-b", "rsa-rdm=correlation-compare=tau_b"},
	{"rsa", "euclidean of rsatoolbox, which squares; cosine", "rsa-rdm=squared_euclidean-compare=cosine"},
	{"rsa", "rsa-euclidean-corr of diffscore", "rsa-rdm=squared_euclidean-compare=pearson"},
	{"rsa", "resi (euclidean, Spearman)", "rsa-rdm=euclidean-compare=spearman"},
	{"kendall", "scipy, and so neuroaimetrics; kendall of rsatoolbox: τ-b", "rsa-rdm=correlation-compare=tau_b"},
	{"kendall", "tau-a of rsatoolbox", "rsa-rdm=correlation-compare=tau_a"},
	{"mutual_knn", "platonic's function, called with data as they are", "mutual_knn-topk=10-rows=raw"},
	{"mutual_knn", "Huh et al. 2024: samples of norm 1", "mutual_knn-topk=10"},
	{"matching", "PermutationMetric of netrep: by covariance, as a cosine", "permutation_metric"},
	{"matching", "hard_correlation_match of resi: by correlation", "permutation_metric-units=unit"},
	{"matching", "Khosla & Williams 2024: soft, by correlation", "soft_matching-units=unit"},
	{"cosine", "contrasim, correcting_cka_alignment, netrep, representation_similarity: unit by unit, as they are", "cosine-columns=raw"},
	{"cosine", "aligned_cosine_similarity of resi: sample by sample, after rotation", "aligned_cosine-columns=raw"},
	{"cosine", "aligned_cossim of llm_repsim: that of columns less their means", "aligned_cosine"},
	{"second-order cosine", "Hamilton et al. 2016: of similarities to neighbours", "second_order_cosine-topk=10"},
	{"second-order cosine", "resi: of distances to them", "second_order_cosine-topk=10-of=distances"},
	{"pls", "svcca: the mean covariance, in the units of the data", "plsc"},
	{"pls", "Brain-Score, mouse_vision, neuroaimetrics: regression, of 25 components", "pls-components=25-median_pearsonr-cv=5folds"},
	{"ridge", "diffscore: x from y, of all units together", "ridge-lambda=1-r2"},
	{"ridge", "deepdive: y from x, folds pooled, unit by unit", "ridge-lambda=1-pooled_r2-cv=5folds-reverse"},
	{"ridge", "brain_language_nlp: y from x, unit by unit, without an intercept", "ridge-lambda=1-unit_r2-columns=raw-reverse"},
	{"linear regression", "linreg of diffscore, linear_regression of resi: x from y, the same samples", "linreg-r2"},
	{"linear regression", "five contiguous folds, mean over folds", "linreg-r2-cv=5folds"},
}
