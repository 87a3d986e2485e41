package report

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"html/template"

	"simgrad/data"
)

// A Report is what a study found.
type Report struct {
	Title       string
	Finding     []string // in sentences, computed from the numbers
	Figures     []*Figure
	Animations  []*Animation
	Tables      []Table // for reading, in report.html
	CSV         []CSV   // for machines, a file each
	Arrays      map[string][]data.Array
	Datasets    []*Description
	Conventions []string
	Warnings    []string

	// The driver fills in the rest.
	Command, Version, BLAS string
	Settings               [][2]string
}

// A Table is a table of report.html.
type Table struct {
	Caption string
	Header  []string
	Rows    [][]string
}

//go:embed report.html
var reportHTML string

// HTML returns report.html, one file that opens offline, with its figures as drawn.
func (r *Report) HTML(pngs map[*Figure][]byte) ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"image": func(f *Figure) template.URL {
			return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(pngs[f]))
		},
		"card": func(d *Description) [][2]string { return append(d.Rows(), [2]string{"content", d.Hash}) },
	}).Parse(reportHTML)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, r)
	return b.Bytes(), err
}
