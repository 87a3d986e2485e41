package graph

import (
	"fmt"
	"math"
)

// LeftVectors returns the left singular vectors of a, p×q, in the order of their singular
// values: a p×min(p, q) matrix, of zeros in the columns whose singular values are zero (to
// 1e-12 of the largest). Each is determined but for its sign. Two that have one singular
// value, to 1e-6 of the largest, are turned into each other by nothing that can be seen, and
// are an error, but where all have the same: what is asked of them then must not depend on
// which they are, and the gradient is as if they stood still among themselves.
//
// With P = Uᵀ·da·V the derivative is
//
//	U·(F ∘ (P·S + S·Pᵀ)) + (1 − U·Uᵀ)·da·V·S⁻¹,  F_ij = 1/(s_j² − s_i²), 0 for i = j.
//
// Source: Golub & Pereyra 1973; Giles 2008, Collected matrix derivative results.
func LeftVectors(a *Node) *Node {
	type decomposition struct {
		thinSVD
		rank int
		tied bool
	}
	return Apply(Prim{
		Name: "LeftVectors", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) { return in[0].Rows, min(in[0].Rows, in[0].Cols), nil },
		Forward: func(c *Call) error {
			d := kept[decomposition](c)
			if err := d.factorize(c.In[0]); err != nil {
				return err
			}
			clear(c.Out.Data)
			if d.rank = Rank(d.values); d.rank == 0 {
				return nil
			}
			tied := func(i int) bool { return d.values[i]-d.values[i+1] < 1e-6*d.values[0] }
			d.tied = d.values[0]-d.values[d.rank-1] < 1e-6*d.values[0]
			for i := 0; i+1 < d.rank && !d.tied; i++ {
				if tied(i) {
					return fmt.Errorf("singular values %d and %d are the same, to 1e-6: which directions are theirs is not decided", i+1, i+2)
				}
			}
			for i := range c.Out.Rows {
				copy(c.Out.row(i)[:d.rank], d.u.row(i))
			}
			return nil
		},
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			d := c.Keep.(*decomposition)
			r := d.rank
			if r == 0 {
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
					if i != j && !d.tied {
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
	}, a)
}

// ColNorms returns the Euclidean norm of every column of a, n×p, as a 1×p matrix. The
// derivative at 0 is taken as 0.
func ColNorms(a *Node) *Node {
	return Apply(Prim{
		Name: "ColNorms", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) { return 1, in[0].Cols, nil },
		Forward: func(c *Call) error {
			clear(c.Out.Data)
			for i := range c.In[0].Rows {
				for j, v := range c.In[0].row(i) {
					c.Out.Data[j] = math.Hypot(c.Out.Data[j], v)
				}
			}
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
