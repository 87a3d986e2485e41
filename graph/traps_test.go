package graph

import (
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// The tests of this file hold the guards against what Gorgonia 0.9.18 gets
// wrong without saying so. Guards that a test elsewhere holds are named here:
// inputs of equal name (TestShapeErrors), roots and norms at zero
// (TestNormAtZero), transposes (TestOracles), graphs in several goroutines
// (TestConcurrentPrograms).

// A second Grad on a graph reuses the first one's derivatives; a Program has one
// value and so one Grad, and a second one over the same data is right too.
func TestTrapSecondGrad(t *testing.T) {
	x := tensor.New(tensor.WithShape(2, 2), tensor.WithBacking([]float64{1, 2, 3, 4}))
	gradient := func(value func(x *Node) *Node) []float64 {
		p, err := Compile(func(b *Builder) *Node { return value(b.Param("x", x)) })
		require.NoError(t, err)
		_, err = p.Eval()
		require.NoError(t, err)
		g, err := p.Grad("x")
		require.NoError(t, err)
		return g.Float64s()
	}
	square := func(x *Node) *Node { return Sum(Square(x)) }
	fourth := func(x *Node) *Node { return Sum(Mul(Square(x), Square(x))) }
	require.Equal(t, []float64{2, 4, 6, 8}, gradient(square))
	require.Equal(t, []float64{4, 32, 108, 256}, gradient(fourth))
	require.Equal(t, []float64{6, 36, 114, 264}, gradient(func(x *Node) *Node { return Add(square(x), fourth(x)) }))
}

// Tensor constants whose printed text is the same are taken for one; Const makes
// named inputs of them.
func TestTrapConstants(t *testing.T) {
	large := func(v float64) *tensor.Dense {
		x := make([]float64, 100*100)
		x[50*100+50] = v
		return tensor.New(tensor.WithShape(100, 100), tensor.WithBacking(x))
	}
	require.Equal(t, gorgonia.NewConstant(large(1)).Name(), gorgonia.NewConstant(large(2)).Name(), "the trap is gone")
	p, err := Compile(func(b *Builder) *Node { return Sum(Sub(b.Const("a", large(1)), b.Const("b", large(2)))) })
	require.NoError(t, err)
	v, err := p.Eval()
	require.NoError(t, err)
	require.Equal(t, -1.0, v)
}

// An intermediate value may be overwritten in place by the TapeMachine; here a
// watched scalar, and whatever else is asked for, keeps its own.
func TestTrapInPlace(t *testing.T) {
	x := tensor.New(tensor.WithShape(3, 2), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 7}))
	p, err := Compile(func(b *Builder) *Node {
		square, err := gorgonia.Square(b.Param("x", x))
		require.NoError(t, err)
		root, err := gorgonia.Sqrt(square)
		require.NoError(t, err)
		b.Watch("squares", Sum(square))
		sum, err := gorgonia.Sum(root)
		require.NoError(t, err)
		b.Watch("sum", sum)
		log, err := gorgonia.Log(sum)
		require.NoError(t, err)
		return log
	})
	require.NoError(t, err)
	_, err = p.Eval()
	require.NoError(t, err)
	_, err = p.Grad("x")
	require.NoError(t, err)
	require.Equal(t, 22.0, p.Scalar("sum"))
	require.Equal(t, 104.0, p.Scalar("squares"))
}

// Gradients add up over runs of Gorgonia's machines until a solver steps; RunAll
// twice without Reset does nothing. A Program starts from its inputs every time.
func TestTrapAccumulation(t *testing.T) {
	p, err := Compile(func(b *Builder) *Node { return SumSquares(b.Param("x", gauss(1, 2, 2))) })
	require.NoError(t, err)
	for range 3 {
		before, err := p.Eval()
		require.NoError(t, err)
		g, err := p.Grad("x")
		require.NoError(t, err)
		x := p.Param("x").Float64s()
		for i := range x {
			require.Equal(t, 2*x[i], g.Float64s()[i])
			x[i]++
		}
		after, err := p.Eval()
		require.NoError(t, err)
		require.NotEqual(t, before, after)
	}
}

