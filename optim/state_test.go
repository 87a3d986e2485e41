package optim

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"

	"simgrad/graph"
)

// From a state that was kept, an optimisation goes on to the bytes of one left alone: of
// a primitive, too, that at later steps does what an earlier matrix has told it.
func TestState(t *testing.T) {
	x, y0 := gauss(1, 30, 12), gauss(2, 30, 12)
	for i, v := 0, y0.Float64s(); i < 30; i++ { // nearly of rank 6 at the start, for which an iteration rests at the next 20 steps
		for j := range 6 {
			v[i*12+6+j] = v[i*12+j] + 1e-11*v[i*12+6+j]
		}
	}
	program := func() *graph.Program {
		p, err := graph.Compile(func(b *graph.Builder) *graph.Node {
			c, y := graph.Center(b.Const("x", x)), graph.Center(b.Param("y", y0))
			return graph.ProcrustesCosine(c, y)
		})
		require.NoError(t, err)
		return p
	}
	for name, solver := range map[string]func() Solver{
		"adam":    func() Solver { return Adam(0.1) },
		"descent": func() Solver { return gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(10)) },
	} {
		var states []State
		alone, trace := program(), &Trace{}
		_, err := Maximize(context.Background(), alone, solver(), Settings{Steps: 60, Renew: 7, Recorder: trace, Keep: func(s State) error {
			var file bytes.Buffer
			_, err := s.WriteTo(&file)
			require.NoError(t, err)
			file.WriteString("what follows")
			var read State
			_, err = read.ReadFrom(&file)
			states = append(states, read)
			require.Equal(t, "what follows", file.String())
			return err
		}})
		require.NoError(t, err)
		require.Len(t, states, 8)
		for _, s := range states {
			p, after := program(), &Trace{}
			kept := 0
			_, err := Maximize(context.Background(), p, solver(), Settings{Steps: 60, Renew: 7, Recorder: after, From: &s, Keep: func(State) error { kept++; return nil }})
			require.NoError(t, err)
			require.Equal(t, trace.Values[s.Step:], after.Values, "%s from step %d", name, s.Step)
			require.Equal(t, alone.Param("y").Data(), p.Param("y").Data())
			require.Equal(t, (60-s.Step)/7, kept)
		}
	}
	_, err := Maximize(context.Background(), bowl(t, gauss(1, 2, 2), gauss(2, 2, 2)), Adam(0.1), Settings{From: &State{Step: 3, Params: [][]float64{{1}}}})
	require.EqualError(t, err, "optim: the state of step 3 is of another program or solver")
	// A solver of others is not known, and nothing is shown of it.
	_, err = Minimize(context.Background(), bowl(t, gauss(1, 2, 2), gauss(2, 2, 2)), gorgonia.NewAdamSolver(), Settings{Steps: 5, Renew: 2, Keep: func(State) error {
		t.Error("shown")
		return nil
	}})
	require.NoError(t, err)
}
