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

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/graph"
	"simgrad/measures"
)

// Context returns the context of the running cell. The kernel makes it one that
// ends with an interrupt.
var Context = context.Background

// Scores returns what the measures named, separated by commas, say of x, the
// reference, and y: every measure there is if none is named. x and y are datasets,
// arrays (samples × units, or time × condition × unit), or names that data.Load takes.
func Scores(x, y any, names string) (report.Table, error) {
	if names == "" {
		names = strings.Join(measures.Names(), ",")
	}
	ms, err := measures.ByNames(names)
	if err != nil {
		return report.Table{}, err
	}
	a, b, err := pair(x, y)
	if err != nil {
		return report.Table{}, err
	}
	t := report.Table{Header: []string{"measure", "score", "same data", "a … in", "symmetric"}}
	for _, m := range ms {
		score, err := m.Eval(a, b)
		text := fmt.Sprintf("%.4f", score)
		if err != nil {
			text = err.Error()
		}
		t.Rows = append(t.Rows, append([]string{m.Name, text}, conventions(m)...))
	}
	return t, nil
}

// pair are two of what Scores takes, as arrays: two datasets with the same samples in the
// same order.
func pair(x, y any) (a, b *tensor.Dense, err error) {
	var sets []*data.Dataset
	var arrays []*tensor.Dense
	for _, v := range []any{x, y} {
		switch v := v.(type) {
		case string:
			d, err := data.Load(v)
			if err != nil {
				return nil, nil, err
			}
			sets, arrays = append(sets, d), append(arrays, d.Activity)
		case *data.Dataset:
			sets, arrays = append(sets, v), append(arrays, v.Activity)
		case *tensor.Dense:
			arrays = append(arrays, tensor.New(tensor.WithShape(v.Shape()...), tensor.WithBacking(graph.RowMajor(v))))
		default:
			return nil, nil, fmt.Errorf("notebooks: %T cannot be scored; give a dataset, an array, or a name", v)
		}
	}
	if len(sets) == 2 {
		aligned, err := data.Align(sets, "")
		if err != nil {
			return nil, nil, err
		}
		return aligned[0].Activity, aligned[1].Activity, nil
	}
	return arrays[0], arrays[1], nil
}

// Progress shows the line of how far a study is, again and again, and at its end "". The
// kernel sets it; in a program nothing is shown.
var Progress = func(line string) {}

// Run runs a study, with flags as its command takes them, and returns its report.
// It reads and writes no results: a measure defined anew is computed anew.
//
//	notebooks.Run(decode.New(), "-quick", "-measures", "cka,nbs")
func Run(s experiments.Study, flags ...string) (*report.Report, error) {
	return experiments.ReportOf(experiments.Watch(Context(), Progress), s, flags...)
}
