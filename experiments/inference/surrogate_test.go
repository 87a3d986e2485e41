package inference

import (
	"context"
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
)

// recordings are the M1 recording and a model of it, where they are.
func recordings(t testing.TB) (x, y *tensor.Dense) {
	const recording, model = "../../../shared/real/hatsopoulos2007.npz", "../../../shared/screen/m1-model.npz"
	if _, err := os.Stat(recording); err != nil {
		t.Skip("the recording is not here")
	}
	dx, err := data.Load(recording)
	require.NoError(t, err)
	dy, err := data.Load(model)
	require.NoError(t, err)
	return dx.Activity, dy.Activity
}

// smooth is c conditions of p units that follow k latent courses of time, each noise
// run through a Gaussian, and in part the same in all conditions.
func smooth(seed uint64, times, conditions, units, latents int, shared float64) *tensor.Dense {
	sigma := math.Max(1, float64(times)/12)
	course := func(n uint64) []float64 {
		e := normal(seed, n, 3*times)
		z := make([]float64, times)
		for t := range z {
			for i, v := range e {
				d := float64(i-times-t) / sigma
				z[t] += v * math.Exp(-d*d/2)
			}
		}
		return z
	}
	mix := normal(seed, 1<<20, latents*units)
	x := make([]float64, times*conditions*units)
	for k := range latents {
		all := course(uint64(k))
		size := math.Pow(.99, float64(k))
		for c := range conditions {
			for t, v := range course(uint64(1000 + k*conditions + c)) {
				v = size * (math.Sqrt(1-shared)*v + math.Sqrt(shared)*all[t])
				row := x[(t*conditions+c)*units:][:units]
				for j := range row {
					row[j] += v * mix[k*units+j]
				}
			}
		}
	}
	return of(x, times, conditions, units)
}

// moments are the covariances over time and over units of deviations from these means of
// units.
func moments(x *tensor.Dense, mean []float64) (overTime, overUnits *mat.Dense) {
	times, conditions, units := x.Shape()[0], x.Shape()[1], x.Shape()[2]
	z := mat.NewDense(times*conditions, units, append([]float64(nil), x.Float64s()...))
	for i := range times * conditions {
		floats.Sub(z.RawRowView(i), mean)
	}
	overUnits = mat.NewDense(units, units, nil)
	overUnits.Mul(z.T(), z)
	overTime = mat.NewDense(times, times, nil)
	for c := range conditions {
		for t := range times {
			for u := range times {
				overTime.Set(t, u, overTime.At(t, u)+mat.Dot(z.RowView(t*conditions+c), z.RowView(u*conditions+c)))
			}
		}
	}
	return overTime, overUnits
}

func distance(a, b *mat.Dense) float64 {
	var d mat.Dense
	d.Sub(a, b)
	return mat.Norm(&d, 2) / mat.Norm(b, 2)
}

func TestSurrogatesKeepCovariances(t *testing.T) {
	for name, y := range map[string]*tensor.Dense{
		"smooth":          smooth(1, 12, 5, 8, 6, .4),
		"wide":            smooth(2, 6, 3, 30, 5, .4),
		"nothing shared":  of(normal(3, 0, 12*5*8), 12, 5, 8),
		"one condition":   smooth(4, 12, 1, 8, 6, .4),
		"one time":        of(normal(5, 0, 40*8), 1, 40, 8),
		"units of a mean": addMean(smooth(6, 12, 5, 8, 6, .4), 100),
	} {
		t.Run(name, func(t *testing.T) {
			s, err := SurrogatesOf(y)
			require.NoError(t, err)
			wantT, wantU := moments(y, s.mean)
			n, units := y.Shape()[0], y.Shape()[2]
			gotT, gotU := mat.NewDense(n, n, nil), mat.NewDense(units, units, nil)
			off := func(draws int) float64 {
				gotT.Zero()
				gotU.Zero()
				for i := range draws {
					a, b := moments(s.Draw(7, uint64(i)), s.mean)
					gotT.Add(gotT, a)
					gotU.Add(gotU, b)
				}
				gotT.Scale(1/float64(draws), gotT)
				gotU.Scale(1/float64(draws), gotU)
				return max(distance(gotT, wantT), distance(gotU, wantU))
			}
			few, many := off(20), off(2000)
			require.Less(t, many, .06)
			require.Less(t, many, few/3) // as 1/√draws
		})
	}
}

func addMean(x *tensor.Dense, by float64) *tensor.Dense {
	v := x.Float64s()
	for i := range v {
		v[i] += by * float64(i%x.Shape()[2])
	}
	return x
}

func TestMargins(t *testing.T) {
	for _, c := range []struct{ a, b []float64 }{
		{[]float64{1, 2, 3}, []float64{6}},
		{[]float64{6}, []float64{1, 2, 3}},
		{[]float64{4, 1e-6, 1e-9}, []float64{3, 1, 1e-6 + 1e-9}},
		{[]float64{1e4, 1}, []float64{5e3, 5e3, 1}},
	} {
		sd, err := margins(c.a, c.b)
		require.NoError(t, err)
		r, s := sd.Dims()
		for i := range r {
			sum := 0.0
			for j := range s {
				sum += sd.At(i, j) * sd.At(i, j)
			}
			require.InEpsilon(t, c.a[i], sum, 1e-6)
		}
		for j := range s {
			sum := 0.0
			for i := range r {
				sum += sd.At(i, j) * sd.At(i, j)
			}
			require.InEpsilon(t, c.b[j], sum, 1e-6)
		}
	}
}

func TestFloorOfTheRecording(t *testing.T) {
	x, y := recordings(t)
	floor, err := Floor(context.Background(), measures.CKA, x, y, Options{Seed: 1})
	require.NoError(t, err)
	// What smooth data that are independent of it score, and white noise does not.
	var independent []float64
	for i := range 20 {
		score, err := measures.CKA.Eval(x, smooth(uint64(i), 121, 8, 60, 60, 0))
		require.NoError(t, err)
		independent = append(independent, score)
	}
	is := nullOf(independent)
	require.Greater(t, is.Low, .1)
	require.Less(t, is.High, .3)
	of, err := Floor(context.Background(), measures.CKA, x, smooth(99, 121, 8, 60, 60, 0), Options{Seed: 1})
	require.NoError(t, err)
	require.InDelta(t, is.Mean, of.Mean, .05)
	noise, err := Noise(context.Background(), measures.CKA, x, y, Options{Seed: 1, Draws: 40})
	require.NoError(t, err)
	require.InDelta(t, .015, noise.Mean, .002)
	require.Less(t, floor.Mean, .2)
}
