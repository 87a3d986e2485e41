package graph

import "math"

// PowerAbout returns (a + c)^degree − c^degree element by element, for a whole degree from 1:
// for what takes constants away in any case, with all digits of an a that is small beside c.
func PowerAbout(degree int, c float64, a *Node) *Node {
	d := float64(degree)
	return Map("PowerAbout", [2]float64{d, c}, a, func(x float64) float64 {
		// Σ_{i ≥ 1} (degree over i) x^i c^(degree−i), by Horner's rule.
		sum, choose, of := 0.0, 1.0, 1.0
		for i := degree; i >= 1; i-- {
			sum = sum*x + choose*of
			choose *= float64(i) / (d - float64(i) + 1)
			of *= c
		}
		return sum * x
	}, func(x, _ float64) float64 { return d * math.Pow(x+c, d-1) })
}
