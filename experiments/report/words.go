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
	return Fixed(v, digits)
}

// Fixed writes a number with so many digits after the point, – where it is none.
func Fixed(v float64, digits int) string {
	if math.IsNaN(v) {
		return "–"
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Trim(text, "-0.") == "" {
		text = strings.TrimPrefix(text, "-") // nothing is not negative
	}
	return Minus(text)
}

// Minus is a number that Go has written, with the sign of minus that is shown.
func Minus(number string) string {
	if rest, ok := strings.CutPrefix(number, "-"); ok {
		return "−" + rest
	}
	return number
}

// Significant writes a number to so many digits that count, without needless ones; from
// 10⁶ and below 0.001 as 2.3·10⁻⁷.
func Significant(v float64, digits int) string {
	switch {
	case math.IsNaN(v):
		return "–"
	case math.IsInf(v, 0):
		return Minus(strings.TrimPrefix(strings.Replace(fmt.Sprint(v), "Inf", "∞", 1), "+"))
	}
	number, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', digits-1, 64), "e")
	e, err := strconv.Atoi(exponent)
	if err != nil {
		panic(err) // FormatFloat wrote it
	}
	if v == 0 || e >= -3 && e < 6 {
		number, e = strconv.FormatFloat(v, 'f', max(0, digits-1-e), 64), 0
	}
	if strings.Contains(number, ".") {
		number = strings.TrimRight(strings.TrimRight(number, "0"), ".")
	}
	switch number = Minus(number); {
	case e == 0:
		return number
	case number == "1" || number == "−1":
		return strings.TrimSuffix(number, "1") + Power(e)
	}
	return number + "·" + Power(e)
}

// Power is a power of ten, as 10⁻⁷.
func Power(exponent int) string {
	return "10" + strings.NewReplacer("-", "⁻", "0", "⁰", "1", "¹", "2", "²", "3", "³", "4", "⁴", "5", "⁵", "6", "⁶", "7", "⁷", "8", "⁸", "9", "⁹").Replace(strconv.Itoa(exponent))
}

// Percent writes a share in percent, to two digits that count.
func Percent(share float64) string {
	if share >= 0.1 {
		return fmt.Sprintf("%.0f %%", 100*share)
	}
	return Significant(100*share, 2) + " %"
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
	if v == math.Pi/2 {
		return "π/2"
	}
	return Significant(v, 5)
}

// Last is the last of a column, 0 where there is none.
func Last(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	return x[len(x)-1]
}
