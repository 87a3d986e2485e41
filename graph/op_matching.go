package graph

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// MatchingCosine returns the cosine between x, n×p, and y, n×q, after every unit of the
// narrower is matched with one of the wider and no two with the same,
//
//	max_T ⟨T, xᵀy⟩ / (‖x‖ ‖y‖),  T of zeros and ones,
//
// which leaves units of the wider out. Acos of it is the angle, near 0 from what is left of
// the two.
//
// The gradient is that of the best T held where it is: where several are as good, that of
// one of them.
//
// Source: Williams et al. 2021; the assignment, Kuhn 1955.
func MatchingCosine(x, y *Node) *Node { return matched(false, x, y) }

// SoftMatchingCosine is MatchingCosine with T in the transport polytope, rows of which sum to
// 1/p and columns to 1/q,
//
//	max_T ⟨T, xᵀy⟩ / (‖x‖/√p · ‖y‖/√q).
//
// A best T has at most p + q − 1 elements; for p = q it is a permutation's.
//
// Source: Khosla & Williams 2024, Soft matching distance.
func SoftMatchingCosine(x, y *Node) *Node { return matched(true, x, y) }

func matched(soft bool, x, y *Node) *Node {
	if sx, sy := shapeOf(x), shapeOf(y); x.Dims() != 2 || y.Dims() != 2 || sx.Rows != sy.Rows {
		panic(&Error{"MatchingCosine", fmt.Errorf("%v and %v: x and y must be matrices of one number of samples", sx, sy)})
	}
	in := []*Node{x, Norm(x), y, Norm(y)}
	return withAngle(Apply(matchingPrim(soft, false), in...), matchingPrim(soft, true), in...)
}

// A matching is a plan T with the cosine of what it matches.
type matching struct {
	nearby
	transport transport
	t         Mat     // plan
	a, b      float64 // norms, of a mean unit where the matching is soft
}

// matchingPrim is the cosine, or the angle, of x and y with their norms.
func matchingPrim(soft, angle bool) Prim {
	name := "MatchingCosine"
	if angle {
		name = "MatchingAngle"
	}
	pull := func(c *Call, i int, g, gin Mat) error {
		m := c.Keep.(*matching)
		x, y, slope := c.In[0], c.In[2], m.slopeOf(angle, g)
		switch i {
		case 0:
			gemm(false, true, slope/(m.a*m.b), y, m.t, 0, gin)
		case 1:
			gin.Data[0] = -slope * m.cosine / c.In[1].Data[0]
		case 2:
			gemm(false, false, slope/(m.a*m.b), x, m.t, 0, gin)
		case 3:
			gin.Data[0] = -slope * m.cosine / c.In[3].Data[0]
		}
		return nil
	}
	return Prim{
		Name: name, Params: soft,
		Forward: func(c *Call) error {
			m := kept[matching](c)
			m.fit(c, soft)
			if m.near = false; m.a == 0 || m.b == 0 {
				return fmt.Errorf("x or y is 0 in all elements: there is nothing to match")
			}
			inner := c.Scratch("inner", c.In[0].Cols, c.In[2].Cols)
			if m.byCosine(blas64.Dot(vector(inner), vector(m.t)) / (m.a * m.b)); angle && m.cosine > 1-nearAngle {
				m.byChord(m.apart(c.In[0], c.In[2], soft))
			}
			c.Out.Data[0] = m.value(angle)
			return nil
		},
		Pullback: pull,
		centred:  func(i int, in []bool, _ bool) bool { return i == 0 && in[2] || i == 2 && in[0] },
	}
}

// fit finds the plan. Sources are the units of the narrower.
func (m *matching) fit(c *Call, soft bool) {
	x, y := c.In[0], c.In[2]
	p, q := x.Cols, y.Cols
	inner, of := c.Scratch("inner", p, q), y
	gemm(true, false, 1, x, y, 0, inner)
	m.a, m.b = c.In[1].Data[0], c.In[3].Data[0]
	profit := inner
	if p > q {
		profit, of = c.Scratch("profit", q, p), x
		gemm(true, false, 1, y, x, 0, profit)
	}
	least, most := min(p, q), of.Cols
	sources, sinks, whole := 1, 1, 1.0
	if soft {
		g := gcd(p, q)
		sources, sinks, whole = most/g, least/g, float64(p*q/g)
		m.a, m.b = m.a/math.Sqrt(float64(p)), m.b/math.Sqrt(float64(q))
	}
	m.transport.solve(profit, sources, sinks)
	m.t = c.Scratch("plan", p, q)
	for i := range p {
		for j := range q {
			k := i*q + j
			if p > q {
				k = j*p + i
			}
			m.t.row(i)[j] = float64(m.transport.plan[k]) / whole
		}
	}
}

// apart is the distance between x/a and y/b as T matches them, and what it leaves of either.
func (m *matching) apart(x, y Mat, soft bool) float64 {
	shareX, shareY := 1.0, 1.0
	if soft {
		shareX, shareY = 1/float64(x.Cols), 1/float64(y.Cols)
	}
	sum := 0.0
	for i := range x.Cols {
		left := shareX
		for j, t := range m.t.row(i) {
			if t == 0 {
				continue
			}
			left -= t
			for r := range x.Rows {
				d := x.row(r)[i]/m.a - y.row(r)[j]/m.b
				sum += t * d * d
			}
		}
		if !soft && left > 0 {
			sum += math.Pow(blas64.Nrm2(column(x, i))/m.a, 2)
		}
	}
	for j := range y.Cols {
		left := shareY
		for i := range x.Cols {
			left -= m.t.row(i)[j]
		}
		if !soft && left > 0 {
			sum += math.Pow(blas64.Nrm2(column(y, j))/m.b, 2)
		}
	}
	return math.Sqrt(sum)
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
