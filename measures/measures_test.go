package measures_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/graph"
	"simgrad/measures"
	"simgrad/measures/internal/plain"
	"simgrad/measures/measuretest"
)

// Every measure is what it says, by name alone: a new one needs no line here. In short, of
// those that are in no default, as many as have every part of a name once. CKA corrected for
// units has no score of units that are independent, as they are here: see TestCorrected.
func TestMeasures(t *testing.T) {
	names, seen := measures.All(), map[string]bool{}
	if testing.Short() {
		defaults := measures.Names()
		names = slices.DeleteFunc(names, func(name string) bool {
			fresh := false
			for _, part := range strings.Split(name, "-") {
				fresh = fresh || !seen[part]
				seen[part] = true
			}
			return !fresh && !slices.Contains(defaults, name)
		})
	}
	for _, name := range names {
		if name == "cka-hsic=chun" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			m, err := measures.ByName(name)
			require.NoError(t, err)
			require.Equal(t, name, m.Name)
			measuretest.Test(t, m)
		})
	}
}

// Scores are those of a second, plain implementation.
func TestSecondOpinion(t *testing.T) {
	matrix := func(x *tensor.Dense) *mat.Dense { return mat.NewDense(x.Shape()[0], x.Shape()[1], x.Float64s()) }
	for name, score := range plain.Scores {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		for _, c := range measuretest.Pairs() {
			got, err := m.Eval(c.X, c.Y)
			require.NoError(t, err, c.Name)
			require.InDelta(t, score(matrix(c.X), matrix(c.Y)), got, 1e-10, "%s, %s", name, c.Name)
		}
	}
}

// A score that is not where it is said to be is an error.
func TestOutsideRange(t *testing.T) {
	x := data.Gaussian(1, 24, 4)
	large := measures.CKA
	large.Name = "large"
	large.Score = func(x, y *graph.Node) *graph.Node { return graph.Affine(273, measures.CKA.Score(x, y), 0) }
	_, err := large.Eval(x, x)
	require.EqualError(t, err, "measures: large: graph: Within of (): 273 is outside [0, 1]")
	large.Range = [2]float64{} // nothing is said of it
	s, err := large.Eval(x, x)
	require.NoError(t, err)
	require.InDelta(t, 273, s, 1e-10)
}

// What keeps rotation and counts units is no function of kernels, and its data are not
// reduced.
func TestCountsUnits(t *testing.T) {
	perUnit := measures.CKA
	perUnit.Name, perUnit.OfKernel, perUnit.Range = "alignment per unit", false, [2]float64{}
	perUnit.Score = func(x, y *graph.Node) *graph.Node {
		return graph.Affine(1/float64(min(x.Shape()[1], y.Shape()[1])), measures.CKA.Score(x, y), 0)
	}
	require.Greater(t, measuretest.Padded(t, perUnit), 1e-3)
	wide := data.Gaussian(1, 9, 30)
	require.Same(t, wide, perUnit.Reduced(wide))
}

func TestTooFewForFolds(t *testing.T) {
	m, err := measures.ByName("linreg-r2-cv=5folds")
	require.NoError(t, err)
	_, err = m.Eval(data.Gaussian(1, 5, 2), data.Gaussian(2, 5, 2))
	require.NoError(t, err)
	_, err = m.Eval(data.Gaussian(1, 4, 2), data.Gaussian(2, 4, 2))
	require.EqualError(t, err, "measures: linreg-r2-cv=5folds: graph: cross-validation: 4 samples are too few for 5 folds")
}

// Time × condition × unit is read time-major, and gradients come in that shape.
func TestThreeAxes(t *testing.T) {
	x, y := data.Gaussian(1, 24, 4), data.Gaussian(2, 24, 3)
	x3 := tensor.New(tensor.WithShape(4, 6, 4), tensor.WithBacking(x.Float64s()))
	y3 := tensor.New(tensor.WithShape(4, 6, 3), tensor.WithBacking(y.Float64s()))
	want, _, flat, err := measures.NBS.Gradient(x, y)
	require.NoError(t, err)
	got, gx, gy, err := measures.NBS.Gradient(x3, y3)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, tensor.Shape{4, 6, 4}, gx.Shape())

	for _, q := range []int{3, 30} { // also where data are reduced
		y := data.Gaussian(2, 24, q)
		columns := tensor.New(tensor.WithShape(24, q), tensor.AsFortran(nil), tensor.Of(tensor.Float64))
		for i := range 24 {
			for j := range q {
				require.NoError(t, columns.SetAt(y.Float64s()[i*q+j], i, j))
			}
		}
		want, err := measures.NBS.Eval(x, y)
		require.NoError(t, err)
		got, err := measures.NBS.Eval(x, columns)
		require.NoError(t, err)
		require.Equal(t, want, got, "whatever the order in memory")
	}
	require.Equal(t, tensor.Shape{4, 6, 3}, gy.Shape())
	require.Equal(t, flat.Data(), gy.Data())
}
