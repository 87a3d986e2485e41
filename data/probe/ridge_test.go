package probe

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// smooth are values of time × condition × unit that change slowly with time.
func smooth(seed uint64, times, conditions, units int) *tensor.Dense {
	r := rand.New(rand.NewPCG(seed, 1))
	x := make([]float64, times*conditions*units)
	for k := range conditions * units {
		for range 3 {
			a, phase, speed := r.NormFloat64(), 2*math.Pi*r.Float64(), 0.2*r.Float64()
			for t := range times {
				x[t*conditions*units+k] += a * math.Cos(phase+speed*float64(t))
			}
		}
	}
	return tensor.New(tensor.WithShape(times, conditions, units), tensor.WithBacking(x))
}

// weighted are sums of the units of x by normal weights, k coordinates, and noise.
func weighted(seed uint64, x *tensor.Dense, k int, noise float64) (v [][]float64) {
	r := rand.New(rand.NewPCG(seed, 2))
	s := samples(x)
	n, p := s.Dims()
	for range k {
		w := make([]float64, p)
		for j := range w {
			w[j] = r.NormFloat64()
		}
		values := make([]float64, n)
		for i := range values {
			for j, a := range s.RawRowView(i) {
				values[i] += w[j] * a
			}
			values[i] += noise*r.NormFloat64() + 7
		}
		v = append(v, values)
	}
	return v
}

// plainRidge is R² as it is defined: every fit from its own samples, by its normal
// equations.
func plainRidge(x, test *tensor.Dense, v [][]float64, fold []int) float64 {
	s, on := samples(x), samples(test)
	n, p := s.Dims()
	size := math.Pow(Deviation(x), 2)
	is := func(i int, folds ...int) bool { return slices.Contains(folds, fold[i%len(fold)]) }
	// fitted returns the squared errors on a fold, of ridge and of the mean, of a fit to
	// the samples of no fold that is out.
	fitted := func(on *mat.Dense, lambda float64, held int, out ...int) (errs, totals float64) {
		mx, mv, m := make([]float64, p), make([]float64, len(v)), 0.0
		for i := range n {
			if !is(i, out...) {
				m++
				for j := range p {
					mx[j] += s.At(i, j)
				}
				for k := range v {
					mv[k] += v[k][i]
				}
			}
		}
		a, b := mat.NewDense(p, p, nil), mat.NewDense(p, len(v), nil)
		for i := range n {
			if is(i, out...) {
				continue
			}
			for j := range p {
				for k := range p {
					a.Set(j, k, a.At(j, k)+(s.At(i, j)-mx[j]/m)*(s.At(i, k)-mx[k]/m))
				}
				for k := range v {
					b.Set(j, k, b.At(j, k)+(s.At(i, j)-mx[j]/m)*(v[k][i]-mv[k]/m))
				}
			}
		}
		for j := range p {
			a.Set(j, j, a.At(j, j)+lambda)
		}
		var w mat.Dense
		if err := w.Solve(a, b); err != nil {
			panic(err)
		}
		for i := range n {
			for k := range v {
				if is(i, held) {
					off := v[k][i] - mv[k]/m
					totals += off * off
					for j := range p {
						off -= (on.At(i, j) - mx[j]/m) * w.At(j, k)
					}
					errs += off * off
				}
			}
		}
		return errs, totals
	}
	folds := slices.Max(fold) + 1
	var errs, totals float64
	for i := range folds {
		least, chosen := math.Inf(1), 0.0
		for _, penalty := range penalties {
			sum := 0.0
			for j := range folds {
				if j != i {
					e, _ := fitted(s, penalty*size, j, i, j)
					sum += e
				}
			}
			if sum < least {
				least, chosen = sum, penalty*size
			}
		}
		e, t := fitted(on, chosen, i, i)
		errs, totals = errs+e, totals+t
	}
	return 1 - errs/totals
}

// Shared cross-products give what fits made one by one do: of tall data and wide, of one
// time, of folds of several conditions, of two coordinates, of other data to test on.
func TestRidgeIsPlain(t *testing.T) {
	for _, c := range []struct{ times, conditions, units int }{{6, 4, 5}, {2, 5, 14}, {1, 12, 4}, {3, 11, 6}} {
		x, y := smooth(3, c.times, c.conditions, c.units), smooth(4, c.times, c.conditions, c.units)
		fold, err := LeaveOut(c.conditions, 9)
		require.NoError(t, err)
		vs := [][][]float64{weighted(5, x, 1, 0.5), weighted(6, x, 2, 3), weighted(7, y, 1, 0)}
		d, err := NewRidge(x, fold)
		require.NoError(t, err)
		got, err := d.R2(vs...)
		require.NoError(t, err)
		across, err := Raw.ridge(samples(x).RawMatrix(), samples(y).RawMatrix(), fold)
		require.NoError(t, err)
		there, err := across.R2(vs...)
		require.NoError(t, err)
		for k, v := range vs {
			require.InDelta(t, plainRidge(x, x, v, fold), got[k], 1e-8, c)
			require.InDelta(t, plainRidge(x, y, v, fold), there[k], 1e-8*math.Max(1, math.Abs(there[k])), c)
		}
	}
}

