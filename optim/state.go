package optim

import (
	"fmt"

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
	if isAdam {
		a.begin(len(params))
		a.steps, a.m, a.v = st.Updates, st.M, st.V
	}
	return nil
}
