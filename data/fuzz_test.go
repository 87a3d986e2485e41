package data

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sbinet/npyio/npy/float16"
	"github.com/stretchr/testify/require"
)

// Any bytes are read or refused in a line, and take no more memory than they can hold.
// What is read of a .npy file is as many elements as its bytes are, and the same ones.
func FuzzReadArrays(f *testing.F) {
	files, err := filepath.Glob("testdata/*.np?")
	require.NoError(f, err)
	for _, file := range files {
		b, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(b)
	}
	small := withHeader(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2)}", float64s(1, 2, 3, 4))
	empty := withHeader(2, "{\"shape\": (2147483647,),\"descr\": '<U0', 'fortran_order':True}", nil)
	bomb := withHeader(3, "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000L,), }\n", make([]byte, 1e6))
	for _, b := range [][]byte{
		small, empty, []byte(magic + "\x02\x00\xff\xff\xff\xff{"),
		withHeader(1, strings.Repeat("(", 1000), nil),
		archived(f, member{"a.npy", zip.Deflate, bomb}),
		archived(f, member{"a.npy", zip.Deflate, empty}, member{"a.npy", zip.Store, small}, member{"a", zip.Store, small}, member{name: ".npy"}),
	} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var arrays []Array
		var err error
		took := allocated(func() { arrays, err = readBytes(b) })
		room := uint64(4<<20 + 64*len(b))
		if !bytes.HasPrefix(b, []byte(magic)) {
			room += 24 * 1032 * uint64(len(b)) // deflated texts of one byte
		}
		require.LessOrEqual(t, took, room)
		if err != nil {
			require.NotContains(t, err.Error(), "\n")
			require.Less(t, len(err.Error()), 1000)
			return
		}
		for _, a := range arrays {
			n := 1
			for _, length := range a.Shape {
				n *= length
			}
			require.Equal(t, n, len(a.Values)+len(a.Text))
		}
		if bytes.HasPrefix(b, []byte(magic)) && !arrays[0].Integral {
			sameElements(t, b, arrays[0].Values)
		}
	})
}

// sameElements compares floating-point numbers of 4 or 8 bytes with those at the end of
// the file, in any order.
func sameElements(t *testing.T, b []byte, got []float64) {
	start := 10 + int(binary.LittleEndian.Uint16(b[8:]))
	if b[6] > 1 {
		start = 12 + int(binary.LittleEndian.Uint32(b[8:]))
	}
	content := b[start:]
	if len(got) == 0 {
		return
	}
	require.Zero(t, len(content)%len(got))
	var order binary.ByteOrder = binary.LittleEndian
	if bytes.Contains(b[:start], []byte(">")) {
		order = binary.BigEndian
	}
	var want []float64
	for size := len(content) / len(got); len(content) > 0; content = content[size:] {
		switch size {
		case 4:
			want = append(want, float64(math.Float32frombits(order.Uint32(content))))
		case 8:
			want = append(want, math.Float64frombits(order.Uint64(content)))
		default:
			return
		}
	}
	bits := func(x []float64) (b []uint64) {
		for _, v := range x {
			if math.IsNaN(v) {
				v = math.NaN()
			}
			b = append(b, math.Float64bits(v))
		}
		slices.Sort(b)
		return b
	}
	require.Equal(t, bits(want), bits(got))
}

