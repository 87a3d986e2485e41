package optim

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/cpu"
)

// The vector forms give the bits of the plain one, and touch nothing beyond.
func TestAdamVectors(t *testing.T) {
	forms := map[string]struct {
		has   bool
		lanes int
		step  func(x, m, v, g *float64, n int, k *float64)
	}{
		"avx512": {cpu.X86.HasAVX512F, 8, adamAVX512},
		"avx2":   {cpu.X86.HasAVX2, 4, adamAVX2},
	}
	r := rand.New(rand.NewPCG(5, 0))
	for name, form := range forms {
		if !form.has {
			t.Logf("this processor has no %s", name)
			continue
		}
		for _, n := range []int{0, 1, 2, 5, 13} {
			n *= form.lanes
			arrays := func() (a [2][]float64) {
				a[0] = make([]float64, n+1)
				for i := range a[0] {
					a[0][i] = r.NormFloat64() * math.Pow(10, float64(r.IntN(200)-100))
				}
				a[1] = append([]float64(nil), a[0]...)
				return a
			}
			x, m, v, g := arrays(), arrays(), arrays(), arrays()
			for i := range v[0] {
				v[0][i], v[1][i] = math.Abs(v[0][i]), math.Abs(v[1][i])
			}
			if n > 8 {
				g[0][3], g[1][3] = math.NaN(), math.NaN()
				g[0][5], g[1][5] = 0, 0
			}
			k := &coefficients{0.9, 0.1, 0.999, 0.001, 1.7, 1e-8, -0.3}
			form.step(&x[0][0], &m[0][0], &v[0][0], &g[0][0], n, &k.keepM)
			plain(x[1][:n], m[1][:n], v[1][:n], g[1][:n], k)
			for _, a := range [][2][]float64{x, m, v, g} {
				for i := range a[0] {
					require.Equal(t, math.Float64bits(a[1][i])<<1, math.Float64bits(a[0][i])<<1, "%s, %d values, value %d", name, n, i)
				}
			}
		}
	}
}
