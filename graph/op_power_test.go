package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// Powers less a constant are those of the formula, and keep all digits of what is small.
func TestPowerAbout(t *testing.T) {
	for _, x := range []float64{-3, 0.5, 2} {
		for degree := 1; degree <= 6; degree++ {
			of := func(x float64) float64 {
				return valueOf(t, func(b *Builder) *Node {
					return Sum(PowerAbout(degree, 0.7, b.Const("x", tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]float64{x})))))
				})
			}
			d := float64(degree)
			require.InDelta(t, math.Pow(x+0.7, d)-math.Pow(0.7, d), of(x), 1e-10)
			require.InEpsilon(t, d*math.Pow(0.7, d-1)*1e-15, of(1e-15), 1e-12)
		}
	}
}
