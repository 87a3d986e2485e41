package graph

import "math"

// Sin returns sin a, of radians, element by element.
func Sin(a *Node) *Node {
	return Map("Sin", struct{}{}, a, math.Sin, func(x, _ float64) float64 { return math.Cos(x) })
}
