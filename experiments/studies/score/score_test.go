package score

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"simgrad/data"
	"simgrad/experiments/inference"
	"simgrad/experiments/studytest"
	"simgrad/graph"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
)

func runScore(args ...string) (code int, stdout, stderr string) {
	var o, e bytes.Buffer
	code = New().Run(context.Background(), args, &o, &e)
	return code, o.String(), e.String()
}

func TestScoreDoor(t *testing.T) {
	ref, dir := studytest.Arrays(t, "../../../measures/testdata/inputs.npz"), t.TempDir()
	save := func(name, key string) string {
		a := ref[key]
		a.Name = "activity"
		file := filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(file, a))
		return file
	}
	x, y, z := save("x.npz", "tall__X"), save("y.npz", "tall__Y"), save("z.npz", "tall__Y")

	code, stdout, stderr := runScore(x, y)
	require.Equal(t, 0, code, stderr)
	for _, m := range inference.Measures(1, 40) {
		require.Contains(t, stdout, m.Name)
	}
	require.Regexp(t, `(?m)^linreg-r2-cv=5folds .*  \[−∞, 1\], x from y$`, stdout)
	path, _ := graph.BLAS()
	require.Regexp(t, "linear algebra +"+regexp.QuoteMeta(path), stdout)

	// As many samples in another order are not the same.
	var files []string
	for i, shape := range [][]int{{4, 3, 2}, {3, 4, 2}, {12, 2}} {
		file := filepath.Join(dir, fmt.Sprintf("shape%d.npz", i))
		require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: shape, Values: data.Gaussian(uint64(i), 12, 2).Float64s()}))
		files = append(files, file)
	}
	code, _, stderr = runScore(files[0], files[1])
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "is 4 times × 3 conditions and "+files[1]+" 3 × 4; a score compares the same samples in the same order")
	code, stdout, stderr = runScore(files[0], files[2])
	require.Equal(t, 0, code, stderr)
	require.Contains(t, studytest.Unwrapped(stderr), "shape2.npz has 12 samples and no time axis: they are taken to be the 4 times × 3 conditions of shape0.npz, all conditions of the first time first")
	require.Contains(t, studytest.Unwrapped(stdout), "with the conditions of shape2.npz in 20 other orders")
	require.Equal(t, "–, x from y", convention(measures.Measure{}))

	// What a score says for any data of such shapes is said of the pair.
	some := func(name string, seed uint64, units int) string {
		file := filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{12, units}, Values: data.Gaussian(seed, 12, units).Float64s()}))
		return file
	}
	code, _, stderr = runScore("-measures", "cca", some("some-a.npz", 1, 8), some("some-b.npz", 2, 7))
	require.Equal(t, 0, code, stderr)
	require.Contains(t, studytest.Unwrapped(stderr), "note: cca: at least 4 of the 7 canonical correlations of 8 and 7 units on 12 samples are 1 for any data")

	// A best score that noise has too is said to say nothing; that of the same data,
	// as wide, is not.
	wide := func(name string, seed uint64) string {
		file := filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{6, 1, 8}, Values: data.Gaussian(seed, 6, 8).Float64s()}))
		return file
	}
	a, b := wide("wide-a.npz", 1), wide("wide-b.npz", 2)
	note := "note: noise in the place of wide-b.npz, of as many units and samples, scores much the same with wide-a.npz, so that the score says little: "
	code, stdout, stderr = runScore("-measures", "cka,linreg,nbs", a, b)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, studytest.Unwrapped(stderr), ", linreg-r2 1,")
	require.Contains(t, studytest.Unwrapped(stderr), note)
	require.Contains(t, stdout, "6 times × 1 condition × 8 units")
	_, _, stderr = runScore("-measures", "linreg", a, b, b)
	require.Contains(t, studytest.Unwrapped(stderr), "scores much the same")
	_, stdout, _ = runScore("-json", "-measures", "linreg", a, b)
	require.Contains(t, stdout, `"noise":1`)
	_, stdout, stderr = runScore("-measures", "cka,nbs", a, a)
	require.Contains(t, stdout, "1.000000")
	require.NotContains(t, stderr, "note: ")

	// Flags after files; the order asked, canonical names, and what was asked.
	code, stdout, stderr = runScore(x, y, "-json", "-measures", "linreg,cka,ridge-lambda10-r2#5folds_cv")
	require.Equal(t, 0, code, stderr)
	var got struct {
		X, Y   string
		Scores []struct {
			Measure, Asked, Error string
			Score                 *float64
		}
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &got))
	require.Equal(t, x, got.X)
	require.Equal(t, "linreg-r2", got.Scores[0].Measure)
	require.Equal(t, "linreg", got.Scores[0].Asked)
	require.InDelta(t, 0.47194825110525235, *got.Scores[0].Score, 1e-10)
	require.Equal(t, "cka", got.Scores[1].Measure)
	require.Empty(t, got.Scores[1].Asked)
	require.InDelta(t, 0.5135385997353429, *got.Scores[1].Score, 1e-10)
	require.Equal(t, "ridge-lambda=10-r2-cv=5folds", got.Scores[2].Measure)

	// Three files: every pair, both ways where a measure is asymmetric.
	code, stdout, stderr = runScore("-json", "-measures", "linreg,cka", x, y, z)
	require.Equal(t, 0, code, stderr)
	var many []struct {
		X, Y   string
		Scores []struct{ Measure string }
	}
	require.NoError(t, json.Unmarshal([]byte(stdout), &many))
	linreg, cka := 0, 0
	for _, p := range many {
		for _, s := range p.Scores {
			if s.Measure == "cka" {
				cka++
			} else {
				linreg++
			}
		}
	}
	require.Equal(t, []int{6, 3}, []int{linreg, cka})
	out := filepath.Join(dir, "out")
	code, stdout, stderr = runScore("-measures", "linreg,cka", "-out", out, x, y, z)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, "x \\ y")
	require.NotContains(t, stdout, dir+"/y.npz\t", "names are short")

	// The same file twice is a pair as any other, and files of one name have folders.
	code, stdout, stderr = runScore("-measures", "cka", x, x, y)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, "1.00")
	require.Contains(t, stdout, "x \\ y  x.npz  x.npz  y.npz\n")
	table := studytest.Rows(t, studytest.Tables(t, out)["scores.csv"])
	require.Equal(t, []string{"dataset_x", "dataset_y", "measure", "score"}, table[0])
	require.Len(t, table, 10)

	// Gradients, in the shapes of the files' activity.
	gradients := studytest.Arrays(t, "../../../measures/testdata/gradients.npz")
	x3, y3, file := save("x3.npz", "tensor3d__X"), save("y3.npz", "tensor3d__Y"), filepath.Join(dir, "g.npz")
	for _, c := range []struct{ key, x, y string }{{"tall", x, y}, {"tensor3d", x3, y3}} {
		code, _, stderr = runScore("-measures", "nbs,cka", "-grad", file, c.x, c.y)
		require.Equal(t, 0, code, stderr)
		g := studytest.Arrays(t, file)
		for _, m := range []string{"nbs", "cka"} {
			for _, side := range []string{"gX", "gY"} {
				want, got := gradients[c.key+"__"+m+"__"+side], g[m+"__"+side]
				require.Equal(t, ref[c.key+"__X"].Shape[:len(got.Shape)-1], got.Shape[:len(got.Shape)-1])
				require.InDeltaSlice(t, want.Values, got.Values, 1e-10)
			}
		}
	}

	// A measure that does not apply has its error in place; none that applies is a
	// failure.
	code, stdout, _ = runScore("-json", "-measures", "cka,linreg-r2-cv=50folds", x, y)
	require.Equal(t, 0, code)
	got.Scores = nil
	require.NoError(t, json.Unmarshal([]byte(stdout), &got))
	require.Nil(t, got.Scores[1].Score)
	require.Contains(t, got.Scores[1].Error, "40 samples are too few for 50 folds")
	code, _, stderr = runScore("-measures", "linreg-r2-cv=50folds", x, y)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "no measure scored: measures: linreg-r2-cv=50folds")

	for want, c := range map[string]struct {
		code int
		args []string
	}{
		"two datasets or files are needed, and 1 are given": {2, []string{x}},
		"-grad takes two files, and 3 are given":            {2, []string{"-grad", file, x, y, z}},
		"x.npz has 40 samples and ":                         {1, []string{x, "toy2d"}},
		"no such dataset":                                   {1, []string{x, "nothing"}},
		"ckaa":                                              {2, []string{"-measures", "ckaa", x, y}},
	} {
		code, _, stderr := runScore(c.args...)
		require.Equal(t, c.code, code, want)
		require.Contains(t, stderr, want)
		require.Equal(t, 1, strings.Count(stderr, "\n"), fmt.Sprint(stderr))
	}
}

