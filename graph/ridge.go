package graph

import "gonum.org/v1/gonum/blas/blas64"

// A ridge solves systems of S = aᵀa + λ: through its Cholesky factor, or that of
// aaᵀ + λ where a has fewer rows than columns, with refinement where they are
// conditioned less well; and through the singular values of a where they are not.
type ridge struct {
	a      Mat
	lambda float64
	route  route
	gram   cholesky
	refine bool
	svd    thinSVD
	work   Call // for its Scratch
}

// factorize finds the route. The condition is at most the matrix's norm over λ;
// where that settles it, as for most data, none is estimated.
func (r *ridge) factorize(a Mat, lambda float64) error {
	r.a, r.lambda, r.route, r.refine = a, lambda, byColumns, false
	if a.Rows < a.Cols {
		r.route = byRows
	}
	r.gram.form(a, r.route == byRows, lambda)
	if r.route == byRows && r.gram.trace() > plainCondition*lambda && isCentred(a, r.work.Scratch("mean", 1, a.Cols).Data) {
		r.gram.lift() // aᵀ takes away again what that gives to the constant vector
	}
	if r.gram.factorize() {
		if r.gram.norm <= plainCondition*lambda {
			return nil
		}
		if cond := r.gram.condition(); cond < limitCondition {
			r.refine = cond > plainCondition
			return nil
		}
	}
	r.route = bySVD
	return r.svd.factorize(a)
}

// plain reports whether the system is that of aᵀa, and well conditioned.
func (r *ridge) plain() bool { return r.route == byColumns && !r.refine }

// solve writes w = S⁻¹aᵀb.
func (r *ridge) solve(dst, b Mat) {
	switch r.route {
	case bySVD:
		r.spectral(dst, r.svd.v, r.svd.u, b, func(s float64) float64 { return s / (s*s + r.lambda) })
	case byColumns:
		gemm(true, false, 1, r.a, b, 0, dst)
		r.gram.solve(dst)
		if r.refine { // w + S⁻¹(aᵀ(b − a·w) − λw)
			rest, step := r.copied("rest", 1, b), r.copied("step", -r.lambda, dst)
			gemm(false, false, -1, r.a, dst, 1, rest)
			gemm(true, false, 1, r.a, rest, 1, step)
			r.gram.solve(step)
			blend(dst, 1, dst, 1, step)
		}
	case byRows:
		z := r.copied("z", 1, b)
		r.gram.solve(z)
		gemm(true, false, 1, r.a, z, 0, dst)
		if r.refine { // z + (aaᵀ + λ)⁻¹(b − a·w − λz)
			rest := r.copied("rest", 1, b)
			gemm(false, false, -1, r.a, dst, 1, rest)
			blend(rest, 1, rest, -r.lambda, z)
			r.gram.solve(rest)
			gemm(true, false, 1, r.a, rest, 1, dst)
		}
	}
}

// solveTrans writes z = S⁻¹g and h = a·z.
func (r *ridge) solveTrans(h, z, g Mat) {
	switch r.route {
	case bySVD:
		r.spectral(h, r.svd.u, r.svd.v, g, func(s float64) float64 { return s / (s*s + r.lambda) })
		if r.a.Rows >= r.a.Cols {
			r.spectral(z, r.svd.v, r.svd.v, g, func(s float64) float64 { return 1 / (s*s + r.lambda) })
			return
		}
	case byColumns:
		scale(z, 1, g)
		r.gram.solve(z)
		gemm(false, false, 1, r.a, z, 0, h)
		if r.refine {
			step := r.copied("step", 1, g)
			blend(step, 1, step, -r.lambda, z)
			gemm(true, false, -1, r.a, h, 1, step)
			r.gram.solve(step)
			blend(z, 1, z, 1, step)
			gemm(false, false, 1, r.a, z, 0, h)
		}
		return
	case byRows:
		gemm(false, false, 1, r.a, g, 0, h)
		r.gram.solve(h)
		if r.refine { // h + (aaᵀ + λ)⁻¹(a(g − aᵀh) − λh)
			rest, step := r.copied("rest g", 1, g), r.copied("step", -r.lambda, h)
			gemm(true, false, -1, r.a, h, 1, rest)
			gemm(false, false, 1, r.a, rest, 1, step)
			r.gram.solve(step)
			blend(h, 1, h, 1, step)
		}
	}
	scale(z, 1/r.lambda, g) // (g − aᵀh)/λ
	gemm(true, false, -1/r.lambda, r.a, h, 1, z)
}

// copied returns s·a in a buffer called name.
func (r *ridge) copied(name string, s float64, a Mat) Mat {
	dst := r.work.Scratch(name, a.Rows, a.Cols)
	scale(dst, s, a)
	return dst
}

// spectral writes left·f(s)·rightᵀ·b over the singular values s of a.
func (r *ridge) spectral(dst, left, right, b Mat, f func(s float64) float64) {
	t := r.work.Scratch("t", right.Cols, b.Cols)
	gemm(true, false, 1, right, b, 0, t)
	for i, s := range r.svd.values {
		blas64.Scal(f(s), vec(t.row(i)))
	}
	gemm(false, false, 1, left, t, 0, dst)
}
