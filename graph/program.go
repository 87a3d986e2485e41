package graph

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Builder names the inputs and the watched scalars of a graph under
// construction.
type Builder struct {
	graph   *gorgonia.ExprGraph
	names   map[string]bool
	params  gorgonia.Nodes
	varies  gorgonia.Nodes
	watched map[string]*Node
}

// Const returns a node with the values of x, which stay as they are now. x has
// two or more axes; all but the last are samples, in row-major order, so that
// time × condition × unit is read time-major.
func (b *Builder) Const(name string, x *tensor.Dense) *Node { return b.input(name, x, false) }

// Shared is Const without a copy, for data that memory holds few of: nothing may change x
// as long as the program is used.
func (b *Builder) Shared(name string, x *tensor.Dense) *Node { return b.input(name, x, true) }

// Param returns a node with the values of x to start from; the gradient of the
// program's value is taken with respect to it. x is read as Const reads it.
func (b *Builder) Param(name string, x *tensor.Dense) *Node {
	n := b.input(name, x, false)
	b.params = append(b.params, n)
	return n
}

// Variable is Const whose values are read at every Eval, for what gives a value and no
// gradient.
func (b *Builder) Variable(name string, x *tensor.Dense) *Node {
	n := b.input(name, x, true)
	b.varies = append(b.varies, n)
	return n
}

// Watch makes the scalar node n readable as Program.Scalar(name) and returns it.
func (b *Builder) Watch(name string, n *Node) *Node {
	if n == nil {
		panic(&Error{"Watch", fmt.Errorf("%q is nil", name)})
	}
	if !n.IsScalar() {
		panic(&Error{"Watch", fmt.Errorf("%q has shape %v; only scalars are watched", name, n.Shape())})
	}
	if _, taken := b.watched[name]; taken {
		panic(&Error{"Watch", fmt.Errorf("%q is watched twice", name)})
	}
	b.watched[name] = n
	return n
}

func (b *Builder) input(name string, x *tensor.Dense, shared bool) *Node {
	// Gorgonia silently takes inputs of equal name and shape for one.
	if name == "" || b.names[name] {
		panic(&Error{"input", fmt.Errorf("%q is empty or taken; every input needs a name of its own", name)})
	}
	b.names[name] = true
	m, err := matrix(x, shared)
	if err != nil {
		panic(&Error{"input " + name, err})
	}
	return gorgonia.NewMatrix(b.graph, tensor.Float64, gorgonia.WithShape(m.Shape()...), gorgonia.WithName(name), gorgonia.WithValue(m))
}

// matrix returns x row-major, with all axes but the last flattened: a copy, unless the
// memory is to be shared.
func matrix(x *tensor.Dense, shared bool) (*tensor.Dense, error) {
	switch {
	case x == nil:
		return nil, errors.New("is nil")
	case x.Dtype() != tensor.Float64:
		return nil, fmt.Errorf("is %v; float64 is needed", x.Dtype())
	case x.Dims() < 2:
		return nil, fmt.Errorf("has shape %v; samples × units is needed", x.Shape())
	}
	s := x.Shape()
	units := s[s.Dims()-1]
	values := RowMajor(x)
	if !shared {
		values = slices.Clone(values)
	}
	return tensor.New(tensor.WithShape(s.TotalSize()/units, units), tensor.WithBacking(values)), nil
}

// A Program is a compiled graph: a scalar, its gradient with respect to the
// parameters, and the watched scalars. It is for one goroutine at a time.
type Program struct {
	machine *Machine
	value   *Node
	params  gorgonia.Nodes
	grads   gorgonia.Nodes
	watched map[string]*Node
	model   []gorgonia.ValueGrad // params and grads, for solvers
	valued  bool                 // whether Eval has been called
	pulled  bool                 // whether the gradient belongs to the last Eval
}

const (
	forward = iota // the stages of a program's machine
	backward
)

// Compile builds a graph whose value is the scalar that build returns and, if
// there are parameters, its gradient. Errors are *Error.
func Compile(build func(b *Builder) (value *Node)) (_ *Program, err error) {
	defer catch(&err)
	b := &Builder{graph: gorgonia.NewGraph(), names: map[string]bool{}, watched: map[string]*Node{}}
	value := build(b)
	if value == nil || !value.IsScalar() {
		return nil, &Error{"Compile", errors.New("the value must be a scalar node")}
	}
	p := &Program{value: value, params: b.params, watched: b.watched}
	if len(p.params) > 0 {
		if p.grads, err = differentiate(value, p.params); err != nil {
			return nil, err
		}
	}
	roots := gorgonia.Nodes{value}
	for _, name := range sortedKeys(b.watched) {
		roots = append(roots, b.watched[name])
	}
	p.machine, err = newMachine(slices.Concat(p.params, b.varies), roots, p.grads)
	return p, err
}

// ErrValueOnly is why a gradient through a primitive without a pullback is refused.
var ErrValueOnly = errors.New("has no pullback: it gives a value but no gradient")

