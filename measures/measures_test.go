package measures

import (
	"math"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/graph"
	"simgrad/measures/internal/plain"
)

// The tests of this file know measures by Names alone: a new one needs no line
// here.

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
	invariance Invariance
	change     func(x *tensor.Dense) *tensor.Dense
}{
	{"translation", Translation, shifted},
	{"scale", Scale, func(x *tensor.Dense) *tensor.Dense { return scaled(x, 3.7) }},
	{"permutation", Permutation, func(x *tensor.Dense) *tensor.Dense {
		p := x.Shape()[1]
		m := mat.NewDense(p, p, nil)
		for i := range p {
			m.Set(i, (i+1)%p, 1)
		}
		return times(x, m)
	}},
	{"rotation", Rotation, func(x *tensor.Dense) *tensor.Dense { return times(x, rotation(11, x.Shape()[1])) }},
	{"linear map", Linear, func(x *tensor.Dense) *tensor.Dense { return times(x, matrix(gauss(12, x.Shape()[1], x.Shape()[1]))) }},
}

// pairs are data of many shapes and ranks. In deficient ones the gradient is a
// subgradient, which differences need not follow.
var pairs = []struct {
	name      string
	x, y      *tensor.Dense
	deficient bool
}{
	{"tall", gauss(1, 24, 4), gauss(2, 24, 4), false},
	{"wider x", gauss(1, 24, 6), gauss(2, 24, 3), false},
	{"wider y", gauss(1, 24, 3), gauss(2, 24, 6), false},
	{"fewer samples than units", gauss(1, 8, 13), gauss(2, 8, 13), true},
	{"as many samples as units", gauss(1, 10, 10), gauss(2, 10, 10), true},
	{"one unit", gauss(1, 12, 1), gauss(2, 12, 1), false},
	{"rank of 2 in 5", times(gauss(1, 24, 2), matrix(gauss(3, 2, 5))), times(gauss(2, 24, 2), matrix(gauss(4, 2, 5))), true},
	{"constant unit", withColumn(gauss(1, 24, 4), 1, 5), withColumn(gauss(2, 24, 4), 2, -1), true},
	{"repeated unit", repeated(gauss(1, 24, 4)), repeated(gauss(2, 24, 4)), true},
	{"large offset, small scale", shifted(scaled(gauss(1, 24, 4), 1e-3)), shifted(gauss(2, 24, 4)), false},
}

func withColumn(x *tensor.Dense, column int, v float64) *tensor.Dense {
	for i := range x.Shape()[0] {
		x.Float64s()[i*x.Shape()[1]+column] = v
	}
	return x
}

func repeated(x *tensor.Dense) *tensor.Dense {
	for i := range x.Shape()[0] {
		x.Float64s()[i*x.Shape()[1]+1] = x.Float64s()[i*x.Shape()[1]]
	}
	return x
}

func each(t *testing.T, f func(t *testing.T, m Measure)) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			m, err := ByName(name)
			require.NoError(t, err)
			require.Equal(t, name, m.Name)
			f(t, m)
		})
	}
}

// Scores are those of a second, plain implementation.
func TestSecondOpinion(t *testing.T) {
	each(t, func(t *testing.T, m Measure) {
		score, ok := plain.Scores[m.Name]
		if !ok {
			t.Skip("there is no plain implementation of this measure")
		}
		for _, c := range pairs {
			got, err := m.Eval(c.x, c.y)
			require.NoError(t, err, c.name)
			require.InDelta(t, score(matrix(c.x), matrix(c.y)), got, 1e-10, c.name)
		}
	})
}

// Gradients with respect to x and to y agree with central differences; they are
// finite at any rank.
func TestGradients(t *testing.T) {
	each(t, func(t *testing.T, m Measure) {
		for _, c := range pairs {
			p, err := graph.Compile(func(b *graph.Builder) *graph.Node {
				return m.Score(b.Param("x", c.x), b.Param("y", c.y))
			})
			require.NoError(t, err)
			for _, name := range []string{"x", "y"} {
				_, err := p.Eval()
				require.NoError(t, err)
				g, err := p.Grad(name)
				require.NoError(t, err)
				largest := 0.0
				for _, v := range g.Float64s() {
					require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%s, gradient by %s", c.name, name)
					largest = math.Max(largest, math.Abs(v))
				}
				if c.deficient {
					continue
				}
				// The step follows the size of the data, the tolerance that of the
				// gradient: differences keep about half of the 16 digits.
				h := 1e-6
				if c.name == "large offset, small scale" && name == "x" {
					h = 1e-8
				}
				worst, err := graph.CheckGrad(p, name, h)
				require.NoError(t, err)
				require.Less(t, worst, 1e-6*math.Max(0.1, largest), "%s, gradient by %s", c.name, name)
			}
		}
	})
}

