package data

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"gorgonia.org/tensor"
)

// A Reading is how files are read, beside what they say themselves.
type Reading struct {
	// Axes are those of the activity in files that do not say them: words separated by
	// commas of time, condition, trial, sample and unit, in the order of the array's. Axes
	// of one word are one, flattened in C order; conditions, trials and samples are alike,
	// but for Average. "" is time,condition,unit or sample,unit.
	Axes string
	// AxesOf are those of single files, whatever the files say, by their names.
	AxesOf map[string]string
	// Average are the labels that trials are averaged by: see Dataset.Trials. A file whose
	// axes say condition is left as it is.
	Average []string
	// Angles are the names of continuous variables that are angles, in radians.
	Angles []string
	// Leave, where it is not 0, is of how many numbers activity stays in its file, to be
	// shown by Dataset.Each, if it lies there sample after sample.
	Leave int
}

// Load is the function Load, with files read so.
func (r Reading) Load(name string) (*Dataset, error) {
	d, err := r.load(name)
	if err != nil {
		return nil, err
	}
	if d.Shape == nil {
		d.Shape = d.Activity.Shape().Clone()
	}
	d.digest = &digest{}
	return d, nil
}

// Unused says which part of the reading is of none of the datasets.
func (r Reading) Unused(sets []*Dataset) error {
	var files []string
	for _, d := range sets {
		if d.File != "" {
			files = append(files, d.File)
		}
	}
	if r.Axes != "" && files == nil {
		return fmt.Errorf("-axes %s says the axes of files, and none is read", r.Axes)
	}
	for file, axes := range r.AxesOf {
		if !slices.ContainsFunc(sets, func(d *Dataset) bool { return isOf(file, d.Name, d.File) }) {
			return fmt.Errorf("-axes %s=%s: this file is not read; what is: %s", file, axes, several(append(files, "no other")))
		}
	}
	for _, name := range r.Angles {
		if !slices.ContainsFunc(sets, func(d *Dataset) bool { return d.quantity(name) != nil }) {
			var have []string
			for _, d := range sets {
				for _, v := range d.Continuous {
					have = append(have, clean(v.Name))
				}
			}
			return fmt.Errorf("-variables %s:angle: there is no continuous variable of this name; there is %s", name, several(append(have, "no other")))
		}
	}
	return nil
}

// isOf is whether a file was meant that is read for a dataset of this name: notes call it
// without its folder.
func isOf(meant, name, file string) bool {
	return file != "" && (meant == name || meant == filepath.Base(file) || filepath.Clean(meant) == filepath.Clean(file) || filepath.Clean(meant+".npz") == filepath.Clean(file))
}

// said are axes, and who said them.
type said struct {
	words  []string
	by     string
	inFile bool
}

// axesOf are the axes of the asked array, as they are said; without words, if they are not.
func (r Reading) axesOf(name, file string, f *archive, asked *stored) (a said, err error) {
	a, err = r.saidOf(name, file, f, asked)
	switch {
	case err != nil || a.words == nil:
		return a, err
	case len(a.words) != len(asked.shape):
		return a, fmt.Errorf("%s names %d axes, and array %q has shape %s; -axes FILE=… says the axes of one file", a.by, len(a.words), cut(asked.name), shapeText(asked.shape))
	}
	if err = a.check(); err != nil && a.inFile {
		err = fmt.Errorf("%w; -axes FILE=… says others in its place", err)
	}
	return a, err
}

func (r Reading) saidOf(name, file string, f *archive, asked *stored) (a said, err error) {
	for meant, list := range r.AxesOf {
		if isOf(meant, name, file) {
			return saidBy(list, fmt.Sprintf("-axes %s=%s", meant, list)), nil
		}
	}
	own := asked.name + "_axes"
	for _, s := range f.arrays {
		if s.err != nil || !s.isText() || len(s.shape) != 1 || f.alone || s.name != own && (s.name != "axes" || asked.name != activity) {
			continue
		}
		words, err := s.text()
		if err != nil {
			return a, f.named(s, err)
		}
		a = said{words, fmt.Sprintf("array %q of the file, %s,", cut(s.name), cut(strings.Join(words, ","))), true}
		if s.name == own {
			return a, nil
		}
	}
	if a.words == nil && r.Axes != "" {
		a = saidBy(r.Axes, "-axes "+r.Axes)
	}
	return a, nil
}

