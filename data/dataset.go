// Package data holds the datasets that studies use: recordings read from files,
// and made ones. Its subpackage probe asks questions of them.
package data

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"sync"

	"gorgonia.org/tensor"
)

// A Dataset is population activity under a number of task conditions.
type Dataset struct {
	// Name is what the dataset was asked for by: a name of this package's, or a
	// file.
	Name string
	// Activity is time × condition × unit; data without time have one time. It is nil where a
	// Reading has left it in the file: Each shows it then.
	Activity *tensor.Dense
	// Shape is that of the activity as it was given: of two or three axes. Where its axes
	// were said, or trials averaged, it is that of what was made of it.
	Shape []int
	// Variables are the task variables, one class a condition.
	Variables []Variable
	// Continuous are the variables that are quantities.
	Continuous []Continuous
	// TimeMS are the times in milliseconds, the array time_ms of a file; nil where it has none.
	TimeMS []float64
	Card   Card
	// File is the file that it was read from, "" of one that was made.
	File string

	rows   string  // the word for the conditions, where the axes were said
	trials *trials // that conditions are means of
	digest *digest
	left   *left // in the file
}

// An Origin is what a made dataset was made by; a file's has no Base.
type Origin struct {
	Base  string // one of Names
	Seed  int
	Dim   int    // units, where the name may say how many
	Shift int    // by how many components a surrogate's task variables were moved
	More  string // other options, as they are written in a name
}

func originOf(base string, options map[string]int) Origin {
	o := Origin{Base: base}
	for _, key := range slices.Sorted(maps.Keys(options)) {
		switch v := options[key]; key {
		case "seed":
			o.Seed = v
		case "dim":
			o.Dim = v
		case "shift":
			o.Shift = v
		default:
			o.More += fmt.Sprintf("-%s=%d", key, v)
		}
	}
	return o
}

// Unmoved is the origin of the same surrogate with its task variables in their places.
func (o Origin) Unmoved() Origin {
	o.Shift = 0
	return o
}

// String is the name that Load takes.
func (o Origin) String() string {
	name := o.Base
	for _, option := range []struct {
		key   string
		value int
	}{{"seed", o.Seed}, {"dim", o.Dim}, {"shift", o.Shift}} {
		if option.value != 0 {
			name += fmt.Sprintf("-%s=%d", option.key, option.value)
		}
	}
	return name + o.More
}

// A digest is the hash of a dataset's content, once that has been asked for.
type digest struct {
	once sync.Once
	text string
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
	// Origin is what a made dataset was made by.
	Origin Origin
	// Notes are what a reader must know besides, and Remarks those of them that say what was done
	// as it was asked.
	Notes, Remarks []string
}

// Times, Conditions and Units are the lengths of the axes of Activity.
func (d *Dataset) Times() int      { return d.axes()[0] }
func (d *Dataset) Conditions() int { return d.axes()[1] }
func (d *Dataset) Units() int      { return d.axes()[2] }

// Samples returns the activity as (time·condition) × unit, time-major: row
// t·conditions + c. The memory is the dataset's.
func (d *Dataset) Samples() *tensor.Dense {
	return tensor.New(tensor.WithShape(d.NumSamples(), d.Units()), tensor.WithBacking(d.Activity.Float64s()))
}

// Hash names the dataset's content: activity, variables and
// trials. Of a dataset that Load
// returned it is computed once: its content is not to be changed.
func (d *Dataset) Hash() string {
	if d.digest == nil {
		return d.hash()
	}
	d.digest.once.Do(func() { d.digest.text = d.hash() })
	return d.digest.text
}

func (d *Dataset) hash() string {
	h := sha256.New()
	var b []byte
	for _, n := range d.Activity.Shape() {
		b = binary.LittleEndian.AppendUint64(b, uint64(n))
	}
	h.Write(b)
	hashValues(h, d.Activity.Float64s())
	b = b[:0]
	for _, v := range d.Variables {
		b = fmt.Appendf(b, "%q %v %q", v.Name, v.Class, v.Values)
	}
	for _, v := range d.Continuous {
		h.Write(fmt.Appendf(b, "%q %s %v", v.Name, v.Along, v.Angle))
		hashValues(h, v.Values)
		b = b[:0]
	}
	h.Write(b)
	d.hashTrials(h)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// hashTrials adds the trials that conditions are means of.
func (d *Dataset) hashTrials(h io.Writer) {
	for k := range d.Trials() {
		fmt.Fprintf(h, "trial %d", k)
		hashValues(h, d.MeanOfTrials([]int{k}).Float64s())
	}
}

func hashValues(h io.Writer, values []float64) {
	var b []byte
	for _, x := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
		if len(b) >= 1<<16 {
			h.Write(b)
			b = b[:0]
		}
	}
	h.Write(b)
}
