package experiments

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"simgrad/data"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// Results is a study's folder: settings, a folder a cell, and the report. Every file is
// written whole under another name and then renamed.
type Results struct {
	Dir string
	// Recompute takes records of other versions of the code for none.
	Recompute bool

	study    string
	code     map[string]string // what computes its records
	inputs   []*data.Dataset
	rests    map[basis]string
	mu       sync.Mutex
	formulas map[string]string // of measures asked for
}

// A store keeps records between runs.
type store interface {
	read(Cell) (*Record, error) // os.ErrNotExist if there is none
	keep(*Record) error
}

// nowhere keeps nothing.
type nowhere struct{}

func (nowhere) read(Cell) (*Record, error) { return nil, os.ErrNotExist }
func (nowhere) keep(*Record) error         { return nil }

// formula is formulaOf, asked once.
func (r *Results) formula(m measures.Measure) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.formulas == nil {
		r.formulas = map[string]string{}
	}
	if _, known := r.formulas[m.Name]; !known {
		r.formulas[m.Name] = formulaOf(m)
	}
	return r.formulas[m.Name]
}

// open makes the folder fit for the cells: it must be new, or made by the same
// study with the same settings and, where the names are the same, data.
func (r *Results) open(s Study, cells []Cell) error {
	r.study, r.code = s.About().Name, codeOf(s.About())
	r.inputs = datasets(cells)
	all, err := basesOf(r.study, cells)
	if err != nil {
		return err
	}
	if err := r.mine(); err != nil {
		return err
	}
	data.Sweep(r.Dir)
	for _, want := range all {
		have, err := r.settle(want)
		switch {
		case err != nil:
			return fmt.Errorf("%w; choose a folder that can be written with -out", err)
		case have == want:
		case want.Kind == "study":
			return fmt.Errorf("%s holds results of %s; choose another folder with -out", r.Dir, have.Value)
		case want.Kind == "data":
			return fmt.Errorf("%s was made with other content of %s; choose another folder with -out, or remove this one", r.Dir, want.Name)
		default:
			return fmt.Errorf("%s was made with %s %s, and now it is %s; choose another folder with -out, or remove this one", r.Dir, want.Name, word(have.Value), word(want.Value))
		}
	}
	return nil
}

// mine says what is in a folder that no run of this version has made: results of an older
// one, or a report of something else's.
func (r *Results) mine() error {
	if _, err := os.Stat(filepath.Join(r.Dir, "settings")); !errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for file, of := range map[string]string{"settings.json": "results of an older version", "report.html": "a report of something else", "summary.csv": "tables of something else"} {
		if _, err := os.Stat(filepath.Join(r.Dir, file)); err == nil && !r.hasRecords() {
			return fmt.Errorf("%s holds %s (%s); choose another folder with -out", r.Dir, of, file)
		}
	}
	return nil
}

// hasRecords is whether there are sound records.
func (r *Results) hasRecords() bool { return len(r.resting()) > 0 }

// filesOfReport are the names of what write writes.
func filesOfReport(rep *report.Report) (names []string) {
	names = []string{"report.html"}
	for _, t := range rep.CSV {
		names = append(names, t.Name+".csv")
	}
	for _, f := range rep.Figures {
		names = append(names, f.Name+".png", f.Name+".svg", f.Name+".pdf")
	}
	for _, a := range rep.Animations {
		names = append(names, a.Name+".gif")
	}
	if rep.Methods != "" {
		names = append(names, "methods.txt")
	}
	for name := range rep.Arrays {
		names = append(names, name+".npz")
	}
	return names
}

// ReadFrom is whether a file is one that datasets were read from.
func ReadFrom(file string, sets []*data.Dataset) bool {
	info, err := os.Stat(file)
	return err == nil && slices.ContainsFunc(sets, func(d *data.Dataset) bool {
		in, err := os.Stat(d.File)
		return d.File != "" && err == nil && os.SameFile(in, info)
	})
}

func word(s string) string {
	if s == "" {
		return "unset"
	}
	return s
}

// write writes the report: report.html, tables, figures and arrays.
func (r *Results) write(rep *report.Report, records []*Record) error {
	for _, name := range filesOfReport(rep) {
		if file := filepath.Join(r.Dir, name); ReadFrom(file, r.inputs) {
			return fmt.Errorf("%s is a file that data were read from, and the report has one of that name; choose another folder with -out", file)
		}
	}
	for _, t := range rep.CSV {
		b, err := t.Encode()
		if err != nil {
			return err
		}
		if err := writeFile(filepath.Join(r.Dir, t.Name+".csv"), b); err != nil {
			return err
		}
	}
	for _, f := range rep.Figures {
		for _, format := range []string{"png", "svg", "pdf"} {
			b, err := f.Draw(format)
			if err != nil {
				return fmt.Errorf("figure %s: %w", f.Name, err)
			}
			if err := writeFile(filepath.Join(r.Dir, f.Name+"."+format), b); err != nil {
				return err
			}
		}
	}
	for _, a := range rep.Animations {
		b, err := a.Encode()
		if err != nil {
			return fmt.Errorf("animation %s: %w", a.Name, err)
		}
		if err := writeFile(filepath.Join(r.Dir, a.Name+".gif"), b); err != nil {
			return err
		}
	}
	if rep.Methods != "" {
		if err := writeFile(filepath.Join(r.Dir, "methods.txt"), []byte(rep.Methods)); err != nil {
			return err
		}
	}
	for name, arrays := range rep.Arrays {
		file := filepath.Join(r.Dir, name+".npz")
		if err := r.writeArrays(file, arrays, records); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	b, err := rep.HTML()
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(r.Dir, "report.html"), b)
}

// others are measures that the folder has sound records of, and no cell asks for.
func (r *Results) others(cells []Cell) (names []string) {
	of, asked := map[string]bool{}, map[string]bool{}
	for _, c := range cells {
		asked[filepath.Base(r.folder(c))] = true
		for _, m := range c.Measures {
			of[m.Name] = true
		}
	}
	folders, _ := os.ReadDir(filepath.Join(r.Dir, "cells"))
	for _, folder := range folders {
		if asked[folder.Name()] {
			continue
		}
		k, err := readRecord(filepath.Join(r.Dir, "cells", folder.Name()))
		if err != nil || k.Study != r.study {
			continue
		}
		for name := range k.Formulas {
			if !of[name] {
				of[name], names = true, append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// whole says so where records have gone since they were read or kept.
func (r *Results) whole(cells []Cell) error {
	gone := 0
	for _, c := range cells {
		if _, err := os.Stat(recordIn(r.folder(c))); err != nil {
			gone++
		}
	}
	if gone > 0 {
		return fmt.Errorf("%s: %d of %d records have vanished while this ran; the same command computes them again, or put the folder back", r.Dir, gone, len(cells))
	}
	return nil
}

// writeArrays writes arrays of a report. Those of one record are its file by another name
// where they are large and the system can.
func (r *Results) writeArrays(file string, arrays []data.Array, records []*Record) error {
	large := slices.ContainsFunc(arrays, func(a data.Array) bool { return a.Stream != nil })
	for _, rec := range records {
		if large && len(rec.Arrays) == len(arrays) && &rec.Arrays[0] == &arrays[0] && data.LinkFile(arraysIn(r.folder(rec.Cell)), file) == nil {
			return nil
		}
	}
	return writeWith(file, func(w io.Writer) error { return data.EncodeArrays(w, arrays...) })
}
