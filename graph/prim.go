package graph

import (
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"sync/atomic"
	"unsafe"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Prim is a primitive operation: what it computes, and how the derivative of
// a loss with respect to its output is pulled back to an input.
//
// Forward and Pullback must not keep state of their own, for one Prim may stand
// in several places of a graph; what is to be kept goes into Call.Keep.
type Prim struct {
	// Name is the primitive's word in errors.
	Name string

	// Params, where not nil, is a comparable value that together with Name and
	// the inputs decides the output; two such applications are computed once.
	// An application with nil Params is never merged with another.
	Params any

	// Shape returns the shape of the output for inputs of the given shapes
	// (their Data is nil). A nil Shape means that the output is a scalar.
	Shape func(in []Mat) (rows, cols int, err error)

	// Forward writes all of c.Out, which may hold anything, from c.In.
	Forward func(c *Call) error

	// Pullback writes all of gin, which may hold anything: the derivative of the loss
	// with respect to input i, given g, its derivative with respect to the output. c is
	// as Forward left it. A nil Pullback makes the primitive value-only: compiling a
	// gradient through it is an error that names it.
	Pullback func(c *Call, i int, g, gin Mat) error

	// adds, where set, is Pullback adding to gin instead of writing over it; whole
	// says of a Pullback without it that it does write over all of gin.
	adds  func(c *Call, i int, g, gin Mat) error
	whole bool

	// centred, where set, tells whether the columns of the output (i = −1), or of
	// the pullback to input i, have mean 0, given whether those of the inputs and
	// of the derivative do: what is centred need not be centred again.
	centred func(i int, in []bool, g bool) bool

	// passes is whether the pullback is the derivative itself.
	passes bool

	// looks is whether the output is the only input, at which Forward looks: they may share
	// memory.
	looks bool

	// centres is whether the primitive is Center, of which the pullback is itself: of a
	// centred derivative nothing is left to take.
	centres bool
}

// A Call is one application of a primitive at one step.
type Call struct {
	In  []Mat
	Out Mat
	// Keep belongs to this application alone: Forward may leave there what
	// Pullback needs, a factorisation, say.
	Keep any

	scratch map[string]Mat
}

// Scratch returns the rows×cols buffer called name, which belongs to this
// application alone and keeps its contents from step to step.
func (c *Call) Scratch(name string, rows, cols int) Mat {
	m, ok := c.scratch[name]
	if !ok || m.Rows != rows || m.Cols != cols {
		if c.scratch == nil {
			c.scratch = map[string]Mat{}
		}
		m = Mat{rows, cols, Zeros(rows * cols)}
		c.scratch[name] = m
	}
	return m
}

// kept is c.Keep, a new T at the first evaluation.
func kept[T any](c *Call) *T {
	k, _ := c.Keep.(*T)
	if k == nil {
		k = new(T)
		c.Keep = k
	}
	return k
}

// Apply puts p into the graph of its inputs. It panics with an *Error when the
// shapes do not fit.
func Apply(p Prim, in ...*Node) *Node {
	o := &primOp{prim: p, id: primIDs.Add(1), out: tensor.ScalarShape(), call: &Call{}}
	shapes := make([]Mat, len(in))
	for i, n := range in {
		if n == nil {
			panic(&Error{p.Name, fmt.Errorf("input %d is nil", i)})
		}
		if n.Dtype() != tensor.Float64 {
			panic(&Error{p.Name, fmt.Errorf("input %d is %v; graphs here are float64", i, n.Dtype())})
		}
		o.in = append(o.in, n.Shape())
		shapes[i] = shapeOf(n)
	}
	if p.Shape != nil {
		rows, cols, err := p.Shape(shapes)
		if err != nil {
			panic(&Error{p.Name, err})
		}
		o.out = tensor.Shape{rows, cols}
	}
	n, err := gorgonia.ApplyOp(o, in...)
	if err != nil {
		panic(&Error{p.Name, err})
	}
	return n
}

var primIDs atomic.Int64

// shapeOf returns n's shape as a Mat without data; vectors are columns.
func shapeOf(n *Node) Mat {
	if n == nil {
		panic(&Error{"shape", errors.New("an input is nil")})
	}
	s := n.Shape()
	switch s.Dims() {
	case 0:
		return Mat{Rows: 1, Cols: 1}
	case 1:
		return Mat{Rows: s[0], Cols: 1}
	case 2:
		return Mat{Rows: s[0], Cols: s[1]}
	}
	panic(&Error{"shape", fmt.Errorf("%v has %d axes; at most two fit here", s, s.Dims())})
}

// primOp is a Prim as a Gorgonia operation. The Machine calls the Prim itself;
// the methods below serve Gorgonia's own machines and its Grad.
type primOp struct {
	prim Prim
	id   int64
	in   []tensor.Shape
	out  tensor.Shape
	call *Call // state when a machine of Gorgonia's runs the operation

	transposed *Node        // the input of T, for MatMul to see through
	angle      func() *Node // of a cosine, for Acos
}

// pullOp pulls the derivative of a primOp's output back to its input i. Its own
// inputs are the primOp's inputs, its output, and the derivative.
type pullOp struct {
	of *primOp
	i  int
}

func (o *primOp) Arity() int { return len(o.in) }

func (o *primOp) Type() hm.Type { return functionType(o.in, o.out) }

func (o *primOp) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) { return o.out.Clone(), nil }

