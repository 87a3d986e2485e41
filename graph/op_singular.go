package graph

import (
	"fmt"
	"math"
)

// Polar returns the polar factor U·Vᵀ of x = U·S·Vᵀ, n×p, over its singular values that are
// not zero (to 1e-12 of the largest): x whitened, with orthonormal columns where its rank
// is p. Its squared norm is the rank.
func Polar(x *Node) *Node {
	return singular("Polar", struct{}{}, x, func(_, f, slope []float64) error {
		for i := range f {
			f[i], slope[i] = 1, 0
		}
		return nil
	})
}

// Whitened returns U·(α·S + (1 − α))·Vᵀ of x = U·S·Vᵀ, n×p: x itself for α = 1, its polar
// factor for α = 0.
//
// Source: Williams et al. 2021, partial whitening.
func Whitened(alpha float64, x *Node) *Node {
	return singular("Whitened", alpha, x, func(s, f, slope []float64) error {
		for i := range f {
			f[i], slope[i] = alpha*s[i]+(1-alpha), alpha
		}
		return nil
	})
}

// Regularised returns F = U·S·(S² + λ)^−½·Vᵀ of x = U·S·Vᵀ, n×p, for λ > 0: F·Fᵀ takes data
// to what ridge regression on x with penalty λ predicts of them.
func Regularised(lambda float64, x *Node) *Node {
	return singular("Regularised", lambda, x, func(s, f, slope []float64) error {
		for i, v := range s {
			size := math.Hypot(v, math.Sqrt(lambda))
			f[i], slope[i] = v/size, lambda/(size*size*size)
		}
		return nil
	})
}

// Leading returns the polar factor of x, n×p with columns of mean 0, over its leading
// principal components: k of them, or, where k is 0, as few as hold the share of its
// variance. How many these are is held at what the data say: two components across the
// cut that are alike within 1e-6 are an error, for the value jumps where they change places.
func Leading(k int, share float64, x *Node) *Node {
	type params struct {
		k     int
		share float64
	}
	return singular("Leading", params{k, share}, x, func(s, f, slope []float64) error {
		keep := k
		if k == 0 {
			total, sum := 0.0, 0.0
			for _, v := range s {
				total += v / s[0] * (v / s[0])
			}
			// Rounding is no reason for a further component.
			for keep = 0; keep < len(s) && sum < share*total*(1-1e-12); keep++ {
				sum += s[keep] / s[0] * (s[keep] / s[0])
			}
		}
		if keep > len(s) {
			return fmt.Errorf("%d components are asked for and there are %d", keep, len(s))
		}
		if keep < len(s) && s[keep-1]-s[keep] < 1e-6*s[keep-1] {
			return fmt.Errorf("components %d and %d have the same variance, to 1e-6: which of them is kept is not decided", keep, keep+1)
		}
		for i := range f {
			f[i], slope[i] = 0, 0
			if i < keep {
				f[i] = 1
			}
		}
		return nil
	})
}

// singular returns U·f(S)·Vᵀ of x = U·S·Vᵀ over the singular values that are not zero; of
// writes f and its derivative at these, in descending order. With P = Uᵀ·dx·V, the
// derivative in the ranges of U and V is
//
//	(f_i − f_j)/(s_i − s_j)·(P + Pᵀ)/2 + (f_i + f_j)/(s_i + s_j)·(P − Pᵀ)/2,
//
// element by element, and outside of them that of constant rank, (1 − UUᵀ)·dx·V·f/s·Vᵀ
// and its like on the other side. It is its own transpose.
//
// Source: Daleckii & Krein 1965; Noferini 2017, A formula for the Fréchet derivative of a
// generalized matrix function.
func singular(name string, params any, x *Node, of func(s, f, slope []float64) error) *Node {
	type decomposition struct {
		thinSVD
		rank     int
		f, slope []float64
	}
	return Apply(Prim{
		Name: name, Params: params, Shape: shapeLike(x),
		Forward: func(c *Call) error {
			d := kept[decomposition](c)
			if err := d.factorize(c.In[0]); err != nil {
				return err
			}
			d.rank = Rank(d.values)
			if d.rank == 0 {
				clear(c.Out.Data)
				return nil
			}
			d.f, d.slope = c.Scratch("f", 1, d.rank).Data, c.Scratch("slope", 1, d.rank).Data
			if err := of(d.values[:d.rank], d.f, d.slope); err != nil {
				return err
			}
			u, v := leading(c, "u", d.u, d.rank), leading(c, "v", d.v, d.rank)
			fu := c.Scratch("u·f", u.Rows, u.Cols)
			scaleColumns(fu, u, d.f)
			gemm(false, true, 1, fu, v, 0, c.Out)
			return nil
		},
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			d := c.Keep.(*decomposition)
			if d.rank == 0 {
				clear(gin.Data)
				return nil
			}
			r := d.rank
			u, v := c.Scratch("u", g.Rows, r), c.Scratch("v", g.Cols, r)
			gv, ug, w := c.Scratch("gv", g.Rows, r), c.Scratch("uᵀg", r, g.Cols), c.Scratch("w", r, r)
			gemm(false, false, 1, g, v, 0, gv)
			gemm(true, false, 1, u, g, 0, ug)
			gemm(true, false, 1, u, gv, 0, w)
			over := c.Scratch("f/s", 1, r).Data
			for i := range over {
				over[i] = d.f[i] / d.values[i]
			}
			gemm(false, false, -1, u, w, 1, gv)
			scaleColumns(gv, gv, over)
			gemm(false, true, -1, w, v, 1, ug)
			for i := range r {
				for j := range ug.row(i) {
					ug.row(i)[j] *= over[i]
				}
			}
			core := c.Scratch("core", r, r)
			for i := range r {
				for j := range r {
					core.row(i)[j] = (d.divided(i, j, d.f, d.slope)*(w.row(i)[j]+w.row(j)[i]) + (d.f[i]+d.f[j])/(d.values[i]+d.values[j])*(w.row(i)[j]-w.row(j)[i])) / 2
				}
			}
			gemm(false, false, 1, u, core, 1, gv)
			gemm(false, true, 1, gv, v, 0, gin)
			gemm(false, false, 1, u, ug, 1, gin)
			return nil
		},
		// What is left of no mean has its range in x's, and so has its derivative but for
		// the part outside, which has that of g.
		centred: func(i int, in []bool, g bool) bool { return in[0] && (i < 0 || g) },
	}, x)
}

// divided is (f_i − f_j)/(s_i − s_j), or the slope where the two are one.
func (s *thinSVD) divided(i, j int, f, slope []float64) float64 {
	if apart := s.values[i] - s.values[j]; math.Abs(apart) > 1e-9*s.values[i] {
		return (f[i] - f[j]) / apart
	}
	return (slope[i] + slope[j]) / 2
}

// leading copies the first r columns of m.
func leading(c *Call, name string, m Mat, r int) Mat {
	to := c.Scratch(name, m.Rows, r)
	for i := range m.Rows {
		copy(to.row(i), m.row(i)[:r])
	}
	return to
}
