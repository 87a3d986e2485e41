package probe

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
)

// Fits tells how the fits went that an answer rests on.
type Fits struct {
	Number     int
	Unfinished int // ended before their optimum; the best that they had found was taken
	Time, Axes int // of the first of these, and the number of its principal components
}

// Add adds those of another answer.
func (f *Fits) Add(g Fits) {
	if f.Unfinished == 0 {
		f.Time, f.Axes = g.Time, g.Axes
	}
	f.Number += g.Number
	f.Unfinished += g.Unfinished
}

// Warning says in a sentence that some are unfinished, "" if none is.
func (f Fits) Warning() string {
	if f.Unfinished == 0 {
		return ""
	}
	return fmt.Sprintf("%d of %d fits of the decoder did not reach their optimum in %d Newton steps, and the best that they found was taken; the first was at time %d, from %d components.",
		f.Unfinished, f.Number, mostNewtonSteps, f.Time, f.Axes)
}

// A validation predicts the classes of conditions by what is fitted to others.
type validation struct {
	scaling Scaling
	fits    Fits
	l       logistic
}

// predict predicts the classes of the conditions of every fold, as they are in test,
// by what is fitted to the others, as they are in x.
func (v *validation) predict(time int, x, test blas64.General, class []int, folds int, fold []int) []int {
	classes := slices.Max(class) + 1
	predicted := make([]int, len(fold))
	for f := range folds {
		var fitted, held, y []int
		for c, of := range fold {
			if of == f {
				held = append(held, c)
			} else {
				fitted, y = append(fitted, c), append(y, class[c])
			}
		}
		to, on := picked(x, fitted), picked(test, held)
		if v.scaling == Standardised {
			to, on = standardised(to, on)
		}
		v.fits.Number++
		if err := v.l.fit(to, y, classes); err != nil {
			v.fits.Add(Fits{Unfinished: 1, Time: time, Axes: to.Cols})
		}
		for i, c := range held {
			predicted[c] = v.l.predict(on.Data[i*on.Stride:][:on.Cols])
		}
	}
	return predicted
}

// standardised returns both with the columns of x of mean 0 and variance 1 (those that
// do not vary, of mean 0), in the principal axes of x.
func standardised(x, other blas64.General) (_, _ blas64.General) {
	n := float64(x.Rows)
	for j := range x.Cols {
		mean, variance := 0.0, 0.0
		for i := range x.Rows {
			mean += x.Data[i*x.Stride+j] / n
		}
		for i := range x.Rows {
			variance += (x.Data[i*x.Stride+j] - mean) * (x.Data[i*x.Stride+j] - mean) / n
		}
		scale := math.Sqrt(variance)
		if scale <= 1e-15*n*math.Abs(mean) { // a constant, but for rounding
			scale = 1
		}
		for _, z := range []blas64.General{x, other} {
			for i := range z.Rows {
				z.Data[i*z.Stride+j] = (z.Data[i*z.Stride+j] - mean) / scale
			}
		}
	}
	a := principalAxes(x)
	return a.rows, a.coordinates(other, 1)
}
