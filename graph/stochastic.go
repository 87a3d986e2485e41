package graph

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// A stochastic seeks the T of StochasticResidue, with the Q of each sample below each other.
type stochastic struct {
	work         Call // for its Scratch
	polar        [2]polar
	svd          [2]thinSVD
	a, fa, b, fb Mat
	t, q         Mat
}

const (
	stochasticStarts = 10   // from means, and from covariances; the first of them as they are
	stochasticSteps  = 40   // from each, as long as they gain stochasticGain of the value
	stochasticBest   = 4    // from which as many again, five times over
	stochasticGain   = 1e-8 // of the value
	stochasticFinish = 3000 // from the best of these
)

var errAxes = errors.New("principal axes of covariances did not converge")

func (s *stochastic) align(alpha float64, in []Mat) error {
	n, p, q := in[0].Rows, in[0].Cols, in[2].Cols
	s.a, s.b = in[0], in[2]
	// Of more rows than units, those of their triangular factors are as good.
	var ofA, ofB Mat
	s.fa, ofA = s.triangular("a", in[1], n)
	s.fb, ofB = s.triangular("b", in[3], n)
	s.t, s.q = s.work.Scratch("T", q, p), s.work.Scratch("q", s.fa.Rows, s.fb.Rows/n)
	type found struct {
		value float64
		t     Mat
	}
	var all []found
	r, weights := rand.New(rand.NewPCG(1, uint64(n))), s.work.Scratch("weights", 1, n).Data
	for start := range 2 * stochasticStarts {
		for i := range weights {
			if weights[i] = 1; start > 1 {
				weights[i] = r.NormFloat64()
			}
		}
		begin := s.byMeans
		if start%2 == 1 {
			begin = s.byCovariances
		}
		if err := begin(weights); err != nil {
			return err
		}
		value, err := s.turns(alpha, stochasticSteps, stochasticGain)
		if err != nil {
			return err
		}
		all = append(all, found{value, s.work.Scratch(fmt.Sprint("T ", start), q, p)})
		copy(all[start].t.Data, s.t.Data)
	}
	greater := func(a, b found) int { return cmp.Compare(b.value, a.value) }
	slices.SortStableFunc(all, greater)
	all = all[:stochasticBest]
	for i, from := range all {
		copy(s.t.Data, from.t.Data)
		value, err := s.turns(alpha, 5*stochasticSteps, stochasticGain)
		if err != nil {
			return err
		}
		all[i].value = value
		copy(from.t.Data, s.t.Data)
	}
	copy(s.t.Data, slices.MinFunc(all, greater).t.Data)
	if _, err := s.turns(alpha, stochasticFinish, 1e-16); err != nil {
		return err
	}
	s.whole(in, ofA, ofB)
	newtonSchulz(s.t, s.work.Scratch("T·Tᵀ", q, q), s.work.Scratch("old", q, p)) // to the last digit
	return nil
}

// triangular returns R and Q of the rows F = Q·R of each of n samples, below each other, or F
// itself where it has no more rows than columns, with no Q.
func (s *stochastic) triangular(name string, f Mat, n int) (r, q Mat) {
	k, p := f.Rows/n, f.Cols
	if k <= p {
		return f, Mat{}
	}
	r, q = s.work.Scratch("R of "+name, n*p, p), s.work.Scratch("Q of "+name, f.Rows, p)
	copy(q.Data, f.Data)
	clear(r.Data)
	tau, query := s.work.Scratch("tau", 1, p).Data, s.work.Scratch("query", 1, 64*p).Data
	for i := range n {
		of := general(q.rows(i*k, (i+1)*k))
		lapack64.Geqrf(of, tau, query, len(query))
		for j := range p {
			copy(r.row(i*p + j)[j:], q.row(i*k + j)[j:])
		}
		lapack64.Orgqr(of, tau, query, len(query))
	}
	return r, q
}

// whole makes the Q of each sample those of all rows of its factors, of those of R: Qa·Q·Qbᵀ.
func (s *stochastic) whole(in []Mat, ofA, ofB Mat) {
	n := s.a.Rows
	for _, side := range []struct {
		of, factors Mat
		right       bool
	}{{ofA, in[1], false}, {ofB, in[3], true}} {
		if side.of.Data == nil {
			continue
		}
		rows, k, r := s.q.Rows/n, side.factors.Rows/n, side.of.Cols
		old := s.q
		if side.right {
			s.q = s.work.Scratch("Q·Qbᵀ", old.Rows, k)
			for i := range n {
				gemm(false, true, 1, old.rows(i*rows, (i+1)*rows), side.of.rows(i*k, (i+1)*k), 0, s.q.rows(i*rows, (i+1)*rows))
			}
			continue
		}
		s.q = s.work.Scratch("Qa·Q", n*k, old.Cols)
		for i := range n {
			gemm(false, false, 1, side.of.rows(i*k, (i+1)*k), old.rows(i*r, (i+1)*r), 0, s.q.rows(i*k, (i+1)*k))
		}
	}
	s.fa, s.fb = in[1], in[3]
}

