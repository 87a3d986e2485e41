package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// An element is one of numpy's types: its kind (f, i, u, b for boolean, U or S for
// text), its size in bytes, and its byte order.
type element struct {
	kind byte
	size int
	big  bool
}

// typeNames are numpy's other names for its types, and C's letters.
var typeNames = map[string]string{
	"float64": "f8", "double": "f8", "float": "f8", "float_": "f8", "d": "f8",
	"float32": "f4", "single": "f4", "f": "f4", "float16": "f2", "half": "f2", "e": "f2",
	"int8": "i1", "byte": "i1", "b": "i1", "uint8": "u1", "ubyte": "u1", "B": "u1",
	"int16": "i2", "short": "i2", "h": "i2", "uint16": "u2", "ushort": "u2", "H": "u2",
	"int32": "i4", "intc": "i4", "i": "i4", "uint32": "u4", "uintc": "u4", "I": "u4",
	"int64": "i8", "int": "i8", "int_": "i8", "intp": "i8", "longlong": "i8", "l": "i8", "q": "i8", "p": "i8",
	"uint64": "u8", "uint": "u8", "uintp": "u8", "ulonglong": "u8", "L": "u8", "Q": "u8", "P": "u8",
	"bool": "b1", "bool_": "b1", "?": "b1",
}

var errObjects = errors.New("holds Python objects: convert it, labels with .astype(str), numbers with .astype(float)")

// elementOf reads the descr of a header; the error reads on from the array's name.
func elementOf(descr any) (e element, err error) {
	t, ok := descr.(string)
	if fields, structured := descr.(list); structured {
		return e, fmt.Errorf("is a structured array: save one of its fields, as a%s", cut(fieldOf(fields)))
	}
	if !ok {
		return e, badHeader(errors.New("descr is not a type"))
	}
	e.big = strings.HasPrefix(t, ">")
	code := strings.TrimLeft(t, "<>|=")
	if c, ok := typeNames[code]; ok {
		code = c
	}
	if code == "" {
		return e, badHeader(errors.New("descr is empty"))
	}
	e.kind = code[0]
	e.size, err = strconv.Atoi(code[1:])
	switch {
	case e.kind == 'O':
		return e, errObjects
	case (e.kind == 'S' || e.kind == 'U') && e.size == 0:
		return e, errors.New("holds texts of no length: leave it out")
	case err != nil || !e.known():
		return e, fmt.Errorf("has type %s: convert it to numbers, for instance with .astype(float)", clean(t))
	}
	if e.kind == 'U' {
		e.size *= 4
	}
	return e, nil
}

// known is whether elements like e are read.
func (e element) known() bool {
	const longestText = 1 << 18 // characters
	switch e.kind {
	case 'f':
		return e.size == 2 || e.size == 4 || e.size == 8
	case 'i', 'u':
		return e.size == 1 || e.size == 2 || e.size == 4 || e.size == 8
	case 'b':
		return e.size == 1
	case 'S', 'U':
		return 0 < e.size && e.size <= longestText
	}
	return false
}

// fieldOf is how Python gets at the first field that is numbers, or else at the first.
func fieldOf(fields list) string {
	first := ""
	for _, f := range fields {
		field, _ := f.(tuple)
		if len(field) < 2 {
			continue
		}
		name, _ := field[0].(string)
		if titled, ok := field[0].(tuple); ok && len(titled) == 2 { // (title, name)
			name, _ = titled[1].(string)
		}
		quoted := strconv.Quote(name)
		at := "['" + strings.NewReplacer(`\"`, `"`, `'`, `\'`).Replace(quoted[1:len(quoted)-1]) + "']"
		if inner, ok := field[1].(list); ok {
			at += fieldOf(inner)
		} else if e, err := elementOf(field[1]); err == nil && !e.isText() {
			return at
		}
		if first == "" && name != "" { // without a name it fills a gap
			first = at
		}
	}
	return first
}

func (e element) isText() bool { return e.kind == 'U' || e.kind == 'S' }

// decode converts the elements in b, which it may reorder, to dst. Integers are exact
// in int64, and in uint64 where they are not signed.
func decode[V float64 | int64 | uint64](e element, dst []V, b []byte) {
	if e.big {
		swap(b, e.size)
	}
	little := binary.LittleEndian
	switch string(e.kind) + strconv.Itoa(e.size) {
	case "f2":
		for i := range dst {
			dst[i] = V(half(little.Uint16(b[2*i:])))
		}
	case "f4":
		at := unsafe.Pointer(unsafe.SliceData(b))
		if littleEndian && uintptr(at)%4 == 0 {
			for i, v := range unsafe.Slice((*float32)(at), len(dst)) {
				dst[i] = V(v)
			}
			return
		}
		for i := range dst {
			dst[i] = V(math.Float32frombits(little.Uint32(b[4*i:])))
		}
	case "f8":
		for i := range dst {
			dst[i] = V(math.Float64frombits(little.Uint64(b[8*i:])))
		}
	case "i1":
		for i := range dst {
			dst[i] = V(int8(b[i]))
		}
	case "i2":
		for i := range dst {
			dst[i] = V(int16(little.Uint16(b[2*i:])))
		}
	case "i4":
		for i := range dst {
			dst[i] = V(int32(little.Uint32(b[4*i:])))
		}
	case "i8":
		for i := range dst {
			dst[i] = V(int64(little.Uint64(b[8*i:])))
		}
	case "u1", "b1":
		for i := range dst {
			dst[i] = V(b[i])
		}
	case "u2":
		for i := range dst {
			dst[i] = V(little.Uint16(b[2*i:]))
		}
	case "u4":
		for i := range dst {
			dst[i] = V(little.Uint32(b[4*i:]))
		}
	case "u8":
		for i := range dst {
			dst[i] = V(little.Uint64(b[8*i:]))
		}
	}
}

// swap turns elements of this size from big-endian to little-endian.
func swap(b []byte, size int) {
	switch size {
	case 2:
		for ; len(b) >= 2; b = b[2:] {
			binary.LittleEndian.PutUint16(b, binary.BigEndian.Uint16(b))
		}
	case 4:
		for ; len(b) >= 4; b = b[4:] {
			binary.LittleEndian.PutUint32(b, binary.BigEndian.Uint32(b))
		}
	case 8:
		for ; len(b) >= 8; b = b[8:] {
			binary.LittleEndian.PutUint64(b, binary.BigEndian.Uint64(b))
		}
	}
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

// texts decodes the texts in b, padded with zeros; those of S are bytes yet, for
// their encoding shows in all of them.
func (e element) texts(dst []string, b []byte) {
	for i := range dst {
		one := b[i*e.size : (i+1)*e.size]
		if e.kind == 'S' {
			dst[i] = strings.TrimRight(string(one), "\x00")
			continue
		}
		var s strings.Builder
		for ; len(one) > 0; one = one[4:] {
			c := binary.LittleEndian.Uint32(one)
			if e.big {
				c = binary.BigEndian.Uint32(one)
			}
			if r := rune(c); utf8.ValidRune(r) {
				s.WriteRune(r)
			} else {
				fmt.Fprintf(&s, `\U%08x`, c) // no character; as Python writes it
			}
		}
		dst[i] = strings.TrimRight(s.String(), "\x00")
	}
}

// decodeBytes reads texts of bytes as UTF-8, which h5py and .encode() write, or where
// one of them is not that, as Latin-1.
func decodeBytes(texts []string) {
	for _, s := range texts {
		if !utf8.ValidString(s) {
			for i := range texts {
				texts[i] = latin1(texts[i])
			}
			return
		}
	}
}
