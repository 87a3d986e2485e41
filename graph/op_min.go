package graph

// Min returns the lesser of a and b element by element; either may be a scalar. Where the
// two are equal the derivative is that by a.
func Min(a, b *Node) *Node {
	return elementwise("Min", a, b,
		func(x, y float64) float64 { return min(x, y) },
		func(x, y, _ float64) (float64, float64) {
			if x <= y {
				return 1, 0
			}
			return 0, 1
		})
}
