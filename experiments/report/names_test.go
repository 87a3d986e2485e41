package report

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// Keys of one file's arrays are their names, slashes and all; files have none of their
// folders, where that tells them apart.
func TestShortNames(t *testing.T) {
	for _, c := range []struct{ names, want []string }{
		{[]string{"a/m.npz:layer/1", "a/m.npz:layer/2", "a/m.npz:blocks.0.attn"}, []string{"layer/1", "layer/2", "blocks.0.attn"}},
		{[]string{"M.NPZ:layer/1"}, []string{"layer/1"}},
		{[]string{"a/m.npz:layer/1", "a/n.npz:layer/1"}, []string{"m.npz:layer/1", "n.npz:layer/1"}},
		{[]string{"a/m.npz:layer/1", "b/m.npz:layer/1"}, []string{"a/m.npz:layer/1", "b/m.npz:layer/1"}},
		{[]string{"a/m.npz:layer/1", "a/r.npz"}, []string{"m.npz:layer/1", "r.npz"}},
		{[]string{"a/r.npz", "b/r.npz", "b/s.npy", "surrogate/mante2013"}, []string{"a/r.npz", "b/r.npz", "s.npy", "mante2013"}},
		{[]string{"m.npz:a", "m.npz:a"}, []string{"a", "a"}},
	} {
		require.Equal(t, c.want, ShortNames(c.names))
	}
	require.Equal(t, "m.npz-layer-1", Slug("a/m.npz:layer/1"))
	require.Equal(t, "r", Slug("a/r.npz"))
}
