package score

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/measures"
)

// Families fit a screen of 80 columns, a line each; a word shows the names that have it.
func TestList(t *testing.T) {
	code, stdout, stderr := runScore("-list")
	require.Equal(t, 0, code, stderr)
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	require.LessOrEqual(t, len(lines), len(measures.Families())+3)
	require.Regexp(t, `^family +range +gradient +n×n +direction; source$`, lines[0])
	require.Contains(t, stdout, "  yes       none   Tang et al. 2020\n")
	require.Contains(t, stdout, "  yes       none   x from y; Cloos et al. 2024\n")
	for i, line := range lines {
		require.LessOrEqual(t, utf8.RuneCountInString(line), 80, line)
		if i > 0 && i <= len(measures.Families()) {
			require.True(t, strings.HasPrefix(line, measures.Families()[i-1].Name+" "), line)
		}
	}
	code, stdout, stderr = runScore("-list", "knn")
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, "mutual_knn-topk=T [-rows=unit|raw]\n  Huh et al. 2024\n    mutual_knn-topk=3\n      [0, 1], no gradient, 1 n×n\n")
	require.NotContains(t, stdout, "rsa")
	code, _, stderr = runScore("-list", "nothing")
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "no family of measures has nothing in a name or a source")
}

// What packages call by one word is scored of the data given.
func TestDisagreements(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, seed uint64, n, units int) string {
		require.NoError(t, data.WriteArrays(dir+"/"+name, data.Array{Name: "activity", Shape: []int{n, units}, Values: data.Gaussian(seed, n, units).Float64s()}))
		return dir + "/" + name
	}
	x, y := file("x.npz", 1, 40, 5), file("y.npz", 2, 40, 6)
	code, stdout, stderr := runScore("-disagreements", x, y)
	require.Equal(t, 0, code, stderr)
	score := func(name string) string {
		_, rest, ok := strings.Cut(stdout, "\n  "+name+" ")
		require.True(t, ok, name)
		text, _, _ := strings.Cut(rest, "\n")
		return text
	}
	require.Regexp(t, `^0\.\d{6}$`, score("cka"))
	require.NotEqual(t, score("cka"), score("cka-hsic=song"))
	require.Contains(t, stdout, "\nprocrustes\n")
	for line := range strings.SplitSeq(stdout[strings.Index(stdout, "\ncka\n"):], "\n") {
		require.LessOrEqual(t, utf8.RuneCountInString(line), 80, line)
	}
	wide := file("wide.npz", 1, 9, 12)
	code, stdout, stderr = runScore("-disagreements", wide, wide)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, "  cca no score: 12 units on 9 samples")
	code, _, stderr = runScore("-disagreements", x, y, x)
	require.Equal(t, 2, code)
	require.Contains(t, stderr, "-disagreements takes two files, and 3 are given")
}
