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
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
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

// A fault is what keeps a package's number from being the one that is scored here.
type fault int

const (
	wrong   fault = iota // what is computed is not what the package, or the name, says
	digits               // the same, with fewer digits than are compared
	another              // definition
	chance               // by a generator of random numbers, not by the data alone
)

// reasons are, by package and name, what keeps numbers apart; the last that fits is taken.
var reasons = []struct {
	pkg, name string
	fault     fault
	why       string
}{
	{"modelsym", "cka|procrustes|nbs", wrong, "no number, or more than the nuclear norm allows of any rotation"},
	{"modelsym", "^wreath_procrustes", wrong, "matches samples with samples, as if it were not known which are the same; permutation_metric matches units"},
	{"neuroaimetrics", "^cka", wrong, "infinite"},
	{"neuroaimetrics", "^soft_correlation", wrong, "1 whatever the data are; meant is a transport, which soft_matching-units=unit is"},
	{"neuroaimetrics", "-cv=5folds", chance, "of samples left out by splits at random, with a seed of NumPy's generator"},
	{"neuroaimetrics", "^(pairwisematching|versa)$", chance, "mean over splits at random, with a seed of NumPy's generator"},
	{"nnsrm_neurips18", "nbs|procrustes", wrong, "not this: similarity-repository asks in a comment what it is, and its angle is no number"},
	{"nnsrm_neurips18", "^isc$", wrong, "the mean correlation of all pairs of units, where inter-subject correlation is of the same unit of both"},
	{"pyrcca", "", wrong, "below 0, which no mean of canonical correlations is, or far below the others'"},
	{"platonic", "cka.*(song|gretton)|cknna", digits, "in single precision, with 1e-6 added to what is divided by"},
	{"platonic|unsupervised_analysis", "cka-kernel=.rbf.*(score|angular)", digits, "in single precision, with 1e-6 added to what is divided by"},
	{"platonic|unsupervised_analysis|thingsvision", "cka-kernel=.rbf.*euclidean", another, "by the norms of the data, where here it is by those of the kernel"},
	{"platonic", "^edit_distance_knn", wrong, "2/3 whatever the data are"},
	{"platonic", "^svcca-dim", chance, "of units of variance 1, by a randomised SVD without a seed: from one to the next it differs by tenths"},
	{"netrep", "^(sv)?cca", another, "Σρ over the root of both ranks' product, where here it is over the lesser rank"},
	{"netrep", "^(svcca|cca|shape_metric).*euclidean", wrong, "of the variance that it says it keeps, each direction without any takes some; of CCA, Σρ over the root of both ranks' product"},
	{"contrasim", "svcca-distance=angular", digits, "4e-5 where it is 0, from a cosine that rounding leaves"},
	{"diffscore", "cca-squared", digits, "Σρ² over the root of both ranks' product, in single precision"},
	{"diffscore", "kernel=", digits, "in single precision"},
	{"diffscore", "cca-score|nbs", digits, "off by up to 1e-3, and above 1; diffscore's own nbs (a nuclear norm) is what is scored here"},
	{"drfrankenstein", "cca", another, "Σρ² over the units of x"},
	{"drfrankenstein", "^cca", wrong, "Σρ² over the units of x, and where these are more than its rank, of directions that are rounding"},
	{"representation_similarity", "cca", wrong, "of more units than the rank, it takes directions that are rounding for theirs"},
	{"sim_metric", "^cca", wrong, "inverts matrices of low rank, and gives up to 5.97 of at most 1"},
	{"sim_metric", "pwcca", wrong, "divides by the weights of directions without correlation, too, of which any basis serves; inverts matrices of low rank, and gives up to 1.27 of at most 1"},
	{"contrasim|resi|rtd|svcca", "pwcca", another, "adds the means of units to the canonical directions, as the authors' code does"},
	{"llm_repsim", "rsa", wrong, "called Pearson, it is Spearman's, and of columns less their means"},
	{"llm_repsim", "jaccard", another, "of columns less their means"},
	{"resi", "^svcca", wrong, "it holds shares of the variance against 0.99 of the variance itself, and keeps one component"},
	{"resi", "^gulp", wrong, "a squared distance below 0, of data of low rank"},
	{"resi", "^rsm_norm", wrong, "the spectral norm of the difference, by a slip: 2 is the order of a matrix norm there"},
	{"resi", "^imd$", chance, "spectra of diffusion between random landmarks"},
	{"rtd", "^svcca", wrong, "takes out the mean over units in place of that over samples; 0.99 is of the singular values, not the variance"},
	{"deepdive", "^linear_regression", wrong, "ridge regression with penalty 1, for the penalty asked for is not taken: ridge-lambda=1-…"},
	{"implicitdeclaration_similarity", "sparse_HSIC$", wrong, "an element-wise product on the diagonal where that of matrices is meant, less a mean over 500 samples whatever there are; hsic is its meaning without a limit"},
	{"subspacematch", "^max_match", another, "how many units span one another within 0.25: none in four of the cases, all in the wide one"},
	{"rsatoolbox", "", another, "not computed: another version of the package was at hand"},
}