// A variable that the units hold is decoded whole, and one that they do not hold, of
// independent conditions, no better than by its mean, on average.
func TestRidgeFindsWhatIsThere(t *testing.T) {
	x := smooth(1, 40, 8, 6)
	fold, err := LeaveOut(8, 0)
	require.NoError(t, err)
	d, err := NewRidge(x, fold)
	require.NoError(t, err)
	r2, err := d.R2(weighted(2, x, 1, 0), weighted(3, x, 2, 0))
	require.NoError(t, err)
	require.InDeltaSlice(t, []float64{1, 1}, r2, 1e-9, "a penalty of 1e-7 of the variance is left")

	var independent [][][]float64
	for seed := range uint64(60) {
		independent = append(independent, [][]float64{smooth(100+seed, 40, 8, 1).Float64s()})
	}
	r2, err = d.R2(independent...)
	require.NoError(t, err)
	mean, square := 0.0, 0.0
	for _, v := range r2 {
		mean += v / 60
		square += v * v / 60
	}
	require.Less(t, mean, 2*math.Sqrt((square-mean*mean)/60))
	require.Greater(t, mean, -0.5, "a strong penalty is the mean")
}

// One unit and one coordinate in closed form: with the penalty at its least, R² is that of
// regression from conditions left out.
func TestRidgeOfOneUnit(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	const n = 10
	x, v := make([]float64, n), make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
		v[i] = 2*x[i] + 0.1*r.NormFloat64()
	}
	mean := func(a []float64) (m float64) {
		for _, v := range a {
			m += v / float64(len(a))
		}
		return m
	}
	var errs, totals float64
	mx, mv, sxx, sxv := mean(x), mean(v), 0.0, 0.0
	for i := range x {
		sxx += (x[i] - mx) * (x[i] - mx)
		sxv += (x[i] - mx) * (v[i] - mv)
	}
	for i := range x { // a residual left out is that left in over 1 − leverage
		leverage := 1.0/n + (x[i]-mx)*(x[i]-mx)/sxx
		errs += math.Pow((v[i]-mv-(x[i]-mx)*sxv/sxx)/(1-leverage), 2)
		totals += math.Pow((v[i]-mv)/(1-1.0/n), 2)
	}
	fold, err := LeaveOut(n, 0)
	require.NoError(t, err)
	d, err := NewRidge(tensor.New(tensor.WithShape(1, n, 1), tensor.WithBacking(x)), fold)
	require.NoError(t, err)
	before := penalties
	defer func() { penalties = before }()
	penalties = []float64{1e-12}
	r2, err := d.R2([][]float64{v})
	require.NoError(t, err)
	require.InDelta(t, 1-errs/totals, r2[0], 1e-9)
	require.Greater(t, r2[0], 0.9)
}

// R² does not see a rotation, scale or shift of the units, nor a scale or shift of the
// variable; the scale of single units it sees, unless they are standardised.
func TestRidgeInvariances(t *testing.T) {
	x := smooth(1, 10, 7, 5)
	v := weighted(2, x, 2, 2)
	fold, err := LeaveOut(7, 0)
	require.NoError(t, err)
	r2 := func(s Scaling, x *tensor.Dense, v [][]float64) float64 {
		d, err := s.Ridge(x, fold)
		require.NoError(t, err)
		r2, err := d.R2(v)
		require.NoError(t, err)
		return r2[0]
	}
	var qr mat.QR
	qr.Factorize(samples(smooth(3, 1, 5, 5)))
	var q, turned mat.Dense
	qr.QTo(&q)
	turned.Mul(samples(x), &q)
	like := func(m []float64, of func(i int, v float64) float64) *tensor.Dense {
		m = slices.Clone(m)
		for i := range m {
			m[i] = of(i, m[i])
		}
		return tensor.New(tensor.WithShape(10, 7, 5), tensor.WithBacking(m))
	}
	want := r2(Raw, x, v)
	require.Greater(t, want, 0.1)
	require.InDelta(t, want, r2(Raw, like(turned.RawMatrix().Data, func(i int, v float64) float64 { return 1e-6*v + float64(i%5) }), v), 1e-6)
	var moved [][]float64
	for _, values := range v {
		moved = append(moved, like(append(slices.Clone(values), make([]float64, 280)...), func(_ int, v float64) float64 { return 1e3*v - 5 }).Float64s()[:70])
	}
	require.InDelta(t, want, r2(Raw, x, moved), 1e-9)
	uneven := like(x.Float64s(), func(i int, v float64) float64 { return v * math.Pow(30, float64(i%5)) })
	require.Greater(t, math.Abs(want-r2(Raw, uneven, v)), 1e-4)
	require.InDelta(t, r2(Standardised, x, v), r2(Standardised, uneven, v), 1e-9)
}

