package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Singular vectors are those of singular values that differ; where some are the same it is
// an error, and where all are, any do.
func TestLeftVectors(t *testing.T) {
	along := func(s ...float64) (float64, error) {
		a := withSingularValues(8, 4, s...)
		p, err := Compile(func(b *Builder) *Node {
			n := b.Param("a", a)
			return Sum(Square(ColNorms(MatMul(T(n), LeftVectors(n)))))
		})
		require.NoError(t, err)
		v, err := p.Eval()
		if err == nil {
			g, err := p.Grad("a")
			require.NoError(t, err)
			for _, v := range g.Float64s() {
				require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
			}
		}
		return v, err
	}
	for _, s := range [][]float64{{4, 3, 2, 1}, {2, 2, 2, 2}, {4, 3, 2, 0}, {3, 3, 0, 0}} {
		v, err := along(s...)
		require.NoError(t, err)
		require.InDelta(t, s[0]*s[0]+s[1]*s[1]+s[2]*s[2]+s[3]*s[3], v, 1e-12)
	}
	_, err := along(4, 3, 3, 1)
	require.ErrorContains(t, err, "singular values 2 and 3 are the same, to 1e-6")
}
