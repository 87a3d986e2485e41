package data

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gorgonia.org/tensor"
)

func fromFile(name string) (*Dataset, error) {
	file, key := name, "activity"
	if i := strings.LastIndex(name, ".npz:"); i >= 0 {
		file, key = name[:i+4], name[i+5:]
	}
	if ext := filepath.Ext(file); ext != ".npy" && ext != ".npz" {
		return nil, fmt.Errorf("data: %s: no such dataset; name a .npz or .npy file, or one of %s, surrogate/all", name, strings.Join(Names(), ", "))
	}
	var notes []string
	arrays, err := readFile(file, func(array string, err error) error {
		if array == key {
			return fmt.Errorf("array %q: %w", array, err)
		}
		notes = append(notes, fmt.Sprintf("Array %q was passed over: %v.", array, err))
		return nil
	})
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(arrays, func(a Array) bool { return a.Name == key || a.Name == "" })
	if at < 0 {
		var have []string
		for _, a := range arrays {
			have = append(have, fmt.Sprintf("%s %v", a.Name, a.Shape))
		}
		return nil, fmt.Errorf("data: %s: no array %q in the file, which has %s; choose one as %s:KEY", name, key, strings.Join(have, ", "), file)
	}
	d := &Dataset{Name: name, Card: Card{Source: filepath.Base(file)}}
	if err := d.take(arrays[at]); err != nil {
		return nil, fmt.Errorf("data: %s: array %q %w", name, key, err)
	}
	for i, a := range arrays {
		if i == at || strings.HasPrefix(a.Name, "time") {
			continue
		}
		if len(a.Shape) != 1 || a.Shape[0] != d.Conditions() {
			if d.meantAsVariable(a) {
				notes = append(notes, fmt.Sprintf("Array %q of shape %v is not taken for a task variable, which is of shape [%d]: one value for each condition.", a.Name, a.Shape, d.Conditions()))
			}
			continue
		}
		if v, ok := variable(a); ok {
			d.Variables = append(d.Variables, v)
		} else {
			notes = append(notes, fmt.Sprintf("Array %q, one value for each condition, is not taken for a task variable: its values are neither whole numbers nor text. Classes of numbers like these are np.unique(%s, return_inverse=True)[1], or text by .astype(str).", a.Name, a.Name))
		}
	}
	for _, note := range []string{d.repeated(), d.artefact()} {
		if note != "" {
			notes = append(notes, note)
		}
	}
	d.Card.Notes = notes
	return d, nil
}

// meantAsVariable is whether a, which is not of the shape of a task variable, may have
// been meant for one: classes as many as no axis of the activity is long, or along
// conditions and another axis.
func (d *Dataset) meantAsVariable(a Array) bool {
	if len(a.Shape) == 0 || !classes(a) {
		return false
	}
	if len(a.Shape) == 1 {
		return a.Shape[0] > 1 && a.Shape[0] != d.Times() && a.Shape[0] != d.Units()
	}
	return slices.Contains(a.Shape, d.Conditions()) && tensor.Shape(a.Shape).TotalSize() <= d.Times()*d.Conditions()
}

// classes is whether all values of a are text or whole numbers.
func classes(a Array) bool {
	return a.Text != nil || !slices.ContainsFunc(a.Values, func(x float64) bool { return x != math.Trunc(x) || math.IsInf(x, 0) })
}

// take makes a the activity; the error reads on from the array's name.
func (d *Dataset) take(a Array) error {
	switch {
	case a.Values == nil:
		return errors.New("holds text; activity is numbers")
	case len(a.Shape) != 2 && len(a.Shape) != 3:
		return fmt.Errorf("has shape %v; activity is time × condition × unit, or sample × unit", a.Shape)
	case slices.Contains(a.Shape, 0):
		return fmt.Errorf("has shape %v: it is empty", a.Shape)
	}
	shape := a.Shape
	if len(shape) == 2 {
		shape = []int{1, shape[0], shape[1]}
	}
	d.Activity, d.Shape = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(a.Values)), a.Shape
	return d.check()
}

// check refuses activity that nothing can be compared with.
func (d *Dataset) check() error {
	units := d.Units()
	n := d.Times() * d.Conditions()
	if n < 2 {
		return fmt.Errorf("has %d sample; at least 2 are needed", n)
	}
	x, varies, largest := d.Activity.Float64s(), false, 0.0
	for i, v := range x {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			s := i / units
			return fmt.Errorf("has the value %v at time %d, condition %d, unit %d (counted from 0); drop or fill such values first", v, s/d.Conditions(), s%d.Conditions(), i%units)
		}
		varies = varies || v != x[i%units]
		largest = math.Max(largest, math.Abs(v))
	}
	switch {
	case !varies:
		return errors.New("has zero variance: every unit is constant over all samples")
	case largest > 1e70 || largest < 1e-70:
		return fmt.Errorf("has %g as its largest value, whose fourth power is beyond double precision; give it in another unit", largest)
	}
	return nil
}

// variable reads a, one value for each condition, as a task variable, if it is one.
func variable(a Array) (Variable, bool) {
	v := Variable{Name: a.Name, Class: make([]int, a.Shape[0])}
	if a.Text != nil {
		v.Values = slices.Compact(slices.Sorted(slices.Values(a.Text)))
		for i, text := range a.Text {
			v.Class[i] = slices.Index(v.Values, text)
		}
		return v, true
	}
	if !classes(a) {
		return Variable{}, false
	}
	values := slices.Compact(slices.Sorted(slices.Values(a.Values)))
	for i, x := range a.Values {
		v.Class[i] = slices.Index(values, x)
	}
	for _, x := range values {
		v.Values = append(v.Values, strconv.FormatFloat(x, 'f', -1, 64))
	}
	return v, true
}
