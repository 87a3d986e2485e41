package measures_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/measures"
)

func evalOf(t *testing.T, name string, x, y *tensor.Dense) float64 {
	t.Helper()
	m, err := measures.ByName(name)
	require.NoError(t, err)
	s, err := m.Eval(x, y)
	require.NoError(t, err, name)
	return s
}

// What is the same by definition is the same.
func TestIdentities(t *testing.T) {
	for _, shape := range [][3]int{{24, 4, 6}, {11, 5, 30}} {
		n := shape[0]
		x, y := data.Gaussian(1, n, shape[1]), data.Gaussian(2, n, shape[2])
		eval := func(name string) float64 { return evalOf(t, name, x, y) }
		require.InDelta(t, eval("cka"), eval("rsa-rdm=squared_euclidean-compare=whitened_cosine"), 1e-13)
		require.InDelta(t, eval("rsa-rdm=euclidean-compare=spearman"), eval("rsa-rdm=squared_euclidean-compare=spearman"), 1e-13, "ranks see no monotonic function")
		require.InDelta(t, eval("rsa-rdm=cosine-compare=tau_a"), eval("rsa-rdm=cosine-compare=tau_b"), 1e-13, "without ties")
		require.InDelta(t, eval("rsa-rdm=cosine-compare=spearman"), eval("rsa-rdm=cosine-compare=rho_a"), 1e-13, "without ties")
		require.InDelta(t, eval("nbs"), eval("shape_metric-alpha=1"), 1e-13)
		require.InDelta(t, math.Pow(eval("procrustes-distance=euclidean"), 2), eval("procrustes-distance=squared_euclidean"), 1e-11)
		sizes := mat.Norm(centred(x), 2) * mat.Norm(centred(y), 2)
		require.InDelta(t, eval("nbs")*sizes/float64((n-1)*min(shape[1], shape[2])), eval("plsc"), 1e-12)
		ratio := func(x *tensor.Dense) float64 {
			c, err := probe.ComponentsOf(x)
			require.NoError(t, err)
			return c.ParticipationRatio()
		}
		require.InDelta(t, eval("cka")*math.Sqrt(ratio(x)*ratio(y)), eval("ensd"), 1e-12)
		require.InDelta(t, ratio(x), evalOf(t, "ensd", x, x), 1e-12)
		require.InDelta(t, eval("cka"), eval("cka-kernel=(rbf-sigma=3000)"), 1e-5, "wide kernels are linear")
		require.InDelta(t, eval("cka-hsic=song"), eval("cka-kernel=(rbf-sigma=3000)-hsic=song"), 1e-5)
		require.InDelta(t, eval("cka-hsic=lange"), eval("cka-kernel=(rbf-sigma=3000)-hsic=lange"), 1e-5)
	}
}

// Of equal widths, the shape metric of α = 0 is mean CCA; and SVCCA of all components is CCA.
func TestCCAIdentities(t *testing.T) {
	x, y := data.Gaussian(1, 30, 5), data.Gaussian(2, 30, 5)
	require.InDelta(t, evalOf(t, "cca", x, y), evalOf(t, "shape_metric-alpha=0", x, y), 1e-13)
	require.InDelta(t, evalOf(t, "cca", x, y), evalOf(t, "svcca-dim=5", x, y), 1e-13)
	require.InDelta(t, evalOf(t, "cca-mean=rho2", x, y), evalOf(t, "svcca-var=1-mean=rho2", x, y), 1e-13)
	// Of one unit of x, mean ρ² is what regression predicts of it.
	x = data.Gaussian(3, 30, 1)
	require.InDelta(t, evalOf(t, "linreg-r2", x, y), evalOf(t, "cca-mean=rho2", x, y), 1e-13)
}

// Neighbours are those of sorted inner products; of independent data k/(n − 1) are shared.
func TestNeighbours(t *testing.T) {
	sum := 0.0
	for i := range uint64(100) {
		sum += evalOf(t, "mutual_knn-topk=4", data.Gaussian(2*i, 41, 5), data.Gaussian(2*i+1, 41, 6)) / 100
	}
	require.InDelta(t, 0.1, sum, 0.01)
	m, err := measures.ByName("mutual_knn-topk=8")
	require.NoError(t, err)
	_, err = m.Eval(data.Gaussian(1, 9, 3), data.Gaussian(2, 9, 3))
	require.ErrorContains(t, err, "8 neighbours of 9 samples: of all others the score is of no data in particular")
}

