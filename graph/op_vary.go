package graph

import (
	"errors"
	"fmt"
	"math"
)

// varied returns b, n×p with columns of mean 0, for predictions of each of the
// folds of its rows from the others. It is an error where a fold does not vary, in any
// column, from the mean of the other rows: R² divides by that. name is what the error
// calls b.
func varied(f folds, name string, b *Node) *Node {
	type params struct {
		folds folds
		name  string
	}
	return Apply(Prim{
		Name: "folds", Params: params{f, name}, Shape: shapeLike(b),
		Forward: func(c *Call) error {
			b := c.In[0]
			if &c.Out.Data[0] != &b.Data[0] {
				scale(c.Out, 1, b)
			}
			sum, own, size := c.Scratch("sum", 1, b.Cols).Data, c.Scratch("own", 1, b.Cols).Data, c.Scratch("size", 1, b.Cols).Data
			sumRows(sum, b, 0, b.Rows)
			clear(size)
			for i := range b.Rows {
				for j, v := range b.row(i) {
					size[j] = max(size[j], math.Abs(v))
				}
			}
			for i := range f.k {
				from, to := f.bounds(i)
				sumRows(own, b, from, to)
				for j := range own {
					own[j] = (sum[j] - own[j]) / float64(b.Rows-(to-from))
				}
				if !differs(b.rows(from, to), own, size) {
					return errors.New(f.still(name, i))
				}
			}
			return nil
		},
		Pullback: func(_ *Call, _ int, g, gin Mat) error { scale(gin, 1, g); return nil },
		passes:   true,
		looks:    true,
		centred: func(i int, in []bool, g bool) bool {
			if i < 0 {
				return in[0]
			}
			return g
		},
	}, b)
}

// stillness is the share of a column's largest value within which it does not vary:
// what rounding to single precision leaves of data that were centred in it. R² is then
// a quotient of roundings, or below −1e13.
const stillness = 1e-7

// differs reports whether any row of x differs from mean, given the columns' sizes.
// Of most data the first element does.
func differs(x Mat, mean, size []float64) bool {
	for i := range x.Rows {
		for j, v := range x.row(i) {
			if math.Abs(v-mean[j]) > stillness*size[j] {
				return true
			}
		}
	}
	return false
}

// still says that fold i does not vary.
func (f folds) still(name string, i int) string {
	from, to := f.bounds(i)
	samples, verb := fmt.Sprintf("samples %d to %d", from, to-1), "do"
	switch {
	case f.conditions && to-from == f.rows:
		samples, verb = fmt.Sprintf("condition %d", i), "does"
	case f.conditions:
		samples = fmt.Sprintf("conditions %d to %d, every %d,", i, i+(f.n-1-i)/f.k*f.k, f.k)
	case to-from == 1:
		samples, verb = fmt.Sprintf("sample %d", from), "does"
	}
	return fmt.Sprintf("%s of %s, left out in fold %d, %s not vary from the mean of the others: R2 is not defined there", samples, name, i+1, verb)
}
