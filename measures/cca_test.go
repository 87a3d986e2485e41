package measures_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
)

func scoreOf(t *testing.T, name string, x, y *tensor.Dense) float64 {
	m, err := measures.ByName(name)
	require.NoError(t, err)
	s, err := m.Eval(x, y)
	require.NoError(t, err, name)
	return s
}

// PWCCA is its formula, by eigenvectors of Σx⁻¹·Σxy·Σy⁻¹·Σyx, whose eigenvalues are ρ².
func TestPWCCAByEigenvectors(t *testing.T) {
	for _, s := range [][2]int{{4, 4}, {3, 5}, {5, 3}} {
		x, y := data.Gaussian(1, 40, s[0]), data.Gaussian(2, 40, s[1])
		weighed := func(x, y *mat.Dense) (score, mean float64) {
			var xx, xy, yy, product mat.Dense
			xx.Mul(x.T(), x)
			xy.Mul(x.T(), y)
			yy.Mul(y.T(), y)
			require.NoError(t, xx.Inverse(&xx))
			require.NoError(t, yy.Inverse(&yy))
			product.Product(&xx, &xy, &yy, xy.T())
			var eigen mat.Eigen
			require.True(t, eigen.Factorize(&product, mat.EigenRight))
			var vectors mat.CDense
			eigen.VectorsTo(&vectors)
			n, p := x.Dims()
			total := 0.0
			for k, value := range eigen.Values(nil) {
				if real(value) < 1e-9 {
					continue // more directions than y has
				}
				h := make([]float64, n)
				for j := range p {
					floats.AddScaled(h, real(vectors.At(j, k)), mat.Col(nil, j, x))
				}
				alpha := 0.0
				for j := range p {
					alpha += math.Abs(floats.Dot(h, mat.Col(nil, j, x))) / floats.Norm(h, 2)
				}
				score, total, mean = score+alpha*math.Sqrt(real(value)), total+alpha, mean+real(value)/float64(p)
			}
			return score / total, mean
		}
		cx, cy := centred(x), centred(y)
		score, mean := weighed(cx, cy)
		require.InDelta(t, score, scoreOf(t, "pwcca", x, y), 1e-10)
		require.InDelta(t, mean, scoreOf(t, "cca-mean=rho2_x", x, y), 1e-10)
		score, _ = weighed(cy, cx)
		require.InDelta(t, score, scoreOf(t, "pwcca-weights=y", x, y), 1e-10)
	}
}

// centred is x less the means of its columns.
func centred(x *tensor.Dense) *mat.Dense {
	n, p := x.Shape()[0], x.Shape()[1]
	c := mat.NewDense(n, p, nil)
	for j := range p {
		column := mat.Col(nil, j, mat.NewDense(n, p, x.Float64s()))
		floats.AddConst(-floats.Sum(column)/float64(n), column)
		c.SetCol(j, column)
	}
	return c
}

// GULP lies between canonical correlations and linear kernels.
func TestGULPLimits(t *testing.T) {
	x, y := data.Gaussian(1, 40, 5), data.Gaussian(2, 40, 3)
	rho2 := 3 * scoreOf(t, "cca-mean=rho2", x, y)
	require.InDelta(t, 5+3-2*rho2, scoreOf(t, "gulp-lambda=0-distance=squared_euclidean", x, y), 1e-10)
	require.InDelta(t, 5+3-2*rho2, scoreOf(t, "gulp-lambda=1e-9-distance=squared_euclidean", x, y), 1e-6)

	// ‖K_x − K_y‖² of kernels of trace 1, by their cosine and norms: 1/‖K‖² is the
	// participation ratio, which ENSD is of x with itself.
	a, b := 1/math.Sqrt(scoreOf(t, "ensd", x, x)), 1/math.Sqrt(scoreOf(t, "ensd", y, y))
	kernels := math.Sqrt(a*a + b*b - 2*a*b*scoreOf(t, "cka", x, y))
	require.InDelta(t, kernels, 1e6*scoreOf(t, "gulp-lambda=1e6-distance=euclidean", x, y), 1e-5)
	// It is the distance between what ridge regressions predict.
	hat := func(raw *tensor.Dense, p int) *mat.Dense {
		x := centred(raw)
		var s, h mat.Dense
		s.Mul(x.T(), x)
		for j := range p {
			s.Set(j, j, s.At(j, j)+0.01*mat.Norm(x, 2)*mat.Norm(x, 2))
		}
		require.NoError(t, s.Inverse(&s))
		h.Product(x, &s, x.T())
		return &h
	}
	var apart mat.Dense
	apart.Sub(hat(x, 5), hat(y, 3))
	require.InDelta(t, mat.Norm(&apart, 2), scoreOf(t, "gulp-lambda=0.01-distance=euclidean", x, y), 1e-10)
}

