package experiments_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/experiments"
)

// The commit is that of the folder that was built, which says so where it has changed; of
// one that now holds other code nothing is said.
func TestSourceCommit(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("no git")
	}
	dir := t.TempDir()
	git := func(args ...string) string {
		c := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.org"}, args...)...)
		out, err := c.CombinedOutput()
		require.NoError(t, err, string(out))
		return strings.TrimSpace(string(out))
	}
	for _, room := range []string{"graph", "data", "measures", "optim", "experiments"} {
		require.NoError(t, os.CopyFS(filepath.Join(dir, room), os.DirFS(filepath.Join(experiments.SourceFolder(), room))))
	}
	require.Empty(t, experiments.SourceCommit(dir), "no repository")
	git("init", "-q")
	require.Empty(t, experiments.SourceCommit(dir), "a folder in another's repository")
	git("add", ".")
	git("commit", "-q", "-m", "all")
	head := git("rev-parse", "HEAD")
	require.Len(t, head, 40)
	require.Equal(t, head, experiments.SourceCommit(dir))

	file := filepath.Join(dir, "optim", "adam.go")
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, append(b, "\n// A comment.\n"...), 0o644))
	require.Equal(t, head+", changed", experiments.SourceCommit(dir))
	require.NoError(t, os.WriteFile(file, append(b, "\nvar more int\n"...), 0o644))
	require.Empty(t, experiments.SourceCommit(dir))
	require.Empty(t, experiments.SourceCommit(""))
}
