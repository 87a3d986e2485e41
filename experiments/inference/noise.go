package inference

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat/distuv"
	"gorgonia.org/tensor"

	"simgrad/data/probe"
	"simgrad/graph"
	"simgrad/measures"
)

// NoiseUnits is the number of units that signal to noise is given for.
const NoiseUnits = 100

// NoiseDraws is how many white noises a level of noise is judged by.
const NoiseDraws = 200

// NoiseEquivalents are the levels of white noise that, added to x, would score so with x.
type NoiseEquivalents struct {
	// Deviation is noise as a multiple of the centred recording's overall standard
	// deviation, at its own units: it depends on how many these are.
	Deviation Equivalent
	// SignalToNoise is the ratio of a unit's variance to that of its noise, where the
	// recording's principal coordinates, at most NoiseUnits, are turned at random into
	// NoiseUnits columns: copies of units do not change it. It is withheld of measures that
	// see units.
	SignalToNoise Equivalent
}

// NoiseEquivalentOf finds the levels of white noise whose scores with x, from quantile 5 to
// 95 % among the draws, hold the score given. As more noise scores less, these are the
// levels from quantile 5 to 95 % of those at which each draw scores exactly so.
func NoiseEquivalentOf(ctx context.Context, m measures.Measure, x *tensor.Dense, score float64, o Options) (n NoiseEquivalents, err error) {
	if _, _, _, err := shape("x", x); err != nil {
		return n, err
	}
	if n.Deviation, err = noiseLevels(ctx, m, x, score, o); err != nil {
		return n, fmt.Errorf("inference: equivalent noise: %w", err)
	}
	if !m.InvariantX.Has(measures.Translation|measures.Rotation) || !m.InvariantY.Has(measures.Translation|measures.Rotation) {
		n.SignalToNoise = Equivalent{Low: nan, High: nan, Withheld: m.Label + " sees units: its score of other columns with the same principal coordinates is another"}
		return n, nil
	}
	turned, err := columns(x, o.Seed)
	if err != nil {
		return n, fmt.Errorf("inference: equivalent noise: %w", err)
	}
	levels, err := noiseLevels(ctx, m, turned, score, o)
	if err != nil {
		return n, fmt.Errorf("inference: equivalent noise: %w", err)
	}
	n.SignalToNoise = Equivalent{Low: 1 / (levels.High * levels.High), High: 1 / (levels.Low * levels.Low), Words: levels.Words}
	return n, nil
}

// columns is x in its principal coordinates, at most NoiseUnits, turned at random into
// NoiseUnits columns.
func columns(x *tensor.Dense, seed uint64) (*tensor.Dense, error) {
	c, err := probe.ComponentsOf(x)
	if err != nil {
		return nil, err
	}
	n, r := c.U.Dims()
	r = min(r, NoiseUnits)
	var qr mat.QR
	qr.Factorize(mat.NewDense(NoiseUnits, r, normal(seed, 1<<40, NoiseUnits*r)))
	var q, to mat.Dense
	qr.QTo(&q)
	// The sign of a singular vector is no property of the data, and the noise is not turned
	// with it: of each, the value of the largest size is positive.
	u := c.Coordinates()
	for j := range r {
		largest := 0.0
		for i := range n {
			if v := u.At(i, j); math.Abs(v) > math.Abs(largest)*(1+1e-6) {
				largest = v
			}
		}
		if largest < 0 {
			for i := range n {
				u.Set(i, j, -u.At(i, j))
			}
		}
	}
	to.Mul(u.Slice(0, n, 0, r), q.Slice(0, NoiseUnits, 0, r).T())
	s := x.Shape()
	return of(to.RawMatrix().Data, s[0], s[1], NoiseUnits), nil
}

// The levels of noise that are looked at, as multiples of the overall standard deviation.
const leastNoise, mostNoise = 1e-4, 1e3

