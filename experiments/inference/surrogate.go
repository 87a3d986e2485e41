package inference

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/graph"
	"simgrad/measures"
)

// Surrogates are random data as like y as its second moments make them: of all data with
// its means of units and its covariances over time and over units, those of maximum entropy.
//
// With u_i the eigenvectors of the covariance over time and v_j of that over units, the
// values u_iᵀ·z·v_j of a condition z, time × unit, are independent and normal, of variances
// 1/(l_i + m_j), where l and m are such that these sum over j, and over i, to the two
// covariances' eigenvalues. Conditions are independent: what those of y share at a time is
// not kept, for it would be y itself that is scored.
//
// Source: Elsayed & Cunningham 2017, Structure in neural population recordings: an expected
// byproduct of simpler phenomena? (tensor maximum entropy, of which the covariance over
// conditions is left free).
type Surrogates struct {
	times, conditions, units int
	mean                     []float64
	time, unit               *mat.Dense // times × r and units × s: the axes
	sd                       *mat.Dense // r × s: standard deviations along them
}

// SurrogatesOf returns the surrogates of y.
func SurrogatesOf(y *tensor.Dense) (*Surrogates, error) {
	times, conditions, units, err := shape("y", y)
	if err != nil {
		return nil, err
	}
	if err := measures.Check(y); err != nil {
		return nil, fmt.Errorf("inference: surrogates: y %w", err)
	}
	s := &Surrogates{times: times, conditions: conditions, units: units, mean: make([]float64, units)}
	z := mat.NewDense(times*conditions, units, append([]float64(nil), graph.RowMajor(y)...))
	centreRows(z, s.mean)
	overTime, overUnits := mat.NewSymDense(times, nil), mat.NewSymDense(min(units, times*conditions), nil)
	raw := z.RawMatrix()
	for c := range conditions {
		one := blas64.General{Rows: times, Cols: units, Stride: conditions * raw.Stride, Data: raw.Data[c*raw.Stride:]}
		blas64.Syrk(blas.NoTrans, 1/float64(conditions), one, 1, overTime.RawSymmetric())
	}
	wide := units > times*conditions
	if wide {
		overUnits.SymOuterK(1/float64(conditions), z)
	} else {
		overUnits.SymOuterK(1/float64(conditions), z.T())
	}
	a, time, err := axes(overTime)
	if err != nil {
		return nil, err
	}
	b, unit, err := axes(overUnits)
	if err != nil {
		return nil, err
	}
	if wide { // from the axes over rows to those over units
		var v mat.Dense
		v.Mul(z.T(), unit)
		for j := range b {
			column := v.ColView(j).(*mat.VecDense)
			column.ScaleVec(1/mat.Norm(column, 2), column)
		}
		unit = &v
	}
	s.time, s.unit = time, unit
	s.sd, err = margins(a, b)
	return s, err
}

// centreRows takes their mean from rows, and writes it.
func centreRows(x *mat.Dense, mean []float64) {
	clear(mean)
	n, _ := x.Dims()
	for i := range n {
		floats.AddScaled(mean, 1/float64(n), x.RawRowView(i))
	}
	for i := range n {
		floats.Sub(x.RawRowView(i), mean)
	}
}

// axes are the eigenvalues and vectors of a covariance that are more than rounding.
func axes(cov *mat.SymDense) (values []float64, vectors *mat.Dense, err error) {
	var e mat.EigenSym
	if !e.Factorize(cov, true) {
		return nil, nil, errors.New("inference: surrogates: the eigenvalues of a covariance did not converge")
	}
	all := e.Values(nil) // ascending
	n := len(all)
	from := 0
	for all[from] <= 1e-10*all[n-1] {
		from++
	}
	var v mat.Dense
	e.VectorsTo(&v)
	return all[from:], mat.DenseCopyOf(v.Slice(0, n, from, n)), nil
}

