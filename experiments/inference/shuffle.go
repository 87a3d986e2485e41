package inference

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gorgonia.org/tensor"

	"simgrad/measures"
)

// Shuffles and DeepShuffles are how many orders of the conditions are drawn, where there are
// more than AllShuffles. A p of them can be told from .05 by two standard errors of .007 and
// .002.
const (
	Shuffles     = 999
	DeepShuffles = 9_999
	AllShuffles  = 5_040 // 7!
)

// Shuffled is a score beside those of the same data with the conditions of y in other orders.
// It says whether y is like x condition by condition, not whether it is good: what all
// conditions share stays as it is.
type Shuffled struct {
	Null
	Score float64
	All   bool    // whether these are all other orders
	Rank  int     // of the score, 1 for one that no other reaches
	P     float64 // (b + 1)/(B + 1), with b of the B other orders scoring as high; or NaN
	// NoP is why P is NaN.
	NoP string
}

// AboveShuffle is (s − mean)/(1 − mean), how far the score is on the way from the mean of
// shuffled conditions to 1. It is NaN of a distance, and of what is not 1 at best.
func (s Shuffled) AboveShuffle(m measures.Measure) float64 {
	if !oneAtBest(m) {
		return nan
	}
	return (s.Score - s.Mean) / (1 - s.Mean)
}

// Shuffle scores x with y, and with y whose whole conditions, all times, are in other
// orders: in all others if there are at most AllShuffles, else in as many as the options
// say, or Shuffles.
func Shuffle(ctx context.Context, m measures.Measure, x, y *tensor.Dense, o Options) (s Shuffled, err error) {
	_, conditions, err := same(x, y)
	if err != nil {
		return s, err
	}
	if s.Score, err = m.Eval(x, y); err != nil {
		return s, err
	}
	orders := allOrders(conditions)
	s.All = orders != nil
	draws, order := len(orders), func(i int) []int { return orders[i] }
	if !s.All {
		draws = o.draws(Shuffles)
		order = func(i int) []int { return rand.New(rand.NewPCG(o.Seed, uint64(i))).Perm(conditions) }
	}
	if draws == 0 {
		return s, fmt.Errorf("inference: one condition has no other order")
	}
	narrow := reducedY(m, y)
	scores, err := scored(ctx, m, x, draws, o.Workers, func(i int) *tensor.Dense { return conditionsOf(narrow, order(i)) })
	if err != nil {
		return s, fmt.Errorf("inference: shuffled conditions: %w", err)
	}
	s.Null = nullOf(scores)
	as := 0 // that score as high, or as low by a distance; equal up to rounding is equal
	for _, v := range scores {
		if m.Kind == measures.Distance {
			v = 2*s.Score - v
		}
		if v >= s.Score-1e-10*math.Max(1, math.Abs(s.Score)) {
			as++
		}
	}
	s.Rank = as + 1
	s.P = float64(as+1) / float64(draws+1)
	if conditions <= 4 {
		s.P, s.NoP = nan, fmt.Sprintf("%d conditions have %d orders, too few for a p", conditions, draws+1)
	}
	return s, nil
}

// allOrders lists the orders of n but 0 … n−1, or nothing if they are too many.
func allOrders(n int) (orders [][]int) {
	number := 1
	for i := 2; i <= n; i++ {
		if number *= i; number > AllShuffles {
			return nil
		}
	}
	orders = make([][]int, 0, number)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	var put func(from int)
	put = func(from int) {
		if from == n {
			orders = append(orders, append([]int(nil), order...))
			return
		}
		for i := from; i < n; i++ {
			order[from], order[i] = order[i], order[from]
			put(from + 1)
			order[from], order[i] = order[i], order[from]
		}
	}
	put(0)
	return orders[1:] // the first is that of the data
}