// byMeans makes T the best for the means, of samples with such weights.
func (s *stochastic) byMeans(weights []float64) error {
	weighed, inner := s.work.Scratch("w·a", s.a.Rows, s.a.Cols), s.work.Scratch("bᵀa", s.b.Cols, s.a.Cols)
	for i, w := range weights {
		copy(weighed.row(i), s.a.row(i))
		blas64.Scal(w, vec(weighed.row(i)))
	}
	gemm(true, false, 1, s.b, weighed, 0, inner)
	return s.isometry(s.t, inner, 0)
}

// byCovariances makes T take the principal axes of the mean covariance of b to the first of
// those of a, of samples with the squares of such weights, in the directions in which the
// covariances by these axes agree: the signs of the eigenvector of their products.
func (s *stochastic) byCovariances(weights []float64) error {
	n, q := s.a.Rows, s.b.Cols
	products := s.work.Scratch("products", q, q)
	var along [2]Mat // factors by the axes
	var axes [2]Mat  // in columns, the first first
	for side, f := range []Mat{s.fa, s.fb} {
		name := []string{"a", "b"}[side]
		rows, p := f.Rows/n, f.Cols
		weighed, v := s.work.Scratch("w·f"+name, f.Rows, p), s.work.Scratch("axes of "+name, p, p)
		for i := range f.Rows {
			copy(weighed.row(i), f.row(i))
			blas64.Scal(weights[i/rows], vec(weighed.row(i)))
		}
		syrk(false, 1, weighed, 0, v)
		if !eigenvectors(&s.work, v) {
			return errAxes
		}
		first := s.work.Scratch("first of "+name, p, q)
		for i := range p {
			for j := range q {
				first.row(i)[j] = v.row(i)[p-1-j]
			}
		}
		axes[side], along[side] = first, s.work.Scratch("f·v of "+name, f.Rows, q)
		gemm(false, false, 1, f, first, 0, along[side])
	}
	var of [2]Mat
	clear(products.Data)
	for i := range n {
		for side, f := range along {
			rows := f.Rows / n
			of[side] = s.work.Scratch([]string{"Σa", "Σb"}[side], q, q)
			gemm(true, false, 1, f.rows(i*rows, (i+1)*rows), f.rows(i*rows, (i+1)*rows), 0, of[side])
		}
		for j, v := range of[0].Data {
			products.Data[j] += v * of[1].Data[j]
		}
	}
	if !eigenvectors(&s.work, products) {
		return errAxes
	}
	for j := range q {
		if products.row(j)[q-1] < 0 {
			blas64.Scal(-1, column(axes[1], j))
		}
	}
	gemm(false, true, 1, axes[1], axes[0], 0, s.t)
	return nil
}

// turned is fb·T, in the buffer of that name.
func (s *stochastic) turned(name string) Mat {
	turned := s.work.Scratch(name, s.fb.Rows, s.fa.Cols)
	gemm(false, false, 1, s.fb, s.t, 0, turned)
	return turned
}

// turns makes Q the best for T, T for Q, and so on, so many times or until they stay, or until
// ten of them have not gained that share of the value, and returns this, which they do not make
// less: α·⟨a, b·T⟩ + (2 − α)·Σ⟨Fa, Q·Fb·T⟩. Q is that of the T before the last.
func (s *stochastic) turns(alpha float64, steps int, gain float64) (value float64, err error) {
	n, k, l := s.a.Rows, s.fa.Rows/s.a.Rows, s.fb.Rows/s.a.Rows
	means, slope, old := s.work.Scratch("means", s.t.Rows, s.t.Cols), s.work.Scratch("slope", s.t.Rows, s.t.Cols), s.work.Scratch("old", s.t.Rows, s.t.Cols)
	gemm(true, false, alpha, s.b, s.a, 0, means)
	back, products := s.work.Scratch("Qᵀ·fa", s.fb.Rows, s.fa.Cols), s.work.Scratch("Fa·Tᵀ·Fbᵀ", k, l)
	still := 0
	for range steps {
		turned := s.turned("fb·T")
		for i := range n {
			q, fa := s.q.rows(i*k, (i+1)*k), s.fa.rows(i*k, (i+1)*k)
			gemm(false, true, 1, fa, turned.rows(i*l, (i+1)*l), 0, products)
			if err := s.isometry(q, products, 1); err != nil {
				return 0, err
			}
			gemm(true, false, 1, q, fa, 0, back.rows(i*l, (i+1)*l))
		}
		copy(slope.Data, means.Data)
		gemm(true, false, 2-alpha, s.fb, back, 1, slope)
		copy(old.Data, s.t.Data)
		if err := s.isometry(s.t, slope, 0); err != nil {
			return 0, err
		}
		at := blas64.Dot(vector(s.t), vector(slope))
		if still++; at > value+gain*math.Abs(at) {
			still = 0
		}
		value = at
		blend(old, 1, old, -1, s.t)
		if frobenius(old) <= 1e-13 || still > 10 {
			break
		}
	}
	return value, nil
}

// isometry makes dst the polar factor of a, and of what has low rank a whole one; which is one
// of two kinds, by its shape.
func (s *stochastic) isometry(dst, a Mat, which int) error {
	if s.polar[which].factor(dst, a) {
		return nil
	}
	d := &s.svd[which]
	if err := d.factorize(a); err != nil {
		return err
	}
	gemm(false, true, 1, d.u, d.v, 0, dst)
	return nil
}
