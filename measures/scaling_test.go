package measures_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
	"simgrad/measures/measuretest"
)

// The scale of an angular measure is known of any, registered by whom it may be; each
// undoes itself, and its slope is its derivative.
func TestScaleOf(t *testing.T) {
	measures.Register(measures.AngularDistance("cka-angle-of-a-test", measures.CKA))
	for name, base := range map[string]string{
		"cka": "cka", "nbs-squared": "nbs", "cka-angular-score": "cka", "procrustes-angular-score": "nbs",
		"procrustes-distance=angular": "nbs", "cka-angle-of-a-test": "cka",
	} {
		s := measures.ScalingOf(name)
		require.Equal(t, base, s.Base, name)
		for _, v := range []float64{0.2, 0.7} {
			require.InDelta(t, v, s.Back(s.Of(v)), 1e-14, name)
			const h = 1e-6
			require.InDelta(t, (s.Of(v+h)-s.Of(v-h))/(2*h), s.Slope(v), 1e-8, name)
		}
	}
	require.InDelta(t, math.Pi/3, measures.ScalingOf("cka-angle-of-a-test").Of(0.5), 1e-15)
}

// Distances in the units of the data are what they are said to be: of Procrustes, the
// Procrustes distance.
func TestEuclideanDistances(t *testing.T) {
	x, y := data.Gaussian(1, 30, 5), data.Gaussian(2, 30, 7)
	require.InDelta(t, evalOf(t, "procrustes-distance=euclidean", x, y), evalOf(t, "shape_metric-alpha=1-distance=euclidean", x, y), 1e-12)
	cosine, square := evalOf(t, "cka", x, y), evalOf(t, "cka-distance=squared_euclidean", x, y)
	require.InDelta(t, math.Sqrt(square), evalOf(t, "cka-distance=euclidean", x, y), 1e-12)
	norm := func(x *tensor.Dense) float64 { return evalOf(t, "procrustes-distance=euclidean", x, scaledBy(x, 2)) } // ‖2x‖ − ‖x‖
	a, b := norm(x), norm(y)
	require.InDelta(t, a*a+b*b-2*a*b*cosine, square, 1e-10)
	for _, name := range []string{"cka-distance=squared_euclidean", "shape_metric-alpha=0.5-distance=euclidean"} {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		measuretest.Test(t, m)
	}
}

func scaledBy(x *tensor.Dense, by float64) *tensor.Dense {
	x = x.Clone().(*tensor.Dense)
	floats.Scale(by, x.Float64s())
	return x
}
