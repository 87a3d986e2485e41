// Package measures scores how alike two datasets are: two sets of responses,
// units in columns, to the same samples. Every measure is a computation graph,
// so its gradient with respect to either dataset comes from automatic
// differentiation.
//
// A new measure is one file: a variable that registers its name, its source,
// what leaves it unchanged, and the graph that scores a pair. Studies then know
// it by name, and this package's tests check its gradient, its range and every
// invariance it declares.
package measures

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gorgonia.org/tensor"

	"simgrad/graph"
)

// A Measure scores how alike two datasets of the same samples are. Throughout,
// x is the reference, n samples × p units, and y the other, n × q.
type Measure struct {
	// Name is canonical: family(-key=value)*[-scale], see ByName.
	Name string
	// Label is how text and figures call the measure; Name if it is empty.
	Label string
	// Source is the paper, and the place in it, that defines the measure.
	Source string
	// Kind says which way is up.
	Kind Kind
	// Range is the interval the score lies in; unbounded ends are ±Inf, and if both are
	// 0 nothing is said of it. A score outside is an error, but for rounding.
	Range [2]float64
	// Identity is the score of (x, x); NaN where that depends on x.
	Identity float64
	// Symmetric is whether Score(x, y) = Score(y, x).
	Symmetric bool
	// Directed is what a measure that is not symmetric does with the two, as reports say it;
	// "" is that it predicts the reference x from y.
	Directed string
	// InvariantX and InvariantY are the changes of x and of y that keep the score.
	InvariantX, InvariantY Invariance
	// OfKernel is whether the score is a function of xxᵀ and yyᵀ alone, the inner
	// products between samples (of centred data, where it keeps translation): data of
	// more units than samples then score as data of fewer do, and are reduced to them
	// before they are. Rotation is not enough: what divides by the number of units keeps
	// that, and tells x from x in other axes and more.
	OfKernel bool
	// Metric is whether a distance, or of a similarity its angle arccos, is a metric between
	// datasets, those apart that the score tells apart.
	Metric bool
	// Matching is whether units are matched one by one: as data move, another match is the best.
	Matching bool
	// OfProducts and OfRoots are for scores that are functions of xᵀx, xᵀy and yᵀy, of centred
	// data, and of nothing else, such as the number of samples: data of many more samples than
	// units are then scored without being in memory. OfProducts, if set, builds the score from
	// them, and is as exact as they are. OfRoots is whether the score, which inverts them or is
	// an angle, is by what they are products of: of p + q + 1 samples that have the same.
	OfProducts func(p *Products) *graph.Node
	OfRoots    bool
	// CeilingProven is whether, among all y without linear trace of a task
	// variable, none is more like x than x with that trace erased is: none scores
	// higher, or lower by a distance.
	CeilingProven bool
	// Cosine is the name of the measure whose angle this one is, on the scale of
	// AngularScore or of AngularDistance; "" if it is of none.
	Cosine string
	// Fits, where set, says why data of n samples, x of p units and y of q, have no score,
	// or one that says nothing.
	Fits func(n, p, q int) error
	// Note, where set, is what a score of data of such shapes must be read with, or "".
	Note func(n, p, q int) string
	// Family and Values are what a name of a family says: ridge with lambda 100, say.
	Family string
	Values map[string]float64
	// Score builds the score of x and y, a scalar node. It panics with a
	// *graph.Error when the shapes do not fit.
	Score func(x, y *graph.Node) *graph.Node
	// ScoreOver, of a measure that tells times from conditions, stands in place of Score:
	// it builds the score of samples that are times × conditions, row t·conditions + c.
	// Over makes a Score of it.
	ScoreOver func(times int, x, y *graph.Node) *graph.Node
	// OverTime is whether ScoreOver follows data through time, so that it needs more than one.
	OverTime bool
	// ScoreRepeated, of a measure that needs repetitions of x, stands in place of Score: it
	// builds the score of x, n × (repetitions·p), the units of one repetition after those of
	// another, and y. Repeated makes a Score of it. What is said of x is of its p units, in all
	// repetitions alike.
	ScoreRepeated func(repetitions int, x, y *graph.Node) *graph.Node
	// ScoreRepeatedOver stands in place of ScoreRepeated for a measure that tells times from
	// conditions besides, as ScoreOver does.
	ScoreRepeatedOver func(times, repetitions int, x, y *graph.Node) *graph.Node
	// ScoreBothRepeated, of a measure that needs repetitions of x and of y, stands in place of
	// Score: x is n × (ofX·p), y n × (ofY·q). BothRepeated makes a Score of it.
	ScoreBothRepeated func(ofX, ofY int, x, y *graph.Node) *graph.Node

	times, repetitions, repetitionsY int // that Over, Repeated and BothRepeated were asked for

	ofSpan  bool                            // see Saturates
	scaling Scaling                         // of another measure's score, where its Of is set
	size    func(x *graph.Node) *graph.Node // of what of x is compared, where it is not all of it
}

