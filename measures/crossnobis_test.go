package measures_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/graph"
	"simgrad/measures"
)

// leftOutDistances are rsatoolbox's: the mean over repetitions of products of one with the mean
// of the others, of pairs row by row, for the noise precision of that name.
func leftOutDistances(noise string, x []*mat.Dense) (d []float64) {
	n, p := x[0].Dims()
	mean := mat.NewDense(n, p, nil)
	for _, one := range x {
		mean.Add(mean, one)
	}
	mean.Scale(1/float64(len(x)), mean)
	rows := float64(n * len(x))
	dof := rows - float64(n)
	s := func(power float64) *mat.Dense { // Σ of products of residuals to that power
		m := mat.NewDense(p, p, nil)
		for _, one := range x {
			for i := range n {
				for u := range p {
					for v := range p {
						m.Set(u, v, m.At(u, v)+math.Pow((one.At(i, u)-mean.At(i, u))*(one.At(i, v)-mean.At(i, v)), power))
					}
				}
			}
		}
		return m
	}
	covariance, squares := s(1), s(2)
	covariance.Scale(1/dof, covariance)
	above, below := 0.0, 0.0
	for u := range p {
		for v := range p {
			if variance := covariance.At(u, u) * covariance.At(v, v); u != v {
				r := covariance.At(u, v) / math.Sqrt(variance)
				above += rows / (dof * dof) * (squares.At(u, v)/variance/dof - r*r)
				below += r * r
			}
		}
	}
	lambda := min(1, max(0, above/below))
	sigma, precision := mat.NewDense(p, p, nil), mat.NewDense(p, p, nil)
	for u := range p {
		for v := range p {
			switch {
			case u == v && noise == "identity":
				sigma.Set(u, v, 1)
			case u == v:
				sigma.Set(u, v, covariance.At(u, v))
			case noise == "shrinkage_diag":
				sigma.Set(u, v, (1-lambda)*covariance.At(u, v))
			}
		}
	}
	if precision.Inverse(sigma) != nil {
		panic("singular")
	}
	var total, others, k mat.Dense
	total.Scale(float64(len(x)), mean)
	products := mat.NewDense(n, n, nil)
	for _, one := range x {
		others.Sub(&total, one)
		others.Scale(1/float64(len(x)-1), &others)
		k.Product(&others, precision, one.T())
		k.Scale(1/float64(len(x)), &k)
		products.Add(products, &k)
	}
	for i := range n {
		for j := i + 1; j < n; j++ {
			d = append(d, products.At(i, i)+products.At(j, j)-products.At(i, j)-products.At(j, i))
		}
	}
	return d
}

// whitenedInner is a·V⁻¹·b for V the covariances of distances between n samples whose noise is
// independent and of one size: the squares of the products of contrasts, up to a factor.
func whitenedInner(n int, a, b []float64) float64 {
	var pairs [][2]int
	for i := range n {
		for j := i + 1; j < n; j++ {
			pairs = append(pairs, [2]int{i, j})
		}
	}
	v := mat.NewDense(len(pairs), len(pairs), nil)
	for k, of := range pairs {
		for l, with := range pairs {
			product := 0.0
			for i := range 2 {
				for j := range 2 {
					if of[i] == with[j] {
						product += 1 - 2*math.Abs(float64(i-j))
					}
				}
			}
			v.Set(k, l, product*product)
		}
	}
	var solved mat.VecDense
	if solved.SolveVec(v, mat.NewVecDense(len(b), b)) != nil {
		panic("singular")
	}
	return mat.Dot(mat.NewVecDense(len(a), a), &solved)
}

// repetitions are noise about what is drawn of another seed, beside each other and apart.
func repetitions(seed uint64, n, p, number int, signal float64) (beside *tensor.Dense, apart []*mat.Dense) {
	beside = data.Gaussian(seed, n, number*p)
	mean := data.Gaussian(seed+1000, n, p).Float64s()
	for r := range number {
		one := mat.NewDense(n, p, nil)
		for i := range n {
			for u := range p {
				v := &beside.Float64s()[i*number*p+r*p+u]
				if *v *= float64(1 + u); u > 0 { // of unequal and correlated noise
					*v += beside.Float64s()[i*number*p+r*p+u-1]
				}
				one.Set(i, u, *v+signal*mean[i*p+u])
			}
			for u := range p {
				beside.Float64s()[i*number*p+r*p+u] = one.At(i, u)
			}
		}
		apart = append(apart, one)
	}
	return beside, apart
}

