package graph

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

const (
	leadingLeast = 48  // units of the narrower side up to which a whole decomposition is as fast
	leadingSteps = 120 // after which it is taken all the same
)

// leadingPair returns the first singular value of m, q×p, with its vectors, and the second, by
// Lanczos' bidiagonalisation with all vectors kept orthogonal; or that it has not converged
// in leadingSteps. The second is that of what is orthogonal to the first, from a start of its
// own, so that a value which is there twice is seen twice; its digits are those that tell
// whether it is the first.
//
// Source: Golub & Kahan 1965, Calculating the singular values and pseudo-inverse of a matrix.
func leadingPair(m Mat) (u, v []float64, first, second float64, ok bool) {
	first, u, v, ok = bidiagonalised(m, nil, nil, 1e-15)
	if ok && first > 0 {
		second, _, _, ok = bidiagonalised(m, u, v, 1e-8)
	}
	return u, v, first, second, ok
}

// bidiagonalised is the first singular value, with its vectors, of m less those of u and v,
// if there are, to a residual of tolerance of it.
func bidiagonalised(m Mat, u, v []float64, tolerance float64) (value float64, left, right []float64, ok bool) {
	r := rand.New(rand.NewPCG(uint64(m.Rows), uint64(m.Cols)))
	start := make([]float64, m.Cols)
	for i := range start {
		start[i] = r.NormFloat64()
	}
	var us, vs [][]float64 // orthonormal
	if u != nil {
		us, vs = append(us, u), append(vs, v)
	}
	known := len(us)
	normal := func(x []float64, others [][]float64) float64 {
		for range 2 {
			for _, o := range others {
				blas64.Axpy(-blas64.Dot(vec(o), vec(x)), vec(o), vec(x))
			}
		}
		norm := blas64.Nrm2(vec(x))
		if norm > 0 {
			blas64.Scal(1/norm, vec(x))
		}
		return norm
	}
	normal(start, vs)
	vs = append(vs, start)
	var alphas, betas []float64
	for {
		x := make([]float64, m.Rows)
		blas64.Gemv(blas.NoTrans, 1, general(m), vec(vs[len(vs)-1]), 0, vec(x))
		alphas = append(alphas, normal(x, us))
		us = append(us, x)
		y := make([]float64, m.Cols)
		blas64.Gemv(blas.Trans, 1, general(m), vec(x), 0, vec(y))
		beta := normal(y, vs)
		k := len(alphas)
		if k%8 == 0 || beta <= 1e-15*alphas[0] || k >= min(m.Rows, m.Cols)-known {
			b := mat.NewDense(k, k, nil)
			for i, a := range alphas {
				b.Set(i, i, a)
				if i > 0 {
					b.Set(i-1, i, betas[i-1])
				}
			}
			var d mat.SVD
			if !d.Factorize(b, mat.SVDFull) {
				return 0, nil, nil, false
			}
			var f, g mat.Dense
			d.UTo(&f)
			d.VTo(&g)
			if value = d.Values(nil)[0]; beta*math.Abs(f.At(k-1, 0)) <= tolerance*value || beta <= 1e-15*value {
				left, right = make([]float64, m.Rows), make([]float64, m.Cols)
				for i := range k {
					blas64.Axpy(f.At(i, 0), vec(us[known+i]), vec(left))
					blas64.Axpy(g.At(i, 0), vec(vs[known+i]), vec(right))
				}
				return value, left, right, true
			}
			if k >= leadingSteps {
				return 0, nil, nil, false
			}
		}
		betas, vs = append(betas, beta), append(vs, y)
	}
}

// besideLeading returns z of (s² − m·mᵀ)·z = g, both orthogonal to the first left singular
// vector u of m, of value s, by conjugate gradients; or that they have not converged.
func besideLeading(m Mat, u []float64, s float64, g []float64) (z []float64, ok bool) {
	across := func(x []float64) { blas64.Axpy(-blas64.Dot(vec(u), vec(x)), vec(u), vec(x)) }
	residual := append([]float64(nil), g...)
	across(residual)
	z = make([]float64, len(g))
	along := append([]float64(nil), residual...)
	size := blas64.Dot(vec(residual), vec(residual))
	enough := 1e-30 * size
	mx, applied := make([]float64, m.Cols), make([]float64, m.Rows)
	for range 4 * leadingSteps {
		if size <= enough {
			return z, true
		}
		copy(applied, along)
		blas64.Gemv(blas.Trans, 1, general(m), vec(along), 0, vec(mx))
		blas64.Gemv(blas.NoTrans, -1, general(m), vec(mx), s*s, vec(applied))
		across(applied)
		step := size / blas64.Dot(vec(along), vec(applied))
		blas64.Axpy(step, vec(along), vec(z))
		blas64.Axpy(-step, vec(applied), vec(residual))
		next := blas64.Dot(vec(residual), vec(residual))
		blas64.Scal(next/size, vec(along))
		blas64.Axpy(1, vec(residual), vec(along))
		size = next
	}
	return nil, false
}
