package measures_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"

	"simgrad/data"
	"simgrad/measures"
)

// The median width is the median of the distances between samples that are fitted: of two folds
// of like samples, some way apart, that of one of them.
func TestKernelRidgeOfMedianWidth(t *testing.T) {
	const n, p, q = 9, 3, 2
	x, y := data.Gaussian(1, 2*n, p), data.Gaussian(2, 2*n, q)
	for i := range n * q {
		y.Float64s()[n*q+i] = y.Float64s()[i] + 2
	}
	var one, all []float64
	for i := range 2 * n {
		for j := range i {
			d := floats.Distance(y.Float64s()[i*q:][:q], y.Float64s()[j*q:][:q], 2)
			if all = append(all, d); i < n {
				one = append(one, d)
			}
		}
	}
	score := func(kernel, sigma, rest string) float64 {
		m, err := measures.ByName(fmt.Sprintf("kernel_ridge-kernel=(%s-sigma=%s)-lambda=0.5-%s", kernel, sigma, rest))
		require.NoError(t, err)
		s, err := m.Eval(x, y)
		require.NoError(t, err)
		return s
	}
	for _, kernel := range []string{"rbf", "laplace"} {
		for rest, of := range map[string][]float64{"r2": all, "r2-cv=2folds": one, "median_pearsonr-cv=2folds": one} {
			want := score(kernel, fmt.Sprint(middle(of)), rest)
			require.InDelta(t, want, score(kernel, "median", rest), 1e-11, "%s, %s", kernel, rest)
			require.NotEqual(t, want, score(kernel, fmt.Sprint(1.01*middle(of)), rest))
		}
	}
}
