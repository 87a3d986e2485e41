package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// What is fused has the value and the gradients of the formula it stands for,
// along an ascent and not only at one point.
func TestFusedIsFormula(t *testing.T) {
	kernelCosine := func(x, y *Node) *Node {
		overlap := SumSquares(MatMul(T(x), y))
		return Div(overlap, Mul(Norm(Gram(x)), Norm(Gram(y))))
	}
	unexplained := func(a, b *Node) *Node { return SumSquares(Sub(b, MatMul(a, LeastSquares(a, b)))) }
	ridge := func(a, b *Node) *Node { return RidgeExplained(3, a, b) }
	ridgeExplained := func(a, b *Node) *Node {
		return Sub(SumSquares(b), SumSquares(Sub(b, MatMul(a, Ridge(3, a, b)))))
	}
	for name, c := range map[string]struct {
		fused, formula func(x, y *Node) *Node
		x, y           *tensor.Dense
	}{
		"KernelCosine, tall":    {KernelCosine, kernelCosine, gauss(1, 30, 3), gauss(2, 30, 4)},
		"KernelCosine, wide":    {KernelCosine, kernelCosine, gauss(1, 8, 13), gauss(2, 8, 11)},
		"KernelCosine, square":  {KernelCosine, kernelCosine, gauss(1, 10, 10), gauss(2, 10, 10)},
		"KernelCosine, unequal": {KernelCosine, kernelCosine, gauss(1, 12, 40), gauss(2, 12, 2)},
		"Unexplained":           {Unexplained, unexplained, gauss(1, 30, 3), gauss(2, 30, 4)},
		"Unexplained, few":      {Unexplained, unexplained, gauss(1, 9, 7), gauss(2, 9, 4)},
		"RidgeExplained":        {ridge, ridgeExplained, gauss(1, 30, 3), gauss(2, 30, 4)},
		"RidgeExplained, few":   {ridge, ridgeExplained, gauss(1, 9, 7), gauss(2, 9, 4)},
		"RidgeExplained, wide":  {ridge, ridgeExplained, gauss(1, 9, 17), gauss(2, 9, 4)},
	} {
		compile := func(f func(x, y *Node) *Node) *Program {
			p, err := Compile(func(b *Builder) *Node { return f(Center(b.Param("x", c.x)), Center(b.Param("y", c.y))) })
			require.NoError(t, err)
			return p
		}
		fused, formula := compile(c.fused), compile(c.formula)
		for range 30 {
			got, err := fused.Eval()
			require.NoError(t, err)
			want, err := formula.Eval()
			require.NoError(t, err)
			require.InDelta(t, want, got, 1e-11*math.Max(1, math.Abs(want)), name)
			for _, by := range []string{"x", "y"} {
				g, err := fused.Grad(by)
				require.NoError(t, err)
				w, err := formula.Grad(by)
				require.NoError(t, err)
				require.InDeltaSlice(t, w.Float64s(), g.Float64s(), 1e-11*largest(w), "%s by %s", name, by)
				for i, v := range w.Float64s() { // a step of both, the same
					fused.Param(by).Float64s()[i] -= 0.05 * v
					formula.Param(by).Float64s()[i] -= 0.05 * v
				}
			}
		}
	}
}

// Data that span everything leave nothing, with gradient 0.
func TestUnexplainedSpanned(t *testing.T) {
	for name, a := range map[string]*tensor.Dense{"wider than long": gauss(1, 8, 13), "as wide as long": gauss(1, 8, 8), "all but": gauss(1, 8, 7)} {
		p, err := Compile(func(b *Builder) *Node {
			return Unexplained(Center(b.Param("a", a)), Center(b.Param("b", gauss(2, 8, 3))))
		})
		require.NoError(t, err)
		v, err := p.Eval()
		require.NoError(t, err)
		require.Zero(t, v, name)
		for _, by := range []string{"a", "b"} {
			g, err := p.Grad(by)
			require.NoError(t, err)
			require.Zero(t, largest(g), name)
		}
	}
}
