package report

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// Starts that never reached a level are counted, and not passed over.
func TestSpread(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		values        []float64
		String, brief string
		counts        string // of the values × 100
	}{
		{[]float64{0.5}, "0.50", "0.50", "50"},
		{[]float64{0.5, 0.7, 0.9}, "0.70 [0.50–0.90, 3 starts]", "0.70", "70.0 [50–90]"},
		{[]float64{0.5, 0.5}, "0.50 [0.50–0.50, 2 starts]", "0.50", "50"},
		{[]float64{nan, 0.5, 0.75, nan}, "0.62 [0.50–0.75, 2 of 4 starts]", "0.62 (2 of 4 starts)", "62.5 [50–75, 2 of 4 starts]"},
		{[]float64{nan, 0.5}, "0.50 (1 of 2 starts)", "0.50 (1 of 2 starts)", "50.0 [50–50, 1 of 2 starts]"},
		{[]float64{nan, nan}, "not reached", "–", "not reached"},
		{nil, "not reached", "–", "not reached"},
	} {
		s := SpreadOf(c.values)
		require.Equal(t, c.String, s.String())
		require.Equal(t, c.brief, s.Brief())
		var hundred []float64
		for _, v := range c.values {
			hundred = append(hundred, 100*v)
		}
		require.Equal(t, c.counts, Steps(hundred))
	}
}

func TestFraction(t *testing.T) {
	for v, want := range map[float64]string{
		0.5: "0.50", -0.5: "−0.50", 10.5: "10.50", -10.5: "−10.50", 20.25: "20.25", 100.3: "100.30", -773: "−773.00",
		0.9997: "0.9997", 1 - 1e-9: "1.00", 1: "1.00", 0: "0.00",
	} {
		require.Equal(t, want, Fraction(v))
	}
	require.Equal(t, "–", Fraction(math.NaN()))
}

// A number is written in one way, with one sign of minus.
func TestSignificant(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.2: "0.2", -0.25: "−0.25", 0.00123: "0.0012", 0.001: "0.001", 0.00099: "9.9·10⁻⁴", 1e-15: "10⁻¹⁵", -1e-4: "−10⁻⁴", -2.34e-7: "−2.3·10⁻⁷",
		3: "3", 4844: "4844", 99999: "99999", 1e6: "10⁶", 2.5e7: "2.5·10⁷", math.Inf(1): "∞", math.Inf(-1): "−∞",
	} {
		require.Equal(t, want, Significant(v, 2))
	}
	require.Equal(t, "–", Significant(math.NaN(), 2))
	require.Equal(t, "−1", RangeEnd(-1))
	require.Equal(t, "6.7·10⁻⁴ %", Percent(6.7e-6))
}
