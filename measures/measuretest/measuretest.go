// Package measuretest holds a measure of anybody's to what it says of itself, as
// testing/fstest does file systems:
//
//	func TestMine(t *testing.T) { measuretest.Test(t, mine) }
package measuretest

import (
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/graph"
	"simgrad/measures"
)

// Test checks that m's gradients agree with central differences, that scores lie in its
// range and those of (x, x) are its identity, that what is declared to keep the score
// keeps it and what is not changes it, both ways, and that bad data are refused. Of a
// measure that gives a value alone it checks what needs no gradient.
//
// A measure that needs repetitions gets two, made of data and what is drawn; to one that
// needs time samples are the times of one condition.
func Test(t *testing.T, m measures.Measure) {
	m = m.OfRows()
	ofValues := map[string]func(*testing.T, measures.Measure){
		"range": ranges, "identity": identity, "large means": largeMeans, "symmetry": symmetry, "invariances": invariances,
		"of kernels": ofKernel, "metric": metric, "threads": threads, "bad data": badData, "scales": scales,
	}
	ofGradients := map[string]func(*testing.T, measures.Measure){"gradients": gradients, "reduced": reduced}
	if m.Differentiable() != nil {
		clear(ofGradients)
	}
	for _, checks := range []map[string]func(*testing.T, measures.Measure){ofValues, ofGradients} {
		for name, check := range checks {
			t.Run(name, func(t *testing.T) { check(t, m) })
		}
	}
}

// Gradients with respect to x and to y agree with central differences; they are
// finite at any rank.
func gradients(t *testing.T, m measures.Measure) {
	for _, c := range fitting(t, m) {
		p, err := graph.Compile(func(b *graph.Builder) *graph.Node {
			return m.Score(b.Param("x", c.X), b.Param("y", c.Y))
		})
		require.NoError(t, err)
		for _, name := range []string{"x", "y"} {
			score, err := p.Eval()
			require.NoError(t, err)
			g, err := p.Grad(name)
			require.NoError(t, err)
			largest := 0.0
			for _, v := range g.Float64s() {
				require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%s, gradient by %s", c.Name, name)
				largest = math.Max(largest, math.Abs(v))
			}
			if c.Deficient {
				continue
			}
			// The step follows the size of the data, the tolerance that of the
			// gradient: differences keep about half of the 16 digits, and of a score in the
			// data's own units what its size has left.
			h := 1e-6
			if c.Name == "large offset, small scale" && name == "x" {
				h = 1e-8
			}
			check := graph.CheckGrad
			if len(g.Float64s()) > 150 { // of repetitions, of which scores take long
				check = func(p *graph.Program, name string, h float64) (float64, error) {
					return graph.CheckAlong(p, name, h, 16, 1)
				}
			}
			worst, err := check(p, name, h)
			require.NoError(t, err)
			require.Less(t, worst, 1e-6*math.Max(0.1, largest)+1e-15*max(1, math.Abs(score))/h, "%s, gradient by %s", c.Name, name)
		}
	}
}

// No score leaves its range by more than rounding, which Eval refuses.
func ranges(t *testing.T, m measures.Measure) {
	for _, c := range fitting(t, m) {
		for _, y := range []*tensor.Dense{c.Y, c.X, scaled(c.X, 3)} {
			_, err := m.Eval(c.X, y)
			require.NoError(t, err, c.Name)
		}
	}
}

// The score of x and x is Identity, as it is and after any permitted change of one of them, and
// there the gradient is finite.
func identity(t *testing.T, m measures.Measure) {
	if math.IsNaN(m.Identity) {
		t.Skip("the score of x and x depends on x")
	}
	for _, c := range fitting(t, m) {
		hold := func(y *tensor.Dense, change string) {
			s, gx, gy, err := gradient(m, c.X, y)
			require.NoError(t, err, c.Name)
			// Means 1e4 times as large as what varies have left 12 digits of that.
			require.InDelta(t, m.Identity, s, 5e-12, "%s, %s", c.Name, change)
			for _, v := range append(gx.Float64s(), gy.Float64s()...) {
				require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%s, %s", c.Name, change)
			}
		}
		hold(c.X, "as it is")
		for _, change := range changes {
			if m.InvariantY.Has(change.invariance) {
				hold(ofEach(m.RepetitionsOfY(), c.X, change.change), change.name)
			}
		}
	}
}