// differentiate returns the gradients of value with respect to params.
func differentiate(value *Node, params gorgonia.Nodes) (gorgonia.Nodes, error) {
	// depends tells, for every node seen, whether a parameter affects it.
	depends := map[*Node]bool{}
	var visit func(n *Node) error
	visit = func(n *Node) error {
		if _, seen := depends[n]; seen {
			return nil
		}
		depends[n] = slices.Contains(params, n)
		if n.Op() == nil {
			return nil
		}
		for _, in := range children(n) {
			if err := visit(in); err != nil {
				return err
			}
			depends[n] = depends[n] || depends[in]
		}
		op, isPrim := n.Op().(*primOp)
		if isPrim && op.prim.Pullback == nil && depends[n] {
			return &Error{op.prim.Name, ErrValueOnly}
		}
		return nil
	}
	if err := visit(value); err != nil {
		return nil, err
	}
	for _, n := range params {
		if !depends[n] {
			return nil, &Error{"Compile", fmt.Errorf("the value does not depend on the parameter %s", n.Name())}
		}
	}
	if slices.Contains(params, value) {
		return nil, &Error{"Compile", errors.New("the value is itself a parameter")}
	}
	grads, err := gorgonia.Grad(value, params...)
	if err != nil {
		return nil, &Error{"Grad", err}
	}
	return grads, nil
}

// Eval computes the value and the watched scalars at the parameters' present
// values.
func (p *Program) Eval() (value float64, err error) {
	p.pulled = false
	if err := p.machine.run(forward); err != nil {
		return 0, err
	}
	p.valued = true
	return p.machine.of[p.value].out.Data[0], nil
}

var errNoValue = errors.New("there is no value yet; call Eval first")

// Scalar returns the watched scalar called name at the last Eval. It panics if no
// scalar of that name is watched, or before the first Eval.
func (p *Program) Scalar(name string) float64 {
	n, ok := p.watched[name]
	if !ok {
		panic(&Error{"Scalar", fmt.Errorf("%q is not watched; watched are %q", name, sortedKeys(p.watched))})
	}
	if !p.valued {
		panic(&Error{"Scalar", errNoValue})
	}
	return p.machine.of[n].out.Data[0]
}

// Param returns the parameter called name, n×p: not a copy, so that writing to
// it moves the program to another point. It panics if there is none of that name.
func (p *Program) Param(name string) *tensor.Dense {
	i, err := p.index(name)
	if err != nil {
		panic(err)
	}
	return p.params[i].Value().(*tensor.Dense)
}

// Params returns the parameters, n×p each, in the order in which they were named: not
// copies, as Param.
func (p *Program) Params() (all []*tensor.Dense) {
	for _, n := range p.params {
		all = append(all, n.Value().(*tensor.Dense))
	}
	return all
}

// Renew takes from primitives what earlier values have left with them, as where an
// iteration that did not succeed rests: the next Eval is that of a new program at the
// parameters' values, to the last bit.
func (p *Program) Renew() {
	p.valued, p.pulled = false, false
	p.machine.renew()
}

// Grad returns the gradient with respect to the parameter called name at the
// last Eval, in the parameter's shape; before the first that is an error, and so is one
// that is not finite. The next Eval and Grad overwrite it.
func (p *Program) Grad(name string) (*tensor.Dense, error) {
	i, err := p.index(name)
	if err != nil {
		return nil, err
	}
	if err := p.pull(); err != nil {
		return nil, err
	}
	s := p.machine.of[p.grads[i]]
	// The sum of sizes is finite unless an element is not.
	if sum := blas64.Asum(vector(s.out)); math.IsNaN(sum) || math.IsInf(sum, 0) {
		return nil, &Error{"Grad", fmt.Errorf("the gradient by %s is not finite: %s", name, p.NonFinite())}
	}
	return s.value.(*tensor.Dense), nil
}

// Gradients returns parameters and gradients at the last Eval as a Gorgonia
// solver takes them. A solver may use the gradients up.
func (p *Program) Gradients() ([]gorgonia.ValueGrad, error) {
	if err := p.pull(); err != nil {
		return nil, err
	}
	p.pulled = false
	if p.model == nil {
		for i, n := range p.params {
			p.model = append(p.model, valueGrad{n.Value(), p.machine.of[p.grads[i]].value})
		}
	}
	return p.model, nil
}

// Held is how many numbers the program holds after Eval, those of its inputs aside.
func (p *Program) Held() (numbers int) {
	for _, s := range p.machine.slots {
		if s.prim == nil && s.pulls == nil && !s.sum && s.stock == nil {
			continue
		}
		numbers += len(s.out.Data)
		for _, m := range s.call.scratch {
			numbers += len(m.Data)
		}
	}
	return numbers
}

// NonFinite names the first value of the last Eval, in order of computation,
// that is NaN or infinite; "" if there is none. A sum of gradients that is formed in
// one buffer is named by its parts.
func (p *Program) NonFinite() string { return p.machine.nonFinite() }

// pull computes the gradients unless they belong to the last Eval.
func (p *Program) pull() error {
	switch {
	case p.pulled:
		return nil
	case !p.valued:
		return &Error{"Grad", errNoValue}
	}
	if err := p.machine.run(backward); err != nil {
		return err
	}
	p.pulled = true
	return nil
}

func (p *Program) index(name string) (int, error) {
	var names []string
	for i, n := range p.params {
		if n.Name() == name {
			return i, nil
		}
		names = append(names, n.Name())
	}
	return 0, &Error{"Param", fmt.Errorf("no parameter %q; there are %q", name, names)}
}

type valueGrad struct{ value, grad gorgonia.Value }

func (v valueGrad) Value() gorgonia.Value         { return v.value }
func (v valueGrad) Grad() (gorgonia.Value, error) { return v.grad, nil }
