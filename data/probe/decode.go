package probe

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// A Decoder decodes task variables from one dataset. At every time it holds the
// conditions in principal axes: an L2 penalty cannot tell a rotation, nor a free
// intercept a shift, so 72 conditions × 727 units are 72 × 71, and one
// factorisation serves all variables and folds.
type Decoder struct {
	axes []blas64.General // at each time, condition × axis
}

// NewDecoder prepares the decoding of activity, time × condition × unit.
func NewDecoder(activity *tensor.Dense) *Decoder {
	s := activity.Shape()
	d := &Decoder{axes: make([]blas64.General, s[0])}
	x := activity.Float64s()
	for t := range d.axes {
		d.axes[t] = principalAxes(blas64.General{Rows: s[1], Cols: s[2], Stride: s[2], Data: x[t*s[1]*s[2] : (t+1)*s[1]*s[2]]}, s[1])
	}
	return d
}

// Accuracy returns the cross-validated accuracy of decoding a task variable of
// the given classes: at each time the mean over folds, then the mean over times.
// Chance is that of guessing, not necessarily 1/classes: see Null.
func (d *Decoder) Accuracy(class []int, folds Folds) (float64, error) {
	predicted, err := d.Predict(class, folds)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for t, p := range predicted {
		sum += accuracy(p, class, folds.Number, folds.Of[t])
	}
	return sum / float64(len(d.axes)), nil
}

// Predict returns the class that each condition is decoded as at each time, by
// the decoder fitted to the other folds.
func (d *Decoder) Predict(class []int, folds Folds) ([][]int, error) {
	classes := slices.Max(class) + 1
	predicted := make([][]int, len(d.axes))
	var l logistic
	for t, axes := range d.axes {
		var err error
		if predicted[t], err = crossValidate(&l, axes, axes, class, classes, folds.Number, folds.Of[t]); err != nil {
			return nil, fmt.Errorf("time %d: %w", t, err)
		}
	}
	return predicted, nil
}

// Decode returns the accuracy of one decoding; a Decoder serves many.
func Decode(activity *tensor.Dense, class []int, folds Folds) (float64, error) {
	return NewDecoder(activity).Accuracy(class, folds)
}

// crossValidate fits to the conditions of fit outside a fold and predicts the
// classes of those of test inside it.
func crossValidate(l *logistic, fit, test blas64.General, class []int, classes, folds int, fold []int) ([]int, error) {
	train := blas64.General{Cols: fit.Cols, Stride: max(1, fit.Cols), Data: make([]float64, 0, len(fit.Data))}
	y := make([]int, 0, len(class))
	predicted := make([]int, len(fold))
	for f := range folds {
		train.Rows, train.Data, y = 0, train.Data[:0], y[:0]
		for c, of := range fold {
			if of != f {
				train.Rows++
				train.Data = append(train.Data, fit.Data[c*fit.Stride:c*fit.Stride+fit.Cols]...)
				y = append(y, class[c])
			}
		}
		l.w = nil
		if err := l.fit(train, y, classes); err != nil {
			return nil, err
		}
		for c, g := range fold {
			if g == f {
				predicted[c] = l.predict(test.Data[c*test.Stride : c*test.Stride+test.Cols])
			}
		}
	}
	return predicted, nil
}

// accuracy is the mean over folds of the share that is predicted right.
func accuracy(predicted, class []int, folds int, fold []int) float64 {
	right, of := make([]float64, folds), make([]float64, folds)
	for c, f := range fold {
		of[f]++
		if predicted[c] == class[c] {
			right[f]++
		}
	}
	sum := 0.0
	for f, n := range of {
		if n > 0 {
			sum += right[f] / n
		}
	}
	return sum / float64(folds)
}

// principalAxes returns the rows of x, less the mean of the first n of them, in
// orthonormal axes that hold them all.
func principalAxes(x blas64.General, n int) blas64.General {
	centred := blas64.General{Rows: x.Rows, Cols: x.Cols, Stride: x.Cols, Data: slices.Clone(x.Data)}
	mean := make([]float64, x.Cols)
	for i := range n {
		blas64.Axpy(1/float64(n), vec(x.Data[i*x.Stride:i*x.Stride+x.Cols]), vec(mean))
	}
	for i := range x.Rows {
		blas64.Axpy(-1, vec(mean), vec(centred.Data[i*x.Cols:(i+1)*x.Cols]))
	}
	byRows := x.Rows <= x.Cols
	k := min(x.Rows, x.Cols)
	gram := mat.NewSymDense(k, nil)
	side := blas.Trans
	if byRows {
		side = blas.NoTrans
	}
	blas64.Syrk(side, 1, centred, 0, gram.RawSymmetric())
	var eigen mat.EigenSym
	if !eigen.Factorize(gram, true) {
		return centred // unrotated: dearer, and as right
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	// Ascending; an axis below the rounding of the largest holds nothing.
	first := 0
	for first < k-1 && values[first] <= 1e-14*values[k-1] {
		first++
	}
	v := vectors.RawMatrix()
	out := blas64.General{Rows: x.Rows, Cols: k - first, Stride: k - first, Data: make([]float64, x.Rows*(k-first))}
	if byRows {
		for i := range x.Rows {
			for j := range out.Cols {
				out.Data[i*out.Stride+j] = v.Data[i*v.Stride+first+j] * math.Sqrt(math.Max(0, values[first+j]))
			}
		}
		return out
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, centred, blas64.General{Rows: k, Cols: k - first, Stride: v.Stride, Data: v.Data[first:]}, 0, out)
	return out
}

// Null returns the accuracies of decoding class after `permutations` shufflings
// of the conditions, the same for all times, in ascending order: what this
// decoder finds in this dataset where there is nothing to find.
func (d *Decoder) Null(variable string, class []int, folds, permutations int, seed uint64) ([]float64, error) {
	accuracies := make([]float64, permutations)
	r := rand.New(rand.NewPCG(seed, 0x6e756c6c))
	for i := range accuracies {
		shuffled := slices.Clone(class)
		r.Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
		f, _, err := Stratify(variable, shuffled, len(d.axes), folds, seed+uint64(i))
		if err != nil {
			return nil, err
		}
		if accuracies[i], err = d.Accuracy(shuffled, f); err != nil {
			return nil, err
		}
	}
	slices.Sort(accuracies)
	return accuracies, nil
}
