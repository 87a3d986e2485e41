package measures_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/graph"
	"simgrad/measures"
)

// shared are n samples of two sets of units that have k signals in common, and noise of
// each unit.
func shared(seed uint64, n, k, p, q int, noise float64) (x, y *tensor.Dense) {
	signals, weights := data.Gaussian(4*seed, n, k).Float64s(), data.Gaussian(4*seed+1, k, p+q).Float64s()
	units := func(from, to int, own *tensor.Dense) *tensor.Dense {
		v, width := own.Float64s(), to-from
		for i := range n {
			for j := range width {
				v[i*width+j] *= noise
				for s := range k {
					v[i*width+j] += signals[i*k+s] * weights[s*(p+q)+from+j]
				}
			}
		}
		return own
	}
	return units(0, p, data.Gaussian(4*seed+2, n, p)), units(p, p+q, data.Gaussian(4*seed+3, n, q))
}

// CKA corrected for inputs and units is the ratio of sums over different samples and, of a
// dataset with itself, over different units; has the gradient of its value; and is, on
// average, what more samples and units tend to, where CKA of as few is not.
func TestCorrected(t *testing.T) {
	m, err := measures.ByName("cka-hsic=chun")
	require.NoError(t, err)
	x, y := shared(1, 7, 2, 4, 3, 0.7)
	inner := func(x, y *tensor.Dense, a, b int) (s float64) { // the estimate of units a and b, by all quadruples
		n, p, q := x.Shape()[0], x.Shape()[1], y.Shape()[1]
		k := func(i, j int) float64 { return x.Float64s()[i*p+a] * x.Float64s()[j*p+a] }
		l := func(i, j int) float64 { return y.Float64s()[i*q+b] * y.Float64s()[j*q+b] }
		count := 0.0
		for i := range n {
			for j := range n {
				for u := range n {
					for v := range n {
						if i != j && i != u && i != v && j != u && j != v && u != v {
							s += k(i, j)*(l(i, j)+l(u, v)-2*l(i, u)) + 0
							count++
						}
					}
				}
			}
		}
		return s / count
	}
	mean := func(x, y *tensor.Dense, same bool) (s float64) {
		count := 0.0
		for a := range x.Shape()[1] {
			for b := range y.Shape()[1] {
				if !same || a != b {
					s += inner(x, y, a, b)
					count++
				}
			}
		}
		return s / count
	}
	want := mean(x, y, false) / math.Sqrt(mean(x, x, true)*mean(y, y, true))
	got, err := m.Eval(x, y)
	require.NoError(t, err)
	require.InDelta(t, want, got, 1e-12)
	p, err := graph.Compile(func(b *graph.Builder) *graph.Node { return m.Score(b.Param("x", x), b.Param("y", y)) })
	require.NoError(t, err)
	_, err = p.Eval()
	require.NoError(t, err)
	for _, name := range []string{"x", "y"} {
		worst, err := graph.CheckGrad(p, name, 1e-6)
		require.NoError(t, err)
		require.Less(t, worst, 1e-7)
	}
	_, err = m.Eval(data.Gaussian(1, 9, 2), data.Gaussian(5, 9, 3))
	require.ErrorContains(t, err, "the unbiased estimate of what different units of a dataset have in common is -")

	// Of many units that are noisy readings of three signals CKA is 1.
	var few, song []float64
	for seed := range uint64(200) {
		x, y := shared(seed+10, 40, 3, 12, 12, 1)
		few = append(few, evalOf(t, "cka-hsic=chun", x, y))
		song = append(song, evalOf(t, "cka-hsic=song", x, y))
	}
	slices.Sort(few)
	slices.Sort(song)
	require.InDelta(t, 1, few[100], 0.1)
	require.Less(t, song[100], 0.8)
}

// CKA of a polynomial kernel is the cosine of its centred elements.
func TestPolynomial(t *testing.T) {
	x, y := data.Gaussian(1, 12, 3), data.Gaussian(2, 12, 4)
	lift := func(x *tensor.Dense) *tensor.Dense { // (a·b + 1)² = Σ of products of features
		n, p := x.Shape()[0], x.Shape()[1]
		x = x.Clone().(*tensor.Dense)
		for j := range p {
			mean := 0.0
			for i := range n {
				mean += x.Float64s()[i*p+j] / float64(n)
			}
			for i := range n {
				x.Float64s()[i*p+j] -= mean
			}
		}
		var v []float64
		for i := range n {
			row := append([]float64{1}, x.Float64s()[i*p:(i+1)*p]...)
			for _, a := range row {
				for _, b := range row {
					v = append(v, a*b)
				}
			}
		}
		return tensor.New(tensor.WithShape(n, (p+1)*(p+1)), tensor.WithBacking(v))
	}
	require.InDelta(t, evalOf(t, "cka", lift(x), lift(y)), evalOf(t, "cka-kernel=(poly-degree=2-coef=1)", x, y), 1e-12)
	require.InDelta(t, evalOf(t, "cka-hsic=song", lift(x), lift(y)), evalOf(t, "cka-kernel=(poly-degree=2-coef=1)-hsic=song", x, y), 1e-12)
}
