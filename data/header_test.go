package data

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseLiteral(t *testing.T) {
	for text, want := range map[string]any{
		"{}":                           dict{},
		" { 'a' : 1 , \"b\":[True],}":  dict{"a": int64(1), "b": list{true}},
		"{'a': 1, 'a': 2}":             dict{"a": int64(2)},
		"()":                           tuple(nil),
		"(12)":                         int64(12),
		"(12,)":                        tuple{int64(12)},
		"(12L,-4l\n,0)":                tuple{int64(12), int64(-4), int64(0)},
		"[('it\\'s', u'\\xe9'), None]": list{tuple{"it's", "é"}, nil},
		`"it's"`:                       "it's",
		"((((((('deep',),),),),),),)":  tuple{tuple{tuple{tuple{tuple{tuple{tuple{"deep"}}}}}}},
	} {
		v, err := parseLiteral(text)
		require.NoError(t, err, text)
		require.Equal(t, want, v, text)
	}
	for text, want := range map[string]string{
		"":                        "it ends too early",
		"{'a': 1":                 "it ends too early",
		"{'a' 1}":                 `at "1}"`,
		"{'a': 1 'b': 2}":         `at "'b': 2}"`,
		"{1: 2}":                  `at "1: 2}"`,
		"{,}":                     `at ",}"`,
		"(1,,2)":                  `at ",2)"`,
		"(1 2)":                   `at "2)"`,
		"(1, 2]":                  `at "]"`,
		"(1.5,)":                  `at ".5,)"`,
		"012":                     `at "012"`,
		"9223372036854775808":     `at "9223372036854775808"`,
		"-":                       `at "-"`,
		"__import__('os')":        `at "__import__('os')"`,
		"'open":                   `at "'open"`,
		`'\q'`:                    `at "'\\q'"`,
		"Truely":                  `at "ly"`,
		"{} {}":                   `at "{}"`,
		strings.Repeat("[", 9):    "more than 8 levels deep",
		strings.Repeat("(", 6e4):  "more than 8 levels deep",
		strings.Repeat("é", 1000): fmt.Sprintf(`at "%s…"`, strings.Repeat("é", 60)),
	} {
		_, err := parseLiteral(text)
		require.EqualError(t, err, want, text)
	}
}

// withHeader is a .npy file with a header of this text, as it is, before the bytes.
func withHeader(version byte, header string, content []byte) []byte {
	b := append([]byte(magic), version, 0)
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(header)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	}
	return append(append(b, header...), content...)
}

func float64s(values ...float64) (b []byte) {
	for _, x := range values {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

// A header is read in any spelling that Python reads.
func TestHeadersOfAnyWriter(t *testing.T) {
	want := []float64{1, -2, 3e300, 4, 0.1, 6}
	for _, header := range []string{
		"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }     \n",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}\n",
		"{'descr':'<f8','fortran_order':False,'shape':(2,3)}",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3) }",
		"{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3,),}",
		"{'shape': (2, 3), 'fortran_order': False, 'descr': '<f8'}",
		`{"descr": "<f8", "fortran_order": False, "shape": (2, 3)}`,
		" {\n 'descr' : u'<f8' ,\t'fortran_order' : False , 'shape' : ( 2L , 3L ) , } ",
		"{'descr': 'float64', 'fortran_order': False, 'shape': (2, 3)}",
		"{'descr': '=d', 'fortran_order': False, 'shape': (2, 3)}",
		"{'descr': 'f8', 'fortran_order': False, 'shape': (2, (3))}",
	} {
		for version := range byte(3) {
			a, err := readBytes(withHeader(version+1, header, float64s(want...)))
			require.NoError(t, err, header)
			require.Equal(t, []Array{{Shape: []int{2, 3}, Values: want}}, a, header)
		}
	}
	// Every name of a type, beside numpy's numpy.dtype(name).str.
	for name, code := range typeNames {
		content := make([]byte, 8)
		size := int(code[1] - '0')
		a, err := readBytes(withHeader(1, fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d,)}", name, 8/size), content))
		require.NoError(t, err, name)
		require.Equal(t, strings.Contains("iub", code[:1]), a[0].Integral, name)
	}
}

