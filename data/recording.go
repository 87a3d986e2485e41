package data

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/gonum/floats"
	"gorgonia.org/tensor"
)

// fromFile makes a dataset of the array called key, and of what else the file has on
// its conditions.
func (r Reading) fromFile(name, file, key string) (*Dataset, error) {
	f, err := openArchive(file)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	defer f.Close()
	asked, err := f.find(key)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w as %s:KEY", name, err, file)
	}
	if asked.err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, f.named(asked, asked.err))
	}
	d := &Dataset{Name: name, File: file, Card: Card{Source: filepath.Base(file)}}
	axes, err := r.axesOf(name, file, f, asked)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	switch {
	case axes.words != nil:
		err = d.takeBy(axes, asked)
	case r.Leave > 0 && asked.n > r.Leave && r.Average == nil && !asked.fortran && !asked.isText():
		err = d.leave(asked)
	default:
		err = d.take(asked)
	}
	if err != nil {
		return nil, fmt.Errorf("data: %s: array %q %w", name, cut(key), err)
	}
	for _, twice := range f.twice {
		d.note("Array %q is in the file twice: the last is read, as numpy does.", cut(twice))
	}
	var others []*stored
	for _, s := range f.arrays {
		another := key != activity && s.err == nil && len(s.shape) == len(asked.shape) && len(s.shape) > 1 && slices.Equal(s.shape[:len(s.shape)-1], asked.shape[:len(s.shape)-1])
		if s != asked && !ofAxes(s.name) && !another { // another layer, of as many samples
			others = append(others, s)
		}
	}
	unused, settled, err := d.describe(f, others, axes.rows(asked.shape))
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	if err := d.doubtAxes(others, settled); err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	if unused != nil {
		d.note("Not used: %s. A task variable is one whole number or text for each of the %d conditions; a continuous one is numbers, not whole, of condition, time or both.", several(unused), d.Conditions())
	}
	if err := d.readTimes(f); err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	if err := d.angles(r.Angles); err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	if r.Average != nil {
		if err := d.average(r.Average); err != nil {
			return nil, fmt.Errorf("data: %s: %w", file, err)
		}
	} else if d.rows == "trial" {
		d.note("%s", d.single())
	}
	if d.Activity == nil {
		return d, nil
	}
	artefact, err := d.Artefact()
	if err != nil {
		return nil, err
	}
	for _, note := range []string{d.repeated(), artefact} {
		if note != "" {
			d.note("%s", note)
		}
	}
	return d, nil
}

func (d *Dataset) note(format string, args ...any) {
	d.Card.Notes = append(d.Card.Notes, fmt.Sprintf(format, args...))
}

// remark is a note of what was done as it was asked.
func (d *Dataset) remark(format string, args ...any) {
	d.note(format, args...)
	d.Card.Remarks = append(d.Card.Remarks, fmt.Sprintf(format, args...))
}

// find returns the array called key. The error ends with what to do, and the caller
// says how.
func (a *archive) find(key string) (*stored, error) {
	if a.alone && key == activity {
		return a.arrays[0], nil
	}
	if a.alone {
		return nil, fmt.Errorf("a .npy file has one array, which has no name %q; only arrays of a .npz file are named,", cut(key))
	}
	var have []string
	for _, s := range a.arrays {
		if s.name == key {
			return s, nil
		}
		if s.err == nil {
			have = append(have, fmt.Sprintf("%s %s", clean(s.name), shapeText(s.shape)))
		}
	}
	if have == nil {
		return nil, fmt.Errorf("no array %q in the file, nor another that can be read; save one with numpy.savez, and choose it", cut(key))
	}
	return nil, fmt.Errorf("no array %q in the file, which has %s; choose one", cut(key), several(have))
}

// ofAxes is whether an array tells of the axes, by its name.
func ofAxes(name string) bool {
	return strings.HasPrefix(name, "time") || name == "axes" || strings.HasSuffix(name, "_axes")
}

// readTimes takes the times from the array time_ms, where it has one number for each.
func (d *Dataset) readTimes(f *archive) error {
	for _, s := range f.arrays {
		if s.name != "time_ms" || s.err != nil || s.isText() || len(s.shape) != 1 || s.n != d.Times() {
			continue
		}
		ms, err := numbers[float64](s)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(ms, func(x float64) bool { return x-x != 0 }) {
			d.note("Array time_ms is not used: it has values that are no numbers.")
			return nil
		}
		d.TimeMS = ms
	}
	return nil
}

// take makes s the activity; the error reads on from the array's name.
func (d *Dataset) take(s *stored) error {
	shape, err := s.activity()
	if err != nil {
		return err
	}
	values, err := numbers[float64](s)
	if err != nil {
		return err
	}
	d.Activity, d.Shape = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(values)), s.shape
	return d.check()
}

