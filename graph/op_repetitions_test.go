package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
)

// Distances are those of the formula, pair by pair and repetition by repetition.
func TestCrossDistances(t *testing.T) {
	const n, p, repetitions = 5, 3, 4
	x, a := gauss(1, n, repetitions*p), gauss(2, 7, p)
	at := func(i, r, u int) float64 { return x.Float64s()[i*repetitions*p+r*p+u] }
	var second, precision mat.Dense
	second.Mul(mat.NewDense(7, p, a.Float64s()).T(), mat.NewDense(7, p, a.Float64s()))
	require.NoError(t, precision.Inverse(&second))
	one := mat.NewDense(p, p, []float64{1, 0, 0, 0, 1, 0, 0, 0, 1})
	for weigh, by := range map[bool]*mat.Dense{false: one, true: &precision} {
		program, err := Compile(func(b *Builder) *Node {
			var of *Node
			if weigh {
				of = Inverse(Gram(b.Const("a", a)))
			}
			return Dot(CrossDistances(repetitions, b.Const("x", x), of), b.Const("at", gauss(3, n, n)))
		})
		require.NoError(t, err)
		got, err := program.Eval()
		require.NoError(t, err)
		want := 0.0
		for i := range n {
			for j := range n {
				d := 0.0
				for r := range repetitions {
					for s := range repetitions {
						for u := range p {
							for v := range p {
								if r != s {
									d += (at(i, r, u) - at(j, r, u)) * by.At(u, v) * (at(i, s, v) - at(j, s, v))
								}
							}
						}
					}
				}
				want += d / (repetitions * (repetitions - 1)) * gauss(3, n, n).Float64s()[i*n+j]
			}
		}
		require.InDelta(t, want, got, 1e-12)
	}
	for what, build := range map[string]func(b *Builder) *Node{
		"graph: CrossDistances: (5, 12): not the units of 5 repetitions": func(b *Builder) *Node { return Sum(CrossDistances(5, b.Const("x", x), nil)) },
		"graph: Residuals: (5, 12): not the units of 1 repetitions":      func(b *Builder) *Node { return Sum(Residuals(1, b.Const("x", x))) },
		"a precision of (3, 3): of 6 units it is 6 × 6":                  func(b *Builder) *Node { return Sum(CrossDistances(2, b.Const("x", x), Gram(b.Const("a", a)))) },
	} {
		_, err := Compile(build)
		require.ErrorContains(t, err, what)
	}
	singular, err := Compile(func(b *Builder) *Node { return Sum(Inverse(Gram(b.Const("a", gauss(1, 2, 3))))) })
	require.NoError(t, err)
	_, err = singular.Eval()
	require.ErrorContains(t, err, "the matrix is singular")
}