// margins returns the square roots of 1/(l_i + m_j) whose sums over j are a, and over i are b:
// by Newton's method on the convex
//
//	Σ a_i l_i + Σ b_j m_j − Σ log(l_i + m_j),
//
// of which the steps in l and in m are parted by the Schur complement.
func margins(a, b []float64) (*mat.Dense, error) {
	if len(a) > len(b) {
		t, err := margins(b, a)
		if err != nil {
			return nil, err
		}
		return mat.DenseCopyOf(t.T()), nil
	}
	r, s := len(a), len(b)
	sumA, sumB := 0.0, 0.0
	for _, v := range a {
		sumA += v
	}
	for _, v := range b {
		sumB += v
	}
	// Sums of 1, and the same: what was rounding in one may not have been in the other.
	wantA, wantB := make([]float64, r), make([]float64, s)
	l, m := make([]float64, r), make([]float64, s)
	for i, v := range a {
		wantA[i] = v / sumA
		l[i] = float64(s) / (2 * wantA[i])
	}
	for j, v := range b {
		wantB[j] = v / sumB
		m[j] = float64(r) / (2 * wantB[j])
	}
	value := func(l, m []float64) float64 {
		f := 0.0
		for i := range l {
			f += wantA[i] * l[i]
			for j := range m {
				d := l[i] + m[j]
				if !(d > 0) {
					return math.Inf(1)
				}
				f -= math.Log(d)
			}
		}
		for j := range m {
			f += wantB[j] * m[j]
		}
		return f
	}
	e := mat.NewDense(r, s, nil)
	schur, right := mat.NewSymDense(r, nil), mat.NewVecDense(r, nil)
	f := value(l, m)
	for range 500 {
		gl, gm := append([]float64(nil), wantA...), append([]float64(nil), wantB...)
		d1, d2 := make([]float64, r), make([]float64, s)
		off := 0.0
		for i := range r {
			for j := range s {
				v := 1 / (l[i] + m[j])
				e.Set(i, j, v)
				gl[i] -= v
				gm[j] -= v
				d1[i] += v * v
				d2[j] += v * v
			}
		}
		for i := range r {
			off = math.Max(off, math.Abs(gl[i])/wantA[i])
		}
		for j := range s {
			off = math.Max(off, math.Abs(gm[j])/wantB[j])
		}
		if off < 1e-9 {
			break
		}
		w := mat.NewDense(r, s, nil) // e²/√d2
		for i := range r {
			rest := -gl[i]
			for j := range s {
				v := e.At(i, j) * e.At(i, j)
				rest += v * gm[j] / d2[j]
				w.Set(i, j, v/math.Sqrt(d2[j]))
			}
			right.SetVec(i, rest)
		}
		schur.SymOuterK(-1, w)
		gauge := 0.0
		for i, d := range d1 {
			schur.SetSym(i, i, schur.At(i, i)+d)
			gauge += d
		}
		// Rows and columns to a diagonal of about 1. What is added to all l and taken from all
		// m changes nothing, and is 0 by the rank that is added.
		for i := range r {
			for j := i; j < r; j++ {
				root := math.Sqrt(d1[i] * d1[j])
				schur.SetSym(i, j, schur.At(i, j)/root+root/gauge)
			}
			right.SetVec(i, right.AtVec(i)/math.Sqrt(d1[i]))
		}
		var chol mat.Cholesky
		var dl mat.VecDense
		if !chol.Factorize(schur) {
			return nil, errors.New("inference: surrogates: the covariances over time and units are too ill conditioned to keep both")
		}
		_ = chol.SolveVecTo(&dl, right) // an error tells of the condition, and the search goes on
		for i, d := range d1 {
			dl.SetVec(i, dl.AtVec(i)/math.Sqrt(d))
		}
		dm := make([]float64, s)
		slope := 0.0
		for j := range s {
			dm[j] = -gm[j]
			for i := range r {
				dm[j] -= e.At(i, j) * e.At(i, j) * dl.AtVec(i)
			}
			dm[j] /= d2[j]
			slope += gm[j] * dm[j]
		}
		for i := range r {
			slope += gl[i] * dl.AtVec(i)
		}
		step := 1.0
		for ; step > 1e-12; step /= 2 {
			nl, nm := append([]float64(nil), l...), append([]float64(nil), m...)
			for i := range nl {
				nl[i] += step * dl.AtVec(i)
			}
			for j := range nm {
				nm[j] += step * dm[j]
			}
			if g := value(nl, nm); g <= f+.1*step*slope || (step == 1 && -slope < 1e-9 && !math.IsInf(g, 1)) {
				l, m, f = nl, nm, g
				break
			}
		}
		if step <= 1e-12 {
			break
		}
	}
	for i := range r {
		sum := 0.0
		for j := range s {
			sum += 1 / (l[i] + m[j])
		}
		if math.Abs(sum-wantA[i]) > 1e-4*wantA[i] && math.Abs(sum-wantA[i]) > 1e-8 {
			return nil, errors.New("inference: surrogates: no variances were found that keep the covariances over time and units")
		}
		for j := range s {
			e.Set(i, j, math.Sqrt(sumA/(l[i]+m[j])))
		}
	}
	return e, nil
}