// Means far larger than the variation cost the digits that the data lose, and no more.
func largeMeans(t *testing.T, m measures.Measure) {
	if !(m.InvariantX & m.InvariantY).Has(measures.Translation) {
		t.Skip("means are of account")
	}
	far := func(x *tensor.Dense) *tensor.Dense {
		x = x.Clone().(*tensor.Dense)
		for i := range x.Float64s() {
			x.Float64s()[i] += 1e5
		}
		return x
	}
	for _, c := range fitting(t, m) {
		if strings.Contains(c.Name, "rank of") {
			continue // with digits lost, of rank 5
		}
		want, gx, gy, err := gradient(m, c.X, c.Y)
		require.NoError(t, err)
		got, farX, farY, err := gradient(m, far(c.X), far(c.Y))
		require.NoError(t, err)
		require.InDelta(t, want, got, 1e-7*math.Max(1, math.Abs(want)), c.Name)
		if !c.Deficient { // else a unit that is constant, or repeated, is so to rounding
			require.InDeltaSlice(t, gx.Float64s(), farX.Float64s(), 1e-5, c.Name)
			require.InDeltaSlice(t, gy.Float64s(), farY.Float64s(), 1e-5, c.Name)
		}
	}
}

// A measure is symmetric where it is declared to be, and nowhere else.
func symmetry(t *testing.T, m measures.Measure) {
	differ := false
	for _, c := range fitting(t, m) {
		a, err := m.Eval(c.X, c.Y)
		require.NoError(t, err)
		b, err := m.Eval(seen(m.Repetitions(), c.y), seen(m.RepetitionsOfY(), c.x))
		require.NoError(t, err)
		if m.Symmetric {
			require.InDelta(t, a, b, 1e-12*max(1, math.Abs(a)), c.Name)
		}
		differ = differ || math.Abs(a-b) > 1e-6
	}
	require.NotEqual(t, m.Symmetric, differ, "declared symmetric or not, and found otherwise")
}

// Every declared invariance holds, and one that is not declared does not.
func invariances(t *testing.T, m measures.Measure) {
	for _, c := range changes {
		changed := [2]float64{}                                         // at most, of x and of y
		for _, d := range drawn(m, [][3]int{{24, 4, 5}, {24, 4, 30}}) { // more samples than units, and fewer
			x, y := d[0], d[1]
			want, err := m.Eval(x, y)
			require.NoError(t, err)
			for i, data := range [][2]*tensor.Dense{{ofEach(m.Repetitions(), x, c.change), y}, {x, ofEach(m.RepetitionsOfY(), y, c.change)}} {
				got, err := m.Eval(data[0], data[1])
				if err != nil && c.invariance == measures.Scale { // there may be nothing to see at another scale
					got = math.Inf(1)
				} else {
					require.NoError(t, err)
				}
				changed[i] = math.Max(changed[i], math.Abs(want-got)/math.Max(1, math.Abs(want)))
			}
		}
		for i, declared := range []measures.Invariance{m.InvariantX, m.InvariantY} {
			if declared.Has(c.invariance) {
				require.Less(t, changed[i], 1e-10, "%s of %c", c.name, 'x'+i)
			} else {
				require.Greater(t, changed[i], 1e-6, "%s of %c keeps the score, and is not declared", c.name, 'x'+i)
			}
		}
	}
}

// No byte of a score or a gradient depends on the number of threads, at sizes
// where products and passes are shared out.
func threads(t *testing.T, m measures.Measure) {
	sizes := [][2]int{{256, 260}, {500, 140}}
	if testing.Short() { // as many elements, and a quarter of the pairs of samples
		sizes = sizes[:1]
	}
	for _, s := range sizes {
		units := s[1] / max(1, m.Repetitions()) // and with them, where there are repetitions
		x, y := both(m, gauss(1, s[0], units), gauss(2, s[0], units))
		if !fits(m, x, y) {
			continue
		}
		want, _, wantY, err := gradient(m, x, y)
		require.NoError(t, err)
		func() {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
			graph.Threads(3)
			defer graph.Threads(1)
			score, _, g, err := gradient(m, x, y)
			require.NoError(t, err)
			require.Equal(t, want, score)
			require.Equal(t, wantY.Float64s(), g.Float64s())
		}()
	}
}

