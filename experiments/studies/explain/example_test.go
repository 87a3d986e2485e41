package explain

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
)

// The example is of some of a recording's conditions, each with its own class.
func TestExample(t *testing.T) {
	whole, err := data.Load("surrogate/hatsopoulos2007")
	require.NoError(t, err)
	sets, err := example()
	require.NoError(t, err)
	x := sets[0]
	require.Equal(t, 79, x.Conditions())
	for _, c := range []int{1, 78} {
		at, err := x.Activity.At(3, c, 7)
		require.NoError(t, err)
		from, err := whole.Activity.At(3, exampleStride*c, 7)
		require.NoError(t, err)
		require.Equal(t, from, at)
		require.Equal(t, whole.Variables[0].Class[exampleStride*c], x.Variables[0].Class[c])
	}
	require.NotEqual(t, whole.Hash(), x.Hash())
}
