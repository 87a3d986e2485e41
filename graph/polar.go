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
// values relative to an upper one. The upper one is the fourth root of the sum of
// their fourth powers, the Frobenius norm of the first xᵀx: seldom three times
// the largest value. A lower one that does not hold costs iterations and makes no
// result wrong, for they go on until the factor is orthogonal: with the bound
// assumed here four, for conditions up to some 1e4, and two more for every ten times
// beyond. A lower one would need fewer there, but larger weights, whose rounding
// the Cholesky form passes on to the directions of small values.
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
	// polarNear is the deviation, by their sum, from which one Newton–Schulz
	// iteration, x ← x·(3 − xᵀx)/2, leads to 1e-12: it squares the deviation, and
	// is products alone.
	polarNear = 1e-6
	// polarLimit iterations serve conditions up to 1e10; what takes more is best
	// treated as of low rank.
	polarLimit = 16
)

// factor writes the polar factor of a to x. It reports false if a has low rank, or
// elements that are not finite. A wide a is treated as its transpose, by xxᵀ from
// the left.
func (p *polar) factor(x, a Mat) bool {
	k, side, gramOf, first, second := a.Cols, blas.Right, blas.Trans, blas.NoTrans, blas.Trans
	if a.Rows < a.Cols {
		k, side, gramOf, first, second = a.Rows, blas.Left, blas.NoTrans, blas.Trans, blas.NoTrans
	}
	size := frobenius(a)
	if !(size > 0) || math.IsInf(size, 0) {
		return false
	}
	y, z := p.work.Scratch("y", a.Rows, a.Cols), p.work.Scratch("z", k, k)
	gram := blas64.Symmetric{N: k, Stride: k, Data: z.Data, Uplo: blas.Upper}
	scale(x, 1/size, a)
	blas64.Syrk(gramOf, 1, general(x), 0, gram)
	size = math.Sqrt(upperNorm(z))
	scale(x, 1/size, x)
	l := polarBound
	for p.iterations = 1; p.iterations <= polarLimit; p.iterations++ {
		var alpha, beta, gamma float64
		alpha, beta, gamma, l = halley(l)
		if p.iterations == 1 {
			scale(z, gamma/size/size, z)
		} else {
			blas64.Syrk(gramOf, gamma, general(x), 0, gram)
		}
		for i := range k {
			z.Data[i*k+i]++
		}
		t, ok := lapack64.Potrf(gram)
		if !ok {
			return false
		}
		scale(y, 1, x)
		blas64.Trsm(side, first, 1, t, general(y))
		blas64.Trsm(side, second, 1, t, general(y))
		blend(x, beta/gamma, x, alpha-beta/gamma, y)
		squares := blas64.Dot(vector(x), vector(x))
		switch off := math.Abs(squares - float64(k)); {
		case off <= polarTolerance*float64(k):
			return true
		case off <= polarNear:
			p.iterations++
			newtonSchulz(x, z, y)
			return true
		}
	}
	return false
}

// newtonSchulz is one iteration, x ← x·(3 − xᵀx)/2, of a wide x from the left. gram and
// old are work space.
func newtonSchulz(x, gram, old Mat) {
	rows := x.Rows < x.Cols
	syrk(rows, -0.5, x, 0, gram)
	for i := range gram.Rows {
		gram.row(i)[i] += 1.5
	}
	scale(old, 1, x)
	if rows {
		gemm(false, false, 1, gram, old, 0, x)
	} else {
		gemm(false, false, 1, old, gram, 0, x)
	}
}

// upperNorm returns the Frobenius norm of the symmetric matrix whose upper
// triangle a has.
func upperNorm(a Mat) float64 {
	diagonal, beside := 0.0, 0.0
	for i := range a.Rows {
		row := a.Data[i*a.Cols+i : (i+1)*a.Cols]
		diagonal += row[0] * row[0]
		for _, v := range row[1:] {
			beside += v * v
		}
	}
	return math.Sqrt(diagonal + 2*beside)
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
