package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// How numbers of several starts are put together, and how reports write them.

// String is the mean with the range, as 0.55 [0.55–0.57, 3 starts], or [0.55–0.57, 2 of 3
// starts] where the others gave none.
func (s Spread) String() string {
	switch {
	case s.Starts == 0:
		return "not reached"
	case s.Of == 1:
		return Fraction(s.Mean)
	case s.Starts == 1:
		return s.Brief()
	}
	return fmt.Sprintf("%s [%s–%s, %s]", Fraction(s.Mean), Fraction(s.Low), Fraction(s.High), s.share())
}

// share says how many starts gave a number.
func (s Spread) share() string {
	if s.Starts < s.Of {
		return fmt.Sprintf("%d of %d starts", s.Starts, s.Of)
	}
	return fmt.Sprintf("%d starts", s.Starts)
}

// OverStarts says what a curve and its band are, of so many starts.
func OverStarts(starts int) string {
	if starts == 1 {
		return "one start"
	}
	return fmt.Sprintf("mean and range over %d starts", starts)
}

// Axes are those of a dataset, as 1 time × 16 conditions × 40 units.
func Axes(times, conditions, units int) string {
	return Count(times, "time") + " × " + Count(conditions, "condition") + " × " + Count(units, "unit")
}

// Count is a number of things, as 1 time and 16 times.
func Count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// Brief is the mean alone, – where there is none, with the number of starts if some
// gave none.
func (s Spread) Brief() string {
	if 0 < s.Starts && s.Starts < s.Of {
		return fmt.Sprintf("%s (%s)", Fraction(s.Mean), s.share())
	}
	return Fraction(s.Mean)
}

// Fraction writes a score or a share with two digits after the point; with more where it
// would else be 1 and is not.
func Fraction(v float64) string {
	digits := 2
	for 1-v > 0.5e-5 && digits < 5 && v < 1 && 1-v < 0.5*math.Pow(10, -float64(digits)) {
		digits++
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if math.IsNaN(v) {
		return "–"
	}
	sign := ""
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-") // nothing is not negative
	}
	if strings.HasPrefix(text, "-") {
		sign, text = "−", text[1:]
	}
	return sign + text
}

// Percent writes a share in percent, to two digits that count.
func Percent(share float64) string {
	if share >= 0.1 {
		return fmt.Sprintf("%.0f %%", 100*share)
	}
	return fmt.Sprintf("%.2g %%", 100*share)
}

// Steps are the mean and range of numbers of steps.
func Steps(steps []float64) string {
	s := SpreadOf(steps)
	switch {
	case s.Starts == 0:
		return "not reached"
	case s.Starts < s.Of:
		return fmt.Sprintf("%.1f [%.0f–%.0f, %s]", s.Mean, s.Low, s.High, s.share())
	case s.Low == s.High:
		return fmt.Sprintf("%.0f", s.Mean)
	}
	return fmt.Sprintf("%.1f [%.0f–%.0f]", s.Mean, s.Low, s.High)
}

// RangeEnd writes an end of a measure's range: infinite, π/2, or a number.
func RangeEnd(v float64) string {
	if math.IsInf(v, 0) {
		return strings.Replace(fmt.Sprint(v), "Inf", "∞", 1)
	}
	if v == math.Pi/2 {
		return "π/2"
	}
	return strconv.FormatFloat(v, 'g', 5, 64)
}

// Last is the last of a column, 0 where there is none.
func Last(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	return x[len(x)-1]
}