// Data that cannot be compared are refused in a sentence.
func badData(t *testing.T, m measures.Measure) {
	nan := gauss(1, 5, 3)
	nan.Float64s()[10] = math.NaN()
	constant := withColumn(withColumn(withColumn(gauss(1, 5, 3), 0, 3), 1, 4), 2, 7)
	for want, xy := range map[string][2]*tensor.Dense{
		"x has zero variance: every unit is constant over samples":             {constant, gauss(2, 5, 3)},
		"y has zero variance: every unit is constant over samples":             {gauss(2, 5, 3), constant},
		"x has the value NaN at sample 3, unit 1; all values must be finite":   {nan, gauss(2, 5, 3)},
		"y has 1 sample; 2 are the least that can be compared":                 {gauss(2, 5, 3), gauss(2, 1, 3)},
		"graph: score: x has 5 samples and y 6; they must be the same samples": {gauss(1, 5, 3), gauss(2, 6, 3)},
		"y has shape (4); samples × units is needed":                           {gauss(1, 5, 3), tensor.New(tensor.WithShape(4), tensor.Of(tensor.Float64))},
		"x is nil": {nil, gauss(1, 5, 3)},
	} {
		_, err := m.Eval(xy[0], xy[1])
		require.EqualError(t, err, "measures: "+m.Name+": "+want)
		if m.Differentiable() == nil {
			_, _, _, err = m.Gradient(xy[0], xy[1])
			require.EqualError(t, err, "measures: "+m.Name+": "+want)
		}
	}
}

// What is of kernels scores wide data, and their gradients, as the data that they are
// reduced to; others as they are.
func reduced(t *testing.T, m measures.Measure) {
	if !m.OfKernel || m.Repetitions() > 0 {
		return
	}
	whole := m
	whole.OfKernel = false
	for _, x := range []*tensor.Dense{gauss(1, 9, 30), gauss(1, 9, 9), times(gauss(1, 12, 3), matrix(gauss(3, 3, 20)))} {
		for _, y := range []*tensor.Dense{gauss(2, x.Shape()[0], 4), shifted(gauss(2, x.Shape()[0], 14))} {
			if !fits(m, x, y) {
				continue
			}
			if m.InvariantX.Has(measures.Translation) {
				require.Less(t, m.Reduced(x).Shape()[1], x.Shape()[0])
			} else {
				require.Equal(t, m.Reduced(x).Shape()[1], x.Shape()[0])
			}
			got, gx, gy, err := m.Gradient(x, y)
			require.NoError(t, err)
			want, wx, wy, err := whole.Gradient(x, y)
			require.NoError(t, err)
			require.InDelta(t, want, got, 1e-12*max(1, math.Abs(want)))
			require.InDeltaSlice(t, wx.Float64s(), gx.Float64s(), 1e-11)
			require.InDeltaSlice(t, wy.Float64s(), gy.Float64s(), 1e-11)
		}
	}
	tall := gauss(1, 30, 4)
	require.Same(t, tall, m.Reduced(tall))
}

// At scales from 1e-70 to 1e70 of x and of y, scores that keep scale are what they are
// at 1, and gradients follow.
func scales(t *testing.T, m measures.Measure) {
	for _, d := range drawn(m, [][3]int{{300, 40, 30}, {40, 60, 90}}) {
		x, y := d[0], d[1]
		want, wantX, wantY, err := gradient(m, x, y)
		require.NoError(t, err)
		for _, by := range [][2]float64{{0x1p-232, 0x1p-232}, {0x1p-232, 0x1p232}, {0x1p232, 0x1p-232}, {0x1p232, 0x1p232}} {
			score, gx, gy, err := gradient(m, scaled(x, by[0]), scaled(y, by[1]))
			if !(m.InvariantX & m.InvariantY).Has(measures.Scale) { // there may be nothing to see at a scale, which is an error
				continue
			}
			require.NoError(t, err)
			require.InEpsilon(t, want, score, 1e-10)
			floats.Scale(by[0], gx.Float64s())
			floats.Scale(by[1], gy.Float64s())
			require.LessOrEqual(t, floats.Distance(wantX.Float64s(), gx.Float64s(), 2), 1e-9*floats.Norm(wantX.Float64s(), 2))
			require.LessOrEqual(t, floats.Distance(wantY.Float64s(), gy.Float64s(), 2), 1e-9*floats.Norm(wantY.Float64s(), 2))
		}
	}
}

