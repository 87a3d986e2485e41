package report

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
)

// A Frame is a table of observations: keys say of what, numbers how much.
type Frame struct {
	Name    string
	Keys    []string // dataset, measure, seed, variable …
	Numbers []string // step, score, accuracy …
	Rows    []Row
}

// A Row is one observation: a value for each of the frame's keys, and numbers.
type Row struct {
	Keys    []string
	Numbers []float64

	of *Frame
}

// New returns an empty frame; keys and numbers are names separated by spaces.
func New(name, keys, numbers string) *Frame {
	return &Frame{Name: name, Keys: strings.Fields(keys), Numbers: strings.Fields(numbers)}
}

// Add adds a row: values of the keys, then numbers, in the frame's order. It panics
// where there are not as many.
func (f *Frame) Add(keys []string, numbers ...float64) {
	if len(keys) != len(f.Keys) || len(numbers) != len(f.Numbers) {
		panic(fmt.Sprintf("report: frame %s: a row of %d keys and %d numbers; its keys are %q and its numbers %q", f.Name, len(keys), len(numbers), f.Keys, f.Numbers))
	}
	f.Rows = append(f.Rows, Row{slices.Clone(keys), slices.Clone(numbers), f})
}

// Key returns a key's value, or a number in its shortest form; it panics if the frame has
// none of that name.
func (r Row) Key(name string) string {
	if i := slices.Index(r.of.Keys, name); i >= 0 {
		return r.Keys[i]
	}
	return Number(r.Number(name))
}

// Number returns a number; it panics if the frame has none of that name.
func (r Row) Number(name string) float64 { return r.Numbers[r.of.place(r.of.Numbers, name)] }

func (f *Frame) place(names []string, name string) int {
	i := slices.Index(names, name)
	if i < 0 {
		panic(fmt.Sprintf("report: frame %s has no %q; it has %q", f.Name, name, names))
	}
	return i
}

// empty is a frame of the same columns.
func (f *Frame) empty() *Frame { return &Frame{Name: f.Name, Keys: f.Keys, Numbers: f.Numbers} }

// Where returns the rows in which keys, or numbers in their shortest form, have these
// values, given in pairs: of one measure, say, Where("measure", "cka").
func (f *Frame) Where(pairs ...string) *Frame {
	g := f.empty()
	for _, r := range f.Rows {
		fits := true
		for i := 0; i < len(pairs); i += 2 {
			fits = fits && r.Key(pairs[i]) == pairs[i+1]
		}
		if fits {
			g.Rows = append(g.Rows, r)
		}
	}
	return g
}

// Values returns the values of a key, or of a number in its shortest form, each once, in
// order of appearance.
func (f *Frame) Values(key string) (values []string) {
	seen := map[string]bool{}
	for _, r := range f.Rows {
		if v := r.Key(key); !seen[v] {
			seen[v] = true
			values = append(values, v)
		}
	}
	return values
}

// Column returns a number of every row.
func (f *Frame) Column(number string) []float64 {
	if len(f.Rows) == 0 {
		return nil
	}
	i, column := f.place(f.Numbers, number), make([]float64, len(f.Rows))
	for j, r := range f.Rows {
		column[j] = r.Numbers[i]
	}
	return column
}

// By returns the frame's parts, one for each value of a key.
func (f *Frame) By(key string) (parts []*Frame) {
	for _, v := range f.Values(key) {
		parts = append(parts, f.Where(key, v))
	}
	return parts
}

// With returns the frame with one more number.
func (f *Frame) With(number string, of func(r Row) float64) *Frame {
	g := &Frame{Name: f.Name, Keys: f.Keys, Numbers: append(slices.Clone(f.Numbers), number)}
	for _, r := range f.Rows {
		g.Add(r.Keys, append(slices.Clone(r.Numbers), of(r))...)
	}
	return g
}

// Spread puts a number of all rows together: over starts, say.
func (f *Frame) Spread(number string) Spread { return SpreadOf(f.Column(number)) }

// At puts together what a number is where another first passes a level from below, in
// each part by the key over, interpolated between rows.
func (f *Frame) At(along string, level float64, number, over string) Spread {
	var values []float64
	for _, part := range f.By(over) {
		values = append(values, Crossing(part.Column(along), part.Column(number), level))
	}
	return SpreadOf(values)
}

// Crossing is y where x first passes level from below; NaN if it does not, or stood
// above it at the start.
func Crossing(x, y []float64, level float64) float64 {
	for i, v := range x {
		switch {
		case v < level:
		case v == level:
			return y[i]
		case i == 0:
			return math.NaN()
		default:
			f := (level - x[i-1]) / (v - x[i-1])
			return y[i-1] + f*(y[i]-y[i-1])
		}
	}
	return math.NaN()
}

// CSV is the frame as a file, of these columns, separated by spaces, in this order.
func (f *Frame) CSV(columns string) CSV {
	t := CSV{Name: f.Name, Header: strings.Fields(columns)}
	for _, r := range f.Rows {
		var row []any
		for _, c := range t.Header {
			if slices.Contains(f.Keys, c) {
				row = append(row, r.Key(c))
			} else {
				row = append(row, r.Number(c))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// saved is a frame in JSON, column by column.
type saved struct {
	Name    string     `json:"name"`
	Keys    []string   `json:"keys"`
	Numbers []string   `json:"numbers"`
	Rows    int        `json:"rows"`
	Key     [][]string `json:"key"`
	Number  []Floats   `json:"number"`
}

// GobEncode implements gob.GobEncoder.
func (f *Frame) GobEncode() ([]byte, error) { return json.Marshal(f) }

// GobDecode implements gob.GobDecoder.
func (f *Frame) GobDecode(b []byte) error { return json.Unmarshal(b, f) }

// MarshalJSON implements json.Marshaler.
func (f *Frame) MarshalJSON() ([]byte, error) {
	s := saved{f.Name, f.Keys, f.Numbers, len(f.Rows), make([][]string, len(f.Keys)), make([]Floats, len(f.Numbers))}
	for _, r := range f.Rows {
		for i, v := range r.Keys {
			s.Key[i] = append(s.Key[i], v)
		}
		for i, v := range r.Numbers {
			s.Number[i] = append(s.Number[i], v)
		}
	}
	return json.Marshal(s)
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *Frame) UnmarshalJSON(b []byte) error {
	var s saved
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	short := len(s.Key) != len(s.Keys) || len(s.Number) != len(s.Numbers) ||
		slices.ContainsFunc(s.Key, func(c []string) bool { return len(c) != s.Rows }) ||
		slices.ContainsFunc(s.Number, func(c Floats) bool { return len(c) != s.Rows })
	if short {
		return fmt.Errorf("report: frame %s: its columns are not of %d rows", s.Name, s.Rows)
	}
	*f = Frame{Name: s.Name, Keys: s.Keys, Numbers: s.Numbers}
	for i := range s.Rows {
		keys, numbers := make([]string, len(s.Keys)), make([]float64, len(s.Numbers))
		for k := range keys {
			keys[k] = s.Key[k][i]
		}
		for k := range numbers {
			numbers[k] = s.Number[k][i]
		}
		f.Add(keys, numbers...)
	}
	return nil
}