// Over returns m for samples of so many times, each of as many conditions: of data
// without time, one. Measures that see samples alone are what they were.
func (m Measure) Over(times int) Measure {
	if over := m.ScoreOver; over != nil {
		m.times, m.Score = times, func(x, y *graph.Node) *graph.Node { return over(times, x, y) }
		return m.scored()
	}
	if m.ScoreRepeatedOver != nil {
		m.times = times
	}
	return m
}

// Repeated returns m for x that is so many repetitions of the same units, two or more, beside
// each other. Measures that need none are what they were.
func (m Measure) Repeated(repetitions int) Measure {
	of, over, fits := m.ScoreRepeated, m.ScoreRepeatedOver, m.Fits
	switch {
	case of != nil:
		m.Score = func(x, y *graph.Node) *graph.Node { return of(repetitions, x, y) }
	case over != nil:
		m.ScoreOver = func(times int, x, y *graph.Node) *graph.Node { return over(times, repetitions, x, y) }
	default:
		return m
	}
	m.ScoreRepeated, m.ScoreRepeatedOver, m.repetitions = nil, nil, repetitions
	m.Fits = func(n, p, q int) error {
		if err := beside("x", p, repetitions); err != nil || fits == nil {
			return err
		}
		return fits(n, p/repetitions, q)
	}
	if m.ScoreOver != nil && m.times > 0 {
		return m.Over(m.times)
	}
	return m.scored()
}

// BothRepeated is Repeated of a measure that needs repetitions of x and of y, which may be of
// different numbers.
func (m Measure) BothRepeated(ofX, ofY int) Measure {
	of, fits := m.ScoreBothRepeated, m.Fits
	if of == nil {
		return m
	}
	m.Score = func(x, y *graph.Node) *graph.Node { return of(ofX, ofY, x, y) }
	m.ScoreBothRepeated, m.repetitions, m.repetitionsY = nil, ofX, ofY
	m.Fits = func(n, p, q int) error {
		if err := cmp.Or(beside("x", p, ofX), beside("y", q, ofY)); err != nil || fits == nil {
			return err
		}
		return fits(n, p/ofX, q/ofY)
	}
	return m.scored()
}

// beside says why so many columns are not repetitions.
func beside(name string, columns, repetitions int) error {
	if repetitions < 2 || columns%repetitions != 0 {
		return fmt.Errorf("%s has %d columns, which are not the units of %d repetitions beside each other; there are two repetitions at least", name, columns, repetitions)
	}
	return nil
}

// Repetitions is how many of them x is, of a measure that Repeated or BothRepeated returned; else
// 0.
func (m Measure) Repetitions() int { return m.repetitions }

// RepetitionsOfY is how many of them y is, of a measure that BothRepeated returned; else 0.
func (m Measure) RepetitionsOfY() int { return m.repetitionsY }

// OfRows returns m for data without any axis but samples and units, which are then two
// repetitions to a measure that needs them, and to one that needs time the times of one condition.
func (m Measure) OfRows() Measure {
	m = m.Repeated(2).BothRepeated(2, 2)
	if over := m.ScoreOver; over != nil && m.OverTime {
		m.ScoreOver, m.OverTime = nil, false
		m.Score = func(x, y *graph.Node) *graph.Node { return over(x.Shape()[0], x, y) }
		return m.scored()
	}
	return m.Over(1)
}

// Over returns ms for samples of so many times.
func Over(ms []Measure, times int) []Measure {
	over := make([]Measure, len(ms))
	for i, m := range ms {
		over[i] = m.Over(times)
	}
	return over
}

// scored returns m with a Score that first checks that x and y have the same samples, and
// then that it is in m's Range.
func (m Measure) scored() Measure {
	if m.ScoreOver != nil && m.times == 0 {
		m.Score = func(x, y *graph.Node) *graph.Node {
			panic(&graph.Error{Op: "score", Err: fmt.Errorf("%s tells times from conditions: Over says how many times there are", m.Name)})
		}
		return m
	}
	if err := m.Lacks(); err != nil {
		m.Score = func(x, y *graph.Node) *graph.Node { panic(&graph.Error{Op: "score", Err: err}) }
		return m
	}
	m.Score = m.guarded
	return m
}

