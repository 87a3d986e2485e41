package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// bySingularValues is NuclearNorm through the singular values at every step.
func bySingularValues(a *Node) *Node {
	return Apply(Prim{
		Name: "bySingularValues", Params: struct{}{},
		Forward: func(c *Call) error {
			svd := kept[thinSVD](c)
			if err := svd.factorize(c.In[0]); err != nil {
				return err
			}
			factor := c.Scratch("factor", c.In[0].Rows, c.In[0].Cols)
			blas64.Gemm(blas.NoTrans, blas.Trans, 1, svd.nonzero(svd.u), svd.nonzero(svd.v), 0, general(factor))
			c.Out.Data[0] = 0
			for _, v := range svd.values[:Rank(svd.values)] {
				c.Out.Data[0] += v
			}
			return nil
		},
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			scale(gin, g.Data[0], c.Scratch("factor", gin.Rows, gin.Cols))
			return nil
		},
	}, a)
}

// Along 200 steps of Adam, at full rank and exactly deficient, the score by polar
// iteration is that by singular values.
func TestNuclearNormAlongAscents(t *testing.T) {
	low := func(seed uint64, n, p, rank int) *tensor.Dense {
		u, v := view(gauss(seed, n, rank)), view(gauss(seed+50, rank, p))
		x := Mat{n, p, make([]float64, n*p)}
		gemm(false, false, 1, u, v, 0, x)
		return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(x.Data))
	}
	for name, c := range map[string]struct{ x, y *tensor.Dense }{
		"as many units as samples": {gauss(1, 30, 30), gauss(2, 30, 30)},
		"wide":                     {gauss(1, 12, 40), gauss(2, 12, 30)},
		"x of rank 5":              {low(1, 60, 20, 5), gauss(2, 60, 20)},
		"y of rank 5":              {gauss(1, 60, 20), low(2, 60, 20, 5)},
		"both of rank 5":           {low(1, 60, 20, 5), low(2, 60, 20, 5)},
		"y of rank 1":              {gauss(1, 60, 3), low(2, 60, 20, 1)},
		"two units":                {gauss(1, 60, 2), gauss(2, 60, 2)},
	} {
		compile := func(norm func(*Node) *Node) *Program {
			p, err := Compile(func(b *Builder) *Node {
				x, y := Center(b.Const("x", c.x)), Center(b.Param("y", c.y))
				return Affine(-1, Div(norm(MatMul(T(x), y)), Mul(Norm(x), Norm(y))), 0)
			})
			require.NoError(t, err)
			return p
		}
		programs := []*Program{compile(NuclearNorm), compile(bySingularValues)}
		solvers := []gorgonia.Solver{gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.1)), gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.1))}
		for step := range 200 {
			var value [2]float64
			for i, p := range programs {
				var err error
				value[i], err = p.Eval()
				require.NoError(t, err)
				model, err := p.Gradients()
				require.NoError(t, err)
				require.NoError(t, solvers[i].Step(model))
			}
			require.InDelta(t, value[1], value[0], 1e-11, "%s, step %d", name, step)
		}
	}
}