// noiseLevels are the levels of white noise in x that score so with x.
func noiseLevels(ctx context.Context, m measures.Measure, x *tensor.Dense, score float64, o Options) (Equivalent, error) {
	of, err := coursesOf(m, x, o.Seed)
	if err != nil {
		return Equivalent{}, err
	}
	sd := deviation(x)
	up := 1.0 // more alike is more
	if m.Kind == measures.Distance {
		up = -1
	}
	above := func(draw int) func(log float64) (float64, error) {
		course := of(uint64(draw))
		return func(log float64) (float64, error) {
			got, err := course(math.Exp(log) * sd)
			return up * (got - score), err
		}
	}
	first := above(0)
	from, err := fall(0, first)
	if err != nil {
		return Equivalent{}, err
	}
	// Where the first draw scores so, and how steeply it falls there, says where others do.
	slope := 0.0
	if math.IsInf(from, 0) {
		from = math.Min(math.Max(from, math.Log(leastNoise)), math.Log(mostNoise))
	} else {
		const step = .02
		less, err := first(from - step)
		if err != nil {
			return Equivalent{}, err
		}
		more, err := first(from + step)
		if err != nil {
			return Equivalent{}, err
		}
		slope = (more - less) / (2 * step)
	}
	logs := make([]float64, o.draws(NoiseDraws))
	err = each(ctx, len(logs), o.Workers, func(i int) (err error) {
		logs[i], err = near(from, slope, above(i))
		return err
	})
	if err != nil {
		return Equivalent{}, err
	}
	slices.Sort(logs)
	low, high := logs[(len(logs)-1)/20], logs[len(logs)-1-(len(logs)-1)/20]
	switch {
	case math.IsInf(high, 1):
		return Equivalent{Low: nan, High: nan, Words: AtTheFloor}, nil
	case math.IsInf(low, -1):
		return Equivalent{Low: nan, High: nan, Words: NoNoise}, nil
	}
	return Equivalent{Low: math.Exp(low), High: math.Exp(high)}, nil
}

// A course is how data score with themselves and one white noise, by its standard
// deviation.
type course func(sd float64) (score float64, err error)

// coursesOf are those of x and draws of noise. A level costs little by CKA, which is of
// polynomials of it, and by NBS, whose products of data and noise are at hand; by other
// measures it is scored anew.
func coursesOf(m measures.Measure, x *tensor.Dense, seed uint64) (func(draw uint64) course, error) {
	scaling := measures.ScalingOf(m.Name)
	switch scaling.Base {
	case measures.CKASong.Name:
		return songCourses(x, seed, scaling), nil
	case measures.CKA.Name, measures.NBS.Name:
		c, err := probe.ComponentsOf(x)
		if err != nil {
			return nil, err
		}
		n, _ := c.U.Dims()
		a := inAxes{c.S, x.Shape()[2], n - 1 - len(c.S), seed, scaling}
		if scaling.Base == measures.CKA.Name {
			return a.cka, nil
		}
		return a.nbs, nil
	}
	s, v := x.Shape(), graph.RowMajor(x)
	with := scorerOf(m, x)
	return func(draw uint64) course {
		e, noisy := normal(seed, draw, len(v)), make([]float64, len(v))
		return func(sd float64) (float64, error) {
			floats.AddScaledTo(noisy, v, sd, e)
			return with.score(of(noisy, s[0], s[1], s[2]))
		}
	}, nil
}

// inAxes is noise in data's own axes over samples and units, in which it is white too: the data
// are the diagonal of the singular values s, r × units, and noise g of that size; and there is noise,
// of so many samples more, where data have nothing.
type inAxes struct {
	s       []float64
	units   int
	beside  int
	seed    uint64
	scaling measures.Scaling
}

func (a inAxes) draw(number uint64) (g *mat.Dense, r *rand.Rand) {
	r = rand.New(rand.NewPCG(a.seed, number))
	g = mat.NewDense(len(a.s), a.units, nil)
	v := g.RawMatrix().Data
	for i := range v {
		v[i] = r.NormFloat64()
	}
	return g, r
}