// Slices of a tensor, transposes and column-major tensors are read wrongly as
// inputs; here they are copied in order.
func TestTrapViews(t *testing.T) {
	base := tensor.New(tensor.WithShape(4, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}))
	slice, err := base.Slice(gorgonia.S(1, 3), gorgonia.S(0, 2))
	require.NoError(t, err)
	transposed := base.Clone().(*tensor.Dense)
	require.NoError(t, transposed.T())
	columns := tensor.New(tensor.WithShape(2, 3), tensor.AsFortran([]float64{1, 2, 3, 4, 5, 6}))
	require.Equal(t, []float64{1, 4, 2, 5, 3, 6}, columns.Data())
	three := tensor.New(tensor.WithShape(2, 1, 3), tensor.WithBacking([]float64{1, 2, 3, 4, 5, 6}))
	for name, c := range map[string]struct {
		x    *tensor.Dense
		want []float64
	}{
		"slice":        {slice.(*tensor.Dense), []float64{4, 5, 7, 8}},
		"transpose":    {transposed, []float64{1, 4, 7, 10, 2, 5, 8, 11, 3, 6, 9, 12}},
		"column-major": {columns, []float64{1, 2, 3, 4, 5, 6}},
		"three axes":   {three, []float64{1, 2, 3, 4, 5, 6}},
	} {
		p, err := Compile(func(b *Builder) *Node { return SumSquares(b.Param("x", c.x)) })
		require.NoError(t, err)
		require.Equal(t, c.want, p.Param("x").Data(), name)
		require.NotSame(t, c.x, p.Param("x"), name)
	}
	_, err = Compile(func(b *Builder) *Node {
		return Sum(b.Const("x", tensor.New(tensor.WithShape(2), tensor.WithBacking([]float64{1, 2}))))
	})
	require.EqualError(t, err, "graph: input x: has shape (2); samples × units is needed")
	_, err = Compile(func(b *Builder) *Node {
		return Sum(b.Const("x", tensor.New(tensor.WithShape(1, 2), tensor.WithBacking([]float32{1, 2}))))
	})
	require.EqualError(t, err, "graph: input x: is float32; float64 is needed")
}

// A panic inside an operation ends the process under the TapeMachine, which runs
// it in a goroutine of its own; a primitive's panic is an error in any machine.
func TestTrapPanic(t *testing.T) {
	boom := func(a *Node) *Node {
		return Apply(Prim{
			Name: "boom", Forward: func(c *Call) error { panic("no such luck") },
			Pullback: func(*Call, int, Mat, Mat) error { return nil },
		}, a)
	}
	b := &Builder{graph: gorgonia.NewGraph(), names: map[string]bool{}}
	boom(b.Const("x", gauss(1, 2, 2)))
	vm := gorgonia.NewTapeMachine(b.graph)
	defer vm.Close()
	require.ErrorContains(t, vm.RunAll(), "no such luck")

	p, err := Compile(func(b *Builder) *Node { return boom(b.Const("x", gauss(1, 2, 2))) })
	require.NoError(t, err)
	_, err = p.Eval()
	require.EqualError(t, err, "graph: boom of x (2, 2): no such luck")
}

// Shapes with a single row or column are columns, rows or scalars to Gorgonia's
// type system; graphs of them compute all the same.
func TestTrapThinShapes(t *testing.T) {
	for _, s := range [][2]int{{5, 1}, {1, 5}, {1, 1}, {5, 2}} {
		p, err := Compile(func(b *Builder) *Node {
			x, y := b.Param("x", gauss(1, s[0], s[1])), b.Param("y", gauss(2, s[0], s[1]))
			return Add(SumSquares(MatMul(T(x), y)), Norm(Gram(y)))
		})
		require.NoError(t, err)
		for _, name := range []string{"x", "y"} {
			worst, err := CheckGrad(p, name, 1e-6)
			require.NoError(t, err)
			require.Less(t, worst, 1e-7, "%v", s)
		}
	}
}

// A gradient that nothing reaches, or of a value that is itself a parameter, is
// refused in a sentence.
func TestTrapUnusedParameter(t *testing.T) {
	_, err := Compile(func(b *Builder) *Node {
		b.Param("y", gauss(2, 2, 2))
		return SumSquares(b.Param("x", gauss(1, 2, 2)))
	})
	require.EqualError(t, err, "graph: Compile: the value does not depend on the parameter y")
}
