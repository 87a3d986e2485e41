package experiments

import (
	"fmt"

	"simgrad/data"
	"simgrad/measures"
)

// freeMemory is data.FreeMemory; tests have others.
var freeMemory = data.FreeMemory

// NeedsSquares is how many bytes a score by m of n samples takes for matrices of samples ×
// samples, with its gradient about twice as many.
func NeedsSquares(m measures.Measure, n int, gradient bool) int64 {
	const small = 1 << 11 // samples, of which a matrix takes 32 MB
	if n < small {
		return 0
	}
	need := int64(m.Squares() * 8 * float64(n) * float64(n))
	if gradient {
		need *= 2
	}
	return need
}

// Affordable says so where memory has no room for what NeedsSquares is, before any of it is
// taken.
func Affordable(m measures.Measure, n int, gradient bool) error {
	need := NeedsSquares(m, n, gradient)
	if free, known := freeMemory(); known && need > free {
		what := "a score"
		if gradient {
			what = "a score with its gradient"
		}
		return fmt.Errorf("%s by %s of %d samples takes %.3g GB for matrices of %d × %d, and %.3g GB are free: take fewer samples, or a measure that `score -list` says has no n×n",
			what, m.Name, n, float64(need)/1e9, n, n, float64(free)/1e9)
	}
	return nil
}
