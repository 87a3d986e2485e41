package inference

import (
	"math"
	"slices"
	"sync"

	"gorgonia.org/tensor"

	"simgrad/graph"
	"simgrad/measures"
)

// A scorer scores x with many y of one shape, to the last bit as the measure does: by a program
// for each that are scored at once, which keeps its memory and what it has of x alone.
type scorer struct {
	m         measures.Measure
	x         *tensor.Dense
	reference *measures.Samples

	mu   sync.Mutex
	free []*scoring
}

// A scoring is a program and the y that it scores.
type scoring struct {
	program *graph.Program
	y       *tensor.Dense
}

// scorerOf scores x, time × condition × unit.
func scorerOf(m measures.Measure, x *tensor.Dense) *scorer {
	return &scorer{m: m.Over(x.Shape()[0]), x: m.Reduced(x), reference: measures.NewSamples(x)}
}

// score is that of x with y.
func (s *scorer) score(y *tensor.Dense) (float64, error) {
	if v, ok := s.again(y); ok {
		return v, nil
	}
	return s.m.EvalSamples(s.reference, measures.NewSamples(y)) // which says what is wrong
}

// again is score by a program at hand; not of y that is to be reduced, nor of what has no score.
func (s *scorer) again(y *tensor.Dense) (v float64, ok bool) {
	units := y.Shape()[2]
	n := y.Shape().TotalSize() / units
	if s.m.OfKernel && units >= n || s.m.Lacks() != nil || measures.Check(y) != nil {
		return 0, false
	}
	of := s.take(n, units)
	if of == nil {
		return 0, false
	}
	copy(of.y.Float64s(), graph.RowMajor(y))
	of.program.Renew()
	v, err := of.program.Eval()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, of)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// take is a program of y of that shape, n × units, or nil where there is none.
func (s *scorer) take(n, units int) *scoring {
	s.mu.Lock()
	i := slices.IndexFunc(s.free, func(of *scoring) bool { return of.y.Shape()[0] == n && of.y.Shape()[1] == units })
	if i >= 0 {
		of := s.free[i]
		s.free = slices.Delete(s.free, i, i+1)
		s.mu.Unlock()
		return of
	}
	s.mu.Unlock()
	y := tensor.New(tensor.WithShape(n, units), tensor.Of(tensor.Float64))
	p, err := graph.Compile(func(b *graph.Builder) *graph.Node {
		return s.m.Score(b.Shared("x", s.x), b.Variable("y", y))
	})
	if err != nil {
		return nil
	}
	return &scoring{p, y}
}
