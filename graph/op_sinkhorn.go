package graph

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// Sinkhorn returns the plan T, p×q, rows of which sum to 1/p and columns to 1/q, that is best
// for the profits c, p×q, and its entropy,
//
//	⟨T, c⟩ − ε·Σ T_ij·log T_ij,
//
// which is exp((c_ij − u_i − v_j)/ε): for ε → 0 the best transport, for large ε 1/pq. Rows and
// columns are brought to their sums in turn, by logarithms, and near the end both by Newton's
// method. The gradient is that of the plan that has these sums, not of the steps to it.
//
// Source: Cuturi 2013, Sinkhorn distances; the gradient, Luise et al. 2018, Differential
// properties of Sinkhorn approximation.
func Sinkhorn(epsilon float64, c *Node) *Node {
	return Apply(Prim{
		Name: "Sinkhorn", Params: epsilon, Shape: shapeLike(c),
		Forward: func(c *Call) error { return kept[sinkhorn](c).plan(c, epsilon) },
		// With M = g∘T: (M − diag(a)·T − T·diag(b))/ε, of which rows and columns sum to 0.
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			s, t := c.Keep.(*sinkhorn), c.Out
			clear(s.a)
			clear(s.b)
			for i := range t.Rows {
				for j, v := range t.row(i) {
					m := v * g.row(i)[j]
					gin.row(i)[j] = m
					s.a[i] += m
					s.b[j] += m
				}
			}
			if err := s.solve(t); err != nil {
				return err
			}
			for i := range t.Rows {
				for j, v := range t.row(i) {
					gin.row(i)[j] = (gin.row(i)[j] - v*(s.a[i]+s.b[j])) / epsilon
				}
			}
			return nil
		},
	}, c)
}

// A sinkhorn is the state of one plan.
type sinkhorn struct {
	factor     cholesky
	u, v       []float64 // over ε
	rows, cols []float64 // sums of the plan
	a, b       []float64 // what solve is given and gives
	scaled     Mat       // rows of the plan over their roots
}

// sweeps are the most that are made.
const sweeps = 10000

func (s *sinkhorn) plan(c *Call, epsilon float64) error {
	p, q := c.In[0].Rows, c.In[0].Cols
	of := func(name string, n int) []float64 { return c.Scratch(name, 1, n).Data }
	s.u, s.v, s.rows, s.cols, s.a, s.b = of("u", p), of("v", q), of("rows", p), of("cols", q), of("a", p), of("b", q)
	s.scaled = c.Scratch("scaled", p, q)
	k, t := c.Scratch("c/ε", p, q), c.Out
	for i, v := range c.In[0].Data {
		k.Data[i] = v / epsilon
	}
	clear(s.u)
	clear(s.v)
	before := math.Inf(1)
	for range sweeps {
		for i := range p {
			s.u[i] = logSumExp(k.row(i), s.v, 1) + math.Log(float64(p))
		}
		for j := range q {
			s.v[j] = logSumExp(k.Data[j:], s.u, q) + math.Log(float64(q))
		}
		off := s.sums(k, t)
		// Newton's steps for as long as each is better than half of the last.
		for off > 1e-14 && off < 0.1 && off < before/2 {
			for i := range p {
				s.a[i] = s.rows[i] - 1/float64(p)
			}
			for j := range q {
				s.b[j] = s.cols[j] - 1/float64(q)
			}
			if s.solve(t) != nil {
				break
			}
			add(s.u, 1, s.a)
			add(s.v, 1, s.b)
			before, off = off, s.sums(k, t)
		}
		if off <= 1e-12 {
			return nil
		}
		before = math.Inf(1)
	}
	return fmt.Errorf("no plan after %d sweeps with ε = %g, which is small beside the profits: take a larger one, or none", sweeps, epsilon)
}

// sums makes the plan of u and v and its sums, and returns the largest share by which one is
// off.
func (s *sinkhorn) sums(k, t Mat) (off float64) {
	clear(s.cols)
	for i := range t.Rows {
		s.rows[i] = 0
		for j, v := range k.row(i) {
			e := math.Exp(v - s.u[i] - s.v[j])
			t.row(i)[j] = e
			s.rows[i] += e
			s.cols[j] += e
		}
		off = max(off, math.Abs(s.rows[i]*float64(t.Rows)-1))
	}
	for _, sum := range s.cols {
		off = max(off, math.Abs(sum*float64(t.Cols)-1))
	}
	return off
}

// solve replaces a and b by the solution of
//
//	diag(rows)·a' + T·b' = a,  Tᵀ·a' + diag(cols)·b' = b,
//
// of which b' has mean 0.
func (s *sinkhorn) solve(t Mat) error {
	p, q := t.Rows, t.Cols
	for i := range p {
		by := 1 / math.Sqrt(s.rows[i])
		for j, v := range t.row(i) {
			s.scaled.row(i)[j] = by * v
		}
	}
	s.factor.form(s.scaled, false, 0)
	n := s.factor.s
	for i := range n.Data { // and 1/q for the constant vector, of which it is 0
		n.Data[i] = 1/float64(q*q) - n.Data[i]
	}
	for j := range q {
		n.row(j)[j] += s.cols[j]
	}
	for i := range p {
		s.a[i] /= s.rows[i]
		add(s.b, -s.a[i], t.row(i))
	}
	if !s.factor.factorize() {
		return errors.New("the plan is one to one, to rounding, and its gradient lost: take a larger ε, or none")
	}
	s.factor.solve(Mat{q, 1, s.b})
	for i := range p {
		s.a[i] -= blas64.Dot(vec(t.row(i)), vec(s.b)) / s.rows[i]
	}
	return nil
}

// logSumExp is log Σ_j exp(k_j − v_j), of every stride-th k.
func logSumExp(k, v []float64, stride int) float64 {
	most, sum := math.Inf(-1), 0.0
	for j, x := range v {
		most = max(most, k[j*stride]-x)
	}
	for j, x := range v {
		sum += math.Exp(k[j*stride] - x - most)
	}
	return most + math.Log(sum)
}
