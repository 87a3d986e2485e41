package graph

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// penalties are those that NestedRidge tries, relative to ‖a‖²: 10² … 10⁻⁷.
var penalties = []float64{1e2, 1e1, 1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7}

// NestedRidge is the Predictor of ridge regression with penalty λ·‖a‖², for one λ of 10², 10¹,
// … 10⁻⁷ that predicts all columns of b best, by the sum of squared errors when each of the
// folds that are fitted is left out in turn, means and ‖a‖² being those of what is left. The
// gradient holds λ at what it is; where another becomes best the value jumps.
func NestedRidge(rows []int, a, b, av *Node) *Node {
	if len(rows) < 2 {
		panic(&Error{"NestedRidge", errors.New("at least two folds must be fitted, of which one is left out in turn to choose the penalty: 3 in all")})
	}
	size := Norm(a)
	return MatMul(Div(av, size), chosenRidge(rows, Div(a, size), b))
}

// chosenRidge is Ridge with the penalty that is best for a of norm 1.
func chosenRidge(rows []int, a, b *Node) *Node {
	type state struct {
		ridge ridge
	}
	return Apply(Prim{
		Name:  "NestedRidge", // of other rows another, which nil Params say
		Shape: regressionShape,
		Forward: func(c *Call) error {
			s := kept[state](c)
			best, err := bestPenalty(c, rows)
			if err != nil {
				return err
			}
			if err := s.ridge.factorize(c.In[0], best); err != nil {
				return err
			}
			s.ridge.solve(c.Out, c.In[1])
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			return pullRidge(c, &c.Keep.(*state).ridge, i, g, gin)
		},
	}, a, b)
}

// bestPenalty is the one of least squared error over folds of so many rows, of which each is
// left out in turn.
func bestPenalty(c *Call, rows []int) (float64, error) {
	a, b := c.In[0], c.In[1]
	n, q, p := a.Rows, a.Cols, b.Cols
	errs := c.Scratch("errors", 1, len(penalties)).Data
	clear(errs)
	from := 0
	for _, m := range rows {
		to := from + m
		left := n - m
		a0, b0 := c.Scratch("a0", left, q), c.Scratch("b0", left, p)
		av, bv := c.Scratch("av", m, q), c.Scratch("bv", m, p)
		for _, part := range []struct{ whole, rest, out Mat }{{a, a0, av}, {b, b0, bv}} {
			w := part.whole.Cols
			copy(part.rest.Data, part.whole.Data[:from*w])
			copy(part.rest.Data[from*w:], part.whole.Data[to*w:])
			mean := c.Scratch("mean", 1, w).Data
			colMeans(mean, part.rest)
			subtractRow(part.rest, part.rest, mean)
			subtractRow(part.out, part.whole.rows(from, to), mean)
		}
		from = to
		if size := frobenius(a0); size > 0 {
			blas64.Scal(1/size, vector(a0))
			blas64.Scal(1/size, vector(av))
		}
		// By a0·a0ᵀ or a0ᵀ·a0 = V·Λ·Vᵀ: b̂ = av·V·(Λ + λ)⁻¹·Vᵀa0ᵀb0, or (av·a0ᵀ)·V·(Λ + λ)⁻¹·Vᵀb0.
		side := min(left, q)
		gram, onto, test := c.Scratch("gram", side, side), c.Scratch("onto", side, p), c.Scratch("test", m, side)
		if q <= left {
			syrk(false, 1, a0, 0, gram)
			gemm(true, false, 1, a0, b0, 0, onto)
			copy(test.Data, av.Data)
		} else {
			syrk(true, 1, a0, 0, gram)
			copy(onto.Data, b0.Data)
			gemm(false, true, 1, av, a0, 0, test)
		}
		v, values := gram, c.Scratch("Λ", 1, side).Data
		work := c.Scratch("work", 1, 64*side).Data
		if !lapack64.Syev(lapack.EVCompute, blas64.Symmetric{N: side, Stride: side, Data: gram.Data, Uplo: blas.Upper}, values, work, len(work)) {
			return 0, errors.New("eigenvalues of the cross-products did not converge")
		}
		turned, along, fit := c.Scratch("test·V", m, side), c.Scratch("Vᵀonto", side, p), c.Scratch("fit", side, p)
		gemm(false, false, 1, test, v, 0, turned)
		gemm(true, false, 1, v, onto, 0, along)
		rest := c.Scratch("rest", m, p)
		for k, lambda := range penalties {
			copy(fit.Data, along.Data)
			for i := range side {
				blas64.Scal(1/(math.Max(0, values[i])+lambda), vec(fit.row(i)))
			}
			copy(rest.Data, bv.Data)
			gemm(false, false, -1, turned, fit, 1, rest)
			errs[k] += blas64.Dot(vector(rest), vector(rest))
		}
	}
	best := 0
	for k := range errs {
		if errs[k] < errs[best] {
			best = k
		}
	}
	return penalties[best], nil
}