// Whitened comparisons are those with the inverse of the covariance that noise gives
// pairs, and kernels of distances those of their formula.
func TestWhitenedAndLaplace(t *testing.T) {
	const n = 7
	x, y := data.Gaussian(1, n, 4), data.Gaussian(2, n, 3)
	type pair struct{ i, j int }
	var pairs []pair
	for i := range n {
		for j := range i {
			pairs = append(pairs, pair{i, j})
		}
	}
	m := len(pairs)
	covariance := mat.NewSymDense(m, nil) // (c_a·c_b)² of contrasts c = e_i − e_j
	same := func(i, j int) float64 {
		if i == j {
			return 1
		}
		return 0
	}
	for a, p := range pairs {
		for b, q := range pairs {
			v := same(p.i, q.i) - same(p.i, q.j) - same(p.j, q.i) + same(p.j, q.j)
			covariance.SetSym(a, b, v*v)
		}
	}
	var chol mat.Cholesky
	require.True(t, chol.Factorize(covariance))
	distance := func(x *tensor.Dense, i, j int) (d float64) {
		p := x.Shape()[1]
		for k := range p {
			d += math.Pow(x.Float64s()[i*p+k]-x.Float64s()[j*p+k], 2)
		}
		return math.Sqrt(d)
	}
	rdm := func(x *tensor.Dense, less bool) *mat.VecDense {
		d := mat.NewVecDense(m, nil)
		for a, p := range pairs {
			d.SetVec(a, distance(x, p.i, p.j))
		}
		if mean := mat.Sum(d) / float64(m); less {
			for a := range m {
				d.SetVec(a, d.AtVec(a)-mean)
			}
		}
		return d
	}
	for name, less := range map[string]bool{"whitened_cosine": false, "whitened_pearson": true} {
		inner := func(a, b *mat.VecDense) float64 {
			var w mat.VecDense
			require.NoError(t, chol.SolveVecTo(&w, b))
			return mat.Dot(a, &w)
		}
		a, b := rdm(x, less), rdm(y, less)
		require.InDelta(t, inner(a, b)/math.Sqrt(inner(a, a)*inner(b, b)), evalOf(t, "rsa-rdm=euclidean-compare="+name, x, y), 1e-12, name)
	}
	kernel := func(x *tensor.Dense) *mat.Dense {
		k, h := mat.NewDense(n, n, nil), mat.NewDense(n, n, nil)
		for i := range n {
			for j := range n {
				k.Set(i, j, math.Exp(-distance(x, i, j)/0.7))
				h.Set(i, j, same(i, j)-1.0/n)
			}
		}
		var c mat.Dense
		c.Product(h, k, h)
		return &c
	}
	var kl mat.Dense
	k, l := kernel(x), kernel(y)
	kl.MulElem(k, l)
	require.InDelta(t, mat.Sum(&kl)/mat.Norm(k, 2)/mat.Norm(l, 2), evalOf(t, "cka-kernel=(laplace-sigma=0.7)", x, y), 1e-12)
}

// Unbiased CKA of independent data is 0 on average, whatever its kernel.
func TestUnbiased(t *testing.T) {
	for _, name := range []string{"cka-hsic=song", "cka-kernel=(rbf-sigma=5)-hsic=song"} {
		sum := 0.0
		for i := range uint64(200) {
			sum += evalOf(t, name, data.Gaussian(2*i, 30, 20), data.Gaussian(2*i+1, 30, 15))
		}
		require.Less(t, math.Abs(sum/200), 0.01, name)
	}
}

