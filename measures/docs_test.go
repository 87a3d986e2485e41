package measures_test

import (
	"flag"
	"fmt"
	"math"
	"os"
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
	return fmt.Sprint(v)
}
