package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"unicode/utf8"
)

const (
	maxHeader = 1 << 16 // bytes; numpy itself reads 10,000
	maxAxes   = 64      // numpy's
)

// A header is what a .npy file says of its array before the elements.
type header struct {
	element
	shape   []int
	fortran bool  // the first axis runs fastest
	n       int   // elements
	start   int64 // bytes before them
}

// readHeader reads the header from the beginning of a .npy file. The error reads on
// from the array's name.
func readHeader(r io.Reader) (h header, err error) {
	b := make([]byte, 12)
	n, err := io.ReadFull(r, b[:10])
	ended := err == io.EOF || err == io.ErrUnexpectedEOF
	switch {
	case (err == nil || ended) && !bytes.HasPrefix(b[:n], []byte(magic)):
		return h, errors.New("is not in numpy's format: save it with numpy.save or numpy.savez")
	case err != nil:
		return h, damaged(err)
	}
	version := b[6]
	length := int64(binary.LittleEndian.Uint16(b[8:]))
	h.start = 10
	switch {
	case b[7] != 0 || version < 1 || version > 3:
		return h, badHeader(fmt.Errorf("format version %d.%d", version, b[7]))
	case version > 1:
		if _, err := io.ReadFull(r, b[10:]); err != nil {
			return h, damaged(err)
		}
		length = int64(binary.LittleEndian.Uint32(b[8:]))
		h.start = 12
	}
	if length > maxHeader {
		return h, badHeader(fmt.Errorf("%d bytes long, where %d are the most", length, maxHeader))
	}
	b = make([]byte, length)
	if _, err := io.ReadFull(r, b); err != nil {
		return h, damaged(err)
	}
	h.start += length
	text := string(b)
	switch {
	case version < 3:
		text = latin1(text)
	case !utf8.Valid(b):
		return h, badHeader(errors.New("not UTF-8"))
	}
	err = h.parse(text)
	return h, err
}

// parse reads the header's text, {'descr': …, 'fortran_order': …, 'shape': …} in any
// of Python's spellings.
func (h *header) parse(text string) error {
	v, err := parseLiteral(text)
	if err != nil {
		return badHeader(err)
	}
	d, _ := v.(dict)
	shape, isTuple := d["shape"].(tuple)
	fortran, isBool := d["fortran_order"].(bool)
	descr, described := d["descr"]
	if !isTuple || !isBool || !described || len(d) != 3 {
		return badHeader(errors.New("not descr, fortran_order and shape"))
	}
	h.fortran = fortran
	if err := h.reshape(shape); err != nil {
		return badHeader(err)
	}
	h.element, err = elementOf(descr)
	switch {
	case err == errObjects && len(shape) == 1 && h.n > 1: // perhaps trials
		return fmt.Errorf("%w; trials that differ in length are first cut to one, as np.stack([trial[:n] for trial in a])", err)
	case err != nil:
		return err
	}
	// The memory that the elements take here is then a number, too.
	if h.n > math.MaxInt/(h.size+16) {
		return badHeader(fmt.Errorf("shape %s", shapeText(h.shape)))
	}
	return nil
}

func (h *header) reshape(shape tuple) error {
	if len(shape) > maxAxes {
		return fmt.Errorf("%d axes", len(shape))
	}
	h.shape, h.n = make([]int, len(shape)), 1
	for k, v := range shape {
		length, ok := v.(int64)
		if !ok || length < 0 || length > math.MaxInt {
			return fmt.Errorf("axis %d of the shape is not a length", k)
		}
		h.shape[k] = int(length)
	}
	if slices.Contains(h.shape, 0) {
		h.n = 0
		return nil
	}
	for _, length := range h.shape {
		if h.n > math.MaxInt/length {
			return fmt.Errorf("shape %s", shapeText(h.shape))
		}
		h.n *= length
	}
	return nil
}

// fits is whether a file of so many bytes has the elements, and nothing else.
func (h header) fits(size int64) error {
	have, promised := size-h.start, int64(h.n)*int64(h.size)
	switch {
	case have < promised:
		return fmt.Errorf("is truncated: %d bytes where its shape %s promises %d; save it again", have, shapeText(h.shape), promised)
	case have > promised:
		return fmt.Errorf("has %d bytes where its shape %s promises %d; save it again, one array a file", have, shapeText(h.shape), promised)
	}
	return nil
}

func badHeader(err error) error {
	return fmt.Errorf("bad header (%w): save it with numpy.save or numpy.savez", err)
}

func damaged(err error) error {
	return fmt.Errorf("is truncated or damaged (%w): save the file again", err)
}

func shapeText(shape []int) string { return cut(fmt.Sprint(shape)) }

// cut keeps what a line can hold of what a file says.
func cut(s string) string {
	const most = 60
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// latin1 is the text of bytes of one character each.
func latin1(s string) string {
	r := make([]rune, len(s))
	for i := range r {
		r[i] = rune(s[i])
	}
	return string(r)
}
