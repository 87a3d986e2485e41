package graph

import (
	"simgrad/graph/internal/crew"
	"simgrad/graph/internal/fastblas"
)

// blasErr is why the linear algebra that the environment asks for cannot be had.
var blasErr error

func init() { blasErr = fastblas.Use() }

// BLAS names the linear algebra in use: avx512 or avx2, kernels of this module's;
// gonum; or system and the name of a library. The environment variable
// SIMGRAD_BLAS chooses (avx512, avx2, gonum, system); if this machine lacks what
// it asks for, err says so and the choice is as if it were not set.
//
// Results differ between them in the last bits.
func BLAS() (path string, err error) { return fastblas.Path(), blasErr }

// Threads sets how many threads may share a large product, or a pass over a large
// matrix, and returns how many might before; it is 1 to begin with. No byte of a
// result depends on it. Between one piece of work and the next they look out for
// more, for less than a millisecond. On the path gonum products take as many threads
// as GOMAXPROCS allows, and on the system's path they take one.
func Threads(n int) (before int) { return crew.SetThreads(n) }
