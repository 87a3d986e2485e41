package graph

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// gauss returns n × p standard normal values drawn from seed.
func gauss(seed uint64, n, p int) *tensor.Dense {
	r := rand.New(rand.NewPCG(seed, 0))
	x := make([]float64, n*p)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(x))
}

// formulas has every function of the package in it, as a scalar of two
// matrices. The default shapes are 9×4 and 9×4.
var formulas = []struct {
	name  string
	build func(x, y *Node) *Node
	x, y  *tensor.Dense
}{
	{"T", func(x, y *Node) *Node { return Sum(Mul(T(x), Square(T(y)))) }, nil, nil},
	{"MatMul", func(x, y *Node) *Node { return SumSquares(MatMul(x, y)) }, gauss(1, 5, 3), gauss(2, 3, 4)},
	{"MatMul TN", func(x, y *Node) *Node { return SumSquares(MatMul(T(x), y)) }, gauss(1, 5, 3), gauss(2, 5, 4)},
	{"MatMul NT", func(x, y *Node) *Node { return SumSquares(MatMul(x, T(y))) }, gauss(1, 5, 3), gauss(2, 4, 3)},
	{"MatMul TT", func(x, y *Node) *Node { return Sum(Square(MatMul(T(x), T(y)))) }, gauss(1, 5, 3), gauss(2, 4, 5)},
	{"MatMul x x", func(x, y *Node) *Node { return Add(SumSquares(MatMul(x, x)), Sum(y)) }, gauss(1, 4, 4), nil},
	{"Gram", func(x, y *Node) *Node { return Sum(Mul(Gram(x), MatMul(T(x), y))) }, nil, nil},
	{"Gram of rows", func(x, y *Node) *Node { return Sum(Mul(Gram(T(x)), MatMul(x, T(y)))) }, nil, nil},
	{"Add", func(x, y *Node) *Node { return SumSquares(Add(x, y)) }, nil, nil},
	{"Sub", func(x, y *Node) *Node { return SumSquares(Sub(x, y)) }, nil, nil},
	{"Mul", func(x, y *Node) *Node { return Sum(Mul(Mul(x, y), Sum(x))) }, nil, nil},
	{"Div", func(x, y *Node) *Node { return Sum(Div(x, Affine(1, Square(y), 1))) }, nil, nil},
	{"Div scalar", func(x, y *Node) *Node { return Sum(Div(SumSquares(x), Affine(1, Square(y), 1))) }, nil, nil},
	{"Neg", func(x, y *Node) *Node { return SumSquares(Add(Neg(x), y)) }, nil, nil},
	{"Sqrt", func(x, y *Node) *Node { return Sum(Sqrt(Affine(1, Square(Mul(x, y)), 0.5))) }, nil, nil},
	{"PowerAbout", func(x, y *Node) *Node { return Sum(Mul(PowerAbout(3, 0.7, x), y)) }, nil, nil},
	{"Positive", func(x, y *Node) *Node { return Sqrt(Positive("it", SumSquares(Mul(x, y)))) }, nil, nil},
	{"Abs", func(x, y *Node) *Node { return Sum(Mul(Abs(x), y)) }, nil, nil},
	{"Dot", func(x, y *Node) *Node { return Square(Dot(x, y)) }, nil, nil},
	{"Norm", func(x, y *Node) *Node { return Mul(Norm(x), Norm(Sub(x, y))) }, nil, nil},
	{"Center", func(x, y *Node) *Node { return Sum(Mul(Center(Square(x)), Center(y))) }, nil, nil},
	{"ColMeans", func(x, y *Node) *Node { return SumSquares(SubRow(x, ColMeans(Mul(x, y)))) }, nil, nil},
	{"Rows", func(x, y *Node) *Node { return SumSquares(Mul(Rows(x, 2, 6), Rows(y, 5, 9))) }, nil, nil},
	{"WithoutRows", func(x, y *Node) *Node { return SumSquares(Mul(WithoutRows(x, 0, 3), WithoutRows(y, 4, 7))) }, nil, nil},
	{"Acos", func(x, y *Node) *Node { return Acos(Div(Dot(x, y), Mul(Norm(x), Norm(y)))) }, nil, nil},
	{"NuclearNorm", func(x, y *Node) *Node { return NuclearNorm(MatMul(T(x), y)) }, nil, nil},
	{"NuclearNorm tall", func(x, y *Node) *Node { return Mul(NuclearNorm(x), Sum(y)) }, nil, nil},
	{"NuclearNorm wide", func(x, y *Node) *Node { return NuclearNorm(MatMul(T(x), y)) }, gauss(1, 9, 3), gauss(2, 9, 5)},
	{"LeastSquares", func(x, y *Node) *Node { return SumSquares(Sub(y, MatMul(x, LeastSquares(x, y)))) }, nil, nil},
	{"LeastSquares coefficients", func(x, y *Node) *Node { return Sum(Mul(LeastSquares(x, y), LeastSquares(y, x))) }, nil, nil},
	{"LeastSquares wide", func(x, y *Node) *Node { return Sum(Square(LeastSquares(x, y))) }, gauss(1, 4, 7), gauss(2, 4, 3)},
	{"Unexplained", Unexplained, nil, nil},
	{"Unexplained, wider", func(x, y *Node) *Node { return Unexplained(Center(x), Center(y)) }, gauss(1, 9, 4), gauss(2, 9, 6)},
	{"KernelCosine by kernels", func(x, y *Node) *Node { return KernelCosine(Center(x), Center(y)) }, gauss(1, 6, 4), gauss(2, 6, 7)},
	{"KernelCosine by units", func(x, y *Node) *Node { return KernelCosine(x, Center(y)) }, gauss(1, 20, 4), gauss(2, 20, 3)},
	{"Ridge", func(x, y *Node) *Node { return SumSquares(Sub(y, MatMul(x, Ridge(0.3, x, y)))) }, nil, nil},
	{"Ridge coefficients", func(x, y *Node) *Node { return Sum(Mul(Ridge(2, x, y), Ridge(3, y, x))) }, nil, nil},
	{"RidgeExplained", func(x, y *Node) *Node { return RidgeExplained(0.3, x, y) }, nil, nil},
	{"CrossValidatedR2", func(x, y *Node) *Node { return CrossValidatedR2(3, 0, x, y) }, gauss(1, 11, 4), gauss(2, 11, 3)},
	{"CrossValidatedR2, ridge", func(x, y *Node) *Node { return CrossValidatedR2(2, 0.5, x, y) }, nil, nil},
	{"CrossValidatedR2, wide", func(x, y *Node) *Node { return CrossValidatedR2(3, 0.5, x, y) }, gauss(1, 9, 7), nil},
	{"CrossValidatedOverConditions", func(x, y *Node) *Node { return CrossValidatedOverConditions(2, 3, 0, x, y) }, gauss(1, 20, 4), gauss(2, 20, 3)},
	{"CrossValidatedOverConditions, each", func(x, y *Node) *Node { return CrossValidatedOverConditions(3, 0, 0.5, x, y) }, nil, nil},
	{"Ridge wide", func(x, y *Node) *Node { return Sum(Square(Ridge(0.7, x, y))) }, gauss(1, 4, 7), gauss(2, 4, 3)},
	{"Cosine", func(x, y *Node) *Node { return Mul(Cosine(x, y), Acos(Cosine(x, y))) }, nil, nil},
	{"SqDistances", func(x, y *Node) *Node { return Dot(SqDistances(x), Square(SqDistances(y))) }, nil, nil},
	{"ZeroDiagonal", func(x, y *Node) *Node { return SumSquares(ZeroDiagonal(MatMul(x, T(y)))) }, nil, nil},
	{"Upper", func(x, y *Node) *Node { return SumSquares(Upper(MatMul(x, T(y)))) }, nil, nil},
	{"UnitRows", func(x, y *Node) *Node { return SumSquares(MatMul(T(UnitRows(x)), y)) }, nil, nil},
	{"UnitColumns", func(x, y *Node) *Node { return SumSquares(MatMul(T(UnitColumns(x)), y)) }, nil, nil},
	{"ExpAbout 1", func(x, y *Node) *Node { return Sum(Mul(Center(ExpAbout(x)), y)) }, nil, nil},
	{"ExpAbout 0", func(x, y *Node) *Node { return Sum(Mul(Center(ExpAbout(Affine(1, x, -2))), y)) }, nil, nil},
	{"RowSquares", func(x, y *Node) *Node { return SumSquares(RowSquares(MatMul(T(x), y))) }, nil, nil},
	{"RowMax", func(x, y *Node) *Node { return SumSquares(RowMax(MatMul(T(x), y))) }, nil, nil},
	{"Sin", func(x, y *Node) *Node { return Sum(Mul(Sin(x), y)) }, nil, nil},
	{"Min", func(x, y *Node) *Node { return SumSquares(Min(x, y)) }, nil, nil},
	{"Polar", func(x, y *Node) *Node { return SumSquares(MatMul(T(Polar(x)), y)) }, nil, nil},
	{"Polar, wide", func(x, y *Node) *Node { return SumSquares(MatMul(Polar(x), y)) }, gauss(1, 4, 7), gauss(2, 7, 3)},
	{"Polar, of a mean", func(x, y *Node) *Node { return NuclearNorm(MatMul(T(Polar(Center(x))), Polar(Center(y)))) }, nil, nil},
	{"Whitened", func(x, y *Node) *Node { return SumSquares(MatMul(T(Whitened(0.3, x)), y)) }, nil, nil},
	{"MatchingCosine", func(x, y *Node) *Node { return Mul(MatchingCosine(x, y), Acos(MatchingCosine(x, y))) }, nil, nil},
	{"MatchingCosine, wider", MatchingCosine, gauss(1, 9, 4), gauss(2, 9, 6)},
	{"SoftMatchingCosine", func(x, y *Node) *Node { return Acos(SoftMatchingCosine(x, y)) }, gauss(1, 9, 6), gauss(2, 9, 4)},
	{"Regularised", func(x, y *Node) *Node { return SumSquares(MatMul(T(Regularised(0.3, x)), y)) }, nil, nil},
	{"LeftVectors", func(x, y *Node) *Node { return SumSquares(Mul(LeftVectors(x, y), y)) }, nil, nil},
	{"LeftVectors, wide", func(x, y *Node) *Node { return SumSquares(Mul(MatMul(T(x), LeftVectors(x, x)), y)) }, gauss(1, 4, 7), gauss(2, 7, 4)},
	{"ColNorms", func(x, y *Node) *Node { return Dot(ColNorms(x), ColNorms(Mul(x, y))) }, nil, nil},
	{"Log", func(x, y *Node) *Node { return Log(Add(SumSquares(x), Sum(y))) }, nil, nil},
	{"PartialLeastSquares", func(x, y *Node) *Node {
		return CrossValidated(3, func(_ []int, a, b, av *Node) *Node { return PartialLeastSquares(2, a, b, av) }, MedianCorrelation, x, y)
	}, gauss(1, 14, 5), gauss(2, 14, 3)},
	{"PartialLeastSquares, wide", func(x, y *Node) *Node {
		return CrossValidated(2, func(_ []int, a, b, av *Node) *Node { return PartialLeastSquares(3, a, b, av) }, R2, x, y)
	}, gauss(1, 12, 9), gauss(2, 12, 10)},
	{"UnitR2", UnitR2, nil, nil},
	{"UnitCorrelation", UnitCorrelation, nil, nil},
	{"UnitSquaredCorrelation", UnitSquaredCorrelation, nil, nil},
	{"Pooled", func(x, y *Node) *Node {
		return Pooled(3, func(_ []int, a, b, av *Node) *Node { return MatMul(av, Ridge(1, a, b)) }, UnitR2, x, y)
	}, nil, nil},
	{"PooledByConditions", func(x, y *Node) *Node {
		return PooledByConditions(2, 3, func(_ []int, a, b, av *Node) *Node { return MatMul(av, LeastSquares(a, b)) }, UnitCorrelation, x, y)
	}, gauss(1, 20, 4), gauss(2, 20, 3)},
	{"Stack", func(x, y *Node) *Node { return SumSquares(MatMul(Stack(x, y), T(y))) }, gauss(1, 3, 4), gauss(2, 5, 4)},
	{"MedianCorrelation", MedianCorrelation, gauss(1, 9, 5), gauss(2, 9, 5)},
	{"MedianCorrelation, even", MedianCorrelation, nil, nil},
	{"NestedRidge", func(x, y *Node) *Node { return CrossValidated(3, NestedRidge, R2, x, y) }, gauss(1, 20, 4), correlated()},
	{"NestedRidge, wide", func(x, y *Node) *Node { return CrossValidatedByConditions(2, 3, NestedRidge, MedianCorrelation, x, y) }, gauss(1, 18, 20), gauss(2, 18, 3)},
	{"KernelRidge", func(x, y *Node) *Node {
		rbf := func(squared, _ *Node) *Node { return ExpAbout(Affine(-0.2, squared, 0)) }
		return CrossValidated(3, KernelRidge(0.3, rbf), R2, x, y)
	}, nil, nil},
	{"KernelRidge, width of the data", func(x, y *Node) *Node {
		rbf := func(squared, fitted *Node) *Node { return ExpAbout(Neg(Div(squared, Median(Upper(fitted))))) }
		return CrossValidated(3, KernelRidge(0.3, rbf), R2, x, y)
	}, nil, nil},
	{"Sinkhorn", func(x, y *Node) *Node { return Dot(Sinkhorn(0.7, x), Mul(x, y)) }, nil, nil},
	{"Sinkhorn, wider", func(x, y *Node) *Node { return Affine(100, Dot(Sinkhorn(0.3, x), Square(Sinkhorn(2, y))), 0) }, gauss(1, 3, 7), gauss(2, 3, 7)},
	{"Median", func(x, y *Node) *Node { return Mul(Median(Mul(x, y)), Median(Rows(x, 0, 1))) }, gauss(1, 9, 3), gauss(2, 9, 3)},
	{"MedianWhere", func(x, y *Node) *Node { return Mul(MedianWhere(x, Affine(-1, x, 1)), MedianWhere(y, x)) }, nil, nil},
	{"MeanOfRepetitions", func(x, y *Node) *Node {
		return Dot(Mul(MeanOfRepetitions(4, 3, 2, x), MeanOfRepetitions(4, 0, 3, x)), Square(MeanOfRepetitions(2, 0, 2, y)))
	}, gauss(1, 9, 8), nil},
	{"Contrasts", func(x, y *Node) *Node { return SumSquares(MatMul(T(Square(Contrasts(4, x))), Contrasts(4, y))) }, gauss(1, 9, 8), gauss(2, 9, 4)},
	{"StochasticResidue", func(x, y *Node) *Node {
		return SumSquares(StochasticResidue(0.7, MeanOfRepetitions(4, 0, 4, x), Contrasts(4, x), MeanOfRepetitions(2, 0, 2, y), Contrasts(2, y)))
	}, gauss(1, 5, 12), gauss(2, 5, 4)},
	{"StochasticResidue, more rows of the second", func(x, y *Node) *Node {
		return SumSquares(StochasticResidue(1, MeanOfRepetitions(3, 0, 3, x), Contrasts(3, x), MeanOfRepetitions(4, 0, 4, y), Contrasts(4, y)))
	}, gauss(1, 5, 12), gauss(2, 5, 12)},
	{"StochasticResidue, more rows than units", func(x, y *Node) *Node {
		return SumSquares(StochasticResidue(1, MeanOfRepetitions(4, 0, 4, x), Contrasts(4, x), MeanOfRepetitions(6, 0, 6, y), Contrasts(6, y)))
	}, gauss(1, 5, 8), gauss(2, 5, 6)},
	{"CrossDistances", func(x, y *Node) *Node { return Dot(CrossDistances(3, x, nil), MatMul(y, T(Square(y)))) }, gauss(1, 9, 6), nil},
	{"CrossDistances, weighed", func(x, y *Node) *Node { return SumSquares(CrossDistances(2, x, Inverse(Gram(y)))) }, gauss(1, 9, 8), nil},
	{"Residuals", func(x, y *Node) *Node {
		e := Residuals(2, x)
		return SumSquares(MatMul(y, T(Mul(e, Square(e)))))
	}, gauss(1, 9, 8), nil},
	{"Leading", func(x, y *Node) *Node { return SumSquares(MatMul(T(Leading(2, 0, x)), Leading(0, 0.8, y))) }, nil, nil},
}

