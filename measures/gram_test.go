package measures

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
)

// Well-conditioned wide data are reduced by the Cholesky factor of their inner products, to
// the scores and gradients of their LQ factors; ill-conditioned ones are left to these.
func TestReduceByGram(t *testing.T) {
	const n, units = 20, 300
	x, y := data.Gaussian(1, n, units), data.Gaussian(2, n, units-40)
	for i := range x.Float64s() {
		x.Float64s()[i] += 1e3 * float64(i%units) // large means
	}
	centred := data.Gaussian(4, n, units)
	for _, name := range []string{"cka", "nbs", "procrustes-angular-score", "linreg-r2-cv=5folds", "ridge-lambda=100-r2", "ridge-lambda=100-r2-cv=5folds"} {
		m, err := ByName(name)
		require.NoError(t, err)
		for _, c := range []struct {
			x     *tensor.Dense
			keeps Invariance
		}{{x, Translation}, {centred, 0}} {
			a, b := m.reduce(c.x, c.keeps), reduceByLQ(c.x, n, units, c.keeps)
			require.NotNil(t, a.gram, name)
			require.Nil(t, b.gram, name)
			require.Equal(t, a.to.Shape(), b.to.Shape())
			other := m.reduce(y, Translation).to
			v, ga, _, err := m.Gradient(a.to, other)
			require.NoError(t, err)
			w, gb, _, err := m.Gradient(b.to, other)
			require.NoError(t, err)
			require.InDelta(t, w, v, 1e-12, name)
			most := 0.0
			for _, g := range gb.Float64s() {
				most = math.Max(most, math.Abs(g))
			}
			require.InDeltaSlice(t, b.back(gb).Float64s(), a.back(ga).Float64s(), 1e-9*most, name)
		}
	}
	twice := data.Gaussian(3, n, units)
	for j := range units {
		twice.Float64s()[units+j] = twice.Float64s()[j] * (1 + 1e-6*float64(j%7))
	}
	require.Nil(t, CKA.reduce(twice, Translation).gram, "two samples alike")
}

// Samples that are scored many times are checked and reduced once for all measures that see
// the same of them, and score as they do alone.
func TestSamples(t *testing.T) {
	x, y := NewSamples(data.Gaussian(1, 20, 50)), NewSamples(data.Gaussian(2, 20, 7))
	for _, name := range Names() {
		m, err := ByName(name)
		require.NoError(t, err)
		want, err := m.Eval(x.x, y.x)
		require.NoError(t, err)
		got, err := m.EvalSamples(x, y)
		require.NoError(t, err)
		require.Equal(t, want, got, name)
	}
	require.Same(t, x.reduced(CKA, CKA.InvariantX).to, x.reduced(NBS, NBS.InvariantX).to)
	require.Len(t, x.kept, 1)
	_, err := CKA.EvalSamples(x, NewSamples(tensor.New(tensor.WithShape(20, 2), tensor.WithBacking(make([]float64, 40)))))
	require.EqualError(t, err, "measures: cka: y has zero variance: every unit is constant over samples")
}