func TestHeadersRefused(t *testing.T) {
	header := func(descr, shape string) string {
		return fmt.Sprintf("{'descr': %s, 'fortran_order': False, 'shape': %s}", descr, shape)
	}
	save := "): save it with numpy.save or numpy.savez"
	for _, c := range []struct {
		header, want string
	}{
		{header("'<f8'", "(2, 3)"), "is truncated: 32 bytes where its shape [2 3] promises 48; save it again"},
		{header("'<f8'", "(3,)"), "has 32 bytes where its shape [3] promises 24; save it again, one array a file"},
		{header("'<f8'", "()"), "has 32 bytes where its shape [] promises 8; save it again, one array a file"},
		{header("'<f8'", "(0, 9)"), "has 32 bytes where its shape [0 9] promises 0; save it again, one array a file"},
		{header("'<f8'", "[4]"), "bad header (not descr, fortran_order and shape" + save},
		{header("'<f8'", "(4)"), "bad header (not descr, fortran_order and shape" + save},
		{header("'<f8'", "(-4,)"), "bad header (axis 0 of the shape is not a length" + save},
		{header("'<f8'", "(4, True)"), "bad header (axis 1 of the shape is not a length" + save},
		{header("'<f8'", "(4294967296, 4294967296, 1)"), "bad header (shape [4294967296 4294967296 1]" + save},
		{header("'<f8'", "(2305843009213693952,)"), "bad header (shape [2305843009213693952]" + save},
		{header("'|u1'", "(9223372036854775807,)"), "bad header (shape [9223372036854775807]" + save},
		{header("'<f8'", "("+strings.Repeat("1,", 65)+")"), "bad header (65 axes" + save},
		{header("'<U0'", "(2147483647,)"), "holds texts of no length: leave it out"},
		{header("'|S0'", "(2147483647, 1)"), "holds texts of no length: leave it out"},
		{header("'|S262145'", "(1,)"), "has type |S262145: convert it to numbers, for instance with .astype(float)"},
		{header("'"+strings.Repeat("x", 1000)+"'", "(4,)"), "has type " + strings.Repeat("x", 60) + "…: convert it to numbers, for instance with .astype(float)"},
		{header("''", "(4,)"), "bad header (descr is empty" + save},
		{header("8", "(4,)"), "bad header (descr is not a type" + save},
		{header("'|O'", "(4,)"), "holds Python objects: convert it, labels with .astype(str), numbers with .astype(float); trials that differ in length are first cut to one, as np.stack([trial[:n] for trial in a])"},
		{header("[('', '|V4'), ('name', '<U3')]", "(4,)"), "is a structured array: save one of its fields, as a['name']"},
		{header("[(('Title', 'rate'), '<f8')]", "(4,)"), "is a structured array: save one of its fields, as a['rate']"},
		{header("[('naïve\\n\"it\\'s\"', '<f8')]", "(4,)"), `is a structured array: save one of its fields, as a['naïve\n"it\'s"']`},
		{header("'a\\nb'", "(4,)"), `has type a\nb: convert it to numbers, for instance with .astype(float)`},
		{header("[('a', [('b', '<f8')])]", "(4,)"), "is a structured array: save one of its fields, as a['a']['b']"},
		{"{'descr': '<f8', 'shape': (4,)}", "bad header (not descr, fortran_order and shape" + save},
		{"{'descr': '<f8', 'fortran_order': False, 'shape': (4,), 'more': 1}", "bad header (not descr, fortran_order and shape" + save},
		{"{'descr': '<f8', 'fortran_order': 0, 'shape': (4,)}", "bad header (not descr, fortran_order and shape" + save},
		{"", "bad header (it ends too early" + save},
		{strings.Repeat("{'a':", 1e4), "bad header (more than 8 levels deep" + save},
	} {
		_, err := readBytes(withHeader(3, c.header, make([]byte, 32)))
		require.EqualError(t, err, c.want, c.header)
	}
	_, err := readBytes(withHeader(2, header("[('na\xefve', '<f8')]", "(4,)"), nil))
	require.EqualError(t, err, "is a structured array: save one of its fields, as a['naïve']", "Latin-1 before version 3")
	for file, want := range map[string]string{
		"structured.npy":     "data: testdata/structured.npy: is a structured array: save one of its fields, as a['rate']",
		"structured-one.npy": `data: testdata/structured-one.npy: is a structured array: save one of its fields, as a['it\'s']`,
	} {
		_, err := ReadArrays("testdata/" + file)
		require.EqualError(t, err, want)
	}
	for want, b := range map[string][]byte{
		"bad header (4294967295 bytes long, where 65536 are the most": []byte(magic + "\x02\x00\xff\xff\xff\xff{"),
		"bad header (format version 4.0":                              withHeader(4, "", nil),
		"bad header (format version 1.1":                              []byte(magic + "\x01\x01\x00\x00"),
		"bad header (not UTF-8":                                       withHeader(3, "\xff", nil),
		"is truncated or damaged (unexpected EOF)":                    []byte(magic + "\x01\x00\xff\xff{"),
	} {
		_, err := readBytes(b)
		require.ErrorContains(t, err, want)
		require.NotContains(t, err.Error(), "\n")
	}
}

// What numpy.load makes of the same bytes is read: halves of every kind.
func TestHalf(t *testing.T) {
	for bits, want := range map[uint16]float64{
		0: 0, 1: 0x1p-24, 0x03ff: 1023 * 0x1p-24, 0x0400: 0x1p-14, 0x3c00: 1, 0x3c01: 1 + 0x1p-10, 0x7bff: 65504, 0xc000: -2, 0x7c00: math.Inf(1), 0xfc00: math.Inf(-1),
	} {
		require.Equal(t, want, half(bits))
	}
	require.True(t, math.IsNaN(half(0x7e00)))
	require.True(t, math.Signbit(half(0x8000)))
}

// The shapes and orders that rowMajor turns, against the definition of the order.
func TestRowMajor(t *testing.T) {
	for _, shape := range [][]int{{5}, {1, 1}, {3, 1}, {1, 9}, {7, 8}, {6, 17}, {2, 3, 20}, {4, 1, 3, 9}, {2, 2, 2, 2, 2}, {3, 0}} {
		n := 1
		for _, length := range shape {
			n *= length
		}
		want := make([]float64, n)
		var content []float64
		for i := range n { // of the file, the first axis fastest
			at, rest := make([]int, len(shape)), i
			for k := range shape {
				at[k], rest = rest%shape[k], rest/shape[k]
			}
			to := 0
			for k := range shape {
				to = to*shape[k] + at[k]
			}
			want[to] = float64(i)
			content = append(content, float64(i))
		}
		text := strings.Join(strings.Fields(fmt.Sprint(shape)), ",")
		text = "(" + strings.Trim(text, "[]") + ",)"
		a, err := readBytes(withHeader(1, "{'descr': '<f8', 'fortran_order': True, 'shape': "+text+"}", float64s(content...)))
		require.NoError(t, err)
		require.Equal(t, want, a[0].Values, text)
	}
}
