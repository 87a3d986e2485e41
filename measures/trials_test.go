package measures_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
)

// Dynamical similarity and stochastic shape distances are those of their authors' packages:
// testdata/trials.py.
func TestTrialsAreTheirs(t *testing.T) {
	b, err := os.ReadFile("testdata/trials.json")
	require.NoError(t, err)
	var scores map[string]float64
	require.NoError(t, json.Unmarshal(b, &scores))
	require.Len(t, scores, 6)
	as, err := data.ReadArrays("testdata/trials.npz")
	require.NoError(t, err)
	arrays := map[string]*tensor.Dense{}
	repetitions := 0
	for _, a := range as {
		if strings.HasPrefix(a.Name, "stochastic_shape") { // sample × repetition × unit
			repetitions = a.Shape[1]
			a.Shape = []int{a.Shape[0], a.Shape[1] * a.Shape[2]}
		}
		arrays[a.Name] = tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(a.Values))
	}
	for name, want := range scores {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		require.Equal(t, name, m.Name)
		family, _, _ := strings.Cut(name, "-")
		got, err := m.BothRepeated(repetitions, repetitions).Eval(arrays[family+"__X"], arrays[family+"__Y"])
		require.NoError(t, err)
		require.InDelta(t, want, got, 1e-10, name)
	}
}
