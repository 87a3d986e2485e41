package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas/blas64"
)

// Leading vectors are those of a whole decomposition: of noise, of which the spectrum is flat, of
// a spectrum that falls by orders of magnitude, and of low rank, on either side.
func TestSubspace(t *testing.T) {
	const r = 5
	for _, s := range [][2]int{{300, 90}, {90, 300}, {120, 120}} {
		noise := Mat{s[0], s[1], gauss(1, s[0], s[1]).Float64s()}
		steep, low := Mat{s[0], s[1], make([]float64, s[0]*s[1])}, Mat{s[0], s[1], make([]float64, s[0]*s[1])}
		for k := range 40 {
			a, b := gauss(uint64(2+k), s[0], 1).Float64s(), gauss(uint64(100+k), s[1], 1).Float64s()
			outer(steep, math.Pow(0.5, float64(k)), a, b)
			if k < 3 {
				outer(low, 1, a, b)
			}
		}
		for name, h := range map[string]Mat{"noise": noise, "steep": steep, "low": low} {
			var of subspace
			u, values, ok := of.iterate(h, r, r+8)
			require.True(t, ok, "%s, %v", name, s)
			var whole thinSVD
			require.NoError(t, whole.factorize(h))
			require.Equal(t, Rank(whole.values[:r+1]), Rank(values[:r+1]))
			for k := range min(r, Rank(whole.values)) {
				require.InEpsilon(t, whole.values[k], values[k], 1e-12, "%s, %v", name, s)
				require.InDelta(t, 1, math.Abs(blas64.Dot(column(whole.u, k), column(u, k))), 1e-12, "%s, %v, %d", name, s, k)
			}
			require.InEpsilon(t, whole.values[r]+1, values[r]+1, 1e-2) // that which is cut
		}
	}
}
