package experiments

import (
	"bytes"
	"context"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
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
		require.Equal(t, c.want, shortNames(c.names))
	}
	require.Equal(t, "m.npz-layer-1", slug("a/m.npz:layer/1"))
	require.Equal(t, "r", slug("a/r.npz"))

	dir := t.TempDir()
	file := filepath.Join(dir, "model.npz")
	var layers []data.Array
	for i, name := range []string{"layer/1", "layer/2", "blocks.0.attn"} {
		layers = append(layers, data.Array{Name: name, Shape: []int{20, 4}, Values: data.Gaussian(uint64(i), 20, 4).Float64s()})
	}
	require.NoError(t, data.WriteArrays(file, layers...))
	code, stdout, stderr := runScore("-measures", "cka", file+":layer/1", file+":layer/2", file+":blocks.0.attn")
	require.Equal(t, 0, code, stderr)
	require.Regexp(t, `x \\ y +layer/1 +layer/2 +blocks\.0\.attn\nlayer/1 `, stdout)
	var b bytes.Buffer
	require.Equal(t, 0, Run(context.Background(), NewOptimize(), []string{"-steps", "2", "-out", filepath.Join(dir, "out"), file + ":layer/1"}, &b), b.String())
	require.Contains(t, b.String(), "CKA with layer/1 went from")
}
