package measures_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
)

// gaussians are means, less their mean, and covariances of samples by their repetitions.
func gaussians(apart []*mat.Dense) (means *mat.Dense, covariances []*mat.SymDense) {
	n, p := apart[0].Dims()
	means = mat.NewDense(n, p, nil)
	for i := range n {
		of := mat.NewDense(len(apart), p, nil)
		for r, one := range apart {
			of.SetRow(r, one.RawRowView(i))
		}
		var s mat.SymDense
		stat.CovarianceMatrix(&s, of, nil)
		covariances = append(covariances, &s)
		for j := range p {
			means.Set(i, j, stat.Mean(mat.Col(nil, j, of), nil))
		}
	}
	for j := range p {
		mean := stat.Mean(mat.Col(nil, j, means), nil)
		for i := range n {
			means.Set(i, j, means.At(i, j)-mean)
		}
	}
	return means, covariances
}

func root(s mat.Symmetric) *mat.Dense {
	var e mat.EigenSym
	if !e.Factorize(s, true) {
		panic("no eigenvectors")
	}
	var v, r mat.Dense
	e.VectorsTo(&v)
	values := e.Values(nil)
	most := values[len(values)-1]
	for i, v := range values { // in ascending order; the root of what rounding leaves of 0 is none
		if values[i] = 0; v > 1e-12*most {
			values[i] = math.Sqrt(v)
		}
	}
	r.Product(&v, mat.NewDiagDense(len(values), values), v.T())
	return &r
}

// stochasticAt is netrep's score where the second is turned by t: the root of the mean over
// samples of α‖μ − μ'T‖² and 2 − α times tr Σ + tr Σ' − 2 tr(Σ^½TᵀΣ'TΣ^½)^½.
func stochasticAt(alpha float64, x, y []*mat.Dense, t mat.Matrix) float64 {
	meansX, covariancesX := gaussians(x)
	meansY, covariancesY := gaussians(y)
	var d mat.Dense
	d.Mul(meansY, t)
	d.Sub(meansX, &d)
	total := alpha * math.Pow(mat.Norm(&d, 2), 2)
	for i, a := range covariancesX {
		var turned, inner mat.Dense
		turned.Product(t.T(), covariancesY[i], t)
		inner.Product(root(a), &turned, root(a))
		p, _ := inner.Dims()
		s := mat.NewSymDense(p, nil)
		for j := range p {
			for k := range p {
				s.SetSym(j, k, (inner.At(j, k)+inner.At(k, j))/2)
			}
		}
		total += (2 - alpha) * (mat.Trace(a) + mat.Trace(&turned) - 2*mat.Trace(root(s)))
	}
	return math.Sqrt(total / float64(len(covariancesX)))
}

// aligned is where netrep's alignment leads for α = 1, where it aligns what it scores: from the
// best for the means, by roots of covariances.
func aligned(x, y []*mat.Dense) *mat.Dense {
	meansX, covariancesX := gaussians(x)
	meansY, covariancesY := gaussians(y)
	nearest := func(a, b mat.Matrix) *mat.Dense { // of a·T to b
		var inner, u, v, t mat.Dense
		inner.Mul(a.T(), b)
		var svd mat.SVD
		svd.Factorize(&inner, mat.SVDFull)
		svd.UTo(&u)
		svd.VTo(&v)
		t.Mul(&u, v.T())
		return &t
	}
	var rootsX, rootsY []*mat.Dense
	for i := range covariancesX {
		rootsX, rootsY = append(rootsX, root(covariancesX[i])), append(rootsY, root(covariancesY[i]))
	}
	t := nearest(meansY, meansX)
	for range 1000 {
		stackX, stackY := mat.DenseCopyOf(meansX), mat.DenseCopyOf(meansY)
		for i, rootX := range rootsX {
			rootY := rootsY[i]
			var turned, back mat.Dense
			turned.Mul(t.T(), rootY)
			q := nearest(&turned, rootX)
			back.Mul(q.T(), rootY)
			var more mat.Dense
			more.Stack(stackX, rootX)
			stackX = mat.DenseCopyOf(&more)
			more.Reset()
			more.Stack(stackY, &back)
			stackY = mat.DenseCopyOf(&more)
		}
		t = nearest(stackY, stackX)
	}
	return t
}

func stochastic(t *testing.T, alpha float64, scale string) measures.Measure {
	name := fmt.Sprintf("stochastic_shape-alpha=%g-%s", alpha, scale)
	m, err := measures.ByName(name)
	require.NoError(t, err)
	require.Equal(t, name, m.Name)
	return m
}

