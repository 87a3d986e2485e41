package probe

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
)

func gauss(seed uint64, shape ...int) *tensor.Dense {
	r := rand.New(rand.NewPCG(seed, 0))
	x := make([]float64, tensor.Shape(shape).TotalSize())
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return tensor.New(tensor.WithShape(shape...), tensor.WithBacking(x))
}

func numbers(t *testing.T, file, name string) data.Array {
	as, err := data.ReadArrays(file)
	require.NoError(t, err)
	i := slices.IndexFunc(as, func(a data.Array) bool { return a.Name == name })
	require.GreaterOrEqual(t, i, 0, name)
	return as[i]
}

func classes(a data.Array) []int {
	out := make([]int, len(a.Values))
	for i, v := range a.Values {
		out[i] = int(v)
	}
	return out
}

// The fitted coefficients are scikit-learn's, run to a tolerance of 1e-12: to five
// digits, for its L-BFGS stops where the objective no longer falls in double
// precision, which is when the gradient still has half the digits.
func TestLogisticOptimum(t *testing.T) {
	const file = "testdata/decoding.npz"
	x := numbers(t, file, "X")
	n, p := x.Shape[1], x.Shape[2]
	f := blas64.General{Rows: n, Cols: p, Stride: p, Data: x.Values[:n*p]}
	for name, k := range map[string]int{"binary": 2, "three": 3} {
		y := classes(numbers(t, file, "y_"+name))
		var l logistic
		require.NoError(t, l.fit(f, y, k))
		want, intercept := numbers(t, file, "coef_t0_"+name).Values, numbers(t, file, "intercept_t0_"+name).Values
		mean := 0.0 // of the intercepts, which are determined up to a constant
		for r := range l.rows {
			if k > 2 {
				mean += (l.w[r*(p+1)+p] - intercept[r]) / float64(k)
			}
		}
		for r := range l.rows {
			require.InDeltaSlice(t, want[r*p:(r+1)*p], l.w[r*(p+1):r*(p+1)+p], 3e-5, name)
			require.InDelta(t, intercept[r], l.w[r*(p+1)+p]-mean, 3e-5, name)
		}
	}
}

// At the optimum the gradient of the objective, written out, vanishes; also for
// separable classes, raw rates far from 0, and more units than conditions.
func TestLogisticGradientVanishes(t *testing.T) {
	for name, c := range map[string]struct {
		x *tensor.Dense
		k int
	}{
		"normal":     {gauss(1, 40, 5), 2},
		"classes":    {gauss(1, 40, 5), 4},
		"wide":       {gauss(1, 12, 60), 2},
		"wide, many": {gauss(1, 16, 60), 4},
		"raw rates":  {affine(gauss(1, 40, 8), 20, 50), 2},
		"tiny":       {affine(gauss(1, 40, 8), 1e-4, 0), 3},
	} {
		n, p := c.x.Shape()[0], c.x.Shape()[1]
		f := blas64.General{Rows: n, Cols: p, Stride: p, Data: c.x.Float64s()}
		y := make([]int, n)
		for i := range y {
			y[i] = i % c.k
		}
		var l logistic
		require.NoError(t, l.fit(f, y, c.k), name)
		grad := make([]float64, len(l.w))
		for i := range n {
			z := make([]float64, l.rows)
			for r := range z {
				z[r] = l.w[r*(p+1)+p]
				for j := range p {
					z[r] += l.w[r*(p+1)+j] * f.Data[i*p+j]
				}
			}
			for r := range z {
				pr, is := 1/(1+math.Exp(-z[r])), y[i] == 1
				if c.k > 2 {
					sum := 0.0
					for _, v := range z {
						sum += math.Exp(v - z[r])
					}
					pr, is = 1/sum, y[i] == r
				}
				if is {
					pr--
				}
				for j := range p {
					grad[r*(p+1)+j] += pr * f.Data[i*p+j]
				}
				grad[r*(p+1)+p] += pr
			}
		}
		for i, w := range l.w {
			if (i+1)%(p+1) != 0 {
				grad[i] += w
			}
			require.InDelta(t, 0, grad[i], 1e-8*math.Max(1, slices.Max(f.Data)), name)
		}
	}
}

