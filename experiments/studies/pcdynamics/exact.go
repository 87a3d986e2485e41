package pcdynamics

import (
	"math"

	"simgrad/data/probe"
	"simgrad/measures"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// exactGradientAlong returns u_jᵀ∇ for every component j, in rows, by the closed
// forms of the gradient: with c = CKA, N = NBS, a = ‖XᵀX‖, b = ‖YᵀY‖ and the data
// centred,
//
//	CKA:  u_jᵀY (2λ_j/(ab) − 2c·YᵀY/b²)
//	NBS:  s_j·v_jᵀUVᵀ/(‖X‖‖Y‖) − N·u_jᵀY/‖Y‖²,  XᵀY = USVᵀ
//	R²:   2·u_jᵀ(1 − P)XXᵀY(YᵀY)⁻¹/‖X‖²,  P on the column space of Y
//
// times the slope of a score that follows from one of these; nil for other
// measures. The first term of CKA is the power iteration's, in proportion to the
// variance λ_j; that of NBS goes with its root.
func exactGradientAlong(name string, c *probe.Components, start *tensor.Dense) *mat.Dense {
	y := probe.Centred(start)
	var uy, m, along mat.Dense
	x := c.Coordinates() // in its own axes: X = U·S
	uy.Mul(c.U.T(), y)
	m.Mul(x.T(), y)
	lambda := make([]float64, len(c.S))
	floats.MulTo(lambda, c.S, c.S)
	variance := floats.Sum(lambda)
	ty := mat.Norm(y, 2)
	follows, base := measures.ScalingOf(name), 0.0
	switch follows.Base {
	case "cka":
		var gy, second mat.Dense
		gy.Mul(y.T(), y)
		a, b := floats.Norm(lambda, 2), mat.Norm(&gy, 2)
		base = math.Pow(mat.Norm(&m, 2), 2) / (a * b)
		along.Scale(2/(a*b), &uy)
		scaleRows(&along, lambda)
		second.Mul(&uy, &gy)
		second.Scale(2*base/(b*b), &second)
		along.Sub(&along, &second)
	case "nbs":
		var svd mat.SVD
		if !svd.Factorize(&m, mat.SVDThin) {
			return nil
		}
		var u, v, polar, second mat.Dense
		svd.UTo(&u)
		svd.VTo(&v)
		polar.Mul(&u, v.T())
		base = floats.Sum(svd.Values(nil)) / (math.Sqrt(variance) * ty)
		along.Scale(1/(math.Sqrt(variance)*ty), &polar)
		scaleRows(&along, c.S)
		second.Scale(base/(ty*ty), &uy)
		along.Sub(&along, &second)
	case "linreg-r2":
		var svd mat.SVD
		if !svd.Factorize(y, mat.SVDThin) {
			return nil
		}
		var u, v, xu, fit, rest, back mat.Dense // (1 − P)X·Xᵀ·U·S⁻¹·Vᵀ
		svd.UTo(&u)
		svd.VTo(&v)
		xu.Mul(x.T(), &u)
		fit.Mul(&u, xu.T())
		rest.Sub(x, &fit)
		inverse := svd.Values(nil)
		for i, s := range inverse {
			inverse[i] = 1 / s
		}
		vt := mat.DenseCopyOf(v.T())
		scaleRows(vt, inverse)
		back.Mul(&xu, vt)
		along.Product(c.U.T(), &rest, &back)
		along.Scale(2/variance, &along)
	default:
		return nil
	}
	along.Scale(follows.Slope(base), &along)
	return &along
}

// scaleRows multiplies row i of m by f[i].
func scaleRows(m *mat.Dense, f []float64) {
	for i, v := range f {
		floats.Scale(v, m.RawRowView(i))
	}
}
