package data

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Continuous variable is a quantity that was something at every time and condition, as
// the velocity of the hand or the coherence of a stimulus.
type Continuous struct {
	Name string
	// Values are those of the samples, time × condition: one that does not change with
	// time, or with the condition, is repeated.
	Values []float64
	// Along are the axes that it was given along: condition, time or condition × time.
	Along string
	// Angle is whether it is one, in radians, which 2π brings back to itself.
	Angle bool
}

// Axes that a continuous variable may be given along.
const (
	AlongCondition = "condition"
	AlongTime      = "time"
	AlongBoth      = "condition × time"
)

// Coordinates are what the variable is decoded as, each of one value a sample: itself, or
// the cosine and the sine of an angle.
func (v *Continuous) Coordinates() [][]float64 {
	if !v.Angle {
		return [][]float64{v.Values}
	}
	cos, sin := make([]float64, len(v.Values)), make([]float64, len(v.Values))
	for i, x := range v.Values {
		sin[i], cos[i] = math.Sincos(x)
	}
	return [][]float64{cos, sin}
}

// Kind is the word for what the variable is: continuous, or angle.
func (v *Continuous) Kind() string {
	if v.Angle {
		return "angle"
	}
	return "continuous"
}

// pick returns the variable at some of so many conditions.
func (v *Continuous) pick(some []int, conditions int) Continuous {
	picked := *v
	picked.Values = nil
	for from := 0; from < len(v.Values); from += conditions {
		for _, c := range some {
			picked.Values = append(picked.Values, v.Values[from+c])
		}
	}
	return picked
}

// labels are the values of a variable of conditions as classes; nil if it changes with
// time.
func (v *Continuous) labels(conditions int) *Variable {
	if v.Along != AlongCondition {
		return nil
	}
	classes := classify(v.Name, v.Values[:conditions], shortest)
	return &classes
}

// turn makes a variable an angle.
func (v *Continuous) turn() error {
	for _, x := range v.Values {
		if math.Abs(x) > 2*math.Pi {
			return fmt.Errorf("%s has the value %g: an angle is in radians, from −2π to 2π, as np.deg2rad(a) makes it of degrees and np.angle(np.exp(1j * a)) of one that goes round more than once", clean(v.Name), x)
		}
	}
	v.Angle = true
	return nil
}

// readings are the ways in which an array of this shape can lie along the axes of d, the
// names of its axes with × between them.
func (d *Dataset) readings(shape []int) (ways []string) {
	lengths := map[string]int{AlongCondition: d.Conditions(), "unit": d.Units()}
	if d.Times() > 1 {
		lengths[AlongTime] = d.Times()
	}
	axes := []string{AlongCondition, AlongTime, "unit"}
	for _, first := range axes {
		switch {
		case len(shape) == 1 && lengths[first] == shape[0]:
			ways = append(ways, first)
		case len(shape) == 2 && lengths[first] == shape[0]:
			for _, second := range axes {
				if second != first && lengths[second] == shape[1] {
					ways = append(ways, first+" × "+second)
				}
			}
		}
	}
	return ways
}

// stated is how s lies along the axes of d by the array NAME_axes of its file, "" if there
// is none.
func (d *Dataset) stated(f *archive, s *stored) (way string, err error) {
	i := slices.IndexFunc(f.arrays, func(a *stored) bool { return a.name == s.name+"_axes" && a.isText() && a.err == nil })
	if s.name == "" || i < 0 || len(s.shape) > 2 {
		return "", nil
	}
	words, err := f.arrays[i].text()
	if err != nil {
		return "", f.named(f.arrays[i], err)
	}
	for k, word := range words {
		switch word {
		case "trial", "sample":
			words[k] = AlongCondition
		case AlongCondition, AlongTime, "unit":
		default:
			return "", fmt.Errorf("%s_axes says %q; its words are time, condition, trial, sample and unit", clean(s.name), cut(word))
		}
	}
	way = strings.Join(words, " × ")
	if !strings.Contains(way, "unit") && !slices.Contains(d.readings(s.shape), way) {
		return "", fmt.Errorf("%s_axes says %s, and %s is of shape %s; the file has %d times, %d conditions and %d units",
			clean(s.name), way, clean(s.name), shapeText(s.shape), d.Times(), d.Conditions(), d.Units())
	}
	return way, nil
}