func (o *primOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return o.UsePreallocDo(newValue(o.out), in...)
}

func (o *primOp) ReturnsPtr() bool { return true }

func (o *primOp) CallsExtern() bool { return false }

func (o *primOp) OverwritesInput() int { return -1 }

func (o *primOp) WriteHash(h hash.Hash) { fmt.Fprintf(h, "simgrad %d %s", o.id, o.prim.Name) }

func (o *primOp) Hashcode() uint32 { return hashOf(o) }

func (o *primOp) String() string { return o.prim.Name }

func (o *primOp) UsePreallocDo(out gorgonia.Value, in ...gorgonia.Value) (gorgonia.Value, error) {
	return out, guard(func() error {
		o.call.In, o.call.Out = views(in), view(out)
		return o.prim.Forward(o.call)
	})
}

// DiffWRT implements gorgonia.SDOp.
func (o *primOp) DiffWRT(inputs int) []bool {
	d := make([]bool, inputs)
	for i := range d {
		d[i] = o.prim.Pullback != nil
	}
	return d
}

// SymDiff implements gorgonia.SDOp with one pullOp an input.
func (o *primOp) SymDiff(in gorgonia.Nodes, out, grad *Node) (gorgonia.Nodes, error) {
	grads := make(gorgonia.Nodes, len(in))
	for i := range in {
		args := append(append(gorgonia.Nodes{}, in...), out, grad)
		var err error
		if grads[i], err = gorgonia.ApplyOp(&pullOp{o, i}, args...); err != nil {
			return nil, err
		}
	}
	return grads, nil
}

// DoDiff implements gorgonia.ADOp, for the LispMachine.
func (o *primOp) DoDiff(_ gorgonia.ExecutionContext, in gorgonia.Nodes, out *Node) error {
	grad, err := out.Grad()
	if err != nil {
		return err
	}
	for i, n := range in {
		sum, err := n.Grad()
		if err != nil {
			return err
		}
		into := view(sum)
		gin := Mat{into.Rows, into.Cols, make([]float64, len(into.Data))}
		if err := guard(func() error { return o.prim.Pullback(o.call, i, view(grad), gin) }); err != nil {
			return err
		}
		for k, g := range gin.Data {
			into.Data[k] += g
		}
	}
	return nil
}

func (p *pullOp) Arity() int { return len(p.of.in) + 2 }

func (p *pullOp) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return p.of.in[p.i].Clone(), nil
}

func (p *pullOp) Do(in ...gorgonia.Value) (gorgonia.Value, error) {
	return p.UsePreallocDo(newValue(p.of.in[p.i]), in...)
}

func (p *pullOp) ReturnsPtr() bool { return true }

func (p *pullOp) CallsExtern() bool { return false }

func (p *pullOp) OverwritesInput() int { return -1 }

func (p *pullOp) WriteHash(h hash.Hash) { fmt.Fprintf(h, "simgrad %d pullback %d", p.of.id, p.i) }

