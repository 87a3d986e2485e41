package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"simgrad/experiments"
	"simgrad/experiments/inference"
	"simgrad/experiments/report"
)

// rulerTable has a row a mark and a column a measure; of many measures a row a measure, with the
// marks that are drawn.
func (m *model) rulerTable(all *results) report.Table {
	t := report.Table{Caption: fmt.Sprintf("Where the scores of %s with %s stand.", m.name, all.recording()), Header: []string{""}}
	var names []string
	for _, r := range m.rulers {
		t.Header = append(t.Header, r.Cell.Measures[0].Label)
		for _, k := range append(marks(r), m.ceilings(all, r)...) {
			drawn := len(m.rulers) <= mostDrawn || k.name == markP || slices.ContainsFunc(rulerRows, func(row rulerRow) bool { return row.mark == k.name })
			if drawn && !slices.Contains(names, k.name) && !strings.HasPrefix(k.name, "allowed=") {
				names = append(names, k.name)
			}
		}
	}
	for _, name := range names {
		row := []string{words(name)}
		for _, r := range m.rulers {
			k, ok := m.at(all, r, name)
			switch {
			case !ok:
				row = append(row, "–")
			case name == markP:
				row = append(row, pText(k.value))
			case math.IsNaN(k.value):
				row = append(row, saidOf(r, name))
			case name == markEquivalent:
				row = append(row, fmt.Sprint(int(k.low)))
			case name == markNoiseSD || name == markSNR:
				row = append(row, report.Significant(k.low, 3)+" to "+report.Significant(k.high, 3))
			default:
				row = append(row, ranged(report.Fraction, k.value, k.low, k.high))
			}
		}
		t.Rows = append(t.Rows, row)
		if name == markShuffled {
			row := []string{"above shuffle: (score − shuffled)/(1 − shuffled)"}
			for _, r := range m.rulers {
				mean, _ := markOf(r, markShuffled)
				of := inference.Shuffled{Null: inference.Null{Mean: mean.value}, Score: scoreOf(r)}
				row = append(row, report.Fraction(of.AboveShuffle(r.Cell.Measures[0])))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	if len(all.ceilings) == 0 {
		row := []string{"ceiling (no repeated measurement was given)"}
		for range m.rulers {
			row = append(row, "unknown")
		}
		t.Rows = append(t.Rows, row)
	}
	if len(m.rulers) > mostDrawn {
		return turned(t)
	}
	return t
}

// turned is a table with its columns as rows.
func turned(t report.Table) report.Table {
	lines := append([][]string{t.Header}, t.Rows...)
	columns := make([][]string, len(t.Header))
	for i := range columns {
		for _, line := range lines {
			columns[i] = append(columns[i], line[i])
		}
	}
	t.Header, t.Rows = columns[0], columns[1:]
	return t
}

// ranged is a number with its range, where it has one: the page shows all of it.
func ranged(text func(float64) string, value, low, high float64) string {
	if math.IsNaN(low) || math.IsNaN(high) {
		return text(value)
	}
	return fmt.Sprintf("%s (%s, %s)", text(value), text(low), text(high))
}

// words are what a mark is called.
func words(name string) string {
	known := map[string]string{
		markScore: "score, 95 % over conditions", markOverUnits: "score, 95 % over conditions and units",
		markRemoved: "without what conditions share", markShuffled: "conditions shuffled, 95 %", markP: "p of shuffling",
		markFloor: "surrogates of its smoothness, 95 %", markNoise: "white noise, 95 %",
		markEquivalent: "number of leading components that score no more",
		markNoiseSD:    "the recording with white noise of so many SD, 5 to 95 %", markSNR: "signal to noise of a unit, at 100 units, 5 to 95 %",
		markEstimand:              "what intervals are of",
		markInfluence:             "what a condition decides",
		"components=1":            "the recording's first component alone",
		inference.HalfAgainstHalf: "ceiling: half of the trials against the other half",
		inference.NoiseFreeName:   "ceiling: the recording without its noise, 95 %",
		inference.RepetitionName:  "ceiling: the whole average against another such",
		inference.SubjectOut:      "ceiling, at least: subjects with the mean of the others, lowest and highest",
		inference.SubjectIn:       "ceiling, at most: subjects with the mean of all, lowest and highest",
	}
	if text, ok := known[name]; ok {
		return text
	}
	if k, ok := strings.CutPrefix(name, "components="); ok {
		return "its first " + k + " components alone"
	}
	if v, ok := strings.CutPrefix(name, zeroInformation); ok {
		return "best without a linear trace of " + v
	}
	return name
}

// ceilings are those of a ruler's measure.
func (m *model) ceilings(all *results, r *experiments.Record) (list []mark) {
	for _, of := range all.ceilings[r.Cell.Measures[0].Name] {
		list = append(list, marksIn(of, "ceilings")...)
	}
	return list
}

// saidOf is what a record says of a mark.
func saidOf(r *experiments.Record, mark string) string {
	for _, row := range frame(r, "said").Rows {
		if row.Key("mark") == mark {
			return row.Key("why")
		}
	}
	return "–"
}

// componentsTable is of the recording's components in each model.
func (all *results) componentsTable() (report.Table, bool) {
	t := report.Table{
		Caption: fmt.Sprintf("The components of %s in each model: R² from conditions left out, and in sample as they are and with each time's mean over conditions removed from both.", all.recording()),
		Header:  []string{"in", "component", "left out", "in sample", "without what conditions share", ""},
	}
	number := func(v float64) string {
		if math.IsNaN(v) {
			return "–"
		}
		return report.Fraction(v)
	}
	for _, m := range all.models {
		of := m.held()
		for _, row := range of {
			t.Rows = append(t.Rows, []string{m.name, fmt.Sprint(int(row.Number("component"))), number(row.Number("r2_left_out")), number(row.Number("r2")), number(row.Number("r2_removed")), stateOf(row)})
		}
	}
	return t, len(t.Rows) > 0
}

// sizes are those that scores depend on.
func (all *results) sizes() report.Table {
	t := report.Table{Caption: "Sizes that scores depend on.", Header: []string{"dataset", "samples", "units", "samples/units", "rank", "participation ratio", ""}}
	for _, r := range all.cards {
		row := frame(r, "sizes").Rows[0]
		n, p := row.Number("samples"), row.Number("units")
		few := ""
		if n < 2*p {
			few = "fewer than two samples a unit: regression on it, and CCA, fit noise"
		}
		t.Rows = append(t.Rows, []string{r.Dataset.Short(), fmt.Sprint(int(n)), fmt.Sprint(int(p)), report.Significant(n/p, 3), fmt.Sprint(int(row.Number("rank"))), report.Significant(row.Number("participation-ratio"), 3), few})
	}
	return t
}

func (all *results) cardFinding() string {
	r := all.cards[0]
	row := frame(r, "sizes").Rows[0]
	text := fmt.Sprintf("%s has a participation ratio of %s, as of so many components of one variance, on %d samples × %d units", r.Dataset.Title(), report.Significant(row.Number("participation-ratio"), 2), int(row.Number("samples")), int(row.Number("units")))
	if row.Number("units") >= row.Number("samples") {
		text += "; it has no fewer units than samples, so that regression from it fits anything and biased scores are high for noise"
	}
	return text + "."
}

func (all *results) spectrumCSV() report.CSV {
	t := report.CSV{Name: "spectrum", Header: []string{"dataset", "component", "variance_fraction"}}
	for _, r := range all.cards {
		for _, row := range frame(r, "spectrum").Rows {
			t.Rows = append(t.Rows, []any{r.Cell.Data[0].Name, int(row.Number("component")), row.Number("fraction")})
		}
	}
	return t
}

// differencesTable is of all pairs of models.
func (all *results) differencesTable(list []difference) report.Table {
	t := report.Table{
		Caption: "Differences of models, the first's score less the second's, over conditions (95 %); p adjusted within a measure by Benjamini and Hochberg.",
		Header:  []string{"model", "other", "measure", "difference", "p", "adjusted", ""},
	}
	for _, d := range list {
		row := []string{d.y.name, d.z.name, d.m.Label, signed(d.Difference), "–", "–", d.Withheld}
		if d.Withheld == "" {
			row[3] = ranged(signed, d.Difference, d.Low, d.High)
			row[4], row[5], row[6] = pText(d.P), pText(d.adjusted), "not separated"
			if d.adjusted <= .05 {
				row[6] = "separated"
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// saidTable is what is not there, and why: in a row all models, and all measures, of which the
// same is said.
func (all *results) saidTable() (report.Table, bool) {
	t := report.Table{Caption: "What is not said, and why; and what intervals are of.", Header: []string{"model", "of", "", ""}}
	// add puts a row to the one that differs from it in a column alone.
	add := func(rows [][]string, row []string, column int) [][]string {
		i := slices.IndexFunc(rows, func(other []string) bool {
			for c := range row {
				if c != column && row[c] != other[c] {
					return false
				}
			}
			return true
		})
		switch {
		case i < 0:
			return append(rows, slices.Clone(row))
		case !slices.Contains(strings.Split(rows[i][column], "; "), row[column]):
			rows[i][column] += "; " + row[column]
		}
		return rows
	}
	var byMeasure [][]string
	for _, m := range all.models {
		records := append(append(slices.Clone(m.rulers), m.components, m.decode), m.ascents...)
		for _, r := range m.rulers {
			records = append(records, all.ceilings[r.Cell.Measures[0].Name]...)
		}
		for _, r := range records {
			of := ""
			if r != nil && len(r.Cell.Measures) > 0 {
				of = r.Cell.Measures[0].Label
			}
			for _, row := range frame(r, "said").Rows {
				byMeasure = add(byMeasure, []string{m.name, of, words(row.Key("mark")), row.Key("why")}, 0)
			}
		}
	}
	for _, row := range byMeasure {
		t.Rows = add(t.Rows, row, 1)
	}
	return t, len(t.Rows) > 0
}

// csv are the tables for machines.
func (all *results) csv(differences []difference) []report.CSV {
	ruler := report.CSV{Name: "ruler", Header: []string{"dataset_x", "dataset_y", "measure", "mark", "value", "low", "high"}}
	components := report.CSV{Name: "components", Header: []string{"dataset_x", "dataset_y", "component", "variance_fraction", "r2", "r2_left_out", "chance_low", "chance_high", "r2_removed", "state"}}
	decode := report.CSV{Name: "decode", Header: []string{"dataset_x", "dataset_y", "variable", "kind", "x", "y", "x_on_y", "y_on_x", "x_chance_low", "x_chance_high", "y_chance_low", "y_chance_high", "leading", "x_leading"}}
	influence := report.CSV{Name: "influence", Header: []string{"dataset_x", "dataset_y", "measure", "along", "at", "score", "time_ms", "condition"}}
	for _, m := range all.models {
		names := conditionNames(m.x)
		for _, r := range m.rulers {
			name := r.Cell.Measures[0].Name
			for _, k := range slices.Concat(marks(r), m.ceilings(all, r), m.found(all, r)) {
				ruler.Rows = append(ruler.Rows, []any{m.x.Name, m.y.Name, name, k.name, k.value, k.low, k.high})
			}
			for _, row := range frame(r, "influence").Rows {
				at, ms, condition := int(row.Number("at")), math.NaN(), ""
				switch {
				case row.Key("along") == "condition" && names != nil:
					condition = names[at]
				case row.Key("along") == "time" && m.x.TimeMS != nil:
					ms = m.x.TimeMS[at]
				}
				influence.Rows = append(influence.Rows, []any{m.x.Name, m.y.Name, name, row.Key("along"), at, row.Number("score"), ms, condition})
			}
		}
		for _, row := range frame(m.components, "components").Rows {
			x, y := m.x.Name, m.y.Name
			if row.Key("of") == "model" {
				x, y = y, x
			}
			components.Rows = append(components.Rows, []any{x, y, int(row.Number("component")), row.Number("variance_fraction"), row.Number("r2"), row.Number("r2_left_out"), row.Number("chance_low"), row.Number("chance_high"), row.Number("r2_removed"), stateOf(row)})
		}
		for _, row := range frame(m.decode, "decode").Rows {
			decode.Rows = append(decode.Rows, []any{
				m.x.Name, m.y.Name, row.Key("variable"), row.Key("kind"), row.Number("x"), row.Number("y"), row.Number("x_on_y"), row.Number("y_on_x"),
				row.Number("x_chance_low"), row.Number("x_chance_high"), row.Number("y_chance_low"), row.Number("y_chance_high"), int(row.Number("leading")), row.Number("x_leading"),
			})
		}
	}
	tables := []report.CSV{ruler, components, decode, influence, all.unitsCSV()}
	if len(differences) > 0 {
		t := report.CSV{Name: "differences", Header: []string{"dataset_x", "dataset_y", "dataset_z", "measure", "difference", "low", "high", "p", "p_adjusted"}}
		for _, d := range differences {
			t.Rows = append(t.Rows, []any{d.y.x.Name, d.y.y.Name, d.z.y.Name, d.m.Name, d.Difference, d.Low, d.High, d.P, d.adjusted})
		}
		tables = append(tables, t)
	}
	return tables
}