// What is declared a function of kernels is one: it does not see units that are nothing,
// of x or of y, nor a rotation among them and the others; what is not declared one sees
// them.
func ofKernel(t *testing.T, m measures.Measure) {
	by := Padded(t, m)
	if m.OfKernel {
		require.Less(t, by, 1e-10)
	} else {
		require.Greater(t, by, 1e-6, "is a function of kernels, and not said to be")
	}
}

// Of a metric, or of a similarity whose angle is one, no way round is shorter: of datasets of
// one width, at random and near each other, and of three widths, the narrowest apart.
func metric(t *testing.T, m measures.Measure) {
	if !m.Metric {
		t.Skip("is no metric")
	}
	distance := func(x, y *tensor.Dense) float64 {
		s, err := m.Eval(x, y)
		require.NoError(t, err)
		if m.Kind == measures.Similarity {
			return math.Acos(min(1, max(-1, s)))
		}
		return s
	}
	for seed := range uint64(6) {
		x, y, z := gauss(3*seed, 24, 3), gauss(3*seed+1, 24, 3), gauss(3*seed+2, 24, 6)
		if !fits(m, x, z) {
			break
		}
		if seed%2 == 1 { // nearly the opposite of x
			for i, v := range x.Float64s() {
				y.Float64s()[i] = 0.1*y.Float64s()[i] - v
			}
		}
		for i := range 24 { // which either is half of
			copy(z.Float64s()[i*6:], x.Float64s()[i*3:][:3])
			copy(z.Float64s()[i*6+3:], y.Float64s()[i*3:][:3])
		}
		require.LessOrEqual(t, distance(x, y), distance(x, z)+distance(z, y)+1e-9)
	}
	for seed := range uint64(6) {
		x, z := gauss(3*seed, 24, 5), gauss(3*seed+1, 24, 5)
		for _, share := range []float64{0, 0.1, 0.5} { // of z in what lies between
			y := gauss(3*seed+2, 24, 5)
			for i := range y.Float64s() {
				y.Float64s()[i] = share*z.Float64s()[i] + (1-share)*x.Float64s()[i] + 0.1*y.Float64s()[i]
			}
			a, b, c := distance(x, y), distance(y, z), distance(x, z)
			require.InDelta(t, a, distance(y, x), 1e-9*max(1, a))
			for _, d := range [][3]float64{{a, b, c}, {b, c, a}, {c, a, b}} {
				require.LessOrEqual(t, d[2], d[0]+d[1]+1e-9)
			}
			require.Greater(t, a, 1e-6)
		}
	}
}

// fitting are the pairs that m takes, of which there must be some of full rank, and some
// not. It refuses the others in a sentence.
func fitting(t *testing.T, m measures.Measure) (pairs []pair) {
	deficient := map[bool]int{}
	for _, of := range Pairs() {
		c := pair{of, of.X, of.Y}
		c.X, c.Y = both(m, of.X, of.Y)
		if !fits(m, c.X, c.Y) {
			_, err := m.Eval(c.X, c.Y)
			require.ErrorContains(t, err, "measures: "+m.Name+": ", c.Name)
			continue
		}
		deficient[c.Deficient]++
		pairs = append(pairs, c)
	}
	least := 4
	if !slices.ContainsFunc(pairs, func(c pair) bool { return c.Pair.X.Shape()[1] != c.Pair.Y.Shape()[1] }) {
		least = 3 // of those of the same units
	}
	require.GreaterOrEqual(t, deficient[false], least)
	require.GreaterOrEqual(t, deficient[true], 2)
	return pairs
}

func fits(m measures.Measure, x, y *tensor.Dense) bool {
	ofX, ofY := max(1, m.Repetitions()), max(1, m.RepetitionsOfY())
	n, p, q := x.Shape()[0], x.Shape()[1]/ofX, y.Shape()[1]/ofY
	return m.Fits == nil || (m.Fits(n, p*ofX, q*ofY) == nil && m.Fits(n, q*ofX, p*ofY) == nil && m.Fits(n, p*ofX, p*ofY) == nil)
}

// drawn are pairs of data of n samples, p and q units, of those shapes that m takes; where it takes
// none, for both must have the same units, of p of both.
func drawn(m measures.Measure, shapes [][3]int) (pairs [][2]*tensor.Dense) {
	of := func(n, p, q int) {
		if x, y := both(m, gauss(1, n, p), gauss(2, n, q)); fits(m, x, y) {
			pairs = append(pairs, [2]*tensor.Dense{x, y})
		}
	}
	for _, s := range shapes {
		of(s[0], s[1], s[2])
	}
	if len(pairs) == 0 {
		for _, s := range shapes {
			of(s[0], s[1], s[1])
		}
	}
	return pairs
}

