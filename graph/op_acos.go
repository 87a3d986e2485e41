package graph

import "math"

// Acos returns arccos a in radians, element by element.
//
// Rounding carries cosines of aligned data past 1; a is held to [−1, 1]. The
// derivative −1/√(1−a²), infinite at both ends, is held to its value where
// 1−a² = 1e-12, so that a cosine whose own gradient vanishes at alignment has
// an angle whose gradient vanishes too.
func Acos(a *Node) *Node {
	return Map("Acos", struct{}{}, a,
		func(x float64) float64 { return math.Acos(min(1, max(-1, x))) },
		func(x, _ float64) float64 { return -1 / math.Sqrt(max(1e-12, 1-x*x)) })
}
