package graph

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas/blas64"
)

// What stands in place of wide data has the inner products of these, and gives scores their
// gradients, well-conditioned or not, of low rank too.
func TestCentredRoot(t *testing.T) {
	const n, p = 7, 1100 // more than two blocks of units
	random := rand.New(rand.NewPCG(1, 2))
	matrix := func(rows, cols int) Mat {
		m := Mat{rows, cols, make([]float64, rows*cols)}
		for i := range m.Data {
			m.Data[i] = random.NormFloat64()
		}
		return m
	}
	plain, twins, low := matrix(n, p), matrix(n, p), Mat{n, p, make([]float64, n*p)}
	for i := range plain.Data {
		plain.Data[i] += 1e3 * float64(i%p%5) // large means
	}
	for j := range p { // two samples that are nearly alike
		twins.row(1)[j] = twins.row(0)[j] + 1e-5*twins.row(1)[j]
	}
	gemm(false, false, 1, matrix(n, 3), matrix(3, p), 0, low)
	y := dense(matrix(n, 4))
	for name, c := range map[string]struct {
		x      Mat
		byGram bool
	}{"plain": {plain, true}, "twins": {twins, false}, "low": {low, false}} {
		var r Root
		require.Equal(t, c.byGram, r.Of(c.x.Data, p, n, p, true), name)
		score := func(centred func(*Node) *Node) (float64, []float64) {
			prog, err := Compile(func(b *Builder) *Node {
				return ProcrustesCosine(centred(b.Param("x", dense(c.x))), b.Shared("y", y)) // of a y that is not
			})
			require.NoError(t, err)
			v, err := prog.Eval()
			require.NoError(t, err)
			g, err := prog.Grad("x")
			require.NoError(t, err)
			return v, g.Float64s()
		}
		want, wantG := score(Center)
		got, gotG := score(CentredRoot)
		require.InDelta(t, want, got, 1e-12, name)
		require.InDeltaSlice(t, wantG, gotG, 1e-9*blas64.Nrm2(vec(wantG)), name)
	}
}