// Lacks says that m needs repetitions of x, or of both, and neither Repeated nor BothRepeated was
// told of any.
func (m Measure) Lacks() error {
	of := "x, and there are none"
	switch {
	case m.ScoreBothRepeated != nil:
		of = "x and of y, and there are not of both"
	case m.ScoreRepeated == nil && m.ScoreRepeatedOver == nil:
		return nil
	}
	return fmt.Errorf("%s: it needs repetitions of %s: of a file of trials -average LABEL makes conditions, and keeps the trials of each", m.Name, of)
}

// then returns m with f of its score.
func (m Measure) then(f func(score *graph.Node) *graph.Node) Measure {
	if score := m.Score; score != nil {
		m.Score = func(x, y *graph.Node) *graph.Node { return f(score(x, y)) }
	}
	if over := m.ScoreOver; over != nil {
		m.ScoreOver = func(times int, x, y *graph.Node) *graph.Node { return f(over(times, x, y)) }
	}
	if of := m.ScoreRepeated; of != nil {
		m.ScoreRepeated = func(repetitions int, x, y *graph.Node) *graph.Node { return f(of(repetitions, x, y)) }
	}
	if of := m.ScoreRepeatedOver; of != nil {
		m.ScoreRepeatedOver = func(times, repetitions int, x, y *graph.Node) *graph.Node { return f(of(times, repetitions, x, y)) }
	}
	if of := m.ScoreBothRepeated; of != nil {
		m.ScoreBothRepeated = func(ofX, ofY int, x, y *graph.Node) *graph.Node { return f(of(ofX, ofY, x, y)) }
	}
	if of := m.OfProducts; of != nil {
		m.OfProducts = func(p *Products) *graph.Node { return f(of(p)) }
	}
	return m
}

// over returns m for samples as the axes of x and y have them: of three or more, the
// first is time.
func (m Measure) over(x, y *tensor.Dense) (Measure, error) {
	if m.ScoreOver == nil && m.ScoreRepeatedOver == nil || m.times != 0 || x == nil || y == nil {
		return m, nil
	}
	times := func(x *tensor.Dense) int {
		if x.Dims() < 3 {
			return 1
		}
		return x.Shape()[0]
	}
	if tx, ty := times(x), times(y); tx != ty {
		return m, fmt.Errorf("measures: %s: x has %d times and y %d; it tells times from conditions, and both must be the same", m.Name, tx, ty)
	}
	return m.Over(times(x)), nil
}

// Kind says which way a score is up.
type Kind int

const (
	Similarity Kind = iota // more is more alike
	Distance               // less is more alike
)

func (k Kind) String() string {
	if k == Distance {
		return "distance"
	}
	return "similarity"
}

// An Invariance is a set of changes of one dataset that keep a score as it was.
type Invariance uint

const (
	Translation Invariance = 1 << iota // a constant added to each unit
	Scale                              // all units multiplied by one number greater than 0
	Permutation                        // units in another order
	Rotation                           // an orthogonal map of the units; Permutation is one
	Linear                             // an invertible map of the units; Scale and Rotation are such
)

// Has reports whether all of want are in v.
func (v Invariance) Has(want Invariance) bool { return v&want == want }

func (v Invariance) String() string {
	text := ""
	for i, name := range []string{"translation", "scale", "permutation", "rotation", "linear"} {
		if v.Has(1 << i) {
			if text != "" {
				text += ", "
			}
			text += name
		}
	}
	if text == "" {
		return "none"
	}
	return text
}

// similarityShape is what kernels and shapes keep: all but anisotropic maps.
const similarityShape = Translation | Scale | Permutation | Rotation

// Eval returns the score of x and y. Axes but the last are samples, so that
// time × condition × unit is read as (time·condition) × unit, time-major.
func (m Measure) Eval(x, y *tensor.Dense) (float64, error) {
	return m.EvalSamples(NewSamples(x), NewSamples(y))
}

// EvalSamples is Eval of data that are scored many times.
func (m Measure) EvalSamples(x, y *Samples) (float64, error) {
	m, err := m.over(x.x, y.x)
	if err != nil {
		return 0, err
	}
	switch {
	case m.ScoreBothRepeated != nil && x.repetitions > 1 && y.repetitions > 1:
		m, x, y = m.BothRepeated(x.repetitions, y.repetitions), x.repeated(), y.repeated()
	case m.Lacks() != nil && x.repetitions > 1:
		if one := m.Repeated(x.repetitions); one.Lacks() == nil {
			m, x = one, x.repeated()
		}
	}
	if err := m.Lacks(); err != nil && x.each == nil {
		return 0, fmt.Errorf("measures: %w", err)
	}
	if err := m.check(x, y); err != nil {
		return 0, err
	}
	if x.each != nil || y.each != nil {
		return m.evalRows(x, y)
	}
	if of := m.seenBySpan(x, y); of != nil && x.samples() == y.samples() && of.full() {
		return m.Identity, nil
	}
	return m.evalReduced(x.reduced(m, m.InvariantX).to, y.reduced(m, m.InvariantY).to)
}

