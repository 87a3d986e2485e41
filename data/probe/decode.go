package probe

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gorgonia.org/tensor"
)

// A Scaling is what units are measured in. An L2 penalty asks small units for large
// weights and so does not see them alike.
type Scaling int

// Scalings of units.
const (
	Raw          Scaling = iota // as they are: the paper's decoder
	Standardised                // mean 0 and variance 1 over the conditions that a decoder is fitted to
)

// A Decoder decodes task variables from one dataset.
type Decoder struct {
	Fits Fits // that the last answer rests on

	scaling Scaling
	// Rows are the conditions at each time, raw ones in principal axes: an L2 penalty
	// cannot tell a rotation, nor a free intercept a shift, so 72 conditions × 727 units
	// are 72 × 71, and one factorisation serves all variables and folds.
	rows []blas64.General
}

// NewDecoder prepares the decoding of raw activity, time × condition × unit.
func NewDecoder(activity *tensor.Dense) *Decoder { return Raw.Decoder(activity) }

// Decoder prepares the decoding of activity, time × condition × unit.
func (s Scaling) Decoder(activity *tensor.Dense) *Decoder {
	shape := activity.Shape()
	x := samples(activity).RawMatrix()
	d := &Decoder{scaling: s}
	for t := range shape[0] {
		rows := rowsOf(x, t*shape[1], (t+1)*shape[1])
		if s == Raw {
			rows = principalAxes(rows).rows
		}
		d.rows = append(d.rows, rows)
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
	return sum / float64(len(d.rows)), nil
}

// Predict returns the class that each condition is decoded as at each time, by
// the decoder fitted to the other folds.
func (d *Decoder) Predict(class []int, folds Folds) ([][]int, error) {
	if len(folds.Of) != len(d.rows) {
		return nil, fmt.Errorf("decoding: folds of %d times, and activity of %d", len(folds.Of), len(d.rows))
	}
	v := validation{scaling: d.scaling}
	predicted := make([][]int, len(d.rows))
	for t, rows := range d.rows {
		predicted[t] = v.predict(t, rows, rows, class, folds.Number, folds.Of[t])
	}
	d.Fits = v.fits
	return predicted, nil
}

// Decode returns the accuracy of one decoding of raw activity; a Decoder serves many.
func Decode(activity *tensor.Dense, class []int, folds Folds) (float64, error) {
	return NewDecoder(activity).Accuracy(class, folds)
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

// Null returns the accuracies of decoding class after `permutations` shufflings
// of the conditions, the same for all times, in ascending order: what this
// decoder finds in this dataset where there is nothing to find.
func (d *Decoder) Null(variable string, class []int, folds, permutations int, seed uint64) ([]float64, error) {
	accuracies := make([]float64, permutations)
	var fits Fits
	r := rand.New(rand.NewPCG(seed, 0x6e756c6c))
	for i := range accuracies {
		shuffled := slices.Clone(class)
		r.Shuffle(len(shuffled), func(a, b int) { shuffled[a], shuffled[b] = shuffled[b], shuffled[a] })
		f, _, err := Stratify(variable, shuffled, len(d.rows), folds, seed+uint64(i))
		if err != nil {
			return nil, err
		}
		if accuracies[i], err = d.Accuracy(shuffled, f); err != nil {
			return nil, err
		}
		fits.Add(d.Fits)
	}
	d.Fits = fits
	slices.Sort(accuracies)
	return accuracies, nil
}
