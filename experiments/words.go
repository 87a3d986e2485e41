package experiments

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"simgrad/experiments/report"
	"simgrad/measures"
)

// How numbers of several starts are put together, and how reports write them.

// A spread is what several starts gave, those that gave a number.
type spread struct {
	mean, low, high float64
	starts, of      int
}

func spreadOf(values []float64) spread {
	s := report.SpreadOf(values)
	return spread{s.Mean, s.Low, s.High, s.Starts, s.Of}
}

// String is the mean with the range, as .55 [.55–.57, 3 starts], or [.55–.57, 2 of 3
// starts] where the others gave none.
func (s spread) String() string {
	switch {
	case s.starts == 0:
		return "not reached"
	case s.of == 1:
		return short(s.mean)
	case s.starts == 1:
		return s.brief()
	}
	return fmt.Sprintf("%s [%s–%s, %s]", short(s.mean), short(s.low), short(s.high), s.share())
}

// share says how many starts gave a number.
func (s spread) share() string {
	if s.starts < s.of {
		return fmt.Sprintf("%d of %d starts", s.starts, s.of)
	}
	return fmt.Sprintf("%d starts", s.starts)
}

// over says what a curve and its band are, of so many starts.
func over(starts int) string {
	if starts == 1 {
		return "one start"
	}
	return fmt.Sprintf("mean and range over %d starts", starts)
}

// axes are those of a dataset, as 1 time × 16 conditions × 40 units.
func axes(times, conditions, units int) string {
	return many(times, "time") + " × " + many(conditions, "condition") + " × " + many(units, "unit")
}

func many(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// brief is the mean alone, – where there is none, with the number of starts if some
// gave none.
func (s spread) brief() string {
	if 0 < s.starts && s.starts < s.of {
		return fmt.Sprintf("%s (%s)", short(s.mean), s.share())
	}
	return short(s.mean)
}

// short writes a fraction with two digits and no leading zero, and with more if
// it would else be 1 and is not.
func short(v float64) string {
	digits := 2
	for digits < 5 && v < 1 && 1-v < 0.5*math.Pow(10, -float64(digits)) {
		digits++
	}
	text := strconv.FormatFloat(v, 'f', digits, 64)
	if math.IsNaN(v) {
		return "–"
	}
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "−", text[1:]
	}
	if strings.HasPrefix(text, "0.") {
		text = text[1:]
	}
	return sign + text
}

// stepsTo is the first step whose score reaches level, NaN if none does.
func stepsTo(trace []float64, level float64) float64 {
	for s, v := range trace {
		if v >= level {
			return float64(s)
		}
	}
	return math.NaN()
}

func counts(steps []float64) string {
	s := spreadOf(steps)
	switch {
	case s.starts == 0:
		return "not reached"
	case s.starts < s.of:
		return fmt.Sprintf("%.1f [%.0f–%.0f, %s]", s.mean, s.low, s.high, s.share())
	case s.low == s.high:
		return fmt.Sprintf("%.0f", s.mean)
	}
	return fmt.Sprintf("%.1f [%.0f–%.0f]", s.mean, s.low, s.high)
}

// evenlyInLog returns at most so many (all, if most is 0) of the indices 0 … n−1,
// spread evenly in the logarithm of their number counted from 1.
func evenlyInLog(n, most int) (chosen []int) {
	if most == 0 || most >= n {
		for i := range n {
			chosen = append(chosen, i)
		}
		return chosen
	}
	for i := range most {
		k := int(math.Round(math.Pow(float64(n), float64(i)/float64(max(1, most-1))))) - 1
		if !slices.Contains(chosen, k) {
			chosen = append(chosen, k)
		}
	}
	return chosen
}

// measureConventions state of each measure which way its score is up, its
// direction, centring and estimator.
func measureConventions(ms []measures.Measure) (lines []string) {
	for _, m := range ms {
		lines = append(lines, measureConvention(m))
	}
	return lines
}

func measureConvention(m measures.Measure) string {
	direction := "symmetric in x and y"
	if !m.Symmetric {
		direction = "directed: the reference x is predicted from y"
	}
	centring := "columns are not centred, or not all"
	if (m.InvariantX & m.InvariantY).Has(measures.Translation) {
		centring = "columns are centred"
	}
	return fmt.Sprintf("%s (%s): a %s, in [%s, %s], %s; %s; keeps %s of x and %s of y. %s.",
		m.Label, m.Name, m.Kind, limit(m.Range[0]), limit(m.Range[1]), direction, centring, m.InvariantX, m.InvariantY, m.Source)
}

func limit(v float64) string {
	if math.IsInf(v, 0) {
		return strings.Replace(fmt.Sprint(v), "Inf", "∞", 1)
	}
	if v == math.Pi/2 {
		return "π/2"
	}
	return strconv.FormatFloat(v, 'g', 5, 64)
}

// slug is name with nothing in it that a file name should not have, nor too much.
func slug(name string) string {
	file, _ := fileKey(name)
	base := strings.TrimSuffix(strings.TrimSuffix(name, ".npz"), ".npy")
	if i := strings.LastIndex(file, "/"); i >= 0 && !strings.HasPrefix(name, "surrogate/") {
		base = base[i+1:]
	}
	base = strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '_':
			return r
		}
		return '-'
	}, base)
	const most = 60
	if len(base) > most {
		base = base[:most-9] + "-" + sumOf([]byte(name))[:8]
	}
	return base
}
