package data

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// A spill gives back what it was given, halves by parts, and leaves no file; arrays streamed
// from it are written as those in memory are, and streamed from their file again.
func TestSpill(t *testing.T) {
	dir := t.TempDir()
	s, err := NewSpill(dir)
	require.NoError(t, err)
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, left)
	const part, parts = 10000, 5
	values := Gaussian(1, part, parts).Float64s()
	for i := range parts {
		require.NoError(t, s.Add(values[i*part:(i+1)*part]))
	}
	streamed := Array{Name: "a", Shape: []int{parts, part}, Stream: s.Stream(0, parts*part)}
	whole, err := streamed.InMemory()
	require.NoError(t, err)
	require.Equal(t, values, whole.Values)
	third, err := Array{Stream: s.Stream(2*part, part)}.InMemory()
	require.NoError(t, err)
	require.Equal(t, values[2*part:3*part], third.Values)

	count := Array{Name: "count", Shape: []int{3}, Values: []float64{1, 2, 3}, Integral: true}
	a, b := filepath.Join(dir, "a.npz"), filepath.Join(dir, "b.npz")
	require.NoError(t, WriteArrays(a, streamed, count))
	require.NoError(t, WriteArrays(b, Array{Name: "a", Shape: []int{parts, part}, Values: values}, count))
	of := func(file string) []byte {
		b, err := os.ReadFile(file)
		require.NoError(t, err)
		return b
	}
	require.Equal(t, of(b), of(a))
	arrays, err := OpenArrays(a, part)
	require.NoError(t, err)
	require.Nil(t, arrays[0].Values)
	require.Equal(t, count.Values, arrays[1].Values)
	whole, err = arrays[0].InMemory()
	require.NoError(t, err)
	require.Equal(t, values, whole.Values)
	short := streamed
	short.Shape = []int{parts, part + 1}
	require.ErrorContains(t, WriteArrays(b, short), "50000 values for shape [5 10001]")

	require.NoError(t, s.Halve(part))
	half, err := Array{Stream: s.Stream(0, 3*part)}.InMemory()
	require.NoError(t, err)
	for i, from := range []int{0, 2, 4} {
		require.Equal(t, values[from*part:(from+1)*part], half.Values[i*part:(i+1)*part])
	}

	require.NoError(t, LinkFile(a, b))
	require.NoError(t, LinkFile(a, b), "already")
	require.Equal(t, of(a), of(b))
	bytes := of(a)
	bytes[len(bytes)/2] ^= 1
	require.NoError(t, os.WriteFile(a, bytes, 0o644))
	_, err = arrays[0].InMemory()
	require.ErrorContains(t, err, "array \"a\"")
}
