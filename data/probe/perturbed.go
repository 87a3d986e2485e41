package probe

import (
	"math"

	"simgrad/graph"

	"gonum.org/v1/gonum/floats"
)

// A Spectrum is what the closed forms know of a dataset: the variance of each of
// its components, summed over samples (the squared singular values λ of the
// centred data), in descending order.
type Spectrum []float64

// Fractions returns λ/Σλ.
func (s Spectrum) Fractions() []float64 {
	p := make([]float64, len(s))
	return floats.ScaleTo(p, 1/floats.Sum(s), s)
}

// ParticipationRatio returns 1/Σp², the effective number of components.
func (s Spectrum) ParticipationRatio() float64 {
	return participationRatio(s.Fractions())
}

// A ClosedForm is the score of a dataset with itself after one component, which
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
type ClosedForm func(s Spectrum, p, angle, gain float64) float64

// NBSPerturbed is the closed form of NBS.
func NBSPerturbed(_ Spectrum, p, angle, gain float64) float64 {
	c, a := math.Abs(math.Cos(angle)), math.Abs(gain)
	return (1 - p + a*p*c) / math.Sqrt(1-p+a*a*p)
}

// CKAPerturbed is the closed form of CKA.
func CKAPerturbed(s Spectrum, p, angle, gain float64) float64 {
	c, a2 := math.Cos(angle), gain*gain
	sum := 1 / s.ParticipationRatio()
	rest := math.Max(0, sum-p*p)
	return (rest + a2*p*p*c*c) / math.Sqrt(sum*(rest+a2*a2*p*p))
}

// LinregPerturbed is the closed form of linear regression's R², x predicted from y.
func LinregPerturbed(_ Spectrum, p, angle, _ float64) float64 {
	sin := math.Sin(angle)
	return 1 - p*sin*sin
}

// RidgePerturbed is the closed form of ridge regression's R² with that penalty.
func RidgePerturbed(penalty float64) ClosedForm {
	return func(s Spectrum, p, angle, gain float64) float64 {
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

// AheadBy is by how much more angular Procrustes drops than CKA where a component
// with the fraction p of the variance, in data of participation ratio pr, is
// turned by an angle in [0, π/2]:
//
//	(2/π)·arccos(1 − p(1 − cosθ)) − PR·p²·sin²θ.
func AheadBy(p, pr, angle float64) float64 {
	return 2/math.Pi*graph.AngleOf(1-p*(1-math.Cos(angle))) - pr*p*p*math.Pow(math.Sin(angle), 2)
}

// CriticalAngle returns the angle below which angular Procrustes drops more than
// CKA where a component of fraction p, in data of participation ratio pr, is
// turned (the caption of figure 3c), NaN if it does so at every angle up to π/2;
// and the angle from which it does so again, NaN if none.
func CriticalAngle(p, pr float64) (critical, again float64) {
	const steps = 2000
	critical, again = math.NaN(), math.NaN()
	for i := 1; i <= steps; i++ {
		from, to := float64(i-1)/steps*math.Pi/2, float64(i)/steps*math.Pi/2
		// Rounding must not decide where both drop by all there is.
		fails := AheadBy(p, pr, to) < -1e-12
		switch {
		case math.IsNaN(critical) && fails:
			critical = crossing(p, pr, from, to)
		case !math.IsNaN(critical) && math.IsNaN(again) && AheadBy(p, pr, to) > 1e-12:
			again = crossing(p, pr, from, to)
		}
	}
	return critical, again
}

// crossing finds the zero of AheadBy between two angles, by bisection.
func crossing(p, pr, from, to float64) float64 {
	rises := AheadBy(p, pr, to) > 0
	for range 60 {
		if mid := (from + to) / 2; AheadBy(p, pr, mid) > 0 == rises {
			to = mid
		} else {
			from = mid
		}
	}
	return to
}

// CriticalRatio is the participation ratio at which a component of fraction p has
// the critical angle given.
func CriticalRatio(p, angle float64) float64 {
	return 2 / math.Pi * graph.AngleOf(1-p*(1-math.Cos(angle))) / (p * p * math.Pow(math.Sin(angle), 2))
}
