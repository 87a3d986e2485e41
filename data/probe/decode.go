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
	axes []axes // at each time
}

// NewDecoder prepares the decoding of activity, time × condition × unit.
func NewDecoder(activity *tensor.Dense) *Decoder {
	s := activity.Shape()
	d := &Decoder{axes: make([]axes, s[0])}
	x := activity.Float64s()
	for t := range d.axes {
		d.axes[t] = principalAxes(blas64.General{Rows: s[1], Cols: s[2], Stride: s[2], Data: x[t*s[1]*s[2] : (t+1)*s[1]*s[2]]})
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
		if predicted[t], err = crossValidate(&l, axes.rows, axes.rows, class, classes, folds.Number, folds.Of[t]); err != nil {
			return nil, fmt.Errorf("time %d: %w", t, err)
		}
	}
	return predicted, nil
}

// Decode returns the accuracy of one decoding; a Decoder serves many.
func Decode(activity *tensor.Dense, class []int, folds Folds) (float64, error) {
	return NewDecoder(activity).Accuracy(class, folds)
}

// crossValidate predicts the classes of the conditions of every fold, as they are in
// test, by what is fitted to the others, as they are in x.
func crossValidate(l *logistic, x, test blas64.General, class []int, classes, folds int, fold []int) ([]int, error) {
	train := blas64.General{Cols: x.Cols, Stride: max(1, x.Cols), Data: make([]float64, 0, len(x.Data))}
	y := make([]int, 0, len(class))
	predicted := make([]int, len(fold))
	for f := range folds {
		train.Rows, train.Data, y = 0, train.Data[:0], y[:0]
		for c, of := range fold {
			if of != f {
				train.Rows++
				train.Data = append(train.Data, x.Data[c*x.Stride:c*x.Stride+x.Cols]...)
				y = append(y, class[c])
			}
		}
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

// axes are orthonormal axes that hold all rows of a matrix, less their mean.
type axes struct {
	rows    blas64.General // in these axes
	centred blas64.General // as they were, less the mean
	mean    []float64
	values  []float64 // the squares of rows, summed over each axis; nil if they are not turned
}

// principalAxes returns the principal axes of the rows of x.
func principalAxes(x blas64.General) axes {
	all := make([]int, x.Rows)
	for i := range all {
		all[i] = i
	}
	a := axes{}
	a.centred, a.mean = centredRows(x, all)
	byRows := x.Rows <= x.Cols
	k := min(x.Rows, x.Cols)
	gram := mat.NewSymDense(k, nil)
	side := blas.Trans
	if byRows {
		side = blas.NoTrans
	}
	blas64.Syrk(side, 1, a.centred, 0, gram.RawSymmetric())
	var eigen mat.EigenSym
	if !eigen.Factorize(gram, true) {
		a.rows = a.centred // unrotated: dearer, and as right
		return a
	}
	values := eigen.Values(nil)
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	// Ascending; an axis below the rounding of the largest holds nothing.
	first := 0
	for first < k-1 && values[first] <= 1e-14*values[k-1] {
		first++
	}
	a.values = values[first:]
	v := vectors.RawMatrix()
	a.rows = blas64.General{Rows: x.Rows, Cols: k - first, Stride: k - first, Data: make([]float64, x.Rows*(k-first))}
	if byRows {
		for i := range x.Rows {
			for j := range a.rows.Cols {
				a.rows.Data[i*a.rows.Stride+j] = v.Data[i*v.Stride+first+j] * math.Sqrt(math.Max(0, values[first+j]))
			}
		}
		return a
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, a.centred, blas64.General{Rows: k, Cols: k - first, Stride: v.Stride, Data: v.Data[first:]}, 0, a.rows)
	return a
}

// pick returns some of the rows, scaled.
func (a axes) pick(some []int, scale float64) blas64.General {
	out := picked(a.rows, some)
	blas64.Scal(scale, vec(out.Data))
	return out
}

// coordinates returns rows z as they look in these axes, scaled: with C the centred
// rows and R = C·V those in axes V, (z − mean)·V = (z − mean)·CᵀR/RᵀR.
func (a axes) coordinates(z blas64.General, scale float64) blas64.General {
	from := a.less(z, scale)
	if a.values == nil {
		return from
	}
	along := mat.NewDense(z.Rows, a.rows.Rows, nil).RawMatrix()
	at := mat.NewDense(z.Rows, a.rows.Cols, nil).RawMatrix()
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, from, a.centred, 0, along)
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, along, a.rows, 0, at)
	for j, v := range a.values {
		if v > 0 {
			blas64.Scal(1/v, blas64.Vector{N: at.Rows, Inc: at.Stride, Data: at.Data[j:]})
		}
	}
	return at
}

// less returns rows z less the mean of a, scaled.
func (a axes) less(z blas64.General, scale float64) blas64.General {
	out := blas64.General{Rows: z.Rows, Cols: z.Cols, Stride: max(1, z.Cols), Data: make([]float64, 0, z.Rows*z.Cols)}
	for i := range z.Rows {
		for j, v := range z.Data[i*z.Stride:][:z.Cols] {
			out.Data = append(out.Data, scale*(v-a.mean[j]))
		}
	}
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
