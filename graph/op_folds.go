package graph

import (
	"fmt"
)

// CrossValidatedR2 returns the mean over k folds of
//
//	1 − ‖b_v − b̂_v‖² / ‖b_v − b̄‖²,  b̂_v − b̄ = (a_v − ā)·w,
//
// a scalar, for b of n×p predicted from a of n×q: a_v and b_v are the rows of the
// fold, and the coefficients w and the means ā and b̄ are those of the other rows,
// by ridge regression with penalty lambda, or by least squares where lambda is 0.
// Folds are contiguous blocks of rows, the first n mod k one row longer. A fold in
// which b does not vary from b̄ is an error; where b, or a, does not vary outside the
// fold, the prediction is b̄.
//
// Where a has fewer columns than rows to fit and is well conditioned, no fold is
// fitted from its rows: with the products aᵀa and aᵀb of every fold, those of the
// others are their sums less the fold's own, and value and gradient take
// 3nq² + 10npq operations, not some k − 1 times as many.
func CrossValidatedR2(k int, lambda float64, a, b *Node) *Node {
	in := []Mat{shapeOf(a), shapeOf(b)}
	_, _, err := regressionShape(in)
	switch n := in[0].Rows; {
	case err != nil:
	case k < 2:
		err = fmt.Errorf("%d folds; at least 2 are needed", k)
	case n < k:
		err = fmt.Errorf("%d samples are too few for %d folds", n, k)
	case !(lambda >= 0):
		err = fmt.Errorf("penalty %g; it must be at least 0", lambda)
	}
	if err != nil {
		panic(&Error{"cross-validation", err})
	}
	name := "what is predicted"
	if b.Op() == nil {
		name = b.Name()
	}
	a, b = Center(a), varied(k, name, Center(b)) // large means leave few digits to the folds
	if n := in[0].Rows; n-(n+k-1)/k <= in[0].Cols {
		return foldByFold(k, lambda, a, b)
	}
	type params struct {
		k      int
		lambda float64
	}
	return Apply(Prim{
		Name: "CrossValidatedR2", Params: params{k, lambda},
		Forward: func(c *Call) (err error) {
			f := kept[folded](c)
			f.make(k, lambda, c.In[0], c.In[1])
			c.Out.Data[0], err = f.forward()
			return err
		},
		Pullback: func(c *Call, i int, g, gin Mat) error { return c.Keep.(*folded).pullback(i, g.Data[0], gin) },
		// Moving all rows of a, or of b, alike changes nothing.
		centred: func(i int, _ []bool, _ bool) bool { return i >= 0 },
	}, a, b)
}

// foldByFold is CrossValidatedR2 as its formula stands.
func foldByFold(k int, lambda float64, a, b *Node) *Node {
	var sum *Node
	for i := range k {
		from, to := bounds(a.Shape()[0], k, i)
		a0, b0 := WithoutRows(a, from, to), WithoutRows(b, from, to)
		meanA, meanB := ColMeans(a0), ColMeans(b0)
		a0, b0 = SubRow(a0, meanA), SubRow(b0, meanB)
		var w *Node
		if lambda > 0 {
			w = Ridge(lambda, a0, b0)
		} else {
			w = LeastSquares(a0, b0)
		}
		av, bv := SubRow(Rows(a, from, to), meanA), SubRow(Rows(b, from, to), meanB)
		r2 := Affine(-1, Div(SumSquares(Sub(bv, MatMul(av, w))), SumSquares(bv)), 1)
		if sum == nil {
			sum = r2
		} else {
			sum = Add(sum, r2)
		}
	}
	return Affine(1/float64(k), sum, 0)
}

// bounds are the rows [from, to) of fold i of k.
func bounds(n, k, i int) (from, to int) {
	return i*(n/k) + min(i, n%k), (i+1)*(n/k) + min(i+1, n%k)
}
