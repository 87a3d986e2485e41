package measures_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/measures"
)

// functions are names of other packages that a measure here says as a function of its score.
var functions = map[string]struct {
	of, how string
	f       func(v float64, n, p, q int) float64 // of n samples, p and q units
}{
	"ensd-distance=angular_normalized":              {"cka-distance=angular", "over π/2", func(v float64, _, _, _ int) float64 { return v / (math.Pi / 2) }},
	"orthogonal_procrustes_centered_and_normalized": {"nbs", "as √(2 − 2s)", func(v float64, _, _, _ int) float64 { return math.Sqrt(2 - 2*v) }},
	"hard_correlation_match": {"permutation_metric-units=unit", "times √(pq) over the lesser of p and q", func(v float64, _, p, q int) float64 {
		return v * math.Sqrt(float64(p*q)) / float64(min(p, q))
	}},
	"lcs_knn-topk=3":       {"lcs_knn-topk=3-rows=raw", "times 3", func(v float64, _, _, _ int) float64 { return 3 * v }},
	"linear_HSIC":          {"hsic", "times (n − 1)²", func(v float64, n, _, _ int) float64 { return v * float64((n-1)*(n-1)) }},
	"kernel_HSIC":          {"hsic-kernel=(rbf-sigma=1)", "times (n − 1)²", func(v float64, n, _, _ int) float64 { return v * float64((n-1)*(n-1)) }},
	"unbiased_linear_HSIC": {"hsic-estimator=song", "times (n − 3)²", func(v float64, n, _, _ int) float64 { return v * float64((n-3)*(n-3)) }},
}

// differing are, by package and name, why a package does not have what is scored here.
var differing = []struct{ pkg, name, why string }{
	{"modelsym", "", "theirs is wrong: no number, or more than the nuclear norm allows of any rotation"},
	{"neuroaimetrics", "cka", "theirs is wrong: infinite"},
	{"nnsrm_neurips18", "nbs|procrustes", "not this: similarity-repository asks in a comment what it is, and its angle is no number"},
	{"pyrcca", "", "theirs is wrong: below 0, which no mean of canonical correlations is, or far below the others'"},
	{"platonic", "cka.*(song|gretton)", "the same in single precision, with 1e-6 added to what is divided by"},
	{"platonic|unsupervised_analysis", "cka-kernel=.rbf.*(score|angular)", "the same in single precision, with 1e-6 added to what is divided by"},
	{"platonic|unsupervised_analysis|thingsvision", "cka-kernel=.rbf.*euclidean", "by the norms of the data, where here it is by those of the kernel"},
	{"platonic", "cknna", "the same in single precision, with 1e-6 added to what is divided by"},
	{"netrep", "^(sv)?cca", "Σρ over √(pq), where here it is over the lesser rank"},
	{"contrasim", "svcca-distance=angular", "an angle of 4e-5 where it is 0, from a cosine that rounding leaves"},
	{"diffscore", "cca-squared", "Σρ² over the root of both ranks' product: cca-mean=gcd"},
	{"diffscore", "kernel=", "the same in single precision"},
	{"diffscore", "cca-score|nbs", "theirs is off by up to 1e-3; diffscore's own nbs (a nuclear norm) is what is scored here"},
	{"drfrankenstein", "cca", "Σρ² over the units of x"},
	{"representation_similarity", "cca", "Σρ² over the lesser number of units, which need not be the rank"},
	{"sim_metric", "cca", "theirs is wrong: inverts matrices of low rank, and gives up to 5.97 of at most 1"},
	{"netrep", "shape_metric.*euclidean", "agrees where both have full rank and one width; else the norms are others"},
	{"llm_repsim", "rsa", "theirs is wrong: called Pearson, it is Spearman's, and of columns less their means"},
	{"resi", "svcca", "theirs is wrong: it holds shares of the variance against 0.99 of the variance itself, and keeps one component"},
	{"rtd", "svcca", "theirs is wrong: takes out the mean over units in place of that over samples; 0.99 is of the singular values, not the variance"},
	{"contrasim|resi|rtd|svcca", "pwcca", "adds the means of units to the canonical directions, as the authors' code does"},
	{"sim_metric", "pwcca", "weighs by the side of fewer units, and inverts matrices of low rank"},
	{"llm_repsim", "jaccard", "of columns less their means"},
	{"resi", "rsm_norm", "the spectral norm of the difference, by a slip: 2 is the order of a matrix norm there"},
	{"neuroaimetrics", "^soft_correlation", "theirs is wrong: 1 whatever the data are; meant is a transport, which soft_matching-units=unit is"},
	{"deepdive", "^linear_regression", "theirs is wrong: ridge regression with penalty 1, for the penalty asked for is not taken: ridge-lambda=1-…"},
	{"rsatoolbox", "", "not computed: another version of the package was at hand"},
}