// A pair is one as a measure takes it, and x and y that it is made of.
type pair struct {
	Pair
	x, y *tensor.Dense
}

// both are x and y as m takes them.
func both(m measures.Measure, x, y *tensor.Dense) (seenX, seenY *tensor.Dense) {
	return seen(m.Repetitions(), x), seen(m.RepetitionsOfY(), y)
}

// seen is x as a measure of repetitions takes it: beside another of them, which differs by what
// is drawn.
func seen(repetitions int, x *tensor.Dense) *tensor.Dense {
	if repetitions == 0 {
		return x
	}
	n, p := x.Shape()[0], x.Shape()[1]
	noise, both := matrix(gauss(7, n, p)), mat.NewDense(n, 2*p, nil)
	noise.Scale(0.5*spread(x), noise)
	noise.Add(noise, matrix(x))
	both.Augment(matrix(x), noise)
	return fromMatrix(both)
}

// spread is the largest difference of x from its first sample.
func spread(x *tensor.Dense) (most float64) {
	p := x.Shape()[1]
	for i, v := range x.Float64s() {
		most = max(most, math.Abs(v-x.Float64s()[i%p]))
	}
	return most
}

// ofEach is change of x, of each of its repetitions alike, where there are any.
func ofEach(repetitions int, x *tensor.Dense, change func(*tensor.Dense) *tensor.Dense) *tensor.Dense {
	if repetitions == 0 {
		return change(x)
	}
	n, p := x.Shape()[0], x.Shape()[1]/repetitions
	changed := change(tensor.New(tensor.WithShape(n*repetitions, p), tensor.WithBacking(x.Float64s())))
	return tensor.New(tensor.WithShape(n, repetitions*changed.Shape()[1]), tensor.WithBacking(changed.Float64s()))
}

// gradient is m's, or, of a measure that has none, its score alone.
func gradient(m measures.Measure, x, y *tensor.Dense) (score float64, gx, gy *tensor.Dense, err error) {
	if m.Differentiable() == nil {
		return m.Gradient(x, y)
	}
	none := tensor.New(tensor.WithShape(1, 1), tensor.Of(tensor.Float64))
	score, err = m.Eval(x, y)
	return score, none, none, err
}

// Padded returns by how much a score changes, at most, where units that are nothing are
// added to x or to y, or to both where they must have the same, and all turned among themselves.
func Padded(t *testing.T, m measures.Measure) (by float64) {
	more := func(seed uint64, repetitions int, x *tensor.Dense) *tensor.Dense {
		return ofEach(repetitions, x, func(x *tensor.Dense) *tensor.Dense {
			padded := mat.NewDense(x.Shape()[0], x.Shape()[1]+3, nil)
			padded.Augment(matrix(x), mat.NewDense(x.Shape()[0], 3, nil))
			return times(fromMatrix(padded), rotation(seed, x.Shape()[1]+3))
		})
	}
	for _, d := range drawn(m, [][3]int{{12, 4, 5}, {12, 15, 4}, {24, 4, 5}}) {
		x, y := d[0], d[1]
		want, err := m.Eval(x, y)
		require.NoError(t, err)
		moreX, moreY := more(7, m.Repetitions(), x), more(7, m.RepetitionsOfY(), y)
		padded := [][2]*tensor.Dense{{moreX, y}, {x, moreY}}
		if !fits(m, moreX, y) && !fits(m, x, moreY) {
			padded = append(padded, [2]*tensor.Dense{moreX, more(8, m.RepetitionsOfY(), y)})
		}
		for _, c := range padded {
			if !fits(m, c[0], c[1]) {
				continue
			}
			got, err := m.Eval(c[0], c[1])
			require.NoError(t, err)
			by = max(by, math.Abs(got-want))
		}
	}
	return by
}

func gauss(seed uint64, n, p int) *tensor.Dense {
	r := rand.New(rand.NewPCG(seed, 0))
	x := make([]float64, n*p)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(x))
}

func matrix(x *tensor.Dense) *mat.Dense {
	return mat.NewDense(x.Shape()[0], x.Shape()[1], x.Float64s())
}

func fromMatrix(m mat.Matrix) *tensor.Dense {
	d := mat.DenseCopyOf(m)
	n, p := d.Dims()
	return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(d.RawMatrix().Data))
}

