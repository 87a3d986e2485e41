package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// orthogonal returns the first k rows of a p×p rotation.
func orthogonal(seed uint64, k, p int) mat.Matrix {
	var qr mat.QR
	qr.Factorize(mat.NewDense(p, p, gauss(seed, p, p).Float64s()))
	var q mat.Dense
	qr.QTo(&q)
	return q.Slice(0, k, 0, p)
}

// turnedApart returns data of condition kappa in p units, and the same turned into q
// units and moved, by so much of its size, at random.
func turnedApart(n, p, q int, kappa, by float64) (x, y *tensor.Dense) {
	s := make([]float64, min(p, q))
	for i := range s {
		s[i] = math.Pow(kappa, -float64(i)/math.Max(1, float64(len(s)-1)))
	}
	base := mat.NewDense(n, len(s), withSingularValues(n, len(s), s...).Float64s())
	var mx, my mat.Dense
	mx.Mul(base, orthogonal(11, len(s), p))
	my.Mul(base, orthogonal(12, len(s), q))
	noise := gauss(5, n, q).Float64s()
	floats.AddScaled(my.RawMatrix().Data, by*mat.Norm(&my, 2)/floats.Norm(noise, 2), noise)
	dense := func(m mat.Dense) *tensor.Dense {
		r, c := m.Dims()
		return tensor.New(tensor.WithShape(r, c), tensor.WithBacking(m.RawMatrix().Data))
	}
	return dense(mx), dense(my)
}

// An angle is right however small it is: moved by ever less, data are apart by ever
// less in proportion, of unequal widths and any condition too; and of data that are
// only turned it is none, with gradient 0.
func TestSmallAngles(t *testing.T) {
	for _, s := range [][3]int{{24, 4, 4}, {24, 6, 3}, {24, 3, 6}, {300, 100, 100}, {60, 2, 2}} {
		for _, kappa := range []float64{1, 1e2, 1e4, 1e6} {
			for name, cosine := range map[string]func(x, y *Node) *Node{"Procrustes": ProcrustesCosine, "kernels": KernelCosine} {
				angle := func(by float64) (float64, *tensor.Dense) {
					x, y := turnedApart(s[0], s[1], s[2], kappa, by)
					p, err := Compile(func(b *Builder) *Node { return Acos(cosine(b.Const("x", x), b.Param("y", y))) })
					require.NoError(t, err)
					v, err := p.Eval()
					require.NoError(t, err)
					g, err := p.Grad("y")
					require.NoError(t, err)
					return v, g
				}
				none, g := angle(0)
				require.Less(t, none, sameChord, "%s, %v, condition %g", name, s, kappa)
				require.Zero(t, largest(g), "%s, %v, condition %g", name, s, kappa)
				if kappa > 1e4 {
					continue // what moves it is larger than its least components
				}
				// By chord, at 1e-4 and below 1e-5, where the rotation is corrected.
				far, _ := angle(1e-8)
				for _, by := range []float64{1e-10, 1e-12} {
					near, _ := angle(by)
					require.InEpsilon(t, far*by/1e-8, near, 1e-3+1e-14/by, "%s, %v, condition %g, moved by %g", name, s, kappa, by)
				}
			}
		}
	}
}

// Where a chord takes over from a cosine, angle and gradient are those that the cosine
// has.
func TestChordMeetsCosine(t *testing.T) {
	for name, of := range map[string]func(x, y *Node) *Node{"Procrustes": ProcrustesCosine, "kernels by units": KernelCosine} {
		x, y := turnedApart(40, 5, 4, 10, 1e-3)
		read := func(f func(x, y *Node) *Node) (float64, *tensor.Dense) {
			p, err := Compile(func(b *Builder) *Node { return f(b.Const("x", x), b.Param("y", y)) })
			require.NoError(t, err)
			v, err := p.Eval()
			require.NoError(t, err)
			g, err := p.Grad("y")
			require.NoError(t, err)
			return v, g
		}
		angle, g := read(func(x, y *Node) *Node { return Acos(of(x, y)) })
		cosine, h := read(of)
		require.Greater(t, cosine, 1-nearAngle)
		require.InDelta(t, math.Cos(angle), cosine, 1e-15, name)
		slope := -1 / math.Sin(angle)
		for i, v := range h.Float64s() {
			require.InDelta(t, slope*v, g.Float64s()[i], 1e-11*largest(g), name)
		}
	}
}

// A score that rounding carries past an end is at the end; one that is further out is an
// error.
func TestWithin(t *testing.T) {
	at := func(v float64) (float64, *tensor.Dense, error) {
		p, err := Compile(func(b *Builder) *Node {
			return Within(-1, 1, Sum(b.Param("x", tensor.New(tensor.WithShape(1, 1), tensor.WithBacking([]float64{v})))))
		})
		require.NoError(t, err)
		if v, err = p.Eval(); err != nil {
			return 0, nil, err
		}
		g, err := p.Grad("x")
		return v, g, err
	}
	for v, want := range map[float64]float64{0.5: 0.5, 1 + 1e-9: 1, -1 - 1e-9: -1} {
		got, g, err := at(v)
		require.NoError(t, err)
		require.Equal(t, want, got)
		require.Equal(t, []float64{1}, g.Float64s())
	}
	for _, v := range []float64{1.001, -2, math.Inf(1)} {
		_, _, err := at(v)
		require.ErrorContains(t, err, "is outside [-1, 1]")
	}
}
