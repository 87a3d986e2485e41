package probe_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/data/probe"
)

// arrays reads a file of testdata; README.md there tells its origin.
func arrays(t *testing.T, file string) map[string]data.Array {
	as, err := data.ReadArrays(file)
	require.NoError(t, err)
	m := map[string]data.Array{}
	for _, a := range as {
		m[a.Name] = a
	}
	return m
}

func dense(a data.Array) *tensor.Dense {
	return tensor.New(tensor.WithShape(a.Shape...), tensor.WithBacking(a.Values))
}

func ints(v []float64) []int {
	out := make([]int, len(v))
	for i, x := range v {
		out[i] = int(x)
	}
	return out
}

// On the same folds, accuracies are scikit-learn's to within one condition of
// one fold (its fits stop at a tolerance of 1e-4).
func TestDecodeReference(t *testing.T) {
	a := arrays(t, "testdata/decoding.npz")
	for name, want := range map[string][]float64{"binary": {0.4, 0.75, 0.8}, "three": {0.475, 0.625, 0.525}} {
		class, folds := ints(a["y_"+name].Values), a["folds_"+name]
		times, conditions := folds.Shape[0], folds.Shape[1]
		for time := range times {
			f := probe.Folds{Number: 5, Of: [][]int{ints(folds.Values[time*conditions : (time+1)*conditions])}}
			x := a["X"]
			at := tensor.New(tensor.WithShape(1, conditions, x.Shape[2]),
				tensor.WithBacking(x.Values[time*conditions*x.Shape[2]:(time+1)*conditions*x.Shape[2]]))
			got, err := probe.Decode(at, class, f)
			require.NoError(t, err)
			t.Logf("%s, time %d: %.4f here, %.4f there", name, time, got, want[time])
			require.InDelta(t, want[time], got, 1.0/8/5+1e-12, "%s, time %d", name, time)
		}
	}
}

// Captured variance is that of the authors' package, projection on the column
// space. The case of a narrower y is left out: there the package pads y with zeros,
// from which its QR factorisation invents columns (see TestCapturedIsRegression).
func TestCapturedReference(t *testing.T) {
	captured := arrays(t, "testdata/captured_pcs.npz")
	inputs := arrays(t, "../../measures/testdata/inputs.npz")
	for _, name := range []string{"tall", "tensor3d", "tall2d", "dims_dx_lt_dy"} {
		x, y := dense(inputs[name+"__X"]), dense(inputs[name+"__Y"])
		c, err := probe.ComponentsOf(x)
		require.NoError(t, err)
		got := c.Captured(y)
		want := captured[name+"__orth0__R2"].Values[:len(got)]
		require.InDeltaSlice(t, want, got, 1e-9, name)
	}
	// Along two optimisations.
	x := dense(inputs["tensor3d__X"])
	c, err := probe.ComponentsOf(x)
	require.NoError(t, err)
	for _, measure := range []string{"cka", "procrustes-angular-score"} {
		ys, r2 := captured["dyn__"+measure+"__Ys"], captured["dyn__"+measure+"__R2"]
		size := ys.Shape[1] * ys.Shape[2] * ys.Shape[3]
		for i := range ys.Shape[0] {
			y := tensor.New(tensor.WithShape(ys.Shape[1:]...), tensor.WithBacking(ys.Values[i*size:(i+1)*size]))
			require.InDeltaSlice(t, r2.Values[i*4:(i+1)*4], c.Captured(y), 1e-9, "%s, step %d", measure, i)
		}
		require.InDeltaSlice(t, captured["dyn__"+measure+"__evr"].Values, c.Fraction, 1e-12)
	}
}
