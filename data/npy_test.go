package data

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"github.com/sbinet/npyio/npy"
	"github.com/sbinet/npyio/npz"
)

func arange(n int) []float64 {
	v := make([]float64, n)
	for i := range v {
		v[i] = float64(i)
	}
	return v
}

// Arrays that numpy wrote, of every real type, byte order and memory order, are
// read the same.
func TestNumpyTypes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.npy")
	require.NoError(t, err)
	read := 0
	for _, file := range files {
		name := filepath.Base(file)
		if slices.Contains([]string{"complex.npy", "object.npy", "date.npy", "structured.npy", "structured-one.npy"}, name) {
			continue
		}
		as, err := ReadArrays(file)
		require.NoError(t, err, name)
		require.Len(t, as, 1)
		want, shape := arange(24), []int{2, 4, 3}
		if strings.HasPrefix(name, "b1") {
			for i := range want {
				want[i] = math.Min(1, want[i])
			}
		}
		if strings.HasPrefix(name, "two-axes") {
			shape = []int{8, 3}
		}
		require.Equal(t, shape, as[0].Shape, name)
		require.Equal(t, want, as[0].Values, name)
		kind := strings.TrimPrefix(strings.TrimPrefix(name, "little-"), "big-")
		require.Equal(t, strings.Contains("iub", kind[:1]), as[0].Integral, name)
		read++
	}
	require.Equal(t, 42, read)
}

func TestUnreadable(t *testing.T) {
	for file, want := range map[string]string{
		"testdata/complex.npy": "data: testdata/complex.npy: has type <c16: convert it to numbers, for instance with .astype(float)",
		"testdata/object.npy":  "data: testdata/object.npy: holds Python objects: convert it, labels with .astype(str), numbers with .astype(float); trials that differ in length are first cut to one, as np.stack([trial[:n] for trial in a])",
		"testdata/date.npy":    "data: testdata/date.npy: has type <M8[D]: convert it to numbers, for instance with .astype(float)",
		"testdata":             "data: testdata: is a directory",
		"testdata/none.npy":    "data: testdata/none.npy: no such file or directory",
		"testdata/make.py":     "data: testdata/make.py: neither a .npy nor a .npz file: save it with numpy.save or numpy.savez",
	} {
		_, err := ReadArrays(file)
		require.EqualError(t, err, want)
	}
	for _, file := range []string{"little-f8.npy", "little-i4-fortran.npy", "recording.npz", "compressed.npz"} {
		whole, err := os.ReadFile("testdata/" + file)
		require.NoError(t, err)
		for _, keep := range []int{len(whole) - 1, len(whole) / 2, 90, 20, 7} {
			_, err := readBytes(whole[:keep])
			require.Error(t, err, "%s cut to %d bytes", file, keep)
			require.NotContains(t, err.Error(), "\n")
		}
	}
}

// A .npz file of numpy's is a dataset: activity, and task variables of integers,
// integral numbers and strings, but none that begin with time.
func TestRecording(t *testing.T) {
	for _, name := range []string{"testdata/recording.npz", "testdata/compressed.npz"} {
		d, err := Load(name)
		require.NoError(t, err)
		require.Equal(t, []int{2, 4, 3}, d.Shape)
		require.Equal(t, arange(24), d.Activity.Float64s())
		variables := map[string][]int{}
		values := map[string][]string{}
		for _, v := range d.Variables {
			variables[v.Name], values[v.Name] = v.Class, v.Values
		}
		require.Equal(t, map[string][]int{
			"side": {0, 1, 0, 1}, "whole": {1, 1, 0, 2}, "word": {0, 2, 0, 1}, "word_big": {1, 0, 1, 2}, "letters": {1, 0, 1, 0}, "flag": {1, 0, 1, 1},
		}, variables)
		require.Equal(t, []string{"left", "naïve", "right"}, values["word"])
		require.Equal(t, []string{"-1", "3", "7"}, values["whole"])
		require.Equal(t, 8, d.Samples().Shape()[0])
	}
	d, err := Load("testdata/compressed.npz:rates")
	require.NoError(t, err)
	require.Equal(t, []int{4, 3}, d.Shape)
	require.Equal(t, 1, d.Times())
	require.Equal(t, 4, d.Conditions())
	require.Len(t, d.Variables, 6)
	_, err = Load("testdata/compressed.npz:rate")
	require.ErrorContains(t, err, `no array "rate" in the file, which has activity [2 4 3], rates [4 3]`)
	d, err = Load("testdata/two-axes.npy")
	require.NoError(t, err)
	require.Equal(t, 8, d.Conditions())
	_, err = Load("testdata/recording.npz:word")
	require.EqualError(t, err, `data: testdata/recording.npz:word: array "word" holds text; activity is numbers`)
}

