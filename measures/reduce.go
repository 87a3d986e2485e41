package measures

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gorgonia.org/tensor"
)

// Reduced returns a reference that scores as x does and has fewer units than samples,
// if x, samples × units, has not and m is of kernels. Else it returns x.
func (m Measure) Reduced(x *tensor.Dense) *tensor.Dense { return m.reduce(x, m.InvariantX).to }

// A reduction is of data, to data of fewer units with the same inner products between
// samples, or to the same data.
type reduction struct {
	of, to *tensor.Dense
	lq     blas64.General // what holds the axes of the units that are left
	tau    []float64
	scale  []float64 // of every unit, before
}

// reduce returns the smallest data with the inner products of x: with x = L·Q they are
// L. Those of centred data have a null vector; with H the n × (n−1) orthonormal
// contrasts, none of which has a mean, Hᵀx = L·Q has a row less, and the data are H·L.
// Where a score keeps any linear map, units are brought to one size first: small ones
// would be lost among large.
func (m Measure) reduce(x *tensor.Dense, keeps Invariance) reduction {
	units := x.Shape()[x.Dims()-1]
	n := x.Shape().TotalSize() / units
	centres := keeps.Has(Translation)
	if !m.OfKernel || units < n || (units == n && !centres) {
		return reduction{of: x, to: x}
	}
	z := blas64.General{Rows: n, Cols: units, Stride: units, Data: append([]float64(nil), rowMajor(x)...)}
	if centres {
		for range 2 { // the second time for what rounding leaves of large means
			centre(z)
		}
		contrast(z)
		z.Rows--
	}
	var scale []float64
	if keeps.Has(Linear) {
		scale = equilibrate(z)
	}
	k := z.Rows
	tau, work := make([]float64, k), make([]float64, 64*n)
	lapack64.Gelqf(z, tau, work, len(work))
	l := blas64.General{Rows: n, Cols: k, Stride: k, Data: make([]float64, n*k)}
	for i := range k {
		copy(l.Data[i*k:], z.Data[i*units:][:i+1])
	}
	if centres {
		contrast(l)
	}
	return reduction{of: x, to: tensor.New(tensor.WithShape(n, k), tensor.WithBacking(l.Data)), lq: z, tau: tau, scale: scale}
}

// centre takes its mean from every column.
func centre(x blas64.General) {
	mean := make([]float64, x.Cols)
	for i := range x.Rows {
		blas64.Axpy(1/float64(x.Rows), row(x, i), vec(mean))
	}
	for i := range x.Rows {
		blas64.Axpy(-1, vec(mean), row(x, i))
	}
}

// contrast reflects samples so that the last is what was the mean of all, times √n, and
// the others are contrasts; once more, it is as it was.
func contrast(x blas64.General) {
	n := x.Rows
	v := make([]float64, n) // from the last axis to the mean's
	for i := range v {
		v[i] = 1 / math.Sqrt(float64(n))
	}
	v[n-1]--
	along := make([]float64, x.Cols)
	blas64.Gemv(blas.Trans, 1, x, vec(v), 0, vec(along))
	blas64.Ger(-2/blas64.Dot(vec(v), vec(v)), vec(v), vec(along), x)
}

// equilibrate multiplies every column by the power of two that takes it to a norm of
// about 1, and returns these; a column of zeros stays.
func equilibrate(x blas64.General) (scale []float64) {
	scale = make([]float64, x.Cols)
	for j := range scale {
		column := blas64.Vector{N: x.Rows, Inc: x.Stride, Data: x.Data[j:]}
		scale[j] = 1
		if norm := blas64.Nrm2(column); norm > 0 {
			_, exponent := math.Frexp(norm)
			scale[j] = math.Ldexp(1, -exponent)
			blas64.Scal(scale[j], column)
		}
	}
	return scale
}

// back returns the gradient by the data that were reduced, in their shape, for that by
// what they were reduced to.
func (r reduction) back(g *tensor.Dense) *tensor.Dense {
	to := make([]float64, r.of.Shape().TotalSize())
	if r.of == r.to {
		copy(to, g.Float64s())
	} else { // g·Q
		n, k := g.Shape()[0], g.Shape()[1]
		out := blas64.General{Rows: n, Cols: r.lq.Cols, Stride: r.lq.Cols, Data: to}
		for i := range n {
			copy(row(out, i).Data, g.Float64s()[i*k:(i+1)*k])
		}
		work := make([]float64, 64*n)
		lapack64.Ormlq(blas.Right, blas.NoTrans, r.lq, r.tau, out, work, len(work))
		for j, s := range r.scale {
			blas64.Scal(s, blas64.Vector{N: n, Inc: out.Stride, Data: to[j:]})
		}
	}
	return tensor.New(tensor.WithShape(r.of.Shape().Clone()...), tensor.WithBacking(to))
}

func row(x blas64.General, i int) blas64.Vector { return vec(x.Data[i*x.Stride:][:x.Cols]) }

func vec(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }
