package inference

import (
	"math"
	"slices"
)

// BenjaminiHochberg adjusts the p values of one family of tests: those that are at most q
// after it are false in a fraction q at most, on average. Those that are NaN are no tests,
// and stay.
//
// Source: Benjamini & Hochberg 1995.
func BenjaminiHochberg(p []float64) []float64 {
	adjusted := slices.Clone(p)
	var order []int
	for i, v := range p {
		if !math.IsNaN(v) {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(i, j int) int {
		switch {
		case p[i] < p[j]:
			return 1
		case p[i] > p[j]:
			return -1
		}
		return 0
	})
	least := 1.0
	for k, i := range order {
		least = math.Min(least, p[i]*float64(len(order))/float64(len(order)-k))
		adjusted[i] = least
	}
	return adjusted
}
