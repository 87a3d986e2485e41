package graph

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

// Tests that are to run on a path do not pass on another.
func TestBLASIsTheOneAskedFor(t *testing.T) {
	path, err := BLAS()
	require.NoError(t, err)
	if asked := os.Getenv("SIMGRAD_BLAS"); asked != "" {
		require.Regexp(t, "^"+asked+"($|: )", path)
	}
}
