package report

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A CSV is a table of a report as a file.
type CSV struct {
	Name   string // of the file, without .csv
	Header []string
	Rows   [][]any // strings, integers and floats
}

// Encode returns the bytes of the file: numbers in their shortest form that reads back,
// text that begins like a formula in quotes.
func (t CSV) Encode() ([]byte, error) {
	var b bytes.Buffer
	writeRow := func(fields []string) { b.WriteString(strings.Join(fields, ",") + "\n") }
	writeRow(t.Header)
	for _, row := range t.Rows {
		if len(row) != len(t.Header) {
			return nil, fmt.Errorf("%s.csv: a row has %d fields, the header %d", t.Name, len(row), len(t.Header))
		}
		fields := make([]string, len(row))
		for i, v := range row {
			switch v := v.(type) {
			case float64:
				fields[i] = Number(v)
			case string:
				fields[i] = quoted(v)
			default:
				fields[i] = fmt.Sprint(v)
			}
		}
		writeRow(fields)
	}
	return b.Bytes(), nil
}

// quoted is text as a field of CSV, in quotes where readers would split it or change
// it, as spreadsheets do what begins like a formula. (encoding/csv writes that bare.)
func quoted(text string) string {
	first, _ := utf8.DecodeRuneInString(text)
	if !strings.ContainsAny(text, `,"`) && strings.IndexFunc(text, unicode.IsControl) < 0 &&
		!strings.ContainsRune("=+-@", first) && !unicode.IsSpace(first) && text != `\.` {
		return text
	}
	return `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
}

// Number writes v in the shortest form that reads back as v; NaN is empty.
func Number(v float64) string {
	if math.IsNaN(v) {
		return ""
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}
