package probe

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// axes are orthonormal axes V that hold all rows of a matrix, less their mean.
type axes struct {
	rows    blas64.General // in these axes
	centred blas64.General // as they were, less the mean
	mean    []float64
	v       *mat.Dense // columns × axes; nil where turn makes it when asked
	turned  bool
}

// principalAxes returns the principal axes of the rows of x.
func principalAxes(x blas64.General) axes {
	all := make([]int, x.Rows)
	for i := range all {
		all[i] = i
	}
	a := axes{}
	a.centred, a.mean = centredRows(x, all)
	if x.Rows > x.Cols {
		a.turnTall(x)
	} else {
		a.turnWide(x)
	}
	if !a.turned { // dearer, and as right
		a.rows = a.centred
	}
	return a
}

// rounding returns, of each column of x, the norm of the errors that the arithmetic
// which made it may have left.
func rounding(x blas64.General) []float64 {
	errors := make([]float64, x.Cols)
	for i := range x.Rows {
		for j, v := range x.Data[i*x.Stride:][:x.Cols] {
			if v = math.Abs(v); v > errors[j] {
				errors[j] = v
			}
		}
	}
	blas64.Scal(1e-14*math.Sqrt(float64(x.Rows)), vec(errors))
	return errors
}

// eigenvectors returns those of CᵀC, or with NoTrans of CCᵀ, with their eigenvalues,
// ascending. The first, lost in the rounding of the last, tell nothing: with one unit
// 1e8 as large as the others, these are all axes but its.
func eigenvectors(side blas.Transpose, c *mat.Dense) (vectors *mat.Dense, values []float64, lost int, ok bool) {
	rows, cols := c.Dims()
	k := cols
	if side == blas.NoTrans {
		k = rows
	}
	gram := mat.NewSymDense(k, nil)
	blas64.Syrk(side, 1, c.RawMatrix(), 0, gram.RawSymmetric())
	var eigen mat.EigenSym
	if !eigen.Factorize(gram, true) {
		return nil, nil, 0, false
	}
	vectors, values = &mat.Dense{}, eigen.Values(nil)
	eigen.VectorsTo(vectors)
	for lost < k-1 && values[lost] <= 1e-14*values[k-1] {
		lost++
	}
	return vectors, values, lost, true
}

// turnTall makes the axes of rows x, more than there are columns. Those lost in
// rounding are left out if they hold no more than the errors of the columns.
func (a *axes) turnTall(x blas64.General) {
	c := dense(a.centred)
	v, _, lost, ok := eigenvectors(blas.Trans, c)
	if !ok {
		return
	}
	n, p := c.Dims()
	rows := mat.NewDense(n, p, nil)
	rows.Mul(c, v)
	if lost > 0 {
		var noise mat.Dense
		noise.Mul(mat.NewDiagDense(p, rounding(x)), v.Slice(0, p, 0, lost))
		if mat.Norm(rows.Slice(0, n, 0, lost), 2) > mat.Norm(&noise, 2) {
			lost = 0
		}
	}
	a.v = v.Slice(0, p, lost, p).(*mat.Dense)
	a.rows, a.turned = rows.Slice(0, n, lost, p).(*mat.Dense).RawMatrix(), true
}

// turnWide makes the axes of rows x, no more than there are columns.
func (a *axes) turnWide(x blas64.General) {
	rows, apart, ok := inOwnSpan(dense(a.centred), x)
	if !ok {
		return
	}
	a.rows, a.turned = rows.RawMatrix(), true
	if apart {
		a.turn()
	}
}

// inOwnSpan returns rows c, centred and no more than columns, in axes of their span:
// CCᵀ = UΛUᵀ gives UΛ^½. Axes lost in rounding, but for the one that centring has left
// empty, are looked at apart if they hold more than the errors of x.
func inOwnSpan(c *mat.Dense, x blas64.General) (rows *mat.Dense, apart, ok bool) {
	u, values, lost, ok := eigenvectors(blas.NoTrans, c)
	if !ok {
		return nil, false, false
	}
	n, _ := c.Dims()
	rows = mat.DenseCopyOf(u.Slice(0, n, lost, n))
	for j, v := range values[lost:] {
		blas64.Scal(math.Sqrt(math.Max(0, v)), rows.ColView(j).(*mat.VecDense).RawVector())
	}
	if lost < 2 {
		return rows, false, true
	}
	var left mat.Dense
	left.Mul(u.Slice(0, n, 0, lost).T(), c)
	if mat.Norm(&left, 2) <= blas64.Nrm2(vec(rounding(x))) {
		return rows, false, true
	}
	inner, _, ok := inOwnSpan(&left, x)
	if !ok {
		return nil, false, false
	}
	var hidden, all mat.Dense
	hidden.Mul(u.Slice(0, n, 0, lost), inner)
	all.Augment(&hidden, rows)
	return &all, true, true
}

// turn returns V. With C the centred rows and R = C·V those in the axes, it is CᵀR/RᵀR.
func (a *axes) turn() *mat.Dense {
	if a.v == nil {
		a.v = &mat.Dense{}
		a.v.Mul(dense(a.centred).T(), dense(a.rows))
		a.divide(a.v)
	}
	return a.v
}

// divide divides the columns of m by RᵀR.
func (a *axes) divide(m *mat.Dense) {
	for j := range a.rows.Cols {
		r, to := dense(a.rows).ColView(j), m.ColView(j).(*mat.VecDense)
		if size := mat.Norm(r, 2); size > 0 {
			to.ScaleVec(1/size/size, to)
		}
	}
}

// pick returns some of the rows, scaled.
func (a *axes) pick(some []int, scale float64) blas64.General {
	out := picked(a.rows, some)
	blas64.Scal(scale, vec(out.Data))
	return out
}

// coordinates returns rows z as they look in these axes, scaled: (z − mean)·V, where V
// is not made as (z − mean)·CᵀR/RᵀR.
func (a *axes) coordinates(z blas64.General, scale float64) blas64.General {
	from := a.less(z, scale)
	var at, along mat.Dense
	switch {
	case !a.turned:
		return from
	case a.v != nil:
		at.Mul(dense(from), a.v)
	default:
		along.Mul(dense(from), dense(a.centred).T())
		at.Mul(&along, dense(a.rows))
		a.divide(&at)
	}
	return at.RawMatrix()
}

// back returns rows that are in these axes as they look outside.
func (a *axes) back(rows blas64.General) blas64.General {
	out := &mat.Dense{}
	if a.turned {
		out.Mul(dense(rows), a.turn().T())
	} else {
		out.CloneFrom(dense(rows))
	}
	for i := range rows.Rows {
		blas64.Axpy(1, vec(a.mean), vec(out.RawRowView(i)))
	}
	return out.RawMatrix()
}

// less returns rows z less the mean of a, scaled.
func (a *axes) less(z blas64.General, scale float64) blas64.General {
	out := blas64.General{Rows: z.Rows, Cols: z.Cols, Stride: max(1, z.Cols), Data: make([]float64, 0, z.Rows*z.Cols)}
	for i := range z.Rows {
		for j, v := range z.Data[i*z.Stride:][:z.Cols] {
			out.Data = append(out.Data, scale*(v-a.mean[j]))
		}
	}
	return out
}

// dense returns x as a matrix, sharing its memory.
func dense(x blas64.General) *mat.Dense {
	m := &mat.Dense{}
	m.SetRawMatrix(x)
	return m
}