// What is written is read back, and replaces its predecessor whole.
func TestWriteArrays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "a.npz")
	want := []Array{
		{Name: "activity", Shape: []int{2, 3, 1}, Values: []float64{1, 0.1, -1e300, math.Inf(1), 5e-324, 6}},
		{Name: "class", Shape: []int{3}, Values: []float64{0, -7, 1 << 40}, Integral: true},
		{Name: "none", Shape: []int{0, 4}, Values: []float64{}},
	}
	for range 2 {
		require.NoError(t, WriteArrays(file, want...))
		got, err := ReadArrays(file)
		require.NoError(t, err)
		require.Equal(t, want, got)
		for _, a := range want[:2] {
			require.Equal(t, a.Values, byNpyio(t, file, a.Name), "as another reader reads it")
		}
	}
	require.ErrorContains(t, WriteArrays(file, Array{Name: "a", Shape: []int{3}, Values: []float64{1}}), `array "a": 1 values for shape [3]`)
	got, err := ReadArrays(file)
	require.NoError(t, err)
	require.Equal(t, want, got, "a failed write leaves the file as it was")
	left, err := filepath.Glob(filepath.Join(filepath.Dir(file), "*.part"))
	require.NoError(t, err)
	require.Empty(t, left)
	first, err := os.ReadFile(file)
	require.NoError(t, err)
	before, err := os.Stat(file)
	require.NoError(t, err)
	require.NoError(t, WriteArrays(file, want...))
	after, err := os.Stat(file)
	require.NoError(t, err)
	require.False(t, os.SameFile(before, after), "who reads the file reads the old one to its end")
	second, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, first, second, "the same arrays are the same bytes")
}

