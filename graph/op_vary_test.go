package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A left-out fold that does not vary is an error that names its samples, whatever the
// data's offset, scale and precision; one that varies little is none.
func TestStillFold(t *testing.T) {
	const n, p = 23, 2
	still := "samples 19 to 22 of x, left out in fold 5, do not vary from the mean of the others: R2 is not defined there"
	for name, c := range map[string]struct {
		folds  int
		change func(i int, v float64) float64
		want   string
	}{
		"none":             {5, func(_ int, v float64) float64 { return v }, ""},
		"padded":           {5, func(_ int, v float64) float64 { return v }, still},
		"shifted":          {5, func(_ int, v float64) float64 { return v + 1 }, still},
		"shifted far":      {5, func(_ int, v float64) float64 { return v - 1e6 }, still},
		"scaled":           {5, func(_ int, v float64) float64 { return 3e-9 * v }, still},
		"single precision": {5, func(_ int, v float64) float64 { return float64(float32(v)) }, still},
		"one left out":     {23, func(_ int, v float64) float64 { return v }, "sample 19 of x, left out in fold 20, does not vary from the mean of the others: R2 is not defined there"},
		"another constant": {5, func(i int, v float64) float64 {
			if i >= 19 {
				return 1e-3
			}
			return v
		}, ""},
		"varies little": {5, func(i int, v float64) float64 {
			if i == 20 {
				return 1e-5
			}
			return v
		}, ""},
	} {
		for _, q := range []int{3, 30} {
			x := gauss(1, n, p)
			if name != "none" {
				copy(x.Float64s(), centred(gauss(1, 19, p)).Float64s())
				clear(x.Float64s()[19*p:])
			}
			for i, v := range x.Float64s() {
				x.Float64s()[i] = c.change(i/p, v)
			}
			program, err := Compile(func(b *Builder) *Node {
				return CrossValidatedR2(c.folds, 1, b.Const("y", gauss(2, n, q)), b.Param("x", x))
			})
			require.NoError(t, err)
			_, err = program.Eval()
			if c.want == "" {
				require.NoError(t, err, name)
				continue
			}
			require.EqualError(t, err, "graph: folds of (23, 2): "+c.want, name)
		}
	}
}

// Where a does not vary outside a fold, b is predicted there by its mean, and R² is 0.
func TestConstantOutsideFold(t *testing.T) {
	const n, k = 20, 4
	for _, q := range []int{1, 2, 30} {
		eval := func(constant float64) float64 {
			a := gauss(1, n, q)
			for i, v := range a.Float64s() {
				a.Float64s()[i] = constant
				if i >= 15*q {
					a.Float64s()[i] += v
				}
			}
			p, err := Compile(func(g *Builder) *Node { return CrossValidatedR2(k, 0, g.Param("a", a), g.Const("b", gauss(2, n, 1))) })
			require.NoError(t, err)
			v, err := p.Eval()
			require.NoError(t, err)
			g, err := p.Grad("a")
			require.NoError(t, err)
			require.Less(t, largest(g), 10.0)
			return v
		}
		zero := eval(0)
		require.InDelta(t, zero, eval(0.1), 1e-12, q)
		require.InDelta(t, zero, eval(0.7), 1e-12, q)
		if q > 1 {
			continue
		}
		// By hand: the slope of b on a over the other rows, and their means.
		a, b := gauss(1, n, 1).Float64s(), gauss(2, n, 1).Float64s()
		clear(a[:15])
		want := 0.0
		for i := range k - 1 {
			from, to := folds{k: k, n: n, rows: 1}.bounds(i)
			meanA, meanB, saa, sab := 0.0, 0.0, 0.0, 0.0
			others := func(f func(j int)) {
				for j := range n {
					if j < from || j >= to {
						f(j)
					}
				}
			}
			others(func(j int) { meanA, meanB = meanA+a[j]/15, meanB+b[j]/15 })
			others(func(j int) { saa, sab = saa+(a[j]-meanA)*(a[j]-meanA), sab+(a[j]-meanA)*(b[j]-meanB) })
			rest, all := 0.0, 0.0
			for j := from; j < to; j++ {
				e, d := b[j]-meanB-(a[j]-meanA)*sab/saa, b[j]-meanB
				rest, all = rest+e*e, all+d*d
			}
			want += (1 - rest/all) / k
		}
		require.InDelta(t, want, zero, 1e-12)
	}
}

// What only looks at its input takes no memory for it.
func TestLooksTakesNoMemory(t *testing.T) {
	p, err := Compile(func(b *Builder) *Node {
		return CrossValidatedR2(3, 1, b.Param("a", gauss(1, 12, 2)), b.Param("b", gauss(2, 12, 3)))
	})
	require.NoError(t, err)
	seen := 0
	for _, s := range p.machine.slots {
		if s.prim != nil && s.prim.looks {
			seen++
			require.Same(t, &s.in[0].out.Data[0], &s.out.Data[0])
		}
	}
	require.Equal(t, 1, seen)
}