// product is noise g with itself, and what is beside the data with itself: of that the triangle of its
// QR decomposition is drawn (Bartlett).
func (a inAxes) product(g *mat.Dense, r *rand.Rand) *mat.SymDense {
	q := a.units
	rows := min(a.beside, q)
	all := mat.NewDense(len(a.s)+rows, q, nil)
	all.Slice(0, len(a.s), 0, q).(*mat.Dense).Copy(g)
	for i := range rows {
		row := all.RawRowView(len(a.s) + i)
		row[i] = math.Sqrt(distuv.ChiSquared{K: float64(a.beside - i), Src: r}.Rand())
		for j := i + 1; j < q; j++ {
			row[j] = r.NormFloat64()
		}
	}
	w := mat.NewSymDense(q, nil)
	w.SymOuterK(1, all.T())
	return w
}

// cka is of norms of products: that of data and noisy data a polynomial of the second degree in the
// level, that of noisy data with themselves one of the fourth.
func (a inAxes) cka(number uint64) course {
	g, r := a.draw(number)
	w := a.product(g, r)
	var cross [3]float64 // ‖xᵀy‖²
	var own [5]float64   // ‖yᵀy‖²
	for i, s := range a.s {
		e, s2 := g.RawRowView(i), s*s
		diagonal, squared := s2*s*e[i], s2*floats.Dot(e, e)
		cross[0] += s2 * s2
		cross[1] += 2 * diagonal
		cross[2] += squared
		own[1] += 4 * diagonal
		own[2] += 2*s2*w.At(i, i) + 2*squared
		for j, t := range a.s {
			own[2] += 2 * s * e[j] * t * g.At(j, i)
		}
		for j, v := range e {
			own[3] += 4 * s * v * w.At(i, j)
		}
	}
	own[0], own[4] = cross[0], math.Pow(mat.Norm(w, 2), 2)
	return func(sd float64) (float64, error) {
		return a.scaling.Of(math.Min(1, at(cross[:], sd)/math.Sqrt(cross[0]*at(own[:], sd)))), nil
	}
}

// nbs is of the singular values of xᵀy, units × units.
func (a inAxes) nbs(number uint64) course {
	g, r := a.draw(number)
	square := math.Pow(mat.Norm(g, 2), 2)
	if of := a.beside * a.units; of > 0 {
		square += distuv.ChiSquared{K: float64(of), Src: r}.Rand()
	}
	trace := 0.0
	for i, s := range a.s {
		trace += s * g.At(i, i)
	}
	x := floats.Dot(a.s, a.s)
	own := []float64{x, 2 * trace, square}
	return func(sd float64) (float64, error) {
		product := mat.NewDense(len(a.s), a.units, nil)
		for i, s := range a.s {
			row := product.RawRowView(i)
			floats.AddScaled(row, s*sd, g.RawRowView(i))
			row[i] += s * s
		}
		var svd mat.SVD
		if !svd.Factorize(product, mat.SVDNone) {
			return 0, fmt.Errorf("singular values did not converge")
		}
		return a.scaling.Of(math.Min(1, floats.Sum(svd.Values(nil))/math.Sqrt(x*at(own, sd)))), nil
	}
}

// songCourses are those of CKA without bias, which is bilinear in the kernels: that of x and
// noise e of level s is xxᵀ + s·(xeᵀ + exᵀ) + s²·eeᵀ.
func songCourses(x *tensor.Dense, seed uint64, scaling measures.Scaling) func(draw uint64) course {
	z := probe.Centred(x)
	n, p := z.Dims()
	gram := mat.NewDense(p, p, nil)
	gram.Mul(z.T(), z)
	first := hollowOf(1, z, z)
	return func(draw uint64) course {
		e := mat.NewDense(n, p, normal(seed, draw, n*p))
		centreRows(e, make([]float64, p))
		cross, noise := mat.NewDense(p, p, nil), mat.NewSymDense(p, nil)
		cross.Mul(z.T(), e)
		noise.SymOuterK(1, e.T())
		second, third := hollowOf(2, z, e), hollowOf(1, e, e)
		xy := []float64{
			first.with(first, inner(gram, gram)),
			first.with(second, 2*inner(cross, gram)),
			first.with(third, inner(cross, cross)),
		}
		yy := []float64{
			xy[0], 2 * xy[1],
			2*xy[2] + second.with(second, 2*inner(cross, cross.T())+2*inner(gram, noise)),
			2 * second.with(third, 2*inner(cross, noise)),
			third.with(third, inner(noise, noise)),
		}
		return func(sd float64) (float64, error) {
			return scaling.Of(math.Min(1, at(xy, sd)/math.Sqrt(xy[0]*at(yy, sd)))), nil
		}
	}
}