func (m Measure) evalReduced(x, y *tensor.Dense) (float64, error) {
	p, err := m.compile(func(b *graph.Builder) *graph.Node {
		return m.guarded(b.Shared("x", x), b.Shared("y", y))
	})
	if err != nil {
		return 0, err
	}
	return m.eval(p)
}

// Gradient returns the score of x and y and its gradients with respect to both,
// in the shapes of x and y.
func (m Measure) Gradient(x, y *tensor.Dense) (score float64, gx, gy *tensor.Dense, err error) {
	if m, err = m.over(x, y); err != nil {
		return 0, nil, nil, err
	}
	if err := m.Lacks(); err != nil {
		return 0, nil, nil, fmt.Errorf("measures: %w", err)
	}
	if err := m.check(NewSamples(x), NewSamples(y)); err != nil {
		return 0, nil, nil, err
	}
	rx, ry := m.reduce(x, m.InvariantX), m.reduce(y, m.InvariantY)
	p, err := m.compile(func(b *graph.Builder) *graph.Node {
		return m.guarded(b.Param("x", rx.to), b.Param("y", ry.to))
	})
	if err != nil {
		return 0, nil, nil, err
	}
	if score, err = m.eval(p); err != nil {
		return 0, nil, nil, err
	}
	gradient := func(name string, r reduction) *tensor.Dense {
		g, gerr := p.Grad(name)
		if gerr != nil {
			err = fmt.Errorf("measures: %s: %w", m.Name, gerr)
			return nil
		}
		return r.back(g)
	}
	gx, gy = gradient("x", rx), gradient("y", ry)
	return score, gx, gy, err
}

func (m Measure) compile(build func(b *graph.Builder) *graph.Node) (*graph.Program, error) {
	p, err := graph.Compile(build)
	if err != nil {
		return nil, fmt.Errorf("measures: %s: %w", m.Name, err)
	}
	return p, nil
}

func (m Measure) eval(p *graph.Program) (float64, error) {
	score, err := p.Eval()
	if err == nil && (math.IsNaN(score) || math.IsInf(score, 0)) {
		err = fmt.Errorf("the score is %v: %s is not finite", score, p.NonFinite())
	}
	if err != nil {
		return 0, fmt.Errorf("measures: %s: %w", m.Name, err)
	}
	return score, nil
}

// guarded builds the score of the same samples, within its range.
func (m Measure) guarded(x, y *graph.Node) *graph.Node {
	if nx, ny := x.Shape()[0], y.Shape()[0]; nx != ny {
		panic(&graph.Error{Op: "score", Err: fmt.Errorf("x has %d samples and y %d; they must be the same samples", nx, ny)})
	}
	if err := m.fits(x.Shape(), y.Shape()); err != nil {
		panic(&graph.Error{Op: "score", Err: err})
	}
	return m.within(m.Score(x, y))
}

func (m Measure) within(score *graph.Node) *graph.Node {
	if m.Range[0] == m.Range[1] {
		return score
	}
	return graph.Within(m.Range[0], m.Range[1], score)
}

// check says what is wrong with x and y as data to be compared.
func (m Measure) check(x, y *Samples) error {
	for i, s := range []*Samples{x, y} {
		if err := s.check(); err != nil {
			return fmt.Errorf("measures: %s: %s %w", m.Name, []string{"x", "y"}[i], err)
		}
	}
	if err := m.fits(x.shape, y.shape); err != nil {
		return fmt.Errorf("measures: %s: %w", m.Name, err)
	}
	return nil
}

// Direction says what a score does with x and y.
func (m Measure) Direction() string {
	switch {
	case m.Symmetric:
		return "symmetric"
	case m.Directed != "":
		return m.Directed
	}
	return "predicts x from y"
}

// NoteOn is Note of data that fit, of n samples, x of p units and y of q, with m's name.
func (m Measure) NoteOn(n, p, q int) string {
	if m.Note == nil || m.Fits != nil && m.Fits(n, p, q) != nil {
		return ""
	}
	if note := m.Note(n, p, q); note != "" {
		return m.Name + ": " + note
	}
	return ""
}