// Files that are written here, in any type, order and spelling of the header, hold what
// was written; with a byte more or less they are refused.
func FuzzWritten(f *testing.F) {
	f.Add([]byte{1, 2, 3, 250}, byte(2), byte(3), byte(4), byte(0), uint32(0), int8(0), byte(0))
	f.Add([]byte{0}, byte(1), byte(9), byte(17), byte(5), uint32(0xffffffff), int8(0), byte(2))
	f.Add([]byte{7, 8}, byte(0), byte(2), byte(2), byte(10), uint32(0x5a5a5a5a), int8(-1), byte(3))
	f.Add([]byte{200}, byte(3), byte(3), byte(3), byte(12), uint32(0x12345678), int8(1), byte(1))
	f.Fuzz(func(t *testing.T, values []byte, i, j, k, kind byte, style uint32, extra int8, wrapped byte) {
		shape := []int{int(i % 20), int(j % 20), int(k % 20)}[:1+style%3]
		if len(values) == 0 {
			values = []byte{0}
		}
		w := writer{style: style / 3}
		e := kinds[int(kind)%len(kinds)]
		n := 1
		for _, length := range shape {
			n *= length
		}
		want := make([]float64, n)
		for at := range want {
			want[at] = e.value(values[at%len(values)])
		}
		content := e.content(want, shape, w.flag(), w.flag())
		b := w.npy(e, shape, content)
		if extra > 0 {
			b = append(b, make([]byte, extra)...)
		} else {
			b = b[:max(0, len(b)+int(extra))]
		}
		stale := withHeader(1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)}", float64s(-5))
		switch wrapped % 4 {
		case 1:
			b = archived(t, member{"a.npy", zip.Store, b})
		case 2:
			b = archived(t, member{"a.npy", zip.Deflate, b})
		case 3:
			b = archived(t, member{"a.npy", zip.Store, stale}, member{"a.npy", zip.Deflate, b})
		}
		arrays, err := readBytes(b)
		if extra != 0 {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		require.Len(t, arrays, 1)
		require.Equal(t, shape, arrays[0].Shape)
		require.Equal(t, want, arrays[0].Values)
	})
}

// A kind is a type of numpy's, its names without a byte order and with one, and the
// bytes of a whole number in it.
type kind struct {
	names   []string // the first takes a byte order
	size    int
	signed  bool
	encoded func(x float64) uint64
}

var kinds = []kind{
	{[]string{"f8", "float64", "d", "double"}, 8, true, math.Float64bits},
	{[]string{"f4", "float32", "f", "single"}, 4, true, func(x float64) uint64 { return uint64(math.Float32bits(float32(x))) }},
	{[]string{"f2", "float16", "e"}, 2, true, func(x float64) uint64 { return uint64(float16.New(float32(x)).Uint16()) }},
	{[]string{"i1", "int8", "b"}, 1, true, func(x float64) uint64 { return uint64(int64(x)) }},
	{[]string{"i2", "int16", "h"}, 2, true, func(x float64) uint64 { return uint64(int64(x)) }},
	{[]string{"i4", "int32", "i"}, 4, true, func(x float64) uint64 { return uint64(int64(x)) }},
	{[]string{"i8", "int64", "q", "l"}, 8, true, func(x float64) uint64 { return uint64(int64(x)) }},
	{[]string{"u1", "uint8", "B"}, 1, false, func(x float64) uint64 { return uint64(x) }},
	{[]string{"u2", "uint16", "H"}, 2, false, func(x float64) uint64 { return uint64(x) }},
	{[]string{"u4", "uint32", "I"}, 4, false, func(x float64) uint64 { return uint64(x) }},
	{[]string{"u8", "uint64", "Q", "L"}, 8, false, func(x float64) uint64 { return uint64(x) }},
}

func (k kind) value(b byte) float64 {
	if k.signed {
		return float64(int8(b))
	}
	return float64(b)
}

// content is values, row-major, as bytes in the order of the file.
func (k kind) content(values []float64, shape []int, fortran, big bool) (b []byte) {
	at := make([]int, len(shape))
	for i := range values {
		rest, from := i, 0
		for a := range shape {
			axis := len(shape) - 1 - a // the fastest
			if fortran {
				axis = a
			}
			at[axis], rest = rest%shape[axis], rest/shape[axis]
		}
		for axis := range shape {
			from = from*shape[axis] + at[axis]
		}
		one := binary.LittleEndian.AppendUint64(nil, k.encoded(values[from]))[:k.size]
		if big {
			slices.Reverse(one)
		}
		b = append(b, one...)
	}
	return b
}

// A writer spells headers, by the bits of its style.
type writer struct {
	style uint32
	at    int
}

// flag is the next bit; the first two are the order of the file and of its bytes.
func (w *writer) flag() bool {
	is := w.style>>(w.at%30)&1 == 1
	w.at++
	return is
}

