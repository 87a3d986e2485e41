package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// Values come in row-major order of slices, transposes and column-major tensors alike.
func TestRowMajorOfViews(t *testing.T) {
	values := make([]float64, 2*5*4)
	for i := range values {
		values[i] = float64(i)
	}
	whole := func() *tensor.Dense {
		return tensor.New(tensor.WithShape(2, 5, 4), tensor.WithBacking(append([]float64(nil), values...)))
	}
	slice := func(x *tensor.Dense, s ...tensor.Slice) *tensor.Dense {
		v, err := x.Slice(s...)
		require.NoError(t, err)
		return v.(*tensor.Dense)
	}
	turned := whole()
	require.NoError(t, turned.T(2, 0, 1))
	column := tensor.New(tensor.WithShape(3, 4), tensor.AsFortran(values[:12]))
	for name, x := range map[string]*tensor.Dense{
		"whole": whole(), "units": slice(whole(), nil, nil, tensor.S(1, 3)), "conditions": slice(whole(), nil, tensor.S(1, 4)),
		"one time": slice(whole(), tensor.S(1)), "both": slice(whole(), tensor.S(0, 2), tensor.S(2, 5), tensor.S(0, 3)),
		"turned": turned, "column-major": column, "a slice of a turned": slice(turned, tensor.S(1, 3), nil, tensor.S(0, 2)),
	} {
		got := RowMajor(x)
		s := x.Shape()
		require.Len(t, got, s.TotalSize(), name)
		at := make([]int, len(s))
		for i, v := range got {
			for k, rest := len(s)-1, i; k >= 0; k-- {
				at[k], rest = rest%s[k], rest/s[k]
			}
			want, err := x.At(at...)
			require.NoError(t, err)
			require.Equal(t, want, v, "%s at %v", name, at)
		}
	}
}

// A constant is a copy; one that is shared is not, and costs no memory.
func TestShared(t *testing.T) {
	for shared, want := range map[bool]float64{false: 5, true: 3*3 + 2*2} {
		x := tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float64{1, 2}))
		p, err := Compile(func(b *Builder) *Node {
			in := b.Const
			if shared {
				in = b.Shared
			}
			return SumSquares(in("x", x))
		})
		require.NoError(t, err)
		x.Float64s()[0] = 3
		v, err := p.Eval()
		require.NoError(t, err)
		require.Equal(t, want, v)
	}
}
