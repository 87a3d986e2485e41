package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/sbinet/npyio/npy"
)

// An Array is one array of a .npy or .npz file, row-major: numbers in Values or
// strings in Text.
type Array struct {
	Name   string // "" in a .npy file
	Shape  []int
	Values []float64
	Text   []string
	// Integral is whether the file holds integers or booleans.
	Integral bool
}

// ReadArrays reads all arrays of a .npz file, in the file's order, or the one of
// a .npy file: any integer, floating-point, boolean or string type, byte order
// and memory order. An array that cannot be read makes the file unreadable.
func ReadArrays(file string) ([]Array, error) {
	return readFile(file, func(name string, err error) error { return fmt.Errorf("array %q: %w", name, err) })
}

// readFile is ReadArrays that asks what becomes of an array of a .npz file that
// cannot be read: it is left out, unless that is an error.
func readFile(file string, unreadable func(name string, err error) error) ([]Array, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		var perr *os.PathError
		if errors.As(err, &perr) {
			err = perr.Err
		}
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	arrays, err := readArrays(b, unreadable)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	return arrays, nil
}

func readArrays(b []byte, unreadable func(name string, err error) error) ([]Array, error) {
	switch {
	case bytes.HasPrefix(b, []byte("\x93NUMPY")):
		a, err := readNpy(b)
		return []Array{a}, err
	case bytes.HasPrefix(b, []byte("PK")):
	default:
		return nil, errors.New("neither a .npy nor a .npz file: save it with numpy.save or numpy.savez")
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, fmt.Errorf("the .npz file is truncated or damaged (%w): save it again", err)
	}
	var arrays []Array
	for _, f := range z.File {
		name := strings.TrimSuffix(f.Name, ".npy")
		r, err := f.Open()
		if err != nil {
			return nil, fmt.Errorf("array %q: %w", name, err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return nil, fmt.Errorf("array %q is truncated or damaged (%w): save the file again", name, err)
		}
		a, err := readNpy(content)
		if err != nil {
			if err := unreadable(name, err); err != nil {
				return nil, err
			}
			continue
		}
		a.Name = name
		arrays = append(arrays, a)
	}
	return arrays, nil
}

// readNpy reads one array from the bytes of a .npy file: the header with npyio,
// which panics on some that it does not know, and the elements here, for npyio
// does not read half precision, nor more than one string.
func readNpy(b []byte) (a Array, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("bad header (%v): save it with numpy.save or numpy.savez", r)
		}
	}()
	r, err := npy.NewReader(bytes.NewReader(b))
	if err != nil {
		return a, fmt.Errorf("bad header (%w): save it with numpy.save or numpy.savez", err)
	}
	t := strings.Trim(r.Header.Descr.Type, "'")
	if strings.Contains(t, "O") {
		return a, errors.New("holds Python objects: convert it to numbers, for instance with .astype(float)")
	}
	e, ok := elementOf(t)
	if !ok {
		return a, fmt.Errorf("has type %s: convert it to numbers, for instance with .astype(float)", t)
	}
	n := 1
	for _, d := range r.Header.Descr.Shape {
		if d < 0 || (d > 0 && n > math.MaxInt32/d) {
			return a, fmt.Errorf("bad header (shape %v): save it with numpy.save or numpy.savez", r.Header.Descr.Shape)
		}
		n *= d
	}
	a.Shape, a.Integral = append([]int{}, r.Header.Descr.Shape...), strings.Contains("iub", e.kind)
	from := 10 + int(binary.LittleEndian.Uint16(b[8:])) // magic, version, length of the header, header
	if r.Header.Major > 1 {
		from = 12 + int(binary.LittleEndian.Uint32(b[8:]))
	}
	if have := len(b) - from; have < n*e.size {
		return a, fmt.Errorf("is truncated: %d bytes where its shape %v promises %d; save it again", max(0, have), a.Shape, n*e.size)
	}
	b = b[from:]
	if e.kind == "U" || e.kind == "S" {
		a.Text = make([]string, n)
		for i := range a.Text {
			a.Text[i] = e.text(b[i*e.size : (i+1)*e.size])
		}
	} else {
		a.Values = make([]float64, n)
		for i := range a.Values {
			a.Values[i] = e.number(b[i*e.size:])
		}
	}
	if r.Header.Descr.Fortran {
		a.Values, a.Text = rowMajor(a.Values, a.Shape), rowMajor(a.Text, a.Shape)
	}
	return a, nil
}

// An element is one of numpy's types: its kind (f, i, u, b, U or S), its size in
// bytes, and its byte order.
type element struct {
	kind, code string // f and f8
	size       int
	order      binary.ByteOrder
}

// elementOf reads a type as numpy writes it, as <f8.
func elementOf(t string) (e element, ok bool) {
	e.order = binary.LittleEndian
	if strings.HasPrefix(t, ">") {
		e.order = binary.BigEndian
	}
	t = strings.TrimLeft(t, "<>|=")
	if len(t) < 2 {
		return e, false
	}
	size, err := strconv.Atoi(t[1:])
	e.kind, e.code, e.size = t[:1], t, size
	switch e.kind {
	case "f":
		ok = size == 2 || size == 4 || size == 8
	case "i", "u":
		ok = size == 1 || size == 2 || size == 4 || size == 8
	case "b":
		ok = size == 1
	case "S":
		ok = size >= 0 && size < 1<<20
	case "U":
		ok = size >= 0 && size < 1<<20
		e.size *= 4
	}
	return e, ok && err == nil
}

func (e element) number(b []byte) float64 {
	var bits uint64
	switch e.size {
	case 1:
		bits = uint64(b[0])
	case 2:
		bits = uint64(e.order.Uint16(b))
	case 4:
		bits = uint64(e.order.Uint32(b))
	case 8:
		bits = e.order.Uint64(b)
	}
	switch e.code {
	case "f2":
		return half(uint16(bits))
	case "f4":
		return float64(math.Float32frombits(uint32(bits)))
	case "f8":
		return math.Float64frombits(bits)
	case "i1":
		return float64(int8(bits))
	case "i2":
		return float64(int16(bits))
	case "i4":
		return float64(int32(bits))
	case "i8":
		return float64(int64(bits))
	}
	return float64(bits) // unsigned or boolean
}

// half converts an IEEE 754 number of 16 bits.
func half(bits uint16) float64 {
	sign, exponent, fraction := 1.0, int(bits>>10&31), float64(bits&1023)
	if bits>>15 == 1 {
		sign = -1
	}
	switch exponent {
	case 0:
		return sign * math.Ldexp(fraction, -24)
	case 31:
		if fraction != 0 {
			return math.NaN()
		}
		return math.Inf(int(sign))
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

// text decodes one string, of four bytes a character or one, padded with zeros.
func (e element) text(b []byte) string {
	var s strings.Builder
	step := 1
	if e.kind == "U" {
		step = 4
	}
	for ; len(b) >= step; b = b[step:] {
		r := rune(b[0])
		if step == 4 {
			r = rune(e.order.Uint32(b))
		}
		if r != 0 {
			s.WriteRune(r)
		}
	}
	return s.String()
}

// rowMajor reorders values from column-major.
func rowMajor[V any](in []V, shape []int) []V {
	if in == nil {
		return nil
	}
	out := make([]V, len(in))
	at := make([]int, len(shape))
	for i := range out {
		from, step := 0, 1
		for k := range shape {
			from += at[k] * step
			step *= shape[k]
		}
		out[i] = in[from]
		for k := len(shape) - 1; k >= 0; k-- {
			if at[k]++; at[k] < shape[k] {
				break
			}
			at[k] = 0
		}
	}
	return out
}