// activity is the shape of s as activity, time × condition × unit.
func (s *stored) activity() (shape []int, err error) {
	axes := len(s.shape)
	switch {
	case s.isText():
		return nil, errors.New("holds text; activity is numbers")
	case axes > 3:
		return nil, fmt.Errorf("has shape %s; activity is time × condition × unit, or sample × unit, as a.reshape(len(a), -1) makes it", shapeText(s.shape))
	case axes < 2:
		return nil, fmt.Errorf("has shape %s; activity is time × condition × unit, or sample × unit", shapeText(s.shape))
	case s.n == 0:
		return nil, fmt.Errorf("has shape %s: it is empty", shapeText(s.shape))
	}
	shape = s.shape
	if axes == 2 {
		shape = []int{1, shape[0], shape[1]}
	}
	return shape, nil
}

// check refuses activity that nothing can be compared with.
func (d *Dataset) check() error {
	units := d.Units()
	n := d.NumSamples()
	if n < 2 {
		return fmt.Errorf("has %d sample; at least 2 are needed", n)
	}
	x, largest, most := d.Activity.Float64s(), 0.0, 0.0 // value, and difference from the first sample
	if moderate(x, units) {
		return nil
	}
	for i := 0; i < len(x); i += units {
		for j, v := range x[i : i+units] {
			if v-v != 0 { // NaN, or infinite
				s := i / units
				return fmt.Errorf("has the value %v at time %d, condition %d, unit %d (counted from 0); %s", v, s/d.Conditions(), s%d.Conditions(), j, d.withoutGaps())
			}
			if a := math.Abs(v); a > largest {
				largest = a
			}
			if a := math.Abs(v - x[j]); a > most {
				most = a
			}
		}
	}
	switch {
	case most == 0:
		return errors.New("has zero variance: every unit is constant over all samples")
	case largest > 1e72:
		return fmt.Errorf("has %g as its largest value, whose fourth power is beyond double precision; give it in another unit", largest)
	case most < 1e-72:
		return fmt.Errorf("varies by at most %g, whose fourth power is beyond double precision; give it in another unit", most)
	}
	return nil
}

// moderate is whether samples of so many units are found to vary and to have no value that is
// not finite or whose fourth power is not, as their squares tell sooner than values one by one.
func moderate(x []float64, units int) bool {
	varies := func(i int) bool { return math.Abs(x[i]-x[i%units]) >= 1e-72 }
	i := units
	for i < len(x) && !varies(i) {
		i++
	}
	if i == len(x) {
		return false
	}
	for some := range slices.Chunk(x, 1<<12) {
		if !(floats.Dot(some, some) < 1e143) {
			return false
		}
	}
	return true
}

// withoutGaps says how values that are not finite are dropped: with their conditions,
// or where every condition has one, with their units.
func (d *Dataset) withoutGaps() string {
	bad := make([]bool, d.Conditions())
	for i, v := range d.Activity.Float64s() {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			bad[i/d.Units()%d.Conditions()] = true
		}
	}
	if d.rows != "" {
		return "fill such values first, or drop their conditions or units"
	}
	what, axes, index := "conditions", "(0, 2)", "a[:, keep] and labels[keep]"
	switch every := !slices.Contains(bad, false); {
	case every && len(d.Shape) == 3:
		what, axes, index = "units", "(0, 1)", "a[:, :, keep]"
	case every:
		what, axes, index = "units", "0", "a[:, keep]"
	case len(d.Shape) == 2:
		what, axes, index = "samples", "1", "a[keep] and labels[keep]"
	}
	return fmt.Sprintf("fill such values first, or drop their %s: keep = np.isfinite(a).all(axis=%s), and save %s", what, axes, index)
}

