package report

import "math"

// A Spread is what several starts gave, those that gave a number. Starts are few: their
// range hides none of them, where a standard error of three would claim to know more.
type Spread struct {
	Mean, Low, High float64
	Starts, Of      int // that gave a number, of so many
}

// SpreadOf puts values together; NaN is of a start that gave none.
func SpreadOf(values []float64) Spread {
	s := Spread{Low: math.Inf(1), High: math.Inf(-1), Of: len(values)}
	for _, v := range values {
		if !math.IsNaN(v) {
			s.Mean += v
			s.Low, s.High = math.Min(s.Low, v), math.Max(s.High, v)
			s.Starts++
		}
	}
	if s.Starts == 0 {
		return Spread{math.NaN(), math.NaN(), math.NaN(), 0, len(values)}
	}
	s.Mean /= float64(s.Starts)
	return s
}
