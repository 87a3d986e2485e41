package graph

// Acos returns arccos a in radians, element by element.
//
// Of a KernelCosine or a ProcrustesCosine, also Within its range, it is the angle
// itself, to as many digits near 0 as anywhere, with gradient 0 at 0.
//
// Of other cosines, rounding carries those of aligned data past 1; a is held to
// [−1, 1]. The derivative −1/√(1−a²), infinite at both ends, is held to its value where
// 1−a² = 1e-12, so that a cosine whose own gradient vanishes at alignment has
// an angle whose gradient vanishes too.
func Acos(a *Node) *Node {
	if angle := angleOf(a); angle != nil {
		return angle
	}
	return Map("Acos", struct{}{}, a,
		AngleOf,
		func(x, _ float64) float64 { return slopeOfAcos(x) })
}
