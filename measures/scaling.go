package measures

import (
	"math"
	"strings"

	"simgrad/graph"
)

// A Scaling says how the score of a measure follows from that of another, its base:
// angular scores from cosines, nbs-squared from nbs. What is known in closed form,
// proven or written leanly of the base is so of all that follow from it.
type Scaling struct {
	Base  string                      // canonical name; the measure's own if it follows from none
	Name  string                      // "angular-score", "angle", "square", "one-minus", "negative-log", or "" for the base itself
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
	case err == nil && m.scaling.Of != nil:
		return m.scaling
	}
	same := func(v float64) float64 { return v }
	return Scaling{measure, "", same, func(float64) float64 { return 1 }, same}
}

// A Rescaling is a function of a score that names may end in.
type Rescaling struct {
	words []string // how it is written, the first canonical
	on    func(name string, m Measure) Measure
}

// Scales of scores that are cosines, or at most 1.
var (
	// OnAngularScore is 1 − (2/π) arccos s.
	OnAngularScore = Rescaling{[]string{"angular-score", "angular_score"}, AngularScore}
	// OnAngle is arccos s, in radians.
	OnAngle = Rescaling{[]string{"distance=angular"}, AngularDistance}
	// OnSquare is s².
	OnSquare = Rescaling{[]string{"squared", "squared_score"}, Squared}
	// OnOneMinus is 1 − s.
	OnOneMinus = Rescaling{[]string{"distance=one_minus_score"}, OneMinus}
	// OnEuclidean is EuclideanDistance, and OnSquaredEuclidean its square.
	OnEuclidean        = Rescaling{[]string{"distance=euclidean"}, EuclideanDistance}
	OnSquaredEuclidean = Rescaling{[]string{"distance=squared_euclidean"}, SquaredEuclideanDistance}
	// OnReverse is Reversed.
	OnReverse = Rescaling{[]string{"reverse"}, Reversed}
	// OnNegativeLog is −log s, which a score of 0 or less has not.
	OnNegativeLog = Rescaling{[]string{"negative_log", "score-negative_log"}, NegativeLog}
)

// Squared returns the similarity m², of an m that is at least 0.
func Squared(name string, m Measure) Measure {
	m.scaling = Scaling{
		m.Name, "square",
		func(v float64) float64 { return v * v },
		func(v float64) float64 { return 2 * v },
		math.Sqrt,
	}
	m.Name, m.Label, m.Metric = name, m.Label+"²", false
	return m.then(graph.Square)
}

// EuclideanDistance returns the distance between two points that are as far from 0 as x and y
// are from their means, and in the directions whose cosine m is:
//
//	√(‖x‖² + ‖y‖² − 2‖x‖‖y‖·m),
//
// columns centred, in the units of the data; of SVCCA they are the leading components, and of
// a kernel what it is the inner product of, so that ‖x‖² is its trace. Of an m that is a
// quotient, such as mean CCA, distances near 0 have half of the digits, as its angle has.
//
// Source: Williams et al. 2021, by netrep's euclidean scores and similarity-repository's names.
func EuclideanDistance(name string, m Measure) Measure {
	return between(name, m, false)
}

// SquaredEuclideanDistance is the square of EuclideanDistance.
func SquaredEuclideanDistance(name string, m Measure) Measure {
	return between(name, m, true)
}

func between(name string, m Measure, square bool) Measure {
	cosine := m.Score
	m.Name, m.Label, m.Kind, m.Range, m.CeilingProven = name, m.Label+" distance", Distance, [2]float64{0, math.Inf(1)}, false
	if square {
		m.Label += "²"
		m.Metric = false
	}
	m.InvariantX, m.InvariantY = m.InvariantX&^(Scale|Linear), m.InvariantY&^(Scale|Linear)
	if m.Identity == 1 {
		m.Identity = 0
	}
	m.OfRoots, m.OfProducts = m.ByRows(), nil
	m.Score = func(x, y *graph.Node) *graph.Node {
		norm := func(x *graph.Node) *graph.Node { return graph.Norm(graph.Center(x)) }
		if m.size != nil {
			norm = m.size
		}
		return distanceByAngle(norm(x), norm(y), cosine(x, y), square)
	}
	return m
}

// OneMinus returns the distance 1 − m.
func OneMinus(name string, m Measure) Measure {
	of := func(v float64) float64 { return 1 - v }
	m.scaling = Scaling{m.Name, "one-minus", of, func(float64) float64 { return -1 }, of}
	m.Name, m.Label, m.Kind, m.Metric = name, "1 − "+m.Label, Distance, false
	m.Range, m.Identity = [2]float64{of(m.Range[1]), of(m.Range[0])}, of(m.Identity)
	return m.then(func(score *graph.Node) *graph.Node { return graph.Affine(-1, score, 1) })
}

// Reversed returns m of (y, x): of a measure that predicts the reference x from y, that which
// predicts y from x.
func Reversed(name string, m Measure) Measure {
	m.Name, m.Label, m.CeilingProven = name, m.Label+", reversed", false
	if m.Directed == "" {
		m.Directed, m.Label = "predicts y from x", strings.TrimSuffix(m.Label, "reversed")+"y from x"
	}
	m.InvariantX, m.InvariantY = m.InvariantY, m.InvariantX
	if fits := m.Fits; fits != nil {
		m.Fits = func(n, p, q int) error { return fits(n, q, p) }
	}
	if score := m.Score; score != nil {
		m.Score = func(x, y *graph.Node) *graph.Node { return score(y, x) }
	}
	if over := m.ScoreOver; over != nil {
		m.ScoreOver = func(times int, x, y *graph.Node) *graph.Node { return over(times, y, x) }
	}
	return m
}

// NegativeLog returns the distance −log m, infinite where m is 0.
func NegativeLog(name string, m Measure) Measure {
	of := func(v float64) float64 { return 0 - math.Log(max(0, v)) }
	m.scaling = Scaling{
		m.Name, "negative-log", of,
		func(v float64) float64 { return -1 / v },
		func(v float64) float64 { return math.Exp(-v) },
	}
	m.Name, m.Label, m.Kind, m.Metric = name, "−log "+m.Label, Distance, false
	m.Range, m.Identity = [2]float64{of(m.Range[1]), of(m.Range[0])}, of(m.Identity)
	return m.then(func(score *graph.Node) *graph.Node { return graph.Neg(graph.Log(score)) })
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
