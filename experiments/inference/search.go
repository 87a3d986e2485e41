package inference

import (
	"context"
	"fmt"
	"math"

	"gorgonia.org/tensor"

	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/graph"
	"simgrad/measures"
	"simgrad/optim"
)

// Moving are two datasets, samples × units, and measures that score them as they move: y,
// and x too where it is free.
type Moving struct {
	Measures []measures.Measure
	X, Y     *tensor.Dense // where they start
	Free     bool
	Rank     int // the largest that xᵀy can have
}

// WatchedBounds are the names under which every program of Moving has what the proven bounds
// speak of: CKA, NBS, and the participation ratios of x and y.
var WatchedBounds = []string{"bound: cka", "bound: nbs", "bound: PRx", "bound: PRy"}

// Program compiles a loss of the scores of x and y, which are watched by the measures' names.
func (m Moving) Program(loss func(scores []*graph.Node) *graph.Node) (*graph.Program, error) {
	x := m.X
	if !m.Free {
		x = m.reduced(x)
	}
	return graph.Compile(func(b *graph.Builder) *graph.Node {
		var xn *graph.Node
		if m.Free {
			xn = b.Param("x", x)
		} else {
			xn = b.Const("x", x)
		}
		yn := b.Param("y", m.Y)
		var scores []*graph.Node
		for _, m := range m.Measures {
			scores = append(scores, b.Watch(m.Name, m.Score(xn, yn)))
		}
		for i, n := range []*graph.Node{measures.CKA.Score(xn, yn), measures.NBS.Score(xn, yn), participation(xn), participation(yn)} {
			b.Watch(WatchedBounds[i], n)
		}
		return loss(scores)
	})
}

// reduced is a fixed x with fewer units, if all of the measures and what is watched beside
// them score it as they do x.
func (m Moving) reduced(x *tensor.Dense) *tensor.Dense {
	for _, m := range m.Measures {
		if !m.OfKernel || !m.InvariantX.Has(measures.Translation) {
			return x
		}
	}
	return measures.CKA.Reduced(x)
}

// participation is the participation ratio of a dataset's components, (Σλ)²/Σλ².
func participation(x *graph.Node) *graph.Node {
	x = graph.Center(x)
	n, p := x.Shape()[0], x.Shape()[1]
	if n < p {
		x = graph.T(x)
	}
	return graph.Div(graph.Square(graph.SumSquares(x)), graph.SumSquares(graph.Gram(x)))
}

// A bound that is not kept means that this package is wrong.
const boundSlack = 1e-9

// Margin holds the proven bounds where p stands, and is how far the nearer is.
func (m Moving) Margin(p *graph.Program) (margin float64, err error) {
	cka, nbs := p.Scalar(WatchedBounds[0]), p.Scalar(WatchedBounds[1])
	prx, pry := p.Scalar(WatchedBounds[2]), p.Scalar(WatchedBounds[3])
	if margin = probe.BoundsMargin(cka, nbs, prx, pry, float64(m.Rank)); margin < -boundSlack {
		err = fmt.Errorf("a proven bound is broken by %g: CKA %v, NBS %v, participation ratios %v and %v, rank at most %d", -margin, cka, nbs, prx, pry, m.Rank)
	}
	return margin, err
}

// Descend minimises the program's value, shows every point, and holds the proven bounds at
// each; how near they were is in the record's frame bounds. It does so by Adam in a leg of so
// many steps. state is what visit changes beside the record's frames. Steps are told to the
// monitor from those of the legs before on, with the first measure's score.
func (m Moving) Descend(ctx context.Context, r *experiments.Record, p *graph.Program, rate float64, leg experiments.Leg, visit func(optim.Point), state ...any) (optim.Status, error) {
	before := leg.Number * leg.Steps
	leg.Solver = optim.Adam(rate)
	return leg.Optimize(ctx, p, func(pt optim.Point) error {
		experiments.Progress(ctx, before+pt.Step, p.Scalar(m.Measures[0].Name))
		margin, err := m.Margin(p)
		if err != nil {
			return fmt.Errorf("step %d: %w", before+pt.Step, err)
		}
		bounds := r.Frame("bounds", "", "margin")
		if len(bounds.Rows) == 0 {
			bounds.Add(nil, margin)
		}
		least := bounds.Rows[0].Numbers
		least[0] = math.Min(least[0], margin)
		visit(pt)
		return ctx.Err()
	}, append(state, &r.Frames)...)
}

// A Search looks for how far one score lets another go: the least of the second measure where
// the first is level or more, or the most of it where that is level or less.
type Search struct {
	Level  float64
	Most   bool
	Rate   float64 // of Adam, in the first of SearchLegs
	Steps  int     // of each leg
	Weight float64 // of the pinned score; 0 for 3
	Leg    int     // number of the first leg among a cell's
}

// pinnedWeight is the weight of the pinned score in a search. The paper's weight of 1
// lets the pinned score slide: along the frontier the other falls faster than it.
const pinnedWeight = 3

// SearchLegs are how many legs a search has.
const SearchLegs = 3

