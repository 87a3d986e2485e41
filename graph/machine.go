package graph

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// A Machine runs expression graphs, one operation at a time. It is a gorgonia.VM.
//
// Nodes that compute the same value (the same operation, with the same
// parameters, on the same values) share a slot. Every slot has a buffer of its
// own, kept from run to run, which nothing else writes to; a root's value may
// therefore be read at any time after a run. Only the parts of a sum of gradients,
// which nothing else reads, are formed in the buffer of the sum. What depends on
// constants alone is computed at the first run only.
//
// Inputs are read where they are, row-major ones without a copy: a change of such an
// input's backing slice shows at the next run, if the input was named variable when
// the machine was made.
type Machine struct {
	slots  []*slot
	of     map[*Node]*slot
	stages [][]*slot // what each stage adds to those before it, in order
	ready  []bool    // whether a stage's constant slots have been computed
}

// A slot computes one value.
type slot struct {
	node     *Node // the first node with this value, for errors
	shape    tensor.Shape
	out      Mat
	value    gorgonia.Value // out's memory as a Gorgonia value
	in       []*slot
	variable bool // depends on a variable input or on chance
	centred  bool // the columns are known to have mean 0

	// Exactly one of these computes the value; inputs and constants have none.
	prim   *Prim
	call   Call
	pulls  *slot // the slot whose Prim's Pullback this is, for input `input`
	input  int
	sum    bool  // of two values of one shape, as Gorgonia's Grad adds derivatives
	first  *slot // of a sum formed in place: the part whose buffer is the sum's
	added  *slot // and the one that is added to it; it is not computed by itself
	part   bool  // whether this is such a first part
	stock  gorgonia.Op
	values []gorgonia.Value // the inputs of stock
}

// NewMachine compiles what roots depend on. Input nodes in variable may change
// their values between runs.
func NewMachine(variable gorgonia.Nodes, roots ...*Node) (*Machine, error) {
	return newMachine(variable, roots)
}

// newMachine compiles roots in stages; a later stage may use the values of
// earlier ones.
func newMachine(variable gorgonia.Nodes, stages ...gorgonia.Nodes) (*Machine, error) {
	m := &Machine{of: map[*Node]*slot{}, ready: make([]bool, len(stages))}
	c := compiler{machine: m, variable: map[*Node]bool{}, known: map[key][]*slot{}}
	for _, n := range variable {
		c.variable[n] = true
	}
	for _, roots := range stages {
		from := len(m.slots)
		for _, n := range roots {
			if _, err := c.visit(n); err != nil {
				return nil, err
			}
		}
		m.stages = append(m.stages, m.slots[from:])
	}
	m.addInPlace(slices.Concat(stages...))
	return m, nil
}

// addInPlace lets sums be formed in one buffer where one part can be added to the
// other.
func (m *Machine) addInPlace(roots gorgonia.Nodes) {
	readers := map[*slot]int{}
	for _, s := range m.slots {
		for _, in := range s.in {
			readers[in]++
		}
	}
	for _, n := range roots {
		readers[m.of[n]]++
	}
	parts, added := map[*slot]bool{}, map[*slot]bool{}
	for _, stage := range m.stages {
		here := map[*slot]bool{}
		for _, s := range stage {
			here[s] = true
		}
		private := func(s *slot) bool { return readers[s] == 1 && s.variable && here[s] }
		for _, s := range slices.Backward(stage) { // a sum may be part of a later one
			if !s.sum || !private(s.in[0]) || !private(s.in[1]) {
				continue
			}
			x, y := s.in[0], s.in[1]
			if !y.adds() {
				x, y = y, x
			}
			if !y.adds() || !(x.sum || x.adds() || x.pulls != nil && x.pulls.prim.whole) {
				continue
			}
			s.first, s.added = x, y
			x.part, x.out, x.value = true, s.out, s.value
			parts[x], added[y] = true, true
		}
	}
	maps.DeleteFunc(m.of, func(_ *Node, s *slot) bool { return parts[s] || added[s] })
	left := func(s *slot) bool { return added[s] }
	m.slots = slices.DeleteFunc(slices.Clone(m.slots), left)
	for i, stage := range m.stages {
		m.stages[i] = slices.DeleteFunc(slices.Clone(stage), left)
	}
}

