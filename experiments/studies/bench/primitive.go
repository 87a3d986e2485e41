package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"gonum.org/v1/gonum/floats"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/graph"
)

// A primitive is a function of package graph as a scalar of x and y, both n×p normal values,
// whose value, and gradient by y if it has one, is computed anew each time.
type primitive struct {
	Name string
	shape
	ValueOnly bool
	of        func(x, y *graph.Node) *graph.Node
}

func (p primitive) String() string {
	return strings.ReplaceAll(p.Name, " ", "-") + "-" + p.shape.String()
}

// MarshalText implements encoding.TextMarshaler.
func (p primitive) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// primitives are beside peer.py's of the same names. What is n×n is weighed by x·xᵀ, which does
// not change.
var primitives = []primitive{
	{"polar factor", shape{1000, 100}, false, func(x, y *graph.Node) *graph.Node { return graph.Dot(graph.Polar(y), x) }},
	{"nuclear norm", shape{200, 200}, false, func(_, y *graph.Node) *graph.Node { return graph.NuclearNorm(y) }},
	{"left vectors", shape{300, 100}, false, func(x, y *graph.Node) *graph.Node {
		return graph.SumSquares(graph.Mul(graph.LeftVectors(y, x), x))
	}},
	{"squared distances", shape{1000, 100}, false, func(x, y *graph.Node) *graph.Node { return graph.Dot(graph.SqDistances(y), weights(x)) }},
	{"RBF kernel", shape{1000, 100}, false, func(x, y *graph.Node) *graph.Node {
		return graph.Dot(graph.ExpAbout(graph.Affine(-0.005, graph.SqDistances(y), 0)), weights(x))
	}},
	{"kernel off the diagonal", shape{1000, 100}, false, func(x, y *graph.Node) *graph.Node {
		return graph.Dot(graph.ZeroDiagonal(graph.Gram(graph.T(y))), weights(x))
	}},
	{"pairs above the diagonal", shape{1000, 100}, false, func(x, y *graph.Node) *graph.Node {
		return graph.Dot(graph.Upper(graph.Gram(graph.T(y))), graph.Upper(weights(x)))
	}},
	{"unit rows", shape{5000, 100}, false, func(x, y *graph.Node) *graph.Node { return graph.Dot(graph.UnitRows(y), x) }},
	{"unit columns", shape{5000, 100}, false, func(x, y *graph.Node) *graph.Node { return graph.Dot(graph.UnitColumns(y), x) }},
	{"centred columns", shape{5000, 100}, false, func(x, y *graph.Node) *graph.Node { return graph.Dot(graph.Center(y), x) }},
	{"column norms", shape{5000, 100}, false, func(_, y *graph.Node) *graph.Node { return graph.Sum(graph.ColNorms(y)) }},
	{"row maxima", shape{5000, 100}, false, func(_, y *graph.Node) *graph.Node { return graph.Sum(graph.RowMax(y)) }},
	{"unbiased inner product", shape{5000, 100}, false, graph.SongInner},
	{"least squares", shape{1000, 100}, false, func(x, y *graph.Node) *graph.Node { return graph.SumSquares(graph.LeastSquares(y, x)) }},
	{"ridge", shape{1000, 100}, false, func(x, y *graph.Node) *graph.Node { return graph.SumSquares(graph.Ridge(100, y, x)) }},
	{"nested ridge", shape{500, 50}, false, func(x, y *graph.Node) *graph.Node {
		return graph.CrossValidated(5, graph.NestedRidge, graph.R2, y, x)
	}},
	{"partial least squares", shape{500, 50}, false, func(x, y *graph.Node) *graph.Node {
		return graph.R2(x, graph.PartialLeastSquares(5, y, x, y))
	}},
	{"median correlation", shape{1000, 101}, false, graph.MedianCorrelation},
	{"median", shape{1000, 100}, false, func(_, y *graph.Node) *graph.Node { return graph.Median(y) }},
	{"log-sum-exp", shape{1000, 100}, false, func(_, y *graph.Node) *graph.Node {
		return graph.Log(graph.Sum(graph.Map("Exp", struct{}{}, y, math.Exp, func(_, y float64) float64 { return y })))
	}},
	{"Sinkhorn plan", shape{1000, 100}, false, func(x, y *graph.Node) *graph.Node {
		c := graph.Affine(1/float64(y.Shape()[0]), graph.MatMul(graph.T(x), y), 0)
		return graph.Dot(graph.Sinkhorn(0.01, c), c)
	}},
	{"assignment", shape{1000, 200}, false, graph.MatchingCosine},
	{"ranks", shape{1000, 100}, true, func(x, y *graph.Node) *graph.Node { return graph.Dot(graph.Ranks(y), x) }},
	{"Kendall τ-b", shape{1000, 20}, true, func(x, y *graph.Node) *graph.Node { return graph.KendallTau(x, y, true) }},
	{"nearest neighbours", shape{1000, 100}, true, func(x, y *graph.Node) *graph.Node { return graph.SharedNeighbours(10, x, y) }},
}

