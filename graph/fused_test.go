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
	procrustesCosine := func(x, y *Node) *Node {
		return Div(NuclearNorm(MatMul(T(x), y)), Mul(Norm(x), Norm(y)))
	}
	unexplained := func(a, b *Node) *Node { return SumSquares(Sub(b, MatMul(a, LeastSquares(a, b)))) }
	ridge := func(a, b *Node) *Node { return RidgeExplained(3, a, b) }
	ridgeExplained := func(a, b *Node) *Node {
		return Sub(SumSquares(b), SumSquares(Sub(b, MatMul(a, Ridge(3, a, b)))))
	}
	overConditions := func(times, k int, lambda float64) (fused, formula func(a, b *Node) *Node) {
		return func(a, b *Node) *Node { return CrossValidatedOverConditions(times, k, lambda, a, b) },
			func(a, b *Node) *Node {
				f := folds{k, shapeOf(a).Rows / times, times, true}
				return foldByFold(f, lambda, foldAfterFold(f, a), foldAfterFold(f, b))
			}
	}
	byConditions, byConditionsByFold := overConditions(3, 4, 0)
	folds := func(k int, lambda float64) (fused, formula func(a, b *Node) *Node) {
		return func(a, b *Node) *Node { return CrossValidatedR2(k, lambda, a, b) },
			func(a, b *Node) *Node { return foldByFold(contiguous(k, a), lambda, a, b) }
	}
	leastSquares, leastSquaresByFold := folds(5, 0)
	penalised, penalisedByFold := folds(3, 2.5)
	for name, c := range map[string]struct {
		fused, formula func(x, y *Node) *Node
		x, y           *tensor.Dense
	}{
		"KernelCosine, tall":     {KernelCosine, kernelCosine, gauss(1, 30, 3), gauss(2, 30, 4)},
		"KernelCosine, wide":     {KernelCosine, kernelCosine, gauss(1, 8, 13), gauss(2, 8, 11)},
		"KernelCosine, square":   {KernelCosine, kernelCosine, gauss(1, 10, 10), gauss(2, 10, 10)},
		"KernelCosine, unequal":  {KernelCosine, kernelCosine, gauss(1, 12, 40), gauss(2, 12, 2)},
		"ProcrustesCosine, tall": {ProcrustesCosine, procrustesCosine, gauss(1, 30, 3), gauss(2, 30, 4)},
		"ProcrustesCosine, wide": {ProcrustesCosine, procrustesCosine, gauss(1, 8, 13), gauss(2, 8, 11)},
		"angles": {
			func(x, y *Node) *Node {
				return Add(Acos(ProcrustesCosine(x, y)), Acos(Within(0, 1, KernelCosine(x, y))))
			},
			func(x, y *Node) *Node { return Add(Acos(procrustesCosine(x, y)), Acos(kernelCosine(x, y))) },
			gauss(1, 30, 3), gauss(2, 30, 4),
		},
		"Unexplained":                  {Unexplained, unexplained, gauss(1, 30, 3), gauss(2, 30, 4)},
		"Unexplained, few":             {Unexplained, unexplained, gauss(1, 9, 7), gauss(2, 9, 4)},
		"RidgeExplained":               {ridge, ridgeExplained, gauss(1, 30, 3), gauss(2, 30, 4)},
		"RidgeExplained, few":          {ridge, ridgeExplained, gauss(1, 9, 7), gauss(2, 9, 4)},
		"RidgeExplained, wide":         {ridge, ridgeExplained, gauss(1, 9, 17), gauss(2, 9, 4)},
		"CrossValidatedR2":             {leastSquares, leastSquaresByFold, gauss(1, 33, 5), gauss(2, 33, 3)},
		"CrossValidatedR2, one":        {leastSquares, leastSquaresByFold, gauss(1, 33, 1), gauss(2, 33, 1)},
		"CrossValidatedOverConditions": {byConditions, byConditionsByFold, gauss(1, 33, 5), gauss(2, 33, 3)},
		"CrossValidated ridge":         {penalised, penalisedByFold, gauss(1, 20, 4), gauss(2, 20, 6)},
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

// contiguous are k folds of a's rows.
func contiguous(k int, a *Node) folds { return folds{k: k, n: shapeOf(a).Rows, rows: 1} }

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

// Cross-validation by sums is as good as fold by fold, and gives way to it where its
// systems are badly conditioned, for a while.
func TestCrossValidatedConditions(t *testing.T) {
	const n, q, k = 60, 4, 5
	for _, c := range []struct {
		spread float64 // of the last column about the first
		byRows bool
	}{{1, false}, {1e-2, false}, {1e-3, true}, {1e-6, true}, {0, true}} {
		a, b := gauss(1, n, q), gauss(2, n, 3)
		x := a.Float64s()
		for i := range n {
			x[i*q+q-1] = x[i*q] + c.spread*x[i*q+q-1]
		}
		compile := func(f func(a, b *Node) *Node) *Program {
			p, err := Compile(func(g *Builder) *Node { return f(g.Param("a", a), g.Param("b", b)) })
			require.NoError(t, err)
			return p
		}
		fused := compile(func(a, b *Node) *Node { return CrossValidatedR2(k, 0, a, b) })
		formula := compile(func(a, b *Node) *Node { return foldByFold(contiguous(k, a), 0, a, b) })
		var f *folded
		for _, s := range fused.machine.slots {
			if s.prim != nil && s.prim.Name == "CrossValidatedR2" {
				f = kept[folded](&s.call)
			}
		}
		require.NotNil(t, f)
		want, err := formula.Eval()
		require.NoError(t, err)
		for range foldsRest + 2 { // tried again in between
			got, err := fused.Eval()
			require.NoError(t, err)
			require.Equal(t, c.byRows, f.byRows, c.spread)
			require.InDelta(t, want, got, 1e-10)
			for _, by := range []string{"a", "b"} {
				g, err := fused.Grad(by)
				require.NoError(t, err)
				w, err := formula.Grad(by)
				require.NoError(t, err)
				require.InDeltaSlice(t, w.Float64s(), g.Float64s(), 1e-9*largest(w), "%s by %s", c.spread, by)
			}
		}
		if c.byRows { // well-conditioned data are soon treated as such
			copy(fused.Param("a").Float64s(), gauss(1, n, q).Float64s())
			for range foldsRest + 1 {
				_, err := fused.Eval()
				require.NoError(t, err)
			}
			require.False(t, f.byRows)
		}
	}
}
