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
	return crossValidated(rowFolds(k, lambda, a, b), lambda, predicted(b), a, b)
}

// rowFolds are k contiguous blocks of rows.
func rowFolds(k int, lambda float64, a, b *Node) folds {
	n := shapeOf(a).Rows
	checkFolds(k, lambda, a, b)
	if n < k {
		panic(&Error{"cross-validation", fmt.Errorf("%d samples are too few for %d folds", n, k)})
	}
	return folds{k: k, n: n, rows: 1}
}

// CrossValidatedOverConditions is CrossValidatedR2 in which the rows are times ×
// conditions, row t·conditions + c, and a fold is of whole conditions, at all times:
// condition c is in fold c mod k. k = 0 is a fold for each condition.
func CrossValidatedOverConditions(times, k int, lambda float64, a, b *Node) *Node {
	f := conditionFolds(times, k, lambda, a, b)
	return crossValidated(f, lambda, predicted(b), foldAfterFold(f, a), foldAfterFold(f, b))
}

// conditionFolds are k folds of whole conditions, or one of each where k is 0.
func conditionFolds(times, k int, lambda float64, a, b *Node) folds {
	n := shapeOf(a).Rows
	if times < 1 || n%times != 0 {
		panic(&Error{"cross-validation", fmt.Errorf("%d samples are not %d times of as many conditions each", n, times)})
	}
	conditions := n / times
	if k == 0 {
		k = conditions
	}
	checkFolds(k, lambda, a, b)
	if conditions < k {
		panic(&Error{"cross-validation", fmt.Errorf("%d conditions are too few for %d folds of whole conditions", conditions, k)})
	}
	return folds{k, conditions, times, true}
}

func checkFolds(k int, lambda float64, a, b *Node) {
	_, _, err := regressionShape([]Mat{shapeOf(a), shapeOf(b)})
	switch {
	case err != nil:
	case k < 2:
		err = fmt.Errorf("%d folds; at least 2 are needed", k)
	case !(lambda >= 0):
		err = fmt.Errorf("penalty %g; it must be at least 0", lambda)
	}
	if err != nil {
		panic(&Error{"cross-validation", err})
	}
}

// folds are k blocks of n samples, or conditions, of some rows each.
type folds struct {
	k, n, rows int
	conditions bool // every k-th condition, put after each other
}

// bounds are the rows [from, to) of fold i: the first n mod k folds have one sample more.
func (f folds) bounds(i int) (from, to int) {
	return f.rows * (i*(f.n/f.k) + min(i, f.n%f.k)), f.rows * ((i+1)*(f.n/f.k) + min(i+1, f.n%f.k))
}

// largest is the number of rows of the largest fold.
func (f folds) largest() int { return f.rows * ((f.n + f.k - 1) / f.k) }

// foldAfterFold puts the rows of x, times × conditions, in the order of folds of
// conditions, and of one condition's times.
func foldAfterFold(f folds, x *Node) *Node {
	// each calls move with every row of x and where it goes.
	each := func(move func(from, to int)) {
		to := 0
		for i := range f.k {
			for condition := i; condition < f.n; condition += f.k {
				for time := range f.rows {
					move(time*f.n+condition, to)
					to++
				}
			}
		}
	}
	return Apply(Prim{
		Name: "conditions", Params: f, Shape: shapeLike(x),
		Forward: func(c *Call) error {
			each(func(from, to int) { copy(c.Out.row(to), c.In[0].row(from)) })
			return nil
		},
		Pullback: func(_ *Call, _ int, g, gin Mat) error {
			each(func(from, to int) { copy(gin.row(from), g.row(to)) })
			return nil
		},
		centred: func(i int, in []bool, g bool) bool {
			if i < 0 {
				return in[0]
			}
			return g
		},
	}, x)
}

// predicted is what errors call b.
func predicted(b *Node) string {
	if b.Op() == nil {
		return b.Name()
	}
	return "what is predicted"
}

func crossValidated(f folds, lambda float64, name string, a, b *Node) *Node {
	a, b = Center(a), varied(f, name, Center(b)) // large means leave few digits to the folds
	if n := shapeOf(a).Rows; n-f.largest() <= shapeOf(a).Cols {
		return foldByFold(f, lambda, a, b)
	}
	type params struct {
		folds  folds
		lambda float64
	}
	return Apply(Prim{
		Name: "CrossValidatedR2", Params: params{f, lambda},
		Forward: func(c *Call) (err error) {
			sums := kept[folded](c)
			sums.make(f, lambda, c.In[0], c.In[1])
			c.Out.Data[0], err = sums.forward()
			return err
		},
		Pullback: func(c *Call, i int, g, gin Mat) error { return c.Keep.(*folded).pullback(i, g.Data[0], gin) },
		// Moving all rows of a, or of b, alike changes nothing.
		centred: func(i int, _ []bool, _ bool) bool { return i >= 0 },
	}, a, b)
}

