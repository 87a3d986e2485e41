package probe

import (
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gorgonia.org/tensor"
)

// Erase returns the dataset nearest to activity, time × condition × unit, from
// which no linear decoder finds a trace of the task variable: at every time, the
// mean of each class is moved to the mean of all conditions. With P the
// projection on the centred indicators of the classes at each time, it is
// (1 − P)·X.
//
// Among all datasets without such a trace it is the one that scores highest with
// the original by CKA, NBS, their angular forms and linear regression: by the
// Cauchy–Schwarz inequality for CKA, by ‖AᵀB‖_* ≤ ‖A‖·‖B‖ for NBS, and because
// the columns of the original's remainder are in its own column space for linear
// regression.
func Erase(activity *tensor.Dense, class []int) *tensor.Dense {
	s := activity.Shape()
	times, conditions, units := s[0], s[1], s[2]
	x := slices.Clone(activity.Float64s())
	classes := slices.Max(class) + 1
	mean, sums, counts := make([]float64, units), make([]float64, classes*units), make([]float64, classes)
	for _, k := range class {
		counts[k]++
	}
	for t := range times {
		at := func(c int) []float64 {
			i := (t*conditions + c) * units
			return x[i : i+units]
		}
		clear(mean)
		clear(sums)
		for c, k := range class {
			for j, v := range at(c) {
				mean[j] += v / float64(conditions)
				sums[k*units+j] += v / counts[k]
			}
		}
		for c, k := range class {
			for j := range at(c) {
				at(c)[j] += mean[j] - sums[k*units+j]
			}
		}
	}
	return tensor.New(tensor.WithShape(s.Clone()...), tensor.WithBacking(x))
}

// EraseContinuous returns the dataset nearest to activity, time × condition × unit, in
// which no unit varies with a continuous variable over all samples: v, by coordinates of
// one value a sample. With P the projection on the centred coordinates it is (1 − P)·X,
// and scores highest for the reasons that Erase does.
func EraseContinuous(activity *tensor.Dense, v [][]float64) *tensor.Dense {
	x := samples(activity).RawMatrix()
	erased := picked(x, allOf(x.Rows))
	var basis [][]float64
	for _, values := range v {
		u, size := slices.Clone(values), 0.0
		for range 2 { // once more for what rounding left
			mean := 0.0
			for _, x := range u {
				mean += x / float64(len(u))
			}
			for i := range u {
				u[i] -= mean
			}
			if size == 0 {
				size = blas64.Nrm2(vec(u))
			}
			for _, b := range basis {
				blas64.Axpy(-blas64.Dot(vec(b), vec(u)), vec(b), vec(u))
			}
		}
		if left := blas64.Nrm2(vec(u)); left > 1e-12*size {
			blas64.Scal(1/left, vec(u))
			basis = append(basis, u)
		}
	}
	along := make([]float64, x.Cols)
	for _, u := range basis {
		blas64.Gemv(blas.Trans, 1, x, vec(u), 0, vec(along))
		blas64.Ger(-1, vec(u), vec(along), erased)
	}
	return tensor.New(tensor.WithShape(activity.Shape().Clone()...), tensor.WithBacking(erased.Data))
}
