package graph

import (
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// counted returns a primitive that adds 1 to every element and counts how often
// it runs.
func counted(runs *int, params any) func(*Node) *Node {
	return func(a *Node) *Node {
		return Apply(Prim{
			Name: "counted", Params: params, Shape: shapeLike(a),
			Forward: func(c *Call) error {
				*runs++
				for i, x := range c.In[0].Data {
					c.Out.Data[i] = x + 1
				}
				return nil
			},
			Pullback: func(_ *Call, _ int, g, gin Mat) error { copy(gin.Data, g.Data); return nil },
		}, a)
	}
}

// What depends on constants alone runs once, whatever the number of steps; what
// depends on a parameter runs once a step; a gradient runs when asked for.
func TestConstantsRunOnce(t *testing.T) {
	var fixed, moving, pulled int
	p, err := Compile(func(b *Builder) *Node {
		x, y := b.Const("x", gauss(1, 4, 3)), b.Param("y", gauss(2, 4, 3))
		pull := Apply(Prim{
			Name: "pull", Shape: shapeLike(y),
			Forward:  func(c *Call) error { copy(c.Out.Data, c.In[0].Data); return nil },
			Pullback: func(_ *Call, _ int, g, gin Mat) error { pulled++; copy(gin.Data, g.Data); return nil },
		}, counted(&moving, nil)(y))
		return Dot(counted(&fixed, nil)(Center(x)), pull)
	})
	require.NoError(t, err)
	for range 5 {
		_, err := p.Eval()
		require.NoError(t, err)
	}
	require.Equal(t, []int{1, 5, 0}, []int{fixed, moving, pulled})
	for range 3 {
		_, err := p.Grad("y")
		require.NoError(t, err)
	}
	require.Equal(t, []int{1, 5, 1}, []int{fixed, moving, pulled})
}

// The same operation with the same parameters on the same values is one slot;
// anything that differs, however little, is another.
func TestValueNumbering(t *testing.T) {
	slots := func(build func(x *Node) []*Node) int {
		b := &Builder{graph: gorgonia.NewGraph(), names: map[string]bool{}}
		roots := build(b.Const("x", gauss(1, 4, 4)))
		m, err := NewMachine(nil, roots...)
		require.NoError(t, err)
		return len(m.slots) - 1
	}
	stock := func(n *Node, err error) *Node { require.NoError(t, err); return n }
	var runs int
	for name, c := range map[string]struct {
		want  int
		build func(x *Node) []*Node
	}{
		"equal":                    {1, func(x *Node) []*Node { return []*Node{Center(x), Center(x)} }},
		"equal trees":              {3, func(x *Node) []*Node { return []*Node{Norm(MatMul(x, Center(x))), Norm(MatMul(x, Center(x)))} }},
		"a product with itself":    {1, func(x *Node) []*Node { return []*Node{Gram(x), MatMul(T(x), x)} }},
		"equal parameters":         {1, func(x *Node) []*Node { return []*Node{Affine(2, x, 1), Affine(2, x, 1)} }},
		"parameters an ulp apart":  {2, func(x *Node) []*Node { return []*Node{Affine(2, x, 1), Affine(math.Nextafter(2, 3), x, 1)} }},
		"transposed and not":       {2, func(x *Node) []*Node { return []*Node{MatMul(x, x), Gram(x)} }},
		"Gram of rows and columns": {2, func(x *Node) []*Node { return []*Node{Gram(x), Gram(T(x))} }},
		"order of inputs":          {3, func(x *Node) []*Node { y := Square(x); return []*Node{Sub(x, y), Sub(y, x)} }},
		"rows apart":               {2, func(x *Node) []*Node { return []*Node{Rows(x, 0, 2), Rows(x, 1, 3)} }},
		"unnamed parameters":       {2, func(x *Node) []*Node { return []*Node{counted(&runs, nil)(x), counted(&runs, nil)(x)} }},
		"named parameters":         {1, func(x *Node) []*Node { return []*Node{counted(&runs, 1)(x), counted(&runs, 1)(x)} }},
		"penalties":                {2, func(x *Node) []*Node { return []*Node{Ridge(1, x, x), Ridge(2, x, x)} }},
		"stock, equal":             {1, func(x *Node) []*Node { return []*Node{stock(gorgonia.Tanh(x)), stock(gorgonia.Tanh(x))} }},
		"stock, different":         {2, func(x *Node) []*Node { return []*Node{stock(gorgonia.Tanh(x)), stock(gorgonia.Exp(x))} }},
		"stock, different axes":    {2, func(x *Node) []*Node { return []*Node{stock(gorgonia.Sum(x, 0)), stock(gorgonia.Sum(x, 1))} }},
	} {
		require.Equal(t, c.want, slots(c.build), name)
	}
	_, err := Compile(func(b *Builder) *Node { return Sum(counted(&runs, []int{1})(b.Const("x", gauss(1, 2, 2)))) })
	require.EqualError(t, err, "graph: counted: parameters of type []int cannot be compared")
}

// A merged application keeps its state in one place: the pullback of either
// node finds the factorisation that the forward rule left.
func TestMergedState(t *testing.T) {
	p, err := Compile(func(b *Builder) *Node {
		x := b.Param("x", gauss(1, 6, 3))
		return Mul(NuclearNorm(Center(x)), NuclearNorm(Center(x)))
	})
	require.NoError(t, err)
	worst, err := CheckGrad(p, "x", 1e-6)
	require.NoError(t, err)
	require.Less(t, worst, 1e-7)
}

// Gorgonia's own operations mix with this package's: value and gradient are
// those of the TapeMachine, and inputs stay as they were.
func TestStockOperations(t *testing.T) {
	must := func(n *Node, err error) *Node {
		if err != nil {
			panic(err)
		}
		return n
	}
	for name, f := range map[string]func(x, y *Node) *Node{
		"Tanh":            func(x, y *Node) *Node { return Sum(must(gorgonia.Tanh(Center(x)))) },
		"Mul":             func(x, y *Node) *Node { return SumSquares(must(gorgonia.Mul(must(gorgonia.Transpose(x)), y))) },
		"HadamardProd":    func(x, y *Node) *Node { return Sum(must(gorgonia.HadamardProd(x, Exp(y)))) },
		"scalar constant": func(x, y *Node) *Node { return must(gorgonia.Mul(Norm(x), gorgonia.NewConstant(0.1))) },
		"Mean, axis": func(x, y *Node) *Node {
			return SumSquares(must(gorgonia.BroadcastSub(x, must(gorgonia.Mean(x, 0)), nil, []byte{0})))
		},
		"Sum, axis":    func(x, y *Node) *Node { return SumSquares(Affine(2, must(gorgonia.Sum(x, 1)), 1)) },
		"Reshape":      func(x, y *Node) *Node { return SumSquares(MatMul(must(gorgonia.Reshape(x, tensor.Shape{3, 4})), y)) },
		"Slice":        func(x, y *Node) *Node { return SumSquares(must(gorgonia.Slice(x, gorgonia.S(1, 3)))) },
		"SoftMax":      func(x, y *Node) *Node { return Sum(Square(must(gorgonia.SoftMax(x)))) },
		"Concat":       func(x, y *Node) *Node { return SumSquares(must(gorgonia.Concat(0, x, y))) },
		"Log, Sigmoid": func(x, y *Node) *Node { return Sum(must(gorgonia.Log(must(gorgonia.Sigmoid(Mul(x, y)))))) },
		"reused": func(x, y *Node) *Node {
			s := must(gorgonia.Square(x))
			return must(gorgonia.Log(must(gorgonia.Sum(must(gorgonia.Add(must(gorgonia.Sqrt(s)), s))))))
		},
	} {
		t.Run(name, func(t *testing.T) {
			xv, yv := gauss(1, 4, 3), gauss(2, 4, 3)
			build := func(b *Builder) (x, y, v *Node) {
				x, y = b.Param("x", xv), b.Param("y", yv)
				return x, y, Add(f(x, y), Sum(y))
			}
			p, err := Compile(func(b *Builder) *Node { _, _, v := build(b); return v })
			require.NoError(t, err)
			for range 2 {
				_, err := p.Eval()
				require.NoError(t, err)
				_, err = p.Grad("x")
				require.NoError(t, err)
			}
			value, err := p.Eval()
			require.NoError(t, err)
			gx, err := p.Grad("x")
			require.NoError(t, err)
			require.Equal(t, xv.Data(), p.Param("x").Data())

			b := &Builder{graph: gorgonia.NewGraph(), names: map[string]bool{}}
			x, y, out := build(b)
			grads, err := gorgonia.Grad(out, x, y)
			require.NoError(t, err)
			var readOut, readX gorgonia.Value
			gorgonia.Read(out, &readOut)
			gorgonia.Read(grads[0], &readX)
			vm := gorgonia.NewTapeMachine(b.graph)
			defer vm.Close()
			require.NoError(t, vm.RunAll())
			require.InDelta(t, readOut.Data(), value, 1e-13)
			require.InDeltaSlice(t, readX.Data(), gx.Float64s(), 1e-13)

			worst, err := CheckGrad(p, "x", 1e-6)
			require.NoError(t, err)
			require.Less(t, worst, 1e-7)
		})
	}
}

// Exp is a stock operation behind a function of this test.
func Exp(a *Node) *Node {
	n, err := gorgonia.Exp(a)
	if err != nil {
		panic(&Error{"Exp", err})
	}
	return n
}

// Chance is drawn anew at every run.
func TestRandomNodes(t *testing.T) {
	p, err := Compile(func(b *Builder) *Node {
		x := b.Const("x", gauss(1, 3, 3))
		return SumSquares(Sub(x, gorgonia.GaussianRandomNode(x.Graph(), tensor.Float64, 0, 1, 3, 3)))
	})
	require.NoError(t, err)
	first, err := p.Eval()
	require.NoError(t, err)
	second, err := p.Eval()
	require.NoError(t, err)
	require.NotEqual(t, first, second)
}

// A value is named by its operation and shapes where it first turns NaN.
func TestNonFinite(t *testing.T) {
	x := gauss(1, 3, 2)
	p, err := Compile(func(b *Builder) *Node {
		x := b.Param("x", x)
		return Div(Sum(x), Norm(Sub(x, Affine(1, x, 0))))
	})
	require.NoError(t, err)
	v, err := p.Eval()
	require.NoError(t, err)
	require.True(t, math.IsInf(v, 0))
	require.Equal(t, "Div of (), ()", p.NonFinite())
	p.Param("x").Float64s()[3] = math.NaN()
	_, err = p.Eval()
	require.NoError(t, err)
	require.Equal(t, "input x", p.NonFinite())
}

// Graphs in several goroutines, made from the same tensors, do not meet.
func TestConcurrentPrograms(t *testing.T) {
	x, y := gauss(1, 40, 3), gauss(2, 40, 3)
	score := func() (float64, error) {
		p, err := Compile(func(b *Builder) *Node {
			x, y := Center(b.Const("x", x)), Center(b.Param("y", y))
			return Div(NuclearNorm(MatMul(T(x), y)), Mul(Norm(x), Norm(y)))
		})
		if err != nil {
			return 0, err
		}
		solver := gorgonia.NewAdamSolver(gorgonia.WithLearnRate(0.05))
		for range 20 {
			if _, err := p.Eval(); err != nil {
				return 0, err
			}
			model, err := p.Gradients()
			if err != nil {
				return 0, err
			}
			if err := solver.Step(model); err != nil {
				return 0, err
			}
		}
		return p.Eval()
	}
	want, err := score()
	require.NoError(t, err)
	got := make([]string, 8)
	var wg sync.WaitGroup
	for i := range got {
		wg.Go(func() {
			v, err := score()
			got[i] = fmt.Sprint(v, err)
		})
	}
	wg.Wait()
	for _, g := range got {
		require.Equal(t, fmt.Sprint(want, nil), g)
	}
}

// Derivatives that meet are summed without Gorgonia's operations, which allocate:
// a product is added to the other part in its place, if nothing else reads the two.
func TestSumsOfDerivatives(t *testing.T) {
	z := gauss(2, 3, 3)
	for name, c := range map[string]struct {
		build         func(x, z *Node) *Node
		sums, inPlace int
	}{
		"a product second":      {func(x, z *Node) *Node { return Mul(Norm(Center(x)), Norm(MatMul(x, z))) }, 1, 1},
		"a product first":       {func(x, z *Node) *Node { return Mul(Norm(MatMul(x, z)), Norm(Center(x))) }, 1, 1},
		"two products":          {func(x, z *Node) *Node { return Mul(Norm(MatMul(x, z)), Norm(MatMul(x, Square(z)))) }, 1, 1},
		"transposed":            {func(x, z *Node) *Node { return Mul(Norm(MatMul(z, T(x))), Norm(Gram(T(x)))) }, 1, 1},
		"three":                 {func(x, z *Node) *Node { return Mul(Mul(Norm(Gram(T(x))), Norm(Gram(x))), Norm(MatMul(x, z))) }, 2, 2},
		"no product":            {func(x, _ *Node) *Node { return Mul(Norm(x), Sum(x)) }, 1, 0},
		"a product with itself": {func(x, _ *Node) *Node { c := Gram(x); return SumSquares(MatMul(c, c)) }, 1, 1},
	} {
		p, err := Compile(func(b *Builder) *Node { return c.build(b.Param("x", gauss(1, 6, 3)), b.Const("z", z)) })
		require.NoError(t, err)
		sums, inPlace := 0, 0
		for _, s := range p.machine.slots {
			require.Nil(t, s.stock)
			if s.sum && len(s.out.Data) > 1 {
				sums++
			}
			if s.added != nil {
				inPlace++
			}
		}
		require.Equal(t, [2]int{c.sums, c.inPlace}, [2]int{sums, inPlace}, name)
		for range 3 {
			worst, err := CheckGrad(p, "x", 1e-6)
			require.NoError(t, err)
			require.Less(t, worst, 1e-5, name)
		}
	}
}

// A primitive of a researcher's that writes only what is not 0 is right as ever.
func TestSumWithForeignPart(t *testing.T) {
	p, err := Compile(func(b *Builder) *Node {
		x := b.Param("x", gauss(1, 6, 3))
		third := Apply(Prim{
			Name: "third row", Shape: func(in []Mat) (int, int, error) { return 1, in[0].Cols, nil },
			Forward:  func(c *Call) error { copy(c.Out.Data, c.In[0].row(2)); return nil },
			Pullback: func(_ *Call, _ int, g, gin Mat) error { copy(gin.row(2), g.Data); return nil },
		}, x)
		return Add(SumSquares(third), SumSquares(MatMul(x, b.Const("z", gauss(2, 3, 3)))))
	})
	require.NoError(t, err)
	for range 3 {
		worst, err := CheckGrad(p, "x", 1e-6)
		require.NoError(t, err)
		require.Less(t, worst, 1e-6)
	}
}

// A part of a sum that is asked for stays what it is.
func TestSumOfRoots(t *testing.T) {
	b := &Builder{graph: gorgonia.NewGraph(), names: map[string]bool{}}
	x, z := b.Param("x", gauss(1, 6, 3)), b.Const("z", gauss(2, 3, 3))
	grads, err := gorgonia.Grad(Mul(Norm(x), Norm(MatMul(x, z))), x)
	require.NoError(t, err)
	parts := children(grads[0])
	require.Len(t, parts, 2)
	for _, kept := range []gorgonia.Nodes{{}, parts[:1], parts[1:]} {
		m, err := NewMachine(gorgonia.Nodes{x}, append(gorgonia.Nodes{grads[0]}, kept...)...)
		require.NoError(t, err)
		for range 2 {
			require.NoError(t, m.RunAll())
		}
		for _, n := range parts {
			require.Equal(t, len(kept) == 1, m.Value(n) != nil)
		}
		if len(kept) == 1 {
			sum, p, q := view(m.Value(grads[0])), view(m.Value(parts[0])), view(m.Value(parts[1]))
			for i, v := range sum.Data {
				require.Equal(t, p.Data[i]+q.Data[i], v)
			}
		}
	}
}

// A sum that is formed in place is named by both of its parts.
func TestNonFiniteSum(t *testing.T) {
	p, err := Compile(func(b *Builder) *Node {
		x := b.Param("x", gauss(1, 3, 2))
		return Add(Norm(x), Norm(MatMul(x, b.Const("z", gauss(2, 2, 2)))))
	})
	require.NoError(t, err)
	_, err = p.Eval()
	require.NoError(t, err)
	g, err := p.Grad("x")
	require.NoError(t, err)
	require.Empty(t, p.NonFinite())
	g.Float64s()[1] = math.Inf(1)
	require.Equal(t, "pullback of Norm to input 0 of x (3, 2), (), (), plus pullback of MatMul to input 0 of x (3, 2), z (2, 2), (3, 2), (3, 2)", p.NonFinite())
}

// A primitive is what it does, not what it is called.
func TestAnotherCenter(t *testing.T) {
	halved := func(x *Node) *Node {
		half := func(dst, src Mat) {
			for i, v := range src.Data {
				dst.Data[i] = v / 2
			}
		}
		return Apply(Prim{
			Name: "Center", Params: struct{}{}, Shape: shapeLike(x),
			Forward:  func(c *Call) error { half(c.Out, c.In[0]); return nil },
			Pullback: func(_ *Call, _ int, g, gin Mat) error { half(gin, g); return nil },
		}, x)
	}
	p, err := Compile(func(b *Builder) *Node { return SumSquares(Center(halved(b.Param("x", gauss(1, 6, 3))))) })
	require.NoError(t, err)
	worst, err := CheckGrad(p, "x", 1e-6)
	require.NoError(t, err)
	require.Less(t, worst, 1e-8)
}

// A derivative whose columns have mean 0 already is not centred again, and only
// such a one.
func TestCentredOnce(t *testing.T) {
	for name, c := range map[string]struct {
		build   func(x, y *Node) *Node
		skipped bool
	}{
		"xᵀy":          {func(x, y *Node) *Node { return SumSquares(MatMul(T(Center(x)), Center(y))) }, true},
		"y uncentred":  {func(x, y *Node) *Node { return SumSquares(MatMul(T(Center(x)), y)) }, false},
		"norms":        {func(x, y *Node) *Node { return Mul(Norm(Center(x)), SumSquares(Center(y))) }, true},
		"gram":         {func(x, y *Node) *Node { return Mul(Norm(Gram(Center(x))), Sum(Square(Gram(Center(y))))) }, true},
		"gram of rows": {func(x, y *Node) *Node { return Mul(Norm(Gram(T(Center(x)))), Norm(y)) }, false},
		"element-wise": {func(x, y *Node) *Node { return Sum(Mul(Square(Center(x)), Square(y))) }, false},
		"inner":        {func(x, y *Node) *Node { return Dot(Center(x), Center(y)) }, true},
		"nuclear":      {func(x, y *Node) *Node { return NuclearNorm(MatMul(T(Center(x)), Center(y))) }, true},
		"a sum of centred and not": {func(x, y *Node) *Node {
			c := Center(x)
			return Add(SumSquares(c), Sum(Mul(c, Square(y))))
		}, false},
		"product with a matrix": {func(x, y *Node) *Node { return Sum(Square(MatMul(Center(x), MatMul(T(y), y)))) }, false},
	} {
		p, err := Compile(func(b *Builder) *Node { return c.build(b.Param("x", gauss(1, 6, 3)), b.Param("y", gauss(2, 6, 3))) })
		require.NoError(t, err)
		skipped := true
		for _, s := range p.machine.slots {
			if s.pulls != nil && s.pulls.prim.Name == "Center" {
				skipped = false
			}
		}
		require.Equal(t, c.skipped, skipped, name)
		for _, by := range []string{"x", "y"} {
			worst, err := CheckGrad(p, by, 1e-6)
			require.NoError(t, err)
			require.Less(t, worst, 2e-6, "%s by %s", name, by)
		}
	}
}

// A variable input is read at every Eval, and what has no pullback is computed anew.
func TestVariable(t *testing.T) {
	x := gauss(1, 6, 2)
	p, err := Compile(func(b *Builder) *Node {
		v := b.Variable("x", x)
		return Add(Sum(Ranks(v)), Sum(v))
	})
	require.NoError(t, err)
	before, err := p.Eval()
	require.NoError(t, err)
	x.Float64s()[0]++
	after, err := p.Eval()
	require.NoError(t, err)
	require.InDelta(t, before+1, after, 1e-12)
}
