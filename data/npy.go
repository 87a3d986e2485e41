package data

import (
	"fmt"
	"io"
	"slices"

	"github.com/sbinet/npyio/npy"
)

// magic is how a .npy file begins. npyio goes no further here: it takes headers to be
// spelled as numpy.save spells them, halves below 2⁻¹⁴ to be nothing, and writes two
// axes at most. Tests compare with what it reads.
var magic = string(npy.Magic[:])

// An Array is one array of a .npy or .npz file, row-major: numbers in Values or
// strings in Text.
type Array struct {
	Name   string // "" in a .npy file
	Shape  []int
	Values []float64
	Text   []string
	// Integral is whether the file holds integers or booleans.
	Integral bool
	// Stream shows the numbers in order, some at a time, of an array too large for memory;
	// Values is then nil.
	Stream func(show func(values []float64) error) error
}

// ReadArrays reads all arrays of a .npz file, in the file's order, or the one of
// a .npy file: any integer, floating-point, boolean or string type, byte order
// and memory order. An array that cannot be read makes the file unreadable; of
// arrays of one name the last is read, as numpy does.
func ReadArrays(file string) ([]Array, error) {
	f, err := openArchive(file)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	defer f.Close()
	arrays, err := f.all()
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	return arrays, nil
}

// stored is an array in a file, of which only the header has been read.
type stored struct {
	name string
	header
	err  error // why it cannot be read
	open func() (io.ReadCloser, error)
}

// array reads s whole; the error reads on from its name.
func (s *stored) array() (a Array, err error) {
	a = Array{Name: s.name, Shape: s.shape, Integral: s.kind != 'f' && !s.isText()}
	if s.isText() {
		a.Text, err = s.text()
	} else {
		a.Values, err = numbers[float64](s)
	}
	return a, err
}

func (s *stored) text() ([]string, error) {
	texts, err := elements(s, s.texts)
	if s.kind == 'S' {
		decodeBytes(texts)
	}
	return texts, err
}

func numbers[V float64 | int64 | uint64](s *stored) ([]V, error) {
	return elements(s, func(dst []V, b []byte) { decode(s.element, dst, b) })
}

// elements reads and decodes the elements of s, row-major. The file has been found to
// be large enough for them; memory is touched only as they arrive.
func elements[V any](s *stored, decode func(dst []V, b []byte)) (out []V, err error) {
	if s.err != nil {
		return nil, s.err
	}
	if err := s.affordable(); err != nil {
		return nil, err
	}
	err = s.reading(func(r io.Reader) error {
		out = make([]V, s.n)
		inHugePages(bytesOf(out))
		if s.asInMemory() && !(s.fortran && len(s.shape) > 1) {
			if numbers, ok := any(out).([]float64); ok {
				_, err := io.ReadFull(r, bytesOf(numbers))
				return err
			}
		}
		buffer := make([]byte, max(1, min(1<<18/s.size, s.n))*s.size)
		fill := func(dst []V) error {
			for len(dst) > 0 {
				k := min(len(dst), len(buffer)/s.size)
				if _, err := io.ReadFull(r, buffer[:k*s.size]); err != nil {
					return err
				}
				decode(dst[:k], buffer)
				dst = dst[k:]
			}
			return nil
		}
		if s.fortran && len(s.shape) > 1 {
			return rowMajor(out, s.shape, fill)
		}
		return fill(out)
	})
	if err != nil {
		return nil, damaged(err)
	}
	return out, nil
}

// reading hands the elements' bytes over, and sees to their end: the checksum of a member
// is compared there.
func (s *stored) reading(do func(r io.Reader) error) error {
	r, err := s.open()
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := io.CopyN(io.Discard, r, s.start); err != nil {
		return err
	}
	if err := do(r); err != nil {
		return err
	}
	if n, err := io.ReadFull(r, make([]byte, 1)); n == 0 && err != io.EOF {
		return err
	}
	return nil
}

// affordable refuses an array that memory has no room for.
func (s *stored) affordable() error {
	const small = 1 << 24
	need := int64(s.n) * 8
	if s.isText() {
		need = int64(s.n) * int64(s.size+16)
	}
	if need < small {
		return nil
	}
	if free, known := freeMemory(system); known && need > free {
		return fmt.Errorf("of shape %s takes %.3g GB of memory, and %.3g GB are free: save part of it", shapeText(s.shape), float64(need)/1e9, float64(free)/1e9)
	}
	return nil
}

// rowMajor fills out with elements that arrive with the first axis running fastest.
// They come in planes of the last axis: eight are waited for, so that what lies side
// by side in out, a line of cache, is written at once.
func rowMajor[V any](out []V, shape []int, fill func([]V) error) error {
	if len(out) == 0 {
		return nil
	}
	last := shape[len(shape)-1]
	plane := len(out) / last
	block := make([]V, min(8, last)*plane)
	for k := 0; k < last; k += 8 {
		planes := block[:min(8, last-k)*plane]
		if err := fill(planes); err != nil {
			return err
		}
		place(out[k:], planes, shape)
	}
	return nil
}

// place writes planes of the last axis side by side into out.
func place[V any](out, planes []V, shape []int) {
	axes := len(shape) - 1
	stride := slices.Repeat([]int{1}, axes+1) // of out
	for k := axes; k > 0; k-- {
		stride[k-1] = stride[k] * shape[k]
	}
	plane := stride[0] * shape[0] / shape[axes]
	at, to := make([]int, axes), 0
	for i := range plane {
		for k := i; k < len(planes); k += plane {
			out[to+k/plane] = planes[k]
		}
		for k := range axes { // the next place, the first axis fastest
			at[k]++
			to += stride[k]
			if at[k] < shape[k] {
				break
			}
			to -= at[k] * stride[k]
			at[k] = 0
		}
	}
}