// reason is what keeps a package from having what is scored here by a name.
func reason(t *testing.T, pkg, name string) (fault, string) {
	for _, r := range slices.Backward(reasons) {
		if regexp.MustCompile("^("+r.pkg+")$").MatchString(pkg) && regexp.MustCompile(r.name).MatchString(name) {
			return r.fault, r.why
		}
	}
	require.Fail(t, "no reason is given", "%s of %s", name, pkg)
	return 0, ""
}

func units(x *tensor.Dense) int { return x.Shape()[x.Dims()-1] }

// theirs are the scores of packages, by case, name and package; nil is no number.
func theirs(t *testing.T) (cases map[string]map[string]map[string]*float64) {
	b, err := os.ReadFile("testdata/packages.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &cases))
	return cases
}

// scoredBy is what a name of similarity-repository's scores here.
func scoredBy(name, id string, x, y *tensor.Dense) (m measures.Measure, v float64, err error) {
	of := func(v float64, _, _, _ int) float64 { return v }
	id = "similarity-repository:" + id
	if f, ok := functions[name]; ok {
		id, of = f.of, f.f
	}
	if m, err = measures.ByName(id); err != nil {
		return measures.Measure{}, 0, err
	}
	v, err = m.Eval(x, y)
	return m, of(v, x.Size()/units(x), units(x), units(y)), err
}

// The page of what other packages mean by similarity-repository's names is that of their
// values: `go test ./measures -update -run Packages` writes it.
func TestPackages(t *testing.T) {
	const file = "PACKAGES.md"
	cases := theirs(t)
	_, arrays := load(t)
	names := map[string]bool{}
	for _, of := range cases {
		for name := range of {
			names[name] = true
		}
	}
	var covered, others strings.Builder
	remain := map[fault]map[string]int{wrong: {}, digits: {}, another: {}} // pairs, by why none agrees
	pairs, none, drawn, agreed, own, refused := 0, 0, 0, 0, 0, 0
	for _, name := range slices.Sorted(maps.Keys(names)) {
		here, in, agree, refusals := "", 0, 0, ""
		// By package: cases that agree, of how many; whether one differs that is scored here; its own measure.
		all, differs, meaning := map[string][2]int{}, map[string]bool{}, map[string]string{}
		for _, c := range slices.Sorted(maps.Keys(cases)) {
			if len(cases[c][name]) == 0 {
				continue
			}
			in++
			x, y := arrays[c+"__X"], arrays[c+"__Y"]
			m, got, err := scoredBy(name, name, x, y)
			if here = m.Name; here != "" && err != nil {
				refusals += "; here " + c + " is refused"
			}
			number, byName, byOwn, faults := false, false, false, map[fault][]string{}
			for _, pkg := range slices.Sorted(maps.Keys(cases[c][name])) {
				want, count := cases[c][name][pkg], all[pkg]
				as := func(v float64, err error) bool {
					return here != "" && err == nil && want != nil && math.Abs(v-*want) < 2e-6*math.Max(1, math.Abs(*want))
				}
				number = number || want != nil
				if count[1]++; as(got, err) {
					byName = true
					count[0]++
				} else if here == "" || err == nil {
					differs[pkg] = true
					if f, why := reason(t, pkg, name); want != nil {
						faults[f] = append(faults[f], why)
					}
				}
				all[pkg] = count
				if m, v, err := scoredBy(name, pkg+"/"+name, x, y); here != "" && m.Name != here {
					meaning[pkg] = m.Name
					byOwn = byOwn || as(v, err)
				}
			}
			switch {
			case byName:
				agree++
			case !number:
				none++
			case byOwn:
				own++
			case here != "" && err != nil:
				refused++
			case len(faults[chance]) > 0 && len(faults) == 1:
				drawn++
			default:
				f := slices.Max(slices.Collect(maps.Keys(faults)))
				remain[f][strings.Join(slices.Compact(faults[f]), "; ")]++
			}
		}
		pairs += in
		agreed += agree
		var same, apart []string
		for _, pkg := range slices.Sorted(maps.Keys(all)) {
			if all[pkg][0] == all[pkg][1] {
				same = append(same, pkg)
				continue
			}
			why := "in the case that is refused here"
			if differs[pkg] {
				var f fault
				if f, why = reason(t, pkg, name); f == wrong {
					why = "theirs is wrong: " + why
				}
			}
			if of, ok := meaning[pkg]; ok {
				why += fmt.Sprintf("; `similarity-repository:%s/%s` is `%s`", pkg, name, of)
			}
			count := ""
			if here != "" {
				count = fmt.Sprintf(" (%d of %d)", all[pkg][0], all[pkg][1])
			}
			apart = append(apart, pkg+count+": "+why)
		}
		if here == "" {
			fmt.Fprintf(&others, "| `%s` | %s |\n", name, strings.Join(apart, "; "))
			continue
		}
		how := ""
		if f, ok := functions[name]; ok {
			how = " " + f.how
		}
		fmt.Fprintf(&covered, "| `%s` | `%s`%s | %d of %d%s | %s | %s |\n", name, here, how, agree, in, refusals, strings.Join(same, ", "), strings.Join(apart, "; "))
	}
	var rest strings.Builder
	left := map[fault]int{}
	for f, what := range []string{"wrong", "fewer digits", "another definition"} {
		of := remain[fault(f)]
		for _, why := range slices.SortedFunc(maps.Keys(of), func(a, b string) int {
			return cmp.Or(cmp.Compare(of[b], of[a]), cmp.Compare(a, b))
		}) {
			left[fault(f)] += of[why]
			fmt.Fprintf(&rest, "| %d | %s | %s |\n", of[why], what, why)
		}
	}
	ofData := pairs - none - drawn
	page := fmt.Sprintf(`# What other packages mean by these names

Written by %s from values of the packages that
similarity-repository wraps (its commit stands in testdata/reference.json) on five pairs of
datasets (testdata/inputs.npz: tall, wide, of unequal widths, of low rank, with a time axis), with
σ = 1, k = 3 and α = 0.5 where a name asks for one. Two agree where they differ by less than 2e-6 of
the value, or of 1, which single precision allows.

| pairs of a case and a name | |
|---|---|
| %d | in all |
| %d | to which no package gives a number |
| %d | to which packages give numbers of splits or projections drawn at random, and none of the data alone |
| **%d** | **to which a package gives a number of the data; of these** |
| **%d, %.0f %%** | **a package agrees with what is scored here by the name** |
| %d | a package agrees with what is scored here by its own id alone, such as `+"`similarity-repository:netrep/cca-score`"+` |
| %d | refused here, for any data of so many units score alike |
| %d | every number is wrong, as TestTheirsAreWrong shows of most |
| %d | numbers of fewer digits than are compared, or wrong ones |
| %d | another definition |

`+"`score -disagreements x.npz y.npz`"+` scores your data by what packages call by one word.
No measure is added for the sake of a pair.

## Names that are here

The second column is the measure that a name of the first reaches, with and without
`+"`similarity-repository:`"+` where it means one thing. The third counts cases in which a package agrees.

| name | here | cases | packages that agree in all | packages that do not, and why |
|---|---|---|---|---|
%s
## Names that are not

| name | packages, and why not |
|---|---|
%s
## Why none agrees

Pairs with a number of the data in which none does; of the reasons of several packages, those that
come nearest.

| pairs | theirs is | which is |
|---|---|---|
%s`, "`go test ./measures -update -run Packages`", pairs, none, drawn, ofData, agreed, 100*float64(agreed)/float64(ofData), own, refused, left[wrong], left[digits], left[another],
		covered.String(), others.String(), rest.String())
	require.Equal(t, ofData, agreed+own+refused+left[wrong]+left[digits]+left[another])
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(page), 0o644))
		return
	}
	old, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(old), page, "run: go test ./measures -update -run Packages")
	require.GreaterOrEqual(t, agreed, 582, "fewer pairs agree than did")
	t.Logf("%d of %d pairs of a case and a name agree, of %d with a number of the data", agreed, pairs, ofData)
}

