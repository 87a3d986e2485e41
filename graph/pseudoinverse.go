package graph

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// A pseudoInverse applies a⁺ for a of n×q: through the Cholesky factor of aᵀa
// where a has fewer columns than rows and they are well conditioned, through that
// of aaᵀ where its rows are, else through the singular values of a.
//
// Centred data have n−1 independent rows: the mean is a null vector of aaᵀ. It is
// given a value, with J = 11ᵀ/n and µ the mean of the diagonal,
//
//	a⁺ = aᵀ(aaᵀ + µJ)⁻¹,  for aᵀJ = 0.
type pseudoInverse struct {
	a      Mat
	route  route
	rank   int
	gram   cholesky
	cond   float64   // of its matrix
	scales []float64 // of the columns, where a is not itself; see factorizeSpan
	svd    thinSVD
	work   Call // for its Scratch
}

type route int

const (
	byColumns route = iota
	byRows
	bySVD
)

// A Cholesky factor is not trusted where the condition of its matrix exceeds
// limitCondition. Beyond refineCondition a solution is refined once, which
// takes the error of the normal equations back to that of an orthogonal
// factorisation (Björck 1987). What needs no more than 1e-11 is refined beyond
// plainCondition.
const (
	limitCondition  = 1e11
	refineCondition = 1e3
	plainCondition  = 1e5
)

func (p *pseudoInverse) factorize(a Mat) error {
	return p.settle(p.byCholesky(a))
}

// settle takes the singular values where the Cholesky factor does not serve.
func (p *pseudoInverse) settle(ok bool) error {
	if ok && p.cond < limitCondition {
		return nil
	}
	p.route = bySVD
	err := p.svd.factorize(p.a)
	p.rank = Rank(p.svd.values)
	return err
}

// byCholesky reports whether the system is positive definite.
func (p *pseudoInverse) byCholesky(a Mat) bool {
	p.a = a
	if p.rank = a.Cols; a.Cols < a.Rows {
		p.route = byColumns
		p.gram.form(a, false, 0)
	} else {
		p.route, p.rank = byRows, a.Rows
		p.gram.form(a, true, 0)
		if isCentred(a, p.work.Scratch("mean", 1, a.Cols).Data) {
			p.rank--
			p.gram.lift()
		}
	}
	ok := p.gram.factorize()
	if ok {
		p.cond = p.gram.condition()
	}
	return ok
}

// isCentred reports whether the columns of a have mean 0, to rounding. mean is
// work space.
func isCentred(a Mat, mean []float64) bool {
	colMeans(mean, a)
	typical := frobenius(a) / math.Sqrt(float64(len(a.Data)))
	for _, m := range mean {
		if math.Abs(m) > 1e-12*typical {
			return false
		}
	}
	return true
}

// solve writes a⁺b.
func (p *pseudoInverse) solve(dst, b Mat) {
	if p.route == bySVD {
		p.spectral(dst, p.svd.v, p.svd.u, b)
		return
	}
	p.normal(dst, b, false, "z")
	if p.cond > refineCondition {
		p.refine(dst, b, false, [3]string{"z", "rest", "step"})
	}
}

// solveTrans writes a⁺ᵀg.
func (p *pseudoInverse) solveTrans(dst, g Mat) {
	if p.route == bySVD {
		p.spectral(dst, p.svd.u, p.svd.v, g)
		return
	}
	p.normal(dst, g, true, "z t")
	if p.cond > plainCondition {
		p.refine(dst, g, true, [3]string{"z t", "rest t", "step t"})
	}
}

// normal solves by the normal equations, once; it works in the matrix named z.
func (p *pseudoInverse) normal(dst, b Mat, trans bool, z string) {
	if (p.route == byRows) == trans { // the equations are of dst's side
		gemm(!trans, false, 1, p.a, b, 0, dst)
		p.gram.solve(dst)
		return
	}
	of := p.work.Scratch(z, b.Rows, b.Cols)
	scale(of, 1, b)
	p.gram.solve(of)
	gemm(!trans, false, 1, p.a, of, 0, dst)
}

// refine solves once more, for what b has beyond that of dst.
func (p *pseudoInverse) refine(dst, b Mat, trans bool, names [3]string) {
	rest, step := p.work.Scratch(names[1], b.Rows, b.Cols), p.work.Scratch(names[2], dst.Rows, dst.Cols)
	scale(rest, 1, b)
	gemm(trans, false, -1, p.a, dst, 1, rest)
	p.normal(step, rest, trans, names[0])
	blend(dst, 1, dst, 1, step)
}

// project writes a⁺a·g, for an a of lower rank than its columns.
func (p *pseudoInverse) project(dst, g Mat) {
	if p.route == byRows {
		z := p.work.Scratch("zp", p.a.Rows, g.Cols)
		p.solveTrans(z, g)
		gemm(true, false, 1, p.a, z, 0, dst)
		return
	}
	v := p.svd.nonzero(p.svd.v)
	t := blas64.General{Rows: v.Cols, Cols: g.Cols, Stride: g.Cols, Data: p.work.Scratch("t", v.Cols, g.Cols).Data}
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, v, general(g), 0, t)
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, v, t, 0, general(dst))
}

// spectral writes left·S⁻¹·rightᵀ·b over the singular values that are not zero.
func (p *pseudoInverse) spectral(dst, left, right, b Mat) {
	l, r := p.svd.nonzero(left), p.svd.nonzero(right)
	t := blas64.General{Rows: l.Cols, Cols: b.Cols, Stride: b.Cols, Data: p.work.Scratch("t", l.Cols, b.Cols).Data}
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, r, general(b), 0, t)
	for i := range t.Rows {
		for j := range t.Cols {
			t.Data[i*t.Stride+j] /= p.svd.values[i]
		}
	}
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, l, t, 0, general(dst))
}

// factorizeSpan is factorize for what depends on the span of a alone, which units of
// any scale have alike: where their scales are why a system is badly conditioned,
// a has its columns multiplied by powers of two, to be of one size.
func (p *pseudoInverse) factorizeSpan(a Mat) error {
	p.scales = nil
	ok := p.byCholesky(a)
	if !ok || p.cond > limitScales*limitScales {
		scales := p.work.Scratch("scales", 1, a.Cols).Data
		if unequal(scales, a) {
			p.scales = scales
			scaled := p.work.Scratch("scaled", a.Rows, a.Cols)
			scaleColumns(scaled, a, scales)
			ok = p.byCholesky(scaled)
		}
	}
	return p.settle(ok)
}

// Columns that vary within a factor limitScales of each other stay as they are; one that
// is below leastScale of the largest is rounding.
const (
	limitScales = 1e3
	leastScale  = 1e-14
)

// unequal writes by what the columns of a are to be multiplied, and reports whether
// they vary by sizes further apart than limitScales.
func unequal(scales []float64, a Mat) bool {
	clear(scales)
	first := a.row(0)
	for i := range a.Rows {
		for j, v := range a.row(i) {
			scales[j] += (v - first[j]) * (v - first[j])
		}
	}
	least, most := math.Inf(1), math.Sqrt(slices.Max(scales))
	for j, s := range scales {
		// What is left of a constant, or of a unit that others make up, stays as small
		// beside the largest as it is.
		size := math.Sqrt(s)
		if size <= leastScale*most {
			size = most
		}
		least = min(least, size)
		_, exponent := math.Frexp(size)
		scales[j] = math.Ldexp(1, min(-exponent, 1000))
	}
	return most > limitScales*least
}
