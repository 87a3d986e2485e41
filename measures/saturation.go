package measures

import "gorgonia.org/tensor"

// Saturates is whether data of n samples, x of p units and y of q, score Identity whatever they
// are, but for those of low rank: of one of the two the score sees the span alone, how much of
// the other is in it, and it is all that centred samples can be.
func (m Measure) Saturates(n, p, q int) bool {
	of := m.seenBySpan(&Samples{shape: tensor.Shape{n, p}}, &Samples{shape: tensor.Shape{n, q}})
	return of != nil && of.units() >= n-1
}

// seenBySpan is that of the two, if any.
func (m Measure) seenBySpan(x, y *Samples) *Samples {
	switch {
	case !m.ofSpan:
		return nil
	case m.InvariantY.Has(Linear):
		return y
	case m.InvariantX.Has(Linear):
		return x
	}
	return nil
}

// full is whether x is seen to be of rank n − 1 less its mean. Twice as many units as samples
// show it, if they are well conditioned: none that come beside them take it back.
func full(x *tensor.Dense) bool {
	units := x.Shape()[x.Dims()-1]
	n := x.Shape().TotalSize() / units
	if units < n {
		return false
	}
	_, ok := reduceByGram(x, n, min(units, 2*n), Translation|Linear)
	return ok
}
