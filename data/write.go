package data

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"
)

// WriteArrays writes arrays of numbers or text to a .npz file that numpy.load reads,
// whole or not at all: numbers as <f8, or <i8 where Integral is set, text as <U.
func WriteArrays(file string, arrays ...Array) error {
	return WriteFile(file, func(w io.Writer) error {
		if err := EncodeArrays(w, arrays...); err != nil {
			return fmt.Errorf("data: %s: %w", file, err)
		}
		return nil
	})
}

// EncodeArrays writes what WriteArrays makes a file of.
func EncodeArrays(w io.Writer, arrays ...Array) error {
	z := zip.NewWriter(w)
	for _, a := range arrays {
		w, err := z.CreateHeader(&zip.FileHeader{Name: a.Name + ".npy", Method: zip.Store})
		if err != nil {
			return err
		}
		if err := writeNpy(w, a); err != nil {
			return fmt.Errorf("array %q: %w", a.Name, err)
		}
	}
	return z.Close()
}

// EncodeArray writes an array as a .npy file.
func EncodeArray(w io.Writer, a Array) error { return writeNpy(w, a) }

// writeNpy writes a in format 1.0, little-endian and row-major.
func writeNpy(w io.Writer, a Array) error {
	n, shape := 1, ""
	for _, d := range a.Shape {
		n *= d
		shape += fmt.Sprintf("%d,", d)
	}
	if has := max(len(a.Values), len(a.Text)); n != has && a.Stream == nil {
		return fmt.Errorf("%d values for shape %v", has, a.Shape)
	}
	kind, width := "<f8", 1
	switch {
	case a.Text != nil:
		for _, text := range a.Text {
			width = max(width, utf8.RuneCountInString(text))
		}
		kind = fmt.Sprintf("<U%d", width)
	case a.Integral:
		kind = "<i8"
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, shape)
	const preamble, align = 10, 64
	header += strings.Repeat(" ", align-1-(preamble+len(header))%align) + "\n"
	b := append([]byte(magic+"\x01\x00"), byte(len(header)), byte(len(header)>>8))
	if _, err := w.Write(append(b, header...)); err != nil {
		return err
	}
	written, buffer := 0, make([]byte, 0, 1<<16)
	err := a.each(func(values []float64) error {
		for len(values) > 0 {
			k := min(len(values), cap(buffer)/8)
			b := buffer
			for _, x := range values[:k] {
				bits := math.Float64bits(x)
				if a.Integral {
					bits = uint64(int64(x))
				}
				b = binary.LittleEndian.AppendUint64(b, bits)
			}
			if _, err := w.Write(b); err != nil {
				return err
			}
			values, written = values[k:], written+k
		}
		return nil
	})
	if err != nil {
		return err
	}
	if a.Text == nil {
		if written != n {
			return fmt.Errorf("%d values for shape %v", written, a.Shape)
		}
		return nil
	}
	b = b[:0]
	for _, text := range a.Text {
		points := make([]rune, width) // padded with zeros
		copy(points, []rune(text))
		for _, r := range points {
			b = binary.LittleEndian.AppendUint32(b, uint32(r))
		}
	}
	_, err = w.Write(b)
	return err
}
