package measures_test

import (
	"fmt"
	"testing"

	"simgrad/data"
	"simgrad/graph"
	"simgrad/measures"
	"simgrad/optim"
)

// One step of an ascent: value, gradient and Adam.
func BenchmarkStep(b *testing.B) {
	for _, name := range []string{"cka", "nbs", "procrustes-angular-score", "linreg-r2", "ridge-lambda=100-r2", "linreg-r2-cv=5folds", "ridge-lambda=100-r2-cv=5folds"} {
		for _, s := range [][2]int{{60, 2}, {1000, 100}, {5000, 100}, {600, 600}, {2000, 500}} {
			b.Run(fmt.Sprintf("%s/n=%d/p=%d", name, s[0], s[1]), func(b *testing.B) {
				m, err := measures.ByName(name)
				if err != nil {
					b.Fatal(err)
				}
				x := m.Reduced(data.Gaussian(1, s[0], s[1]))
				p, err := graph.Compile(func(g *graph.Builder) *graph.Node {
					return m.Over(1).Score(g.Const("x", x), g.Param("y", data.Gaussian(2, s[0], s[1])))
				})
				if err != nil {
					b.Fatal(err)
				}
				adam := optim.Adam(0.1)
				step := func() {
					if _, err := p.Eval(); err != nil {
						b.Fatal(err)
					}
					model, err := p.Gradients()
					if err != nil {
						b.Fatal(err)
					}
					if err := adam.Step(model); err != nil {
						b.Fatal(err)
					}
				}
				step()
				b.ReportAllocs()
				for b.Loop() {
					step()
				}
			})
		}
	}
}
