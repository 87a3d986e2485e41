package graph

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// DelayCoordinates returns the leading left singular vectors, so many as rank, of x beside its
// own past: of samples that are times × conditions, row t·conditions + c, the matrix of rows
// [x_t,c  x_t−1,c … x_t−delays+1,c], of (times − delays + 1)·conditions × (delays·units), means
// not taken. Each is one as its largest element is above 0. Vectors across the cut whose singular
// values are alike within 1e-6 are an error, as is a matrix of lower rank. Value only.
//
// Source: Brunton et al. 2017, Chaos as an intermittently forced linear system (eigen-time-delay
// coordinates).
func DelayCoordinates(times, delays, rank int, x *Node) *Node {
	return Apply(Prim{
		Name: "DelayCoordinates", Params: [3]int{times, delays, rank},
		Shape: func(in []Mat) (int, int, error) {
			n := in[0].Rows
			if times < 1 || n%times != 0 {
				return 0, 0, fmt.Errorf("%d samples are not %d times of as many conditions each", n, times)
			}
			if times <= delays {
				return 0, 0, fmt.Errorf("of %d times there is no step from one to the next with %d delays, which take %d", times, delays, delays+1)
			}
			rows := (times - delays + 1) * (n / times)
			if most := min(rows-n/times, delays*in[0].Cols); rank > most {
				return 0, 0, fmt.Errorf("a rank of %d is asked for; of %d steps, and %d delays of %d units, it is at most %d", rank, rows-n/times, delays, in[0].Cols, most)
			}
			return rows, rank, nil
		},
		Forward: func(c *Call) error {
			x, conditions := c.In[0], c.In[0].Rows/times
			h, d := c.Scratch("delays", c.Out.Rows, delays*x.Cols), kept[subspace](c)
			for i := range h.Rows {
				for k := range delays {
					copy(h.row(i)[k*x.Cols:], x.row(i+(delays-1-k)*conditions))
				}
			}
			u, values, err := d.leading(h, rank)
			if err != nil {
				return err
			}
			switch r := Rank(values); {
			case r < rank:
				return fmt.Errorf("data with their delays have rank %d, and %d is asked for", r, rank)
			case rank < len(values) && values[rank-1]-values[rank] < 1e-6*values[rank-1]:
				return fmt.Errorf("components %d and %d of data with their delays have the same variance, to 1e-6: which of them is kept is not decided", rank, rank+1)
			}
			for k := range rank {
				from, to := column(u, k), column(c.Out, k)
				blas64.Copy(from, to)
				if i := blas64.Iamax(to); c.Out.row(i)[k] < 0 {
					blas64.Scal(-1, to)
				}
			}
			return nil
		},
	}, x)
}

// Conjugated returns C·b·Cᵀ for the orthogonal C that brings b nearest to a, both r×r: the best
// of those that an ascent finds from a dozen starts, of which none is proven to be the best there
// is. Starts are the axes as they are, those of the symmetric parts, and ten that are drawn of a
// fixed seed; of the first two, directions are such that elements agree. The trace, which no C
// changes, has no part in it. Value only.
//
// Each step is to the orthogonal matrix nearest to the gradient and μ times C itself, which for
// a μ that is large enough is an ascent; μ falls as long as it is one.
//
// Source: Ostrow et al. 2023 (Procrustes analysis over vector fields); the ascent, Journée et al.
// 2010, Generalized power method; that signs agree, Singer 2011, Angular synchronization by
// eigenvectors.
func Conjugated(a, b *Node) *Node {
	return Apply(Prim{
		Name: "Conjugated", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) {
			if n := in[0].Rows; in[0].Cols != n || in[1].Rows != n || in[1].Cols != n {
				return 0, 0, fmt.Errorf("shapes %v and %v: both are square, and of one size", in[0], in[1])
			}
			return in[0].Rows, in[0].Cols, nil
		},
		Forward: func(c *Call) error {
			a, b := c.In[0], c.In[1]
			s := kept[conjugation](c)
			// In an order of their own, so that it is the same for a and b in each other's place.
			swapped := slices.Compare(a.Data, b.Data) > 0
			if swapped {
				a, b = b, a
			}
			if err := s.find(a, b); err != nil {
				return err
			}
			turned := c.Scratch("C·b", a.Rows, a.Rows)
			gemm(swapped, false, 1, s.best, c.In[1], 0, turned)
			gemm(false, !swapped, 1, turned, s.best, 0, c.Out)
			return nil
		},
	}, a, b)
}

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
		if !s.axes(m.v) {
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

// axes makes v, symmetric, its eigenvectors, those of small eigenvalues first.
func (s *conjugation) axes(v Mat) bool {
	n := v.Rows
	work := s.work.Scratch("work", 1, 64*n).Data
	return lapack64.Syev(lapack.EVCompute, blas64.Symmetric{N: n, Stride: n, Data: v.Data, Uplo: blas.Upper}, s.work.Scratch("values", 1, n).Data, work, len(work))
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
	if !s.axes(left) {
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
