package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// Singular vectors are those of singular values; where some are the same they are the axes
// that are asked for, whatever basis the data come in.
func TestLeftVectors(t *testing.T) {
	along := gauss(3, 8, 5)
	sizes := func(a *tensor.Dense) (float64, float64) {
		p, err := Compile(func(b *Builder) *Node {
			n, rows := b.Param("a", a), b.Const("along", along)
			u := LeftVectors(n, rows)
			inAxes := b.Watch("in axes", Sum(Abs(MatMul(T(u), rows))))
			return Add(SumSquares(ColNorms(MatMul(T(n), u))), Affine(0, inAxes, 0))
		})
		require.NoError(t, err)
		v, err := p.Eval()
		require.NoError(t, err)
		g, err := p.Grad("a")
		require.NoError(t, err)
		for _, v := range g.Float64s() {
			require.False(t, math.IsNaN(v) || math.IsInf(v, 0))
		}
		return v, p.Scalar("in axes")
	}
	for _, s := range [][]float64{{4, 3, 2, 1}, {2, 2, 2, 2}, {4, 3, 2, 0}, {3, 3, 0, 0}, {4, 3, 3, 1}} {
		a := withSingularValues(8, 4, s...)
		v, inAxes := sizes(a)
		require.InDelta(t, s[0]*s[0]+s[1]*s[1]+s[2]*s[2]+s[3]*s[3], v, 1e-12)
		turned := Mat{8, 4, make([]float64, 32)}
		gemm(false, false, 1, view(a), view(fromMatrix(orthogonal(7, 4, 4))), 0, turned)
		_, again := sizes(dense(turned))
		require.InDelta(t, inAxes, again, 1e-10, "%v", s)
	}
}
