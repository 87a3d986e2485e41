package optim

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"simgrad/graph"
)

func gauss(seed uint64, n, p int) *tensor.Dense {
	r := rand.New(rand.NewPCG(seed, 0))
	x := make([]float64, n*p)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(x))
}

// bowl is ‖y − x‖², least at y = x.
func bowl(t *testing.T, x, y *tensor.Dense) *graph.Program {
	p, err := graph.Compile(func(b *graph.Builder) *graph.Node {
		rest := graph.Sub(b.Param("y", y), b.Const("x", x))
		b.Watch("norm", graph.Norm(rest))
		return graph.SumSquares(rest)
	})
	require.NoError(t, err)
	return p
}

// Adam takes Gorgonia's Adam's steps.
func TestAdamIsGorgonias(t *testing.T) {
	own, theirs := bowl(t, gauss(1, 7, 3), gauss(2, 7, 3)), bowl(t, gauss(1, 7, 3), gauss(2, 7, 3))
	a, b := Adam(0.1), gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.1))
	for range 200 {
		for _, s := range []struct {
			p *graph.Program
			s Solver
		}{{own, a}, {theirs, b}} {
			_, err := s.p.Eval()
			require.NoError(t, err)
			model, err := s.p.Gradients()
			require.NoError(t, err)
			require.NoError(t, s.s.Step(model))
		}
		require.InDeltaSlice(t, theirs.Param("y").Float64s(), own.Param("y").Float64s(), 1e-12)
	}
}

func TestAdamRefusesRate(t *testing.T) {
	_, err := Minimize(context.Background(), bowl(t, gauss(1, 2, 2), gauss(2, 2, 2)), Adam(math.NaN()), Settings{})
	require.EqualError(t, err, "optim: step 0: optim: Adam: the rate is NaN; it must be finite")
}

func TestAdamRefusesAnotherModel(t *testing.T) {
	p := bowl(t, gauss(1, 2, 2), gauss(2, 2, 2))
	s := Adam(0.1)
	_, err := p.Eval()
	require.NoError(t, err)
	model, err := p.Gradients()
	require.NoError(t, err)
	require.NoError(t, s.Step(model))
	require.EqualError(t, s.Step(nil), "optim: Adam was begun with 1 parameters and is given 0")
	require.NoError(t, Adam(0.1).Step(model))
	other := bowl(t, gauss(1, 3, 2), gauss(2, 3, 2))
	_, err = other.Eval()
	require.NoError(t, err)
	model, err = other.Gradients()
	require.NoError(t, err)
	require.ErrorContains(t, s.Step(model), "optim: Adam: parameter 0 has 6 values")
}

// -steps S makes S updates and S + 1 values; value s is after s updates.
func TestSteps(t *testing.T) {
	for _, steps := range []int{1, 5} {
		trace := &Trace{Watched: []string{"norm"}, Params: []string{"y"}, Keep: func(Point) bool { return true }}
		p := bowl(t, gauss(1, 4, 3), gauss(2, 4, 3))
		status, err := Minimize(context.Background(), p, Adam(0.1), Settings{Steps: steps, Recorder: trace})
		require.NoError(t, err)
		require.Equal(t, StepLimit, status)
		require.Len(t, trace.Values, steps+1)
		require.Equal(t, gauss(2, 4, 3).Data(), trace.Snapshots["y"][0].Data(), "step 0 is the start")
		require.Equal(t, p.Param("y").Data(), trace.Snapshots["y"][steps].Data(), "the last value is of the last point")
		for s, v := range trace.Values {
			require.InEpsilon(t, v, math.Pow(trace.Scalars["norm"][s], 2), 1e-12)
			if s > 0 {
				require.Less(t, v, trace.Values[s-1])
			}
		}
	}
	trace := &Trace{}
	_, err := Minimize(context.Background(), bowl(t, gauss(1, 1, 2), gauss(2, 1, 2)), Adam(0.001), Settings{Recorder: trace})
	require.NoError(t, err)
	require.Len(t, trace.Values, 1001)
	_, err = Minimize(context.Background(), bowl(t, gauss(1, 1, 2), gauss(2, 1, 2)), Adam(0.001), Settings{Steps: -1})
	require.EqualError(t, err, "optim: -1 steps; at least one is needed, and 0 stands for 1000")
}