// Search looks for it by descent of s₂ + w|s₁ − level|, or −s₂ + w|s₁ − level|, in legs of
// falling rate, and leaves the best point it saw in the record's frame best: the two scores
// and the participation ratios of x and y. Every point seen is one of two real datasets, so
// that the best is allowed, and only whether it is the least is left open. Of a score without
// a least one, as R² from samples left out, the descent is to 0, where y says nothing of x.
func (m Moving) Search(ctx context.Context, r *experiments.Record, s Search) error {
	sign, weight := 1.0, s.Weight
	if s.Most {
		sign = -1
	}
	if weight == 0 {
		weight = pinnedWeight
	}
	p, err := m.Program(func(scores []*graph.Node) *graph.Node {
		other := scores[1]
		switch {
		case s.Most:
			other = graph.Affine(-1, other, 0)
		case math.IsInf(m.Measures[1].Range[0], -1):
			other = graph.Affine(.5, graph.Add(other, graph.Abs(other)), 0)
		}
		return graph.Add(other, graph.Affine(weight, graph.Abs(graph.Affine(1, scores[0], -s.Level)), 0))
	})
	if err != nil {
		return err
	}
	best := []float64{math.NaN(), sign * math.Inf(1), math.NaN(), math.NaN()}
	for k := range SearchLegs {
		_, err := m.Descend(ctx, r, p, s.Rate*math.Pow(0.1, float64(k)), experiments.Leg{Number: s.Leg + k, Of: s.Leg + SearchLegs, Steps: s.Steps}, func(optim.Point) {
			pinned, other := p.Scalar(m.Measures[0].Name), p.Scalar(m.Measures[1].Name)
			if sign*pinned >= sign*s.Level && sign*other < sign*best[1] {
				best = []float64{pinned, other, p.Scalar(WatchedBounds[2]), p.Scalar(WatchedBounds[3])}
			}
		}, &best)
		if err != nil {
			return err
		}
	}
	r.Status = "did not reach the level"
	if !math.IsInf(best[1], 0) {
		r.Frame("best", "", "pinned least prx pry").Add(nil, best...)
		r.Status = "reached the level"
	}
	return nil
}

// A Family is a row of explicit datasets that go from little of a fixed one to all of it, made
// when they are asked for: samples × units, of which there may be fewer than the fixed has.
type Family struct {
	Name   string
	Size   int
	Member func(i int) *tensor.Dense
}

// familySize is how many members a family has at most.
const familySize = 20

// FamiliesOf are those of the components of x, samples × units: its leading ones alone, and
// all with the first turned into a direction that x has not.
func FamiliesOf(x *tensor.Dense) ([]Family, error) {
	c, err := probe.ComponentsOf(x)
	if err != nil {
		return nil, err
	}
	leading := experiments.EvenlyInLog(len(c.S), familySize)
	families := []Family{{"its leading components alone", len(leading), func(i int) *tensor.Dense {
		return c.Leading(x, leading[i]+1)
	}}}
	if x.Shape()[0]-1 > len(c.S) {
		away := c.Direction(0, 0, false)
		families = append(families, Family{"its first component turned", familySize, func(i int) *tensor.Dense {
			return turnedFirst(c, away, math.Pi/2*float64(i+1)/familySize)
		}})
	}
	return families, nil
}

// turnedFirst is the dataset of c with its first component turned by an angle toward the
// direction away.
func turnedFirst(c *probe.Components, away []float64, angle float64) *tensor.Dense {
	y := c.Coordinates()
	n, r := y.Dims()
	y.SetCol(0, c.Turned(0, away, angle, 1))
	return tensor.New(tensor.WithShape(n, r), tensor.WithBacking(y.RawMatrix().Data))
}

// Widened is x, samples × units, with units of nothing after its own, p in all.
func Widened(x *tensor.Dense, p int) *tensor.Dense {
	n, q := x.Shape()[0], x.Shape()[1]
	values := make([]float64, n*p)
	for i := range n {
		copy(values[i*p:(i+1)*p], x.Float64s()[i*q:(i+1)*q])
	}
	return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(values))
}

// Scored are the scores of x with the members of one of its families, of each measure.
type Scored struct {
	Family string
	Scores [][]float64 // NaN where a measure has none
}

// Attained scores x, time × condition × unit, with the members of its families: real datasets,
// so that a pair of scores that one has is allowed.
func Attained(ctx context.Context, ms []measures.Measure, x *tensor.Dense) (all []Scored, err error) {
	times, conditions, _, err := shape("x", x)
	if err != nil {
		return nil, err
	}
	x = Moving{Measures: ms}.reduced(x)
	units := x.Shape()[x.Dims()-1]
	families, err := FamiliesOf(tensor.New(tensor.WithShape(times*conditions, units), tensor.WithBacking(graph.RowMajor(x))))
	if err != nil {
		return nil, fmt.Errorf("inference: %w", err)
	}
	reference := measures.NewSamples(of(graph.RowMajor(x), times, conditions, units))
	for _, f := range families {
		s := Scored{f.Name, make([][]float64, len(ms))}
		for i := range f.Size {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			y := f.Member(i)
			member := measures.NewSamples(of(y.Float64s(), times, conditions, y.Shape()[1]))
			for k, m := range ms {
				v, err := m.EvalSamples(reference, member)
				if err != nil {
					v = nan
				}
				s.Scores[k] = append(s.Scores[k], v)
			}
		}
		all = append(all, s)
	}
	return all, nil
}
