package experiments_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"simgrad/experiments/studytest"

	"github.com/stretchr/testify/require"
)

// A study in a module of its own is built, runs, goes on, has its figure, table and
// finding, and ends with code 2 for a mistake in the command.
func TestPrivateStudy(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	here, err := filepath.Abs("..")
	require.NoError(t, err)
	dir := t.TempDir()
	source, err := os.ReadFile("testdata/subsample/main.go")
	require.NoError(t, err)
	require.LessOrEqual(t, strings.Count(string(source), "\n"), 110)
	mod, err := os.ReadFile("../go.mod")
	require.NoError(t, err)
	_, needs, _ := strings.Cut(string(mod), "\n")
	sum, err := os.ReadFile("../go.sum")
	require.NoError(t, err)
	for file, text := range map[string]string{
		"main.go": string(source), "go.sum": string(sum),
		"go.mod": "module example.org/subsample\n" + needs + "\nrequire simgrad v0.0.0\nreplace simgrad => " + here + "\n",
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644))
	}
	in := func(name string, args ...string) (string, error) {
		c := exec.Command(name, args...)
		c.Dir = dir
		c.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off")
		out, err := c.CombinedOutput()
		return string(out), err
	}
	out, err := in("go", "build", "-o", "subsample", ".")
	require.NoError(t, err, out)
	out, err = in("./subsample", "-quick", "-seeds", "1", "-draws", "2")
	require.NoError(t, err, out)
	require.Contains(t, out, "With a tenth of the units of toy2d, scores are: cka 0.")
	for _, file := range []string{"report.html", "subsample.svg", "summary.csv"} {
		require.FileExists(t, filepath.Join(dir, "results", "subsample-quick", file))
	}
	b, err := os.ReadFile(filepath.Join(dir, "results", "subsample-quick", "summary.csv"))
	require.NoError(t, err)
	table := studytest.Rows(t, string(b))
	require.Len(t, table, 1+3*4*2)
	require.Equal(t, []string{"dataset", "measure", "seed", "draw", "share", "units", "score"}, table[0])
	require.Equal(t, []string{"toy2d", "cka", "0", "1", "1", "2"}, table[8][:6])
	require.Regexp(t, `^(1|0\.9999999).*`, table[8][6])
	again, err := in("./subsample", "-quick", "-seeds", "1", "-draws", "2")
	require.NoError(t, err, again)
	require.NotContains(t, again, "1/3", "nothing is computed again")
	out, err = in("./subsample", "-draws", "0")
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	require.Equal(t, 2, exit.ExitCode())
	require.Contains(t, out, "-draws 0: at least one is needed")

	// An edit of the study is another version.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "main.go"), []byte(strings.Replace(string(source), "0.5, 1}", "0.6, 1}", 1)), 0o644))
	_, err = in("go", "build", "-o", "subsample", ".")
	require.NoError(t, err)
	out, err = in("./subsample", "-quick", "-seeds", "1", "-draws", "2")
	require.Error(t, err)
	require.Contains(t, out, "was computed by another version of subsample/main.go; -recompute takes the present one")
	out, err = in("./subsample", "-quick", "-seeds", "1", "-draws", "2", "-recompute")
	require.NoError(t, err, out)
}
