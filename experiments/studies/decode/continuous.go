package decode

import (
	"fmt"
	"slices"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"

	"gorgonia.org/tensor"
)

// variables are those that are decoded, in this order.
type variables struct {
	classes    []data.Variable
	quantities []data.Continuous
}

func (vs variables) names() (names []string) {
	for _, v := range vs.classes {
		names = append(names, v.Name)
	}
	for _, v := range vs.quantities {
		names = append(names, v.Name)
	}
	return names
}

// coordinates are those of the quantities.
func (vs variables) coordinates() (all [][][]float64) {
	for i := range vs.quantities {
		all = append(all, vs.quantities[i].Coordinates())
	}
	return all
}

// kinds leaves in a record what the variables are.
func (vs variables) kinds(r *experiments.Record) {
	f := r.Frame("variables", "variable kind along", "")
	for _, v := range vs.classes {
		f.Add([]string{v.Name, ofClasses, data.AlongCondition})
	}
	for _, v := range vs.quantities {
		f.Add([]string{v.Name, v.Kind(), v.Along})
	}
}

// ofClasses is the kind of what has an accuracy; other kinds have an R².
const ofClasses = "class"

// quantities are the continuous variables of d that can be decoded, with warnings about
// the others.
func quantities(d *data.Dataset) (vs []data.Continuous, warnings []string) {
	_, few := probe.LeaveOut(d.Conditions(), 0)
	for _, v := range d.Continuous {
		switch {
		case few != nil:
			warnings = append(warnings, fmt.Sprintf("%s: %s is left out: %v.", d.Name, v.Name, few))
		case slices.Min(v.Values) == slices.Max(v.Values):
			warnings = append(warnings, fmt.Sprintf("%s: %s has the same value in all samples: there is nothing to decode.", d.Name, v.Name))
		default:
			vs = append(vs, v)
		}
	}
	return vs, warnings
}

// ridge prepares the decoding of continuous variables, with the folds of seed: the same
// for all data of a dataset.
func (s *Study) ridge(activity *tensor.Dense, seed uint64) (*probe.Ridge, error) {
	fold, err := probe.LeaveOut(activity.Shape()[1], seed)
	if err != nil {
		return nil, err
	}
	return s.scaling().Ridge(activity, fold)
}

// nullOfQuantities leaves in r what is decoded after shuffling conditions, but of
// variables of time alone, which that leaves as they are.
func (s *Study) nullOfQuantities(r *experiments.Record, d *data.Dataset, vs variables) error {
	var shuffled variables
	for _, v := range vs.quantities {
		if v.Along != data.AlongTime {
			shuffled.quantities = append(shuffled.quantities, v)
		}
	}
	if len(shuffled.quantities) == 0 {
		return nil
	}
	ridge, err := s.ridge(d.Activity, s.Seed)
	if err != nil {
		return err
	}
	null, err := ridge.Null(s.Permutations, s.Seed, shuffled.coordinates()...)
	if err != nil {
		return err
	}
	for i, name := range shuffled.names() {
		for _, r2 := range null[i] {
			r.Frame("null", "variable", "accuracy").Add([]string{name}, r2)
		}
	}
	return nil
}

// transferOfQuantities asks of the optimised y whether it holds the quantities as d does.
func (s *Study) transferOfQuantities(r *experiments.Record, d *data.Dataset, y *tensor.Dense, vs variables, seed uint64) error {
	if len(vs.quantities) == 0 {
		return nil
	}
	if n := d.Conditions(); n < 6 {
		r.Warn("%s: whether continuous variables are encoded in the same way is not asked: of %d conditions no two halves have three.", d.Name, n)
		return nil
	}
	t, err := s.scaling().RidgeTransfer(d.Activity, y, seed)
	if err != nil {
		return err
	}
	for i, v := range vs.quantities {
		xOnY, yOnX, err := t.R2(vs.coordinates()[i])
		if err != nil {
			r.Warn("%s: whether %s is encoded in the same way is not asked: %v.", d.Name, v.Name, err)
			continue
		}
		r.Frame("transfer", "variable", "optimised reference").Add([]string{v.Name}, xOnY[0], yOnX[0])
	}
	return nil
}
