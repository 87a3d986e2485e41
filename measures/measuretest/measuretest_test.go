package measuretest

import (
	"math"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/graph"
	"simgrad/measures"
)

// lies are measures that are not what they say, each by the check that finds it out.
var lies = map[string]func(m *measures.Measure){
	"range": func(m *measures.Measure) {
		m.Range = [2]float64{0, 0.5}
	},
	"identity":    func(m *measures.Measure) { m.Identity = 0.5 },
	"symmetry":    func(m *measures.Measure) { m.Symmetric = false },
	"invariances": func(m *measures.Measure) { m.InvariantY &^= measures.Scale },
	"of kernels":  func(m *measures.Measure) { m.OfKernel = false },
	"gradients": func(m *measures.Measure) {
		score := m.Score
		m.Score = func(x, y *graph.Node) *graph.Node {
			return graph.Map("Same", nil, score(x, y), func(v float64) float64 { return v }, func(_, _ float64) float64 { return 2 })
		}
	},
}

// Run in a process of its own by TestLies.
func TestLie(t *testing.T) {
	lie, ok := lies[os.Getenv("MEASURETEST_LIE")]
	if !ok {
		t.Skip("TestLies runs this")
	}
	m := measures.CKA
	lie(&m)
	Test(t, m)
}

// Every lie is found out, by its own check; the truth is not.
func TestLies(t *testing.T) {
	for name := range lies {
		c := exec.Command(os.Args[0], "-test.run=^TestLie$")
		c.Env = append(os.Environ(), "MEASURETEST_LIE="+name)
		out, err := c.CombinedOutput()
		require.Error(t, err, name)
		require.Contains(t, string(out), "--- FAIL: TestLie/"+strings.ReplaceAll(name, " ", "_")+" ")
	}
	Test(t, measures.CKA)
}

// A measure that gives a value alone, whether scores are near, is held to the rest.
func TestValueOnly(t *testing.T) {
	near := measures.CKA
	near.Name, near.Identity = "near", math.NaN()
	near.Score = func(x, y *graph.Node) *graph.Node {
		return graph.Map("Half", nil, measures.CKA.Score(x, y), func(v float64) float64 { return v / 2 }, nil)
	}
	require.Error(t, near.Differentiable())
	Test(t, near)
}
