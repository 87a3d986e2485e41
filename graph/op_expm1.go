package graph

import "math"

// Expm1 returns exp a − 1 element by element, to all digits where a is small: a kernel
// exp(−d) less a constant, which centring takes away in any case.
func Expm1(a *Node) *Node {
	return Map("Expm1", struct{}{}, a, math.Expm1, func(_, y float64) float64 { return y + 1 })
}
