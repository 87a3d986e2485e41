package experiments

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"simgrad/data"
	"simgrad/experiments/report"
)

// Records on disk are believed by their checksums: what a disk, a copy or an editor has
// done to one is seen, and its cell is computed anew.

// A sealed value is JSON with its checksum.
type sealed struct {
	Sum   string          `json:"sum"` // SHA-256 of the value's bytes
	Value json.RawMessage `json:"value"`
}

func seal(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return fmt.Appendf(nil, "{\"sum\":%q,\"value\":%s}\n", sumOf(b), b), nil
}

var errSum = errors.New("its checksum is wrong")

// unseal reads a sealed value into v, a pointer.
func unseal(b []byte, v any) error {
	var s sealed
	if err := json.Unmarshal(b, &s); err != nil || sumOf(s.Value) != s.Sum {
		return errSum
	}
	return json.Unmarshal(s.Value, v)
}

// inMemory is how many numbers of an array are read into memory with a record; larger
// arrays are streamed.
const inMemory = 1 << 21

// recordIn is the file of a record, which marks its cell as done.
func recordIn(folder string) string { return filepath.Join(folder, "record.json") }

// arraysIn is the file of a record's arrays.
func arraysIn(folder string) string { return filepath.Join(folder, "arrays.npz") }

func sumOfFile(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), err
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// A kept record is one with what it rests on.
type kept struct {
	Study    string            `json:"study"`
	Cell     json.RawMessage   `json:"cell"`
	Formulas map[string]string `json:"formulas"` // of the measures
	Code     map[string]string `json:"code"`     // what computed it
	Sum      string            `json:"sum"`      // of arrays.npz, if there is one
	*Record
}

// A damagedErr is of a record that is not what was written, or not this cell's.
type damagedErr struct{ error }

func (d *damagedErr) Unwrap() error { return d.error }

// folder is the cell's, unique and stable, and short whatever names are.
func (r *Results) folder(c Cell) string {
	b, err := json.Marshal(c)
	if err != nil {
		panic(fmt.Errorf("%s: %w", c, err)) // a study's settings or point
	}
	parts := []string{c.Part}
	for _, d := range c.Data {
		parts = append(parts, report.Slug(d.Name))
	}
	for _, m := range c.Measures {
		parts = append(parts, m.Name)
	}
	name := report.Slug(strings.Join(parts, "_"))
	return filepath.Join(r.Dir, "cells", fmt.Sprintf("%s-%d-%s", name[:min(len(name), 80)], c.Seed, sumOf(b)[:8]))
}

// read returns the record of a cell: os.ErrNotExist if there is none, a damagedErr if it
// cannot be believed.
func (r *Results) read(c Cell) (*Record, error) {
	folder := r.folder(c)
	k, err := readKept(folder)
	if err != nil {
		return nil, err
	}
	want, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(k.Cell, want) || k.Study != r.study {
		return nil, &damagedErr{fmt.Errorf("%s has the record of another cell", folder)}
	}
	if err := r.stale(folder, k, c); err != nil && r.Recompute {
		return nil, os.ErrNotExist
	} else if err != nil {
		return nil, err
	}
	k.Record.Cell = c
	return k.Record, nil
}

// stale says of a sound record what has changed since it was computed.
func (r *Results) stale(folder string, k *kept, c Cell) error {
	if names := changed(k.Code, r.code); names != "" {
		return fmt.Errorf("%s was computed by another version of %s; -recompute takes the present one, -out another folder", folder, names)
	}
	for _, m := range c.Measures {
		if was, is := k.Formulas[m.Name], r.formula(m); was != is {
			return fmt.Errorf("%s was computed by another formula of %s: two fixed datasets scored %s, and now %s; -recompute takes the present one, -out another folder", folder, m.Name, was, is)
		}
	}
	return nil
}

// readRecord reads the record in a folder, without its arrays.
func readRecord(folder string) (*kept, error) {
	b, err := os.ReadFile(recordIn(folder))
	if err != nil {
		return nil, err
	}
	k := &kept{Record: &Record{}}
	if err := unseal(b, k); err != nil {
		return nil, &damagedErr{fmt.Errorf("%s is damaged, or of an older version: %w", recordIn(folder), err)}
	}
	return k, nil
}

// readKept reads the record in a folder, with its arrays.
func readKept(folder string) (*kept, error) {
	k, err := readRecord(folder)
	if err != nil || k.Sum == "" {
		return k, err
	}
	file := arraysIn(folder)
	sum, err := sumOfFile(file)
	if err == nil && sum != k.Sum {
		err = errSum
	}
	if err == nil {
		k.Arrays, err = data.OpenArrays(file, inMemory)
	}
	if err != nil {
		return nil, &damagedErr{fmt.Errorf("%s is damaged or gone: %w", file, err)}
	}
	return k, nil
}

// keep writes the record, which marks the cell as done, after its arrays.
func (r *Results) keep(rec *Record) error {
	folder := r.folder(rec.Cell)
	k := kept{Study: r.study, Code: r.code, Formulas: map[string]string{}, Record: rec}
	for _, m := range rec.Cell.Measures {
		k.Formulas[m.Name] = r.formula(m)
	}
	var err error
	if k.Cell, err = json.Marshal(rec.Cell); err != nil {
		return err
	}
	if len(rec.Arrays) > 0 {
		file, sum := arraysIn(folder), sha256.New()
		err := data.WriteFile(file, func(w io.Writer) error { return data.EncodeArrays(io.MultiWriter(w, sum), rec.Arrays...) })
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		k.Sum = hex.EncodeToString(sum.Sum(nil))
		// From now on they are the file's, and what the study made them of can go.
		if rec.Arrays, err = data.OpenArrays(file, inMemory); err != nil {
			return err
		}
	}
	b, err := seal(k)
	if err != nil {
		return err
	}
	if err := writeFile(recordIn(folder), b); err != nil {
		return err
	}
	os.Remove(checkpointIn(folder))
	return nil
}

// writeFile writes b to file, whole or not at all; not if it is there already, which a
// finished folder that cannot be written does not notice.
func writeFile(file string, b []byte) error {
	return writeWith(file, func(w io.Writer) error {
		_, err := w.Write(b)
		return err
	})
}

func writeWith(file string, write func(io.Writer) error) error {
	if has(file, write) {
		return nil
	}
	return data.WriteFile(file, write)
}

// has is whether a file is what write writes.
func has(file string, write func(io.Writer) error) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	there := bufio.NewReader(f)
	if write(comparer{there}) != nil {
		return false
	}
	_, err = there.ReadByte()
	return err == io.EOF
}

// A comparer is written what it reads, or refuses it.
type comparer struct{ *bufio.Reader }

func (c comparer) Write(b []byte) (int, error) {
	there := make([]byte, len(b))
	if _, err := io.ReadFull(c, there); err != nil || !bytes.Equal(there, b) {
		return 0, errors.New("the file is another")
	}
	return len(b), nil
}
