package experiments

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data/probe"
	"simgrad/measures"
)

// A spectrum is what the closed forms know of a dataset: the variance of each of
// its components, summed over samples (the squared singular values λ of the
// centred data), in descending order.
type spectrum []float64

// fractions returns λ/Σλ.
func (s spectrum) fractions() []float64 {
	p := make([]float64, len(s))
	return floats.ScaleTo(p, 1/floats.Sum(s), s)
}

// participationRatio returns 1/Σp², the effective number of components.
func (s spectrum) participationRatio() float64 {
	p := s.fractions()
	return 1 / floats.Dot(p, p)
}

// A closedForm is the score of a dataset with itself after one component, which
// holds the fraction p of the variance, is turned by an angle θ (radians) toward a
// direction over samples that is orthogonal to the data, and scaled by a gain a:
//
//	x = Σ s_j·u_j·v_jᵀ,  y: u_i → cosθ·u_i + sinθ·w,  s_i → a·s_i.
//
// With c = |cosθ| and S = Σp_j² = 1/PR:
//
//	NBS = (1 − p + |a|pc) / √(1 − p + a²p)
//	CKA = (S − p² + a²p²c²) / √(S(S − p² + a⁴p²))
//	R², x predicted from y:  1 − p·sin²θ
//	ridge with penalty α:    1 − Σ_{j≠i} p_j(α/(λ_j+α))² − p(1 − 2gc² + g²c²),
//	                         g = a²λ_i/(a²λ_i+α)
//
// Full replacement is θ = π/2, a = 1: NBS = R² = 1 − p and CKA = 1 − PR·p².
type closedForm func(s spectrum, p, angle, gain float64) float64

func nbsPerturbed(_ spectrum, p, angle, gain float64) float64 {
	c, a := math.Abs(math.Cos(angle)), math.Abs(gain)
	return (1 - p + a*p*c) / math.Sqrt(1-p+a*a*p)
}

func ckaPerturbed(s spectrum, p, angle, gain float64) float64 {
	c, a2 := math.Cos(angle), gain*gain
	sum := 1 / s.participationRatio()
	rest := math.Max(0, sum-p*p)
	return (rest + a2*p*p*c*c) / math.Sqrt(sum*(rest+a2*a2*p*p))
}

func linregPerturbed(_ spectrum, p, angle, _ float64) float64 {
	sin := math.Sin(angle)
	return 1 - p*sin*sin
}

func ridgePerturbed(penalty float64) closedForm {
	return func(s spectrum, p, angle, gain float64) float64 {
		total := floats.Sum(s)
		lost := func(p, lambda float64) float64 { return p * math.Pow(penalty/(lambda+penalty), 2) }
		others := -lost(p, p*total)
		for _, lambda := range s {
			others += lost(lambda/total, lambda)
		}
		c2 := math.Pow(math.Cos(angle), 2)
		g := gain * gain * p * total / (gain*gain*p*total + penalty)
		return 1 - others - p*(1-2*g*c2+g*g*c2)
	}
}

// withClosedForm names the registered measures that closedFormOf knows.
func withClosedForm() string {
	return strings.Join(slices.DeleteFunc(measures.Names(), func(name string) bool {
		_, ok := closedFormOf(name)
		return !ok
	}), ", ")
}

// closedFormOf returns the closed form of a measure, by its canonical name; ok is
// whether one is known.
func closedFormOf(measure string) (f closedForm, ok bool) {
	s := scaleOf(measure)
	var base closedForm
	switch rest, ridge := strings.CutPrefix(s.base, "ridge-lambda="); {
	case s.base == "cka":
		base = ckaPerturbed
	case s.base == "nbs":
		base = nbsPerturbed
	case s.base == "linreg-r2":
		base = linregPerturbed
	case ridge:
		penalty, err := strconv.ParseFloat(strings.TrimSuffix(rest, "-r2"), 64)
		if err != nil { // cross-validated
			return nil, false
		}
		base = ridgePerturbed(penalty)
	default:
		return nil, false
	}
	return func(x spectrum, p, angle, gain float64) float64 { return s.of(base(x, p, angle, gain)) }, true
}

// cosineOf returns what a score of a measure is compared by: the cosine of an
// angular one.
func cosineOf(measure string, score float64) float64 {
	if s := scaleOf(measure); s.angular() {
		return s.back(score)
	}
	return score
}

// aheadBy is by how much more angular Procrustes drops than CKA where a component
// with the fraction p of the variance, in data of participation ratio pr, is
// turned by an angle in [0, π/2]:
//
//	(2/π)·arccos(1 − p(1 − cosθ)) − PR·p²·sin²θ.
func aheadBy(p, pr, angle float64) float64 {
	return 2/math.Pi*angleOf(1-p*(1-math.Cos(angle))) - pr*p*p*math.Pow(math.Sin(angle), 2)
}

// criticalAngle returns the angle below which angular Procrustes drops more than
// CKA where a component of fraction p, in data of participation ratio pr, is
// turned (the caption of figure 3c), NaN if it does so at every angle up to π/2;
// and the angle from which it does so again, NaN if none.
func criticalAngle(p, pr float64) (critical, again float64) {
	const steps = 2000
	critical, again = math.NaN(), math.NaN()
	for i := 1; i <= steps; i++ {
		from, to := float64(i-1)/steps*math.Pi/2, float64(i)/steps*math.Pi/2
		// Rounding must not decide where both drop by all there is.
		fails := aheadBy(p, pr, to) < -1e-12
		switch {
		case math.IsNaN(critical) && fails:
			critical = crossing(p, pr, from, to)
		case !math.IsNaN(critical) && math.IsNaN(again) && aheadBy(p, pr, to) > 1e-12:
			again = crossing(p, pr, from, to)
		}
	}
	return critical, again
}

// crossing finds the zero of aheadBy between two angles, by bisection.
func crossing(p, pr, from, to float64) float64 {
	rises := aheadBy(p, pr, to) > 0
	for range 60 {
		if mid := (from + to) / 2; aheadBy(p, pr, mid) > 0 == rises {
			to = mid
		} else {
			from = mid
		}
	}
	return to
}

// criticalRatio is the participation ratio at which a component of fraction p has
// the critical angle given.
func criticalRatio(p, angle float64) float64 {
	return 2 / math.Pi * angleOf(1-p*(1-math.Cos(angle))) / (p * p * math.Pow(math.Sin(angle), 2))
}

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
	n, _ := c.U.Dims()
	q := start.Shape()[1]
	y := mat.NewDense(n, q, slices.Clone(start.Float64s()))
	for j := range q {
		mean := mat.Sum(y.ColView(j)) / float64(n)
		for i := range n {
			y.Set(i, j, y.At(i, j)-mean)
		}
	}
	var uy, m, along mat.Dense
	x := c.Scores() // in its own axes: X = U·S
	uy.Mul(c.U.T(), y)
	m.Mul(x.T(), y)
	lambda := make([]float64, len(c.S))
	floats.MulTo(lambda, c.S, c.S)
	variance := floats.Sum(lambda)
	ty := mat.Norm(y, 2)
	follows, base := scaleOf(name), 0.0
	switch follows.base {
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
	along.Scale(follows.slope(base), &along)
	return &along
}

// scaleRows multiplies row i of m by f[i].
func scaleRows(m *mat.Dense, f []float64) {
	for i, v := range f {
		floats.Scale(v, m.RawRowView(i))
	}
}