func affine(x *tensor.Dense, scale, offset float64) *tensor.Dense {
	for i, v := range x.Float64s() {
		x.Float64s()[i] = scale*v + offset
	}
	return x
}

// Rotating each time into its principal axes changes no prediction: the decoder
// agrees with fits to the raw units.
func TestAxesKeepAccuracy(t *testing.T) {
	for _, shape := range [][]int{{3, 24, 50}, {2, 40, 6}, {2, 12, 12}} {
		x := affine(gauss(5, shape...), 3, 7)
		class := make([]int, shape[1])
		for i := range class {
			class[i] = i % 3
			for t := range shape[0] { // so that there is something to find
				x.Float64s()[(t*shape[1]+i)*shape[2]] += 12 * float64(class[i])
			}
		}
		folds, _, err := Stratify("v", class, shape[0], 4, 1)
		require.NoError(t, err)
		got, err := Decode(x, class, folds)
		require.NoError(t, err)
		want := 0.0
		for time := range shape[0] {
			raw := blas64.General{Rows: shape[1], Cols: shape[2], Stride: shape[2], Data: x.Float64s()[time*shape[1]*shape[2] : (time+1)*shape[1]*shape[2]]}
			predicted := new(validation).predict(time, raw, raw, class, 4, folds.Of[time])
			want += accuracy(predicted, class, 4, folds.Of[time]) / float64(shape[0])
		}
		require.InDelta(t, want, got, 1e-12)
		require.Greater(t, got, 0.5)
	}
}

// The rows of which axes are made have their rows as coordinates, and others are
// projected.
func TestCoordinates(t *testing.T) {
	for _, shape := range [][2]int{{9, 4}, {5, 12}, {6, 6}} {
		x := samples(affine(gauss(3, shape[0], shape[1]), 2, 5)).RawMatrix()
		a := principalAxes(x)
		require.Equal(t, min(shape[1], shape[0]-1), a.rows.Cols)
		require.InDeltaSlice(t, a.rows.Data, a.coordinates(x, 1).Data, 1e-12)
		z := gauss(4, 1, 2, shape[1]).Float64s()
		at := a.coordinates(blas64.General{Rows: 2, Cols: shape[1], Stride: shape[1], Data: z}, 1)
		for i := range x.Rows { // inner products with the centred rows are kept
			for k := range 2 {
				inner, want := 0.0, 0.0
				for j, v := range at.Data[k*at.Stride:][:at.Cols] {
					inner += v * a.rows.Data[i*a.rows.Stride+j]
				}
				for j, v := range z[k*shape[1]:][:shape[1]] {
					want += (v - a.mean[j]) * (x.Data[i*x.Stride+j] - a.mean[j])
				}
				require.InDelta(t, want, inner, 1e-10)
			}
		}
		tripled := a.coordinates(blas64.General{Rows: 2, Cols: shape[1], Stride: shape[1], Data: z}, 3)
		for i, v := range at.Data {
			require.InDelta(t, 3*v, tripled.Data[i], 1e-12)
		}
	}
}

