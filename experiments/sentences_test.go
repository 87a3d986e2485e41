package experiments_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/studies/bench"
	"simgrad/experiments/studies/decode"
	"simgrad/experiments/studies/explain"
	"simgrad/experiments/studies/joint"
	"simgrad/experiments/studies/optimize"
	"simgrad/experiments/studies/pcdynamics"
	"simgrad/experiments/studies/perturb"
)

// No report says what readers did not understand; a surrogate is called one, and not over
// and over; the paper is cited on its own data alone; numbers have a digit before the
// point.
func TestSentences(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every study")
	}
	b, err := os.ReadFile(filepath.Join("testdata", "fragments.txt"))
	require.NoError(t, err)
	var fragments []string
	for _, line := range strings.Split(strings.TrimSpace(string(b)), "\n") {
		if !strings.HasPrefix(line, "#") {
			fragments = append(fragments, line)
		}
	}
	require.Greater(t, len(fragments), 10)
	own := filepath.Join("..", "data", "testdata", "recording.npz")
	x, y := filepath.Join(t.TempDir(), "x.npz"), filepath.Join(t.TempDir(), "y.npz")
	for seed, file := range []string{x, y} {
		require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{3, 12, 5}, Values: data.Gaussian(uint64(seed), 36, 5).Float64s()},
			data.Array{Name: "side", Shape: []int{12}, Values: []float64{0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1}}))
	}
	tag := regexp.MustCompile(`(?s)<style>.*?</style>|<script.*?</script>|<svg.*?</svg>|<[^>]*>`)
	for name, c := range map[string]struct {
		study     experiments.Study
		args      []string
		surrogate bool
	}{
		"decode":             {decode.New(), []string{"-quick"}, true},
		"decode, own data":   {decode.New(), []string{"-quick", "-data", own}, false},
		"pcdynamics":         {pcdynamics.New(), []string{"-quick", "-data", "surrogate/siegel2015-fef", "-measures", "cka"}, true},
		"pcdynamics, own":    {pcdynamics.New(), []string{"-quick", "-data", own, "-measures", "cka,nbs"}, false},
		"perturb":            {perturb.New(), []string{"-quick"}, false},
		"perturb, surrogate": {perturb.New(), []string{"-data", "surrogate/siegel2015-fef", "-measures", "cka,procrustes-angular-score", "-components", "3"}, true},
		"joint":              {joint.New(), []string{"-quick"}, false},
		"joint, own":         {joint.New(), []string{"-quick", "-data", own}, false},
		"optimize":           {optimize.New(), []string{"-steps", "3", "surrogate/siegel2015-fef"}, true},
		"explain":            {explain.New(), nil, true},
		"explain, own":       {explain.New(), []string{"-quick", x, y}, false},
		"bench":              {bench.New(), []string{"-quick", "-python", "none", "-data", own, "-sizes", "60x2", "-measures", "cka"}, false},
	} {
		rep, err := experiments.ReportOf(context.Background(), c.study, c.args...)
		require.NoError(t, err, name)
		html, err := rep.HTML()
		require.NoError(t, err)
		require.Less(t, len(html), 500_000, name)
		text := tag.ReplaceAllString(string(html), " ")
		said := text + strings.Join(rep.Finding, "\n") + strings.Join(rep.Warnings, "\n")
		for _, f := range rep.Figures {
			said += "\n" + f.Caption
		}
		for _, fragment := range fragments {
			require.NotContains(t, said, fragment, name)
		}
		for _, m := range regexp.MustCompile(`.{0,20}[ (\[–]\.\d\d`).FindAllString(said, -1) {
			require.Empty(t, m, name)
		}
		calls := strings.Count(strings.NewReplacer("surrogate/", "", "surrogates", "").Replace(text), "surrogate")
		if c.surrogate {
			require.NotZero(t, calls, name)
			require.LessOrEqual(t, calls, 2+4*len(rep.Datasets), "%s: %s", name, text)
		} else {
			require.Zero(t, calls, name)
		}
		if strings.Contains(name, "own") {
			require.NotContains(t, said, "paper says", name)
			require.NotContains(t, strings.ToLower(said), "published", name)
		}
	}
}
