package probe

import (
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// samples returns x as a matrix of samples × units, sharing its memory.
func samples(x *tensor.Dense) *mat.Dense {
	s := x.Shape()
	p := s[s.Dims()-1]
	return mat.NewDense(s.TotalSize()/p, p, x.Float64s())
}

// centreRows takes their mean from rows, and returns it.
func centreRows(rows blas64.General) (mean []float64) {
	mean = make([]float64, rows.Cols)
	for i := range rows.Rows {
		blas64.Axpy(1/float64(rows.Rows), vec(rows.Data[i*rows.Stride:][:rows.Cols]), vec(mean))
	}
	for i := range rows.Rows {
		blas64.Axpy(-1, vec(mean), vec(rows.Data[i*rows.Stride:][:rows.Cols]))
	}
	return mean
}

// centredRows returns the rows of x of those numbers less their mean, and that.
func centredRows(x blas64.General, rows []int) (centred blas64.General, mean []float64) {
	centred = picked(x, rows)
	return centred, centreRows(centred)
}

// centre returns a copy of x, samples × units, less the mean of every unit, and that.
func centre(x *tensor.Dense) (*mat.Dense, []float64) {
	c := mat.DenseCopyOf(samples(x))
	return c, centreRows(c.RawMatrix())
}

// Centred returns a copy of x, whose axes but the last are samples, as samples × units less
// the mean of every unit.
func Centred(x *tensor.Dense) *mat.Dense {
	c, _ := centre(x)
	return c
}

// Deviation returns the Frobenius norm of x about its units' means.
func Deviation(x *tensor.Dense) float64 { return mat.Norm(Centred(x), 2) }
