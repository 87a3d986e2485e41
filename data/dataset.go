// Package data holds the datasets that studies use: recordings read from files,
// and made ones. Its subpackage probe asks questions of them.
package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gorgonia.org/tensor"
)

// A Dataset is population activity under a number of task conditions.
type Dataset struct {
	// Name is what the dataset was asked for by: a name of this package's, or a
	// file.
	Name string
	// Activity is time × condition × unit; data without time have one time.
	Activity *tensor.Dense
	// Shape is that of the activity as it was given: of two or three axes.
	Shape []int
	// Variables are the task variables, one class a condition.
	Variables []Variable
	Card      Card
}

// A Variable is a task variable: what it was in every condition.
type Variable struct {
	Name   string
	Class  []int    // class of each condition, from 0
	Values []string // value of each class, in the order of the classes
}

// A Card says where a dataset comes from and how it was made.
type Card struct {
	Task, Area, Animal, Epoch, Bins, Averaging, Source string
	// Surrogate is set for artificial data with the published shape and spectrum
	// of a recording.
	Surrogate bool
	// Shift is by how many components a surrogate's task variables were moved.
	Shift int
	// Notes are what a reader must know besides.
	Notes []string
}

// Times, Conditions and Units are the lengths of the axes of Activity.
func (d *Dataset) Times() int      { return d.Activity.Shape()[0] }
func (d *Dataset) Conditions() int { return d.Activity.Shape()[1] }
func (d *Dataset) Units() int      { return d.Activity.Shape()[2] }

// Samples returns the activity as (time·condition) × unit, time-major: row
// t·conditions + c. The memory is the dataset's.
func (d *Dataset) Samples() *tensor.Dense {
	return tensor.New(tensor.WithShape(d.Times()*d.Conditions(), d.Units()), tensor.WithBacking(d.Activity.Float64s()))
}