// correlated are data that gauss(1, 20, 4) tell something of, so that no extreme penalty is
// best.
func correlated() *tensor.Dense {
	x, y := gauss(1, 20, 4).Float64s(), gauss(2, 20, 3)
	for i := range 20 {
		for j := range 3 {
			y.Float64s()[i*3+j] += x[i*4+j] - x[i*4+3]
		}
	}
	return y
}

func inputs(x, y *tensor.Dense) (*tensor.Dense, *tensor.Dense) {
	if x == nil {
		x = gauss(1, 9, 4)
	}
	if y == nil {
		y = gauss(2, 9, 4)
	}
	return x, y
}

// Every function's gradient agrees with central differences, for every input.
func TestGradients(t *testing.T) {
	for _, f := range formulas {
		t.Run(f.name, func(t *testing.T) {
			x, y := inputs(f.x, f.y)
			p, err := Compile(func(b *Builder) *Node { return f.build(b.Param("x", x), b.Param("y", y)) })
			require.NoError(t, err)
			value, err := p.Eval()
			require.NoError(t, err)
			for _, name := range []string{"x", "y"} {
				worst, err := CheckGrad(p, name, 1e-6)
				require.NoError(t, err)
				g, err := p.Grad(name)
				require.NoError(t, err)
				// Differences lose half the digits of the value; large
				// gradients bring their own rounding.
				require.Less(t, worst, 1e-7*max(1, math.Abs(value), largest(g)), "gradient by %s", name)
				require.Greater(t, largest(g), 1e-3, "gradient by %s vanishes: the check says nothing", name)
			}
		})
	}
}

