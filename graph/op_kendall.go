package graph

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// KendallTau returns Kendall's rank correlation of the elements of a and b, which are in
// one order: of all pairs of elements, those ordered alike in both less those ordered
// oppositely, over the number of all pairs (τ-a), or, with ties, over √(n_a·n_b), where n_a
// is the number of pairs that differ in a (τ-b). It has no gradient, being constant but
// where two elements change places. Time is of the order of m log m for m elements.
//
// Source: Kendall 1938 (τ-a), 1945 (τ-b); Knight 1966, A computer method for calculating
// Kendall's tau with ungrouped data.
func KendallTau(a, b *Node, tauB bool) *Node {
	if sa, sb := shapeOf(a), shapeOf(b); sa.Rows != sb.Rows || sa.Cols != sb.Cols {
		panic(&Error{"KendallTau", fmt.Errorf("shapes %v and %v differ", sa, sb)})
	}
	return Apply(Prim{
		Name: "KendallTau", Params: tauB,
		Forward: func(c *Call) (err error) {
			m := len(c.In[0].Data)
			c.Out.Data[0], err = kendall(c.In[0].Data, c.In[1].Data, tauB, places(kept[[]int](c), m), c.Scratch("b in the order of a", 2, m))
			return err
		},
	}, a, b)
}

// kendall is by the places of all elements, and memory for two rows of as many.
func kendall(a, b []float64, tauB bool, order []int, work Mat) (float64, error) {
	slices.SortFunc(order, func(i, j int) int { return cmp.Or(cmp.Compare(a[i], a[j]), cmp.Compare(b[i], b[j])) })
	// Pairs that are tied in a, in both, in b.
	pairsOf := func(k int) int { return k * (k - 1) / 2 }
	run := func(same func(i, j int) bool) (tied int) {
		for from, to := 0, 0; from < len(order); from = to {
			for to = from; to < len(order) && same(order[from], order[to]); to++ {
			}
			tied += pairsOf(to - from)
		}
		return tied
	}
	all := pairsOf(len(a))
	tiedA := run(func(i, j int) bool { return a[i] == a[j] })
	tiedBoth := run(func(i, j int) bool { return a[i] == a[j] && b[i] == b[j] })
	inA := work.row(0) // b in the order of a
	for k, i := range order {
		inA[k] = b[i]
	}
	opposite := inversions(inA, work.row(1))
	tiedB := 0
	for from, to := 0, 0; from < len(inA); from = to { // sorted now
		for to = from; to < len(inA) && inA[to] == inA[from]; to++ {
		}
		tiedB += pairsOf(to - from)
	}
	alike := all - tiedA - tiedB + tiedBoth - 2*opposite
	switch {
	case all == tiedA || all == tiedB:
		return 0, errNoOrder
	case !tauB:
		return float64(alike) / float64(all), nil
	}
	return float64(alike) / (math.Sqrt(float64(all-tiedA)) * math.Sqrt(float64(all-tiedB))), nil
}

// inversions sorts v and returns how many pairs of it were in descending order.
func inversions(v, work []float64) (count int) {
	if len(v) < 2 {
		return 0
	}
	half := len(v) / 2
	count = inversions(v[:half], work[:half]) + inversions(v[half:], work[half:])
	copy(work, v)
	left, right := work[:half], work[half:]
	for k := range v {
		if len(right) == 0 || (len(left) > 0 && left[0] <= right[0]) {
			v[k], left = left[0], left[1:]
			continue
		}
		v[k], right = right[0], right[1:]
		count += len(left)
	}
	return count
}