// weights is x·xᵀ of centred columns, of which rows have no sum.
func weights(x *graph.Node) *graph.Node { return graph.Gram(graph.T(graph.Center(x))) }

// compiled is the primitive of normal data that seed decides, and these.
func (p primitive) compiled(seed uint64) (program *graph.Program, x, y []float64, err error) {
	dx, dy := data.Gaussian(seed+1000, p.n, p.p), data.Gaussian(seed, p.n, p.p)
	program, err = graph.Compile(func(b *graph.Builder) *graph.Node {
		in := b.Param
		if p.ValueOnly {
			in = b.Variable
		}
		return p.of(b.Const("x", dx), in("y", dy))
	})
	if err != nil {
		return nil, nil, nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return program, dx.Float64s(), dy.Float64s(), nil
}

// once computes the value, and the gradient.
func (p primitive) once(program *graph.Program) (value float64, err error) {
	if value, err = program.Eval(); err == nil && !p.ValueOnly {
		_, err = program.Gradients()
	}
	return value, err
}

// primitive times value and gradient of a primitive, ours and the peer's. Times are
// milliseconds.
func (s *Study) primitive(ctx context.Context, r *experiments.Record, c experiments.Cell, threads int) error {
	p, on := c.Point.(primitive), strconv.Itoa(threads)
	program, x, y, err := p.compiled(c.Seed)
	if err != nil {
		return err
	}
	value, err := p.once(program)
	if err != nil {
		return err
	}
	size := 0.0
	if !p.ValueOnly {
		g, err := program.Grad("y")
		if err != nil {
			return err
		}
		size = floats.Norm(g.Float64s(), 1)
	}
	ours := func(steps int) turn {
		return timed(func() error {
			for range steps {
				if _, err := p.once(program); err != nil {
					return err
				}
			}
			return nil
		})
	}
	const long = 20 * time.Millisecond
	steps := []int{stepsATurn(ours, long)}
	turns := []turn{ours(steps[0])}
	addReadings(r, "bytes", on, allocated(turns[0])/float64(steps[0]))
	peer, err := s.peer(ctx, threads)
	if err != nil {
		return err
	}
	if peer != nil {
		var answer struct{ Scores report.Floats }
		err := peer.ask(map[string]any{"do": "primitive", "form": p.Name, "n": p.n, "p": p.p, "x": encoded(x), "y": encoded(y), "gradient": !p.ValueOnly}, &answer)
		at := fmt.Sprintf("%s at %s in PyTorch", p.Name, p.by())
		switch {
		case errors.As(err, new(errNotApplicable)):
			r.Warn("%s: %s.", at, strings.TrimRight(err.Error(), "."))
		case err != nil:
			return err
		case !alike(answer.Scores[0], value, 1e-8) || !alike(answer.Scores[1], size, 1e-6):
			r.Warn("%s gives %.10g, gradient %.7g, where ours are %.10g and %.7g: not compared.", at, answer.Scores[0], answer.Scores[1], value, size)
		default:
			theirs := func(steps int) turn { return func() (float64, error) { return peer.steps(steps, false, false) } }
			steps = append(steps, stepsATurn(theirs, long))
			turns = append(turns, theirs(steps[1]))
		}
	}
	who := []string{"simgrad", "peer"}
	return alternate(ctx, s.Pairs, enough, turns, func(i int, seconds float64) { addReadings(r, who[i], on, 1e3*seconds/float64(steps[i])) })
}

// alike is whether a is b to so much of it.
func alike(a, b, to float64) bool { return math.Abs(a-b) <= to*max(1, math.Abs(b)) }

// primitiveTable is the table of primitives, and the same as a CSV.
func primitiveTable(all []comparison, ratio func(comparison) string) (report.Table, report.CSV) {
	t := report.Table{
		Caption: "Primitives: value, and gradient where there is one, beside the leanest form in PyTorch, or, of ranks, Kendall's τ and assignments, SciPy. Medians of turns, their ratio with its range over pairs of turns, and the bytes that one of ours allocates.",
		Header:  []string{"primitive", "samples × units", "gradient", "threads", "ours, ms", "theirs, ms", "ratio", "bytes"},
	}
	csv := report.CSV{Name: "primitives", Header: []string{"primitive", "n", "p", "gradient", "threads", "ours_ms", "peer_ms", "ratio", "ratio_low", "ratio_high", "bytes"}}
	for _, c := range all {
		gradient := "yes"
		if c.Cell.Point.(primitive).ValueOnly {
			gradient = "no"
		}
		own, peers := median(c.all("simgrad")), median(c.all("peer"))
		mid, low, high := c.ratio()
		t.Rows = append(t.Rows, []string{c.measure, c.by(), gradient, strconv.Itoa(c.threads), milliseconds(own), milliseconds(peers), ratio(c), fmt.Sprintf("%.0f", c.one("bytes"))})
		csv.Rows = append(csv.Rows, []any{c.measure, c.n, c.p, gradient, c.threads, own, peers, mid, low, high, c.one("bytes")})
	}
	return t, csv
}