// Hash names the dataset's content: activity and task variables.
func (d *Dataset) Hash() string {
	h := sha256.New()
	var b []byte
	for _, n := range d.Activity.Shape() {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	for _, x := range d.Activity.Float64s() {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	for _, v := range d.Variables {
		b = fmt.Appendf(b, "%q %v %q", v.Name, v.Class, v.Values)
	}
	h.Write(b)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Names lists the datasets of this package.
func Names() []string {
	names := []string{"toy2d", "exp-gaussian", "ultrametric"}
	for _, s := range surrogates {
		names = append(names, s.name)
	}
	return names
}

// Expand splits a list at commas and replaces surrogate/all by all surrogates.
func Expand(list string) (names []string, err error) {
	for _, name := range strings.Split(list, ",") {
		name = strings.TrimSpace(name)
		switch {
		case name == "":
			return nil, fmt.Errorf("data: %q: a name in the list is empty", list)
		case name == "surrogate/all":
			for _, s := range surrogates {
				names = append(names, s.name)
			}
		default:
			names = append(names, name)
		}
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("data: %s is in the list twice", name)
		}
	}
	return names, nil
}

// Load returns the dataset called name: one of Names, with numbers of its own as
// in surrogate/mante2013-seed=2-shift=1, or else a .npy or .npz file, or
// FILE.npz:key.
//
// In a .npz file the array activity (or key) is time × condition × unit or
// sample × unit; samples are then conditions at one time. A one-dimensional
// array as long as the condition axis, of integers, integral numbers or strings,
// is a task variable under its own name, unless that begins with time.
func Load(name string) (*Dataset, error) {
	d, err := load(name)
	if err != nil {
		return nil, err
	}
	if d.Shape == nil {
		d.Shape = d.Activity.Shape().Clone()
	}
	return d, nil
}

func load(name string) (*Dataset, error) {
	switch filepath.Ext(name) {
	case ".npy", ".npz": // whatever it begins with
		return fromFile(name)
	}
	base, options, err := splitOptions(name)
	if err == nil {
		switch base {
		case "toy2d":
			err = options.only()
			if err == nil {
				return toy2d(), nil
			}
		case "exp-gaussian":
			if err = options.only("seed", "dim"); err == nil {
				return expGaussian(name, options.get("seed", 0), options.get("dim", 100))
			}
		case "ultrametric":
			if err = options.only("seed"); err == nil {
				return ultrametric(name, options.get("seed", 0)), nil
			}
		default:
			if s, ok := surrogateByName(base); ok {
				if err = options.only("seed", "shift"); err == nil {
					return s.make(name, options.get("seed", 0), options.get("shift", 0))
				}
			}
		}
	}
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	return fromFile(name)
}

// A value of a name's option, as seed=2.
type options map[string]int

func splitOptions(name string) (base string, o options, err error) {
	o = options{}
	base = name
	for _, s := range Names() {
		rest, found := strings.CutPrefix(name, s+"-")
		if !found || !strings.Contains(rest, "=") {
			continue
		}
		base = s
		// A negative number follows its sign of equality directly.
		rest = strings.ReplaceAll(rest, "=-", "=\x00")
		for _, token := range strings.Split(rest, "-") {
			token = strings.ReplaceAll(token, "\x00", "-")
			key, text, ok := strings.Cut(token, "=")
			v, perr := strconv.Atoi(text)
			if !ok || perr != nil {
				return base, nil, fmt.Errorf("at %q: an option is written key=integer, as in seed=2", token)
			}
			if _, twice := o[key]; twice {
				return base, nil, fmt.Errorf("at %q: %s is given twice", token, key)
			}
			o[key] = v
		}
	}
	return base, o, nil
}

func (o options) only(keys ...string) error {
	for key := range o {
		if !slices.Contains(keys, key) {
			if len(keys) == 0 {
				return fmt.Errorf("at %q: this dataset has no options", key)
			}
			return fmt.Errorf("at %q: the options of this dataset are %s", key, strings.Join(keys, ", "))
		}
	}
	return nil
}

func (o options) get(key string, otherwise int) int {
	if v, ok := o[key]; ok {
		return v
	}
	return otherwise
}

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

// artefact names a value that has more of the variance than all others together.
func (d *Dataset) artefact() string {
	x, units := d.Activity.Float64s(), d.Units()
	mean := make([]float64, units)
	for i, v := range x {
		mean[i%units] += v / float64(len(x)/units)
	}
	total, largest, at := 0.0, 0.0, 0
	for i, v := range x {
		square := (v - mean[i%units]) * (v - mean[i%units])
		total += square
		if square > largest {
			largest, at = square, i
		}
	}
	if len(x) < 100 || largest < total/2 {
		return ""
	}
	s := at / units
	return fmt.Sprintf("The value %.3g at time %d, condition %d, unit %d (counted from 0) has %.0f %% of the variance of the whole: if it is an artefact, fill it first, for scores and decoders see little else.",
		x[at], s/d.Conditions(), s%d.Conditions(), at%units, 100*largest/total)
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

// repeated says which conditions have the activity of another.
func (d *Dataset) repeated() string {
	first, of, repeats := 0, 0, 0
	seen := map[string]int{}
	for c := range d.Conditions() {
		var b []byte
		for t := range d.Times() {
			row := (t*d.Conditions() + c) * d.Units()
			for _, x := range d.Activity.Float64s()[row : row+d.Units()] {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
			}
		}
		h := sha256.Sum256(b)
		before, known := seen[string(h[:])]
		if !known {
			seen[string(h[:])] = c
			continue
		}
		if repeats == 0 {
			first, of = c, before
		}
		repeats++
	}
	switch repeats {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("Condition %d has the activity of condition %d (counted from 0): cross-validation that trains on the one and tests on the other finds what is not there.", first, of)
	}
	return fmt.Sprintf("%d conditions have the activity of another, as %d that of %d (counted from 0): cross-validation that trains on the one and tests on the other finds what is not there.", repeats, first, of)
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