func (w *writer) npy(k kind, shape []int, content []byte) []byte {
	order := &writer{style: w.style}
	fortran, big := order.flag(), order.flag()
	either := func(a, b string) string {
		if w.flag() {
			return b
		}
		return a
	}
	quote, blank := either("'", `"`), either(" ", "")
	descr := either("<", "=") + k.names[0]
	if big {
		descr = ">" + k.names[0]
	} else if w.flag() {
		descr = k.names[len(content)%len(k.names)]
	}
	lengths := ""
	long := either("", "L")
	for _, length := range shape {
		lengths += fmt.Sprintf("%d%s,%s", length, long, blank)
	}
	if len(shape) > 1 && w.flag() {
		lengths = strings.TrimRight(lengths, ", ")
	}
	python := map[bool]string{true: "True", false: "False"}
	pairs := []string{
		quote + "descr" + quote + blank + ":" + blank + quote + descr + quote,
		quote + "fortran_order" + quote + ":" + blank + python[fortran],
		quote + "shape" + quote + ":" + either("", "\n ") + "(" + blank + lengths + ")",
	}
	if w.flag() {
		slices.Reverse(pairs)
	}
	if w.flag() {
		pairs[0], pairs[1] = pairs[1], pairs[0]
	}
	header := "{" + blank + strings.Join(pairs, blank+","+blank) + either("", ", ") + "}" + either("", strings.Repeat(" ", 20)) + either("", "\n")
	version := byte(1)
	if w.flag() {
		version++
	}
	if w.flag() {
		version++
	}
	return withHeader(version, header, content)
}

// Any list of names is refused in a line or taken apart, of which each name is that
// of a dataset that is made here, with options that it has, or else a file's.
func FuzzNames(f *testing.F) {
	for _, list := range append(Names(),
		"", ",", "toy2d,toy2d", "surrogate/all", "surrogate/all,surrogate/mante2013", "surrogate/mante2013-shift=2", "surrogate/mante2013-seed=2-shift=-1", "exp-gaussian-dim=99999999999999999999", "exp-gaussian-seed=-seed=",
		"testdata/toy2d.npz", "testdata/layers.npz:a", "testdata/recording.npz:,toy2d", "a.npz:b.npz:c", ".npy", "testdata", "/", "x\x00y", "\xff,\n") {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		names, err := Expand(list)
		if err != nil {
			require.NotContains(t, strings.ReplaceAll(err.Error(), list, ""), "runtime error")
			return
		}
		for _, name := range names {
			require.NotEmpty(t, name)
			m, options, err := parse(name)
			if err != nil || m == nil { // or a file
				continue
			}
			require.Contains(t, Names(), m.Name)
			for option := range options {
				require.Contains(t, m.Options, option)
			}
		}
	})
}

// Any axes are refused in a line, or the file is read as they say: with all of its numbers.
func FuzzAxes(f *testing.F) {
	for _, axes := range []string{"", "trial,time,unit", "time,condition,unit", "unit,time,trial", "trial,trial,unit", "time,time,time", "unit", "sample,unit,unit", " time , unit,trial", "times,units,conditions", ",,", "\xff,unit,time"} {
		f.Add(axes)
	}
	f.Fuzz(func(t *testing.T, axes string) {
		for _, file := range []string{"testdata/trials.npz", "testdata/two-axes.npy"} {
			as, err := ReadArrays(file)
			require.NoError(t, err)
			for _, r := range []Reading{{Axes: axes}, {AxesOf: map[string]string{file: axes}}} {
				d, err := r.Load(file)
				if err != nil {
					require.NotContains(t, err.Error(), "runtime error")
					continue
				}
				if axes != "" {
					require.NoError(t, CheckAxes(axes))
				}
				held, shape := 0, d.Activity.Shape()
				for _, a := range as {
					if a.Name == activity || len(as) == 1 {
						held = len(a.Values)
					}
				}
				require.Equal(t, held, shape.TotalSize())
			}
		}
	})
}
