package measures_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
)

// cosines are those between samples, and which are among the k nearest others of which.
func cosines(x *tensor.Dense, k int) (g [][]float64, near [][]bool) {
	n, p := x.Shape()[0], x.Shape()[1]
	dot := func(i, j int) (s float64) {
		for u := range p {
			s += x.Float64s()[i*p+u] * x.Float64s()[j*p+u]
		}
		return s
	}
	for i := range n {
		g, near = append(g, make([]float64, n)), append(near, make([]bool, n))
		for j := range n {
			g[i][j] = dot(i, j) / math.Sqrt(dot(i, i)*dot(j, j))
		}
		for j := range n {
			larger := 0
			for u := range n {
				if u != i && g[i][u] > g[i][j] {
					larger++
				}
			}
			near[i][j] = j != i && larger < k
		}
	}
	return g, near
}

// CKNNA is what the sums over its neighbours say.
func TestCKNNA(t *testing.T) {
	const n, k = 11, 3
	x, y := data.Gaussian(1, n, 4), data.Gaussian(2, n, 6)
	copy(y.Float64s()[:12], x.Float64s()[:12])
	kx, nx := cosines(x, k)
	ky, ny := cosines(y, k)
	hsic := func(a, b [][]float64, na, nb [][]bool) float64 {
		trace, sa, sb, through := 0.0, 0.0, 0.0, 0.0
		for i := range n {
			for j := range n {
				if !na[i][j] || !nb[i][j] {
					continue
				}
				sa, sb = sa+a[i][j], sb+b[i][j]
				if na[j][i] && nb[j][i] {
					trace += a[i][j] * b[j][i]
				}
				for u := range n {
					if na[j][u] && nb[j][u] {
						through += a[i][j] * b[j][u]
					}
				}
			}
		}
		return trace + sa*sb/((n-1)*(n-2)) - 2*through/(n-2)
	}
	self := math.Sqrt(hsic(kx, kx, nx, nx) * hsic(ky, ky, ny, ny))
	oneWay, otherWay := hsic(kx, ky, nx, ny)/self, hsic(ky, kx, ny, nx)/self
	require.Greater(t, math.Abs(oneWay-otherWay), 1e-4, "as their code has it, it depends on the order")
	want := (oneWay + otherWay) / 2
	require.NotZero(t, want)
	require.InDelta(t, want, evalOf(t, "cknna-topk=3", x, y), 1e-12)
	require.InDelta(t, oneWay, evalOf(t, "cknna-topk=3-order=given", x, y), 1e-12)
	require.InDelta(t, otherWay, evalOf(t, "cknna-topk=3-order=given", y, x), 1e-12)
	m, err := measures.ByName("cknna-topk=3")
	require.NoError(t, err)
	require.ErrorContains(t, m.Differentiable(), "NeighbourSong: has no pullback")
}

// The second-order cosine is that of the two lists of a sample; of independent data it is about 0
// by similarities, and near 1 by distances.
func TestSecondOrderCosine(t *testing.T) {
	const n, k = 11, 3
	x, y := data.Gaussian(1, n, 4), data.Gaussian(2, n, 6)
	copy(y.Float64s()[:12], x.Float64s()[:12])
	gx, nx := cosines(x, k)
	gy, ny := cosines(y, k)
	for of, list := range map[string]func(cosine float64) float64{
		"": func(v float64) float64 { return v }, "-of=distances": func(v float64) float64 { return 1 - v },
	} {
		want := 0.0
		for i := range n {
			ab, aa, bb := 0.0, 0.0, 0.0
			for j := range n {
				if nx[i][j] || ny[i][j] {
					a, b := list(gx[i][j]), list(gy[i][j])
					ab, aa, bb = ab+a*b, aa+a*a, bb+b*b
				}
			}
			want += ab / math.Sqrt(aa*bb) / n
		}
		require.InDelta(t, want, evalOf(t, "second_order_cosine-topk=3"+of, x, y), 1e-12)
	}
	x, y = data.Gaussian(1, 200, 50), data.Gaussian(2, 200, 50)
	require.Less(t, math.Abs(evalOf(t, "second_order_cosine-topk=10", x, y)), 0.1)
	require.Greater(t, evalOf(t, "second_order_cosine-topk=10-of=distances", x, y), 0.9)
	m, err := measures.ByName("second_order_cosine-topk=10")
	require.NoError(t, err)
	require.ErrorContains(t, m.Differentiable(), "SecondOrderCosine: has no pullback")
}