// Beside the scores of two files stand those by chance, unless the files are large; all in 80
// columns.
func TestChanceBesideScores(t *testing.T) {
	code, stdout, stderr := runScore("-measures", "cka", "surrogate/siegel2015-fef", "surrogate/siegel2015-fef-seed=1")
	require.Equal(t, 0, code, stderr)
	x, err := data.Load("surrogate/siegel2015-fef")
	require.NoError(t, err)
	y, err := data.Load("surrogate/siegel2015-fef-seed=1")
	require.NoError(t, err)
	shuffled, err := inference.Shuffle(context.Background(), measures.CKA, x.Activity, y.Activity, inference.Options{Draws: 20})
	require.NoError(t, err)
	noise, err := inference.Noise(context.Background(), measures.CKA, x.Activity, y.Activity, inference.Options{Draws: 20})
	require.NoError(t, err)
	require.Regexp(t, fmt.Sprintf(`(?m)^cka +%.6f +%.3f +%.3f  \[0, 1\]$`, shuffled.Score, shuffled.Mean, noise.Mean), stdout)
	for _, line := range strings.Split(stdout, "\n") {
		require.LessOrEqual(t, utf8.RuneCountInString(line), 80, line)
	}

	large := filepath.Join(t.TempDir(), "large.npy")
	require.NoError(t, data.WriteArrays(strings.TrimSuffix(large, "npy")+"npz", data.Array{Name: "activity", Shape: []int{6000, 84}, Values: data.Gaussian(1, 6000, 84).Float64s()}))
	large = strings.TrimSuffix(large, "npy") + "npz"
	_, stdout, _ = runScore("-measures", "cka", large, large)
	require.NotContains(t, stdout, "shuffled  noise")
	require.Contains(t, studytest.Unwrapped(stdout), "-chance asks for them")
	_, stdout, _ = runScore("-measures", "cka", "-chance", large, large)
	require.Regexp(t, `cka +1\.000000 +0\.0\d\d +0\.0\d\d `, stdout)
	_, stdout, _ = runScore("-measures", "cka*,nbs*", "toy2d", "toy2d")
	require.Contains(t, studytest.Unwrapped(stdout), "measures: -chance asks for them")

	// Of more files: one triangle of a symmetric measure, both of others, in two digits.
	_, stdout, _ = runScore("-measures", "cka,linreg", "toy2d", "toy2d", "toy2d")
	require.Contains(t, stdout, "cka  [0, 1]\nx \\ y  toy2d  toy2d  toy2d\ntoy2d\ntoy2d   1.00\ntoy2d   1.00   1.00\n")
	require.Contains(t, stdout, "x \\ y  toy2d  toy2d  toy2d\ntoy2d          1.00   1.00\ntoy2d   1.00          1.00\n")
}