// Classes are dealt evenly, anew at each time, and the deal depends on seed,
// variable and time.
func TestStratify(t *testing.T) {
	class := []int{0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2}
	f, warning, err := Stratify("v", class, 4, 5, 7)
	require.NoError(t, err)
	require.Empty(t, warning)
	require.Equal(t, 5, f.Number)
	for _, of := range f.Of {
		var size [5]int
		for y := range 3 {
			var count [5]int
			for c, k := range of {
				if class[c] == y {
					count[k]++
					size[k]++
				}
			}
			require.LessOrEqual(t, slices.Max(count[:])-slices.Min(count[:]), 1, "class %d", y)
		}
		require.LessOrEqual(t, slices.Max(size[:])-slices.Min(size[:]), 1)
	}
	again, _, err := Stratify("v", class, 4, 5, 7)
	require.NoError(t, err)
	require.Equal(t, f, again)
	longer, _, err := Stratify("v", class, 9, 5, 7)
	require.NoError(t, err)
	require.Equal(t, f.Of, longer.Of[:4])
	require.NotEqual(t, f.Of[0], f.Of[1])
	for _, other := range []struct {
		name string
		seed uint64
	}{{"w", 7}, {"v", 8}} {
		g, _, err := Stratify(other.name, class, 4, 5, other.seed)
		require.NoError(t, err)
		require.NotEqual(t, f.Of, g.Of)
	}

	f, warning, err = Stratify("v", []int{0, 0, 0, 1, 1, 1, 1}, 1, 5, 1)
	require.NoError(t, err)
	require.Equal(t, 3, f.Number)
	require.Equal(t, "v is decoded in 3 folds instead of 5, for its smallest class has 3 conditions", warning)
	_, _, err = Stratify("target", []int{0, 1, 2, 0}, 1, 5, 1)
	require.EqualError(t, err, "target is left out: its smallest class has one condition, and cross-validation needs two")
	_, _, err = Stratify("v", []int{0, 0, 0}, 1, 5, 1)
	require.EqualError(t, err, "v has the same value in all conditions: there is nothing to decode")
}

// Noise decodes within the permutation band, and a signal above it.
func TestNull(t *testing.T) {
	x := gauss(3, 5, 24, 10)
	class := make([]int, 24)
	for i := range class {
		class[i] = i % 2
	}
	d := NewDecoder(x)
	null, err := d.Null("v", class, 4, 60, 1)
	require.NoError(t, err)
	require.True(t, slices.IsSorted(null))
	require.InDelta(t, 0.5, null[30], 0.05)
	folds, _, err := Stratify("v", class, 5, 4, 1)
	require.NoError(t, err)
	a, err := d.Accuracy(class, folds)
	require.NoError(t, err)
	require.Greater(t, a, null[0])
	require.Less(t, a, null[len(null)-1])
	for i := range 5 * 24 {
		x.Float64s()[i*10] += 6 * float64(class[i%24])
	}
	held := NewDecoder(x)
	a, err = held.Accuracy(class, folds)
	require.NoError(t, err)
	require.Greater(t, a, null[len(null)-1])
	null, err = held.Null("v", class, 4, 60, 1)
	require.NoError(t, err)
	require.InDelta(t, 0.5, null[30], 0.1, "at chance where there is something to find, too")
}

