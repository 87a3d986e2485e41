package measures

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
)

// Regression on data that span all samples is 1 by their rank alone, and only then: as by its
// graph.
func TestSaturates(t *testing.T) {
	const n = 12
	x := data.Gaussian(1, n, 5)
	wide := func(change func(y []float64, units int)) *tensor.Dense {
		y := data.Gaussian(2, n, 40)
		change(y.Float64s(), 40)
		return y
	}
	whole := wide(func([]float64, int) {})
	twins := wide(func(y []float64, units int) { copy(y[units:2*units], y[:units]) }) // rank n − 2
	late := wide(func(y []float64, units int) {                                       // full by its last units alone
		for i := range n {
			clear(y[i*units : i*units+2*n])
		}
	})
	for _, name := range []string{"linreg-r2", "linreg-r2-reverse"} {
		m, err := ByName(name)
		require.NoError(t, err)
		of := func(m Measure, y *tensor.Dense) float64 {
			a, b := x, y
			if name != "linreg-r2" {
				a, b = y, x
			}
			v, err := m.Eval(a, b)
			require.NoError(t, err)
			return v
		}
		byGraph := m
		byGraph.ofSpan = false
		require.Equal(t, 1.0, of(m, whole))
		for _, y := range []*tensor.Dense{whole, twins, late, x} {
			require.InDelta(t, of(byGraph, y), of(m, y), 1e-12, name)
		}
		require.Less(t, of(m, twins), 0.99)
		require.True(t, full(whole))
		require.False(t, full(twins))
	}
	m, err := ByName("linreg-r2")
	require.NoError(t, err)
	_, err = m.Eval(x, data.Gaussian(3, n+1, 40))
	require.ErrorContains(t, err, "they must be the same samples")
	reverse, err := ByName("linreg-r2-reverse")
	require.NoError(t, err)
	require.True(t, m.Saturates(n, 5, n-1))
	require.False(t, m.Saturates(n, 50, n-2))
	require.True(t, reverse.Saturates(n, n-1, 5))
	for _, name := range []string{"linreg-r2-cv=5folds", "ridge-lambda=1-r2", "cca", "linreg-r2-cv=3conditions"} {
		m, err := ByName(name)
		require.NoError(t, err)
		require.False(t, m.Saturates(n, 99, 99), name)
	}
}
