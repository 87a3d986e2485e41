package probe

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// Transfer tells whether two datasets encode a task variable in the same way: y
// is brought onto x by the rotation and scale of Procrustes, and a decoder fitted
// to one is tested on the other, on conditions that it was not fitted to. It
// returns the accuracy of x's decoder on y and of y's decoder on x.
func Transfer(x, y *tensor.Dense, class []int, folds Folds) (xOnY, yOnX float64, err error) {
	s := x.Shape()
	times, conditions, units := s[0], s[1], s[2]
	if t := y.Shape(); t[0] != times || t[1] != conditions {
		return 0, 0, fmt.Errorf("transfer: shapes %v and %v: times and conditions must be the same", s, t)
	}
	xc := centre(x)
	aligned, err := align(xc, centre(y))
	if err != nil {
		return 0, 0, err
	}
	classes := slices.Max(class) + 1
	var l logistic
	for t := range times {
		// Both in one set of axes: x's conditions, then y's.
		from, to := t*conditions*units, (t+1)*conditions*units
		both := slices.Concat(xc.RawMatrix().Data[from:to], aligned.RawMatrix().Data[from:to])
		axes := principalAxes(blas64.General{Rows: 2 * conditions, Cols: units, Stride: units, Data: both}, conditions)
		ofX, ofY := axes, axes
		ofX.Rows, ofY.Rows = conditions, conditions
		ofY.Data = axes.Data[conditions*axes.Stride:]
		for _, way := range []struct {
			fit, test blas64.General
			sum       *float64
		}{{ofX, ofY, &xOnY}, {ofY, ofX, &yOnX}} {
			predicted, err := crossValidate(&l, way.fit, way.test, class, classes, folds.Number, folds.Of[t])
			if err != nil {
				return 0, 0, err
			}
			*way.sum += accuracy(predicted, class, folds.Number, folds.Of[t]) / float64(times)
		}
	}
	return xOnY, yOnX, nil
}

// align returns y·Q scaled to the size of x, with Q the rotation that brings y
// nearest to x; both are centred.
func align(x, y *mat.Dense) (*mat.Dense, error) {
	var m, u, v, q, out mat.Dense
	m.Mul(y.T(), x)
	var svd mat.SVD
	if !svd.Factorize(&m, mat.SVDThin) {
		return nil, errors.New("transfer: singular value decomposition did not converge")
	}
	svd.UTo(&u)
	svd.VTo(&v)
	q.Mul(&u, v.T())
	out.Mul(y, &q)
	size := mat.Norm(&out, 2)
	if size == 0 {
		return nil, errors.New("transfer: the data have zero variance")
	}
	out.Scale(mat.Norm(x, 2)/size, &out)
	if math.IsNaN(out.At(0, 0)) {
		return nil, errors.New("transfer: the data have NaN values")
	}
	return &out, nil
}
