package data

import (
	"math"
	"slices"
)

// The courses of signals over a trial, t from 0 at its beginning to 1 at its end.

// ramp rises evenly.
func ramp(t float64) float64 { return t }

// bump rises and falls, highest in the middle.
func bump(t float64) float64 { return math.Sin(math.Pi * (t*0.9 + 0.05)) }

// sustained stays.
func sustained(float64) float64 { return 1 }

func ones(n int) []float64 { return slices.Repeat([]float64{1}, n) }

// twoClasses returns a task variable with one class below the median of code and
// one above, of these names.
func twoClasses(name string, code []float64, low, high string) Variable {
	sorted := slices.Sorted(slices.Values(code))
	limit := (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
	v := Variable{Name: name, Class: make([]int, len(code)), Values: []string{low, high}}
	for i, x := range code {
		if x > limit {
			v.Class[i] = 1
		}
	}
	return v
}
