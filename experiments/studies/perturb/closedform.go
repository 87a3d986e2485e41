package perturb

import (
	"strconv"

	"simgrad/data/probe"
	"simgrad/measures"
)

// closedFormOf returns the closed form of a measure, by its canonical name; ok is
// whether one is known.
func closedFormOf(measure string) (f probe.ClosedForm, ok bool) {
	s := measures.ScalingOf(measure)
	var base probe.ClosedForm
	switch s.Base {
	case "cka":
		base = probe.CKAPerturbed
	case "nbs":
		base = probe.NBSPerturbed
	case "linreg-r2":
		base = probe.LinregPerturbed
	default:
		m, err := measures.ByName(s.Base)
		lambda := m.Values["lambda"]
		if err != nil || m.Family != measures.Ridge.Name || m.Name != "ridge-lambda="+strconv.FormatFloat(lambda, 'g', -1, 64)+"-r2" {
			return nil, false // of another family, or of folds, units or penalties that are chosen
		}
		base = probe.RidgePerturbed(lambda)
	}
	return func(x probe.Spectrum, p, angle, gain float64) float64 { return s.Of(base(x, p, angle, gain)) }, true
}

// cosineOf returns what a score of a measure is compared by: the cosine of an
// angular one.
func cosineOf(measure string, score float64) float64 {
	if s := measures.ScalingOf(measure); s.Angular() {
		return s.Back(score)
	}
	return score
}
