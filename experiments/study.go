// Package experiments is what studies of what a similarity score means are made with, and
// the driver that runs them.
//
// A study plans independent cells (a dataset, a measure, a start), runs each into a
// record, and reports on the records. Cells, records and reports are values: results.go
// keeps them on disk, package report draws, and main.go drives the command line, whose
// flags each study names. A study of one's own is a type with the methods of Study and a
// main of one line that hands it to Main; Setup, Ascent, Stack and ReportOn do what most
// need. Ours are in studies.
package experiments

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"simgrad/data"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// A Study is a plan of independent cells and a report over their records.
type Study interface {
	About() About
	Flags(*flag.FlagSet)
	// Plan returns the cells, having read and checked all data. It writes nothing.
	// It ends soon after ctx does.
	Plan(ctx context.Context) ([]Cell, error)
	Run(context.Context, Cell) (*Record, error)
	// Report draws on records alone, which come in the order of the plan, each with its
	// planned cell.
	Report([]*Record) (*report.Report, error)
}

// An Announcer is a study that says of some records, as soon as they are there, what nobody
// should wait for: lines for the terminal, "" for none.
type Announcer interface{ Announce(*Record) string }

// A Printer is a study whose command can print something else on stdout than what was
// found, which goes to stderr then; nil is nothing else.
type Printer interface {
	Print(*report.Report) (stdout []byte, err error)
}

// A Cell is one piece of a study's work, and holds all that decides its outcome. On
// disk it is names, hashes of content, and settings field by field.
type Cell struct {
	Part     string // kind of piece, as the study calls it
	Data     []*data.Dataset
	Measures []measures.Measure
	Seed     uint64
	// Point is where the piece stands among others of its kind: targets of scores, a size.
	Point any
	// Settings are a struct of the study's, the same for all cells of a plan: a folder of
	// results has one.
	Settings any
}

// String names the cell for progress and errors.
func (c Cell) String() string { return c.words(func(d *data.Dataset) string { return d.Name }) }

// words is String with datasets as they are called.
func (c Cell) words(called func(*data.Dataset) string) string {
	words := []string{c.Part}
	for _, d := range c.Data {
		words = append(words, called(d))
	}
	for _, m := range c.Measures {
		words = append(words, m.Name)
	}
	if c.Point != nil {
		words = append(words, fmt.Sprint(c.Point))
	}
	return strings.Join(append(words, fmt.Sprintf("seed %d", c.Seed)), " · ")
}

// datasets are those of cells, each once.
func datasets(cells []Cell) (sets []*data.Dataset) {
	for _, c := range cells {
		for _, d := range c.Data {
			if !slices.Contains(sets, d) {
				sets = append(sets, d)
			}
		}
	}
	return sets
}

// MarshalJSON implements json.Marshaler.
func (c Cell) MarshalJSON() ([]byte, error) {
	type content struct {
		Name string `json:"name"`
		Hash string `json:"hash"`
	}
	saved := struct {
		Part     string    `json:"part"`
		Data     []content `json:"data,omitempty"`
		Measures []string  `json:"measures,omitempty"`
		Seed     uint64    `json:"seed"`
		Point    any       `json:"point,omitempty"`
		Settings any       `json:"settings,omitempty"`
	}{Part: c.Part, Seed: c.Seed, Point: c.Point, Settings: c.Settings}
	for _, d := range c.Data {
		saved.Data = append(saved.Data, content{asText(d.Name), d.Hash()})
	}
	for _, m := range c.Measures {
		saved.Measures = append(saved.Measures, m.Name)
	}
	return json.Marshal(saved)
}

// asText is a name as JSON can hold it: one that is not UTF-8 in Go's quotes.
func asText(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	return strconv.QuoteToASCII(name)
}

// fields are settings, field by field.
func fields(settings any) (map[string]string, error) {
	b, err := json.Marshal(settings)
	if err != nil {
		return nil, err
	}
	var values map[string]json.RawMessage
	if err := json.Unmarshal(b, &values); err != nil {
		return nil, fmt.Errorf("settings %s: a struct is needed", b)
	}
	texts := map[string]string{}
	for key, v := range values {
		var text string
		if json.Unmarshal(v, &text) != nil {
			text = strings.Trim(string(v), "[]") // a number, or a list of them
		}
		texts[key] = text
	}
	return texts, nil
}

// A Record is what a cell left behind.
type Record struct {
	Cell    Cell                `json:"-"` // as planned
	Status  string              `json:"status,omitempty"`
	Frames  []*report.Frame     `json:"frames,omitempty"`
	Dataset *report.Description `json:"dataset,omitempty"`
	Arrays  []data.Array        `json:"-"` // kept beside the record, as .npz
	// Warnings are what a reader of the results must know.
	Warnings []string `json:"warnings,omitempty"`
	BLAS     string   `json:"blas"` // the linear algebra that computed it
	Seconds  float64  `json:"seconds"`
}

// Array returns the array of a record by name, in memory; it panics where its file can no
// longer be read.
func (r *Record) Array(name string) (a data.Array, ok bool) {
	i := slices.IndexFunc(r.Arrays, func(a data.Array) bool { return a.Name == name })
	if i < 0 {
		return a, false
	}
	a, err := r.Arrays[i].InMemory()
	if err != nil {
		panic(err)
	}
	return a, true
}

// Frame returns the record's frame of that name, which it makes with these keys and
// numbers, names separated by spaces, if there is none.
func (r *Record) Frame(name, keys, numbers string) *report.Frame {
	if i := slices.IndexFunc(r.Frames, func(f *report.Frame) bool { return f.Name == name }); i >= 0 {
		return r.Frames[i]
	}
	f := report.New(name, keys, numbers)
	r.Frames = append(r.Frames, f)
	return f
}

// Column is a number of the rows of the record's frame of that name in which keys have
// these values, given in pairs; nil if there is no such frame.
func (r *Record) Column(frame, number string, where ...string) []float64 {
	for _, f := range r.Frames {
		if f.Name == frame {
			return f.Where(where...).Column(number)
		}
	}
	return nil
}

// Stack puts the frames of one name of all records under each other, each row with its
// cell's dataset, measure (measures, separated by commas) and seed before its own keys.
// Without such a frame it is one without rows.
func Stack(records []*Record, name string) *report.Frame {
	const cell = "dataset measure seed"
	all := report.New(name, cell, "")
	for _, r := range records {
		for _, f := range r.Frames {
			if f.Name != name {
				continue
			}
			if len(all.Rows) == 0 {
				all = report.New(name, cell+" "+strings.Join(f.Keys, " "), strings.Join(f.Numbers, " "))
			}
			dataset := ""
			if len(r.Cell.Data) > 0 {
				dataset = r.Cell.Data[0].Name
			}
			var ms []string
			for _, m := range r.Cell.Measures {
				ms = append(ms, m.Name)
			}
			of := []string{dataset, strings.Join(ms, ","), strconv.FormatUint(r.Cell.Seed, 10)}
			for _, row := range f.Rows {
				all.Add(append(of[:3:3], row.Keys...), row.Numbers...)
			}
		}
	}
	return all
}

// Warn adds a warning, which a reader of the results must know.
func (r *Record) Warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}
