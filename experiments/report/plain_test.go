package report

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
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
		require.Equal(t, want, Plain(text))
	}
}

// Every figure's text is text in every format.
func TestTextOfFigures(t *testing.T) {
	hostile := strings.Join(hostileNames(t), " ")
	f := &Figure{Name: "f", Title: hostile, Columns: 1, Legend: []Mark{NewMark(hostile, 0, Solid)}, Panels: []Panel{{Title: hostile, X: hostile, Y: hostile, Lines: []Line{NewLine(NewMark("", 0, Solid), []float64{0, 1}, []float64{0, 1})}}}}
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
	for _, name := range append([]string{""}, hostileNames(t)...) {
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
	require.Equal(t, append([]string{"name", ""}, hostileNames(t)...), strings.Split(string(said), "\x00"))
}

// hostileNames are what arrays of a file can be called.
func hostileNames(t *testing.T) (names []string) {
	b, err := os.ReadFile("testdata/names.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(b, &names))
	return names
}
