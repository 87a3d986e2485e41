package measures_test

import (
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
)

// reliabilities are those of units for each split of the repetitions, as the formula stands.
func reliabilities(x []*mat.Dense) (splits [][]float64) {
	number := len(x)
	n, p := x[0].Dims()
	half, factor := number/2, float64(number)/float64(number/2)
	mean := func(from int) *mat.Dense {
		m := mat.NewDense(n, p, nil)
		for k := range half {
			m.Add(m, x[(from+k)%number])
		}
		return m
	}
	for k := range number {
		if number%2 == 0 && k == half {
			break // the halves there are the first again
		}
		a, b := mean(k), mean((k+half)%number)
		var of []float64
		for j := range p {
			r := stat.Correlation(mat.Col(nil, j, a), mat.Col(nil, j, b), nil)
			if r > 0 {
				r /= 1 + (factor-1)*r
			}
			of = append(of, factor*r)
		}
		splits = append(splits, of)
	}
	return splits
}

func middle(v []float64) float64 {
	v = slices.Clone(v)
	slices.Sort(v)
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// Scores are those of the plain form: of halves, folds, medians and means, in their order.
func TestCeilings(t *testing.T) {
	const n, p, q, folds = 20, 5, 3, 4
	for _, number := range []int{2, 3, 4, 5} {
		signal := 2.
		if number == 2 {
			signal = 0.1
		}
		x, apart := repetitions(uint64(number), n, p, number, signal)
		y := data.Gaussian(2, n, q)
		splits := reliabilities(apart)
		c, medians := make([]float64, p), 0.0
		for _, of := range splits {
			medians += middle(of) / float64(len(splits))
			for j, v := range of {
				c[j] += v / float64(len(splits))
			}
		}
		if number == 2 {
			require.Less(t, slices.Min(c), 0., "one is not reliable")
		}
		mean := mat.NewDense(n, p, nil)
		for _, one := range apart {
			mean.Add(mean, one)
		}
		mean.Scale(1/float64(number), mean)
		unit, median := 0., 0.
		for f := range folds {
			var in, out []int
			for i := range n {
				if i/(n/folds) == f {
					in = append(in, i)
				} else {
					out = append(out, i)
				}
			}
			rows := func(m mat.Matrix, some []int, more float64) *mat.Dense { // and a column of more
				_, w := m.Dims()
				d := mat.NewDense(len(some), w+1, nil)
				for i, r := range some {
					for j := range w {
						d.Set(i, j, m.At(r, j))
					}
					d.Set(i, w, more)
				}
				return d
			}
			of := mat.NewDense(n, q, y.Float64s())
			var w, predicted mat.Dense
			require.NoError(t, w.Solve(rows(of, out, 1), rows(mean, out, 0)))
			predicted.Mul(rows(of, in, 1), &w)
			var r, over []float64
			for j := range p {
				one := stat.Correlation(mat.Col(nil, j, rows(mean, in, 0)), mat.Col(nil, j, &predicted), nil)
				if r = append(r, one); c[j] > 0 {
					over = append(over, one/math.Sqrt(c[j]))
				}
			}
			unit += middle(over) / folds
			median += middle(r) / folds / math.Sqrt(medians)
		}
		for ceiling, want := range map[string]float64{"unit": unit, "median": median} {
			name := "linreg-median_pearsonr-cv=4folds-ceiling=" + ceiling
			m, err := measures.ByName(name)
			require.NoError(t, err)
			require.Equal(t, name, m.Name)
			got, err := m.Repeated(number).Eval(x, y)
			require.NoError(t, err)
			require.InDelta(t, want, got, 1e-10, "%s, %d", name, number)
			got, err = m.EvalSamples(measures.NewSamples(data.Gaussian(3, n, p)).WithRepetitions(number, func() *tensor.Dense { return x }), measures.NewSamples(y))
			require.NoError(t, err)
			require.InDelta(t, want, got, 1e-10, "whatever the mean is, where repetitions are known")

			// As many folds of whole conditions of one time each are of samples in turn.
			over, err := measures.ByName("linreg-median_pearsonr-cv=4conditions-ceiling=" + ceiling)
			require.NoError(t, err)
			turn := func(x *tensor.Dense) *tensor.Dense {
				w := x.Shape()[1]
				v := make([]float64, n*w)
				for i := range n {
					copy(v[(i%(n/folds)*folds+i/(n/folds))*w:][:w], x.Float64s()[i*w:])
				}
				return tensor.New(tensor.WithShape(n, w), tensor.WithBacking(v))
			}
			for _, m := range []measures.Measure{over.Over(1).Repeated(number), over.Repeated(number).Over(1), over.Repeated(number)} {
				got, err = m.Eval(turn(x), turn(y))
				require.NoError(t, err)
				require.InDelta(t, want, got, 1e-10)
			}
		}
	}
	m, err := measures.ByName("linreg-median_pearsonr-cv=4folds-ceiling=unit")
	require.NoError(t, err)
	_, err = m.Eval(data.Gaussian(1, n, p), data.Gaussian(2, n, q))
	require.ErrorContains(t, err, "it needs repetitions of x, and there are none: of a file of trials -average LABEL")
	_, err = measures.ByName("linreg-median_pearsonr-cv=4folds-ceiling=unit-reverse")
	require.ErrorContains(t, err, `at "reverse": nothing more fits here`)

	// Of halves that are against each other no unit is reliable.
	against := data.Gaussian(1, n, 2*p)
	for i := range n {
		for j := range p {
			against.Float64s()[i*2*p+p+j] = -against.Float64s()[i*2*p+j]*float64(1+i%2) + 1
		}
	}
	for ceiling, want := range map[string]string{"unit": "there are no elements", "median": "the median over units of their halves' correlation"} {
		m, err := measures.ByName("linreg-median_pearsonr-cv=4folds-ceiling=" + ceiling)
		require.NoError(t, err)
		_, err = m.Repeated(2).Eval(against, data.Gaussian(2, n, q))
		require.ErrorContains(t, err, want)
	}
}

// What is planted is found: of units that are a signal, of which y knows a part, and noise as
// large as it, the score is the correlation of the signal with that part, whatever the number
// of repetitions; without a ceiling it is below.
func TestCeilingsFindTheNoiseless(t *testing.T) {
	const n, p, q = 8000, 31, 5
	y, weights, unknown := data.Gaussian(1, n, q), data.Gaussian(2, q, p), data.Gaussian(3, n, p)
	var known mat.Dense
	known.Mul(mat.NewDense(n, q, y.Float64s()), mat.NewDense(q, p, weights.Float64s()))
	for _, number := range []int{2, 3, 8} {
		noise, mean := data.Gaussian(uint64(4+number), n, number*p), data.Gaussian(0, n, p)
		clear(mean.Float64s())
		x := tensor.New(tensor.WithShape(n, number*p), tensor.WithBacking(make([]float64, n*number*p)))
		var truth []float64
		for j := range p {
			signal := mat.Col(nil, j, &known)
			own := stat.StdDev(signal, nil)
			for i := range n {
				signal[i] += own * unknown.Float64s()[i*p+j]
			}
			truth = append(truth, stat.Correlation(signal, mat.Col(nil, j, &known), nil))
			size := (0.5 + float64(j)/p) * math.Sqrt(stat.Variance(signal, nil)*float64(number))
			for i := range n {
				for r := range number {
					at := i*number*p + r*p + j
					x.Float64s()[at] = signal[i] + size*noise.Float64s()[at]
					mean.Float64s()[i*p+j] += x.Float64s()[at] / float64(number)
				}
			}
		}
		want := middle(truth)
		for ceiling, tolerance := range map[string]float64{"unit": 0.01, "median": 0.02} { // the median of ratios is not that of medians
			m, err := measures.ByName("linreg-median_pearsonr-cv=4folds-ceiling=" + ceiling)
			require.NoError(t, err)
			got, err := m.Repeated(number).Eval(x, y)
			require.NoError(t, err)
			require.InDelta(t, want, got, tolerance, "%s, %d repetitions", ceiling, number)
			without, err := measures.ByName("linreg-median_pearsonr-cv=4folds")
			require.NoError(t, err)
			below, err := without.Repeated(number).Eval(mean, y)
			require.NoError(t, err)
			require.Less(t, below, want-0.2)
		}
	}
}
