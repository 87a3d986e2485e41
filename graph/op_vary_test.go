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