// Conditions shuffled whole are a fair null: of independent smooth data, p is below any
// level as often as it says.
func TestRidgeNull(t *testing.T) {
	fold, err := LeaveOut(8, 0)
	require.NoError(t, err)
	const draws, shufflings = 150, 39
	low := 0
	for seed := range uint64(draws) {
		d, err := NewRidge(smooth(2*seed, 12, 8, 4), fold)
		require.NoError(t, err)
		v := [][]float64{smooth(2*seed+1, 12, 8, 1).Float64s()}
		r2, err := d.R2(v)
		require.NoError(t, err)
		null, err := d.Null(shufflings, seed, v)
		require.NoError(t, err)
		require.True(t, slices.IsSorted(null[0]))
		if above, _ := slices.BinarySearch(null[0], r2[0]); shufflings-above+1 <= 8 { // p ≤ .2
			low++
		}
	}
	require.InDelta(t, 0.2, float64(low)/draws, 3*math.Sqrt(0.16/draws))

	// All variables have the same shufflings, in one call or in many; of one of time they
	// are all alike; and what is planted is outside.
	x := smooth(1, 12, 8, 4)
	d, err := NewRidge(x, fold)
	require.NoError(t, err)
	planted, ofTime := weighted(2, x, 1, 0.3), [][]float64{make([]float64, 96)}
	for i := range ofTime[0] {
		ofTime[0][i] = math.Sin(float64(i / 8))
	}
	both, err := d.Null(700, 3, planted, ofTime)
	require.NoError(t, err)
	one, err := d.Null(700, 3, planted)
	require.NoError(t, err)
	require.InDeltaSlice(t, one[0], both[0], 1e-10)
	r2, err := d.R2(planted, ofTime)
	require.NoError(t, err)
	require.Greater(t, r2[0], both[0][690])
	require.InDelta(t, r2[1], both[1][0], 1e-9)
	require.InDelta(t, r2[1], both[1][699], 1e-9)
}

// A decoder of x finds in y what both hold in the same directions, up to a rotation, and
// not what each holds in its own.
func TestRidgeTransfer(t *testing.T) {
	x := smooth(1, 20, 10, 6)
	v, other := weighted(2, x, 2, 0.1), weighted(3, smooth(9, 20, 10, 6), 1, 0.1)
	var qr mat.QR
	qr.Factorize(samples(smooth(3, 1, 6, 6)))
	var q, turned mat.Dense
	qr.QTo(&q)
	turned.Mul(samples(x), &q)
	turned.Scale(5, &turned)
	y := tensor.New(tensor.WithShape(20, 10, 6), tensor.WithBacking(turned.RawMatrix().Data))
	for _, s := range []Scaling{Raw, Standardised} {
		tr, err := s.RidgeTransfer(x, y, 1)
		require.NoError(t, err)
		xOnY, yOnX, err := tr.R2(v, other)
		require.NoError(t, err)
		require.Greater(t, xOnY[0], 0.95)
		require.Greater(t, yOnX[0], 0.95)
		require.Less(t, xOnY[1], 0.5)
		// Other weights of the units: y holds v as well, elsewhere.
		var scaled mat.Dense
		scaled.Apply(func(_, j int, a float64) float64 { return a * math.Pow(-4, float64(j)) }, &turned)
		tr, err = s.RidgeTransfer(x, tensor.New(tensor.WithShape(20, 10, 6), tensor.WithBacking(scaled.RawMatrix().Data)), 1)
		require.NoError(t, err)
		xOnY, _, err = tr.R2(v)
		require.NoError(t, err)
		require.Less(t, xOnY[0], 0.9)
	}
	// Where the two share nothing it is at chance, however many units a rotation can turn.
	a, b := smooth(1, 1, 40, 60), smooth(2, 1, 40, 60)
	latent := smooth(3, 1, 40, 1).Float64s()
	for i := range a.Float64s() {
		a.Float64s()[i] += 3 * latent[i/60]
	}
	fold, err := LeaveOut(40, 1)
	require.NoError(t, err)
	itself, err := NewRidge(a, fold)
	require.NoError(t, err)
	r2, err := itself.R2([][]float64{latent})
	require.NoError(t, err)
	require.Greater(t, r2[0], 0.9)
	tr, err := NewRidgeTransfer(a, b, 1)
	require.NoError(t, err)
	xOnY, _, err := tr.R2([][]float64{latent})
	require.NoError(t, err)
	require.Less(t, xOnY[0], 0.05)
	_, err = NewRidgeTransfer(x, smooth(1, 20, 9, 6), 1)
	require.ErrorContains(t, err, "times and conditions must be the same")
	_, err = NewRidgeTransfer(smooth(1, 20, 5, 6), smooth(1, 20, 5, 6), 1)
	require.ErrorContains(t, err, "5 conditions; at least 6 are needed")
}

