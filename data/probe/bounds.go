package probe

import "math"

// What CKA and NBS of one pair of centred datasets x and y prove of each other. With
// PR the participation ratio of a dataset's components:
//
//	P1: CKA/√(PRx·PRy) ≤ NBS² ≤ rank(XᵀY)·CKA/√(PRx·PRy)
//	P2: CKA ≥ √(PRx·PRy)·((1/PRx + 1/PRy)/2 − (1 − NBS²))

// BoundsMargin is how far scores are from the nearer of the bounds P1 and P2, in units of
// CKA or NBS², where XᵀY has a rank of at most that given: negative where one is broken.
func BoundsMargin(cka, nbs, prx, pry, rank float64) float64 {
	root := math.Sqrt(prx * pry)
	return math.Min(math.Min(nbs*nbs-cka/root, rank*cka/root-nbs*nbs), cka-root*((1/prx+1/pry)/2-(1-nbs*nbs)))
}

// LeastCKA is what P1 and P2 leave of CKA with x, whatever y is, where NBS is the score
// given and no dataset has a rank above that given. PRx is that of x; NaN if it is not
// known, and may be any up to the rank.
func LeastCKA(nbs, prx, rank float64) float64 {
	if math.IsNaN(prx) {
		return math.Max(nbs*nbs/rank, 1-rank*(1-nbs*nbs))
	}
	return math.Max(nbs*nbs/rank*math.Sqrt(prx), math.Sqrt(math.Max(0, 1-2*prx*(1-nbs*nbs))))
}

// LeastNBS is what P1 leaves of NBS where CKA is the score given.
func LeastNBS(cka, prx, rank float64) float64 {
	if math.IsNaN(prx) {
		prx = rank
	}
	return math.Sqrt(cka / math.Sqrt(prx*rank))
}

// LeastSwapped returns the least CKA of two datasets with the same d components, of
// variances (a, b, t, …, t) and (b, a, t, …, t), at 1−NBS = e, and the S = a + b that gives
// it:
//
//	CKA = 1 − max_S e(2S−e)/((S² + e(2S−e))/2 + (1−S)²/(d−2)),  S in [e, 1]
func LeastSwapped(d int, e float64) (cka, s float64) {
	drop := func(s float64) float64 {
		if d == 2 {
			s = 1
		}
		top := e * (2*s - e)
		bottom := (s*s + top) / 2
		if d > 2 {
			bottom += (1 - s) * (1 - s) / float64(d-2)
		}
		return top / bottom
	}
	low, high := e, 1.0
	const golden = 0.6180339887498949
	for range 200 { // the drop has one maximum
		a, b := high-golden*(high-low), low+golden*(high-low)
		if drop(a) > drop(b) {
			high = b
		} else {
			low = a
		}
	}
	s = (low + high) / 2
	return 1 - drop(s), s
}
