package experiments

import (
	"math"

	"simgrad/measures"
)

// A scale says how the score of a measure follows from that of another, its base:
// angular scores from cosines, nbs-squared from nbs. What is known in closed form,
// proven or written leanly of the base is so of all that follow from it.
type scale struct {
	base  string                      // canonical name; the measure's own if it follows from none
	name  string                      // "angular-score", "angle", "square", or "" for the base itself
	of    func(base float64) float64  // the score
	slope func(base float64) float64  // its derivative
	back  func(score float64) float64 // the base's score
}

// scaleOf returns the scale of a measure, by its canonical name.
func scaleOf(measure string) scale {
	m, err := measures.ByName(measure)
	switch {
	case err == nil && m.Cosine != "" && m.Kind == measures.Distance:
		return scale{
			m.Cosine, "angle", angleOf,
			func(v float64) float64 { return -1 / math.Sqrt(1-v*v) },
			math.Cos,
		}
	case err == nil && m.Cosine != "":
		return scale{
			m.Cosine, "angular-score", angularScore,
			func(v float64) float64 { return 2 / math.Pi / math.Sqrt(1-v*v) },
			cosine,
		}
	case measure == measures.NBSSquared.Name:
		return scale{
			"nbs", "square",
			func(v float64) float64 { return v * v },
			func(v float64) float64 { return 2 * v },
			math.Sqrt,
		}
	}
	same := func(v float64) float64 { return v }
	return scale{measure, "", same, func(float64) float64 { return 1 }, same}
}

// angular is whether scores are angles, whose own digits near alignment the arc
// cosine has halved.
func (s scale) angular() bool { return s.name == "angular-score" || s.name == "angle" }

func angleOf(cosine float64) float64 { return math.Acos(math.Min(1, math.Max(-1, cosine))) }

func angularScore(cosine float64) float64 { return 1 - 2/math.Pi*angleOf(cosine) }

// cosine is that of an angular score.
func cosine(score float64) float64 { return math.Cos(math.Pi / 2 * (1 - score)) }
