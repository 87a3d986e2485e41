package graph

import (
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"
)

// Ridge returns the q×p coefficients (aᵀa + λ)⁻¹aᵀb of ridge regression of b,
// n×p, on a, n×q, with penalty λ > 0. The system solved is q×q, or n×n where
// that is smaller: aᵀ(aaᵀ + λ)⁻¹b is the same.
//
// Source: Hoerl & Kennard 1970.
func Ridge(lambda float64, a, b *Node) *Node {
	if !(lambda > 0) {
		panic(&Error{"Ridge", errPenalty(lambda)})
	}
	return Apply(Prim{
		Name: "Ridge", Params: lambda,
		Shape: regressionShape,
		Forward: func(c *Call) error {
			r := kept[ridge](c)
			if err := r.factorize(c.In[0], lambda); err != nil {
				return err
			}
			r.solve(c.Out, c.In[1])
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error { return pullRidge(c, c.Keep.(*ridge), i, g, gin) },
	}, a, b)
}

// pullRidge pulls back to a (i = 0) or b what Ridge computes: with S = aᵀa + λ, w = S⁻¹aᵀb,
// z = S⁻¹g and h = a·z, db = h and da = (b − a·w)zᵀ − h·wᵀ.
func pullRidge(c *Call, r *ridge, i int, g, gin Mat) error {
	a, b, w := c.In[0], c.In[1], c.Out
	h, z := c.Scratch("h", b.Rows, b.Cols), c.Scratch("S⁻¹g", g.Rows, g.Cols)
	r.solveTrans(h, z, g)
	if i == 1 {
		scale(gin, 1, h)
		return nil
	}
	rest := c.Scratch("b − a·w", b.Rows, b.Cols)
	scale(rest, 1, b)
	gemm(false, false, -1, a, w, 1, rest)
	gemm(false, true, 1, rest, z, 0, gin)
	gemm(false, true, -1, h, w, 1, gin)
	return nil
}

func errPenalty(lambda float64) error {
	return fmt.Errorf("penalty %g; it must be greater than 0", lambda)
}

// RidgeExplained returns ‖b‖² − ‖b − a·w‖² for w = Ridge(lambda, a, b), of b, n×p,
// and a, n×q: a scalar. Where the system is that of S = aᵀa + λ, and well
// conditioned, the residual is never formed: with C = aᵀb, w = S⁻¹C, it is
// ⟨C, w⟩ + λ‖w‖². Else it is ⟨a·w, b + e⟩ with e = b − a·w, which an error of w
// changes by its square alone.
func RidgeExplained(lambda float64, a, b *Node) *Node {
	_, _, err := regressionShape([]Mat{shapeOf(a), shapeOf(b)})
	if err == nil && !(lambda > 0) {
		err = errPenalty(lambda)
	}
	if err != nil {
		panic(&Error{"RidgeExplained", err})
	}
	return Apply(Prim{
		Name: "RidgeExplained", Params: lambda,
		Forward: func(c *Call) error {
			a, b, r := c.In[0], c.In[1], kept[ridge](c)
			if err := r.factorize(a, lambda); err != nil {
				return err
			}
			w := c.Scratch("w", a.Cols, b.Cols)
			if r.plain() {
				overlap := c.Scratch("C", a.Cols, b.Cols)
				gemm(true, false, 1, a, b, 0, overlap)
				scale(w, 1, overlap)
				r.gram.solve(w)
				c.Out.Data[0] = blas64.Dot(vector(overlap), vector(w)) + lambda*blas64.Dot(vector(w), vector(w))
				return nil
			}
			r.solve(w, b)
			fit, rest := c.Scratch("a·w", b.Rows, b.Cols), c.Scratch("e", b.Rows, b.Cols)
			gemm(false, false, 1, a, w, 0, fit)
			blend(rest, 1, b, -1, fit)
			c.Out.Data[0] = blas64.Dot(vector(fit), vector(b)) + blas64.Dot(vector(fit), vector(rest))
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			// With u = S⁻¹w and v = w + λu: db = 2a·v and da = 2(b·vᵀ − a(w·vᵀ + λu·wᵀ)),
			// or da = 2(e·vᵀ − (a·λu)wᵀ).
			a, b, r := c.In[0], c.In[1], c.Keep.(*ridge)
			w, u, v := c.Scratch("w", a.Cols, b.Cols), c.Scratch("λu", a.Cols, b.Cols), c.Scratch("v", a.Cols, b.Cols)
			rest := c.Scratch("e", b.Rows, b.Cols)
			if r.plain() {
				scale(u, lambda, w)
				r.gram.solve(u)
			} else {
				r.solve(u, rest) // for aᵀe = λw
			}
			blend(v, 1, w, 1, u)
			if i == 1 {
				gemm(false, false, 2*g.Data[0], a, v, 0, gin)
				return nil
			}
			if r.plain() {
				both := c.Scratch("w·vᵀ + λu·wᵀ", a.Cols, a.Cols)
				gemm(false, true, 1, w, v, 0, both)
				gemm(false, true, 1, u, w, 1, both)
				gemm(false, true, 2*g.Data[0], b, v, 0, gin)
				gemm(false, false, -2*g.Data[0], a, both, 1, gin)
				return nil
			}
			fit := c.Scratch("a·λu", b.Rows, b.Cols)
			gemm(false, false, 1, a, u, 0, fit)
			gemm(false, true, 2*g.Data[0], rest, v, 0, gin)
			gemm(false, true, -2*g.Data[0], fit, w, 1, gin)
			return nil
		},
		centred: func(i int, in []bool, _ bool) bool { return i >= 0 && in[0] && in[1] },
	}, a, b)
}