// adds reports whether the slot can add what it computes to a buffer.
func (s *slot) adds() bool { return s.pulls != nil && s.pulls.prim.adds != nil }

// RunAll computes every root.
func (m *Machine) RunAll() error {
	for i := range m.stages {
		if err := m.run(i); err != nil {
			return err
		}
	}
	return nil
}

// Reset does nothing: every run starts from the inputs. It is there for gorgonia.VM.
func (m *Machine) Reset() {}

// Close does nothing: a machine holds memory only. It is there for gorgonia.VM.
func (m *Machine) Close() error { return nil }

// Value returns n's value after the last run. It is nil if no root depends on n, or
// if n is part of a sum and not kept.
func (m *Machine) Value(n *Node) gorgonia.Value {
	if s, ok := m.of[n]; ok {
		return s.value
	}
	return nil
}

// run computes one stage.
func (m *Machine) run(stage int) error {
	for _, s := range m.stages[stage] {
		if m.ready[stage] && !s.variable {
			continue
		}
		if err := s.compute(); err != nil {
			return &Error{s.String(), err}
		}
	}
	m.ready[stage] = true
	return nil
}

// renew drops the state of primitives whose value changes from run to run.
func (m *Machine) renew() {
	for _, s := range m.slots {
		if s.prim != nil && s.variable {
			s.call.Keep, s.call.scratch = nil, nil
		}
	}
}

// nonFinite names the first value, in order of computation, that is NaN or
// infinite; "" if there is none.
func (m *Machine) nonFinite() string {
	for _, s := range m.slots {
		if s.part {
			continue
		}
		for _, x := range s.out.Data {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return s.String()
			}
		}
	}
	return ""
}

func (s *slot) compute() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	switch {
	case s.prim != nil:
		return s.prim.Forward(&s.call)
	case s.pulls != nil:
		g := s.in[len(s.in)-1].out
		return s.pulls.prim.Pullback(&s.pulls.call, s.input, g, s.out)
	case s.added != nil:
		a := s.added
		return a.pulls.prim.adds(&a.pulls.call, a.input, a.in[len(a.in)-1].out, s.out)
	case s.sum:
		blend(s.out, 1, s.in[0].out, 1, s.in[1].out)
	case s.stock != nil:
		return s.computeStock()
	}
	return nil
}

// computeStock runs an operation of Gorgonia's own. Given a buffer, some of them
// add to what is there and some ignore it; asked for a new value, some return a
// view of an input. So each is asked for a new value, and that is copied.
func (s *slot) computeStock() error {
	v, err := s.stock.Do(s.values...)
	if err != nil {
		return err
	}
	got := view(v)
	if len(got.Data) != len(s.out.Data) {
		return fmt.Errorf("returned shape %v where %v was announced", v.Shape(), s.shape)
	}
	copy(s.out.Data, got.Data)
	return nil
}

// String says what the slot computes, for errors.
func (s *slot) String() string {
	if s.node.Op() == nil {
		return "input " + s.node.Name()
	}
	if s.added != nil {
		return s.first.String() + ", plus " + s.added.String()
	}
	text := s.node.Op().String()
	for i, in := range s.in {
		if i == 0 {
			text += " of "
		} else {
			text += ", "
		}
		if in.node.Op() == nil {
			text += in.node.Name() + " "
		}
		text += fmt.Sprint(in.shape)
	}
	return text
}

// A compiler puts nodes into slots.
type compiler struct {
	machine  *Machine
	variable map[*Node]bool
	known    map[key][]*slot // slots that may compute the same value
}

// A key is what two nodes must share exactly to share a slot: the primitive's
// name and parameters or the kind of stock operation, the slot pulled back and
// the input it is pulled back to, and the first two inputs' slots. Further
// inputs, and the parameters of stock operations, are compared one by one.
type key struct {
	name   string
	params any
	pulls  *slot
	input  int
	a, b   *slot
}

