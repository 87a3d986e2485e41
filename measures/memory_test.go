package measures_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/measures"
)

// Measures whose form is in units hold no matrix over samples; those of distances do.
func TestSquares(t *testing.T) {
	for name, want := range map[string]bool{
		"cka": false, "cka-hsic=song": false, "nbs": false, "linreg-r2": false, "ridge-lambda=1-r2-cv=5folds": false,
		"cca": false, "cka-hsic=chun": false, "ensd": false, "cka-hsic=lange": false,
		"cka-kernel=(rbf-sigma=1)": true, "rsa-rdm=euclidean-compare=pearson": true, "mutual_knn-topk=3": true, "mutual_knn-topk=40": true, "distance_correlation": true,
	} {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		require.Equal(t, want, m.Squares() > 0, "%s: %g", name, m.Squares())
	}
}

// CKA off the diagonal by products of units is that by kernels.
func TestLangeByUnits(t *testing.T) {
	kernels := measures.Compose("CKA", measures.LinearKernel, measures.Lange, measures.Cosine)
	for _, shape := range [][3]int{{30, 4, 6}, {9, 5, 30}} {
		x, y := data.Gaussian(1, shape[0], shape[1]), data.Gaussian(2, shape[0], shape[2])
		want, wx, wy, err := kernels.Gradient(x, y)
		require.NoError(t, err)
		m, err := measures.ByName("cka-hsic=lange")
		require.NoError(t, err)
		got, gx, gy, err := m.Gradient(x, y)
		require.NoError(t, err)
		require.InDelta(t, want, got, 1e-13)
		require.InDeltaSlice(t, wx.Float64s(), gx.Float64s(), 1e-13)
		require.InDeltaSlice(t, wy.Float64s(), gy.Float64s(), 1e-13)
	}
}
