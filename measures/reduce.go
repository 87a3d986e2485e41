package measures

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/graph"
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
	onto   *mat.Dense // of these axes to the span's, if that is all that counts
	scale  []float64  // of every unit, before; 0 of one that does not vary
	gram   *byGram    // in place of lq and what follows
}

// reduce returns the smallest data with the inner products of x: with x = L·Q they are
// L. Those of centred data have a null vector; with H the n × (n−1) orthonormal
// contrasts, none of which has a mean, Hᵀx = L·Q has a row less, and the data are H·L.
//
// Where a score keeps any linear map, their span is all that counts, and the data are an
// orthonormal basis of it: L = U·S·Wᵀ gives H·U, of singular values that are not zero,
// for units brought to one size first, as small ones would be lost among large.
//
// Repetitions beside each other are no units of one dataset, and stay as they are.
func (m Measure) reduce(x *tensor.Dense, keeps Invariance) reduction {
	units := x.Shape()[x.Dims()-1]
	n := x.Shape().TotalSize() / units
	centres := keeps.Has(Translation)
	if !m.OfKernel || m.repetitions > 0 || units < n || (units == n && !centres) {
		return reduction{of: x, to: x}
	}
	if r, ok := reduceByGram(x, n, units, keeps); ok {
		return r
	}
	return reduceByLQ(x, n, units, keeps)
}

// reduceByLQ is reduce of any condition.
func reduceByLQ(x *tensor.Dense, n, units int, keeps Invariance) reduction {
	centres := keeps.Has(Translation)
	raw := graph.RowMajor(x)
	r := reduction{of: x, lq: blas64.General{Rows: n, Cols: units, Stride: units, Data: slices.Clone(raw)}}
	if centres {
		for range 2 { // the second time for what rounding leaves of large means
			centre(r.lq)
		}
	}
	if keeps.Has(Linear) {
		r.scale = equilibrate(r.lq, raw)
	}
	if centres {
		graph.Contrast(r.lq)
		r.lq.Rows--
	}
	k := r.lq.Rows
	work := make([]float64, 64*n)
	r.tau = make([]float64, k)
	lapack64.Gelqf(r.lq, r.tau, work, len(work))
	l := blas64.General{Rows: n, Cols: k, Stride: k, Data: make([]float64, n*k)}
	for i := range k {
		copy(l.Data[i*k:], r.lq.Data[i*units:][:i+1])
	}
	if keeps.Has(Linear) {
		l = r.span(l, k)
	}
	if centres {
		graph.Contrast(l)
	}
	r.to = tensor.New(tensor.WithShape(n, l.Cols), tensor.WithBacking(l.Data))
	return r
}

// span replaces the first k rows of l by an orthonormal basis of its columns' span.
func (r *reduction) span(l blas64.General, k int) blas64.General {
	var svd mat.SVD
	if !svd.Factorize(mat.NewDense(k, k, l.Data[:k*k]), mat.SVDFull) {
		return l // as it is, which scores the same to rounding
	}
	values := svd.Values(nil)
	rank := graph.Rank(values)
	var u, w mat.Dense
	svd.UTo(&u)
	svd.VTo(&w)
	r.onto = mat.DenseCopyOf(w.Slice(0, k, 0, rank)) // W·S⁻¹
	basis := blas64.General{Rows: l.Rows, Cols: rank, Stride: rank, Data: make([]float64, l.Rows*rank)}
	for j := range rank {
		blas64.Scal(1/values[j], r.onto.ColView(j).(*mat.VecDense).RawVector())
		for i := range k {
			basis.Data[i*rank+j] = u.At(i, j)
		}
	}
	return basis
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

// equilibrate multiplies every column of x by the power of two that takes it to a norm
// of about 1, and returns these; only where columns are so unlike, for the gradient of
// least norm is that of the units as they are. A column that varies by no more than
// rounding of what it was is made 0.
func equilibrate(x blas64.General, raw []float64) (scale []float64) {
	scale = make([]float64, x.Cols)
	least, most := math.Inf(1), 0.0
	column := func(j int) blas64.Vector { return blas64.Vector{N: x.Rows, Inc: x.Stride, Data: x.Data[j:]} }
	for j := range scale {
		before := blas64.Nrm2(blas64.Vector{N: x.Rows, Inc: x.Cols, Data: raw[j:]})
		if norm := blas64.Nrm2(column(j)); norm > 1e-14*before {
			_, exponent := math.Frexp(norm)
			scale[j] = math.Ldexp(1, min(-exponent, 1000))
			least, most = min(least, norm), max(most, norm)
		}
	}
	for j, s := range scale {
		if s > 0 && most <= unlike*least {
			scale[j] = 1
		}
		blas64.Scal(scale[j], column(j))
	}
	return scale
}

// unlike is the ratio of sizes from which units are brought to one.
const unlike = 1e3

// back returns the gradient by the data that were reduced, in their shape, for that by
// what they were reduced to.
func (r reduction) back(g *tensor.Dense) *tensor.Dense {
	to := make([]float64, r.of.Shape().TotalSize())
	switch {
	case r.of == r.to:
		copy(to, g.Float64s())
	case r.gram != nil:
		r.gram.back(g, to)
	default: // g·(W·S⁻¹)ᵀ·Q
		along := mat.NewDense(g.Shape()[0], g.Shape()[1], g.Float64s())
		if r.onto != nil {
			var full mat.Dense
			full.Mul(along, r.onto.T())
			along = &full
		}
		n, _ := along.Dims()
		out := blas64.General{Rows: n, Cols: r.lq.Cols, Stride: r.lq.Cols, Data: to}
		for i := range n {
			copy(row(out, i).Data, along.RawRowView(i))
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
