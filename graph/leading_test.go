package graph

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas/blas64"
)

// The first singular value and its vectors are those of the whole decomposition, and so are
// derivatives; and a value that is there twice is seen twice.
func TestLeading(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 0))
	for _, shape := range [][2]int{{60, 80}, {90, 50}, {49, 200}} {
		m := Mat{shape[0], shape[1], make([]float64, shape[0]*shape[1])}
		for i := range m.Data {
			m.Data[i] = r.NormFloat64() / float64(1+i%shape[1]) // of falling values
		}
		g := Mat{m.Rows, 1, make([]float64, m.Rows)}
		for i := range g.Data {
			g.Data[i] = r.NormFloat64()
		}
		var fast, plain firstOf
		require.NoError(t, fast.find(m))
		require.False(t, fast.isWhole)
		require.NoError(t, plain.findWhole(m))
		require.InDelta(t, plain.first, fast.first, 1e-13*plain.first)
		require.InDelta(t, plain.second, fast.second, 1e-7*plain.first)
		if blas64.Dot(vec(plain.u), vec(fast.u)) < 0 { // the sign is open
			blas64.Scal(-1, vec(fast.u))
			blas64.Scal(-1, vec(fast.v))
		}
		require.InDeltaSlice(t, plain.u, fast.u, 1e-12)
		require.InDeltaSlice(t, plain.v, fast.v, 1e-12)
		got, want := Mat{m.Rows, m.Cols, make([]float64, len(m.Data))}, Mat{m.Rows, m.Cols, make([]float64, len(m.Data))}
		require.NoError(t, fast.pull(m, g, got))
		require.False(t, fast.isWhole)
		require.NoError(t, plain.pull(m, g, want))
		require.InDeltaSlice(t, want.Data, got.Data, 1e-11)
	}
	twice := Mat{60, 60, make([]float64, 3600)}
	for i := range 60 {
		twice.row(i)[i] = 1 / float64(1+i-min(i, 1)) // 1, 1, 1/2, …
	}
	_, _, first, second, ok := leadingPair(twice)
	require.True(t, ok)
	require.InDelta(t, 1, first, 1e-14)
	require.InDelta(t, 1, second, 1e-7)
}
