package experiments

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"simgrad/data"
	"simgrad/experiments/report"
)

// A basis is one thing that all results in a folder rest on: the study, a field of its
// settings, or the content of a dataset. Each is a file of its own, so that runs that
// begin at once add to a folder what they have and lose nothing of each other's.
type basis struct {
	Kind  string `json:"kind"` // study, setting or data
	Name  string `json:"name"`
	Value string `json:"value"`
}

// basesOf are what a plan rests on, the study first.
func basesOf(study string, cells []Cell) ([]basis, error) {
	all := []basis{{"study", "study", study}}
	add := func(s basis) {
		if !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	for _, c := range cells {
		own, err := fields(c.Settings)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c, err)
		}
		for _, name := range slices.Sorted(maps.Keys(own)) {
			add(basis{"setting", name, own[name]})
		}
		for _, d := range c.Data {
			add(basis{"data", asText(d.Name), d.Hash()})
		}
	}
	return all, nil
}

// settle returns the folder's basis of the kind and name of want, which is that of
// want if it has none.
func (r *Results) settle(want basis) (have basis, err error) {
	name := fmt.Sprintf("%s-%.40s-%.8s.json", want.Kind, report.Slug(want.Name), sumOf([]byte(want.Kind+" "+want.Name)))
	file := filepath.Join(r.Dir, "settings", name)
	b, err := os.ReadFile(file)
	switch {
	case errors.Is(err, os.ErrNotExist):
		// Of several that begin at once one makes the file, and the others see it.
		have = r.restsOn(want)
		if err := data.CreateFile(file, write(have)); err == nil || !errors.Is(err, os.ErrExist) {
			return have, err
		}
		return r.settle(want)
	case err != nil:
		return have, err
	}
	if unseal(b, &have) == nil && have.Kind == want.Kind && have.Name == want.Name {
		return have, nil
	}
	have = r.restsOn(want)
	return have, data.WriteFile(file, write(have))
}

// write writes a value sealed.
func write(v any) func(io.Writer) error {
	return func(w io.Writer) error {
		b, err := seal(v)
		if err == nil {
			_, err = w.Write(b)
		}
		return err
	}
}

// restsOn is the basis of the kind and name of want that the sound records of the
// folder rest on; want where none does.
func (r *Results) restsOn(want basis) basis {
	if value, ok := r.resting()[basis{want.Kind, want.Name, ""}]; ok {
		return basis{want.Kind, want.Name, value}
	}
	return want
}

// resting is what the folder's sound records rest on, by kind and name.
func (r *Results) resting() map[basis]string {
	if r.rests != nil {
		return r.rests
	}
	r.rests = map[basis]string{}
	folders, _ := os.ReadDir(filepath.Join(r.Dir, "cells"))
	for _, folder := range folders {
		k, err := readRecord(filepath.Join(r.Dir, "cells", folder.Name()))
		if err != nil {
			continue
		}
		var cell struct {
			Data     []struct{ Name, Hash string }
			Settings any
		}
		if json.Unmarshal(k.Cell, &cell) != nil {
			continue
		}
		r.rests[basis{"study", "study", ""}] = k.Study
		own, _ := fields(cell.Settings)
		for name, value := range own {
			r.rests[basis{"setting", name, ""}] = value
		}
		for _, d := range cell.Data {
			r.rests[basis{"data", d.Name, ""}] = d.Hash
		}
	}
	return r.rests
}