// No score leaves its range, by rounding neither; one that is not where it is said to be
// is an error.
func TestRange(t *testing.T) {
	each(t, func(t *testing.T, m Measure) {
		for _, c := range pairs {
			for _, y := range []*tensor.Dense{c.y, c.x, scaled(c.x, 3)} {
				s, err := m.Eval(c.x, y)
				require.NoError(t, err)
				require.GreaterOrEqual(t, s, m.Range[0], c.name)
				require.LessOrEqual(t, s, m.Range[1], c.name)
			}
		}
	})
	large := CKA
	large.Name = "large"
	large.Score = func(x, y *graph.Node) *graph.Node { return graph.Affine(273, CKA.Score(x, y), 0) }
	_, err := large.Eval(gauss(1, 24, 4), gauss(1, 24, 4))
	require.EqualError(t, err, "measures: large: graph: Within of (): 273 is outside [0, 1]")
	large.Range = [2]float64{} // nothing is said of it
	s, err := large.Eval(gauss(1, 24, 4), gauss(1, 24, 4))
	require.NoError(t, err)
	require.InDelta(t, 273, s, 1e-10)
}

// The score of x and x is Identity, of x and any permitted change of it too, and
// there the gradient is finite.
func TestIdentity(t *testing.T) {
	each(t, func(t *testing.T, m Measure) {
		if math.IsNaN(m.Identity) {
			t.Skip("the score of x and x depends on x")
		}
		for _, c := range pairs {
			for _, change := range changes {
				if !m.InvariantY.Has(change.invariance) {
					continue
				}
				s, gx, gy, err := m.Gradient(c.x, change.change(c.x))
				require.NoError(t, err, c.name)
				// Means 1e4 times as large as what varies have left 12 digits of that.
				require.InDelta(t, m.Identity, s, 5e-12, "%s, %s", c.name, change.name)
				for _, v := range append(gx.Float64s(), gy.Float64s()...) {
					require.False(t, math.IsNaN(v) || math.IsInf(v, 0), "%s, %s", c.name, change.name)
				}
			}
		}
	})
}

// Means far larger than the variation cost the digits that the data lose, and no more.
func TestLargeMeans(t *testing.T) {
	each(t, func(t *testing.T, m Measure) {
		if !(m.InvariantX & m.InvariantY).Has(Translation) {
			t.Skip("means are of account")
		}
		far := func(x *tensor.Dense) *tensor.Dense {
			x = x.Clone().(*tensor.Dense)
			for i := range x.Float64s() {
				x.Float64s()[i] += 1e5
			}
			return x
		}
		for _, c := range pairs {
			if c.name == "rank of 2 in 5" {
				continue // with digits lost, of rank 5
			}
			want, gx, gy, err := m.Gradient(c.x, c.y)
			require.NoError(t, err)
			got, farX, farY, err := m.Gradient(far(c.x), far(c.y))
			require.NoError(t, err)
			require.InDelta(t, want, got, 1e-7*math.Max(1, math.Abs(want)), c.name)
			if !c.deficient { // else a unit that is constant, or repeated, is so to rounding
				require.InDeltaSlice(t, gx.Float64s(), farX.Float64s(), 1e-5, c.name)
				require.InDeltaSlice(t, gy.Float64s(), farY.Float64s(), 1e-5, c.name)
			}
		}
	})
}

func TestSymmetry(t *testing.T) {
	each(t, func(t *testing.T, m Measure) {
		differ := false
		for _, c := range pairs {
			a, err := m.Eval(c.x, c.y)
			require.NoError(t, err)
			b, err := m.Eval(c.y, c.x)
			require.NoError(t, err)
			if m.Symmetric {
				require.InDelta(t, a, b, 1e-12, c.name)
			}
			differ = differ || math.Abs(a-b) > 1e-6
		}
		require.NotEqual(t, m.Symmetric, differ, "declared symmetric or not, and found otherwise")
	})
}

// Every declared invariance holds, and one that is not declared does not.
func TestInvariances(t *testing.T) {
	each(t, func(t *testing.T, m Measure) {
		for _, c := range changes {
			changed := [2]float64{}                               // at most, of x and of y
			for _, s := range [][3]int{{24, 4, 5}, {24, 4, 30}} { // more samples than units, and fewer
				x, y := gauss(1, s[0], s[1]), gauss(2, s[0], s[2])
				want, err := m.Eval(x, y)
				require.NoError(t, err)
				for i, data := range [][2]*tensor.Dense{{c.change(x), y}, {x, c.change(y)}} {
					got, err := m.Eval(data[0], data[1])
					require.NoError(t, err)
					changed[i] = math.Max(changed[i], math.Abs(want-got)/math.Max(1, math.Abs(want)))
				}
			}
			for i, declared := range []Invariance{m.InvariantX, m.InvariantY} {
				if declared.Has(c.invariance) {
					require.Less(t, changed[i], 1e-10, "%s of %c", c.name, 'x'+i)
				} else {
					require.Greater(t, changed[i], 1e-6, "%s of %c keeps the score, and is not declared", c.name, 'x'+i)
				}
			}
		}
	})
}

