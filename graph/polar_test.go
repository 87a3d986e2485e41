package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// The iteration's factor is that of the singular value decomposition, for square,
// tall and wide matrices of conditions up to 1e10, in a handful of iterations.
func TestPolar(t *testing.T) {
	for _, shape := range [][2]int{{1, 1}, {5, 5}, {40, 40}, {40, 13}, {13, 40}, {150, 150}} {
		for _, condition := range []float64{1, 10, 1e3, 1e4, 1e5, 1e7, 1e10} {
			k := min(shape[0], shape[1])
			s := make([]float64, k)
			for i := range s {
				s[i] = math.Pow(condition, -float64(i)/math.Max(1, float64(k-1)))
			}
			a := view(withSingularValues(shape[0], shape[1], s...))
			x := Mat{shape[0], shape[1], make([]float64, len(a.Data))}
			var p polar
			require.True(t, p.factor(x, a), "%v, condition %g", shape, condition)
			var svd thinSVD
			require.NoError(t, svd.factorize(a))
			var want mat.Dense
			want.Mul(mat.NewDense(shape[0], k, svd.u.Data), mat.NewDense(shape[1], k, svd.v.Data).T())
			// The factor is as ill-conditioned as the matrix, and the weights of the
			// first iteration amplify rounding.
			require.InDeltaSlice(t, want.RawMatrix().Data, x.Data, 1e-12+2e-14*condition, "%v, condition %g", shape, condition)
			if condition <= 1e4 {
				require.LessOrEqual(t, p.iterations, 4)
			}
		}
	}
}

// Low rank, zero, NaN and infinity are told apart from the rest.
func TestPolarRefuses(t *testing.T) {
	for name, a := range map[string]Mat{
		"low rank": view(withSingularValues(8, 6, 3, 2, 1)),
		"zero":     {3, 3, make([]float64, 9)},
		"NaN":      {1, 1, []float64{math.NaN()}},
		"infinite": {1, 1, []float64{math.Inf(1)}},
	} {
		var p polar
		require.False(t, p.factor(Mat{a.Rows, a.Cols, make([]float64, len(a.Data))}, a), name)
	}
}

// Matrices of low rank go through the singular values without trying the
// iteration each time, and the iteration is taken up again.
func TestNuclearRest(t *testing.T) {
	low, full := view(withSingularValues(8, 6, 3, 2, 1)), view(gauss(1, 8, 6))
	x := Mat{8, 6, make([]float64, 48)}
	var f nuclear
	require.NoError(t, f.factorize(x, low))
	require.Equal(t, polarRest, f.rest)
	for range polarRest {
		require.NoError(t, f.factorize(x, full))
	}
	require.Zero(t, f.rest)
	f.polar.iterations = 0
	require.NoError(t, f.factorize(x, full))
	require.Positive(t, f.polar.iterations)
}