func times(x *tensor.Dense, a mat.Matrix) *tensor.Dense {
	var m mat.Dense
	m.Mul(matrix(x), a)
	return fromMatrix(&m)
}

func rotation(seed uint64, p int) mat.Matrix {
	var qr mat.QR
	qr.Factorize(matrix(gauss(seed, p, p)))
	var q mat.Dense
	qr.QTo(&q)
	return &q
}

func shifted(x *tensor.Dense) *tensor.Dense {
	m := mat.DenseCopyOf(matrix(x))
	m.Apply(func(_, j int, v float64) float64 { return v + 3*float64(j+1) }, m)
	return fromMatrix(m)
}

func scaled(x *tensor.Dense, by float64) *tensor.Dense {
	var m mat.Dense
	m.Scale(by, matrix(x))
	return fromMatrix(&m)
}

// changes are what an invariance permits.
var changes = []struct {
	name       string
	invariance measures.Invariance
	change     func(x *tensor.Dense) *tensor.Dense
}{
	{"translation", measures.Translation, shifted},
	{"scale", measures.Scale, func(x *tensor.Dense) *tensor.Dense { return scaled(x, 3.7) }},
	{"permutation", measures.Permutation, func(x *tensor.Dense) *tensor.Dense {
		p := x.Shape()[1]
		m := mat.NewDense(p, p, nil)
		for i := range p {
			m.Set(i, (i+1)%p, 1)
		}
		return times(x, m)
	}},
	{"rotation", measures.Rotation, func(x *tensor.Dense) *tensor.Dense { return times(x, rotation(11, x.Shape()[1])) }},
	{"linear map", measures.Linear, func(x *tensor.Dense) *tensor.Dense { return times(x, matrix(gauss(12, x.Shape()[1], x.Shape()[1]))) }},
}

// A Pair is two datasets to score. In deficient ones a gradient is a subgradient, which
// differences need not follow.
type Pair struct {
	Name      string
	X, Y      *tensor.Dense
	Deficient bool
}

// Pairs are data of many shapes and ranks.
func Pairs() []Pair {
	return []Pair{
		{"tall", gauss(1, 24, 4), gauss(2, 24, 4), false},
		{"wider x", gauss(1, 24, 6), gauss(2, 24, 3), false},
		{"wider y", gauss(1, 24, 3), gauss(2, 24, 6), false},
		{"fewer samples than units", gauss(1, 8, 13), gauss(2, 8, 13), true},
		{"as many samples as units", gauss(1, 10, 10), gauss(2, 10, 10), true},
		{"one unit", gauss(1, 12, 1), gauss(2, 12, 1), false},
		{"rank of 2 in 5", times(gauss(1, 24, 2), matrix(gauss(3, 2, 5))), times(gauss(2, 24, 2), matrix(gauss(4, 2, 5))), true},
		{"wide, rank of 3", times(gauss(1, 12, 3), matrix(gauss(3, 3, 20))), times(gauss(2, 12, 3), matrix(gauss(4, 3, 20))), true},
		{"lost in rounding", withNext(gauss(1, 24, 4)), withNext(gauss(2, 24, 4)), true},
		{"constant unit", withColumn(gauss(1, 24, 4), 1, 5), withColumn(gauss(2, 24, 4), 2, -1), true},
		{"repeated unit", repeated(gauss(1, 24, 4)), repeated(gauss(2, 24, 4)), true},
		{"large offset, small scale", shifted(scaled(gauss(1, 24, 4), 1e-3)), shifted(gauss(2, 24, 4)), false},
	}
}

func withColumn(x *tensor.Dense, column int, v float64) *tensor.Dense {
	for i := range x.Shape()[0] {
		x.Float64s()[i*x.Shape()[1]+column] = v
	}
	return x
}

// withNext makes the last unit one that others make up, to rounding.
func withNext(x *tensor.Dense) *tensor.Dense {
	p := x.Shape()[1]
	for i := range x.Shape()[0] {
		v := x.Float64s()[i*p]
		x.Float64s()[i*p+p-1] = 3*v/7*7/3 - v
	}
	return x
}

func repeated(x *tensor.Dense) *tensor.Dense {
	for i := range x.Shape()[0] {
		x.Float64s()[i*x.Shape()[1]+1] = x.Float64s()[i*x.Shape()[1]]
	}
	return x
}
