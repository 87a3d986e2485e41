package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

func conjugated(t *testing.T, a, b *mat.Dense) float64 {
	t.Helper()
	of := func(m *mat.Dense) *tensor.Dense {
		n, _ := m.Dims()
		return tensor.New(tensor.WithShape(n, n), tensor.WithBacking(mat.DenseCopyOf(m).RawMatrix().Data))
	}
	p, err := Compile(func(g *Builder) *Node {
		x, y := g.Const("a", of(a)), g.Const("b", of(b))
		return SumSquares(Sub(x, Conjugated(x, y)))
	})
	require.NoError(t, err)
	v, err := p.Eval()
	require.NoError(t, err)
	return math.Sqrt(v)
}

// A matrix in other axes is found to be the same: of no structure, normal, and all but a
// rotation, of either sign.
func TestConjugates(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 10, 20} {
		for seed := range uint64(5) {
			a := mat.NewDense(n, n, gauss(seed, n, n).Float64s())
			q := orthogonal(seed+100, n, n)
			turns := mat.NewDense(n, n, nil) // two by two, a little damped
			for i := range n {
				turns.Set(i, i, 1-0.01*float64(i))
			}
			for i := 0; i+1 < n; i += 2 {
				s, c := math.Sincos(0.1 * float64(i+1))
				for k, v := range []float64{c, -s, s, c} {
					turns.Set(i+k/2, i+k%2, v*(1-0.01*float64(i)))
				}
			}
			for name, m := range map[string]*mat.Dense{"any": a, "turns": turns} {
				var b mat.Dense
				b.Product(q, m, q.T())
				require.Less(t, conjugated(t, m, &b), 1e-9*mat.Norm(m, 2), "%s, %d, seed %d", name, n, seed)
			}
		}
	}
}

// The nearest is as near as the best of all: of two dimensions angle by angle, of three plane
// by plane from many starts.
func TestConjugatedIsNearest(t *testing.T) {
	apart := func(a, b mat.Matrix, q *mat.Dense) float64 {
		var d mat.Dense
		d.Product(q, b, q.T())
		d.Sub(a, &d)
		return mat.Norm(&d, 2)
	}
	for seed := range uint64(10) {
		a, b := mat.NewDense(2, 2, gauss(seed, 2, 2).Float64s()), mat.NewDense(2, 2, gauss(seed+50, 2, 2).Float64s())
		least := math.Inf(1)
		const angles = 20000
		for i := range angles {
			s, c := math.Sincos(2 * math.Pi * float64(i) / angles)
			least = min(least, apart(a, b, mat.NewDense(2, 2, []float64{c, -s, s, c})), apart(a, b, mat.NewDense(2, 2, []float64{c, s, s, -c})))
		}
		got := conjugated(t, a, b)
		require.InDelta(t, least, got, 1e-6)
		require.InDelta(t, got, conjugated(t, b, a), 1e-12, "the other way round")
	}
	for seed := range uint64(3) {
		const n = 3
		a, b := mat.NewDense(n, n, gauss(seed, n, n).Float64s()), mat.NewDense(n, n, gauss(seed+50, n, n).Float64s())
		least := math.Inf(1)
		for start := range uint64(8) {
			q := mat.DenseCopyOf(orthogonal(start, n, n))
			for range 20 {
				for i := range n {
					for j := range i {
						turned := func(angle float64) *mat.Dense {
							s, c := math.Sincos(angle)
							r := mat.DenseCopyOf(q)
							for k := range n {
								r.Set(i, k, c*q.At(i, k)-s*q.At(j, k))
								r.Set(j, k, s*q.At(i, k)+c*q.At(j, k))
							}
							return r
						}
						best, width := 0., math.Pi
						for width > 1e-9 {
							for _, k := range []float64{-1, -0.5, 0.5, 1} {
								if apart(a, b, turned(best+k*width)) < apart(a, b, turned(best)) {
									best += k * width
								}
							}
							width *= 0.6
						}
						q = turned(best)
					}
				}
			}
			least = min(least, apart(a, b, q))
		}
		require.InDelta(t, least, conjugated(t, a, b), 1e-6, "seed %d", seed)
	}
}

// Coordinates are left singular vectors of data beside their past, of each condition by itself.
func TestDelayCoordinates(t *testing.T) {
	const times, conditions, units, delays, rank = 7, 3, 2, 3, 4
	x := gauss(1, times*conditions, units)
	h := mat.NewDense((times-delays+1)*conditions, delays*units, nil)
	for time := range times - delays + 1 {
		for c := range conditions {
			for back := range delays {
				for u := range units {
					h.Set(time*conditions+c, back*units+u, x.Float64s()[((time+delays-1-back)*conditions+c)*units+u])
				}
			}
		}
	}
	// apart is by how much coordinates differ from those that are wanted.
	apart := func(times, delays, rank int, x *tensor.Dense, want []float64) (float64, error) {
		p, err := Compile(func(b *Builder) *Node {
			d := DelayCoordinates(times, delays, rank, b.Const("x", x))
			return Norm(Sub(d, b.Const("want", tensor.New(tensor.WithShape(d.Shape().Clone()...), tensor.WithBacking(want[:d.Shape().TotalSize()])))))
		})
		if err != nil {
			return 0, err
		}
		return p.Eval()
	}
	var svd mat.SVD
	require.True(t, svd.Factorize(h, mat.SVDThin))
	var u mat.Dense
	svd.UTo(&u)
	want := make([]float64, h.RawMatrix().Rows*rank)
	for k := range rank {
		sign, largest := 1., 0.
		for i := range h.RawMatrix().Rows {
			if v := u.At(i, k); math.Abs(v) > largest {
				largest, sign = math.Abs(v), math.Copysign(1, v)
			}
		}
		for i := range h.RawMatrix().Rows {
			want[i*rank+k] = sign * u.At(i, k)
		}
	}
	got, err := apart(times, delays, rank, x, want)
	require.NoError(t, err)
	require.Less(t, got, 1e-12)
	for want, ask := range map[string][3]int{
		"graph: DelayCoordinates: 21 samples are not 4 times of as many conditions each":                                             {4, 2, 1},
		"graph: DelayCoordinates: of 3 times there is no step from one to the next with 3 delays, which take 4":                      {3, 3, 1},
		"graph: DelayCoordinates: a rank of 9 is asked for; of 12 steps, and 3 delays of 2 units, it is at most 6":                   {7, 3, 9},
		"graph: DelayCoordinates of x (21, 2): data with their delays have rank 2, and 4 is asked for":                               {7, 3, 4},
		"graph: DelayCoordinates of x (21, 2): components 1 and 2 of data with their delays have the same variance, to 1e-6: which ": {7, 1, 1},
	} {
		x := x
		switch ask {
		case [3]int{7, 3, 4}: // constant in time, each unit
			x = gauss(1, times*conditions, units)
			for i := range x.Float64s() {
				x.Float64s()[i] = x.Float64s()[i%(conditions*units)]
			}
		case [3]int{7, 1, 1}:
			x = tensor.New(tensor.WithShape(times*conditions, units), tensor.Of(tensor.Float64))
			x.Float64s()[0], x.Float64s()[3] = 1, 1
		}
		_, err := apart(ask[0], ask[1], ask[2], x, make([]float64, 1000))
		require.ErrorContains(t, err, want)
	}
}
