package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
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

// centred returns x with the means of its columns taken away in place.
func centred(x *tensor.Dense) *tensor.Dense {
	mean := make([]float64, x.Shape()[1])
	colMeans(mean, view(x))
	for i := range x.Float64s() {
		x.Float64s()[i] -= mean[i%len(mean)]
	}
	return x
}

// The routes through Cholesky factors and the route through the singular values
// give the same coefficients, at every condition that the former serve.
func TestPseudoInverseRoutes(t *testing.T) {
	for name, c := range map[string]struct {
		a    *tensor.Dense
		want route
		rank int
	}{
		"tall":            {gauss(1, 30, 4), byColumns, 4},
		"scaled":          {columnsScaled(30, 1, 1e-2, 2, 5), byColumns, 4},
		"ill-conditioned": {columnsScaled(30, 1, 2e-5, 2, 5), byColumns, 4},
		"worse":           {columnsScaled(30, 1, 1e-7, 2, 5), bySVD, 4},
		"wide":            {gauss(1, 5, 9), byRows, 5},
		"square":          {gauss(1, 6, 6), byRows, 6},
		"wide, centred":   {centred(gauss(1, 5, 9)), byRows, 4},
		"square, centred": {centred(gauss(1, 6, 6)), byRows, 5},
		"all but square":  {centred(gauss(1, 6, 5)), byColumns, 5},
		"deficient":       {product(gauss(1, 12, 2), gauss(2, 2, 5)), bySVD, 2},
		"wide, deficient": {product(gauss(1, 5, 2), gauss(2, 2, 9)), bySVD, 2},
		"zero":            {product(gauss(1, 5, 2), columnsScaled(2, 0, 0, 0)), bySVD, 0},
	} {
		a := view(c.a)
		var p, q pseudoInverse
		require.NoError(t, p.factorize(a))
		require.Equal(t, c.want, p.route, name)
		require.Equal(t, c.rank, p.rank, name)
		q.a, q.route = a, bySVD
		require.NoError(t, q.svd.factorize(a))
		q.rank = Rank(q.svd.values)
		check := func(apply func(p *pseudoInverse, dst, src Mat), rows int, src Mat) {
			got, want := Mat{rows, src.Cols, make([]float64, rows*src.Cols)}, Mat{rows, src.Cols, make([]float64, rows*src.Cols)}
			apply(&p, got, src)
			apply(&q, want, src)
			size := 0.0
			for _, v := range want.Data {
				size = math.Max(size, math.Abs(v))
			}
			for i := range want.Data {
				// The coefficients' own condition is that of a, up to 2e6.
				require.InDelta(t, want.Data[i], got.Data[i], 1e-9*size, name)
			}
		}
		check((*pseudoInverse).solve, a.Cols, view(centred(gauss(2, a.Rows, 3))))
		check((*pseudoInverse).solveTrans, a.Rows, view(gauss(3, a.Cols, 2)))
		if p.rank < a.Cols {
			check((*pseudoInverse).project, a.Cols, view(gauss(3, a.Cols, 2)))
		}
	}
}

// product returns a·b.
func product(a, b *tensor.Dense) *tensor.Dense {
	c := tensor.New(tensor.WithShape(a.Shape()[0], b.Shape()[1]), tensor.Of(tensor.Float64))
	gemm(false, false, 1, view(a), view(b), 0, view(c))
	return c
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

// The estimated condition of aᵀa is that of Dpocon, and not far below the true one.
func TestCholeskyCondition(t *testing.T) {
	for _, n := range []int{1, 2, 7, 60} {
		for _, condition := range []float64{1, 1e2, 1e5} {
			s := make([]float64, n)
			for i := range s {
				s[i] = math.Pow(condition, -float64(i)/math.Max(1, float64(n-1)))
			}
			var f cholesky
			f.form(view(withSingularValues(n+3, n, s...)), false, 0)
			gram := mat.NewSymDense(n, append([]float64(nil), f.s.Data...))
			require.True(t, f.factorize())
			var factor mat.Cholesky
			require.True(t, factor.Factorize(gram))
			require.InEpsilon(t, factor.Cond(), f.condition(), 1e-6, "order %d, condition %g", n, condition*condition)
		}
	}
}
