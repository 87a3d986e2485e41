package measures

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gorgonia.org/tensor"

	"simgrad/graph"
)

// A byGram is a reduction by the Cholesky factor of the inner products between samples,
// zzᵀ = LLᵀ, which costs a quarter of z = LQ and no copy of the data: z is x, or what
// the contrasts leave of it, made of a block of units at a time. Products between
// samples, and so scores, are as exact as the data's own; L has half the digits of z's
// condition less, which the limit on that bounds.
type byGram struct {
	raw      []float64 // rows of stride
	stride   int
	n, units int
	centres  bool
	factor   blas64.Triangular // L, k × k
	spans    bool              // whether the data are a basis of their span, and not L
}

// gramCondition is the largest condition of zzᵀ that this is done at.
var gramCondition = 1e6

// gramBlock is how many units are met at a time.
const gramBlock = 512

// reduceByGram is reduce of the first units of x, where zzᵀ is well conditioned.
func reduceByGram(x *tensor.Dense, n, units int, keeps Invariance) (r reduction, ok bool) {
	b := &byGram{raw: graph.RowMajor(x), stride: x.Shape()[x.Dims()-1], n: n, units: units, centres: keeps.Has(Translation), spans: keeps.Has(Linear)}
	k, gram := b.rank(), b.inner()
	norm := lapack64.Lansy(lapack.MaxColumnSum, gram, make([]float64, k))
	if b.factor, ok = lapack64.Potrf(gram); !ok || !(norm > 0) {
		return r, false
	}
	if !(lapack64.Pocon(gram, norm, make([]float64, 3*k), make([]int, k))*gramCondition > 1) {
		return r, false
	}
	l := blas64.General{Rows: n, Cols: k, Stride: k, Data: make([]float64, n*k)}
	for i := range k {
		if b.spans {
			l.Data[i*k+i] = 1
		} else {
			copy(l.Data[i*k:], b.factor.Data[i*b.factor.Stride:][:i+1])
		}
	}
	if b.centres {
		contrast(l)
	}
	return reduction{of: x, to: tensor.New(tensor.WithShape(n, k), tensor.WithBacking(l.Data)), gram: b}, true
}

// inner returns zzᵀ, of the contrasts of what centred data have: of these they leave what
// rounding leaves of large means behind.
func (b *byGram) inner() blas64.Symmetric {
	k, n := b.rank(), b.n
	of := blas64.Symmetric{N: n, Stride: n, Uplo: blas.Lower, Data: make([]float64, n*n)}
	b.centred(func(_ int, x blas64.General) { blas64.Syrk(blas.NoTrans, 1, x, 1, of) })
	if b.centres { // with H = 1 − c·vvᵀ and w = Kv, HKH = K + vuᵀ + uvᵀ, u = (c²vᵀw/2)·v − c·w
		v, u := vec(reflector(n)), vec(make([]float64, n))
		c := 2 / blas64.Dot(v, v)
		blas64.Symv(-c, of, v, 0, u)
		blas64.Axpy(-c/2*blas64.Dot(v, u), v, u)
		blas64.Syr2(1, v, u, of)
	}
	of.N = k
	return of
}

// rank is the number of rows of z.
func (b *byGram) rank() int {
	if b.centres {
		return b.n - 1
	}
	return b.n
}

// centred shows x, less its mean where that is not seen, a block of units from the one given
// on at a time.
func (b *byGram) centred(show func(from int, x blas64.General)) {
	wide := min(gramBlock, b.units)
	data, mean := make([]float64, b.n*wide), make([]float64, wide)
	for from := 0; from < b.units; from += wide {
		block := blas64.General{Rows: b.n, Cols: min(wide, b.units-from), Data: data}
		block.Stride = block.Cols
		mean = mean[:block.Cols]
		clear(mean)
		for i := range b.n {
			to := row(block, i).Data
			copy(to, b.raw[i*b.stride+from:])
			if b.centres {
				floats.Add(mean, to)
			}
		}
		if b.centres {
			floats.Scale(1/float64(b.n), mean)
			for i := range b.n {
				floats.Sub(row(block, i).Data, mean)
			}
		}
		show(from, block)
	}
}

// blocks shows z, as centred shows x.
func (b *byGram) blocks(show func(from int, z blas64.General)) {
	b.centred(func(from int, z blas64.General) {
		if b.centres {
			contrast(z)
			z.Rows--
		}
		show(from, z)
	})
}

// back writes the gradient by the data for that by what they were reduced to: with
// z·A what is left of them, it is that, g, times Aᵀ: L⁻¹z, or K⁻¹z of a basis.
func (b *byGram) back(g *tensor.Dense, to []float64) {
	k := b.rank()
	along := blas64.General{Rows: b.n, Cols: k, Stride: k, Data: append([]float64(nil), g.Float64s()...)}
	if b.spans { // g·L⁻ᵀ
		blas64.Trsm(blas.Right, blas.Trans, 1, b.factor, along)
	}
	blas64.Trsm(blas.Right, blas.NoTrans, 1, b.factor, along)
	b.blocks(func(from int, z blas64.General) {
		out := blas64.General{Rows: b.n, Cols: z.Cols, Stride: b.stride, Data: to[from:]}
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, along, z, 0, out)
	})
}