// uncovered are names that nothing here is meant by, and why.
var uncovered = []struct{ name, why string }{
	{"^(cca|svcca|nbs|procrustes|shape_metric).*-cv=5folds$", "the angle of samples left out, aligned by the others: of splits at random, by NumPy's generator"},
	{"-reverse$|^ridge-pearsonr", "correlations of units, mean over splits at random, by NumPy's generator, penalty chosen inside; ridge-lambda=nested-median_pearsonr-cv=5folds is of contiguous ones"},
	{"sparse_HSIC$", "theirs is wrong: an element-wise product on the diagonal where that of matrices is meant, less a mean over 500 samples whatever there are; hsic is its meaning without a limit"},
	{"^edit_distance_knn", "theirs is wrong: 2/3 whatever the data are"},
	{"^(max_match)", "subsets of neurons that span one another, found by search"},
	{"^(imd|rtd|geometry_score)", "topology, or spectra of diffusion: random landmarks"},
	{"^(wreath)", "invariant to sign changes and permutations of units; no number in half of the cases"},
	{"^isc$", "theirs is wrong: the mean correlation of all pairs of units, where inter-subject correlation is of the same unit of both"},
	{"^(pairwisematching|versa)$", "mean over splits at random, by NumPy's generator"},
	{"^svcca-dim", "of units brought to variance 1, by a randomised SVD; correlations after an iterative fit"},
}

func units(x *tensor.Dense) int { return x.Shape()[x.Dims()-1] }

