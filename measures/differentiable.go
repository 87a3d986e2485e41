package measures

import (
	"errors"
	"fmt"

	"gorgonia.org/tensor"

	"simgrad/graph"
)

// Differentiable says why m has no gradient, which its graph tells: one of its primitives
// gives a value alone. Asked of a small pair of datasets, before an ascent.
func (m Measure) Differentiable() error {
	const n, p = 60, 4
	for _, q := range []int{2, p} { // some take data of the same units alone
		_, err := graph.Compile(func(b *graph.Builder) *graph.Node {
			return m.OfRows().Score(b.Const("x", ramp(n, p)), b.Param("y", ramp(n, q)))
		})
		if errors.Is(err, graph.ErrValueOnly) {
			return fmt.Errorf("measures: %s: no data can be driven up or down this score: %w", m.Name, err)
		}
	}
	return nil
}

// ramp is some n×p matrix: what is compiled is not computed.
func ramp(n, p int) *tensor.Dense {
	x := make([]float64, n*p)
	for i := range x {
		x[i] = float64(i)
	}
	return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(x))
}
