package experiments_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/studies/optimize"
	"simgrad/experiments/studytest"

	"github.com/stretchr/testify/require"
)

// hostileValues are what arrays of a file can hold.
var hostileValues = []string{"=1+1", "\x1b[2J<b>"}

// A file's names are text wherever they come: on the page, in figures, tables and on
// the terminal; and nothing is written but in the folder for it.
func TestHostileNames(t *testing.T) {
	var hostileNames []string // what arrays of a file can be called
	b, err := os.ReadFile("report/testdata/names.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &hostileNames))
	r, dir := rand.New(rand.NewPCG(5, 0)), t.TempDir()
	arrays := []data.Array{{Name: "activity", Shape: []int{2, 24, 4}, Values: make([]float64, 2*24*4)}}
	for i := range arrays[0].Values {
		arrays[0].Values[i] = r.NormFloat64() + 6*float64(i/4%2) // all variables are in all units
	}
	for _, name := range hostileNames {
		v := data.Array{Name: name, Shape: []int{24}}
		for c := range 24 {
			v.Text = append(v.Text, hostileValues[c%2])
		}
		arrays = append(arrays, v)
	}
	file, out := filepath.Join(dir, "=\x1b[31mfile.npz"), filepath.Join(dir, "out", "here")
	require.NoError(t, data.WriteArrays(file, arrays...))
	code, said := runDecode(t, []string{"-data", file, "-out", out, "-measures", "cka", "-seeds", "1", "-permutations", "39", "-steps", "20"})
	require.Equal(t, 0, code, said)
	require.Contains(t, said, `con\x01\x1b[31mred`)
	_, scores, _ := runScore("-measures", "cka", file, file, file)
	_, _, failed := runScore("-measures", "cka", file, file+":\x1b[31m")
	for _, text := range []string{said, scores, failed} {
		require.Less(t, strings.IndexFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' }), 0, "%q", text)
	}
	require.Equal(t, 1, strings.Count(failed, "\n"))

	seen := map[string]bool{}
	for _, row := range studytest.Rows(t, studytest.Tables(t, out)["summary.csv"])[1:] {
		require.Equal(t, file, row[0])
		seen[row[5]] = true
	}
	for _, name := range hostileNames {
		require.True(t, seen[name], "%q", name)
	}
	svgs, err := filepath.Glob(filepath.Join(out, "*.svg"))
	require.NoError(t, err)
	require.Len(t, svgs, 3)
	for _, svg := range svgs {
		b, err := os.ReadFile(svg)
		require.NoError(t, err)
		d := xml.NewDecoder(bytes.NewReader(b))
		for err == nil {
			_, err = d.Token()
		}
		require.ErrorIs(t, err, io.EOF, svg)
	}
	report, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.Equal(t, 2, strings.Count(string(report), "<script"), "its own alone")
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if !d.IsDir() && path != file {
			require.True(t, strings.HasPrefix(path, out+"/"), path)
		}
		return nil
	}))
}

// Arrays of one file go by their keys where they are scored and driven to.
func TestNamesOfLayers(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "model.npz")
	var layers []data.Array
	for i, name := range []string{"layer/1", "layer/2", "blocks.0.attn"} {
		layers = append(layers, data.Array{Name: name, Shape: []int{20, 4}, Values: data.Gaussian(uint64(i), 20, 4).Float64s()})
	}
	require.NoError(t, data.WriteArrays(file, layers...))
	code, stdout, stderr := runScore("-measures", "cka", file+":layer/1", file+":layer/2", file+":blocks.0.attn")
	require.Equal(t, 0, code, stderr)
	require.Regexp(t, `x \\ y +layer/1 +layer/2 +blocks\.0\.attn\nlayer/1\n`, stdout)
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), optimize.New(), []string{"-steps", "2", "-out", filepath.Join(dir, "out"), file + ":layer/1"}, &b, &b), b.String())
	require.Contains(t, studytest.Unwrapped(b.String()), "CKA with layer/1 went from")
}
