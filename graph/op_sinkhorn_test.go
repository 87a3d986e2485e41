package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Plans are those of many plain sweeps, near to an exact transport where ε is small, and flat
// where it is large.
func TestSinkhorn(t *testing.T) {
	for _, s := range [][2]int{{1, 1}, {4, 4}, {3, 6}, {7, 2}} {
		p, q := s[0], s[1]
		c, weights := gauss(1, p, q), gauss(2, p, q)
		at := func(epsilon float64) float64 {
			return valueOf(t, func(b *Builder) *Node {
				return Dot(Sinkhorn(epsilon, b.Const("c", c)), b.Const("weights", weights))
			})
		}
		for _, epsilon := range []float64{0.2, 1, 5} {
			k := make([]float64, p*q)
			for i, v := range c.Float64s() {
				k[i] = math.Exp(v / epsilon)
			}
			for range 20000 {
				for i := range p {
					sum := 0.0
					for j := range q {
						sum += k[i*q+j]
					}
					for j := range q {
						k[i*q+j] /= sum * float64(p)
					}
				}
				for j := range q {
					sum := 0.0
					for i := range p {
						sum += k[i*q+j]
					}
					for i := range p {
						k[i*q+j] /= sum * float64(q)
					}
				}
			}
			want := 0.0
			for i, v := range weights.Float64s() {
				want += k[i] * v
			}
			require.InDelta(t, want, at(epsilon), 1e-12, "%v, %g", s, epsilon)
		}
		flat := 0.0
		for _, v := range weights.Float64s() {
			flat += v / float64(p*q)
		}
		require.InDelta(t, flat, at(1e9), 1e-8)
	}
	x, y := gauss(1, 12, 3), gauss(2, 12, 5)
	soft := valueOf(t, func(b *Builder) *Node { return SoftMatchingCosine(b.Const("x", x), b.Const("y", y)) })
	near := valueOf(t, func(b *Builder) *Node {
		x, y := b.Const("x", x), b.Const("y", y)
		c := Affine(math.Sqrt(15), Div(MatMul(T(x), y), Mul(Norm(x), Norm(y))), 0)
		return Dot(Sinkhorn(0.002, c), c)
	})
	require.InDelta(t, soft, near, 0.002)
	require.LessOrEqual(t, near, soft)
}
