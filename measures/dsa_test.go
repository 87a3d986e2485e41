package measures_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
	"simgrad/measures/measuretest"
)

// trajectories are those of a linear system that turns by so much a time, and falls to decay,
// from starts of that seed, seen by so many units with a little noise: time × condition × unit.
func trajectories(seed uint64, times, conditions, units int, angle, decay, noise float64) *tensor.Dense {
	starts, seen := data.Gaussian(seed, conditions, 2).Float64s(), data.Gaussian(seed+1, 2, units).Float64s()
	x := data.Gaussian(seed+2, times*conditions, units)
	for t := range times {
		s, c := math.Sincos(angle * float64(t))
		for k := range conditions {
			a, b := math.Pow(decay, float64(t))*starts[2*k], math.Pow(decay, float64(t))*starts[2*k+1]
			for u := range units {
				v := &x.Float64s()[(t*conditions+k)*units+u]
				*v = noise**v + (c*a-s*b)*seen[u] + (s*a+c*b)*seen[units+u]
			}
		}
	}
	return tensor.New(tensor.WithShape(times, conditions, units), tensor.WithBacking(x.Float64s()))
}

// dynamicsOf is the matrix that takes leading left singular vectors to the next time, as the
// formula stands.
func dynamicsOf(t *testing.T, x *tensor.Dense, delays, rank int) *mat.Dense {
	times, conditions, units := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	rows := times - delays + 1
	h := mat.NewDense(conditions*rows, delays*units, nil) // one condition after another
	for c := range conditions {
		for from := range rows {
			for k := range delays {
				for u := range units {
					h.Set(c*rows+from, k*units+u, x.Float64s()[((from+k)*conditions+c)*units+u])
				}
			}
		}
	}
	var svd mat.SVD
	require.True(t, svd.Factorize(h, mat.SVDThin))
	var v, a mat.Dense
	svd.UTo(&v)
	before, after := mat.NewDense(conditions*(rows-1), rank, nil), mat.NewDense(conditions*(rows-1), rank, nil)
	for c := range conditions {
		for from := range rows - 1 {
			for k := range rank {
				before.Set(c*(rows-1)+from, k, v.At(c*rows+from, k))
				after.Set(c*(rows-1)+from, k, v.At(c*rows+from+1, k))
			}
		}
	}
	require.NoError(t, a.Solve(before, after))
	return &a
}

// Of rank 2 the best change of axes is known: it leaves traces as they are, what turns up to its
// sense, and makes the rest parallel.
func TestDSA(t *testing.T) {
	for seed := range uint64(5) {
		for _, delays := range []int{1, 4} {
			x, y := trajectories(seed, 20, 3, 6, 0.3, 0.95, 0.3), trajectories(seed+10, 20, 3, 4, 0.5, 0.9, 0.3)
			parts := func(x *tensor.Dense) (trace, turn, rest, norm float64) {
				a := dynamicsOf(t, x, delays, 2)
				return a.At(0, 0) + a.At(1, 1), a.At(0, 1) - a.At(1, 0), math.Hypot(a.At(0, 0)-a.At(1, 1), a.At(0, 1)+a.At(1, 0)), mat.Norm(a, 2)
			}
			traceX, turnX, restX, normX := parts(x)
			traceY, turnY, restY, normY := parts(y)
			want := (traceX*traceY + math.Abs(turnX*turnY) + restX*restY) / 2 / (normX * normY)
			for name, want := range map[string]float64{"": want, "-distance=angular": math.Acos(want), "-angular-score": measures.AngularScoreOf(want)} {
				name = map[int]string{1: "dsa-delays=1-rank=2", 4: "dsa-delays=4-rank=2"}[delays] + name
				m, err := measures.ByName(name)
				require.NoError(t, err)
				require.Equal(t, name, m.Name)
				got, err := m.Eval(x, y)
				require.NoError(t, err)
				require.InDelta(t, want, got, 1e-9, "%s, seed %d", name, seed)
			}
		}
	}
}

// A system seen by other units, turned or more of them, is the same; another is further off the
// more slowly it turns.
func TestDSATellsSystemsApart(t *testing.T) {
	m, err := measures.ByName("dsa-delays=3-rank=2-distance=angular")
	require.NoError(t, err)
	x := trajectories(1, 30, 4, 5, 0.4, 0.98, 0)
	turned := tensor.New(tensor.WithShape(30, 4, 7), tensor.Of(tensor.Float64))
	var qr mat.QR
	qr.Factorize(mat.NewDense(7, 7, data.Gaussian(9, 7, 7).Float64s()))
	var q mat.Dense
	qr.QTo(&q)
	mat.NewDense(120, 7, turned.Float64s()).Mul(mat.NewDense(120, 5, x.Float64s()), q.Slice(0, 5, 0, 7))
	got, err := m.Eval(x, turned)
	require.NoError(t, err)
	require.InDelta(t, 0, got, 1e-12)
	last := 0.0
	for _, angle := range []float64{0.4, 0.3, 0.2, 0.1} {
		d, err := m.Eval(x, trajectories(5, 30, 4, 9, angle, 0.98, 0))
		require.NoError(t, err)
		if angle < 0.4 {
			require.Greater(t, d, last+0.03, "%g", angle)
		}
		last = d
	}
	measuretest.Test(t, m)
}

func TestDSANeedsTime(t *testing.T) {
	m, err := measures.ByName("dsa-delays=2-rank=3")
	require.NoError(t, err)
	require.ErrorContains(t, m.Differentiable(), "no data can be driven up or down this score: graph: DelayCoordinates: has no pullback")
	x, y := trajectories(1, 12, 3, 5, 0.4, 0.98, 0.1), trajectories(2, 12, 3, 5, 0.4, 0.98, 0.1)
	_, err = m.Eval(data.Gaussian(1, 36, 5), data.Gaussian(2, 36, 5))
	require.ErrorContains(t, err, "measures: dsa-delays=2-rank=3: graph: score: it follows data through time, and these have one time: time × condition × unit is needed")
	_, err = m.Eval(x, data.Gaussian(2, 36, 5))
	require.ErrorContains(t, err, "x has 12 times and y 1; it tells times from conditions, and both must be the same")
	_, err = m.Over(2).Eval(x, y)
	require.ErrorContains(t, err, "of 2 times there is no step from one to the next with 2 delays, which take 3")
	m, err = measures.ByName("dsa-delays=2-rank=11")
	require.NoError(t, err)
	_, err = m.Eval(x, y)
	require.ErrorContains(t, err, "a rank of 11 is more than 2 delays of 5 units have")
	_, err = measures.ByName("dsa-delays=0-rank=3")
	require.ErrorContains(t, err, "delays must be a whole number of times from 1")
}
