package data

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gorgonia.org/tensor"
)

// NumSamples is the number of samples: every condition at every time.
func (d *Dataset) NumSamples() int { return d.Times() * d.Conditions() }

// SameSamples says why two datasets cannot be of the same samples.
func SameSamples(x, y *Dataset) error {
	if n, k := x.NumSamples(), y.NumSamples(); n != k && (len(x.Shape) != 3 || len(y.Shape) != 3 || x.Times() == y.Times()) {
		return fmt.Errorf("data: %s has %d samples and %s %d; a score compares the same samples", x.Name, n, y.Name, k)
	}
	if len(x.Shape) == 3 && len(y.Shape) == 3 && x.Times() != y.Times() {
		return fmt.Errorf("data: %s is %d times × %d conditions and %s %d × %d; a score compares the same samples in the same order",
			x.Name, x.Times(), x.Conditions(), y.Name, y.Times(), y.Conditions())
	}
	return nil
}

// An Aligned dataset is one whose samples are those of others, in the same order.
type Aligned struct {
	*Dataset
	Kept  []int    // which of its conditions these are; nil: all, as they were
	Notes []string // what its samples must be read with, beside the others'
}

// Align returns the datasets with the same samples in the same order. By names task
// variables, separated by commas, whose values together name a condition: the
// conditions that all datasets have are kept, in the order of the first. By "order"
// they correspond as they are. By "" they must not say otherwise: it is an error
// where a variable that names the conditions in two of them has another order.
func Align(sets []*Dataset, by string) ([]Aligned, error) {
	aligned := make([]Aligned, len(sets))
	for i, d := range sets {
		aligned[i].Dataset = d
	}
	if by != "" && by != "order" {
		if err := alignBy(aligned, by); err != nil {
			return nil, err
		}
	}
	for i, y := range aligned {
		for _, x := range aligned[:i] {
			if err := SameSamples(x.Dataset, y.Dataset); err != nil {
				return nil, fmt.Errorf("%w%s", err, remedy(x.Dataset, y.Dataset, by))
			}
		}
	}
	for i := range aligned {
		aligned[i].unfold(sets)
	}
	if by == "order" {
		return aligned, nil
	}
	for i := range aligned {
		if err := aligned[i].compare(aligned[:i], by); err != nil {
			return nil, err
		}
	}
	return aligned, nil
}

// unfold notes as what the samples of a file without times are taken, where others have times.
func (d *Aligned) unfold(sets []*Dataset) {
	i := slices.IndexFunc(sets, func(of *Dataset) bool { return of.Times() > 1 && of.Conditions() > 1 })
	if i < 0 || d.File == "" || d.Times() > 1 {
		return
	}
	d.Notes = append(d.Notes, fmt.Sprintf("%s has %d samples and no time axis: they are taken to be the %d times × %d conditions of %s, all conditions of the first time first. If they are condition by condition, reshape them to conditions × times × units; -axes FILE=condition,time,unit says so.",
		d.Name, d.NumSamples(), sets[i].Times(), sets[i].Conditions(), sets[i].Name))
}

// remedy names the variable that would align datasets that are not of the same samples.
func remedy(x, y *Dataset, by string) string {
	if axes := otherAxes(x, y); axes != "" {
		return axes
	}
	if by == "" && x.Times() == y.Times() {
		for _, v := range x.named() {
			if w := y.label(v.Name); w != nil && v.names() && w.names() && overlap(v, w) {
				return fmt.Sprintf("; -by %s takes the conditions that both have", v.Name)
			}
		}
	}
	more, fewer := x, y
	if y.NumSamples() > x.NumSamples() {
		more, fewer = y, x
	}
	switch {
	case by != "" || more.NumSamples() < 2*fewer.NumSamples() || more.Trials() > 0 || more.rows == AlongCondition || more.File == "":
	case len(more.Variables) > 0:
		return fmt.Sprintf("; if the conditions of %s are trials, -average makes conditions of them by labels, of %s", more.Name, more.labelNames())
	default:
		return fmt.Sprintf("; if the conditions of %s are trials, -average makes conditions of them by labels, of which the file has none: save one for each trial", more.Name)
	}
	return ""
}