// Captured variance, weighted by the components' variances, is the R² of linear
// regression; of a dataset by itself it is 1; also where y is narrower, deficient,
// ill-conditioned, or wider than there are samples.
func TestCapturedIsRegression(t *testing.T) {
	x := gauss(1, 20, 6)
	linreg, err := measures.ByName("linreg-r2")
	require.NoError(t, err)
	c, err := ComponentsOf(x)
	require.NoError(t, err)
	repeated := gauss(2, 20, 4)
	for i := range 20 {
		repeated.Float64s()[i*4+3] = 2*repeated.Float64s()[i*4] + 1e-13*float64(i)
	}
	nearly := func(apart float64) *tensor.Dense { // two units of one direction, but for so much
		y, other := gauss(2, 20, 4), gauss(3, 20, 1)
		for i := range 20 {
			y.Float64s()[i*4+3] = 2*y.Float64s()[i*4] + apart*other.Float64s()[i]
		}
		return y
	}
	for name, y := range map[string]*tensor.Dense{
		"as wide": gauss(2, 20, 6), "narrower": gauss(2, 20, 3), "wider": gauss(2, 20, 9), "wider than long": gauss(2, 20, 30),
		"deficient": repeated, "itself": x,
		"condition 1e4": nearly(1e-4), "condition 1e6": nearly(1e-6), "condition 1e9": nearly(1e-9),
	} {
		r2 := c.Captured(y)
		sum := 0.0
		for i, p := range c.Fraction {
			sum += p * r2[i]
			require.LessOrEqual(t, r2[i], 1+1e-12)
		}
		want, err := linreg.Eval(x, y)
		require.NoError(t, err)
		tolerance := 1e-10
		if name == "condition 1e9" { // so that y itself says no more
			tolerance = 1e-6
		}
		require.InDelta(t, want, sum, tolerance, name)
		var svd mat.SVD
		require.True(t, svd.Factorize(Centred(y), mat.SVDThin))
		var basis, w mat.Dense
		svd.UTo(&basis)
		rank := 0
		for s := svd.Values(nil); rank < len(s) && s[rank] > 1e-12*s[0]; {
			rank++
		}
		w.Mul(basis.Slice(0, 20, 0, rank).T(), c.U)
		for j, v := range r2 {
			norm := mat.Norm(w.ColView(j), 2)
			require.InDelta(t, norm*norm, v, 10*tolerance, "%s, component %d", name, j)
		}
		if name == "itself" {
			require.InDeltaSlice(t, slices.Repeat([]float64{1}, 6), r2, 1e-10)
		}
	}
}

func TestComponents(t *testing.T) {
	x := affine(gauss(1, 3, 7, 5), 1, 4)
	c, err := ComponentsOf(x)
	require.NoError(t, err)
	require.Len(t, c.Fraction, 5)
	require.InDelta(t, 1, sum(c.Fraction), 1e-12)
	require.True(t, slices.IsSortedFunc(c.Fraction, func(a, b float64) int { return -int(math.Copysign(1, a-b)) }))
	require.InDeltaSlice(t, x.Float64s(), c.Leading(x, 5).Float64s(), 1e-12)
	one, err := ComponentsOf(c.Leading(x, 1))
	require.NoError(t, err)
	require.InDelta(t, c.S[0], one.S[0], 1e-12)
	require.Less(t, len(one.S), 2)
	_, err = ComponentsOf(tensor.New(tensor.WithShape(4, 2), tensor.Of(tensor.Float64)))
	require.EqualError(t, err, "principal components: the data have zero variance")
}

// A rotated, scaled and shifted copy looks in the plane as the dataset does.
func TestPlane(t *testing.T) {
	x := affine(gauss(1, 3, 7, 5), 2, 4)
	c, err := ComponentsOf(x)
	require.NoError(t, err)
	own, err := c.Plane(x)
	require.NoError(t, err)
	for i := range 21 {
		for j := range 2 {
			require.InDelta(t, c.U.At(i, j)*c.S[j], own.At(i, j), 1e-10)
		}
	}
	var qr mat.QR
	qr.Factorize(samples(gauss(9, 5, 5)))
	var q, y mat.Dense
	qr.QTo(&q)
	y.Mul(samples(x), &q)
	y.Apply(func(_, _ int, v float64) float64 { return 0.3*v + 2 }, &y)
	copied, err := c.Plane(tensor.New(tensor.WithShape(3, 7, 5), tensor.WithBacking(y.RawMatrix().Data)))
	require.NoError(t, err)
	require.True(t, mat.EqualApprox(own, copied, 1e-10))
}

func sum(v []float64) (s float64) {
	for _, x := range v {
		s += x
	}
	return s
}