func (c *compiler) visit(n *Node) (*slot, error) {
	if s, ok := c.machine.of[n]; ok {
		return s, nil
	}
	s := &slot{node: n, shape: n.Shape()}
	if n.Dtype() != tensor.Float64 {
		return nil, &Error{n.Name(), fmt.Errorf("is %v; the machine computes in float64", n.Dtype())}
	}
	for _, child := range children(n) {
		in, err := c.visit(child)
		if err != nil {
			return nil, err
		}
		s.in = append(s.in, in)
		s.variable = s.variable || in.variable
	}
	k, mergeable := key{}, true
	switch op := n.Op().(type) {
	case nil: // an input
		if n.Value() == nil {
			return nil, &Error{n.Name(), fmt.Errorf("input has no value")}
		}
		s.variable = c.variable[n]
		s.use(n.Value())
		return c.add(n, s), nil
	case *primOp:
		s.prim = &op.prim
		k.name, k.params, mergeable = op.prim.Name, op.prim.Params, op.prim.Params != nil
		if mergeable && !reflect.TypeOf(k.params).Comparable() {
			return nil, &Error{k.name, fmt.Errorf("parameters of type %T cannot be compared", k.params)}
		}
	case *pullOp:
		// The forward value's slot, which may be a twin's, holds the state.
		s.pulls, s.input = s.in[len(s.in)-2], op.i
		k.pulls, k.input = s.pulls, op.i
	default:
		if op.Arity() == 0 {
			if v := n.Value(); v != nil { // a constant
				s.use(v)
				return c.add(n, s), nil
			}
			s.variable, mergeable = true, false // chance
		}
		if reflect.TypeOf(op).Kind() == reflect.Pointer {
			// Operations behind a pointer may keep state or draw at random.
			s.variable, mergeable = true, false
		}
		k.name = reflect.TypeOf(op).String()
		if k.name == "gorgonia.elemBinOp" && op.String() == "+ false" && s.in[0].shape.Eq(s.in[1].shape) {
			s.sum, k.params = true, "+"
		} else {
			s.stock = op
		}
	}
	s.centred = s.isCentred()
	if s.pulls != nil && (s.pulls.prim.passes || s.pulls.prim.centres && s.in[len(s.in)-1].centred) {
		// Centering is its own pullback, and there may be nothing left to centre.
		c.machine.of[n] = s.in[len(s.in)-1]
		return c.machine.of[n], nil
	}
	if len(s.in) > 0 {
		k.a = s.in[0]
	}
	if len(s.in) > 1 {
		k.b = s.in[1]
	}
	if mergeable {
		for _, twin := range c.known[k] {
			if twin.same(s) {
				c.machine.of[n] = twin
				return twin, nil
			}
		}
		c.known[k] = append(c.known[k], s)
	}
	if s.prim != nil && s.prim.looks {
		s.use(s.in[0].value)
	} else {
		s.use(newValue(s.shape))
	}
	s.call = Call{Out: s.out}
	for _, in := range s.in {
		s.call.In = append(s.call.In, in.out)
		s.values = append(s.values, in.value)
	}
	return c.add(n, s), nil
}

func (c *compiler) add(n *Node, s *slot) *slot {
	c.machine.of[n] = s
	c.machine.slots = append(c.machine.slots, s)
	return s
}

// isCentred reports whether the slot's columns are known to have mean 0.
func (s *slot) isCentred() bool {
	flags := make([]bool, len(s.in))
	for i, in := range s.in {
		flags[i] = in.centred
	}
	switch {
	case s.sum:
		return flags[0] && flags[1]
	case s.prim != nil && s.prim.centred != nil:
		return s.prim.centred(-1, flags, false)
	case s.pulls != nil && s.pulls.prim.centred != nil:
		return s.pulls.prim.centred(s.input, flags[:len(flags)-2], flags[len(flags)-1])
	}
	return false
}

// use makes v the slot's buffer.
func (s *slot) use(v gorgonia.Value) {
	s.out, s.value = view(v), v
}

// same reports whether s and t, of equal keys, compute the same value.
func (s *slot) same(t *slot) bool {
	if len(s.in) != len(t.in) || !s.shape.Eq(t.shape) {
		return false
	}
	for i := range s.in {
		if s.in[i] != t.in[i] {
			return false
		}
	}
	return s.stock == nil || reflect.DeepEqual(s.stock, t.stock)
}

// children returns the inputs of n's operation in order.
func children(n *Node) (nodes gorgonia.Nodes) {
	if n.Graph().Node(n.ID()) != n { // Gorgonia looks nodes up by a number that a removal can shift
		panic(&Error{n.Name(), errors.New("node has been removed from its graph")})
	}
	for it := n.Graph().From(n.ID()); it.Next(); {
		nodes = append(nodes, it.Node().(*Node))
	}
	return nodes
}
