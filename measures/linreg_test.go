package measures_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/measures"
)

// Trials padded with zeros leave a fold of x that does not vary: an error, in whatever
// shape y is.
func TestPaddedFold(t *testing.T) {
	x := data.Gaussian(1, 75, 5)
	sums := make([]float64, 5)
	for i, v := range x.Float64s()[:60*5] {
		sums[i%5] += v / 60
	}
	for i := range x.Float64s() {
		x.Float64s()[i] -= sums[i%5]
		if i >= 60*5 {
			x.Float64s()[i] = 0
		}
	}
	for _, name := range []string{"linreg-r2-cv=5folds", "ridge-lambda=100-r2-cv=5folds"} {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		for _, q := range []int{3, 90} {
			_, err = m.Eval(x, data.Gaussian(2, 75, q))
			require.EqualError(t, err, "measures: "+name+": graph: folds of (75, 5): samples 60 to 74 of x, left out in fold 5, do not vary from the mean of the others: R2 is not defined there")
			_, _, _, err = m.Gradient(data.Gaussian(2, 75, q), x)
			require.NoError(t, err, "it is what is predicted that has to vary")
		}
	}
}
