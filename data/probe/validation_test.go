package probe

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// On the same folds, predictions of a standardised decoder are those of scikit-learn's
// make_pipeline(StandardScaler(), LogisticRegression(C=1)), and do not depend on what
// units are measured in.
func TestStandardisedReference(t *testing.T) {
	const file = "testdata/standardised.npz"
	for _, name := range []string{"tall", "wide"} {
		x, of := numbers(t, file, name+"__x"), numbers(t, file, name+"__folds")
		class, want := classes(numbers(t, file, name+"__y")), classes(numbers(t, file, name+"__predicted"))
		n, p := x.Shape[1], x.Shape[2]
		folds := Folds{Number: 5}
		for time := range x.Shape[0] {
			at := of
			at.Values = of.Values[time*n : (time+1)*n]
			folds.Of = append(folds.Of, classes(at))
		}
		for unit, scale := range map[string]func(u int) float64{
			"as it is": func(int) float64 { return 1 },
			"volts":    func(int) float64 { return 1e-6 },
			"mV":       func(int) float64 { return 1e3 },
			"each its own": func(u int) float64 {
				return math.Pow(10, float64(u%7-3))
			},
		} {
			values := make([]float64, len(x.Values))
			for i, v := range x.Values {
				values[i] = v * scale(i%p)
			}
			d := Standardised.Decoder(tensor.New(tensor.WithShape(x.Shape...), tensor.WithBacking(values)))
			got, err := d.Predict(class, folds)
			require.NoError(t, err)
			require.Equal(t, Fits{Number: 5 * x.Shape[0]}, d.Fits)
			for time := range got {
				require.Equal(t, want[time*n:(time+1)*n], got[time], "%s, %s, time %d", name, unit, time)
			}
		}
	}
}

// A unit 1e8 as large as those that hold the variable hides nothing: not where there
// are more conditions than units, nor where there are fewer. (One that is that large and
// holds nothing has its weight to itself.)
func TestLargeUnitHidesNothing(t *testing.T) {
	for _, shape := range [][]int{{2, 60, 5}, {2, 24, 40}} {
		x := gauss(11, shape...)
		class := make([]int, shape[1])
		for i := range class {
			class[i] = i % 2
		}
		for i := range shape[0] * shape[1] {
			x.Float64s()[i*shape[2]+1] += 5 * float64(class[i%shape[1]])
		}
		folds, _, err := Stratify("v", class, shape[0], 5, 1)
		require.NoError(t, err)
		want, err := Decode(x, class, folds)
		require.NoError(t, err)
		require.Greater(t, want, 0.9)
		standardised, err := Standardised.Decoder(x).Accuracy(class, folds)
		require.NoError(t, err)
		for i := range shape[0] * shape[1] {
			x.Float64s()[i*shape[2]] *= 1e8
		}
		got, err := Decode(x, class, folds)
		require.NoError(t, err)
		require.InDelta(t, want, got, 0.07, shape)
		got, err = Standardised.Decoder(x).Accuracy(class, folds)
		require.NoError(t, err)
		require.Equal(t, standardised, got, shape)
	}
}

// A standardised transfer does not depend on the unit of measurement of the whole, and
// finds in a rotated, scaled and shifted copy what a decoder finds in the original;
// also where samples are fewer than units, which are aligned in their span.
func TestStandardisedTransfer(t *testing.T) {
	for _, units := range []int{6, 200} {
		const times, conditions = 3, 24
		class := make([]int, conditions)
		for i := range class {
			class[i] = i % 2
		}
		x := affine(gauss(1, times, conditions, units), 1, 3)
		for i := range times * conditions {
			for j := range units {
				x.Float64s()[i*units+j] *= 1 + float64(j%6)
				if j%3 == 0 {
					x.Float64s()[i*units+j] += 10 * float64(class[i%conditions])
				}
			}
			x.Float64s()[i*units+5] = 7 // does not vary
		}
		transfer := func(y *tensor.Dense) [2]float64 {
			tr, err := Standardised.Transfer(x, y, [][]int{class}, 1)
			require.NoError(t, err)
			a, b, err := tr.Accuracy("v", class, 4, 1)
			require.NoError(t, err)
			require.Equal(t, Fits{Number: 2 * 2 * times * 4}, tr.Fits)
			return [2]float64{a, b}
		}
		y := affine(x.Clone().(*tensor.Dense), 0.3, 2)
		found := transfer(y)
		require.Greater(t, min(found[0], found[1]), 0.9, units)
		require.Equal(t, found, transfer(affine(y, 1e-6, 0)))
	}
}

// A fit that ends early is counted, and says where it was; its answer stands.
func TestUnfinishedFits(t *testing.T) {
	defer func(n int) { mostNewtonSteps = n }(mostNewtonSteps)
	mostNewtonSteps = 3
	x := gauss(3, 2, 24, 10)
	class := make([]int, 24)
	for i := range class {
		class[i] = i % 2
		x.Float64s()[(24+i)*10] += 1000 * float64(class[i]) // at time 1
	}
	folds, _, err := Stratify("v", class, 2, 4, 1)
	require.NoError(t, err)
	d := NewDecoder(x)
	predicted, err := d.Predict(class, folds)
	require.NoError(t, err)
	require.Equal(t, class, predicted[1])
	require.Equal(t, 8, d.Fits.Number)
	require.Positive(t, d.Fits.Unfinished)
	require.Equal(t, 10, d.Fits.Axes)
	require.Equal(t, fmt.Sprintf("%d of 8 fits of the decoder did not reach their optimum in 3 Newton steps, and the best that they found was taken; the first was at time %d, from 10 components.", d.Fits.Unfinished, d.Fits.Time), d.Fits.Warning())
	_, err = d.Null("v", class, 4, 5, 1)
	require.NoError(t, err)
	require.Equal(t, 40, d.Fits.Number)
	require.Positive(t, d.Fits.Unfinished)
	tr, err := NewTransfer(x, x, [][]int{class}, 1)
	require.NoError(t, err)
	_, _, err = tr.Accuracy("v", class, 4, 1)
	require.NoError(t, err)
	require.Equal(t, 2*2*2*4, tr.Fits.Number)
	require.Positive(t, tr.Fits.Unfinished)

	mostNewtonSteps = 500
	_, err = d.Predict(class, folds)
	require.NoError(t, err)
	require.Equal(t, Fits{Number: 8}, d.Fits)
	require.Empty(t, d.Fits.Warning())
	_, err = d.Predict(class, Folds{Number: 4, Of: folds.Of[:1]})
	require.EqualError(t, err, "decoding: folds of 1 times, and activity of 2")
}