// What may have been meant for a task variable and is not of its shape is said to be
// passed over, one by one; the rest is counted up.
func TestLabelsThatDoNotFit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.npz")
	whole := func(name string, shape ...int) Array {
		return Array{Name: name, Shape: shape, Values: make([]float64, tensor.Shape(shape).TotalSize()), Integral: true}
	}
	x := Gaussian(1, 3*8, 5).Float64s()
	copy(x[(0*8+6)*5:][:5], x[(0*8+2)*5:][:5]) // condition 6 is 2 at the first time alone
	arrays := []Array{
		{Name: "activity", Shape: []int{3, 8, 5}, Values: x},
		whole("fits", 8), whole("short", 7), whole("column", 8, 1), whole("by_time", 3, 8),
		whole("unit", 5), whole("bins", 3), whole("rate", 1), whole("counts", 3, 8, 5), whole("time_of_trial", 7),
		{Name: "names", Shape: []int{9}, Text: strings.Split("a b c d e f g h i", " ")},
		{Name: "weights", Shape: []int{8, 2}, Values: []float64{0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
	}
	require.NoError(t, WriteArrays(file, arrays...))
	d, err := Load(file)
	require.NoError(t, err)
	require.Len(t, d.Variables, 1)
	fits := "is not taken for a task variable, which is of shape [8]: one value for each condition."
	require.ElementsMatch(t, []string{
		`Array "short" of shape [7] ` + fits, `Array "column" of shape [8 1] ` + fits, `Array "by_time" of shape [3 8] ` + fits, `Array "names" of shape [9] ` + fits,
		"Not used: unit [5], bins [3], rate [1], counts [3 8 5], weights [8 2]. A task variable is one whole number or text for each of the 8 conditions; a continuous one is numbers, not whole, of condition, time or both.",
	}, d.Card.Notes)

	// Rows that are times and conditions at once, and conditions of two axes.
	require.NoError(t, WriteArrays(file, Array{Name: "activity", Shape: []int{24, 5}, Values: x}, whole("side", 8)))
	d, err = Load(file)
	require.NoError(t, err)
	require.Equal(t, `Array "side" of shape [8] is not taken for a task variable, which is of shape [24]: one value for each condition; if the 24 rows are 3 times of 8 conditions, save activity.reshape(3, 8, -1), or, where those of a condition follow each other, activity.reshape(8, 3, -1).transpose(1, 0, 2).`, d.Card.Notes[0])
	require.NoError(t, WriteArrays(file, Array{Name: "activity", Shape: []int{4, 6, 5}, Values: x[:120]}, whole("side", 6)))
	d, err = Reading{Axes: "condition,condition,unit"}.Load(file)
	require.NoError(t, err)
	require.Contains(t, d.Card.Notes[1], "which is of shape [24]: one value for each condition; of one of the axes that are conditions, numpy.repeat or numpy.tile makes them.")

	// Conditions that are the same at all times.
	same := func(c, as int) {
		for time := range 3 {
			copy(x[(time*8+c)*5:][:5], x[(time*8+as)*5:][:5])
		}
		require.NoError(t, WriteArrays(file, arrays[:2]...))
		d, err = Load(file)
		require.NoError(t, err)
		require.Len(t, d.Card.Notes, 1)
	}
	same(6, 2)
	require.Equal(t, "Condition 6 has the activity of condition 2 (counted from 0): cross-validation that trains on the one and tests on the other finds what is not there.", d.Card.Notes[0])
	same(7, 2)
	require.Contains(t, d.Card.Notes[0], "2 conditions have the activity of another, as 6 that of 2 (counted from 0)")
	x[(1*8+5)*5+3] = 1e4
	require.NoError(t, WriteArrays(file, arrays[0]))
	d, err = Load(file)
	require.NoError(t, err)
	require.Equal(t, "The value 1e+04 at time 1, condition 5, unit 3 (counted from 0) has 96 % of the variance of the whole: if it is an artefact, fill it first, for scores and decoders see little else.", d.Card.Notes[1])
}

// readBytes reads all arrays of a file with these bytes.
func readBytes(b []byte) ([]Array, error) {
	f, err := readArchive(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	return f.all()
}

// What is no number or text of a recording is passed over, and said so; an array
// that is asked for is not.
func TestPassedOver(t *testing.T) {
	d, err := Load("testdata/passed-over.npz")
	require.NoError(t, err)
	require.Len(t, d.Variables, 1)
	require.Equal(t, "side", d.Variables[0].Name)
	require.Len(t, d.Continuous, 1)
	require.Equal(t, "coherence", d.Continuous[0].Name)
	require.ElementsMatch(t, []string{
		`Array "choice", one value for each condition, is not taken for a variable: it has the value NaN at condition 2 (counted from 0). Fill such values, or drop their conditions; classes may be text, as .astype(str) makes them.`,
		`Array "about" was passed over: holds Python objects: convert it, labels with .astype(str), numbers with .astype(float).`,
		`Array "recorded" was passed over: has type <M8[D]: convert it to numbers, for instance with .astype(float).`,
	}, d.Card.Notes)
	_, err = Load("testdata/passed-over.npz:about")
	require.EqualError(t, err, `data: testdata/passed-over.npz: array "about": holds Python objects: convert it, labels with .astype(str), numbers with .astype(float)`)
	_, err = ReadArrays("testdata/passed-over.npz")
	require.ErrorContains(t, err, `array "about": holds Python objects`)
}

// byNpyio reads an array of a .npz file with npyio.
func byNpyio(t *testing.T, file, name string) (values []float64) {
	var a npy.Array
	f, err := npz.Open(file)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Read(name+".npy", &a))
	switch data := a.Data().(type) {
	case []float64:
		return data
	case []int64:
		for _, x := range data {
			values = append(values, float64(x))
		}
	}
	return values
}
