package fastblas

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
)

func restore(t *testing.T) {
	old, oldBLAS := current.Load(), blas64.Implementation()
	t.Cleanup(func() {
		current.Store(old)
		blas64.Use(oldBLAS)
		lapack64.Use(LAPACK{}.Implementation)
	})
}

func TestUse(t *testing.T) {
	for _, p := range paths() {
		t.Run(p.name, func(t *testing.T) {
			restore(t)
			t.Setenv(variable, p.name)
			require.NoError(t, Use())
			require.IsType(t, Implementation{}, blas64.Implementation())
			if p.system != nil {
				require.Equal(t, "system: "+p.system.name, Path())
				require.Regexp(t, `^system: (OpenBLAS \d+\.\d+|MKL \d|BLIS \d|Accelerate)`, Path())
				return
			}
			require.Equal(t, p.name, Path())
		})
	}
	t.Run("unset", func(t *testing.T) {
		restore(t)
		t.Setenv(variable, "")
		require.NoError(t, Use())
		if ks := embedded(); len(ks) > 0 {
			require.Equal(t, ks[0].name, Path())
		}
	})
}

func TestUseRefuses(t *testing.T) {
	restore(t)
	t.Setenv(variable, "")
	require.NoError(t, Use())
	before := Path()
	blas64.Use(gonum.Implementation{})
	t.Setenv(variable, "fast")
	err := Use()
	require.ErrorContains(t, err, "SIMGRAD_BLAS=fast: no such path; this machine has ")
	require.ErrorContains(t, err, "gonum, system")
	require.Equal(t, before, Path())
	require.IsType(t, Implementation{}, blas64.Implementation(), "the path that is named is the one that computes")
}

func TestPathOfAnotherMachine(t *testing.T) {
	restore(t)
	old := hardware
	defer func() { hardware = old }()
	hardware = func() []*kernel { return nil }
	t.Setenv(variable, "avx512")
	require.EqualError(t, Use(), "fastblas: SIMGRAD_BLAS=avx512: this machine has no avx512; it has gonum, system")

	t.Setenv(variable, "")
	require.NoError(t, Use())
	if lib, err := openSystem(); err == nil {
		require.Equal(t, "system: "+lib.name, Path())
	} else {
		require.Equal(t, "gonum", Path())
	}
}
