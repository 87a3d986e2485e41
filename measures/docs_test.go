package measures_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/measures"
)

var update = flag.Bool("update", false, "write the table of measures into README.md")

// README's table of measures is that of the registry: `go test ./measures -update`
// writes it.
func TestReadmeTable(t *testing.T) {
	const file, begin, end = "../README.md", "<!-- measures -->\n", "<!-- /measures -->\n"
	var table strings.Builder
	table.WriteString("| name | a … in | score of (x, x) | symmetric | keeps, of x | keeps, of y | source |\n|---|---|---|---|---|---|---|\n")
	for _, name := range measures.Names() {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		identity := "depends on x"
		if !math.IsNaN(m.Identity) {
			identity = fmt.Sprint(m.Identity)
		}
		symmetric := "no: " + m.Direction()
		if m.Symmetric {
			symmetric = "yes"
		}
		fmt.Fprintf(&table, "| `%s` | %s in [%s, %s] | %s | %s | %s | %s | %s |\n", m.Name, m.Kind, limit(m.Range[0]), limit(m.Range[1]),
			identity, symmetric, m.InvariantX, m.InvariantY, m.Source)
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