// Draw returns one of the surrogates, time × condition × unit, decided by the seed and the
// number of the draw.
func (s *Surrogates) Draw(seed, draw uint64) *tensor.Dense {
	r, k := s.sd.Dims()
	x := make([]float64, s.times*s.conditions*s.units)
	g := mat.NewDense(r, k, nil)
	random := rand.New(rand.NewPCG(seed, draw))
	var along, z mat.Dense
	for c := range s.conditions {
		for i := range r {
			for j := range k {
				g.Set(i, j, s.sd.At(i, j)*random.NormFloat64())
			}
		}
		along.Mul(g, s.unit.T())
		z.Mul(s.time, &along)
		for t := range s.times {
			floats.AddTo(x[(t*s.conditions+c)*s.units:][:s.units], z.RawRowView(t), s.mean)
		}
	}
	return of(x, s.times, s.conditions, s.units)
}

// FloorDraws is how many surrogates, or noises, a floor is of.
const FloorDraws = 200

// Floor is how x scores with surrogates of y: what data of its smoothness and spectrum score
// that have nothing to do with x.
func Floor(ctx context.Context, m measures.Measure, x, y *tensor.Dense, o Options) (Null, error) {
	if _, _, err := same(x, y); err != nil {
		return Null{}, err
	}
	s, err := SurrogatesOf(y)
	if err != nil {
		return Null{}, err
	}
	scores, err := scored(ctx, m, x, o.draws(FloorDraws), o.Workers, func(i int) *tensor.Dense { return s.Draw(o.Seed, uint64(i)) })
	if err != nil {
		return Null{}, fmt.Errorf("inference: floor: %w", err)
	}
	return nullOf(scores), nil
}

// Noise is how x scores with white noise of y's shape.
func Noise(ctx context.Context, m measures.Measure, x, y *tensor.Dense, o Options) (Null, error) {
	times, conditions, err := same(x, y)
	if err != nil {
		return Null{}, err
	}
	units := y.Shape()[2]
	scores, err := scored(ctx, m, x, o.draws(FloorDraws), o.Workers, func(i int) *tensor.Dense {
		return of(normal(o.Seed, uint64(i), times*conditions*units), times, conditions, units)
	})
	if err != nil {
		return Null{}, fmt.Errorf("inference: noise: %w", err)
	}
	return nullOf(scores), nil
}

// normal returns n standard normal values, decided by the seed and the number of the draw.
func normal(seed, draw uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, draw))
	z := make([]float64, n)
	for i := range z {
		z[i] = r.NormFloat64()
	}
	return z
}