// What is said to be wrong is: numbers of packages are what the fault makes of the data, or are
// beyond what they can be.
func TestTheirsAreWrong(t *testing.T) {
	cases := theirs(t)
	_, arrays := load(t)
	turned := func(x *tensor.Dense) *tensor.Dense { // units as samples
		n, p := x.Size()/units(x), units(x)
		var m mat.Dense
		m.CloneFrom(mat.NewDense(n, p, x.Float64s()).T())
		return tensor.New(tensor.WithShape(p, n), tensor.WithBacking(m.RawMatrix().Data))
	}
	flat := func(x *tensor.Dense) *mat.Dense { return mat.NewDense(x.Size()/units(x), units(x), x.Float64s()) }
	shown := map[string]int{}
	for c, of := range cases {
		x, y := arrays[c+"__X"], arrays[c+"__Y"]
		is := func(pkg, name string, want func() float64) {
			if v := of[name][pkg]; v != nil {
				require.InDelta(t, want(), *v, 2e-6*max(1, math.Abs(*v)), "%s, %s", c, name)
				shown[name]++
			}
		}
		for _, good := range []string{"r2", "pearsonr", "pearsonr2"} {
			is("deepdive", "linear_regression-"+good+"-cv=5folds", func() float64 { return *of["ridge-lambda=1-"+good+"-cv=5folds"]["deepdive"] })
		}
		is("platonic", "edit_distance_knn-topk=3", func() float64 { return 2.0 / 3 })
		is("neuroaimetrics", "soft_correlation_match", func() float64 { return 1 })
		is("modelsym", "wreath_procrustes", func() float64 {
			return 1 - math.Sqrt((1-scoreOf(t, "permutation_metric-columns=raw-units=unit", turned(x), turned(y)))/2)
		})
		is("nnsrm_neurips18", "isc", func() (mean float64) {
			a, b := flat(x), flat(y)
			for i := range units(x) {
				for j := range units(y) {
					mean += stat.Correlation(mat.Col(nil, i, a), mat.Col(nil, j, b), nil) / float64(units(x)*units(y))
				}
			}
			return mean
		})
		is("implicitdeclaration_similarity", "linear_sparse_HSIC", func() (sum float64) {
			var k, l mat.Dense
			k.Mul(flat(x), flat(x).T())
			l.Mul(flat(y), flat(y).T())
			for i := range k.RawMatrix().Rows {
				less := func(k *mat.Dense) float64 { return k.At(i, i) - mat.Sum(k.ColView(i))/500 }
				sum += less(&k) * less(&l) / (499 * 499)
			}
			return sum
		})
		for _, size := range []string{"", "squared_"} { // of p directions, some of which have no variance
			is("netrep", "shape_metric-alpha=0.5-distance="+size+"euclidean", func() float64 {
				p := max(units(x), units(y))
				norm := func(x *tensor.Dense) float64 {
					var svd mat.SVD
					svd.Factorize(centred(tensor.New(tensor.WithShape(x.Size()/units(x), units(x)), tensor.WithBacking(x.Float64s()))), mat.SVDNone)
					s := svd.Values(nil)
					total, kept, counted := 0.0, 0.0, 0.0
					for j := range p { // no eigenvalue is taken to be below 1e-7
						v := math.Sqrt(1e-7)
						if j < len(s) && s[j] > v {
							v = s[j]
							kept += (1 + v) * (1 + v) / 4
						}
						total, counted = total+v*v, counted+(1+v)*(1+v)/4
					}
					return math.Sqrt(total * kept / counted)
				}
				a, b := norm(x), norm(y)
				d := a*a + b*b - 2*a*b*scoreOf(t, "shape_metric-alpha=0.5", x, y)
				if size == "" {
					return math.Sqrt(d)
				}
				return d
			})
		}
		for name, beyond := range map[string]struct {
			pkg   string
			least float64
			most  float64
		}{
			"gulp": {"resi", 0, math.Inf(1)}, "cca-squared_score": {"sim_metric", 0, 1}, "pwcca-score": {"sim_metric", 0, 1}, "cca-score": {"diffscore", 0, 1 + 1e-5},
		} {
			if v := of[name][beyond.pkg]; v != nil && (*v < beyond.least || *v > beyond.most) {
				shown[name]++
			}
		}
	}
	require.Len(t, shown, 14)
}
