package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// The inner product is that of the formula with n×n kernels, of x with itself too, and its
// gradients are their differences.
func TestSongInner(t *testing.T) {
	const n = 7
	x, y := gauss(1, n, 3), gauss(2, n, 4)
	plain := func(x, y *tensor.Dense) float64 {
		kernel := func(x *tensor.Dense) (k [n][n]float64) {
			p := x.Shape()[1]
			for i := range n {
				for j := range n {
					for l := range p {
						if i != j {
							k[i][j] += x.Float64s()[i*p+l] * x.Float64s()[j*p+l]
						}
					}
				}
			}
			return k
		}
		k, l := kernel(x), kernel(y)
		var trace, ks, ls, kl float64
		for i := range n {
			for j := range n {
				trace += k[i][j] * l[j][i]
				ks, ls = ks+k[i][j], ls+l[i][j]
				for h := range n {
					kl += k[i][j] * l[j][h]
				}
			}
		}
		return trace + ks*ls/((n-1)*(n-2)) - 2*kl/(n-2)
	}
	for _, c := range []struct{ x, y *tensor.Dense }{{x, y}, {y, x}, {x, x}} {
		p, err := Compile(func(b *Builder) *Node { return SongInner(b.Param("x", c.x), b.Param("y", c.y)) })
		require.NoError(t, err)
		v, err := p.Eval()
		require.NoError(t, err)
		require.InEpsilon(t, plain(c.x, c.y), v, 1e-12)
		for _, name := range []string{"x", "y"} {
			worst, err := CheckGrad(p, name, 1e-5)
			require.NoError(t, err)
			require.Less(t, worst, 1e-6)
		}
	}
	p, err := Compile(func(b *Builder) *Node { in := b.Param("x", x); return SongInner(in, in) })
	require.NoError(t, err)
	worst, err := CheckGrad(p, "x", 1e-5)
	require.NoError(t, err)
	require.Less(t, worst, 1e-6, "both inputs the same")
	require.PanicsWithError(t, "graph: SongInner: 3 samples; the unbiased estimate of HSIC needs 4", func() {
		_, err := Compile(func(b *Builder) *Node { in := b.Param("x", gauss(1, 3, 2)); return SongInner(in, in) })
		if err != nil {
			panic(err)
		}
	})
}