// The stop is asked before an update: the first value that it accepts is the last.
func TestStop(t *testing.T) {
	trace := &Trace{}
	status, err := Minimize(context.Background(), bowl(t, gauss(1, 4, 3), gauss(2, 4, 3)), Adam(0.1),
		Settings{Steps: 500, Stop: ReachOrFall(1), Recorder: trace})
	require.NoError(t, err)
	require.Equal(t, Stopped, status)
	last := len(trace.Values) - 1
	require.LessOrEqual(t, trace.Values[last], 1.0)
	require.Greater(t, trace.Values[last-1], 1.0)

	trace = &Trace{}
	status, err = Maximize(context.Background(), bowl(t, gauss(1, 4, 3), gauss(2, 4, 3)), Adam(0.1),
		Settings{Stop: ReachOrExceed(0), Recorder: trace})
	require.NoError(t, err)
	require.Equal(t, Stopped, status)
	require.Len(t, trace.Values, 1, "already there: no update")
}

// Maximize goes up, with Adam and with a solver of Gorgonia's.
func TestMaximizeGoesUp(t *testing.T) {
	for _, solver := range []Solver{Adam(0.1), gorgonia.NewVanillaSolver(gorgonia.WithLearnRate(0.01))} {
		trace := &Trace{}
		_, err := Maximize(context.Background(), bowl(t, gauss(1, 4, 3), gauss(2, 4, 3)), solver, Settings{Steps: 20, Recorder: trace})
		require.NoError(t, err)
		for s := range 20 {
			require.Greater(t, trace.Values[s+1], trace.Values[s])
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	steps := 0
	_, err := Minimize(ctx, bowl(t, gauss(1, 4, 3), gauss(2, 4, 3)), Adam(0.1), Settings{Recorder: recorder(func(p Point) error {
		if steps++; steps == 3 {
			cancel()
		}
		return nil
	})})
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, 3, steps)

	boom := errors.New("disk full")
	_, err = Minimize(context.Background(), bowl(t, gauss(1, 4, 3), gauss(2, 4, 3)), Adam(0.1),
		Settings{Recorder: recorder(func(Point) error { return boom })})
	require.ErrorIs(t, err, boom)
}

type recorder func(Point) error

func (r recorder) Record(p Point) error { return r(p) }

// NaN and Inf, in the value or only in the gradient, stop the run and are named.
func TestNonFinite(t *testing.T) {
	p, err := graph.Compile(func(b *graph.Builder) *graph.Node {
		y := b.Param("y", gauss(1, 2, 2))
		return graph.Div(graph.Sum(y), graph.Sum(graph.Sub(y, y)))
	})
	require.NoError(t, err)
	_, err = Minimize(context.Background(), p, Adam(0.1), Settings{})
	require.ErrorContains(t, err, "optim: step 0: the value is ")
	require.ErrorContains(t, err, "Div of (), () is not finite")

	p, err = graph.Compile(func(b *graph.Builder) *graph.Node {
		y := b.Param("y", gauss(1, 2, 2))
		steep := graph.Map("steep", nil, y, func(x float64) float64 { return x }, func(_, _ float64) float64 { return math.Inf(1) })
		return graph.SumSquares(steep)
	})
	require.NoError(t, err)
	for _, s := range []Solver{Adam(0.1), gorgonia.NewVanillaSolver()} {
		_, err = Minimize(context.Background(), p, s, Settings{})
		require.EqualError(t, err, "optim: step 0: the gradient by parameter 0 is not finite: pullback of steep to input 0 of y (2, 2), (2, 2), (2, 2)")
	}
}

// Grid keeps the first step, the last, and each new line's first crossing, up or
// down.
func TestGrid(t *testing.T) {
	keep := Grid(0.1)
	kept := []int{}
	values := []float64{0.05, 0.08, 0.11, 0.09, 0.14, 0.35, 0.28, 0.41, -0.02, 0.05, -0.15, 0.42}
	for i, v := range values {
		if keep(Point{Step: i, Value: v, Last: i == len(values)-1}) {
			kept = append(kept, i)
		}
	}
	require.Equal(t, []int{0, 2, 5, 7, 8, 10, 11}, kept)
}
