package experiments

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"simgrad/data"
	"simgrad/measures"
)

// Results is a study's folder: settings.json, a folder a cell, and the report.
// Every file is written whole under another name and then renamed.
type Results struct{ Dir string }

// A store keeps records between runs.
type store interface {
	read(Cell) (*Record, error) // os.ErrNotExist if there is none
	keep(*Record) error
}

// nowhere keeps nothing.
type nowhere struct{}

func (nowhere) read(Cell) (*Record, error) { return nil, os.ErrNotExist }
func (nowhere) keep(*Record) error         { return nil }

// A basis is what all results in a folder rest on.
type basis struct {
	Study    string            `json:"study"`
	Settings map[string]string `json:"settings"` // of all cells
	Data     map[string]string `json:"data"`     // dataset → hash of its content
	Measures map[string]string `json:"measures"` // measure → its score of two fixed datasets
}

// open makes the folder fit for the cells: it must be new, or made by the same
// study with the same settings and, where the names are the same, data and
// measures: one whose formula has changed since is another.
func (r Results) open(study string, cells []Cell) error {
	want := basis{Study: study, Settings: map[string]string{}, Data: map[string]string{}, Measures: map[string]string{}}
	for _, c := range cells {
		settings, err := fields(c.Settings)
		if err != nil {
			return fmt.Errorf("%s: %w", c, err)
		}
		maps.Copy(want.Settings, settings)
		for _, m := range c.Measures {
			if want.Measures[m.Name] == "" {
				want.Measures[m.Name] = formulaOf(m)
			}
		}
		for _, d := range c.Data {
			want.Data[d.Name] = d.Hash()
		}
	}
	file := filepath.Join(r.Dir, "settings.json")
	b, err := os.ReadFile(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		// Of several that begin at once one makes the folder, and the others see it.
		switch err := r.createJSON(file, want); {
		case err == nil:
			return nil
		case !errors.Is(err, os.ErrExist):
			return fmt.Errorf("%w; choose a folder that can be written with -out", err)
		}
		return r.open(study, cells)
	case err != nil:
		return fmt.Errorf("%w; choose a folder that can be written with -out", err)
	}
	var have basis
	if err := json.Unmarshal(b, &have); err != nil {
		return fmt.Errorf("%s: %w; choose another folder with -out", file, err)
	}
	if have.Study != want.Study {
		return fmt.Errorf("%s holds results of %s; choose another folder with -out", r.Dir, have.Study)
	}
	for _, key := range slices.Sorted(maps.Keys(want.Settings)) {
		if old, ok := have.Settings[key]; !ok || old != want.Settings[key] {
			return fmt.Errorf("%s was made with %s %s, and now it is %s; choose another folder with -out, or remove this one", r.Dir, key, word(old), word(want.Settings[key]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want.Data)) {
		hash := want.Data[name]
		if old, ok := have.Data[name]; ok && old != hash {
			return fmt.Errorf("%s was made with other content of %s; choose another folder with -out, or remove this one", r.Dir, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(want.Measures)) {
		formula := want.Measures[name]
		if old, ok := have.Measures[name]; ok && old != formula {
			return fmt.Errorf("%s was made with another formula of %s: two fixed datasets scored %s by it, and now %s; choose another folder with -out, or remove this one", r.Dir, name, old, formula)
		}
	}
	if have.Measures == nil {
		have.Measures = map[string]string{}
	}
	maps.Copy(have.Data, want.Data)
	maps.Copy(have.Measures, want.Measures)
	return r.writeJSON(file, have)
}

// formulaOf tells one formula of a measure from another: by the score of two fixed
// datasets, to nine digits, which all paths of linear algebra agree on.
func formulaOf(m measures.Measure) string {
	v, err := m.Eval(data.Gaussian(1, 60, 4), data.Gaussian(2, 60, 3))
	if err != nil {
		return err.Error()
	}
	return strconv.FormatFloat(v, 'g', 9, 64)
}

func word(s string) string {
	if s == "" {
		return "unset"
	}
	return s
}

// folder is the cell's, unique and stable.
func (r Results) folder(c Cell) string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers always marshal
	}
	sum := sha256.Sum256(b)
	parts := []string{c.Part}
	for _, d := range c.Data {
		parts = append(parts, slug(d.Name))
	}
	for _, m := range c.Measures {
		parts = append(parts, m.Name)
	}
	name := slug(strings.Join(parts, "_"))
	if len(name) > 80 {
		name = name[:80]
	}
	return filepath.Join(r.Dir, "cells", fmt.Sprintf("%s-%d-%s", name, c.Seed, hex.EncodeToString(sum[:4])))
}

func (r Results) read(c Cell) (*Record, error) {
	file := filepath.Join(r.folder(c), "record.json")
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var kept stored
	if err := json.Unmarshal(b, &kept); err != nil {
		return nil, fmt.Errorf("%s: %w; remove it and run again", file, err)
	}
	var is bytes.Buffer
	want, err := json.Marshal(c)
	if err == nil {
		err = json.Compact(&is, kept.Cell)
	}
	if err != nil || !bytes.Equal(is.Bytes(), want) {
		return nil, fmt.Errorf("%s: is not the record of this cell; remove it and run again", file)
	}
	rec := kept.Record
	rec.Cell = c
	if len(rec.Kept) > 0 {
		if rec.Arrays, err = data.ReadArrays(filepath.Join(r.folder(c), "arrays.npz")); err != nil {
			return nil, fmt.Errorf("%w; remove %s and run again", err, r.folder(c))
		}
	}
	return rec, nil
}

// keep writes the record, which marks the cell as done, after its arrays.
func (r Results) keep(rec *Record) error {
	for _, a := range rec.Arrays {
		rec.Kept = append(rec.Kept, a.Name)
	}
	if len(rec.Arrays) > 0 {
		if err := data.WriteArrays(filepath.Join(r.folder(rec.Cell), "arrays.npz"), rec.Arrays...); err != nil {
			return err
		}
	}
	cell, err := json.Marshal(rec.Cell)
	if err != nil {
		return err
	}
	return r.writeJSON(filepath.Join(r.folder(rec.Cell), "record.json"), stored{cell, rec})
}

// A stored record has its cell by name.
type stored struct {
	Cell json.RawMessage `json:"cell"`
	*Record
}

func (r Results) writeJSON(file string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return writeFile(file, append(b, '\n'))
}

// createJSON is writeJSON for a file that must not be there yet.
func (r Results) createJSON(file string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	part, err := writePart(file, append(b, '\n'))
	if err != nil {
		return err
	}
	defer os.Remove(part)
	err = os.Link(part, file)
	if err != nil && !errors.Is(err, os.ErrExist) { // a file system without links
		return os.Rename(part, file)
	}
	return err
}

// write writes the report: report.html, tables, figures and arrays.
func (r Results) write(rep *Report) error {
	for _, t := range rep.CSV {
		b, err := t.encode()
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(r.Dir, t.Name+".csv"), b); err != nil {
			return err
		}
	}
	pngs := map[*Figure][]byte{} // each drawn once, for its file and for the report
	for _, f := range rep.Figures {
		for _, format := range []string{"png", "svg", "pdf"} {
			b, err := f.Draw(format)
			if err != nil {
				return fmt.Errorf("figure %s: %w", f.Name, err)
			}
			if format == "png" {
				pngs[f] = b
			}
			if err := writeFile(filepath.Join(r.Dir, f.Name+"."+format), b); err != nil {
				return err
			}
		}
	}
	for _, a := range rep.Animations {
		b, err := a.encode()
		if err != nil {
			return fmt.Errorf("animation %s: %w", a.Name, err)
		}
		if err := writeFile(filepath.Join(r.Dir, a.Name+".gif"), b); err != nil {
			return err
		}
	}
	for name, arrays := range rep.Arrays {
		if err := data.WriteArrays(filepath.Join(r.Dir, name+".npz"), arrays...); err != nil {
			return err
		}
	}
	b, err := rep.html(pngs)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(r.Dir, "report.html"), b)
}