// Gorgonia's own machines, running the same nodes, return the same.
func TestOracles(t *testing.T) {
	for _, f := range formulas {
		t.Run(f.name, func(t *testing.T) {
			xv, yv := inputs(f.x, f.y)
			build := func() (g *gorgonia.ExprGraph, x, y, value *Node) {
				b := &Builder{graph: gorgonia.NewGraph(), names: map[string]bool{}}
				x, y = b.Param("x", xv), b.Param("y", yv)
				return b.graph, x, y, f.build(x, y)
			}

			p, err := Compile(func(b *Builder) *Node { return f.build(b.Param("x", xv), b.Param("y", yv)) })
			require.NoError(t, err)
			value, err := p.Eval()
			require.NoError(t, err)
			gx, err := p.Grad("x")
			require.NoError(t, err)
			gy, err := p.Grad("y")
			require.NoError(t, err)

			g, x, y, out := build()
			grads, err := gorgonia.Grad(out, x, y)
			require.NoError(t, err)
			var read, readX, readY gorgonia.Value // read, for the TapeMachine may overwrite values in place
			gorgonia.Read(out, &read)
			gorgonia.Read(grads[0], &readX)
			gorgonia.Read(grads[1], &readY)
			tape := gorgonia.NewTapeMachine(g)
			defer tape.Close()
			require.NoError(t, tape.RunAll())
			require.Equal(t, read.Data(), value)
			// The Machine leaves out centrings of what is centred.
			require.InDeltaSlice(t, readX.Data(), gx.Float64s(), 1e-13*largest(gx))
			require.InDeltaSlice(t, readY.Data(), gy.Float64s(), 1e-13*largest(gy))

			g, x, y, out = build()
			if len(g.Roots()) > 1 {
				t.Log("a transpose that MatMul sees through is a second root, which the LispMachine refuses")
				return
			}
			lisp := gorgonia.NewLispMachine(g)
			defer lisp.Close()
			require.NoError(t, lisp.RunAll())
			require.Equal(t, out.Value().Data(), value)
			for _, want := range []struct {
				n *Node
				g *tensor.Dense
			}{{x, gx}, {y, gy}} {
				got, err := want.n.Grad()
				require.NoError(t, err)
				// The LispMachine sums contributions in another order.
				require.InDeltaSlice(t, want.g.Float64s(), got.Data(), 1e-12*largest(want.g))
			}
		})
	}
}

