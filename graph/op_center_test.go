package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// Offsets of 1e12 take nothing from data that are exact beside them, in small matrices
// and in those whose rows are summed in parts.
func TestCenterLargeMeans(t *testing.T) {
	for _, n := range []int{6, 5000} {
		want, x := gauss(1, n, 9), tensor.New(tensor.WithShape(n, 9), tensor.Of(tensor.Float64))
		for i := range want.Float64s() {
			v := float64(int(1024*want.Float64s()[i])) / 1024
			if i >= n*9/2 { // as much below the mean as above
				v = -want.Float64s()[i-n*9/2]
			}
			want.Float64s()[i] = v
			x.Float64s()[i] = v + float64(i%9)*1e12
		}
		p, err := Compile(func(b *Builder) *Node {
			return SumSquares(Sub(Center(b.Const("x", x)), b.Const("want", want)))
		})
		require.NoError(t, err)
		off, err := p.Eval()
		require.NoError(t, err)
		require.Less(t, off, 1e-26)
	}
}