// continuous reads s, an array of floating-point numbers that lies along axes in one of
// these ways, as a continuous variable, if it is one. Why it is not is said where that is
// not plain.
func (d *Dataset) continuous(s *stored, ways []string) (v *Continuous, why string, err error) {
	if s.kind != 'f' || !slices.ContainsFunc(ways, func(way string) bool { return !strings.Contains(way, "unit") }) {
		return nil, "", nil
	}
	values, err := numbers[float64](s)
	if err != nil {
		return nil, "", err
	}
	unfinished := slices.IndexFunc(values, func(x float64) bool { return x-x != 0 })
	name := clean(s.name)
	switch {
	case unfinished >= 0 && len(s.shape) == 1 && ways[0] == AlongCondition:
		return nil, fmt.Sprintf("Array %q, one value for each condition, is not taken for a variable: it has the value %v at condition %d (counted from 0). Fill such values, or drop their conditions; classes may be text, as .astype(str) makes them.", cut(s.name), values[unfinished], unfinished), nil
	case unfinished >= 0:
		return nil, fmt.Sprintf("Array %q of shape %s is not taken for a variable: it has the value %v.", cut(s.name), shapeText(s.shape), values[unfinished]), nil
	case len(ways) > 1 && !d.own(values, ways[0]):
		return nil, "", nil
	case len(ways) > 1:
		return nil, fmt.Sprintf("Array %q of shape %s is not taken for a variable: it may be %s, for these axes are as long. An array %s_axes says which, as np.array(%s).",
			cut(s.name), shapeText(s.shape), strings.Join(ways, " or "), name, python(ways[0])), nil
	}
	v = &Continuous{Name: s.name, Along: ways[0]}
	if ways[0] == "time × condition" {
		v.Along = AlongBoth
	}
	if !d.own(values, ways[0]) || v.Along == AlongTime && even(values) {
		return nil, "", nil
	}
	v.Values = d.overSamples(values, ways[0])
	return v, "", nil
}

// own is whether values are no classes: they are not whole, or every condition has values
// of its own.
func (d *Dataset) own(values []float64, way string) bool {
	if !whole(values) {
		return true
	}
	if way == AlongTime || strings.Contains(way, "unit") {
		return false
	}
	all, conditions := d.overSamples(values, way), d.Conditions()
	courses := make([][]float64, conditions)
	for i, x := range all {
		courses[i%conditions] = append(courses[i%conditions], x)
	}
	slices.SortFunc(courses, slices.Compare)
	return len(slices.CompactFunc(courses, slices.Equal)) == conditions
}

// even is whether values are an axis: in steps of one size, but for rounding.
func even(values []float64) bool {
	step := (values[len(values)-1] - values[0]) / float64(len(values)-1)
	for i, x := range values {
		if math.Abs(x-values[0]-float64(i)*step) > 1e-3*math.Abs(step) {
			return false
		}
	}
	return true
}

// overSamples spreads values over time × condition.
func (d *Dataset) overSamples(values []float64, way string) (all []float64) {
	times, conditions := d.Times(), d.Conditions()
	for t := range times {
		for c := range conditions {
			at := c
			switch way {
			case AlongTime:
				at = t
			case AlongBoth:
				at = c*times + t
			case "time × condition":
				at = t*conditions + c
			}
			all = append(all, values[at])
		}
	}
	return all
}

// python is a way as Python writes the list of its axes.
func python(way string) string {
	return `["` + strings.ReplaceAll(way, " × ", `", "`) + `"]`
}

// quantity returns d's continuous variable of that name, or nil.
func (d *Dataset) quantity(name string) *Continuous {
	if i := slices.IndexFunc(d.Continuous, func(v Continuous) bool { return v.Name == name }); i >= 0 {
		return &d.Continuous[i]
	}
	return nil
}

// label returns what names conditions by d's variable of that name, or nil.
func (d *Dataset) label(name string) *Variable {
	if v := d.variable(name); v != nil {
		return v
	}
	if v := d.quantity(name); v != nil {
		return v.labels(d.Conditions())
	}
	return nil
}

// named are the variables by which conditions of datasets correspond: classes, and whole
// numbers, which are often the conditions' own. Others may differ in their last bits.
func (d *Dataset) named() (vs []*Variable) {
	for i := range d.Variables {
		vs = append(vs, &d.Variables[i])
	}
	for i := range d.Continuous {
		if v := &d.Continuous[i]; v.Along == AlongCondition && whole(v.Values) {
			vs = append(vs, v.labels(d.Conditions()))
		}
	}
	return vs
}

// labelNames lists the variables that can name conditions.
func (d *Dataset) labelNames() string {
	var names []string
	for _, v := range d.Variables {
		names = append(names, v.Name)
	}
	for _, v := range d.Continuous {
		if v.Along == AlongCondition {
			names = append(names, v.Name)
		}
	}
	return cmp.Or(strings.Join(names, ", "), "none")
}

// Angles makes the continuous variables of these names angles; those that d has not are
// left to other datasets.
func (d *Dataset) angles(names []string) error {
	for _, name := range names {
		v := d.quantity(name)
		if v == nil {
			if d.variable(name) != nil {
				return fmt.Errorf("%s is of classes, and an angle is a number: save it in radians, as numbers that are not whole", clean(name))
			}
			continue
		}
		if err := v.turn(); err != nil {
			return err
		}
	}
	return nil
}