// No byte of a score or a gradient depends on the number of threads, at sizes
// where products and passes are shared out.
func TestBytesDoNotDependOnThreads(t *testing.T) {
	each(t, func(t *testing.T, m Measure) {
		for _, s := range [][2]int{{700, 90}, {250, 260}} {
			x, y := gauss(1, s[0], s[1]), gauss(2, s[0], s[1])
			want, _, gradient, err := m.Gradient(x, y)
			require.NoError(t, err)
			for _, threads := range []int{2, 3} {
				func() {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
					graph.Threads(threads)
					defer graph.Threads(1)
					score, _, g, err := m.Gradient(x, y)
					require.NoError(t, err)
					require.Equal(t, want, score)
					require.Equal(t, gradient.Float64s(), g.Float64s())
				}()
			}
		}
	})
}

// Data that cannot be compared are refused in a sentence.
func TestBadData(t *testing.T) {
	nan := gauss(1, 5, 2)
	nan.Float64s()[7] = math.NaN()
	constant := withColumn(withColumn(gauss(1, 5, 2), 0, 3), 1, 4)
	each(t, func(t *testing.T, m Measure) {
		for want, xy := range map[string][2]*tensor.Dense{
			"x has zero variance: every unit is constant over samples":             {constant, gauss(2, 5, 2)},
			"y has zero variance: every unit is constant over samples":             {gauss(2, 5, 2), constant},
			"x has the value NaN at sample 3, unit 1; all values must be finite":   {nan, gauss(2, 5, 2)},
			"y has 1 sample; 2 are the least that can be compared":                 {gauss(2, 5, 2), gauss(2, 1, 2)},
			"graph: score: x has 5 samples and y 6; they must be the same samples": {gauss(1, 5, 2), gauss(2, 6, 2)},
			"y has shape (4); samples × units is needed":                           {gauss(1, 5, 2), tensor.New(tensor.WithShape(4), tensor.Of(tensor.Float64))},
			"x is nil": {nil, gauss(1, 5, 2)},
		} {
			_, err := m.Eval(xy[0], xy[1])
			require.EqualError(t, err, "measures: "+m.Name+": "+want)
			_, _, _, err = m.Gradient(xy[0], xy[1])
			require.EqualError(t, err, "measures: "+m.Name+": "+want)
		}
	})
}

func TestTooFewForFolds(t *testing.T) {
	m, err := ByName("linreg-r2-cv=5folds")
	require.NoError(t, err)
	_, err = m.Eval(gauss(1, 5, 2), gauss(2, 5, 2))
	require.NoError(t, err)
	_, err = m.Eval(gauss(1, 4, 2), gauss(2, 4, 2))
	require.EqualError(t, err, "measures: linreg-r2-cv=5folds: graph: cross-validation: 4 samples are too few for 5 folds")
}

// Time × condition × unit is read time-major, and gradients come in that shape.
func TestThreeAxes(t *testing.T) {
	x, y := gauss(1, 24, 4), gauss(2, 24, 3)
	x3 := tensor.New(tensor.WithShape(4, 6, 4), tensor.WithBacking(x.Float64s()))
	y3 := tensor.New(tensor.WithShape(4, 6, 3), tensor.WithBacking(y.Float64s()))
	want, _, flat, err := NBS.Gradient(x, y)
	require.NoError(t, err)
	got, gx, gy, err := NBS.Gradient(x3, y3)
	require.NoError(t, err)
	require.Equal(t, want, got)
	require.Equal(t, tensor.Shape{4, 6, 4}, gx.Shape())
	require.Equal(t, tensor.Shape{4, 6, 3}, gy.Shape())
	require.Equal(t, flat.Data(), gy.Data())
}

