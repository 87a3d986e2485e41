// Package experiments has the studies of what a similarity score means, and the
// driver that runs them.
//
// A study plans independent cells (a dataset, a measure, a start), runs each into
// a record, and reports on the records. Cells, records and reports are values:
// results.go keeps them on disk, figure.go alone draws, and main.go drives the
// command line, whose flags each study names. A study of one's own is a type with the methods of
// Study and a main of one line that hands it to Main.
package experiments

import (
	"context"
	"encoding/json"
	"errors"
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
	Name() string
	// Usage says in a sentence what the study does, with an example of a command
	// and the time it usually takes.
	Usage() string
	Flags(*flag.FlagSet)
	// Plan returns the cells, having read and checked all data. It writes nothing.
	// It ends soon after ctx does.
	Plan(ctx context.Context) ([]Cell, error)
	Run(context.Context, Cell) (*Record, error)
	// Report draws on records alone, which come in the order of the plan, each with its
	// planned cell.
	Report([]*Record) (*Report, error)
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
func (c Cell) String() string {
	words := []string{c.Part}
	for _, d := range c.Data {
		words = append(words, d.Name)
	}
	for _, m := range c.Measures {
		words = append(words, m.Name)
	}
	if c.Point != nil {
		words = append(words, fmt.Sprint(c.Point))
	}
	return strings.Join(append(words, fmt.Sprintf("seed %d", c.Seed)), " · ")
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
	Cell    Cell            `json:"-"` // as planned
	Status  string          `json:"status,omitempty"`
	Frames  []*report.Frame `json:"frames,omitempty"`
	Dataset *Description    `json:"dataset,omitempty"`
	Arrays  []data.Array    `json:"-"` // kept beside the record, as .npz
	// Warnings are what a reader of the results must know.
	Warnings []string `json:"warnings,omitempty"`
	BLAS     string   `json:"blas"` // the linear algebra that computed it
	Seconds  float64  `json:"seconds"`
}

// array returns the array of a record by name.
func (r *Record) array(name string) (a data.Array, ok bool) {
	i := slices.IndexFunc(r.Arrays, func(a data.Array) bool { return a.Name == name })
	if i < 0 {
		return a, false
	}
	return r.Arrays[i], true
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

// column is a number of the rows of the record's frame of that name in which keys have
// these values, given in pairs; nil if there is no such frame.
func (r *Record) column(frame, number string, where ...string) []float64 {
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

func (r *Record) warn(format string, args ...any) {
	r.Warnings = append(r.Warnings, fmt.Sprintf(format, args...))
}

// A group is all records of one dataset.
type group struct {
	file    string // for names of files: of two datasets with one name in different folders, each its own
	records []*Record
}

var errNoRecords = errors.New("there are no records to report on")

// byDataset returns the groups of records in order; none is an error.
func byDataset(records []*Record) (groups []*group, err error) {
	if len(records) == 0 {
		return nil, errNoRecords
	}
	of, taken := map[string]*group{}, map[string]bool{}
	for _, r := range records {
		d := r.Cell.Data[0]
		g := of[d.Name]
		if g == nil {
			g = &group{file: slug(d.Name)}
			if taken[g.file] {
				g.file += "-" + d.Hash()
			}
			of[d.Name], taken[g.file] = g, true
			groups = append(groups, g)
		}
		g.records = append(g.records, r)
	}
	var names []string
	for _, g := range groups {
		names = append(names, g.records[0].Cell.Data[0].Name)
	}
	for i, short := range shortNames(names) {
		for _, r := range groups[i].records {
			if r.Dataset != nil {
				r.Dataset.label = short
			}
		}
	}
	return groups, nil
}

// A Description is what a report says of a dataset.
type Description struct {
	Name                     string
	Hash                     string
	Times, Conditions, Units int
	Variables                []data.Variable
	Card                     data.Card

	label string // its short name among others
}

// Describe returns d's description.
func Describe(d *data.Dataset) *Description {
	return &Description{Name: d.Name, Hash: d.Hash(), Times: d.Times(), Conditions: d.Conditions(), Units: d.Units(), Variables: d.Variables, Card: d.Card}
}

// short is the dataset's short name, marked if it is a surrogate's.
func (d *Description) short() string {
	if d.Card.Surrogate {
		return d.Name + " (surrogate)"
	}
	if d.label == "" {
		return shortNames([]string{d.Name})[0]
	}
	return d.label
}

// line is the dataset in a line: its axes and task variables, with their numbers of
// classes.
func (d *Description) line() string {
	var variables []string
	for _, v := range d.Variables {
		variables = append(variables, fmt.Sprintf("%s (%d)", v.Name, len(v.Values)))
	}
	text := d.short() + ": " + axes(d.Times, d.Conditions, d.Units)
	if len(variables) > 0 {
		text += "; task variables (classes): " + strings.Join(variables, ", ")
	}
	return text
}

// title is short for the head of a figure or a sentence.
func (d *Description) title() string {
	if d.Card.Surrogate {
		return d.Name + " — SURROGATE data, not a recording"
	}
	return d.short()
}

// A Setup is what all studies ask for: datasets, measures and starts.
type Setup struct {
	Data, Measures string
	Seed           uint64
	Seeds          int
	Quick          bool

	flags  *flag.FlagSet
	loaded []*data.Dataset
	open   func(name string) (*data.Dataset, error) // nil: data.Load
}

// Flags declares the setup's flags; present values are the defaults.
func (s *Setup) Flags(fs *flag.FlagSet) {
	s.flags = fs
	fs.StringVar(&s.Data, "data", s.Data, "datasets or files, separated by commas: `names` of "+strings.Join(data.Names(), ", ")+", surrogate/all; FILE.npz, FILE.npz:key or FILE.npy")
	fs.StringVar(&s.Measures, "measures", s.Measures, "measures, separated by commas: `names` of "+strings.Join(measures.Names(), ", "))
	fs.Uint64Var(&s.Seed, "seed", s.Seed, "seed of the first start, and of folds")
	fs.IntVar(&s.Seeds, "seeds", s.Seeds, "number of starts, seeded seed, seed+1, …")
	fs.BoolVar(&s.Quick, "quick", false, "a small version, for a first look")
}

// given is whether a flag was.
func (s *Setup) given(name string) (given bool) {
	if s.flags != nil {
		s.flags.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	}
	return given
}

// quicken makes a setting small unless its flag was given.
func (s *Setup) quicken(name string, small func()) {
	if !s.given(name) {
		small()
	}
}

// load reads the datasets and finds the measures.
func (s *Setup) load(ctx context.Context) (sets []*data.Dataset, ms []measures.Measure, err error) {
	if s.Seeds < 1 {
		return nil, nil, usageError("-seeds %d: at least one start is needed", s.Seeds)
	}
	if ms, err = measures.ByNames(s.Measures); err != nil {
		return nil, nil, usage(err)
	}
	names, err := data.Expand(s.Data)
	if err != nil {
		return nil, nil, usage(err)
	}
	open := s.open
	if open == nil {
		open = data.Load
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		d, err := open(name)
		if err != nil {
			return nil, nil, err
		}
		sets = append(sets, d)
	}
	s.loaded = sets
	return sets, ms, nil
}

// Datasets are those that the study was asked for, once it has planned.
func (s *Setup) Datasets() []*data.Dataset { return s.loaded }

// seeds lists the seeds of the starts.
func (s *Setup) seeds() (seeds []uint64) {
	for i := range s.Seeds {
		seeds = append(seeds, s.Seed+uint64(i))
	}
	return seeds
}
