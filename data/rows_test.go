package data

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Activity that is left in its file is shown as it is in memory, in whatever form the file has
// it, with its variables beside; what cannot be shown sample after sample is read.
func TestLeave(t *testing.T) {
	dir := t.TempDir()
	x := Gaussian(1, 60, 7).Float64s()
	labels := Array{Name: "side", Shape: []int{20}, Text: slices.Repeat([]string{"left", "right"}, 10)}
	file := filepath.Join(dir, "a.npz")
	require.NoError(t, WriteArrays(file, Array{Name: "activity", Shape: []int{3, 20, 7}, Values: x}, labels))
	d, err := Reading{Leave: 400}.Load(file)
	require.NoError(t, err)
	require.Nil(t, d.Activity)
	require.Equal(t, []int{3, 20, 7, 60}, []int{d.Times(), d.Conditions(), d.Units(), d.NumSamples()})
	require.Equal(t, "side", d.Variables[0].Name)
	shown := func(d *Dataset, rows int) (v []float64) {
		require.NoError(t, d.Each(rows, func(values []float64) error {
			require.LessOrEqual(t, len(values), rows*7)
			require.Zero(t, len(values)%7)
			v = append(v, values...)
			return nil
		}))
		return v
	}
	require.Equal(t, x, shown(d, 11))
	enough := errors.New("enough")
	require.Equal(t, enough, d.Each(11, func([]float64) error { return enough }))
	inMemory, err := Reading{Leave: 420}.Load(file)
	require.NoError(t, err)
	require.NotNil(t, inMemory.Activity)
	require.Equal(t, x, shown(inMemory, 11))
	said, err := Reading{Leave: 400, Axes: "time,condition,unit"}.Load(file)
	require.NoError(t, err)
	require.NotNil(t, said.Activity)

	for name, same := range map[string]bool{"little-f4.npy": true, "big-f8.npy": true, "little-f8-fortran.npy": false} {
		at := filepath.Join("testdata", name)
		left, err := Reading{Leave: 1}.Load(at)
		require.NoError(t, err)
		require.Equal(t, same, left.Activity == nil, name)
		whole, err := Load(at)
		require.NoError(t, err)
		units, v := whole.Units(), []float64(nil)
		require.NoError(t, left.Each(2, func(values []float64) error {
			require.Zero(t, len(values)%units)
			v = append(v, values...)
			return nil
		}))
		require.Equal(t, whole.Activity.Float64s(), v, name)
	}

	require.NoError(t, WriteArrays(file, Array{Name: "activity", Shape: []int{3, 19, 7}, Values: x[:3*19*7]}, labels))
	require.ErrorContains(t, d.Each(11, func([]float64) error { return nil }), "a.npz: the array has changed")

	// Other values of the same shape are another file.
	again, err := Reading{Leave: 10}.Load(file)
	require.NoError(t, err)
	require.NoError(t, again.Each(11, func([]float64) error { return nil }))
	later := time.Now().Add(time.Second)
	require.NoError(t, os.Chtimes(file, later, later))
	require.ErrorContains(t, again.Each(11, func([]float64) error { return nil }), "a.npz: the array has changed")
}