// Scores are those of the plain forms of distances and comparisons.
func TestCrossnobis(t *testing.T) {
	const n, p, number = 7, 4, 3
	x, apart := repetitions(1, n, p, number, 2)
	y := data.Gaussian(2, n, 5)
	var plain []float64
	for i := range n {
		for j := i + 1; j < n; j++ {
			plain = append(plain, math.Pow(floats.Distance(y.Float64s()[i*5:][:5], y.Float64s()[j*5:][:5], 2), 2))
		}
	}
	cosine := func(a, b []float64, inner func(a, b []float64) float64) float64 {
		return inner(a, b) / math.Sqrt(inner(a, a)*inner(b, b))
	}
	centred := func(a []float64) []float64 {
		less := make([]float64, len(a))
		for i, v := range a {
			less[i] = v - floats.Sum(a)/float64(len(a))
		}
		return less
	}
	whitened := func(a, b []float64) float64 { return whitenedInner(n, a, b) }
	for noise, rdm := range map[string]string{"identity": "crossnobis", "diag": "(crossnobis-noise=diag)", "shrinkage_diag": "(crossnobis-noise=shrinkage_diag)"} {
		d := leftOutDistances(noise, apart)
		for compare, want := range map[string]float64{
			"cosine": cosine(d, plain, floats.Dot), "pearson": cosine(centred(d), centred(plain), floats.Dot),
			"whitened_cosine": cosine(d, plain, whitened), "whitened_pearson": cosine(centred(d), centred(plain), whitened),
		} {
			name := "rsa-rdm=" + rdm + "-compare=" + compare
			m, err := measures.ByName(name)
			require.NoError(t, err)
			require.Equal(t, name, m.Name)
			got, err := m.Repeated(number).Eval(x, y)
			require.NoError(t, err)
			require.InDelta(t, want, got, 1e-10, name)

			mean := data.Gaussian(3, n, p) // whatever it is, where repetitions are known
			got, err = m.EvalSamples(measures.NewSamples(mean).WithRepetitions(number, func() *tensor.Dense { return x }), measures.NewSamples(y))
			require.NoError(t, err)
			require.InDelta(t, want, got, 1e-10, name)
		}
	}
	m, err := measures.ByName("rsa-rdm=crossnobis-compare=cosine")
	require.NoError(t, err)
	lacks := "measures: rsa-rdm=crossnobis-compare=cosine: it needs repetitions of x, and there are none: of a file of trials -average LABEL"
	_, err = m.Eval(x, y)
	require.ErrorContains(t, err, lacks)
	_, _, _, err = m.Gradient(x, y)
	require.ErrorContains(t, err, lacks)
	_, err = m.Repeated(5).Eval(x, y)
	require.EqualError(t, err, "measures: rsa-rdm=crossnobis-compare=cosine: x has 12 columns, which are not the units of 5 repetitions beside each other; there are two repetitions at least")
	for name, want := range map[string]string{
		"rsa-rdm=crossnobis-compare=euclidean":          "compare must be one of cosine, pearson",
		"rsa-rdm=(crossnobis-noise=full)-compare=rho_a": "noise must be one of identity, diag, shrinkage_diag",
		"rsa-compare=cosine":                            "rdm is missing",
	} {
		_, err := measures.ByName(name)
		require.ErrorContains(t, err, want)
	}
}

// Of samples that do not differ distances are 0 on average, where those of the mean are what
// noise adds, 2/R of each unit's variance; of those that do, theirs. By covariances of the same
// repetitions 2/(ν − 2) of what noise adds is left.
func TestCrossnobisIsUnbiased(t *testing.T) {
	const n, p, number, draws = 6, 5, 4, 600
	mean := func(noise string, signal float64) (mean, noiseless float64) {
		for seed := range uint64(draws) {
			x, apart := repetitions(seed, n, p, number, signal)
			if noise == "identity" { // as the graph has it
				program, err := graph.Compile(func(b *graph.Builder) *graph.Node {
					return graph.Sum(graph.Upper(graph.CrossDistances(number, b.Const("x", x), nil)))
				})
				require.NoError(t, err)
				sum, err := program.Eval()
				require.NoError(t, err)
				mean += sum / (n * (n - 1) / 2) / draws
			} else {
				mean += floats.Sum(leftOutDistances(noise, apart)) / (n * (n - 1) / 2) / draws
			}
			signals := data.Gaussian(seed+1000, n, p).Float64s()
			for i := range n {
				for j := range i {
					noiseless += math.Pow(signal*floats.Distance(signals[i*p:][:p], signals[j*p:][:p], 2), 2) / (n * (n - 1) / 2) / draws
				}
			}
		}
		return mean, noiseless
	}
	variance := 1.0 // of all units, each with what is of the one before
	for u, own := 1, 1.0; u < p; u++ {
		own = float64((1+u)*(1+u)) + own
		variance += own
	}
	adds := 2 * variance / number
	got, _ := mean("identity", 0)
	require.InDelta(t, 0, got, 0.02*adds)
	got, want := mean("identity", 3)
	require.InDelta(t, want, got, 0.02*(want+adds))
	got, _ = mean("diag", 0)
	require.InDelta(t, 2./(n*(number-1)-2), got/(2.*p/number), 0.03)
}
