package score

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/studytest"
	"simgrad/measures"
)

// What is near stands side by side; places in the plane are as far apart as they were.
func TestClusteredAndScaled(t *testing.T) {
	points := [][2]float64{{0, 0}, {5, 1}, {0.1, 0.2}, {5.2, 1}, {-3, 4}}
	d := make([][]float64, len(points))
	for i, a := range points {
		d[i] = make([]float64, len(points))
		for j, b := range points {
			d[i][j] = math.Hypot(a[0]-b[0], a[1]-b[1])
		}
	}
	require.Equal(t, []int{0, 2, 4, 1, 3}, clustered(d))
	x, y, share, ok := scaledDown(d)
	require.True(t, ok)
	require.InDelta(t, 1, share, 1e-12)
	for i := range points {
		for j := range points {
			require.InDelta(t, d[i][j], math.Hypot(x[i]-x[j], y[i]-y[j]), 1e-12)
		}
	}
}

// Of many datasets there is a report with matrices and maps; layers of two files are named by
// patterns, and each of one is scored with each of the other.
func TestManyReport(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, layers ...string) string {
		var arrays []data.Array
		for i, layer := range layers {
			arrays = append(arrays, data.Array{Name: layer, Shape: []int{20, 3 + i}, Values: data.Gaussian(uint64(len(name)+i), 20, 3+i).Float64s()})
		}
		require.NoError(t, data.WriteArrays(dir+"/"+name, arrays...))
		return dir + "/" + name
	}
	a, b := file("a.npz", "layer1", "layer2", "layer10"), file("bb.npz", "layer1", "layer2")
	out := dir + "/all"
	code, _, stderr := runScore("-measures", "cka,linreg", "-out", out, a+":layer*", b+":layer1", b+":layer2")
	require.Equal(t, 0, code, stderr)
	rows := studytest.Rows(t, studytest.Tables(t, out)["scores.csv"])
	require.Len(t, rows, 1+10+20)
	arrays := studytest.Arrays(t, out+"/scores.npz")
	require.Equal(t, []int{5, 5}, arrays["cka"].Shape)
	require.Equal(t, arrays["cka"].Values[1], arrays["cka"].Values[5], "symmetric")
	require.NotEqual(t, arrays["linreg-r2"].Values[1], arrays["linreg-r2"].Values[5])
	require.True(t, math.IsNaN(arrays["cka"].Values[0]))
	for _, name := range []string{"report.html", "scores.svg", "map.png"} {
		require.FileExists(t, out+"/"+name)
	}

	out = dir + "/two"
	code, stdout, stderr := runScore("-measures", "cka,linreg", "-out", out, a+":layer*", b+":layer*")
	require.Equal(t, 0, code, stderr)
	require.Len(t, studytest.Rows(t, studytest.Tables(t, out)["scores.csv"]), 1+6+6)
	cross := studytest.Arrays(t, out+"/scores.npz")["cka"]
	require.Equal(t, []int{3, 2}, cross.Shape)
	require.Equal(t, []float64{arrays["cka"].Values[3], arrays["cka"].Values[4]}, cross.Values[:2])
	require.NoFileExists(t, out+"/map.png")
	require.Regexp(t, `x \\ y +\S*bb.npz:layer1 +\S*bb.npz:layer2\n`, stdout)
	code, _, stderr = runScore(a+":block*", b)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "no array of numbers with two axes or more has such a name")
}

// A pair is the most alike only where what is written tells it apart.
func TestMostAlike(t *testing.T) {
	p := &printed{names: []string{"a", "b", "c"}}
	on := func(ab, ac, bc float64) string {
		nan := math.NaN()
		return p.most(table{m: measures.CKA, rows: []int{0, 1, 2}, columns: []int{0, 1, 2}, scores: [][]float64{{1, nan, nan}, {ab, 1, nan}, {ac, bc, 1}}})
	}
	require.Equal(t, "By CKA, c and a are most alike (0.72).", on(0.71, 0.72, 0.711))
	require.Equal(t, "By CKA, all pairs are as alike (0.71).", on(0.71, 0.712, 0.711))
}

// Scores of many datasets are kept as they are done: what is kept is not computed again, and
// what is damaged is.
func TestManyKept(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for i := range 3 {
		file := fmt.Sprintf("%s/%d.npz", dir, i)
		require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{20, 3}, Values: data.Gaussian(uint64(i), 20, 3).Float64s()}))
		files = append(files, file)
	}
	var sets []*data.Dataset
	for _, file := range files[:2] {
		d, err := data.Load(file)
		require.NoError(t, err)
		sets = append(sets, d)
	}
	out, planted := dir+"/all", 0.123
	_, keep, err := New().Kept(out, nil)
	require.NoError(t, err)
	cell := experiments.Cell{Part: "score", Data: sets, Measures: []measures.Measure{measures.CKA}}
	require.NoError(t, keep(cell, (&oneScore{Score: &planted}).record()))
	first := func() string {
		code, _, stderr := runScore(append([]string{"-measures", "cka", "-out", out}, files...)...)
		require.Equal(t, 0, code, stderr)
		return studytest.Rows(t, studytest.Tables(t, out)["scores.csv"])[1][3]
	}
	require.Equal(t, "0.123", first())
	records, err := filepath.Glob(out + "/cells/*/record.json")
	require.NoError(t, err)
	require.Len(t, records, 3)
	for _, record := range records {
		b, err := os.ReadFile(record)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(record, bytes.Replace(b, []byte("0.123"), []byte("0.124"), 1), 0o644))
	}
	// What a process that was killed has not finished goes.
	killed := exec.Command(os.Args[0], "-test.run=^$")
	require.NoError(t, killed.Run())
	host, err := os.Hostname()
	require.NoError(t, err)
	part := fmt.Sprintf("%s.%s.%d.1.part", records[0], strings.ReplaceAll(host, ".", "-"), killed.Process.Pid)
	require.NoError(t, os.WriteFile(part, nil, 0o644))
	want, err := measures.CKA.Eval(sets[0].Activity, sets[1].Activity)
	require.NoError(t, err)
	require.Equal(t, strconv.FormatFloat(want, 'g', -1, 64), first())
	require.Empty(t, studytest.Parts(t, out))
	require.NoError(t, os.RemoveAll(out+"/cells"))
	require.NoError(t, os.WriteFile(out+"/cells", nil, 0o644))
	code, _, stderr := runScore(append([]string{"-measures", "cka", "-out", out}, files...)...)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "not a directory")
}
