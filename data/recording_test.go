package data

import (
	"math"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// Integers beyond 2⁵³ are classes of their own, bytes are UTF-8 where they can be, and
// zeros within a text are part of it.
func TestLabelsExactly(t *testing.T) {
	d, err := Load("testdata/labels.npz")
	require.NoError(t, err)
	values, classes := map[string][]string{}, map[string][]int{}
	for _, v := range d.Variables {
		values[v.Name], classes[v.Name] = v.Values, v.Class
	}
	words := []string{"naïve", "zürich", "é"}
	require.Equal(t, map[string][]string{
		"ids":   {"9007199254740992", "9007199254740993", "9007199254740995"},
		"large": {"9232379236109516800", "9232379236109516801", "9232379236109516803"},
		"big":   {"-9007199254740995", "-9007199254740993", "-9007199254740992"},
		"utf8":  words, "latin1": words, "inner": {"a\x00b", "ab"},
	}, values)
	require.Equal(t, []int{1, 0, 1, 2}, classes["ids"])
	require.Equal(t, []int{1, 0, 1, 2}, classes["large"])
	require.Equal(t, []int{1, 2, 1, 0}, classes["big"])
	require.Equal(t, []int{0, 2, 0, 1}, classes["utf8"])
	require.Equal(t, []int{0, 1, 0, 1}, classes["inner"])
	require.Empty(t, d.Card.Notes)
}

func numbered(name string, classes int, shape ...int) Array {
	a := Array{Name: name, Shape: shape, Values: make([]float64, tensor.Shape(shape).TotalSize()), Integral: true}
	for i := range a.Values {
		a.Values[i] = float64((i + 1) % classes)
	}
	return a
}

func gaussian(seed uint64, shape ...int) Array {
	n := shape[len(shape)-1]
	return Array{Name: activity, Shape: shape, Values: Gaussian(seed, tensor.Shape(shape).TotalSize()/n, n).Float64s()}
}

func loaded(t *testing.T, arrays ...Array) (*Dataset, error) {
	file := filepath.Join(t.TempDir(), "a.npz")
	require.NoError(t, WriteArrays(file, arrays...))
	d, err := Load(file)
	if err != nil {
		require.Equal(t, 0, strings.Count(err.Error(), "\n"))
	}
	return d, err
}

// Labels that fit the first axis and nothing that fits conditions: the axes are in
// another order.
func TestTrialsFirst(t *testing.T) {
	x := gaussian(1, 20, 5, 6)
	side := numbered("side", 2, 20)
	_, err := loaded(t, x, side)
	require.ErrorContains(t, err, "a.npz: side has 20 values, as many as the first axis (times) is long, and conditions are 5: if that axis is trials, save activity.transpose(1, 0, 2) or say -axes trial,time,unit; if side is of times, call it time_side")
	text := Array{Name: "area", Shape: []int{20}, Text: slices.Repeat([]string{"a", "b"}, 10)}
	_, err = loaded(t, x, text)
	require.ErrorContains(t, err, "area has 20 values, as many as the first axis")
	// An axis is no label, nor is what says that it is of times, nor what may be of units.
	axis, of := numbered("ms", 99, 20), side
	of.Name = "time_side"
	for _, other := range []Array{axis, of} {
		_, err = loaded(t, x, other)
		require.NoError(t, err, other.Name)
	}
	_, err = loaded(t, gaussian(1, 20, 5, 20), side)
	require.NoError(t, err)
	// Something is of conditions.
	_, err = loaded(t, x, side, Array{Name: "coherence", Shape: []int{5}, Values: []float64{0.5, 1, 2, 3, 4}})
	require.NoError(t, err)

	d, err := loaded(t, gaussian(2, 6, 20), side)
	require.NoError(t, err, "an array of units is usual")
	require.Equal(t, "side has 20 values, as many as the second axis (units) is long, and samples are 6: if that axis is samples, save activity.T or say -axes unit,sample.", d.Card.Notes[0])
}

// With as many units, or times, as conditions nobody can tell.
func TestAmbiguousAxes(t *testing.T) {
	side := numbered("side", 2, 12)
	d, err := loaded(t, gaussian(1, 3, 12, 12), side)
	require.NoError(t, err)
	require.Equal(t, []string{"side may be of units: there are as many units as conditions."}, d.Card.Notes)
	choice := side
	choice.Name = "choice"
	d, err = loaded(t, gaussian(1, 3, 12, 12), side, choice)
	require.NoError(t, err)
	require.Len(t, d.Card.Notes, 1, "one of both")
	require.Contains(t, d.Card.Notes[0], "choice")
	require.Contains(t, d.Card.Notes[0], "side")
	d, err = loaded(t, gaussian(1, 12, 12, 5), side)
	require.NoError(t, err)
	require.Equal(t, []string{"side may be of times: there are as many times as conditions."}, d.Card.Notes)
	d, err = loaded(t, gaussian(1, 3, 12, 5), side)
	require.NoError(t, err)
	require.Empty(t, d.Card.Notes)
}

// The advice on what is not activity is right for its axes.
func TestAdviceOnActivity(t *testing.T) {
	_, err := loaded(t, gaussian(1, 2, 3, 4, 5))
	require.ErrorContains(t, err, `array "activity" has shape [2 3 4 5]; activity is time × condition × unit, or sample × unit, as a.reshape(len(a), -1) makes it`)
	x := gaussian(1, 2, 3, 4)
	x.Values[5] = math.NaN()
	_, err = loaded(t, x)
	require.ErrorContains(t, err, "has the value NaN at time 0, condition 1, unit 1 (counted from 0); fill such values first, or drop their conditions: keep = np.isfinite(a).all(axis=(0, 2)), and save a[:, keep] and labels[keep]")
	x.Values[1], x.Values[9] = math.Inf(1), math.NaN()
	_, err = loaded(t, x)
	require.ErrorContains(t, err, "or drop their units: keep = np.isfinite(a).all(axis=(0, 1)), and save a[:, :, keep]")
	x.Shape = []int{6, 4}
	_, err = loaded(t, x)
	require.ErrorContains(t, err, "or drop their samples: keep = np.isfinite(a).all(axis=1), and save a[keep] and labels[keep]")
}

// Every array of the file is accounted for, but those of the axes.
func TestUnused(t *testing.T) {
	arrays := []Array{gaussian(1, 2, 3, 4), numbered("time_of", 2, 7), numbered("axes", 2, 7), numbered("unit_axes", 2, 7), numbered("big", 9, 5, 3, 2)}
	for i := range 30 {
		arrays = append(arrays, numbered(strings.Repeat("n", i+40), 2, 4))
	}
	d, err := loaded(t, arrays...)
	require.NoError(t, err)
	require.Len(t, d.Card.Notes, 1)
	require.Contains(t, d.Card.Notes[0], "Not used: big [5 3 2], "+strings.Repeat("n", 40)+" [4], ")
	require.Contains(t, d.Card.Notes[0], " and 11 more. A task variable is")
}