// A score that noise has about as well is said to say little: of wide data, high by
// their width alone.
func TestNoiseScoresHigh(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, n, units int, seed uint64) string {
		file := filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{n, units}, Values: data.Gaussian(seed, n, units).Float64s()}))
		return file
	}
	a, b := save("a.npz", 20, 300, 1), save("b.npz", 20, 300, 2)
	code, _, stderr := runScore("-measures", "cka,nbs,procrustes-distance=angular,linreg-r2,linreg-r2-cv=5folds", a, b)
	require.Equal(t, 0, code, stderr)
	require.Regexp(t, `note: noise in the place of \S+, of as many units and samples, scores much the same with \S+, so that the score says little: `+
		`cka 0\.9\d+, nbs 0\.9\d+, procrustes-distance=angular 0\.1\d+, linreg-r2 1$`, studytest.Unwrapped(stderr))
	require.Equal(t, 1, strings.Count(stderr, "note: "), "cross-validated, noise scores low")
	_, stdout, _ := runScore("-json", "-measures", "cka", a, b)
	require.Contains(t, stdout, `"noise":0.9`)
	_, _, stderr = runScore("-measures", "cka", a, a)
	require.NotContains(t, stderr, "note: ", "noise is not the same data")
	_, _, stderr = runScore("-measures", "cka", save("c.npz", 100, 20, 1), save("d.npz", 100, 20, 2))
	require.NotContains(t, stderr, "note: ", "samples enough")

	r2, distance := measures.Measure{Range: [2]float64{math.Inf(-1), 1}}, measures.ProcrustesAngularDistance
	for _, c := range []struct {
		m            measures.Measure
		noise, score float64
		want         bool
	}{
		{measures.CKA, 0.94, 0.945, true},
		{measures.CKA, 0.94, 0.99, false},
		{measures.CKA, 0.49, 0.5, true},
		{measures.CKA, 0.1, 0.25, false},
		{measures.CKA, 0.3, 0.9, false},
		{measures.CKA, 1, 1 - 1e-12, true},
		{distance, 0.18, 0.17, true},
		{distance, 0.18, 0.03, false},
		{distance, 1.5, 1, false},
		{r2, -0.5, -0.4, false},
		{r2, -0.5, 0.2, false},
		{r2, 0.2, 0.3, true},
		{measures.CKASong, 0.01, 0.45, false},
		{measures.CKASong, -0.06, 0.11, false},
		{measures.CKASong, 0.3, 0.4, true},
	} {
		require.Equal(t, c.want, reaches(c.m, c.noise, c.score), "%s: noise %g, score %g", c.m.Name, c.noise, c.score)
	}
}

