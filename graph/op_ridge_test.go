package graph

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// The routes through Cholesky factors and that through the singular values give the
// same solutions, and which is taken follows from the condition.
func TestRidgeRoutes(t *testing.T) {
	for name, c := range map[string]struct {
		a      *tensor.Dense
		lambda float64
		route  route
		refine bool
	}{
		"tall":              {gauss(1, 30, 4), 1, byColumns, false},
		"tall, refined":     {columnsScaled(30, 1, 1e3, 2, 5), 1, byColumns, true},
		"tall, conditioned": {columnsScaled(30, 1, 1e7, 2, 5), 1, bySVD, false},
		"deficient":         {product(gauss(1, 12, 2), gauss(2, 2, 5)), 1e-4, byColumns, true},
		// The least penalty beside which rounding is small.
		"penalty lost":      {product(gauss(1, 12, 2), gauss(2, 2, 5)), 1e-12, bySVD, false},
		"wide":              {gauss(1, 5, 9), 1, byRows, false},
		"wide, refined":     {columnsScaled(4, 1e4, 1, 1, 1, 1), 1, byRows, true},
		"wide, conditioned": {columnsScaled(4, 1e7, 1, 1, 1, 1), 1, bySVD, false},
		"wide, centred":     {centred(gauss(1, 5, 9)), 1e-6, byRows, false},
		"small, well":       {columnsScaled(30, 1e-70, 1e-70, 1e-70), 1, byColumns, false},
	} {
		var r, q ridge
		a := view(c.a)
		require.NoError(t, r.factorize(a, c.lambda))
		require.Equal(t, c.route, r.route, name)
		require.Equal(t, c.refine, r.refine, name)
		q.a, q.lambda, q.route = a, c.lambda, bySVD
		require.NoError(t, q.svd.factorize(a))
		empty := func(rows int) Mat { return Mat{rows, 3, make([]float64, 3*rows)} }
		b, g := view(centred(gauss(2, a.Rows, 3))), view(gauss(3, a.Cols, 3))
		w, want := empty(a.Cols), empty(a.Cols)
		r.solve(w, b)
		q.solve(want, b)
		h, z, wantH, wantZ := empty(a.Rows), empty(a.Cols), empty(a.Rows), empty(a.Cols)
		r.solveTrans(h, z, g)
		q.solveTrans(wantH, wantZ, g)
		for what, pair := range map[string][2]Mat{"w": {want, w}, "h": {wantH, h}, "z": {wantZ, z}} {
			size := 0.0
			for _, v := range pair[0].Data {
				size = math.Max(size, math.Abs(v))
			}
			// The coefficients' own condition is that of a and √λ, up to 1e6.
			require.InDeltaSlice(t, pair[0].Data, pair[1].Data, 1e-9*size, "%s, %s", name, what)
		}
	}
}