// describe takes the variables from the other arrays of the file, and says what becomes
// of those that look like one; the rest is unused. Of those settled the file says along
// which axes they are. Conditions are rows of so many, flattened, where the axes are said.
func (d *Dataset) describe(f *archive, others []*stored, rows []int) (unused []string, settled map[string]bool, err error) {
	settled = map[string]bool{}
	for _, s := range others {
		if s.err != nil {
			d.note("Array %q was passed over: %v.", cut(s.name), s.err)
			continue
		}
		ways, said := d.readings(s.shape), ""
		if said, err = d.stated(f, s); err != nil {
			return nil, nil, err
		}
		if said != "" {
			ways, settled[s.name] = []string{said}, true
		}
		ofConditions := slices.Equal(s.shape, []int{d.Conditions()}) && ways[0] == AlongCondition
		if ofConditions {
			v, ok, err := s.variable(len(ways) == 1)
			if err != nil {
				return nil, nil, f.named(s, err)
			}
			if ok {
				d.Variables = append(d.Variables, v)
				continue
			}
		}
		quantity, why, err := d.continuous(s, ways)
		switch {
		case err != nil:
			return nil, nil, f.named(s, err)
		case quantity != nil:
			d.Continuous = append(d.Continuous, *quantity)
			continue
		case why != "":
			d.note("%s", why)
			continue
		}
		meant, err := d.meantAsVariable(s)
		if err != nil {
			return nil, nil, f.named(s, err)
		}
		if meant {
			d.note("Array %q of shape %s is not taken for a task variable, which is of shape [%d]: one value for each condition%s.", cut(s.name), shapeText(s.shape), d.Conditions(), d.flattened(s, rows))
			continue
		}
		unused = append(unused, fmt.Sprintf("%s %s", clean(s.name), shapeText(s.shape)))
	}
	return unused, settled, nil
}

// meantAsVariable is whether s, which is not of the shape of a task variable, may have
// been meant for one: classes as many as no axis of the activity is long, or along
// conditions and another axis.
func (d *Dataset) meantAsVariable(s *stored) (bool, error) {
	if s.n > d.NumSamples() {
		return false, nil
	}
	switch len(s.shape) {
	case 0:
		return false, nil
	case 1:
		if s.n < 2 || s.n == d.Times() || s.n == d.Units() {
			return false, nil
		}
	default:
		if !slices.Contains(s.shape, d.Conditions()) {
			return false, nil
		}
	}
	return s.classes()
}

// flattened is what to do with a label of one of the axes that rows go through, in words to be
// added; "" if it is of none.
func (d *Dataset) flattened(s *stored, rows []int) string {
	if len(s.shape) != 1 || d.Conditions()%s.n != 0 {
		return ""
	}
	switch times := d.Conditions() / s.n; {
	case slices.Contains(rows, s.n):
		return "; of one of the axes that are conditions, numpy.repeat or numpy.tile makes them"
	case len(d.Shape) == 2 && len(rows) < 2:
		return fmt.Sprintf("; if the %d rows are %d times of %d conditions, save activity.reshape(%d, %d, -1), or, where those of a condition follow each other, activity.reshape(%d, %d, -1).transpose(1, 0, 2)", d.Conditions(), times, s.n, times, s.n, s.n, times)
	}
	return ""
}

// classes is whether all values of s are text or whole numbers.
func (s *stored) classes() (bool, error) {
	if s.kind != 'f' {
		return true, nil
	}
	values, err := numbers[float64](s)
	return whole(values), err
}

func whole(values []float64) bool {
	return !slices.ContainsFunc(values, func(x float64) bool { return x != math.Trunc(x) || math.IsInf(x, 0) })
}

// variable reads s, one value for each condition, as a task variable, if it is one. Of
// floating-point numbers it is none, where distinct values can be something else, if each
// condition has one of its own. Integers stay what they are: as float64, those beyond 2⁵³ would be one class.
func (s *stored) variable(distinct bool) (v Variable, ok bool, err error) {
	switch s.kind {
	case 'U', 'S':
		values, err := s.text()
		return classify(s.name, values, func(x string) string { return x }), true, err
	case 'f':
		values, err := numbers[float64](s)
		if err != nil || !whole(values) {
			return v, false, err
		}
		v = classify(s.name, values, shortest)
		return v, !distinct || len(v.Values) < len(values), nil
	case 'u':
		values, err := numbers[uint64](s)
		return classify(s.name, values, func(x uint64) string { return strconv.FormatUint(x, 10) }), true, err
	}
	values, err := numbers[int64](s)
	return classify(s.name, values, func(x int64) string { return strconv.FormatInt(x, 10) }), true, err
}

func shortest(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// classify makes the different values classes, in their order.
func classify[V cmp.Ordered](name string, values []V, text func(V) string) Variable {
	v := Variable{Name: name, Class: make([]int, len(values))}
	different := slices.Compact(slices.Sorted(slices.Values(values)))
	for i, x := range values {
		v.Class[i], _ = slices.BinarySearch(different, x)
	}
	for _, x := range different {
		v.Values = append(v.Values, text(x))
	}
	return v
}

// clean is a name of a file's as a sentence can hold it.
func clean(name string) string {
	if quoted := strconv.Quote(cut(name)); name != "" {
		return quoted[1 : len(quoted)-1]
	}
	return `""`
}

// several lists the first of many.
func several(items []string) string {
	const most = 20
	if len(items) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(items[:most], ", "), len(items)-most)
	}
	return strings.Join(items, ", ")
}