// Data of many samples stay in their files, scored as they are in memory; where memory has no
// room for them, those measures that need them there say how much it is.
func TestScoreLeavesLargeData(t *testing.T) {
	dir := t.TempDir()
	save := func(name string, units int, seed uint64, spoil func(v []float64)) string {
		file, v := filepath.Join(dir, name), data.Gaussian(seed, 400, units).Float64s()
		spoil(v)
		require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{4, 100, units}, Values: v}))
		return file
	}
	a, b := save("a.npz", 10, 1, func([]float64) {}), save("b.npz", 5, 2, func([]float64) {})
	spoilt := save("c.npz", 10, 3, func(v []float64) { v[777] = 1e4 })
	scores := func(args ...string) (of map[string]pairScores, stdout string) {
		code, stdout, stderr := runScore(append([]string{"-json", "-measures"}, args...)...)
		require.Equal(t, 0, code, stderr)
		var many []pairScores
		require.NoError(t, json.Unmarshal([]byte(stdout), &many))
		of = map[string]pairScores{}
		for _, p := range many {
			of[p.X+p.Y] = p
		}
		return of, stdout
	}
	const products = "cka,nbs,linreg-r2"
	want, _ := scores(products+",linreg-r2-cv=5folds", a, b, spoilt)

	defer func(l int, r func(int) error) { leave, room = l, r }(leave, room)
	leave = 3000 // a and c
	asked := 0
	room = func(values int) error { asked = values; return nil }
	got, stdout := scores(products, a, b, spoilt)
	require.Zero(t, asked)
	compare := func() {
		for pair, p := range got {
			for k, one := range p.Scores {
				if one.Score != nil {
					require.InDelta(t, *want[pair].Scores[k].Score, *one.Score, 1e-12, one.Measure)
				}
			}
			require.Equal(t, want[pair].Notes, p.Notes)
		}
	}
	compare()
	require.Contains(t, stdout, "The value 1e+04 at time 0, condition 77, unit 7")

	_, _ = scores(products+",linreg-r2-cv=5folds", a, b, spoilt)
	require.Equal(t, 3*(4000+2000+4000), asked, "of folds a copy more")
	_, _ = scores(products+",soft_matching", a, b, spoilt)
	require.Equal(t, 2*(4000+2000+4000), asked)
	room = func(int) error { return fmt.Errorf("takes 9 GB of memory, and 1 GB are free") }
	got, stdout = scores(products+",linreg-r2-cv=5folds", a, b, spoilt)
	compare()
	require.Contains(t, stdout, "linreg-r2-cv=5folds needs the data in memory: with copies of them, that takes 9 GB of memory, and 1 GB are free")
	require.Contains(t, stdout, `"linreg-r2","score"`)

	// Where no measure is left, nothing is read.
	code, _, stderr := runScore("-measures", "soft_matching,linreg-r2-cv=5folds", a, b)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "soft_matching needs the data in memory: with copies of them, that takes 9 GB of memory, and 1 GB are free; take fewer samples or units, or measures that go through the files, as cka, nbs and linreg-r2 do")
	wide := save("wide.npz", 300, 4, func([]float64) {})
	wider := save("wider.npz", 500, 5, func([]float64) {})
	code, _, stderr = runScore("-measures", "cka", wider, wider)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "cka needs the data in memory: with copies of them, that takes 9 GB of memory, and 1 GB are free; take fewer samples or units\n")
	room, asked = func(values int) error { asked = values; return nil }, 0
	code, _, stderr = runScore("-json", "-measures", "cka,nbs", wide, a)
	require.Equal(t, 0, code, stderr)
	require.Zero(t, asked, "products of units serve up to as many units as samples")
	code, _, stderr = runScore("-json", "-measures", "linreg-r2", wide, a)
	require.Equal(t, 0, code, stderr)
	require.NotZero(t, asked, "a factor of both together pays where samples are many more")
	code, _, stderr = runScore("-measures", "linreg-r2-cv=5folds", wide, wide)
	require.Equal(t, 0, code, stderr)
	require.Equal(t, 2*3*400*300, asked)
	code, _, stderr = runScore("-measures", "linreg-r2-cv=2folds", wide, wide)
	require.Equal(t, 0, code, stderr)
	require.Equal(t, 2*21*400*300, asked, "folds of no more samples than units are each fitted from copies")
}