func (p *pullOp) Hashcode() uint32 { return hashOf(p) }

func (p *pullOp) String() string {
	return fmt.Sprintf("pullback of %s to input %d", p.of.prim.Name, p.i)
}

func (p *pullOp) Type() hm.Type {
	return functionType(append(append([]tensor.Shape{}, p.of.in...), p.of.out, p.of.out), p.of.in[p.i])
}

func (p *pullOp) UsePreallocDo(gin gorgonia.Value, in ...gorgonia.Value) (gorgonia.Value, error) {
	return gin, guard(func() error {
		k := len(p.of.in)
		c := p.of.call
		c.In, c.Out = views(in[:k]), view(in[k])
		return p.of.prim.Pullback(c, p.i, view(in[k+1]), view(gin))
	})
}

// guard runs f and returns a panic as an error: a panic inside an operation
// would otherwise end the process, for Gorgonia's TapeMachine runs operations
// in a goroutine of its own.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return f()
}

func hashOf(o interface{ WriteHash(hash.Hash) }) uint32 {
	h := fnv.New32a()
	o.WriteHash(h)
	return h.Sum32()
}

func functionType(in []tensor.Shape, out tensor.Shape) hm.Type {
	of := hm.TypeVariable('a')
	term := func(s tensor.Shape) hm.Type {
		if s.Dims() == 0 {
			return of
		}
		return gorgonia.TensorType{Dims: s.Dims(), Of: of}
	}
	terms := make([]hm.Type, 0, len(in)+1)
	for _, s := range in {
		terms = append(terms, term(s))
	}
	return hm.NewFnType(append(terms, term(out))...)
}

// newValue returns a zero value of shape s.
func newValue(s tensor.Shape) gorgonia.Value {
	if s.Dims() == 0 {
		return gorgonia.NewF64(0)
	}
	return tensor.New(tensor.WithShape(s...), tensor.WithBacking(Zeros(s.TotalSize())))
}

// view returns v's memory as a Mat; a column-major or sliced tensor is copied.
// It panics on values that are not float64 matrices, vectors or scalars.
func view(v gorgonia.Value) Mat {
	switch v := v.(type) {
	case *gorgonia.F64:
		return Mat{1, 1, scalarMemory(v)}
	case *tensor.Dense:
		if v.Dtype() != tensor.Float64 {
			break
		}
		s := v.Shape()
		if v.RequiresIterator() || (s.Dims() == 2 && v.DataOrder().IsColMajor()) {
			v = tensor.New(tensor.WithShape(s.Clone()...), tensor.WithBacking(RowMajor(v)))
		}
		switch data := v.Data().(type) {
		case float64:
			return Mat{1, 1, []float64{data}}
		case []float64:
			switch s.Dims() {
			case 0:
				return Mat{1, 1, data[:1]}
			case 1:
				return Mat{s[0], 1, data[:s[0]]}
			case 2:
				return Mat{s[0], s[1], data[:s[0]*s[1]]}
			}
		}
	}
	panic(fmt.Sprintf("value of type %T and shape %v is no float64 matrix", v, v.Shape()))
}

// RowMajor returns the values of t, of two or more axes, in row-major order: where they
// are if they are in it, else a copy.
func RowMajor(t *tensor.Dense) []float64 {
	if !t.RequiresIterator() && !t.DataOrder().IsColMajor() {
		return t.Float64s()
	}
	s, strides, from := t.Shape(), t.Strides(), t.Float64s()
	data := make([]float64, 0, s.TotalSize())
	var walk func(axis, at int)
	walk = func(axis, at int) {
		for range s[axis] {
			if axis == len(s)-1 {
				data = append(data, from[at])
			} else {
				walk(axis+1, at)
			}
			at += strides[axis]
		}
	}
	walk(0, 0)
	return data
}

func scalarMemory(x *gorgonia.F64) []float64 { return unsafe.Slice((*float64)(x), 1) }

func views(vs []gorgonia.Value) []Mat {
	ms := make([]Mat, len(vs))
	for i, v := range vs {
		ms[i] = view(v)
	}
	return ms
}
