package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize/convex/lp"
)

// The best matching is the best of all, one by one; transport is what the simplex method
// finds of the same problem.
func TestMatchingIsBest(t *testing.T) {
	for _, s := range [][2]int{{1, 1}, {3, 3}, {5, 5}, {2, 5}, {4, 3}, {6, 4}} {
		p, q := s[0], s[1]
		x, y := gauss(uint64(p), 12, p), gauss(uint64(10+q), 12, q)
		inner := Mat{p, q, make([]float64, p*q)}
		gemm(true, false, 1, view(x), view(y), 0, inner)
		sizes := frobenius(view(x)) * frobenius(view(y))

		best, taken := math.Inf(-1), make([]bool, q)
		var try func(i, matched int, sum float64)
		try = func(i, matched int, sum float64) {
			if i == p {
				if matched == min(p, q) {
					best = max(best, sum)
				}
				return
			}
			if p > q {
				try(i+1, matched, sum)
			}
			for j := range q {
				if !taken[j] {
					taken[j] = true
					try(i+1, matched+1, sum+inner.row(i)[j])
					taken[j] = false
				}
			}
		}
		try(0, 0, 0)
		hard := valueOf(t, func(b *Builder) *Node { return MatchingCosine(b.Const("x", x), b.Const("y", y)) })
		require.InDelta(t, best/sizes, hard, 1e-14)
		soft := valueOf(t, func(b *Builder) *Node { return SoftMatchingCosine(b.Const("x", x), b.Const("y", y)) })
		if p == q {
			require.InDelta(t, hard, soft, 1e-14)
		}
		// The last of the sums follows from the others.
		costs, a, sums := make([]float64, p*q), mat.NewDense(p+q-1, p*q, nil), make([]float64, p+q-1)
		for i := range p {
			sums[i] = 1 / float64(p)
			for j := range q {
				costs[i*q+j] = -inner.row(i)[j]
				a.Set(i, i*q+j, 1)
				if j < q-1 {
					sums[p+j] = 1 / float64(q)
					a.Set(p+j, i*q+j, 1)
				}
			}
		}
		if p*q > 1 {
			least, _, err := lp.Simplex(costs, a, sums, 1e-12, nil)
			require.NoError(t, err)
			require.InDelta(t, -least*math.Sqrt(float64(p*q))/sizes, soft, 1e-12, "%v", s)
		}
	}
}