// A hollow is a kernel without its diagonal, of centred data: its rows then sum to what the
// diagonal was, less than nothing.
type hollow struct {
	diagonal []float64
	total    float64
}

// hollowOf is of the kernel xyᵀ, or of xyᵀ + yxᵀ if times is 2.
func hollowOf(times float64, x, y *mat.Dense) hollow {
	n, _ := x.Dims()
	h := hollow{diagonal: make([]float64, n)}
	for i := range h.diagonal {
		h.diagonal[i] = times * floats.Dot(x.RawRowView(i), y.RawRowView(i))
		h.total -= h.diagonal[i]
	}
	return h
}

// with is the estimate of Song et al. 2012 of two kernels, whose inner product with their
// diagonals is given (graph.SongInner).
func (h hollow) with(other hollow, whole float64) float64 {
	n := float64(len(h.diagonal))
	d := floats.Dot(h.diagonal, other.diagonal)
	return whole - d + h.total*other.total/((n-1)*(n-2)) - 2/(n-2)*d
}

// inner is the sum of the products of values.
func inner(a, b mat.Matrix) (sum float64) {
	n, p := a.Dims()
	for i := range n {
		for j := range p {
			sum += a.At(i, j) * b.At(i, j)
		}
	}
	return sum
}

// at is a polynomial's value, of coefficients from the constant on.
func at(coefficients []float64, x float64) (v float64) {
	for i := len(coefficients) - 1; i >= 0; i-- {
		v = v*x + coefficients[i]
	}
	return v
}

// near is fall from where another draw scores so, with its slope there, by a few secants;
// where these do not arrive, by fall itself.
func near(from, slope float64, f func(log float64) (float64, error)) (float64, error) {
	at := from
	v, err := f(at)
	for range 5 {
		next := at - v/slope
		switch {
		case err != nil:
			return 0, err
		case !(slope < 0) || math.Abs(next-from) > .5:
			return fall(from, f)
		case math.Abs(next-at) < 5e-4:
			return next, nil
		}
		var w float64
		w, err = f(next)
		slope = (w - v) / (next - at)
		at, v = next, w
	}
	return fall(from, f)
}

// fall is where f, of the logarithm of a level and falling, is 0: −Inf if it is below at the
// least noise, Inf if it is above at the most. It is looked for from the place given on, by
// the method of false position.
func fall(from float64, f func(log float64) (float64, error)) (float64, error) {
	least, most := math.Log(leastNoise), math.Log(mostNoise)
	a, b := from, from // f(a) > 0 ≥ f(b)
	fa, err := f(a)
	fb := fa
	for step := .02; err == nil && fa <= 0; step *= 4 {
		if a == least {
			return math.Inf(-1), nil
		}
		b, fb = a, fa
		a = math.Max(a-step, least)
		fa, err = f(a)
	}
	for step := .02; err == nil && fb > 0; step *= 4 {
		if b == most {
			return math.Inf(1), nil
		}
		a, fa = b, fb
		b = math.Min(b+step, most)
		fb, err = f(b)
	}
	for side := 0; err == nil && b-a > 5e-4; {
		at := b - fb*(b-a)/(fb-fa)
		at = math.Min(math.Max(at, a+1e-4), b-1e-4) // so that both ends come near
		var v float64
		if v, err = f(at); v > 0 {
			a, fa = at, v
			if side > 0 {
				fb /= 2
			}
			side = 1
		} else {
			b, fb = at, v
			if side < 0 {
				fa /= 2
			}
			side = -1
		}
	}
	return (a + b) / 2, err
}

// deviation is the overall standard deviation of x about its units' means.
func deviation(x *tensor.Dense) float64 {
	return probe.Deviation(x) / math.Sqrt(float64(x.Shape().TotalSize()))
}