// foldByFold is CrossValidatedR2 as its formula stands.
func foldByFold(f folds, lambda float64, a, b *Node) *Node {
	return overFolds(f, func(_ []int, a, b, av *Node) *Node { return MatMul(av, coefficients(lambda, a, b)) }, R2, a, b)
}

// coefficients are those of ridge regression, or of least squares where lambda is 0.
func coefficients(lambda float64, a, b *Node) *Node {
	if lambda > 0 {
		return Ridge(lambda, a, b)
	}
	return LeastSquares(a, b)
}

// R2 is the Goodness 1 − ‖b − b̂‖²/‖b‖².
func R2(b, predicted *Node) *Node {
	return Affine(-1, Div(SumSquares(Sub(b, predicted)), SumSquares(b)), 1)
}

// A Predictor fits b, n×p, by a, n×q, and returns what it then predicts from av, m×q: means
// are those of the rows of a and b, and have been taken from all. rows are how many of these
// are of each of the folds that are fitted, one after the other; nil where there are none.
type Predictor func(rows []int, a, b, av *Node) *Node

// A Goodness is how well b, m×p, is predicted: a scalar.
type Goodness func(b, predicted *Node) *Node

// CrossValidated returns the mean over k folds of how good a prediction of b, n×p, from a,
// n×q, is for the rows of the fold, fitted to the others: folds as in CrossValidatedR2.
func CrossValidated(k int, fit Predictor, good Goodness, a, b *Node) *Node {
	return overFolds(rowFolds(k, 0, a, b), fit, good, Center(a), Center(b))
}

// CrossValidatedByConditions is CrossValidated by folds as in CrossValidatedOverConditions.
func CrossValidatedByConditions(times, k int, fit Predictor, good Goodness, a, b *Node) *Node {
	f := conditionFolds(times, k, 0, a, b)
	return overFolds(f, fit, good, foldAfterFold(f, Center(a)), foldAfterFold(f, Center(b)))
}

// Pooled returns how good the predictions of all rows are together, each row's fitted to those
// outside its fold: folds as in CrossValidatedR2.
func Pooled(k int, fit Predictor, good Goodness, a, b *Node) *Node {
	return pooled(rowFolds(k, 0, a, b), fit, good, Center(a), Center(b))
}

// PooledByConditions is Pooled by folds as in CrossValidatedOverConditions.
func PooledByConditions(times, k int, fit Predictor, good Goodness, a, b *Node) *Node {
	f := conditionFolds(times, k, 0, a, b)
	return pooled(f, fit, good, foldAfterFold(f, Center(a)), foldAfterFold(f, Center(b)))
}

func overFolds(f folds, fit Predictor, good Goodness, a, b *Node) *Node {
	var sum *Node
	for i := range f.k {
		bv, predicted, _ := f.left(i, fit, a, b)
		score := good(bv, predicted)
		if sum == nil {
			sum = score
		} else {
			sum = Add(sum, score)
		}
	}
	return Affine(1/float64(f.k), sum, 0)
}

func pooled(f folds, fit Predictor, good Goodness, a, b *Node) *Node {
	var all []*Node
	for i := range f.k {
		_, predicted, mean := f.left(i, fit, a, b)
		all = append(all, SubRow(predicted, Neg(mean)))
	}
	return good(b, Stack(all...))
}

// left returns what of b is left out with fold i, and what is predicted of it, both less the
// mean of the rest, and this.
func (f folds) left(i int, fit Predictor, a, b *Node) (bv, predicted, mean *Node) {
	var rows []int
	for j := range f.k {
		if from, to := f.bounds(j); j != i {
			rows = append(rows, to-from)
		}
	}
	from, to := f.bounds(i)
	a0, b0 := WithoutRows(a, from, to), WithoutRows(b, from, to)
	meanA, mean := ColMeans(a0), ColMeans(b0)
	av, bv := SubRow(Rows(a, from, to), meanA), SubRow(Rows(b, from, to), mean)
	return bv, fit(rows, SubRow(a0, meanA), SubRow(b0, mean), av), mean
}
