package graph

import (
	"errors"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas/blas64"
)

// A conjugation seeks the orthogonal C of greatest ⟨a, C·b·Cᵀ⟩.
type conjugation struct {
	work  Call // for its Scratch
	polar polar
	best  Mat
}

const (
	conjugationStarts = 10   // that are drawn
	conjugationSteps  = 200  // of an ascent
	conjugationFinish = 5000 // of that which goes on from the best
)

func (s *conjugation) find(a, b Mat) error {
	n := a.Rows
	matrix := func(name string) Mat { return s.work.Scratch(name, n, n) }
	s.best = matrix("best")
	a0, b0 := matrix("a"), matrix("b")
	for _, m := range []struct{ to, from Mat }{{a0, a}, {b0, b}} {
		copy(m.to.Data, m.from.Data)
		trace := 0.0
		for i := range n {
			trace += m.from.row(i)[i] / float64(n)
		}
		for i := range n {
			m.to.row(i)[i] -= trace
		}
	}
	c, one := matrix("C"), matrix("1")
	clear(one.Data)
	for i := range n {
		one.row(i)[i] = 1
	}
	greatest, found := 0.0, false
	try := func() {
		if value := s.ascend(c, a0, b0, conjugationSteps); !found || value > greatest+1e-14*frobenius(a0)*frobenius(b0) {
			greatest, found = value, true
			copy(s.best.Data, c.Data)
		}
	}
	if err := s.agreeing(c, one, one, a0, b0); err != nil {
		return err
	}
	try()
	va, vb := matrix("axes of a"), matrix("axes of b")
	for _, m := range []struct{ v, of Mat }{{va, a0}, {vb, b0}} {
		twice(m.v, m.of)
		if !eigenvectors(&s.work, m.v) {
			return errors.New("principal axes did not converge")
		}
	}
	if err := s.agreeing(c, va, vb, a0, b0); err != nil {
		return err
	}
	try()
	r, drawn := rand.New(rand.NewPCG(1, uint64(n))), matrix("drawn")
	for range conjugationStarts {
		for i := range drawn.Data {
			drawn.Data[i] = r.NormFloat64()
		}
		if s.polar.factor(c, drawn) {
			try()
		}
	}
	s.ascend(s.best, a0, b0, conjugationFinish)
	return nil
}

// agreeing makes c take the axes in vb to those in va, in the directions in which the elements
// of a and of b by these axes agree: the signs of the eigenvector of their products.
func (s *conjugation) agreeing(c, va, vb, a, b Mat) error {
	n := a.Rows
	left, byA, byB := s.work.Scratch("left", n, n), s.work.Scratch("by axes of a", n, n), s.work.Scratch("by axes of b", n, n)
	for _, m := range []struct{ to, v, of Mat }{{byA, va, a}, {byB, vb, b}} {
		gemm(true, false, 1, m.v, m.of, 0, left)
		gemm(false, false, 1, left, m.v, 0, m.to)
	}
	for i := range n {
		for j := range n {
			left.row(i)[j] = byA.row(i)[j]*byB.row(i)[j] + byA.row(j)[i]*byB.row(j)[i]
		}
	}
	if !eigenvectors(&s.work, left) {
		return errors.New("directions of principal axes did not converge")
	}
	copy(byB.Data, vb.Data)
	for j := range n {
		if left.row(j)[n-1] < 0 {
			blas64.Scal(-1, column(byB, j))
		}
	}
	gemm(false, true, 1, va, byB, 0, c)
	return nil
}

// ascend makes c one from which no step leads up, or so many steps have led, and returns
// ⟨a, c·b·cᵀ⟩.
func (s *conjugation) ascend(c, a, b Mat, steps int) (value float64) {
	n := a.Rows
	matrix := func(name string) Mat { return s.work.Scratch(name, n, n) }
	cb, slope, next, nextSlope, target := matrix("C·b"), matrix("slope"), matrix("next"), matrix("slope there"), matrix("target")
	size := frobenius(a) * frobenius(b)
	// at is the value, the gradient a·c·bᵀ + aᵀ·c·b, and the size of what of it leads up: what is
	// not symmetric of its product with cᵀ.
	at := func(c, slope Mat) (value, up float64) {
		gemm(false, false, 1, c, b, 0, cb)
		gemm(true, false, 1, a, cb, 0, slope)
		gemm(false, true, 1, c, b, 0, cb)
		gemm(false, false, 1, a, cb, 1, slope)
		gemm(false, true, 1, slope, c, 0, cb)
		for i := range n {
			for j := range i {
				up = math.Hypot(up, cb.row(i)[j]-cb.row(j)[i])
			}
		}
		return blas64.Dot(vector(c), vector(slope)) / 2, up
	}
	value, up := at(c, slope)
	most := 2.5 * size
	mu := most / 8
	for range steps {
		if up <= 1e-14*size || mu > most {
			break
		}
		blend(target, 1, slope, mu, c)
		if s.polar.factor(next, target) {
			// To rounding of the value, it is by what leads up that one is seen to be further.
			there, left := at(next, nextSlope)
			if gain := (there - value) / size; gain > 1e-15 || gain > -1e-15 && left < up {
				value, up, mu = there, left, mu*0.7
				copy(c.Data, next.Data)
				copy(slope.Data, nextSlope.Data)
				continue
			}
		}
		mu *= 2
	}
	return value
}
