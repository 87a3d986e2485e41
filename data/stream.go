package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
)

// each shows the numbers of an array in order.
func (a Array) each(show func(values []float64) error) error {
	if a.Stream != nil {
		return a.Stream(show)
	}
	return show(a.Values)
}

// InMemory is the array with its values in memory.
func (a Array) InMemory() (Array, error) {
	if a.Stream == nil {
		return a, nil
	}
	err := a.Stream(func(values []float64) error {
		a.Values = append(a.Values, values...)
		return nil
	})
	a.Stream = nil
	return a, err
}

// OpenArrays is ReadArrays, but for arrays of more than so many numbers, which are
// streamed from the file when they are asked for.
func OpenArrays(file string, most int) (arrays []Array, err error) {
	f, err := openArchive(file)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	defer f.Close()
	for _, s := range f.arrays {
		if s.err != nil || s.n <= most || s.isText() || s.fortran {
			one, err := s.array()
			if err != nil {
				return nil, fmt.Errorf("data: %s: %w", file, f.named(s, err))
			}
			arrays = append(arrays, one)
			continue
		}
		name := s.name
		arrays = append(arrays, Array{Name: name, Shape: s.shape, Integral: s.kind != 'f', Stream: func(show func([]float64) error) error {
			return streamFrom(file, name, show)
		}})
	}
	return arrays, nil
}

// streamFrom shows the numbers of an array of a file.
func streamFrom(file, name string, show func([]float64) error) error {
	f, err := openArchive(file)
	if err != nil {
		return fmt.Errorf("data: %s: %w", file, err)
	}
	defer f.Close()
	i := slices.IndexFunc(f.arrays, func(s *stored) bool { return s.name == name })
	if i < 0 || f.arrays[i].err != nil {
		return fmt.Errorf("data: %s: array %q is gone", file, name)
	}
	s := f.arrays[i]
	shown, err := s.rows(1<<13, show)
	switch {
	case shown != nil:
		return fmt.Errorf("data: %s: %w", file, f.named(s, shown))
	case err != nil:
		return fmt.Errorf("data: %s: %w", file, f.named(s, damaged(err)))
	}
	return nil
}

// A Spill is a row of numbers on disk, for what is made a part at a time and is more than
// memory holds. Nothing is left of it when the process ends.
type Spill struct {
	file *os.File
	n    int64
}

// NewSpill returns an empty one, on the disk that a folder is on.
func NewSpill(folder string) (*Spill, error) {
	f, err := os.CreateTemp(folder, "spill"+partOf(hostname(), os.Getpid()))
	if err != nil {
		return nil, err
	}
	_ = os.Remove(f.Name()) // where the system keeps an open file without a name; else Sweep does
	return &Spill{file: f}, nil
}

// Add adds values at the end.
func (s *Spill) Add(values []float64) error {
	buffer := make([]byte, 0, 1<<16)
	for len(values) > 0 {
		k := min(len(values), cap(buffer)/8)
		b := buffer
		for _, v := range values[:k] {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		if _, err := s.file.WriteAt(b, 8*s.n); err != nil {
			return err
		}
		values, s.n = values[k:], s.n+int64(k)
	}
	return nil
}

// WriteTo implements io.WriterTo: all numbers, 8 bytes each.
func (s *Spill) WriteTo(w io.Writer) (int64, error) {
	return io.Copy(w, io.NewSectionReader(s.file, 0, 8*s.n))
}

// ReadFrom implements io.ReaderFrom: the numbers are those that WriteTo wrote, to its end.
func (s *Spill) ReadFrom(r io.Reader) (int64, error) {
	n, err := io.Copy(io.NewOffsetWriter(s.file, 0), r)
	s.n = n / 8
	return n, err
}

// Halve keeps every other part of so many numbers, from the first on.
func (s *Spill) Halve(part int) error {
	kept := int64(0)
	for from := int64(0); from < s.n; from += 2 * int64(part) {
		if from > 0 {
			r, w := io.NewSectionReader(s.file, 8*from, 8*int64(part)), io.NewOffsetWriter(s.file, 8*kept)
			if _, err := io.Copy(w, r); err != nil {
				return err
			}
		}
		kept += int64(part)
	}
	s.n = kept
	return nil
}

// Stream shows so many numbers from one on in order, as Array has it.
func (s *Spill) Stream(from, n int) func(show func(values []float64) error) error {
	return func(show func([]float64) error) error {
		r, b, values := io.NewSectionReader(s.file, 8*int64(from), 8*int64(n)), make([]byte, 1<<16), make([]float64, 1<<13)
		for {
			k, err := io.ReadFull(r, b)
			for i := range k / 8 {
				values[i] = math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
			}
			if k > 0 {
				if err := show(values[:k/8]); err != nil {
					return err
				}
			}
			switch {
			case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
				return nil
			case err != nil:
				return err
			}
		}
	}
}
