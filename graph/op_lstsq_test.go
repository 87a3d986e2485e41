package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// columnsScaled returns n×p normal values whose columns have these scales.
func columnsScaled(n int, scales ...float64) *tensor.Dense {
	x := gauss(1, n, len(scales))
	for i, v := range x.Float64s() {
		x.Float64s()[i] = v * scales[i%len(scales)]
	}
	return x
}

// The route through the Cholesky factor and the route through the singular
// values give the same coefficients, at every condition that the first serves.
func TestPseudoInverseRoutes(t *testing.T) {
	for _, scale := range []float64{1, 1e-2, 1e-4, 2e-5} {
		a, b := view(columnsScaled(30, 1, scale, 2, 5)), view(gauss(2, 30, 3))
		var p, q pseudoInverse
		require.NoError(t, p.factorize(a))
		require.True(t, p.svd == nil, "scale %g should be served by the Cholesky factor", scale)
		require.NoError(t, q.factorize(a))
		require.NoError(t, q.spare.factorize(a))
		q.svd = &q.spare
		check := func(apply func(p *pseudoInverse, dst, src Mat), rows, cols int, src Mat) {
			got, want := Mat{rows, cols, make([]float64, rows*cols)}, Mat{rows, cols, make([]float64, rows*cols)}
			apply(&p, got, src)
			apply(&q, want, src)
			for i := range want.Data {
				// The coefficients' own condition is that of a, up to 2e6.
				require.InEpsilon(t, want.Data[i], got.Data[i], 1e-9, "scale %g", scale)
			}
		}
		check((*pseudoInverse).solve, 4, 3, b)
		check((*pseudoInverse).solveTrans, 30, 2, view(gauss(3, 4, 2)))
	}
}

// A repeated, a constant and a missing column change neither the fit nor its
// gradient's being finite.
func TestLeastSquaresRankDeficient(t *testing.T) {
	full, y := gauss(1, 12, 3), gauss(2, 12, 2)
	fit := func(x *tensor.Dense) (float64, []float64) {
		p, err := Compile(func(b *Builder) *Node {
			x := b.Param("x", x)
			return SumSquares(Sub(b.Const("y", y), MatMul(x, LeastSquares(x, b.Const("y2", y)))))
		})
		require.NoError(t, err)
		v, err := p.Eval()
		require.NoError(t, err)
		g, err := p.Grad("x")
		require.NoError(t, err)
		return v, g.Float64s()
	}
	want, wantGrad := fit(full)
	wider := tensor.New(tensor.WithShape(12, 5), tensor.Of(tensor.Float64)) // column 3 repeats column 0, column 4 is 0
	for i := range 12 {
		copy(wider.Float64s()[i*5:], full.Float64s()[i*3:i*3+3])
		wider.Float64s()[i*5+3] = full.Float64s()[i*3]
	}
	got, gotGrad := fit(wider)
	require.InEpsilon(t, want, got, 1e-12)
	for i := range 12 {
		// Moving both copies of a column moves the fit as moving the column did.
		require.InDelta(t, wantGrad[i*3], gotGrad[i*5]+gotGrad[i*5+3], 1e-9)
		require.InDelta(t, wantGrad[i*3+1], gotGrad[i*5+1], 1e-9)
	}
	zero, _ := fit(tensor.New(tensor.WithShape(12, 2), tensor.Of(tensor.Float64)))
	require.InEpsilon(t, view(y).sumSquares(), zero, 1e-14)
	for _, g := range gotGrad {
		require.False(t, math.IsNaN(g) || math.IsInf(g, 0))
	}
}

func (m Mat) sumSquares() (s float64) {
	for _, x := range m.Data {
		s += x * x
	}
	return s
}