// Of the erased dataset nothing is decoded, and it is the nearest: what is gone is along
// the variable alone.
func TestEraseContinuous(t *testing.T) {
	x := smooth(1, 12, 8, 4)
	v := weighted(2, x, 2, 0.3)
	v = append(v, slices.Clone(v[0])) // what is there twice is erased once
	erased := EraseContinuous(x, v)
	for _, values := range v {
		c := mat.NewVecDense(len(values), slices.Clone(values))
		for i := range values {
			c.SetVec(i, values[i]-mat.Sum(mat.NewVecDense(len(values), values))/float64(len(values)))
		}
		var along mat.VecDense
		along.MulVec(samples(erased).T(), c)
		require.InDelta(t, 0, mat.Norm(&along, 2)/mat.Norm(c, 2), 1e-10*Deviation(x))
	}
	again := EraseContinuous(erased, v)
	require.InDeltaSlice(t, erased.Float64s(), again.Float64s(), 1e-10)
	var gone mat.Dense
	gone.Sub(samples(x), samples(erased))
	var svd mat.SVD
	require.True(t, svd.Factorize(&gone, mat.SVDNone))
	require.Less(t, svd.Values(nil)[2], 1e-10*svd.Values(nil)[0], "two coordinates")
	require.Equal(t, x.Float64s(), EraseContinuous(x, [][]float64{make([]float64, 96)}).Float64s())
}

// Bad input is refused.
func TestRidgeErrors(t *testing.T) {
	_, err := LeaveOut(2, 0)
	require.ErrorContains(t, err, "2 conditions; at least 3 are needed")
	fold, err := LeaveOut(23, 4)
	require.NoError(t, err)
	count := make([]int, LeftOutFolds)
	for _, f := range fold {
		count[f]++
	}
	slices.Sort(count)
	require.Equal(t, []int{4, 4, 5, 5, 5}, count)
	again, _ := LeaveOut(23, 5)
	require.NotEqual(t, fold, again)
	x := smooth(1, 3, 4, 2)
	_, err = NewRidge(x, []int{0, 1, 0, 1})
	require.ErrorContains(t, err, "2 folds; at least 3 are needed")
	_, err = NewRidge(x, []int{0, 1, 3, 1})
	require.ErrorContains(t, err, "fold 2 of 4 has no condition")
	_, err = NewRidge(x, []int{0, 1, 2, 3, 4})
	require.ErrorContains(t, err, "folds of 5 conditions, and 12 samples")
	_, err = NewRidge(tensor.New(tensor.WithShape(3, 4, 2), tensor.WithBacking(make([]float64, 24))), []int{0, 1, 2, 3})
	require.ErrorContains(t, err, "zero variance")
	d, err := NewRidge(x, []int{0, 1, 2, 3})
	require.NoError(t, err)
	_, err = d.R2([][]float64{make([]float64, 12)})
	require.ErrorContains(t, err, "nothing to decode")
	_, err = d.R2([][]float64{make([]float64, 11)})
	require.ErrorContains(t, err, "a variable of 11 values, and 12 samples")
}

func BenchmarkRidge(b *testing.B) {
	for _, c := range []struct{ times, conditions, units int }{{121, 8, 141}, {15, 72, 727}, {10, 393, 141}} {
		x := smooth(1, c.times, c.conditions, c.units)
		v := [][][]float64{weighted(1, x, 2, 1), weighted(2, x, 2, 1)}
		fold, _ := LeaveOut(c.conditions, 0)
		b.Run(fmt.Sprint(x.Shape()), func(b *testing.B) {
			for b.Loop() {
				d, _ := NewRidge(x, fold)
				_, _ = d.R2(v...)
			}
		})
	}
}
