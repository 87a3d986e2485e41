package explain

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/inference"
	"simgrad/experiments/report"
)

// mostUnits are predicted of a recording, of more every so many-th.
const mostUnits = 300

// units finds how much of each of the recording's units the model predicts, for conditions left out,
// with what conditions shuffled give each, and the median of all.
func units(ctx context.Context, r *experiments.Record, x, y *data.Dataset, set explainSettings, seed uint64) error {
	z := probe.Centred(x.Activity)
	var numbers []int
	var vs [][][]float64
	for u := 0; u < x.Units(); u += every(x) {
		if v := mat.Col(nil, u, z); slices.Max(v) > slices.Min(v) {
			numbers, vs = append(numbers, u+1), append(vs, [][]float64{v})
		}
	}
	ridge, r2, err := predicted(probe.Raw, y.Activity, vs, seed)
	if err != nil {
		said(r, "units of the recording", err.Error())
		return nil
	}
	null, medians := make([][]float64, len(vs)), []float64(nil)
	shuffled, err := ridge.Shuffled(set.unitPermutations(), seed, vs...)
	if err != nil {
		return err
	}
	for _, of := range shuffled {
		for u, v := range of {
			null[u] = append(null[u], v)
		}
		slices.Sort(of)
		medians = append(medians, inference.Quantile(of, .5))
	}
	f := r.Frame("units", "", "unit r2 chance_low chance_high")
	for u := range vs {
		slices.Sort(null[u])
		b := band(null[u])
		f.Add(nil, float64(numbers[u]), r2[u], b[0], b[1])
	}
	slices.Sort(r2)
	slices.Sort(medians)
	b := band(medians)
	r.Frame("unit-quartiles", "", "q1 median q3 chance_low chance_high").Add(nil, inference.Quantile(r2, .25), inference.Quantile(r2, .5), inference.Quantile(r2, .75), b[0], b[1])
	return ctx.Err()
}

// reliability is, of every unit, the correlation of the average over all trials with another
// such, by that of their halves: R² of the unit from anything else is no more, on average.
func reliability(r *experiments.Record, c experiments.Cell) error {
	halves, err := inference.UnitCorrelations(c.Data[1].Activity, c.Data[2].Activity)
	f := r.Frame("reliability", "", "unit correlation")
	for u, v := range halves {
		f.Add(nil, float64(u+1), inference.SpearmanBrown(v))
	}
	return err
}

// every is which units of x are predicted: each, or every so many-th.
func every(x *data.Dataset) int { return (x.Units() + mostUnits - 1) / mostUnits }

func ordinal(n int) string {
	switch {
	case n%10 == 2 && n%100 != 12:
		return fmt.Sprintf("%dnd", n)
	case n%10 == 3 && n%100 != 13:
		return fmt.Sprintf("%drd", n)
	case n%10 == 1 && n%100 != 11:
		return fmt.Sprintf("%dst", n)
	}
	return fmt.Sprintf("%dth", n)
}

// unitsTable is of the recording's units in each model.
func (all *results) unitsTable() (report.Table, bool) {
	t := report.Table{
		Caption: fmt.Sprintf("How well the units of %s are predicted from conditions left out: R² of the median unit and its quartiles, with what the median is for shuffled conditions, 2.5 to 97.5 %%.", all.recording()),
		Header:  []string{"from", "units", "first quartile", "median", "third quartile", "median of shuffled conditions"},
	}
	if all.reliability != nil {
		t.Header = append(t.Header, "most possible")
		t.Caption += " Most possible: the median over these units of the correlation of the average of all trials with another such, by Spearman and Brown from that of halves."
	}
	if x := all.models[0].x; every(x) > 1 {
		t.Caption += fmt.Sprintf(" Of its %d units every %s is predicted, from the first on.", x.Units(), ordinal(every(x)))
	}
	for _, m := range all.models {
		for _, row := range frame(m.components, "unit-quartiles").Rows {
			text := []string{m.name, fmt.Sprint(len(frame(m.components, "units").Rows))}
			for _, q := range []string{"q1", "median", "q3"} {
				text = append(text, report.Fraction(row.Number(q)))
			}
			text = append(text, fmt.Sprintf("%s to %s", report.Fraction(row.Number("chance_low")), report.Fraction(row.Number("chance_high"))))
			if all.reliability != nil {
				var most []float64
				for _, u := range frame(m.components, "units").Column("unit") {
					most = append(most, all.reliability[int(u)-1])
				}
				slices.Sort(most)
				text = append(text, report.Fraction(inference.Quantile(most, .5)))
			}
			t.Rows = append(t.Rows, text)
		}
	}
	return t, len(t.Rows) > 0
}

// unitsCSV is of every unit that was predicted, counted from 1 as in the file; reliability is
// that of halves of trials, where they are known.
func (all *results) unitsCSV() report.CSV {
	t := report.CSV{Name: "units", Header: []string{"dataset_x", "dataset_y", "unit", "r2_left_out", "chance_low", "chance_high", "reliability"}}
	for _, m := range all.models {
		for _, row := range frame(m.components, "units").Rows {
			u, known := int(row.Number("unit")), math.NaN()
			if all.reliability != nil {
				known = all.reliability[u-1]
			}
			t.Rows = append(t.Rows, []any{m.x.Name, m.y.Name, u, row.Number("r2"), row.Number("chance_low"), row.Number("chance_high"), known})
		}
	}
	return t
}
