package experiments

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/measures"
)

// What memory has no room for is refused before it is taken, by name and size.
func TestAffordable(t *testing.T) {
	defer func(of func() (int64, bool)) { freeMemory = of }(freeMemory)
	freeMemory = func() (int64, bool) { return 30e9, true }
	rbf, err := measures.ByName("cka-kernel=(rbf-sigma=1)")
	require.NoError(t, err)
	err = Affordable(rbf, 50_000, false)
	require.ErrorContains(t, err, "a score by cka-kernel=(rbf-sigma=1) of 50000 samples takes ")
	require.ErrorContains(t, err, " GB for matrices of 50000 × 50000, and 30 GB are free: take fewer samples, or a measure that `score -list` says has no n×n")
	require.NoError(t, Affordable(measures.CKA, 50_000, true))
	require.NoError(t, Affordable(rbf, 5000, true))
	require.ErrorContains(t, Affordable(rbf, 20_000, true), "with its gradient")
	freeMemory = func() (int64, bool) { return 0, false }
	require.NoError(t, Affordable(rbf, 50_000, true))
}
