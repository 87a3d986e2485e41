package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

func fromMatrix(m mat.Matrix) *tensor.Dense {
	d := mat.DenseCopyOf(m)
	n, p := d.Dims()
	return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(d.RawMatrix().Data))
}

// Data that share all but one direction, which each has to itself, are turned in what
// they share, without singular values; where what is left out is small in both and yet
// shared, by those.
func TestSharedDirections(t *testing.T) {
	const n, p = 60, 20
	var u mat.Dense
	u.CloneFrom(orthogonal(3, n, n))
	columns := func(last int, size float64) Mat {
		m := Mat{n, p, make([]float64, n*p)}
		for i := range n {
			for j := range p {
				m.row(i)[j] = u.At(i, j) / float64(j+1)
			}
			m.row(i)[p-1] = size * u.At(i, last)
		}
		turned := Mat{n, p, make([]float64, n*p)} // else their product is diagonal
		gemm(false, false, 1, m, view(fromMatrix(orthogonal(uint64(last), p, p))), 0, turned)
		return turned
	}
	for _, c := range []struct {
		x, y Mat
		rank float64 // of what they share
		svd  bool
	}{
		{columns(p-1, 0.1), columns(p, 0.1), p - 1, false},
		{columns(p-1, 1e-7), columns(p-1, 2e-7), p, true},
		{columns(p-1, 1e-14), columns(p-1, 0.2), p - 1, false},
	} {
		var f procrustes
		require.NoError(t, f.fit(c.x, frobenius(c.x), c.y, frobenius(c.y), false))
		require.Equal(t, c.svd, f.svd.values != nil)
		require.InDelta(t, c.rank, frobenius(f.q)*frobenius(f.q), 1e-6)
	}
}
