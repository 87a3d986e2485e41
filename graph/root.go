package graph

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// A Root is the Cholesky factor of the inner products between samples of data wider than long,
// zzᵀ = LLᵀ, which costs a quarter of z = LQ and no copy of the data: z, k × units, is the data
// or, of centred ones, whose inner products have a null vector, the n − 1 contrasts that they
// leave, and made of a block of units at a time. Products between samples, and so scores, are
// as exact as the data's own; L has half the digits of z's condition less, which the limit on
// that bounds.
type Root struct {
	L blas64.Triangular // k × k

	raw              []float64 // rows of stride
	stride, n, units int
	centres          bool

	gram, block, mean, reflector, image, along []float64
	work                                       []float64
	pivots                                     []int
}

// rootCondition is the largest condition of zzᵀ at which there is a Root.
const rootCondition = 1e6

// rootBlock is how many units are met at a time.
const rootBlock = 512

// Of makes r the root of the first units of n samples, rows of stride, less their means if it
// centres. It is false where zzᵀ is not well conditioned.
func (r *Root) Of(raw []float64, stride, n, units int, centres bool) bool {
	r.raw, r.stride, r.n, r.units, r.centres = raw, stride, n, units, centres
	gram := r.inner()
	k := gram.N
	r.work = slices.Grow(r.work[:0], 3*k)[:3*k]
	norm := lapack64.Lansy(lapack.MaxColumnSum, gram, r.work)
	var ok bool
	if r.L, ok = lapack64.Potrf(gram); !ok || !(norm > 0) {
		return false
	}
	r.pivots = slices.Grow(r.pivots[:0], k)[:k]
	return lapack64.Pocon(gram, norm, r.work, r.pivots)*rootCondition > 1
}

// Samples is k.
func (r *Root) Samples() int {
	if r.centres {
		return r.n - 1
	}
	return r.n
}

// Write writes data of n samples and k units with the inner products of what r is the root of.
func (r *Root) Write(to blas64.General) {
	k := r.Samples()
	clear(to.Data)
	for i := range k {
		copy(to.Data[i*to.Stride:], r.L.Data[i*r.L.Stride:][:i+1])
	}
	if r.centres {
		r.contrast(to)
	}
}

// contrast is Contrast, in memory that is kept.
func (r *Root) contrast(x blas64.General) {
	r.along = slices.Grow(r.along[:0], x.Cols)[:x.Cols]
	contrast(x, vec(r.reflector), vec(r.along))
}

// Back writes to a gradient by the data, rows of stride, for that by what Write wrote, n × k, of
// a function of inner products alone: with z·A what is left of the data, it is that times Aᵀ. It
// changes along.
func (r *Root) Back(along blas64.General, to []float64) {
	blas64.Trsm(blas.Right, blas.NoTrans, 1, r.L, along)
	r.centred(func(from int, z blas64.General) {
		if r.centres {
			r.contrast(z)
			z.Rows--
		}
		out := blas64.General{Rows: r.n, Cols: z.Cols, Stride: r.stride, Data: to[from:]}
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, along, z, 0, out)
	})
}

// inner returns zzᵀ, of the contrasts of what centred data have: of these they leave what
// rounding leaves of large means behind.
func (r *Root) inner() blas64.Symmetric {
	n := r.n
	if len(r.gram) != n*n {
		r.gram = Zeros(n * n)
	}
	clear(r.gram)
	of := blas64.Symmetric{N: n, Stride: n, Uplo: blas.Lower, Data: r.gram}
	r.centred(func(_ int, x blas64.General) { blas64.Syrk(blas.NoTrans, 1, x, 1, of) })
	if r.centres { // with H = 1 − c·vvᵀ and w = Kv, HKH = K + vuᵀ + uvᵀ, u = (c²vᵀw/2)·v − c·w
		if len(r.reflector) != n {
			r.reflector, r.image = reflector(n), make([]float64, n)
		}
		v, u := vec(r.reflector), vec(r.image)
		c := 2 / blas64.Dot(v, v)
		blas64.Symv(-c, of, v, 0, u)
		blas64.Axpy(-c/2*blas64.Dot(v, u), v, u)
		blas64.Syr2(1, v, u, of)
	}
	of.N = r.Samples()
	return of
}

// centred shows the data, less their means where these are not seen, a block of units from the
// one given on at a time.
func (r *Root) centred(show func(from int, x blas64.General)) {
	wide := min(rootBlock, r.units)
	if len(r.block) != r.n*wide {
		r.block, r.mean = make([]float64, r.n*wide), make([]float64, wide)
	}
	for from := 0; from < r.units; from += wide {
		block := blas64.General{Rows: r.n, Cols: min(wide, r.units-from), Data: r.block}
		block.Stride = block.Cols
		mean := r.mean[:block.Cols]
		clear(mean)
		for i := range r.n {
			to := block.Data[i*block.Stride:][:block.Cols]
			copy(to, r.raw[i*r.stride+from:])
			if r.centres {
				floats.Add(mean, to)
			}
		}
		if r.centres {
			floats.Scale(1/float64(r.n), mean)
			for i := range r.n {
				floats.Sub(block.Data[i*block.Stride:][:block.Cols], mean)
			}
		}
		show(from, block)
	}
}

// Contrast reflects samples so that the last is what was the mean of all, times √n, and the
// others are contrasts; once more, it is as it was.
func Contrast(x blas64.General) {
	contrast(x, vec(reflector(x.Rows)), vec(make([]float64, x.Cols)))
}

func contrast(x blas64.General, v, along blas64.Vector) {
	blas64.Gemv(blas.Trans, 1, x, v, 0, along)
	blas64.Ger(-2/blas64.Dot(v, v), v, along, x)
}

// reflector goes from the last axis of n to that of their mean.
func reflector(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = 1 / math.Sqrt(float64(n))
	}
	v[n-1]--
	return v
}