// What says nothing is refused: samples without a direction, kernels in which nothing varies.
func TestSaysNothing(t *testing.T) {
	x, y := data.Gaussian(1, 9, 4), data.Gaussian(2, 9, 4)
	copy(x.Float64s()[4:8], []float64{3, 3, 3, 3})
	for name, want := range map[string]string{
		"rsa-rdm=correlation-compare=pearson":  "sample 1 has nothing that varies over units",
		"rsa-rdm=correlation-compare=spearman": "sample 1 has nothing that varies over units",
	} {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		_, err = m.Eval(x, y)
		require.ErrorContains(t, err, want)
		_, err = m.Eval(data.Gaussian(1, 9, 2), y)
		require.ErrorContains(t, err, "2 units are too few")
	}
	m, err := measures.ByName("cka-kernel=(rbf-sigma=1e-3)-hsic=song")
	require.NoError(t, err)
	_, err = m.Eval(x, y)
	require.ErrorContains(t, err, "nothing of it varies")
	require.ErrorContains(t, func() error { m, _ := measures.ByName("rsa-rdm=cosine-compare=spearman"); return m.Differentiable() }(), "Ranks: has no pullback")
}

// Identities between families, beside those above.
func TestMoreIdentities(t *testing.T) {
	x, y := data.Gaussian(1, 30, 5), data.Gaussian(2, 30, 7)
	median := func(x *tensor.Dense) float64 { // of the distances between samples
		n, p := x.Shape()[0], x.Shape()[1]
		var d []float64
		for i := range n {
			for j := range i {
				s := 0.0
				for k := range p {
					s += math.Pow(x.Float64s()[i*p+k]-x.Float64s()[j*p+k], 2)
				}
				d = append(d, math.Sqrt(s))
			}
		}
		slices.Sort(d)
		return d[len(d)/2]
	}
	wide := fmt.Sprintf("cka-kernel=(rbf-sigma=%g)", 1e3*max(median(x), median(y)))
	require.InDelta(t, evalOf(t, "cka", x, y), evalOf(t, wide, x, y), 1e-4)
	// σ = median is 1 of data whose median distance is 1: of 435 pairs one is in the middle.
	unit := func(x *tensor.Dense) *tensor.Dense {
		u := x.Clone().(*tensor.Dense)
		floats.Scale(1/median(x), u.Float64s())
		return u
	}
	for _, kernel := range []string{"cka-kernel=(rbf-sigma=%s)", "cka-kernel=(laplace-sigma=%s)-hsic=song", "hsic-kernel=(rbf-sigma=%s)"} {
		require.InDelta(t, evalOf(t, fmt.Sprintf(kernel, "1"), unit(x), unit(y)), evalOf(t, fmt.Sprintf(kernel, "median"), x, y), 1e-13, kernel)
	}
	same := data.Gaussian(1, 9, 2)
	copy(same.Float64s()[2:], slices.Repeat(same.Float64s()[:2], 7))
	m, err := measures.ByName("cka-kernel=(rbf-sigma=median)")
	require.NoError(t, err)
	_, err = m.Eval(same, data.Gaussian(2, 9, 2))
	require.ErrorContains(t, err, "the median of the distances between samples is 0")
	// The estimate of Song et al. by its sums, of kernels −D, is bias-corrected distance correlation.
	minus := func(x *tensor.Dense) (k [][]float64) {
		n, p := x.Shape()[0], x.Shape()[1]
		for i := range n {
			k = append(k, make([]float64, n))
			for j := range n {
				s := 0.0
				for u := range p {
					s += math.Pow(x.Float64s()[i*p+u]-x.Float64s()[j*p+u], 2)
				}
				k[i][j] = -math.Sqrt(s)
			}
		}
		return k
	}
	song := func(k, l [][]float64) float64 {
		trace, through, sk, sl, n := 0.0, 0.0, 0.0, 0.0, float64(len(k))
		for i := range k {
			rk, rl := 0.0, 0.0
			for j := range k {
				trace += k[i][j] * l[i][j]
				rk, rl = rk+k[i][j], rl+l[i][j]
			}
			through, sk, sl = through+rk*rl, sk+rk, sl+rl
		}
		return trace + sk*sl/((n-1)*(n-2)) - 2*through/(n-2)
	}
	k, l := minus(x), minus(y)
	require.InDelta(t, song(k, l)/math.Sqrt(song(k, k)*song(l, l)), evalOf(t, "distance_correlation-hsic=song", x, y), 1e-12)
	// α = 1 is Procrustes on every scale.
	require.InDelta(t, evalOf(t, "procrustes-distance=angular", x, y), evalOf(t, "shape_metric-alpha=1-distance=angular", x, y), 1e-13)
}
