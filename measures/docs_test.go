package measures_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"go/format"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/measures"
)

var update = flag.Bool("update", false, "write the table of families into README.md, and the pages of families and packages")

// README's table of families is that of the registry: `go test ./measures -update`
// writes it.
func TestReadmeTable(t *testing.T) {
	const file, begin, end = "../README.md", "<!-- measures -->\n", "<!-- /measures -->\n"
	var table strings.Builder
	table.WriteString("| family | for example | which is | in | x and y | gradient | source |\n|---|---|---|---|---|---|---|\n")
	for _, l := range measures.Families() {
		m := slices.MinFunc(l.Measures, func(a, b measures.Measure) int { return len(a.Name) - len(b.Name) })
		graded := 0
		for _, one := range l.Measures {
			if one.Differentiable() == nil {
				graded++
			}
		}
		gradient, symmetric := fmt.Sprintf("%d of %d", graded, len(l.Measures)), m.Direction()
		switch graded {
		case 0:
			gradient = "no"
		case len(l.Measures):
			gradient = "yes"
		}
		if m.Symmetric {
			symmetric = "symmetric"
		}
		fmt.Fprintf(&table, "| [%s](measures/FAMILIES.md#%s) | `%s` | %s | [%s, %s] | %s | %s | %s |\n", l.Name, l.Name, m.Name, m.Label,
			limit(m.Range[0]), limit(m.Range[1]), symmetric, gradient, m.Source)
	}
	b, err := os.ReadFile(file)
	require.NoError(t, err)
	head, rest, ok := strings.Cut(string(b), begin)
	require.True(t, ok, "README.md has no place for the table")
	old, tail, ok := strings.Cut(rest, end)
	require.True(t, ok)
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(head+begin+table.String()+end+tail), 0o644))
		return
	}
	require.Equal(t, table.String(), old, "run: go test ./measures -update")
}

// limit is the end of a range.
func limit(v float64) string {
	switch {
	case math.IsInf(v, -1):
		return "−∞"
	case math.IsInf(v, 1):
		return "∞"
	case v == math.Pi/2:
		return "π/2"
	case v == math.Pi:
		return "π"
	}
	return strings.Replace(fmt.Sprint(v), "-", "−", 1)
}

// The measure that README writes is a whole file, and is what it says.
func TestReadmeMeasure(t *testing.T) {
	if testing.Short() {
		t.Skip("builds the package once more")
	}
	b, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	_, code, ok := strings.Cut(string(b), "```go\npackage measures")
	require.True(t, ok)
	code, _, ok = strings.Cut(code, "```")
	require.True(t, ok)
	formatted, err := format.Source([]byte("package measures" + code))
	require.NoError(t, err)
	require.Equal(t, string(formatted), "package measures"+code)
	dir := t.TempDir()
	here, err := os.Getwd()
	require.NoError(t, err)
	overlay, err := json.Marshal(map[string]any{"Replace": map[string]string{filepath.Join(here, "mine.go"): filepath.Join(dir, "mine.go")}})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "mine.go"), formatted, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o644))
	said, err := exec.Command("go", "test", "-overlay", filepath.Join(dir, "overlay.json"), "-run", "TestMeasures/^mine$", "-v", ".").CombinedOutput()
	require.NoError(t, err, string(said))
	require.Contains(t, string(said), "--- PASS: TestMeasures/mine/identity")
}
