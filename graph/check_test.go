package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// A gradient that is wrong in one element of many shows along any direction.
func TestCheckAlong(t *testing.T) {
	x := make([]float64, 300)
	for i := range x {
		x[i] = float64(i%7) - 2
	}
	for _, slip := range []float64{0, 1e-3} {
		p, err := Compile(func(b *Builder) *Node {
			return Apply(Prim{
				Name: "Squares", Params: slip,
				Forward: func(c *Call) error {
					c.Out.Data[0] = 0
					for _, v := range c.In[0].Data {
						c.Out.Data[0] += v * v
					}
					return nil
				},
				Pullback: func(c *Call, _ int, g, gin Mat) error {
					for i, v := range c.In[0].Data {
						gin.Data[i] = 2 * v * g.Data[0]
					}
					gin.Data[17] += slip * g.Data[0]
					return nil
				},
			}, b.Param("x", tensor.New(tensor.WithShape(30, 10), tensor.WithBacking(x))))
		})
		require.NoError(t, err)
		before, err := p.Eval()
		require.NoError(t, err)
		worst, err := CheckAlong(p, "x", 1e-4, 16, 1)
		require.NoError(t, err)
		if slip == 0 {
			require.Less(t, worst, 1e-7)
		} else {
			require.Greater(t, worst, slip/20)
		}
		after, err := p.Eval()
		require.NoError(t, err)
		require.Equal(t, before, after)
	}
}
