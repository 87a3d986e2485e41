package fastblas

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
)

func TestSince(t *testing.T) {
	for config, want := range map[string]bool{
		"OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH": true, "OpenBLAS 0.3.18 ": true, "OpenBLAS 0.3.29.dev DYNAMIC_ARCH": true, "OpenBLAS 1.0.0": true,
		"OpenBLAS 0.3.13 USE64BITINT": false, "OpenBLAS 0.2.20": false, "OpenBLAS": false, "": false,
	} {
		require.Equal(t, want, since(config, 0, 3, 18), config)
	}
}

// Products with two small dimensions go to the library in blocks that it does not
// pack, unless a long B would have to be turned over for it; long sums of a
// symmetric product go in parts.
func TestSystemBlocks(t *testing.T) {
	found, err := openSystem()
	if err != nil {
		t.Skip(err)
	}
	lib, calls, most := *found, 0, 0
	lib.blocks = true
	lib.gemm = func(tA, tB int32, m, n, k int, alpha float64, a *float64, lda int, b *float64, ldb int, beta float64, c *float64, ldc int) {
		calls, most = calls+1, max(most, m*n*k)
		found.gemm(tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	}
	lib.syrk = func(ul, tA int32, n, k int, alpha float64, a *float64, lda int, beta float64, c *float64, ldc int) {
		calls, most = calls+1, max(most, k)
		found.syrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
	}
	onEach(t, []*path{{name: "system", system: &lib}}, func(t *testing.T) {
		r := newRand(1)
		for _, tA := range transposes {
			for _, tB := range transposes {
				for longest := range 3 {
					d := [3]int{70 + r.IntN(60), 70 + r.IntN(60), 70 + r.IntN(60)}
					d[longest] = 1200 + r.IntN(100)
					g := gemm{tA: tA, tB: tB, m: d[0], n: d[1], k: d[2], alpha: 1.5, beta: pick(r, []float64{0, 1, 0.5})}
					rows, cols := turned(tA, g.m, g.k)
					g.a = random(r, rows, cols)
					rows, cols = turned(tB, g.k, g.n)
					g.b = random(r, rows, cols)
					g.c = written(r, g.m, g.n)
					calls, most = 0, 0
					g.check(t)
					if tB == blas.NoTrans || tA == blas.NoTrans && longest == 0 {
						require.Greater(t, calls, 7)
						require.LessOrEqual(t, most, int(unpacked))
					} else {
						require.Equal(t, 1, calls)
					}
				}
			}
			for _, n := range []int{30, 90} {
				calls, most = 0, 0
				checkSyrk(t, r, blas.Upper, tA, n, 1000, 1.5)
				require.Equal(t, map[int][2]int{30: {1, 1000}, 90: {3, 334}}[n], [2]int{calls, most})
			}
		}
	})
}
