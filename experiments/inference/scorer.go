package inference

import (
	"math"
	"slices"
	"sync"

	"gorgonia.org/tensor"

	"simgrad/graph"
	"simgrad/measures"
)

// A scorer scores data of few shapes many times, to the last bit as the measure does: by a
// program for each that are scored at once, which keeps its memory and, of one x for all y, what
// it has of x alone.
type scorer struct {
	m         measures.Measure
	x         *tensor.Dense     // that all y are scored with, reduced; or nil
	reference *measures.Samples // the same

	mu   sync.Mutex
	free []*scoring
}

// A scoring is a program and the data that it scores; x is nil where it is the scorer's.
type scoring struct {
	program *graph.Program
	x, y    *tensor.Dense
}

// scorerOf scores x, time × condition × unit, with many y.
func scorerOf(m measures.Measure, x *tensor.Dense) *scorer {
	return &scorer{m: m.Over(x.Shape()[0]), x: m.Reduced(x), reference: measures.NewSamples(x)}
}

// score is that of x with y.
func (s *scorer) score(y *tensor.Dense) (float64, error) {
	if v, ok := s.again(nil, y); ok {
		return v, nil
	}
	return s.m.EvalSamples(s.reference, measures.NewSamples(y)) // which says what is wrong
}

// pairsOf scores many x with many y, of so many times.
func pairsOf(m measures.Measure, times int) *scorer { return &scorer{m: m.Over(times)} }

// pair is the score of x with y.
func (s *scorer) pair(x, y *tensor.Dense) (float64, error) {
	if v, ok := s.again(x, y); ok {
		return v, nil
	}
	return s.m.Eval(x, y)
}

// again is a score by a program at hand; not of data that are to be reduced, nor of what has none.
func (s *scorer) again(x, y *tensor.Dense) (v float64, ok bool) {
	if s.m.Lacks() != nil {
		return 0, false
	}
	for _, z := range []*tensor.Dense{x, y} {
		if z == nil {
			continue
		}
		if n, units := rowsOf(z); s.m.OfKernel && units >= n || measures.Check(z) != nil {
			return 0, false
		}
	}
	of := s.take(x, y)
	if of == nil {
		return 0, false
	}
	if x != nil {
		copy(of.x.Float64s(), graph.RowMajor(x))
	}
	copy(of.y.Float64s(), graph.RowMajor(y))
	of.program.Renew()
	v, err := of.program.Eval()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, of)
	return v, err == nil && !math.IsNaN(v) && !math.IsInf(v, 0)
}

// take is a program for data of the shapes of x and y, or nil where there is none.
func (s *scorer) take(x, y *tensor.Dense) *scoring {
	s.mu.Lock()
	i := slices.IndexFunc(s.free, func(of *scoring) bool { return alike(of.x, x) && alike(of.y, y) })
	if i >= 0 {
		of := s.free[i]
		s.free = slices.Delete(s.free, i, i+1)
		s.mu.Unlock()
		return of
	}
	s.mu.Unlock()
	of := &scoring{y: room(y)}
	var err error
	of.program, err = graph.Compile(func(b *graph.Builder) *graph.Node {
		if x == nil {
			return s.m.Score(b.Shared("x", s.x), b.Variable("y", of.y))
		}
		of.x = room(x)
		return s.m.Score(b.Variable("x", of.x), b.Variable("y", of.y))
	})
	if err != nil {
		return nil
	}
	return of
}

// rowsOf are the number of samples and units of x.
func rowsOf(x *tensor.Dense) (n, units int) {
	units = x.Shape()[x.Dims()-1]
	return x.Shape().TotalSize() / units, units
}

// room is for the samples × units of x.
func room(x *tensor.Dense) *tensor.Dense {
	return tensor.New(tensor.WithShape(rowsOf(x)), tensor.Of(tensor.Float64))
}

// alike is whether x and y have as many samples and units, or both are nil.
func alike(x, y *tensor.Dense) bool {
	if x == nil || y == nil {
		return x == y
	}
	n, p := rowsOf(x)
	k, q := rowsOf(y)
	return n == k && p == q
}
