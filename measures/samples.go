package measures

import (
	"sync"

	"gorgonia.org/tensor"
)

// Samples are data that are scored many times, by several measures or with several others:
// they are checked once, and reduced once for all measures that see the same of them.
type Samples struct {
	x     *tensor.Dense // nil of rows that are not in memory; see NewRows
	shape tensor.Shape
	check func() error
	full  func() bool // whether they are seen to have rank n − 1 less their mean

	mu   sync.Mutex
	kept map[Invariance]reduction

	each  func(rows int, show func(values []float64) error) error
	joint *joint // the last
	share float64

	repetitions int             // that are known
	repeated    func() *Samples // they, beside each other
}

// NewSamples returns the samples of x, whose axes but the last they are. Nothing may change
// x from then on.
func NewSamples(x *tensor.Dense) *Samples {
	s := &Samples{x: x, check: sync.OnceValue(func() error { return Check(x) }), kept: map[Invariance]reduction{}}
	s.full = sync.OnceValue(func() bool { return full(x) })
	if x != nil {
		s.shape = x.Shape()
	}
	return s
}

// units and samples are the numbers of these.
func (s *Samples) units() int   { return s.shape[s.shape.Dims()-1] }
func (s *Samples) samples() int { return s.shape.TotalSize() / s.units() }

// reduced is what m sees of them.
func (s *Samples) reduced(m Measure, keeps Invariance) reduction {
	if !m.OfKernel || m.repetitions > 0 {
		return reduction{of: s.x, to: s.x}
	}
	keeps &= Translation | Linear
	s.mu.Lock()
	defer s.mu.Unlock()
	r, known := s.kept[keeps]
	if !known {
		r = m.reduce(s.x, keeps)
		s.kept[keeps] = r
	}
	return r
}

// WithRepetitions returns s with what it is the mean of: so many repetitions, samples × units
// as s is, the units of one after those of another.
func (s *Samples) WithRepetitions(repetitions int, of func() *tensor.Dense) *Samples {
	s.repetitions, s.repeated = repetitions, sync.OnceValue(func() *Samples { return NewSamples(of()) })
	return s
}
