package measures_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/measures"
)

// exceptions are a case, how a name begins, and why no package has what is scored here.
var exceptions = [][3]string{
	{"wide", "cca", "refused: of 15 units on 8 samples all correlations are 1"},
	{"almost_square", "cca", "refused: of 11 units on 12 samples too"},
	{"wide", "shape_metric-alpha=0", "refused, as cca"},
	{"almost_square", "shape_metric-alpha=0", "refused, as cca"},
	{"square", "shape_metric-alpha=0", "refused, as cca"},
	{"rank_deficient", "cca", "the mean is over the rank; theirs, of which no two agree, are of directions that rounding invents, to 5.97 of at most 1"},
	{"ill_conditioned", "cca", "theirs takes small variances for others"},
	{"ill_conditioned", "shape_metric", "theirs takes variances below 1e-7 for that"},
	{"rank_deficient", "pwcca", "theirs are of directions that rounding invents, to 1.27 of at most 1"},
	{"rank_deficient", "gulp-lambda=0", "theirs too, to −2.1 of a square"},
	{"dims_dx_gt_dy", "pwcca", "theirs divides by weights of directions of x that have no partner in y, which are whatever basis"},
	{"tall2d", "rsa-rdm=correlation", "refused: of 2 units all correlations are 1 or -1"},
}

// Measures are those of other packages, by their names: in each case one of the packages at
// least, to what single precision gives where it computes in that.
func TestAlgebraIsTheirs(t *testing.T) {
	b, err := os.ReadFile("testdata/algebra.json")
	require.NoError(t, err)
	var packages map[string]map[string]map[string]float64 // package → case → id → score
	require.NoError(t, json.Unmarshal(b, &packages))
	_, arrays := load(t)
	agree, of := 0, 0
	for pkg, cases := range packages {
		for name, ids := range cases {
			x, y := arrays[name+"__X"], arrays[name+"__Y"]
			nearest := map[string]float64{} // canonical name → distance from the nearest
			why := map[string]string{}
			for id, want := range ids {
				m, err := measures.ByName(pkg + ":" + id)
				require.NoError(t, err)
				off := math.Inf(1)
				if got, err := m.Eval(x, y); err != nil {
					why[m.Name] = err.Error()
				} else {
					off = math.Abs(got - want)
				}
				if before, known := nearest[m.Name]; !known || off < before {
					nearest[m.Name] = off
				}
			}
			for m, off := range nearest {
				of++
				if off < 2e-6 {
					agree++
					continue
				}
				if !slices.ContainsFunc(exceptions, func(e [3]string) bool {
					return e[0] == name && strings.HasPrefix(m, e[1])
				}) {
					t.Errorf("%s %s %s: off by %v %s", pkg, name, m, off, why[m])
				}
			}
		}
	}
	t.Logf("%d of %d pairs of a case and a name agree", agree, of)
	require.Greater(t, agree, 380)
}
