package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

func nuclearNorm(t *testing.T, a *tensor.Dense) (value float64, grad *mat.Dense, err error) {
	p, err := Compile(func(b *Builder) *Node { return NuclearNorm(b.Param("a", a)) })
	require.NoError(t, err)
	if value, err = p.Eval(); err != nil {
		return 0, nil, err
	}
	g, err := p.Grad("a")
	require.NoError(t, err)
	return value, mat.NewDense(a.Shape()[0], a.Shape()[1], g.Float64s()), nil
}

// withSingularValues returns n×p with these singular values.
func withSingularValues(n, p int, s ...float64) *tensor.Dense {
	orthonormal := func(seed uint64, n int) mat.Matrix {
		var qr mat.QR
		qr.Factorize(mat.NewDense(n, n, gauss(seed, n, n).Float64s()))
		var q mat.Dense
		qr.QTo(&q)
		return q.Slice(0, n, 0, len(s))
	}
	var us, a mat.Dense
	us.Mul(orthonormal(3, n), mat.NewDiagDense(len(s), s))
	a.Mul(&us, orthonormal(4, p).T())
	return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(a.RawMatrix().Data))
}

// The value is the sum of the singular values, and the gradient a partial
// isometry of a's rank with ⟨gradient, a⟩ = value, whatever the spectrum.
func TestNuclearNormSpectra(t *testing.T) {
	for name, s := range map[string][]float64{
		"distinct":            {5, 3, 2, 1},
		"repeated":            {2, 2, 2, 1},
		"all equal":           {1, 1, 1, 1},
		"rank 2":              {5, 3},
		"rank 1":              {4},
		"nearly repeated":     {2, 2 - 1e-9, 1, 1 + 1e-9},
		"below the tolerance": {1, 0.5, 1e-14},
		"ill-conditioned":     {1, 1e-5, 1e-8, 1e-11},
	} {
		for _, shape := range [][2]int{{4, 4}, {7, 4}, {4, 6}} {
			value, g, err := nuclearNorm(t, withSingularValues(shape[0], shape[1], s...))
			require.NoError(t, err)
			want, rank := 0.0, 0.0
			for _, x := range s {
				want += x
				if x > rankTolerance*s[0] {
					rank++
				}
			}
			// The iteration leaves up to 1e-12 of every singular value.
			require.InDelta(t, want, value, 2e-12*want, name)
			require.InDelta(t, want, inner(g, withSingularValues(shape[0], shape[1], s...)), 2e-12*want, name)
			require.InDelta(t, math.Sqrt(rank), mat.Norm(g, 2), 1e-9, "%s: a partial isometry of rank %g", name, rank)
			var ggg mat.Dense
			ggg.Product(g, g.T(), g)
			require.True(t, mat.EqualApprox(g, &ggg, 1e-9), name)
		}
	}
	value, g, err := nuclearNorm(t, tensor.New(tensor.WithShape(3, 2), tensor.Of(tensor.Float64)))
	require.NoError(t, err)
	require.Zero(t, value)
	require.Zero(t, mat.Norm(g, 2))
}

// The polar factor of a matrix of clear rank is found in its range, and is that of
// the singular values; where the rank is not clear, or full, it is left to those.
func TestLowRank(t *testing.T) {
	spectrum := func(rank int, least float64) (s []float64) {
		for i := range rank {
			s = append(s, math.Pow(least, float64(i)/float64(max(1, rank-1))))
		}
		return s
	}
	for _, shape := range [][2]int{{40, 40}, {30, 50}, {50, 30}} {
		for rank, least := range map[int]float64{1: 1, 5: 1e-3, 28: 1e-4, 29: 1e-7} {
			a := view(withSingularValues(shape[0], shape[1], spectrum(rank, least)...))
			x := Mat{a.Rows, a.Cols, make([]float64, len(a.Data))}
			var f lowRank
			require.True(t, f.factor(x, a), "%v, rank %d", shape, rank)
			var svd thinSVD
			require.NoError(t, svd.factorize(a))
			var want mat.Dense
			u, v := svd.nonzero(svd.u), svd.nonzero(svd.v)
			want.Mul(rawDense(u), rawDense(v).T())
			require.True(t, mat.EqualApprox(&want, mat.NewDense(a.Rows, a.Cols, x.Data), 1e-14/least+1e-12), "%v, rank %d", shape, rank)
			again := append([]float64(nil), x.Data...)
			require.True(t, f.factor(x, a))
			require.Equal(t, again, x.Data, "the same bytes")
		}
		for _, s := range [][]float64{spectrum(min(shape[0], shape[1]), 1e-3), spectrum(20, 1e-11), {0}} {
			a := view(withSingularValues(shape[0], shape[1], s...))
			require.False(t, new(lowRank).factor(Mat{a.Rows, a.Cols, make([]float64, len(a.Data))}, a), "%v, %d values", shape, len(s))
		}
	}
	// It serves the nuclear norm.
	var f nuclear
	a := view(withSingularValues(40, 40, spectrum(20, 1e-2)...))
	x := Mat{40, 40, make([]float64, 1600)}
	for range 3 {
		require.NoError(t, f.factorize(x, a))
		require.Nil(t, f.svd.values, "no singular values were needed")
	}
}

func rawDense(g blas64.General) *mat.Dense {
	var d mat.Dense
	d.SetRawMatrix(g)
	return &d
}

func BenchmarkLowRank(b *testing.B) {
	const n, rank = 727, 431
	u, v := view(gauss(1, n, rank)), view(gauss(2, rank, n))
	a, x := Mat{n, n, make([]float64, n*n)}, Mat{n, n, make([]float64, n*n)}
	gemm(false, false, 1, u, v, 0, a)
	b.Run("range", func(b *testing.B) {
		var f lowRank
		for b.Loop() {
			if !f.factor(x, a) {
				b.Fatal("not found")
			}
		}
	})
	b.Run("svd", func(b *testing.B) {
		var f thinSVD
		for b.Loop() {
			if err := f.factorize(a); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func TestNuclearNormNaN(t *testing.T) {
	a := gauss(1, 3, 2)
	a.Float64s()[1] = math.NaN()
	_, _, err := nuclearNorm(t, a)
	require.EqualError(t, err, "graph: NuclearNorm of a (3, 2): matrix has NaN or infinite elements")
}

func inner(g *mat.Dense, a *tensor.Dense) (s float64) {
	for i, x := range a.Float64s() {
		s += x * g.RawMatrix().Data[i]
	}
	return s
}
