package graph

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// A polar computes polar factors U·Vᵀ of matrices a = U·S·Vᵀ of full rank, by the
// dynamically weighted Halley iteration in Cholesky form:
//
//	x ← (β/γ)·x + (α − β/γ)·x·(1 + γ·xᵀx)⁻¹,
//
// which carries every singular value to 1 and is nothing but products and
// triangular systems. The weights follow from a lower bound of the singular
// values relative to an upper one. A bound that does not hold costs iterations
// and makes no result wrong, for they go on until the factor is orthogonal: with
// the bound assumed here four, for conditions up to 1e5, and two more for every
// ten times beyond. A lower one would need fewer there, but larger weights, whose
// rounding the Cholesky form passes on to the directions of small values.
//
// Source: Nakatsukasa, Bai & Gygi 2010; Nakatsukasa & Higham 2013.
type polar struct {
	work       Call // for its Scratch
	iterations int  // that the last matrix took
}

const (
	// polarBound is the assumed bound: four iterations from it leave no singular
	// value further than 3e-13 from 1.
	polarBound = 1e-5
	// polarTolerance is the deviation from orthogonality that is accepted, by the
	// mean of the squared singular values.
	polarTolerance = 1e-12
	// polarLimit iterations serve conditions up to 1e10; what takes more is best
	// treated as of low rank.
	polarLimit = 16
)

// factor writes the polar factor of a, r×k with r ≥ k, to x. It reports false if
// a has low rank, or elements that are not finite.
func (p *polar) factor(x, a Mat) bool {
	r, k := a.Rows, a.Cols
	size := upperBound(a, p.work.Scratch("columns", 1, k).Data)
	if !(size > 0) || math.IsInf(size, 0) {
		return false
	}
	for i, v := range a.Data {
		x.Data[i] = v / size
	}
	y, z := p.work.Scratch("y", r, k), p.work.Scratch("z", k, k)
	gram := blas64.Symmetric{N: k, Stride: k, Data: z.Data, Uplo: blas.Upper}
	l := polarBound
	for p.iterations = 1; p.iterations <= polarLimit; p.iterations++ {
		var alpha, beta, gamma float64
		alpha, beta, gamma, l = halley(l)
		blas64.Syrk(blas.Trans, gamma, general(x), 0, gram)
		for i := range k {
			z.Data[i*k+i]++
		}
		t, ok := lapack64.Potrf(gram)
		if !ok {
			return false
		}
		copy(y.Data, x.Data)
		blas64.Trsm(blas.Right, blas.NoTrans, 1, t, general(y))
		blas64.Trsm(blas.Right, blas.Trans, 1, t, general(y))
		keep, add, norm := beta/gamma, alpha-beta/gamma, 0.0
		for i, v := range y.Data {
			v = keep*x.Data[i] + add*v
			x.Data[i] = v
			norm += v * v
		}
		if math.Abs(norm-float64(k)) <= polarTolerance*float64(k) {
			return true
		}
	}
	return false
}

// halley returns the weights for singular values in [l, 1], and the bound after
// an iteration with them.
func halley(l float64) (alpha, beta, gamma, next float64) {
	l2 := l * l
	d := math.Cbrt(4 * (1 - l2) / (l2 * l2))
	s := math.Sqrt(1 + d)
	alpha = s + 0.5*math.Sqrt(math.Max(0, 8-4*d+8*(2-l2)/(l2*s)))
	beta = (alpha - 1) * (alpha - 1) / 4
	gamma = alpha + beta - 1
	return alpha, beta, gamma, math.Min(1, l*(alpha+beta*l2)/(1+gamma*l2))
}

// upperBound returns a bound of the largest singular value of a: the smaller of
// the Frobenius norm and of √(‖a‖₁‖a‖_∞). columns is work space.
func upperBound(a Mat, columns []float64) float64 {
	clear(columns)
	squares, rows := 0.0, 0.0
	for i := range a.Rows {
		row := 0.0
		for j, v := range a.Data[i*a.Cols : (i+1)*a.Cols] {
			w := math.Abs(v)
			squares += v * v
			row += w
			columns[j] += w
		}
		rows = math.Max(rows, row)
	}
	most := 0.0
	for _, c := range columns {
		most = math.Max(most, c)
	}
	return math.Min(math.Sqrt(squares), math.Sqrt(most*rows))
}