func TestStochasticShape(t *testing.T) {
	// Of two units T is an angle, or a reflection and an angle.
	for _, alpha := range []float64{0, 0.5, 1, 1.7, 2} {
		x, apartX := repetitions(1, 6, 2, 4, 2)
		y, apartY := repetitions(2, 6, 2, 3, 2)
		least := math.Inf(1)
		for i := range 4000 {
			s, c := math.Sincos(2 * math.Pi * float64(i) / 4000)
			for _, turn := range [][]float64{{c, -s, s, c}, {c, s, s, -c}} {
				least = min(least, stochasticAt(alpha, apartX, apartY, mat.NewDense(2, 2, turn)))
			}
		}
		got, err := stochastic(t, alpha, "distance=euclidean").BothRepeated(4, 3).Eval(x, y)
		require.NoError(t, err)
		require.InDelta(t, least, got, 1e-4*least, "α = %g", alpha) // angles are .0016 apart
		require.LessOrEqual(t, got, least+1e-9)
		squared, err := stochastic(t, alpha, "distance=squared_euclidean").BothRepeated(4, 3).Eval(x, y)
		require.NoError(t, err)
		require.InDelta(t, got*got, squared, 1e-10*squared)
	}
	// Of more they are where netrep's alignment leads: of fewer repetitions than units, and of more.
	for _, number := range []int{3, 7} {
		const n, p = 8, 4
		x, apartX := repetitions(3, n, p, number, 4)
		y, apartY := repetitions(4, n, p, number, 0)
		q := mat.DenseCopyOf(turnOf(p))
		for r, one := range apartY { // what x is, turned, with noise of y's own
			one.Mul(apartX[(r+1)%number], q)
			for i := range n {
				for j := range p {
					at := &y.Float64s()[i*number*p+r*p+j]
					*at = one.At(i, j) + 0.3**at
					one.Set(i, j, *at)
				}
			}
		}
		m := stochastic(t, 1, "distance=euclidean")
		got, err := m.BothRepeated(number, number).Eval(x, y)
		require.NoError(t, err)
		require.InDelta(t, stochasticAt(1, apartX, apartY, aligned(apartX, apartY)), got, 1e-8)

		samples := func(x *tensor.Dense, seed uint64) *measures.Samples {
			return measures.NewSamples(data.Gaussian(seed, n, p)).WithRepetitions(number, func() *tensor.Dense { return x })
		}
		same, err := m.EvalSamples(samples(x, 7), samples(y, 8))
		require.NoError(t, err)
		require.Equal(t, got, same)
		_, err = m.EvalSamples(samples(x, 7), measures.NewSamples(data.Gaussian(8, n, p)))
		require.EqualError(t, err, "measures: stochastic_shape-alpha=1-distance=euclidean: it needs repetitions of x and of y, and there are not of both: of a file of trials -average LABEL makes conditions, and keeps the trials of each")
	}
	_, err := stochastic(t, 1, "distance=euclidean").BothRepeated(2, 3).Eval(data.Gaussian(1, 9, 4), data.Gaussian(1, 9, 4))
	require.ErrorContains(t, err, "y has 4 columns, which are not the units of 3 repetitions beside each other")
	_, err = measures.ByName("stochastic_shape-alpha=2.5-distance=euclidean")
	require.ErrorContains(t, err, "alpha must be a number from 0 to 2")
}

// turnOf is a rotation of p units.
func turnOf(p int) mat.Matrix {
	var qr mat.QR
	qr.Factorize(mat.NewDense(p, p, data.Gaussian(9, p, p).Float64s()))
	var q mat.Dense
	qr.QTo(&q)
	return &q
}

// Of means alone it is Procrustes; of covariances alone means have no part in it; and units that
// are nothing change nothing.
func TestStochasticShapeAtItsEnds(t *testing.T) {
	const n, p, number = 10, 5, 3
	x, apartX := repetitions(1, n, p, number, 2)
	y, apartY := repetitions(2, n, 3, number, 2)
	mean := func(apart []*mat.Dense) *tensor.Dense {
		m := mat.DenseCopyOf(apart[0])
		m.Add(m, apart[1])
		m.Add(m, apart[2])
		m.Scale(1./number, m)
		return tensor.New(tensor.WithShape(m.RawMatrix().Rows, m.RawMatrix().Cols), tensor.WithBacking(m.RawMatrix().Data))
	}
	procrustes, err := measures.ByName("procrustes-distance=euclidean")
	require.NoError(t, err)
	want, err := procrustes.Eval(mean(apartX), mean(apartY))
	require.NoError(t, err)
	got, err := stochastic(t, 2, "distance=euclidean").BothRepeated(number, number).Eval(x, y)
	require.NoError(t, err)
	require.InDelta(t, math.Sqrt(2./n)*want, got, 1e-10)

	m := stochastic(t, 0, "distance=euclidean").BothRepeated(number, number)
	moved := data.Gaussian(5, n, p).Float64s()
	elsewhere := x.Clone().(*tensor.Dense)
	for i := range elsewhere.Float64s() {
		elsewhere.Float64s()[i] += moved[i/(number*p)*p+i%p]
	}
	got, err = m.Eval(x, elsewhere)
	require.NoError(t, err)
	require.Less(t, got, 1e-7)
}

// Units that are nothing change nothing, though with them there are more rows of one side's
// factors than of the other's.
func TestStochasticShapeOfEmptyUnits(t *testing.T) {
	const n, p, q = 10, 5, 2
	x, _ := repetitions(1, n, p, 4, 2)
	y, _ := repetitions(2, n, q, 9, 2)
	padded := tensor.New(tensor.WithShape(n, 9*p), tensor.Of(tensor.Float64))
	for i := range n {
		for r := range 9 {
			copy(padded.Float64s()[i*9*p+r*p:], y.Float64s()[i*9*q+r*q:][:q])
		}
	}
	for _, alpha := range []float64{0.5, 1, 1.5} {
		m := stochastic(t, alpha, "distance=euclidean").BothRepeated(4, 9)
		want, err := m.Eval(x, y)
		require.NoError(t, err)
		got, err := m.Eval(x, padded)
		require.NoError(t, err)
		require.InDelta(t, want, got, 1e-9, "α = %g", alpha)
	}
}
