package measures_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/measures"
)

// Regressions over folds are those of scikit-learn: testdata/regression.py.
func TestRegressionsAreTheirs(t *testing.T) {
	b, err := os.ReadFile("testdata/regression.json")
	require.NoError(t, err)
	var cases map[string]map[string]float64
	require.NoError(t, json.Unmarshal(b, &cases))
	_, arrays := load(t)
	for name, scores := range cases {
		for id, want := range scores {
			m, err := measures.ByName(id)
			require.NoError(t, err)
			require.Equal(t, id, m.Name)
			got, err := m.Eval(arrays[name+"__X"], arrays[name+"__Y"])
			require.NoError(t, err, "%s %s", name, id)
			require.InDelta(t, want, got, 1e-10, "%s %s", name, id)
		}
	}
}

// What says nothing, or is meant in more than one way, is refused with the reason.
func TestRegressionsRefuse(t *testing.T) {
	for name, want := range map[string]string{
		"pls-components=5-r2-cv=5folds":               "5 components are asked for; of 4 units, fitted to 32 samples, there are at most 4",
		"linreg-median_pearsonr-cv=20folds":           "20 folds of 40 samples have two or fewer in some, of which any correlation is 1, −1 or none",
		"ridge-lambda=nested-r2-cv=2folds":            "3 in all",
		"linreg-median_pearsonr":                      "cv is missing; linreg is written linreg-r2|median_pearsonr|pooled_r2",
		"ridge-lambda=1-pearsonr-cv=5folds":           "ambiguous: diffscore means one correlation of all values by pearsonr",
		"ridge-lambda=nest-r2-cv=5folds":              "lambda must be a number greater than 0, or nested",
		"pls-components=25-median_pearsonr-cv=1folds": "cv must be a whole number of folds from 2",
	} {
		m, err := measures.ByName(name)
		if err == nil {
			_, arrays := load(t)
			_, err = m.Eval(arrays["tensor3d__X"], arrays["tensor3d__Y"])
		}
		require.ErrorContains(t, err, want)
	}
}

// A reversed regression is that of the data in the other order, and says so.
func TestReversed(t *testing.T) {
	_, arrays := load(t)
	x, y := arrays["tensor3d__X"], arrays["tall__Y"]
	y = tensor.New(tensor.WithShape(5, 8, 6), tensor.WithBacking(y.Float64s()))
	for _, name := range []string{"linreg-r2", "ridge-lambda=100-r2-cv=4conditions", "pls-components=2-median_pearsonr-cv=5folds", "ridge-lambda=nested-r2-cv=5folds"} {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		back, err := measures.ByName(name + "-reverse")
		require.NoError(t, err)
		require.Equal(t, name+"-reverse", back.Name)
		require.Equal(t, "predicts y from x", back.Direction())
		require.Equal(t, m.InvariantX, back.InvariantY)
		want, wantY, wantX, err := m.Gradient(y, x)
		require.NoError(t, err)
		got, gotX, gotY, err := back.Gradient(x, y)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, wantX.Float64s(), gotX.Float64s())
		require.Equal(t, wantY.Float64s(), gotY.Float64s())
	}
}