func saidBy(list, by string) said {
	a := said{by: by}
	for _, word := range strings.Split(list, ",") {
		a.words = append(a.words, strings.TrimSpace(word))
	}
	return a
}

// CheckAxes says what is wrong with a list of axes, whatever they are of.
func CheckAxes(list string) error { return saidBy(list, "it").check() }

func (a said) check() error {
	rows := "" // the word for them
	for _, word := range a.words {
		switch {
		case !isTime(word) && !isRow(word) && !isUnit(word):
			return fmt.Errorf("%s has %q for an axis; the words are time, condition, trial, sample and unit", a.by, cut(word))
		case isRow(word) && rows != "" && rows != word:
			return fmt.Errorf("%s names axes of %ss and of %ss: give those that are rows alike one word, as trial,trial,time,unit", a.by, rows, word)
		case isRow(word):
			rows = word
		}
	}
	switch {
	case !slices.ContainsFunc(a.words, isUnit):
		return fmt.Errorf("%s has no axis of units", a.by)
	case slices.IndexFunc(a.words, func(word string) bool { return !isUnit(word) }) < 0:
		return fmt.Errorf("%s has no axis but of units: time, condition, trial or sample is another", a.by)
	}
	return nil
}

// transposed returns values of this shape, row-major, with the axes in another order.
func transposed(values []float64, shape, order []int) []float64 {
	if slices.IsSorted(order) {
		return values
	}
	last := len(shape) - 1
	stride := make([]int, len(shape)) // in values
	for k, n := last, 1; k >= 0; k-- {
		stride[k] = n
		n *= shape[k]
	}
	to, at, from := make([]float64, len(values)), make([]int, len(shape)), 0
	inner, step := shape[order[last]], stride[order[last]]
	for i := 0; i < len(to); i += inner {
		for j := range inner {
			to[i+j] = values[from+j*step]
		}
		for k := last - 1; k >= 0; k-- { // the next row, the last axis fastest
			at[k]++
			from += stride[order[k]]
			if at[k] < shape[order[k]] {
				break
			}
			from -= at[k] * stride[order[k]]
			at[k] = 0
		}
	}
	return to
}

// rows are how long the axes are that conditions are flattened from.
func (a said) rows(shape []int) (sizes []int) {
	for k, word := range a.words {
		if isRow(word) {
			sizes = append(sizes, shape[k])
		}
	}
	return sizes
}

// takeBy makes s, of axes that are said and are as many as it has, the activity; the error
// reads on from the array's name.
func (d *Dataset) takeBy(a said, s *stored) error {
	switch {
	case s.isText():
		return errors.New("holds text; activity is numbers")
	case s.n == 0:
		return fmt.Errorf("has shape %s: it is empty", shapeText(s.shape))
	}
	values, err := numbers[float64](s)
	if err != nil {
		return err
	}
	var order []int
	whole := []int{1, 1, 1}
	for i, is := range []func(word string) bool{isTime, isRow, isUnit} {
		for k, word := range a.words {
			if is(word) {
				order, whole[i] = append(order, k), whole[i]*s.shape[k]
			}
		}
	}
	values = transposed(values, s.shape, order)
	d.Activity, d.Shape, d.rows = tensor.New(tensor.WithShape(whole...), tensor.WithBacking(values)), slices.Clone(whole), AlongTime
	if i := slices.IndexFunc(a.words, isRow); i >= 0 {
		d.rows = a.words[i]
	}
	if !slices.Contains(a.words, AlongTime) {
		d.Shape = d.Shape[1:]
	}
	name := ""
	if s.name != "" {
		name = fmt.Sprintf(" of array %q", cut(s.name))
	}
	d.remark("The axes%s are %s, as %s: %s, %s, %s.", name, strings.Join(a.words, " × "), strings.TrimSuffix(a.by, ","),
		counted(whole[0], "time"), counted(whole[1], "condition"), counted(whole[2], "unit"))
	return d.check()
}

// counted is so many things, one or more.
func counted(n int, thing string) string {
	if n != 1 {
		thing += "s"
	}
	return fmt.Sprintf("%d %s", n, thing)
}

func isTime(word string) bool { return word == AlongTime }
func isUnit(word string) bool { return word == "unit" }
func isRow(word string) bool  { return word == AlongCondition || word == "trial" || word == "sample" }