// Erase leaves no linear trace (class means agree at every time), is a projection,
// and moves nothing that did not have to move.
func TestErase(t *testing.T) {
	x := affine(gauss(1, 3, 10, 4), 2, 5)
	class := []int{0, 0, 0, 1, 1, 1, 1, 2, 2, 2}
	e := Erase(x, class)
	mean := func(x *tensor.Dense, time, k, unit int) float64 {
		sum, n := 0.0, 0.0
		for c, y := range class {
			if y == k || k < 0 {
				sum += x.Float64s()[(time*10+c)*4+unit]
				n++
			}
		}
		return sum / n
	}
	for time := range 3 {
		for unit := range 4 {
			for k := range 3 {
				require.InDelta(t, mean(x, time, -1, unit), mean(e, time, k, unit), 1e-12)
			}
		}
	}
	require.InDeltaSlice(t, e.Float64s(), Erase(e, class).Float64s(), 1e-12)
	moved, kept := mat.NewVecDense(120, nil), mat.NewVecDense(120, nil)
	for i, v := range x.Float64s() {
		moved.SetVec(i, v-e.Float64s()[i])
		kept.SetVec(i, e.Float64s()[i])
	}
	require.InDelta(t, 0, mat.Dot(moved, kept), 1e-10, "the erased part is orthogonal to what is left")
}

// No dataset without linear trace of a variable scores higher with the original
// than the original with the trace erased, for each measure that declares so; the
// closed forms of the ceilings hold.
func TestZeroInformationCeiling(t *testing.T) {
	class := []int{0, 0, 0, 0, 1, 1, 1, 1}
	x := gauss(1, 3, 8, 5)
	for i := range 24 { // a variable worth erasing
		x.Float64s()[i*5] += 3 * float64(class[i%8])
	}
	erased := Erase(x, class)
	xc, ec := Centred(x), Centred(erased)
	gram := func(a *mat.Dense) float64 {
		var g mat.Dense
		g.Mul(a.T(), a)
		return mat.Norm(&g, 2)
	}
	eta2 := 1 - math.Pow(mat.Norm(ec, 2)/mat.Norm(xc, 2), 2)
	closed := map[string]float64{
		"cka": gram(ec) / gram(xc), "nbs": math.Sqrt(1 - eta2), "nbs-squared": 1 - eta2, "linreg-r2": 1 - eta2,
		"procrustes-angular-score": 1 - 2/math.Pi*math.Asin(math.Sqrt(eta2)),
	}
	proven := 0
	for _, name := range measures.Names() {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		ceiling, err := m.Eval(x, erased)
		require.NoError(t, err)
		if want, ok := closed[name]; ok {
			require.InDelta(t, want, ceiling, 1e-12, name)
		}
		if !m.CeilingProven {
			continue
		}
		proven++
		for seed := range uint64(200) {
			// Random data without trace, near to x in part of the tries.
			y := gauss(100+seed, 3, 8, 5)
			if seed%2 == 0 {
				for i, v := range x.Float64s() {
					y.Float64s()[i] = v + 0.02*float64(seed)*y.Float64s()[i]
				}
			}
			s, err := m.Eval(x, Erase(y, class))
			require.NoError(t, err)
			if m.Kind == measures.Distance {
				require.GreaterOrEqual(t, s, ceiling-1e-12, "%s, seed %d", name, seed)
			} else {
				require.LessOrEqual(t, s, ceiling+1e-12, "%s, seed %d", name, seed)
			}
		}
	}
	require.GreaterOrEqual(t, proven, 7)
}

