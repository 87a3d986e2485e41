package measures

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gorgonia.org/tensor"

	"simgrad/graph"
)

// A byGram is a reduction by a root of the inner products between samples.
type byGram struct {
	graph.Root
	spans bool // whether the data are a basis of their span, and not the root
}

// reduceByGram is reduce of the first units of x, where there is such a root.
func reduceByGram(x *tensor.Dense, n, units int, keeps Invariance) (r reduction, ok bool) {
	b := &byGram{spans: keeps.Has(Linear)}
	if !b.Of(graph.RowMajor(x), x.Shape()[x.Dims()-1], n, units, keeps.Has(Translation)) {
		return r, false
	}
	k := b.Samples()
	l := blas64.General{Rows: n, Cols: k, Stride: k, Data: make([]float64, n*k)}
	if b.spans {
		for i := range k {
			l.Data[i*k+i] = 1
		}
		if keeps.Has(Translation) {
			graph.Contrast(l)
		}
	} else {
		b.Write(l)
	}
	return reduction{of: x, to: tensor.New(tensor.WithShape(n, k), tensor.WithBacking(l.Data)), gram: b}, true
}

// back writes the gradient by the data for that by what they were reduced to: with
// z·A what is left of them, it is that, g, times Aᵀ: L⁻¹z, or K⁻¹z of a basis.
func (b *byGram) back(g *tensor.Dense, to []float64) {
	n, k := g.Shape()[0], b.Samples()
	along := blas64.General{Rows: n, Cols: k, Stride: k, Data: append([]float64(nil), g.Float64s()...)}
	if b.spans { // g·L⁻ᵀ
		blas64.Trsm(blas.Right, blas.Trans, 1, b.L, along)
	}
	b.Back(along, to)
}
