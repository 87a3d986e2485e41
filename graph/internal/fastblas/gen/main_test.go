package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The committed files are what the generator writes.
func TestFilesAreCurrent(t *testing.T) {
	files, err := generate(target)
	require.NoError(t, err)
	require.Len(t, files, 4)
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(target, name))
		require.NoError(t, err)
		require.True(t, string(want) == string(got), "%s is not what go generate writes", name)
	}
}
