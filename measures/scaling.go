package measures

import (
	"math"

	"simgrad/graph"
)

// A Scaling says how the score of a measure follows from that of another, its base:
// angular scores from cosines, nbs-squared from nbs. What is known in closed form,
// proven or written leanly of the base is so of all that follow from it.
type Scaling struct {
	Base  string                      // canonical name; the measure's own if it follows from none
	Name  string                      // "angular-score", "angle", "square", or "" for the base itself
	Of    func(base float64) float64  // the score
	Slope func(base float64) float64  // its derivative
	Back  func(score float64) float64 // the base's score
}

// ScalingOf returns the scaling of a measure, by its canonical name.
func ScalingOf(measure string) Scaling {
	m, err := ByName(measure)
	switch {
	case err == nil && m.Cosine != "" && m.Kind == Distance:
		return Scaling{
			m.Cosine, "angle", graph.AngleOf,
			func(v float64) float64 { return -1 / math.Sqrt(1-v*v) },
			math.Cos,
		}
	case err == nil && m.Cosine != "":
		return Scaling{
			m.Cosine, "angular-score", AngularScoreOf,
			func(v float64) float64 { return 2 / math.Pi / math.Sqrt(1-v*v) },
			CosineOf,
		}
	case measure == NBSSquared.Name:
		return Scaling{
			NBS.Name, "square",
			func(v float64) float64 { return v * v },
			func(v float64) float64 { return 2 * v },
			math.Sqrt,
		}
	}
	same := func(v float64) float64 { return v }
	return Scaling{measure, "", same, func(float64) float64 { return 1 }, same}
}

// Angular is whether scores are angles, whose own digits near alignment the arc
// cosine has halved.
func (s Scaling) Angular() bool { return s.Name == "angular-score" || s.Name == "angle" }

// AngularScoreOf is a cosine on the scale of AngularScore.
func AngularScoreOf(cosine float64) float64 { return 1 - 2/math.Pi*graph.AngleOf(cosine) }

// CosineOf is the cosine of an angular score.
func CosineOf(score float64) float64 { return math.Cos(math.Pi / 2 * (1 - score)) }

// AtBest is whether none can score better.
func (m Measure) AtBest(score float64) bool {
	best := m.Range[1]
	if m.Kind == Distance {
		best = m.Range[0]
	}
	return math.Abs(score-best) < 1e-9
}