// What is of kernels scores wide data, and their gradients, as the data that they are
// reduced to; others as they are.
func TestReduced(t *testing.T) {
	each(t, func(t *testing.T, m Measure) {
		if !m.OfKernel {
			return
		}
		whole := m
		whole.OfKernel = false
		for _, x := range []*tensor.Dense{gauss(1, 9, 30), gauss(1, 9, 9), times(gauss(1, 12, 3), matrix(gauss(3, 3, 20)))} {
			for _, y := range []*tensor.Dense{gauss(2, x.Shape()[0], 4), shifted(gauss(2, x.Shape()[0], 14))} {
				require.Less(t, m.Reduced(x).Shape()[1], x.Shape()[0])
				got, gx, gy, err := m.Gradient(x, y)
				require.NoError(t, err)
				want, wx, wy, err := whole.Gradient(x, y)
				require.NoError(t, err)
				require.InDelta(t, want, got, 1e-12)
				require.InDeltaSlice(t, wx.Float64s(), gx.Float64s(), 1e-11)
				require.InDeltaSlice(t, wy.Float64s(), gy.Float64s(), 1e-11)
			}
		}
		tall := gauss(1, 30, 4)
		require.Same(t, tall, m.Reduced(tall))
	})
}

// What is declared a function of kernels is one: it does not see units that are nothing,
// of x or of y, nor a rotation among them and the others. A score that keeps rotation and
// counts units is not, and its data are not reduced.
func TestOfKernel(t *testing.T) {
	moved := func(t *testing.T, m Measure) (by float64) {
		more := func(x *tensor.Dense) *tensor.Dense {
			padded := mat.NewDense(x.Shape()[0], x.Shape()[1]+3, nil)
			padded.Augment(matrix(x), mat.NewDense(x.Shape()[0], 3, nil))
			return times(fromMatrix(padded), rotation(7, x.Shape()[1]+3))
		}
		for _, s := range [][2]int{{4, 5}, {15, 4}} {
			x, y := gauss(1, 12, s[0]), gauss(2, 12, s[1])
			want, err := m.Eval(x, y)
			require.NoError(t, err)
			for _, c := range [][2]*tensor.Dense{{more(x), y}, {x, more(y)}} {
				got, err := m.Eval(c[0], c[1])
				require.NoError(t, err)
				by = max(by, math.Abs(got-want))
			}
		}
		return by
	}
	each(t, func(t *testing.T, m Measure) {
		if m.OfKernel {
			require.Less(t, moved(t, m), 1e-10)
		} else {
			require.Greater(t, moved(t, m), 1e-6, "is a function of kernels, and not said to be")
		}
	})

	perUnit := CKA
	perUnit.Name, perUnit.OfKernel, perUnit.Range = "alignment per unit", false, [2]float64{}
	perUnit.Score = func(x, y *graph.Node) *graph.Node {
		return graph.Affine(1/float64(min(x.Shape()[1], y.Shape()[1])), CKA.Score(x, y), 0)
	}
	require.Greater(t, moved(t, perUnit), 1e-3)
	wide := gauss(1, 9, 30)
	require.Same(t, wide, perUnit.Reduced(wide))
}

// A measure registered at run time is found by its name, whatever other packages mean
// by that, and its angles say whose they are and where they lie.
func TestRegisteredAtRunTime(t *testing.T) {
	for _, name := range []string{"a b", "a,b", "a:b", "a#b", ""} {
		require.Panics(t, func() { Register(Measure{Name: name, Score: CKA.Score}) }, name)
	}
	signed := Measure{Name: "linreg", Range: [2]float64{-1, 1}, Identity: 1, CeilingProven: true, Score: CKA.Score}
	defer func() { delete(registry.measures, signed.Name) }()
	Register(signed)
	require.PanicsWithValue(t, `measures: there is a measure "linreg" already: give yours a name of its own`, func() { Register(signed) })
	require.PanicsWithValue(t, `measures: there is a family "ridge" already: give yours a name of its own`, func() { RegisterFamily(Ridge) })
	func() { // a cell that is run again
		defer func() { registry.replace = false }()
		Replace()
		Register(signed)
	}()
	got, err := ByName(" linreg ")
	require.NoError(t, err)
	require.Equal(t, signed.Range, got.Range)

	score, distance := AngularScore("s", signed), AngularDistance("d", signed)
	require.Equal(t, [2]float64{-1, 1}, score.Range)
	require.Equal(t, 1.0, score.Identity)
	require.Equal(t, [2]float64{0, math.Pi}, distance.Range)
	require.Equal(t, 0.0, distance.Identity)
	half := signed
	half.Range, half.Identity = [2]float64{-0.5, 1}, math.NaN()
	require.InDelta(t, -1.0/3, AngularScore("s", half).Range[0], 1e-15)
	require.True(t, math.IsNaN(AngularScore("s", half).Identity))
	require.Equal(t, []string{"linreg", "linreg", "nbs", ""}, []string{score.Cosine, distance.Cosine, ProcrustesAngularScore.Cosine, NBSSquared.Cosine})
}
