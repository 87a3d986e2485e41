package optim

import (
	"encoding/binary"
	"encoding/gob"
	"fmt"
	"io"
	"slices"

	"gorgonia.org/gorgonia"

	"simgrad/graph"
)

// A State is where an optimisation stands before it looks at a step's value, with all that
// decides how it goes on. Its slices are the program's and the solver's own.
type State struct {
	Step    int
	Params  [][]float64
	Updates int         // that the solver has made
	M, V    [][]float64 // Adam's moments of each parameter
}

// stateOf returns the state at a step, if that of the solver is known.
func stateOf(step int, p *graph.Program, s Solver) (_ State, known bool) {
	st := State{Step: step}
	for _, x := range p.Params() {
		st.Params = append(st.Params, x.Float64s())
	}
	switch s := s.(type) {
	case *adam:
		st.Updates, st.M, st.V = s.steps, s.m, s.v
		return st, true
	case *gorgonia.VanillaSolver: // has none
		return st, true
	}
	return st, false
}

// restore brings a program and a solver that has made no step to where st was taken.
func (st *State) restore(p *graph.Program, s Solver) error {
	params := p.Params()
	fits := len(params) == len(st.Params)
	for i := 0; fits && i < len(params); i++ {
		fits = len(params[i].Float64s()) == len(st.Params[i])
	}
	a, isAdam := s.(*adam)
	fits = fits && (!isAdam || len(st.M) == len(params) && len(st.V) == len(params))
	for i := 0; fits && isAdam && i < len(params); i++ {
		fits = len(st.M[i]) == len(st.Params[i]) && len(st.V[i]) == len(st.Params[i])
	}
	if !fits {
		return fmt.Errorf("optim: the state of step %d is of another program or solver", st.Step)
	}
	for i, x := range params {
		copy(x.Float64s(), st.Params[i])
	}
	st.Params = nil // as much as the data
	if isAdam {
		a.begin(len(params))
		a.steps, a.m, a.v = st.Updates, st.M, st.V
	}
	return nil
}

// WriteTo implements io.WriterTo: all of it, for ReadFrom, a little of the numbers at a time.
func (st State) WriteTo(w io.Writer) (int64, error) {
	about := State{Step: st.Step, Updates: st.Updates}
	all := [][][]float64{st.Params, st.M, st.V}
	sizes := make([][]int, len(all))
	for i, arrays := range all {
		for _, x := range arrays {
			sizes[i] = append(sizes[i], len(x))
		}
	}
	enc := gob.NewEncoder(w)
	for _, v := range []any{about, sizes} {
		if err := enc.Encode(v); err != nil {
			return 0, err
		}
	}
	var n int64
	for _, x := range slices.Concat(all...) {
		for part := range slices.Chunk(x, stateChunk) {
			if err := binary.Write(w, binary.LittleEndian, part); err != nil {
				return n, err
			}
			n += int64(8 * len(part))
		}
	}
	return n, nil
}

// ReadFrom implements io.ReaderFrom. The reader is one of bytes too, and is left behind the state.
func (st *State) ReadFrom(r io.Reader) (int64, error) {
	var sizes [][]int
	*st = State{}
	dec := gob.NewDecoder(r)
	for _, v := range []any{st, &sizes} {
		if err := dec.Decode(v); err != nil {
			return 0, err
		}
	}
	all := []*[][]float64{&st.Params, &st.M, &st.V}
	if len(sizes) != len(all) {
		return 0, fmt.Errorf("optim: a state of %d kinds of numbers, and %d are read", len(sizes), len(all))
	}
	var n int64
	for i, arrays := range all {
		for _, size := range sizes[i] {
			x := make([]float64, size)
			for part := range slices.Chunk(x, stateChunk) {
				if err := binary.Read(r, binary.LittleEndian, part); err != nil {
					return n, err
				}
				n += int64(8 * len(part))
			}
			*arrays = append(*arrays, x)
		}
	}
	return n, nil
}

// stateChunk is how many numbers are written and read at a time.
const stateChunk = 1 << 13
