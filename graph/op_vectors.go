package graph

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas/blas64"
)

// LeftVectors returns the left singular vectors of a, p×q, in the order of their singular
// values: a p×min(p, q) matrix, of zeros in the columns whose singular values are zero (to
// 1e-12 of the largest). Each is determined but for its sign. Of those that have one singular
// value, to 1e-6 of the largest, what they span alone is determined: they are the principal
// axes in it of the rows of along, p×k, and stand still among themselves where a changes.
//
// With P = Uᵀ·da·V the derivative is
//
//	U·(F ∘ (P·S + S·Pᵀ)) + (1 − U·Uᵀ)·da·V·S⁻¹,  F_ij = 1/(s_j² − s_i²), 0 of the same value.
//
// Source: Golub & Pereyra 1973; Giles 2008, Collected matrix derivative results.
func LeftVectors(a, along *Node) *Node {
	type decomposition struct {
		thinSVD
		rank  int
		group []int // of each singular value that is not zero
	}
	return Apply(Prim{
		Name: "LeftVectors", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) {
			if in[0].Rows != in[1].Rows {
				return 0, 0, fmt.Errorf("%v and %v: numbers of rows differ", in[0], in[1])
			}
			return in[0].Rows, min(in[0].Rows, in[0].Cols), nil
		},
		Forward: func(c *Call) error {
			d := kept[decomposition](c)
			if err := d.factorize(c.In[0]); err != nil {
				return err
			}
			clear(c.Out.Data)
			d.rank, d.group = Rank(d.values), d.group[:0]
			for i := range d.rank {
				of := 0
				if i > 0 {
					if of = d.group[i-1]; d.values[i-1]-d.values[i] >= 1e-6*d.values[0] {
						of = i
					}
				}
				d.group = append(d.group, of)
			}
			for from, to := 0, 0; from < d.rank; from = to {
				for to = from; to < d.rank && d.group[to] == from; to++ {
				}
				if to-from > 1 {
					if err := d.turn(c.In[1], from, to); err != nil {
						return err
					}
				}
			}
			for i := range c.Out.Rows {
				copy(c.Out.row(i)[:d.rank], d.u.row(i))
			}
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			d := c.Keep.(*decomposition)
			r := d.rank
			if r == 0 || i == 1 {
				clear(gin.Data)
				return nil
			}
			u, v := leading(c, "u", d.u, r), leading(c, "v", d.v, r)
			rest, inner := leading(c, "g", g, r), c.Scratch("uᵀg", r, r)
			gemm(true, false, 1, u, rest, 0, inner)
			gemm(false, false, -1, u, inner, 1, rest)
			core := c.Scratch("core", r, r)
			for i := range r {
				for j := range r {
					core.row(i)[j] = 0
					if d.group[i] != d.group[j] {
						si, sj := d.values[i], d.values[j]
						core.row(i)[j] = (inner.row(i)[j] - inner.row(j)[i]) / (sj - si) / (sj + si) * sj
					}
				}
			}
			for i := range rest.Rows {
				for j := range r {
					rest.row(i)[j] /= d.values[j]
				}
			}
			gemm(false, false, 1, u, core, 1, rest)
			gemm(false, true, 1, rest, v, 0, gin)
			return nil
		},
	}, a, along)
}

// turn turns singular vectors from…to−1, on both sides, to the principal axes of along in what
// the left ones span.
func (s *thinSVD) turn(along Mat, from, to int) error {
	k := to - from
	part := func(m Mat) Mat {
		p := Mat{m.Rows, k, make([]float64, m.Rows*k)}
		for i := range m.Rows {
			copy(p.row(i), m.row(i)[from:to])
		}
		return p
	}
	u, v := part(s.u), part(s.v)
	inside, turned := Mat{k, along.Cols, make([]float64, k*along.Cols)}, Mat{k, k, make([]float64, k*k)}
	gemm(true, false, 1, u, along, 0, inside)
	syrk(true, 1, inside, 0, turned)
	var axes thinSVD
	if err := axes.factorize(turned); err != nil {
		return err
	}
	for _, side := range []struct{ of, to Mat }{{u, s.u}, {v, s.v}} {
		out := Mat{side.of.Rows, k, make([]float64, side.of.Rows*k)}
		gemm(false, false, 1, side.of, axes.u, 0, out)
		for i := range out.Rows {
			copy(side.to.row(i)[from:to], out.row(i))
		}
	}
	return nil
}

// ColNorms returns the Euclidean norm of every column of a, n×p, as a 1×p matrix. The
// derivative at 0 is taken as 0.
func ColNorms(a *Node) *Node {
	return Apply(Prim{
		Name: "ColNorms", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) { return 1, in[0].Cols, nil },
		Forward: func(c *Call) error {
			colNorms(c.Out.Data, c.In[0])
			return nil
		},
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			for i := range gin.Rows {
				for j, v := range c.In[0].row(i) {
					gin.row(i)[j] = 0
					if c.Out.Data[j] > 0 {
						gin.row(i)[j] = g.Data[j] * v / c.Out.Data[j]
					}
				}
			}
			return nil
		},
	}, a)
}

// colNorms writes the norm of every column of x: of sums of squares, and where these leave
// double precision, otherwise.
func colNorms(norms []float64, x Mat) {
	clear(norms)
	for i := range x.Rows {
		for j, v := range x.row(i) {
			norms[j] += v * v
		}
	}
	for j, s := range norms {
		if norms[j] = math.Sqrt(s); !(s > 1e-280 && s < 1e280) {
			norms[j] = blas64.Nrm2(column(x, j))
		}
	}
}
