package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// What is left unexplained does not depend on the units' scales, and gradients follow
// them; a unit that is constant, to rounding, counts for nothing beside.
func TestUnexplainedScales(t *testing.T) {
	for _, n := range []int{30, 6} { // 6 samples: five units span all there is
		scaled, constant := gauss(1, n, 5), 3.3
		at := func(scales ...float64) (float64, []float64) {
			a := tensor.New(tensor.WithShape(n, 6), tensor.Of(tensor.Float64))
			for i := range n {
				for j, s := range scales {
					a.Float64s()[i*6+j] = s * scaled.Float64s()[i*5+j]
				}
				a.Float64s()[i*6+5] = constant
			}
			p, err := Compile(func(b *Builder) *Node {
				return Unexplained(Center(b.Param("a", a)), Center(b.Const("b", gauss(2, n, 3))))
			})
			require.NoError(t, err)
			v, err := p.Eval()
			require.NoError(t, err)
			g, err := p.Grad("a")
			require.NoError(t, err)
			for i := range n {
				require.InDelta(t, 0, g.Float64s()[i*6+5], 1e-12)
				for j, s := range scales {
					g.Float64s()[i*6+j] *= s
				}
			}
			return v, g.Float64s()
		}
		want, gradient := at(1, 1, 1, 1, 1)
		for _, scales := range [][]float64{{1, 0x1p-40, 1, 1, 1}, {0x1p20, 1, 1, 0x1p-22, 0x1p5}} {
			got, g := at(scales...)
			require.InDelta(t, want, got, 1e-12*want)
			require.InDeltaSlice(t, gradient, g, 1e-12)
		}
	}
}
