package measures

import (
	"sync"

	"gorgonia.org/tensor"
)

// Samples are data that are scored many times, by several measures or with several others:
// they are checked once, and reduced once for all measures that see the same of them.
type Samples struct {
	x     *tensor.Dense
	check func() error

	mu   sync.Mutex
	kept map[Invariance]reduction
}

// NewSamples returns the samples of x, whose axes but the last they are. Nothing may change
// x from then on.
func NewSamples(x *tensor.Dense) *Samples {
	return &Samples{x: x, check: sync.OnceValue(func() error { return Check(x) }), kept: map[Invariance]reduction{}}
}

// reduced is what m sees of them.
func (s *Samples) reduced(m Measure, keeps Invariance) reduction {
	if !m.OfKernel {
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