// Shapes that do not fit are named when the graph is built.
func TestShapeErrors(t *testing.T) {
	for want, build := range map[string]func(a, b *Node) *Node{
		"graph: MatMul: (5, 3) × (4, 5): inner dimensions differ":                           func(a, b *Node) *Node { return MatMul(a, b) },
		"graph: MatMul: (3, 5) × (4, 5): inner dimensions differ":                           func(a, b *Node) *Node { return MatMul(T(a), b) },
		"graph: Add: shapes (5, 3) and (4, 5) differ":                                       func(a, b *Node) *Node { return Add(a, b) },
		"graph: Add: an input is nil":                                                       func(a, b *Node) *Node { return Add(a, nil) },
		"graph: Dot: shapes (5, 3) and (4, 5) differ":                                       func(a, b *Node) *Node { return Dot(a, b) },
		"graph: SubRow: shapes (5, 3) and (4, 5): the second must be (1, 3)":                func(a, b *Node) *Node { return SubRow(a, b) },
		"graph: Rows: rows 3 to 6 of (5, 3): out of range or empty":                         func(a, b *Node) *Node { return Rows(a, 3, 6) },
		"graph: WithoutRows: rows 0 to 5 of (5, 3): out of range or empty":                  func(a, b *Node) *Node { return WithoutRows(a, 0, 5) },
		"graph: LeastSquares: (5, 3) and (4, 5): numbers of samples differ":                 func(a, b *Node) *Node { return LeastSquares(a, b) },
		"graph: Ridge: (5, 3) and (4, 5): numbers of samples differ":                        func(a, b *Node) *Node { return Ridge(1, a, b) },
		"graph: Ridge: penalty 0; it must be greater than 0":                                func(a, b *Node) *Node { return Ridge(0, a, a) },
		"graph: cross-validation: (5, 3) and (4, 5): numbers of samples differ":             func(a, b *Node) *Node { return CrossValidatedR2(2, 0, a, b) },
		"graph: cross-validation: 5 samples are too few for 6 folds":                        func(a, b *Node) *Node { return CrossValidatedR2(6, 0, a, a) },
		"graph: cross-validation: 1 folds; at least 2 are needed":                           func(a, b *Node) *Node { return CrossValidatedR2(1, 0, a, a) },
		"graph: cross-validation: penalty -1; it must be at least 0":                        func(a, b *Node) *Node { return CrossValidatedR2(2, -1, a, a) },
		"graph: cross-validation: 5 samples are not 2 times of as many conditions each":     func(a, b *Node) *Node { return CrossValidatedOverConditions(2, 2, 0, a, a) },
		"graph: cross-validation: 5 conditions are too few for 6 folds of whole conditions": func(a, b *Node) *Node { return CrossValidatedOverConditions(1, 6, 0, a, a) },
		"graph: shape: an input is nil":                                                     func(a, b *Node) *Node { return CrossValidatedR2(2, 0, a, nil) },
		"graph: Compile: the value must be a scalar node":                                   func(a, b *Node) *Node { return a },
		"graph: Watch: \"a\" has shape (5, 3); only scalars are watched":                    nil,
		"graph: input: \"a\" is empty or taken; every input needs a name of its own":        nil,
	} {
		t.Run(want, func(t *testing.T) {
			_, err := Compile(func(b *Builder) *Node {
				x, y := b.Const("a", gauss(1, 5, 3)), b.Const("b", gauss(2, 4, 5))
				switch {
				case build != nil:
					return build(x, y)
				case want[7] == 'W':
					return b.Watch("a", x)
				}
				return Sum(b.Const("a", gauss(1, 5, 3)))
			})
			require.EqualError(t, err, want)
			require.ErrorAs(t, err, new(*Error))
		})
	}
}