// Where samples are few it is said how many correlations say nothing, and where none says
// anything it is refused.
func TestForcedCorrelations(t *testing.T) {
	m, err := measures.ByName("cca")
	require.NoError(t, err)
	x, y := data.Gaussian(1, 12, 8), data.Gaussian(2, 12, 7)
	require.Equal(t, "cca: at least 4 of the 7 canonical correlations of 8 and 7 units on 12 samples are 1 for any data", m.NoteOn(12, 8, 7))
	require.Greater(t, 7*scoreOf(t, "cca", x, y), 4.0)
	require.Empty(t, m.NoteOn(12, 8, 3))
	m, err = measures.ByName("pwcca")
	require.NoError(t, err)
	_, err = m.Eval(x, data.Gaussian(2, 12, 11))
	require.ErrorContains(t, err, "11 units on 12 samples span all that samples of mean 0 can be")
}

// Of data that share directions, which of them are theirs is no matter of the basis that y is
// given in.
func TestPWCCAOfSharedDirections(t *testing.T) {
	x, other := data.Gaussian(1, 40, 5), data.Gaussian(2, 40, 5)
	shared, turned := data.Gaussian(3, 40, 5), data.Gaussian(3, 40, 5)
	for i := range 40 {
		row := shared.Float64s()[i*5:][:5]
		copy(row, x.Float64s()[i*5:][:3])
		copy(row[3:], other.Float64s()[i*5+3:][:2])
		copy(turned.Float64s()[i*5:], []float64{row[0] + row[1], row[1] - 2*row[2], row[0] + row[2] + row[3], row[4] - row[0], row[3] + row[4]})
	}
	require.InDelta(t, scoreOf(t, "pwcca", x, shared), scoreOf(t, "pwcca", x, turned), 1e-10)
}

// The generalised coefficient of determination is CKA of whitened data, and below 1 where one spans
// more than the other, as Σρ² over the lesser rank is not.
func TestGCD(t *testing.T) {
	x, y := data.Gaussian(1, 30, 6), data.Gaussian(2, 30, 4)
	whitened := func(x *tensor.Dense) *tensor.Dense { // to a rotation
		n, p := x.Shape()[0], x.Shape()[1]
		var svd mat.SVD
		require.True(t, svd.Factorize(centred(x), mat.SVDThin))
		var u mat.Dense
		svd.UTo(&u)
		return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(u.RawMatrix().Data))
	}
	require.InDelta(t, scoreOf(t, "cka", whitened(x), whitened(y)), scoreOf(t, "cca-mean=gcd", x, y), 1e-12)
	for i := range 30 { // y within x
		copy(y.Float64s()[i*4:][:4], x.Float64s()[i*6:])
	}
	require.InDelta(t, math.Sqrt(4.0/6), scoreOf(t, "cca-mean=gcd", x, y), 1e-12)
	require.InDelta(t, 1, scoreOf(t, "cca-mean=rho2", x, y), 1e-12)
}