// otherAxes names the axes by which one of two files, whose axes neither words nor labels of
// its conditions say, is of the samples of the other.
func otherAxes(x, y *Dataset) string {
	words := []string{AlongTime, AlongCondition, "unit"}
	for _, of := range [][2]*Dataset{{y, x}, {x, y}} {
		d, other := of[0], of[1]
		if d.File == "" || d.rows != "" || len(d.Variables) > 0 {
			continue
		}
		said := func(axes ...string) string {
			return fmt.Sprintf("; if that is its axes in another order, -axes %s=%s says so", d.Name, strings.Join(axes, ","))
		}
		switch {
		case len(d.Shape) == 2 && d.Shape[1] == other.NumSamples():
			return said("unit", "sample")
		case len(d.Shape) == 3 && len(other.Shape) == 3:
			for t, times := range d.Shape {
				for c, conditions := range d.Shape {
					if t == c || times != other.Times() || conditions != other.Conditions() {
						continue
					}
					axes := make([]string, 3)
					for word, k := range []int{t, c, 3 - t - c} {
						axes[k] = words[word]
					}
					return said(axes...)
				}
			}
		}
	}
	return ""
}

// compare notes where y's task variables are not those of the datasets before it.
// A variable is compared with the first that has it: those agree, or it was said.
func (y *Aligned) compare(before []Aligned, by string) error {
	for _, v := range y.named() {
		for _, x := range before {
			w := x.label(v.Name)
			if w == nil || len(w.Class) != len(v.Class) { // other times × conditions
				continue
			}
			note, err := difference(x, *y, w, v, by)
			if err != nil {
				return err
			}
			if note != "" {
				y.Notes = append(y.Notes, note)
			}
			break
		}
	}
	return nil
}

// difference says where a variable is not the same in x, as v, and in y, as w. It is
// an error if its values name the conditions, unless others were asked to.
func difference(x, y Aligned, v, w *Variable, by string) (note string, err error) {
	at, others := -1, -1
	for c := range v.Class {
		if v.at(c) != w.at(c) {
			if others++; at < 0 {
				at = c
			}
		}
	}
	if at < 0 {
		return "", nil
	}
	condition := at
	if x.Kept != nil {
		condition = x.Kept[at]
	}
	what := fmt.Sprintf("%s of %s and %s differs at condition %d (%s, %s)", v.Name, x.Name, y.Name, condition, v.at(at), w.at(at))
	if others > 0 {
		what += fmt.Sprintf(" and %d more", others)
	}
	named := v.names() && w.names()
	switch {
	case by != "" && named:
		return "", nil
	case by != "":
		return what + ".", nil
	case !overlap(v, w):
		return fmt.Sprintf("%s of %s and %s has no value in common (%s, %s): it does not tell whether their samples are in the same order.", v.Name, x.Name, y.Name, v.at(0), w.at(0)), nil
	case named:
		return "", fmt.Errorf("data: %s, and a score compares the same samples in the same order: -by %s aligns them, -by order takes rows as they correspond", what, v.Name)
	}
	return what + "; -by NAME[,NAME…] aligns samples that are in another order.", nil
}

// alignBy keeps the conditions that all datasets have, in the order of the first.
func alignBy(sets []Aligned, by string) error {
	of := make([]map[string]int, len(sets)) // condition of a tuple of values
	var order []string
	for i, d := range sets {
		tuples, err := d.tuples(by)
		if err != nil {
			return err
		}
		of[i] = map[string]int{}
		for c, tuple := range tuples {
			if first, twice := of[i][tuple]; twice {
				return fmt.Errorf("data: %s has %s %s at conditions %d and %d; -by must name each condition once: add a variable, as -by %s,NAME", d.Name, by, tuple, first, c, by)
			}
			of[i][tuple] = c
		}
		if i == 0 {
			order = tuples
		}
	}
	order = slices.DeleteFunc(order, func(tuple string) bool {
		return slices.ContainsFunc(of, func(conditions map[string]int) bool { _, ok := conditions[tuple]; return !ok })
	})
	if len(order) < 2 {
		var names []string
		for _, d := range sets {
			names = append(names, d.Name)
		}
		have := []string{"no condition", "1 condition"}[len(order)]
		return fmt.Errorf("data: %s have %s in common by %s; at least 2 are needed", strings.Join(names, " and "), have, by)
	}
	for i := range sets {
		var conditions []int
		for _, tuple := range order {
			conditions = append(conditions, of[i][tuple])
		}
		if err := sets[i].keep(conditions, by); err != nil {
			return err
		}
	}
	return nil
}

