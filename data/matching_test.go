package data

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Layers of a file are found by a pattern, in the order of their numbers.
func TestMatching(t *testing.T) {
	file := t.TempDir() + "/model.npz"
	matrix := func(name string) Array {
		return Array{Name: name, Shape: []int{3, 2}, Values: []float64{1, 2, 3, 4, 5, 6}}
	}
	require.NoError(t, WriteArrays(file, matrix("layer10"), matrix("layer2"), matrix("other"), Array{Name: "layer_of", Shape: []int{3}, Values: []float64{0, 1, 2}}))
	names, err := Matching(file + ":layer*")
	require.NoError(t, err)
	require.Equal(t, []string{file + ":layer2", file + ":layer10"}, names)
	names, err = Matching(file + ":layer2")
	require.NoError(t, err)
	require.Equal(t, []string{file + ":layer2"}, names)
	names, err = Matching("toy2d")
	require.NoError(t, err)
	require.Equal(t, []string{"toy2d"}, names)
	_, err = Matching(file + ":block*")
	require.ErrorContains(t, err, "model.npz:block*: no array of numbers with two axes or more has such a name")

	// A layer that was asked for does not list the others as passed over.
	d, err := Load(file + ":layer2")
	require.NoError(t, err)
	require.Empty(t, d.Card.Notes)
	require.Equal(t, "layer_of", d.Continuous[0].Name)
}