// Names that are not there are named with those that are, and a node that is no
// more is an error, not a panic.
func TestProgramNames(t *testing.T) {
	p, err := Compile(func(b *Builder) *Node { return Dot(b.Param("y", gauss(1, 3, 2)), b.Param("z", gauss(2, 3, 2))) })
	require.NoError(t, err)
	_, err = p.Grad("y")
	require.EqualError(t, err, "graph: Grad: there is no value yet; call Eval first")
	_, err = p.Eval()
	require.NoError(t, err)
	_, err = p.Grad("x")
	require.EqualError(t, err, `graph: Param: no parameter "x"; there are ["y" "z"]`)
	_, err = CheckGrad(p, "x", 1e-6)
	require.EqualError(t, err, `graph: Param: no parameter "x"; there are ["y" "z"]`)
	require.PanicsWithError(t, `graph: Param: no parameter "x"; there are ["y" "z"]`, func() { p.Param("x") })
	watching, err := Compile(func(b *Builder) *Node { return b.Watch("w", Norm(b.Param("y", gauss(1, 3, 2)))) })
	require.NoError(t, err)
	require.PanicsWithError(t, "graph: Scalar: there is no value yet; call Eval first", func() { watching.Scalar("w") })
	_, err = Compile(func(b *Builder) *Node { b.Watch("w", nil); return nil })
	require.EqualError(t, err, `graph: Watch: "w" is nil`)
	_, err = Compile(func(b *Builder) *Node {
		value := Norm(b.Param("y", gauss(1, 3, 2)))
		value.Graph().RemoveNode(value)
		return value
	})
	require.ErrorContains(t, err, "node has been removed from its graph")
}