// tuples are the values of the variables named, for each condition.
func (d *Dataset) tuples(by string) ([]string, error) {
	tuples := make([]string, d.Conditions())
	for i, name := range strings.Split(by, ",") {
		v := d.label(strings.TrimSpace(name))
		if v == nil {
			return nil, fmt.Errorf("data: %s has no task variable %q to align by; it has %s. If its %s are in the order of the others', -by order says so", d.Name, strings.TrimSpace(name), d.labelNames(), counted(d.Conditions(), "condition"))
		}
		for c := range tuples {
			if i > 0 {
				tuples[c] += ", "
			}
			tuples[c] += strconv.Quote(v.at(c)) // so that no two tuples read alike
		}
	}
	return tuples, nil
}

// keep makes the dataset one of some of its conditions.
func (d *Aligned) keep(conditions []int, by string) error {
	if left := d.Conditions() - len(conditions); left > 0 {
		tuples, err := d.tuples(by)
		if err != nil {
			return err
		}
		out := 0
		for slices.Contains(conditions, out) {
			out++
		}
		d.Notes = append(d.Notes, fmt.Sprintf("%d of %d conditions of %s are left out, as that of %s %s: not all datasets have it.", left, d.Conditions(), d.Name, by, tuples[out]))
	} else if slices.IsSorted(conditions) {
		return nil
	}
	d.Dataset, d.Kept = d.pick(conditions), conditions
	if err := d.check(); err != nil {
		return fmt.Errorf("data: %s: activity of the %d conditions in common %w", d.Name, len(conditions), err)
	}
	return nil
}

// pick returns a dataset of some conditions of d.
func (d *Dataset) pick(conditions []int) *Dataset {
	var x []float64
	for t := range d.Times() {
		for _, c := range conditions {
			x = append(x, d.row(t, c)...)
		}
	}
	picked := *d
	picked.digest = &digest{}
	picked.Activity = tensor.New(tensor.WithShape(d.Times(), len(conditions), d.Units()), tensor.WithBacking(x))
	picked.Shape = slices.Clone(d.Shape)
	picked.Shape[len(d.Shape)-2] = len(conditions)
	picked.Variables = nil
	for i := range d.Variables {
		picked.Variables = append(picked.Variables, d.Variables[i].pick(conditions))
	}
	if d.trials != nil {
		of := make([][]int, 0, len(conditions))
		for _, c := range conditions {
			of = append(of, d.trials.of[c])
		}
		picked.trials = &trials{d.trials.activity, of}
	}
	picked.Continuous = nil
	for i := range d.Continuous {
		picked.Continuous = append(picked.Continuous, d.Continuous[i].pick(conditions, d.Conditions()))
	}
	return &picked
}

// pick returns the variable at some conditions; the classes among them keep their order.
func (v *Variable) pick(conditions []int) Variable {
	var old []int
	for _, c := range conditions {
		old = append(old, v.Class[c])
	}
	kept := slices.Compact(slices.Sorted(slices.Values(old)))
	picked := Variable{Name: v.Name}
	for _, class := range kept {
		picked.Values = append(picked.Values, v.Values[class])
	}
	for _, class := range old {
		at, _ := slices.BinarySearch(kept, class)
		picked.Class = append(picked.Class, at)
	}
	return picked
}

// variable returns d's task variable of that name, or nil.
func (d *Dataset) variable(name string) *Variable {
	if i := slices.IndexFunc(d.Variables, func(v Variable) bool { return v.Name == name }); i >= 0 {
		return &d.Variables[i]
	}
	return nil
}

// at is the variable's value at condition c.
func (v *Variable) at(c int) string { return v.Values[v.Class[c]] }

// names is whether no two conditions have one value.
func (v *Variable) names() bool {
	return len(slices.Compact(slices.Sorted(slices.Values(v.Class)))) == len(v.Class)
}

// overlap is whether two variables have a value in common.
func overlap(v, w *Variable) bool {
	values := map[string]bool{}
	for _, value := range v.Values {
		values[value] = true
	}
	return slices.ContainsFunc(w.Values, func(value string) bool { return values[value] })
}
