package decode

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// wayAccuracy is that of decoding variable where the measure is at level of the way from
// noise to the dataset itself.
func (d *results) wayAccuracy(measure, variable string) report.Spread {
	m, _ := d.measure(measure)
	var values []float64
	for _, r := range d.runs[measure] {
		way := experiments.OnTheWay(m, r.Column("decoding", "score", "variable", variable))
		values = append(values, report.Crossing(way, r.Column("decoding", "accuracy", "variable", variable), level))
	}
	return report.SpreadOf(values)
}

// hasDistance is whether a measure falls on the way, and is compared with others on it.
func (d *results) hasDistance() bool {
	return slices.ContainsFunc(d.measures, func(m measures.Measure) bool { return m.Kind == measures.Distance })
}

// wayFinding compares distances with the other measures, by the variable that falls furthest
// short at one.
func (d *results) wayFinding(on string) (lines []string) {
	for _, m := range d.measures {
		if m.Kind != measures.Distance {
			continue
		}
		variable, furthest := "", math.Inf(-1)
		for _, v := range d.aboveChance() {
			if gap := d.reference(v).Mean - d.wayAccuracy(m.Name, v).Mean; gap > furthest {
				variable, furthest = v, gap
			}
		}
		if variable == "" {
			continue
		}
		by := []string{fmt.Sprintf("%s%s by %s", d.unit(variable), d.wayAccuracy(m.Name, variable).Brief(), m.Label)}
		others := d.similarities()
		for _, o := range others[:min(2, len(others))] {
			if s := d.wayAccuracy(o.Name, variable); s.Starts > 0 {
				by = append(by, fmt.Sprintf("%s%s by %s", d.unit(variable), s.Brief(), o.Label))
			}
		}
		lines = append(lines, fmt.Sprintf("%sAt %g of the way from noise to the dataset itself, %s is decoded at %s; %s in the dataset.", on, level, variable, strings.Join(by, ", "), d.reference(variable).Brief()))
	}
	return lines
}

// noiseFinding names the similarities, of those that are at most 1, that white noise of the dataset's
// shape already has as high as they are compared at.
func (d *results) noiseFinding(on string) []string {
	var high []string
	for _, m := range d.similarities() {
		if m.Range[1] != 1 {
			continue
		}
		lowest := math.Inf(1)
		for _, r := range d.runs[m.Name] {
			lowest = min(lowest, r.Column("snapshots", "score")[0])
		}
		if lowest >= level && !math.IsInf(lowest, 0) {
			high = append(high, m.Label+" "+report.Fraction(lowest))
		}
	}
	if len(high) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%sWhite noise of this shape, %d units on %d samples, already scores %s, so that such a score says nothing; a debiased one (cka-hsic=song) or left-out conditions do.", on, d.Units, d.Times*d.Conditions, strings.Join(high, ", "))}
}

// wayTable compares all measures at one share of the way, where some are distances.
func wayTable(sets []*results) []report.Table {
	t := report.Table{Caption: fmt.Sprintf("Decoding accuracy at %g of the way from the score of noise to that of the dataset with itself, where distances and similarities can be compared.", level), Header: []string{"dataset", "variable"}}
	sets = slices.DeleteFunc(slices.Clone(sets), func(d *results) bool { return !d.hasDistance() })
	if len(sets) == 0 {
		return nil
	}
	for _, m := range sets[0].measures {
		t.Header = append(t.Header, m.Label)
	}
	t.Header = append(t.Header, "dataset itself")
	t.Caption += captionOfR2(sets)
	for _, d := range sets {
		for _, v := range d.variables {
			row := []string{d.Short(), d.inTable(v)}
			for _, m := range sets[0].measures {
				row = append(row, d.wayAccuracy(m.Name, v).Brief())
			}
			t.Rows = append(t.Rows, append(row, d.reference(v).Brief()))
		}
	}
	return []report.Table{t}
}