// The page of what other packages mean by similarity-repository's names is that of their
// values: `go test ./measures -update -run Packages` writes it.
func TestPackages(t *testing.T) {
	const file = "PACKAGES.md"
	b, err := os.ReadFile("testdata/packages.json")
	require.NoError(t, err)
	var cases map[string]map[string]map[string]*float64 // case → name → package → score, if it is a number
	require.NoError(t, json.Unmarshal(b, &cases))
	_, arrays := load(t)
	names := map[string]bool{}
	for _, of := range cases {
		for name := range of {
			names[name] = true
		}
	}
	var covered, others strings.Builder
	remain := map[string]int{} // pairs, by reason
	pairs, agreed, had := 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(names)) {
		ours, how, of := "similarity-repository:"+name, "", func(v float64, _, _, _ int) float64 { return v }
		if f, ok := functions[name]; ok {
			ours, how, of = f.of, " "+f.how, f.f
		}
		m, err := measures.ByName(ours)
		in := 0
		for _, of := range cases {
			if len(of[name]) > 0 {
				in++
			}
		}
		pairs += in
		if err != nil {
			at := slices.IndexFunc(uncovered, func(u struct{ name, why string }) bool { return regexp.MustCompile(u.name).MatchString(name) })
			require.GreaterOrEqual(t, at, 0, "%s is not here, and no reason is given", name)
			packages := map[string]bool{}
			for _, by := range cases {
				for pkg := range by[name] {
					packages[pkg] = true
				}
			}
			remain[uncovered[at].why] += in
			fmt.Fprintf(&others, "| `%s` | %s | %s |\n", name, strings.Join(slices.Sorted(maps.Keys(packages)), ", "), uncovered[at].why)
			continue
		}
		had += in
		agree, all, refused := 0, map[string][2]int{}, ""
		for _, c := range slices.Sorted(maps.Keys(cases)) {
			any := false
			got, err := m.Eval(arrays[c+"__X"], arrays[c+"__Y"])
			if err != nil {
				refused = "; here " + c + " is refused"
			}
			p, q := units(arrays[c+"__X"]), units(arrays[c+"__Y"])
			got = of(got, arrays[c+"__X"].Size()/p, p, q)
			for pkg, want := range cases[c][name] {
				yes := err == nil && want != nil && math.Abs(got-*want) < 2e-6*math.Max(1, math.Abs(*want))
				any = any || yes
				count := all[pkg]
				count[1]++
				if yes {
					count[0]++
				}
				all[pkg] = count
			}
			switch {
			case any:
				agree++
			case len(cases[c][name]) > 0 && err != nil:
				remain["refused here: all scores of such data are one"]++
			case len(cases[c][name]) > 0:
				remain["theirs is wrong, or another definition: the last column above"]++
			}
		}
		agreed += agree
		var same, apart []string
		for _, pkg := range slices.Sorted(maps.Keys(all)) {
			if all[pkg][0] == all[pkg][1] {
				same = append(same, pkg)
				continue
			}
			why := ""
			for _, d := range differing {
				if regexp.MustCompile("^("+d.pkg+")$").MatchString(pkg) && regexp.MustCompile(d.name).MatchString(name) {
					why = d.why
				}
			}
			if why == "" && refused != "" && all[pkg][1]-all[pkg][0] == 1 {
				why = "in the case that is refused here"
			}
			require.NotEmpty(t, why, "%s of %s: %d of %d cases agree, and no reason is given", name, pkg, all[pkg][0], all[pkg][1])
			apart = append(apart, fmt.Sprintf("%s (%d of %d): %s", pkg, all[pkg][0], all[pkg][1], why))
		}
		fmt.Fprintf(&covered, "| `%s` | `%s`%s | %d of %d%s | %s | %s |\n", name, m.Name, how, agree, in, refused, strings.Join(same, ", "), strings.Join(apart, "; "))
	}
	var rest strings.Builder
	for _, why := range slices.SortedFunc(maps.Keys(remain), func(a, b string) int {
		return cmp.Or(cmp.Compare(remain[b], remain[a]), cmp.Compare(a, b))
	}) {
		fmt.Fprintf(&rest, "| %d | %s |\n", remain[why], why)
	}
	page := fmt.Sprintf(`# What other packages mean by these names

Written by %s from values of the packages that
similarity-repository wraps (its commit stands in testdata/reference.json) on five pairs of
datasets (testdata/inputs.npz: tall, wide, of unequal widths, of low rank, with a time axis), with
σ = 1, k = 3 and α = 0.5 where a name asks for one. Two agree where they differ by less than 2e-6 of
the value, or of 1, which single precision allows.

Of %d pairs of a case and a name, %d have at least one package that agrees with what is scored here:
%.0f %% of all, %.0f %% of the %d whose names are here. `+"`score -disagreements x.npz y.npz`"+` scores your data by
what packages call by one word.

No measure is added for the sake of a pair: what remains is counted at the end.

## Names that are here

The second column is the measure that a name of the first reaches, with and without
`+"`similarity-repository:`"+` where it means one thing. The third counts cases in which a package agrees.

| name | here | cases | packages that agree in all | packages that do not, and why |
|---|---|---|---|---|
%s
## Names that are not

| name | packages | why not |
|---|---|---|
%s
## What remains

| pairs | in which none agrees, for |
|---|---|
%s`, "`go test ./measures -update -run Packages`", pairs, agreed, 100*float64(agreed)/float64(pairs), 100*float64(agreed)/float64(had), had, covered.String(), others.String(), rest.String())
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(page), 0o644))
		return
	}
	old, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(old), page, "run: go test ./measures -update -run Packages")
	require.GreaterOrEqual(t, agreed, 556, "fewer pairs agree than did")
	t.Logf("%d of %d pairs of a case and a name agree, %d of them of names that are here", agreed, pairs, had)
}
