package data

import (
	"fmt"
	"slices"
	"strings"

	"gorgonia.org/tensor"
)

// Parts of a dataset, in an order of one's own. Where one does not exist they panic with an
// error, as an index of a slice does: a cell of a notebook ends with it.

// Condition returns the dataset of these conditions alone, by their numbers from 0.
func (d *Dataset) Condition(conditions ...int) *Dataset {
	d.within("condition", d.Conditions(), conditions)
	picked := d.pick(conditions)
	picked.Name, picked.File = d.Name+" "+namesOfParts("condition", conditions), ""
	return picked
}

// Time returns the dataset of the times from … to−1, by their numbers from 0. What it was
// averaged from is not kept.
func (d *Dataset) Time(from, to int) *Dataset {
	if from < 0 || to > d.Times() || from >= to {
		panic(fmt.Errorf("data: %s has times 0 … %d, and no times %d … %d", d.Name, d.Times()-1, from, to-1))
	}
	cut := *d
	cut.Name, cut.File, cut.digest, cut.trials = fmt.Sprintf("%s times %d…%d", d.Name, from, to-1), "", &digest{}, nil
	row := d.Conditions() * d.Units()
	cut.Activity = tensor.New(tensor.WithShape(to-from, d.Conditions(), d.Units()), tensor.WithBacking(slices.Clone(d.Activity.Float64s()[from*row:to*row])))
	if cut.Shape = slices.Clone(d.Shape); len(cut.Shape) == 3 {
		cut.Shape[0] = to - from
	}
	if d.TimeMS != nil {
		cut.TimeMS = d.TimeMS[from:to]
	}
	cut.Continuous = slices.Clone(d.Continuous)
	for i := range cut.Continuous {
		v := &cut.Continuous[i]
		v.Values = v.Values[from*d.Conditions() : to*d.Conditions()]
	}
	return &cut
}

// Unit returns the dataset of these units alone, by their numbers from 0. What it was
// averaged from is not kept.
func (d *Dataset) Unit(units ...int) *Dataset {
	d.within("unit", d.Units(), units)
	var x []float64
	for t := range d.Times() {
		for c := range d.Conditions() {
			row := d.row(t, c)
			for _, u := range units {
				x = append(x, row[u])
			}
		}
	}
	cut := *d
	cut.Name, cut.File, cut.digest, cut.trials = d.Name+" "+namesOfParts("unit", units), "", &digest{}, nil
	cut.Activity = tensor.New(tensor.WithShape(d.Times(), d.Conditions(), len(units)), tensor.WithBacking(x))
	cut.Shape = slices.Clone(d.Shape)
	cut.Shape[len(cut.Shape)-1] = len(units)
	return &cut
}

// Where returns the dataset of the conditions at which a task variable has this value, as
// choice and left.
func (d *Dataset) Where(variable, value string) *Dataset {
	v := d.variable(variable)
	if v == nil {
		var names []string
		for _, v := range d.Variables {
			names = append(names, v.Name)
		}
		panic(fmt.Errorf("data: %s has no task variable %q; it has %s", d.Name, variable, strings.Join(names, ", ")))
	}
	var conditions []int
	for c := range v.Class {
		if v.at(c) == value {
			conditions = append(conditions, c)
		}
	}
	if conditions == nil {
		panic(fmt.Errorf("data: %s of %s is never %q; it is %s", variable, d.Name, value, strings.Join(v.Values, ", ")))
	}
	picked := d.pick(conditions)
	picked.Name, picked.File = fmt.Sprintf("%s where %s is %s", d.Name, variable, value), ""
	return picked
}

// within panics unless there are parts of these numbers.
func (d *Dataset) within(what string, n int, numbers []int) {
	if len(numbers) == 0 {
		panic(fmt.Errorf("data: %s: no %s is asked for", d.Name, what))
	}
	for _, i := range numbers {
		if i < 0 || i >= n {
			panic(fmt.Errorf("data: %s has %ss 0 … %d, and no %s %d", d.Name, what, n-1, what, i))
		}
	}
}

func namesOfParts(what string, numbers []int) string {
	text := strings.Trim(fmt.Sprint(numbers), "[]")
	if len(numbers) > 1 {
		what += "s"
	}
	return what + " " + strings.ReplaceAll(text, " ", ", ")
}
