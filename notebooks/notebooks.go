// Package notebooks is what a notebook cell has besides simgrad's own packages:
// scores of two datasets as a table, a study run small, curves as a figure, and
// how datasets, measures, tables, figures and reports show themselves.
//
// In the kernel of this folder (see kernel) a value that ends a cell is shown,
// and so is every argument of Show. A cell that ends in an error fails with that
// error in one line; Must, which the kernel adds, does so in mid-expression:
//
//	x := Must(data.Load("surrogate/mante2013"))
package notebooks

import (
	"context"
	"fmt"
	"strings"

	"gorgonia.org/tensor"

	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// Context returns the context of the running cell. The kernel makes it one that
// ends with an interrupt.
var Context = context.Background

// Scores returns what the measures named, separated by commas, say of x, the
// reference, and y: every measure there is if none is named.
func Scores(x, y *tensor.Dense, names string) (report.Table, error) {
	if names == "" {
		names = strings.Join(measures.Names(), ",")
	}
	ms, err := measures.ByNames(names)
	if err != nil {
		return report.Table{}, err
	}
	t := report.Table{Header: []string{"measure", "score", "same data", "a … in", "symmetric"}}
	for _, m := range ms {
		score, err := m.Eval(x, y)
		text := fmt.Sprintf("%.4f", score)
		if err != nil {
			text = err.Error()
		}
		t.Rows = append(t.Rows, append([]string{m.Name, text}, conventions(m)...))
	}
	return t, nil
}

// Run runs a study, with flags as its command takes them, and returns its report.
// It reads and writes no results: a measure defined anew is computed anew.
//
//	notebooks.Run(decode.New(), "-quick", "-measures", "cka,nbs")
func Run(s experiments.Study, flags ...string) (*report.Report, error) {
	return experiments.ReportOf(Context(), s, flags...)
}

// Line returns a curve for Plot; a nil x counts from 0. Its Style can be set to
// report.Dashed, Points and so on.
func Line(label string, x, y []float64) report.Line {
	if x == nil {
		x = make([]float64, len(y))
		for i := range x {
			x[i] = float64(i)
		}
	}
	return report.Line{Mark: report.Mark{Label: label}, X: x, Y: y}
}

// Plot returns a figure of the lines over axes of those labels, each line in a
// colour of its own.
func Plot(x, y string, lines ...report.Line) *report.Figure {
	f := &report.Figure{Columns: 1, Width: 320, Height: 200, Panels: []report.Panel{{X: x, Y: y}}}
	for i, l := range lines {
		l.Colour = report.Hue(i)
		f.Legend = append(f.Legend, l.Mark)
		f.Panels[0].Lines = append(f.Panels[0].Lines, l)
	}
	return f
}
