package experiments

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"simgrad/data"
)

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"é 🧠 µ×\u00a0\"\\":     "é 🧠 µ×\u00a0\"\\",
		"con\x01\x1b[31mred":   `con\x01\x1b[31mred`,
		"line\nbreak\r\ttab":   `line\nbreak\r\ttab`,
		"\x7f\u009b\ufffe\xff": `\x7f\u009b\ufffe\xff`,
		"\ufffd":               "\ufffd",
	} {
		require.Equal(t, want, plain(text))
	}
}

// hostileNames are what arrays of a file can be called; hostileValues, what they hold.
var (
	hostileNames = []string{
		`"><script>alert(1)</script>`, "=cmd|'/C calc'!A0", "+SUM(1)", "@a", "-1+1", "\ttab", "\rreturn", " blank", `\.`,
		"../../outside/pwned", "/etc/pwned", "..", "con\x01\x1b[31mred", "line\nbreak", "\u009b31m", "\ufffe", "🧠, \"µ\"", "plain",
	}
	hostileValues = []string{"=1+1", "\x1b[2J<b>"}
)

// A file's names are text wherever they come: on the page, in figures, tables and on
// the terminal; and nothing is written but in the folder for it.
func TestHostileNames(t *testing.T) {
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
	for _, row := range rows(t, contents(t, out)["summary.csv"])[1:] {
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
	require.NotContains(t, string(report), "<script")
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		if !d.IsDir() && path != file {
			require.True(t, strings.HasPrefix(path, out+"/"), path)
		}
		return nil
	}))
}

// Every figure's text is text in every format.
func TestTextOfFigures(t *testing.T) {
	hostile := strings.Join(hostileNames, " ")
	f := &Figure{Name: "f", Title: hostile, Columns: 1, Legend: []Mark{{hostile, 0, Solid}}, Panels: []Panel{{Title: hostile, X: hostile, Y: hostile, Lines: []Line{{Mark{"", 0, Solid}, []float64{0, 1}, []float64{0, 1}}}}}}
	for _, format := range []string{"png", "pdf", "svg"} {
		b, err := f.Draw(format)
		require.NoError(t, err)
		if format == "svg" {
			require.NoError(t, xml.Unmarshal(b, new(struct{})))
			require.Contains(t, string(b), `con\x01\x1b[31mred`)
		}
	}
}

// Text that a spreadsheet would take for a formula stands in quotes; all reads back as
// it was, and numbers are bare.
func TestCSVText(t *testing.T) {
	table := CSV{Name: "t", Header: []string{"name", "number", "count"}}
	for _, name := range append([]string{""}, hostileNames...) {
		table.Rows = append(table.Rows, []any{name, -0.5, -3})
	}
	b, err := table.Encode()
	require.NoError(t, err)
	lines := string(b)
	for _, want := range []string{"\n,-0.5,-3\n", "\n\"=cmd|'/C calc'!A0\",-0.5,-3\n", "\n\"+SUM(1)\",", "\n\"@a\",", "\n\"-1+1\",", "\n\"\ttab\",", "\n\"con\x01\x1b[31mred\",", "\n\"🧠, \"\"µ\"\"\",", "\nplain,", "\n/etc/pwned,"} {
		require.Contains(t, lines, want)
	}
	read, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	require.NoError(t, err)
	for i, row := range table.Rows {
		require.Equal(t, []string{row[0].(string), "-0.5", "-3"}, read[i+1])
	}

	python, err := exec.LookPath("python3")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("no python3 to read it with")
	}
	cmd := exec.CommandContext(context.Background(), python, "-c", `import csv, io, sys
sys.stdout.buffer.write("\0".join(row[0] for row in csv.reader(io.TextIOWrapper(sys.stdin.buffer, "utf-8", newline=""))).encode())`)
	cmd.Stdin = bytes.NewReader(b)
	said, err := cmd.Output()
	require.NoError(t, err)
	require.Equal(t, append([]string{"name", ""}, hostileNames...), strings.Split(string(said), "\x00"))
}