func TestTryPassesForeignPanics(t *testing.T) {
	require.PanicsWithValue(t, "not ours", func() { _, _ = Try(func() *Node { panic("not ours") }) })
}

// A primitive without a pullback gives values; a gradient through it is refused
// by name when the graph is compiled.
func TestValueOnly(t *testing.T) {
	ranks := func(a *Node) *Node {
		return Apply(Prim{Name: "CountPositive", Forward: func(c *Call) error {
			c.Out.Data[0] = 0
			for _, x := range c.In[0].Data {
				if x > 0 {
					c.Out.Data[0]++
				}
			}
			return nil
		}}, a)
	}
	x := tensor.New(tensor.WithShape(1, 3), tensor.WithBacking([]float64{-1, 2, 3}))
	p, err := Compile(func(b *Builder) *Node { return ranks(b.Const("x", x)) })
	require.NoError(t, err)
	value, err := p.Eval()
	require.NoError(t, err)
	require.Equal(t, 2.0, value)

	_, err = Compile(func(b *Builder) *Node { return ranks(b.Param("x", x)) })
	require.EqualError(t, err, "graph: CountPositive: has no pullback: it gives a value but no gradient")

	// Off the path from parameter to value it does no harm.
	p, err = Compile(func(b *Builder) *Node { return Mul(ranks(b.Const("c", x)), SumSquares(b.Param("x", x))) })
	require.NoError(t, err)
	worst, err := CheckGrad(p, "x", 1e-6)
	require.NoError(t, err)
	require.Less(t, worst, 1e-7)
}

func largest(x *tensor.Dense) (m float64) {
	for _, v := range x.Float64s() {
		m = math.Max(m, math.Abs(v))
	}
	return m
}

// A gradient that is not finite is an error, though the value is.
func TestGradientNotFinite(t *testing.T) {
	p, err := Compile(func(b *Builder) *Node {
		return Sum(Map("steep", nil, b.Param("x", gauss(1, 2, 2)), math.Abs, func(_, _ float64) float64 { return math.Inf(1) }))
	})
	require.NoError(t, err)
	_, err = p.Eval()
	require.NoError(t, err)
	_, err = p.Grad("x")
	require.EqualError(t, err, "graph: Grad: the gradient by x is not finite: pullback of steep to input 0 of x (2, 2), (2, 2), (2, 2)")
}