// fits is Fits of data of those shapes, samples × units.
func (m Measure) fits(x, y tensor.Shape) error {
	p, q := x[x.Dims()-1], y[y.Dims()-1]
	if m.Fits == nil || x.TotalSize()/p != y.TotalSize()/q {
		return nil // of other samples is another error
	}
	return m.Fits(x.TotalSize()/p, p, q)
}

// Check says why x, samples × units, cannot be compared with anything: the
// error reads on from the data's name.
func Check(x *tensor.Dense) error {
	switch {
	case x == nil:
		return errors.New("is nil")
	case x.Dtype() != tensor.Float64:
		return fmt.Errorf("is %v; float64 is needed", x.Dtype())
	case x.Dims() < 2:
		return fmt.Errorf("has shape %v; samples × units is needed", x.Shape())
	}
	units := x.Shape()[x.Dims()-1]
	n := x.Shape().TotalSize() / units
	if n < 2 {
		return fmt.Errorf("has %d sample; 2 are the least that can be compared", n)
	}
	v := graph.RowMajor(x)
	l := look{first: v[:units]}
	if err := l.at(v); err != nil {
		return err
	}
	return l.verdict()
}

// A look is what is seen of data, from the first sample on.
type look struct {
	first         []float64 // sample
	seen          int       // samples
	largest, most float64   // value, and difference from the first sample
}

// at looks at further samples: where the first are known to vary, squares tell sooner than
// values one by one that nothing is wrong.
func (l *look) at(v []float64) error {
	units := len(l.first)
	for some := range slices.Chunk(v, units*max(1, 1<<12/units)) {
		if l.most >= 1/largestValue && floats.Dot(some, some) < largestValue*largestValue/2 {
			l.seen += len(some) / units
		} else if err := l.closely(some); err != nil {
			return err
		}
	}
	return nil
}

func (l *look) closely(v []float64) error {
	units, largest, most := len(l.first), l.largest, l.most
	for i := range len(v) / units {
		for j, w := range v[i*units : (i+1)*units] {
			if w-w != 0 { // NaN, or infinite
				return fmt.Errorf("has the value %v at sample %d, unit %d; all values must be finite", w, l.seen+i, j)
			}
			if a := math.Abs(w); a > largest {
				largest = a
			}
			if a := math.Abs(w - l.first[j]); a > most {
				most = a
			}
		}
	}
	l.seen, l.largest, l.most = l.seen+len(v)/units, largest, most
	return nil
}

func (l *look) verdict() error {
	switch {
	case l.most == 0:
		return errors.New("has zero variance: every unit is constant over samples")
	case l.largest > largestValue:
		return fmt.Errorf("has %g as its largest value, whose fourth power is beyond double precision; give it in another unit", l.largest)
	case l.most < 1/largestValue:
		return fmt.Errorf("varies by at most %g, whose fourth power is beyond double precision; give it in another unit", l.most)
	}
	return nil
}

// largestValue is the size up to which, and down to the inverse of which, fourth powers
// of data are numbers.
const largestValue = 1e72

// AngularScore returns the similarity 1 − (2/π) arccos m, linear in the angle
// whose cosine m is: 1 where m is 1, 0 where m is 0.
func AngularScore(name string, cosine Measure) Measure {
	m := cosine
	m.Metric = false // of an angle that it is not
	m.Name, m.Label, m.Source, m.Cosine = name, "angular "+cosine.Label, "Williams et al. 2021; the scale of Cloos et al. 2024", cosine.Name
	for i, v := range cosine.Range {
		m.Range[i] = AngularScoreOf(v)
	}
	m.Identity = AngularScoreOf(cosine.Identity)
	m.OfRoots, m.OfProducts = m.ByRows(), nil // a cosine near 1 has half of its angle's digits
	return m.then(func(cosine *graph.Node) *graph.Node { return graph.Affine(-2/math.Pi, graph.Acos(cosine), 1) })
}

// AngularDistance returns the distance arccos m in radians, the angle whose
// cosine m is: 0 where m is 1, π/2 where m is 0.
func AngularDistance(name string, cosine Measure) Measure {
	m := cosine
	m.Name, m.Label, m.Source, m.Cosine = name, cosine.Label+" angle (radians)", "Williams et al. 2021", cosine.Name
	m.Kind, m.Range, m.Identity = Distance, [2]float64{graph.AngleOf(cosine.Range[1]), graph.AngleOf(cosine.Range[0])}, graph.AngleOf(cosine.Identity)
	m.OfRoots, m.OfProducts = m.ByRows(), nil // a cosine near 1 has half of its angle's digits
	return m.then(graph.Acos)
}
