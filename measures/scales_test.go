package measures

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
)

// At scales from 1e-70 to 1e70 of x and of y, scores that keep scale are what they are
// at 1, and gradients follow; all are finite.
func TestScales(t *testing.T) {
	each(t, func(t *testing.T, m Measure) {
		for _, s := range [][3]int{{300, 40, 30}, {40, 60, 90}} {
			x, y := gauss(1, s[0], s[1]), gauss(2, s[0], s[2])
			want, wantX, wantY, err := m.Gradient(x, y)
			require.NoError(t, err)
			for _, by := range [][2]float64{{0x1p-232, 0x1p-232}, {0x1p-232, 0x1p232}, {0x1p232, 0x1p-232}, {0x1p232, 0x1p232}} {
				score, gx, gy, err := m.Gradient(scaled(x, by[0]), scaled(y, by[1]))
				require.NoError(t, err)
				if !(m.InvariantX & m.InvariantY).Has(Scale) {
					continue
				}
				require.InEpsilon(t, want, score, 1e-10)
				floats.Scale(by[0], gx.Float64s())
				floats.Scale(by[1], gy.Float64s())
				require.LessOrEqual(t, floats.Distance(wantX.Float64s(), gx.Float64s(), 2), 1e-9*floats.Norm(wantX.Float64s(), 2))
				require.LessOrEqual(t, floats.Distance(wantY.Float64s(), gy.Float64s(), 2), 1e-9*floats.Norm(wantY.Float64s(), 2))
			}
		}
	})
}