// writeFile writes b to file, whole or not at all.
func writeFile(file string, b []byte) error {
	part, err := writePart(file, b)
	if err != nil {
		return err
	}
	if err := os.Rename(part, file); err != nil {
		os.Remove(part)
		return err
	}
	return nil
}

// writePart writes b to a file beside the one of that name, and returns its name.
func writePart(file string, b []byte) (part string, err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*.part")
	if err != nil {
		return "", err
	}
	_, err = f.Write(b)
	// Renamed before the disk has it, a file might be found empty after a loss of power.
	if err = errors.Join(err, f.Chmod(0o644), f.Sync(), f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// A CSV is a table of a report as a file.
type CSV struct {
	Name   string // of the file, without .csv
	Header []string
	Rows   [][]any // strings, integers and floats
}

func (t CSV) encode() ([]byte, error) {
	var b bytes.Buffer
	writeRow := func(fields []string) { b.WriteString(strings.Join(fields, ",") + "\n") }
	writeRow(t.Header)
	for _, row := range t.Rows {
		if len(row) != len(t.Header) {
			return nil, fmt.Errorf("%s.csv: a row has %d fields, the header %d", t.Name, len(row), len(t.Header))
		}
		fields := make([]string, len(row))
		for i, v := range row {
			switch v := v.(type) {
			case float64:
				fields[i] = number(v)
			case string:
				fields[i] = quoted(v)
			default:
				fields[i] = fmt.Sprint(v)
			}
		}
		writeRow(fields)
	}
	return b.Bytes(), nil
}

// quoted is text as a field of CSV, in quotes where readers would split it or change
// it, as spreadsheets do what begins like a formula. (encoding/csv writes that bare.)
func quoted(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if !strings.ContainsAny(text, `,"`) && strings.IndexFunc(text, unicode.IsControl) < 0 &&
		!strings.ContainsRune("=+-@", first) && !unicode.IsSpace(first) && text != `\.` {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// number writes v in the shortest form that reads back as v; NaN is empty.
func number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