// A rotated, scaled and shifted copy carries its code over; a copy that carries
// the variable along another axis does not.
func TestTransfer(t *testing.T) {
	const times, conditions, units = 4, 24, 6
	class := make([]int, conditions)
	for i := range class {
		class[i] = i % 2
	}
	with := func(x *tensor.Dense, unit int) *tensor.Dense {
		y := x.Clone().(*tensor.Dense)
		for i := range times * conditions {
			y.Float64s()[i*units+unit] += 8 * float64(class[i%conditions])
		}
		return y
	}
	noise := affine(gauss(1, times, conditions, units), 1, 0)
	for i := range times * conditions { // units differ in size, so that alignment is determined
		for j := range units {
			noise.Float64s()[i*units+j] *= float64(1 + j)
		}
	}
	x := with(noise, 0)
	var qr mat.QR
	qr.Factorize(samples(gauss(9, units, units)))
	var q, y mat.Dense
	qr.QTo(&q)
	y.Mul(samples(x), &q)
	y.Apply(func(_, _ int, v float64) float64 { return 0.3*v + 2 }, &y)
	same := tensor.New(tensor.WithShape(times, conditions, units), tensor.WithBacking(y.RawMatrix().Data))
	folds, _, err := Stratify("v", class, times, 4, 1)
	require.NoError(t, err)
	own, err := Decode(x, class, folds)
	require.NoError(t, err)
	transfer := func(x, y *tensor.Dense) (float64, float64) {
		tr, err := NewTransfer(x, y, [][]int{class}, 1)
		require.NoError(t, err)
		require.Equal(t, conditions/4, tr.Smallest(class))
		if y == same {
			for _, h := range tr.halves {
				for _, ways := range h.ways {
					for _, w := range ways {
						require.InDeltaSlice(t, w.fit.Data, w.test.Data, 1e-9, "one dataset's conditions fall on the other's")
					}
				}
			}
		}
		a, b, err := tr.Accuracy("v", class, 4, 1)
		require.NoError(t, err)
		return a, b
	}
	a, b := transfer(x, same)
	require.InDelta(t, own, a, 0.05)
	require.InDelta(t, own, b, 0.05)

	other := with(noise, 5)
	present, err := Decode(other, class, folds)
	require.NoError(t, err)
	require.Greater(t, present, 0.6, "the variable is there")
	a, _ = transfer(x, other)
	require.Less(t, a, own-0.1, "but not in the same way")
}

// Every class of every variable is halved, and all conditions are; the seed decides the
// rest.
func TestHalve(t *testing.T) {
	motion, colour := make([]int, 36), make([]int, 36)
	for c := range motion {
		motion[c], colour[c] = c/6, c%6
	}
	halves := halve(36, [][]int{motion, colour}, 1)
	all := slices.Concat(halves[0], halves[1])
	slices.Sort(all)
	for i, c := range all {
		require.Equal(t, i, c)
	}
	require.InDelta(t, 18, len(halves[0]), 1)
	for _, class := range [][]int{motion, colour} {
		count := make([]int, 6)
		for _, c := range halves[0] {
			count[class[c]]++
		}
		require.GreaterOrEqual(t, slices.Min(count), 2)
		require.LessOrEqual(t, slices.Max(count), 4)
	}
	require.Equal(t, halves, halve(36, [][]int{motion, colour}, 1))
	require.NotEqual(t, halves, halve(36, [][]int{motion, colour}, 2))
}

// With many units a rotation can turn any sample onto any other; where y is noise,
// what is tested has not been, and is at chance.
func TestTransferToNoise(t *testing.T) {
	const times, conditions, units = 3, 24, 80
	class := make([]int, conditions)
	for i := range class {
		class[i] = i % 2
	}
	x := affine(gauss(1, times, conditions, units), 1, 0)
	for i := range times * conditions {
		for j := range units {
			x.Float64s()[i*units+j] += 2 * float64(class[i%conditions]) * float64(j%3)
		}
	}
	there, back := 0.0, 0.0
	const draws = 12
	for draw := range uint64(draws) {
		folds, _, err := Stratify("v", class, times, 4, draw)
		require.NoError(t, err)
		own, err := Decode(x, class, folds)
		require.NoError(t, err)
		require.Greater(t, own, 0.95)
		tr, err := NewTransfer(x, gauss(10+draw, times, conditions, units), [][]int{class}, draw)
		require.NoError(t, err)
		a, b, err := tr.Accuracy("v", class, 4, draw)
		require.NoError(t, err)
		there, back = there+a/draws, back+b/draws
	}
	// 864 decodings by some 48 fits: a standard error of some .03.
	require.InDelta(t, 0.5, there, 0.1)
	require.InDelta(t, 0.5, back, 0.1)
}
