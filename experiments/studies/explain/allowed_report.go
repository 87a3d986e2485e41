package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// What allowed=MEASURE has after it where real data were found: explicit ones, and those of a
// search. Without either it is proven of all data.
const (
	byFamilies = "/attained"
	bySearch   = "/optimised"
)

// alike is 1 of a similarity, of which more is more alike, and −1 of a distance.
func alike(m measures.Measure) float64 {
	if m.Kind == measures.Distance {
		return -1
	}
	return 1
}

// attained are what other measures than a ruler's were found to be at its score, in this model
// itself and in explicit data: least alike where these score as much by the ruler's measure,
// most alike where they score no more.
func (m *model) attained(all *results, r *experiments.Record) (list []mark) {
	of, score := r.Cell.Measures[0], scoreOf(r)
	if all.families == nil || math.IsNaN(score) {
		return nil
	}
	for _, other := range m.rulers {
		o, own := other.Cell.Measures[0], scoreOf(other)
		if o.Name == of.Name || math.IsNaN(own) {
			continue
		}
		low, high := own, own
		for _, scores := range all.attained {
			is := scores[o.Name]
			for i, v := range scores[of.Name] {
				if math.IsNaN(v) || math.IsNaN(is[i]) {
					continue
				}
				if alike(of)*v >= alike(of)*score && alike(o)*is[i] < alike(o)*low {
					low = is[i]
				}
				if alike(of)*v <= alike(of)*score && alike(o)*is[i] > alike(o)*high {
					high = is[i]
				}
			}
		}
		list = append(list, mark{"allowed=" + o.Name + byFamilies, math.NaN(), min(low, high), max(low, high)})
	}
	return list
}

// optimised are what searches found other measures than a ruler's to be at its score.
func (m *model) optimised(r *experiments.Record) (list []mark) {
	for _, s := range m.searches {
		if s.Cell.Measures[0].Name != r.Cell.Measures[0].Name {
			continue
		}
		name := "allowed=" + s.Cell.Measures[1].Name + bySearch
		i := slices.IndexFunc(list, func(k mark) bool { return k.name == name })
		if i < 0 {
			i, list = len(list), append(list, mark{name, math.NaN(), math.NaN(), math.NaN()})
		}
		for _, row := range frame(s, "best").Rows {
			if s.Cell.Point.(side).Most {
				list[i].high = row.Number("least")
			} else {
				list[i].low = row.Number("least")
			}
		}
	}
	return slices.DeleteFunc(list, func(k mark) bool { return math.IsNaN(k.low) && math.IsNaN(k.high) })
}

// found are both.
func (m *model) found(all *results, r *experiments.Record) []mark {
	return append(m.attained(all, r), m.optimised(r)...)
}

// A room is what a score leaves another measure.
type room struct {
	at, other              *experiments.Record // rulers
	low, high, least, most float64             // of data that were found, and proven; NaN if not known
}

// rooms are those of all pairs of measures that are drawn of which something is known.
func (m *model) rooms(all *results) (list []room) {
	rulers, _ := m.drawn()
	for _, r := range rulers {
		known := append(marks(r), m.found(all, r)...)
		for _, other := range rulers {
			k := room{r, other, math.NaN(), math.NaN(), math.NaN(), math.NaN()}
			for _, a := range known {
				switch name, ok := strings.CutPrefix(a.name, "allowed="+other.Cell.Measures[0].Name); {
				case !ok:
				case name == "":
					k.least, k.most = a.low, a.high
				case name == byFamilies || name == bySearch:
					k.low, k.high = least(k.low, a.low), -least(-k.high, -a.high)
				}
			}
			if !math.IsNaN(k.low) || !math.IsNaN(k.least) {
				list = append(list, k)
			}
		}
	}
	return list
}

// least is the lesser of two numbers, of which either may be NaN.
func least(a, b float64) float64 {
	if math.IsNaN(a) || b < a {
		return b
	}
	return a
}

// allowedTable is what other measures may be at the scores.
func (m *model) allowedTable(all *results) (report.Table, bool) {
	t := report.Table{
		Caption: fmt.Sprintf("What another measure may be at these scores, for any model of %s. Found: of data that score as much, how little, and of data that score no more, how much; of the recording's leading components alone, its first component turned, and the model itself", all.recording()),
		Header:  []string{"at", "another", "found", "proven"},
	}
	if len(m.searches) > 0 {
		t.Caption += ", and of noise that was driven there"
	}
	_, note := m.drawn()
	t.Caption += ". Proven: no data of any width go beyond." + note
	for _, k := range m.rooms(all) {
		of := k.other.Cell.Measures[0]
		t.Rows = append(t.Rows, []string{k.at.Cell.Measures[0].Label + " " + report.Fraction(scoreOf(k.at)), of.Label, span(of, k.low, k.high), span(of, k.least, k.most)})
	}
	return t, len(t.Rows) > 0
}

// span is from one score to another, either of which may not be known; below 0 scores without
// a least one are as good as each other.
func span(of measures.Measure, low, high float64) string {
	text := func(v float64) string {
		if math.IsInf(of.Range[0], -1) && v < 0 {
			return "below 0"
		}
		return report.Fraction(v)
	}
	switch {
	case math.IsNaN(low) && math.IsNaN(high):
		return "–"
	case math.IsNaN(low):
		return "up to " + text(high)
	case math.IsNaN(high):
		return "from " + text(low)
	}
	return text(low) + " to " + text(high)
}

// allowedSentence is of the room that the first measure's score was found to leave most of.
func (m *model) allowedSentence(all *results) string {
	if len(m.searches) == 0 {
		return ""
	}
	wide := func(k room) float64 {
		if math.IsInf(k.other.Cell.Measures[0].Range[0], -1) {
			return k.high - math.Max(0, k.low)
		}
		return k.high - k.low
	}
	var widest room
	for _, k := range m.rooms(all) {
		if k.at == m.rulers[0] && (widest.at == nil || wide(k) > wide(widest)) {
			widest = k
		}
	}
	if widest.at == nil || math.IsNaN(wide(widest)) {
		return ""
	}
	of := widest.other.Cell.Measures[0]
	text := fmt.Sprintf("Of other data that score %s by %s, %s can be anything from %s", report.Fraction(scoreOf(widest.at)), widest.at.Cell.Measures[0].Label, of.Label, span(of, widest.low, widest.high))
	if !math.IsNaN(widest.least) {
		text += fmt.Sprintf(", as was found, and only from %s, as is proven", span(of, widest.least, widest.most))
	}
	return text + "."
}

// captured are the components, in a frame of them, of which more than half is in other data, in
// sample.
func captured(rows []report.Row) (k []int) {
	for _, row := range rows {
		if row.Number("r2") >= inModel {
			k = append(k, int(row.Number("component")))
		}
	}
	return k
}

// An arrival is where an ascent from noise has the model's score.
type arrival struct {
	of                    *experiments.Record
	step                  int
	score                 float64
	there, here           []int    // components in the noise that was driven, and in the model
	decoded, decodedModel []string // variables
}

func (m *model) arrivals() (list []arrival) {
	for _, r := range m.ascents {
		rows := frame(r, "reached").Rows
		if len(rows) == 0 {
			continue
		}
		a := arrival{of: r, step: int(rows[0].Number("step")), score: rows[0].Number("score"), there: captured(frame(r, "captured").Rows), here: captured(m.held())}
		for _, row := range frame(r, "decoded").Rows {
			if row.Number("value") > row.Number("chance_high") {
				a.decoded = append(a.decoded, row.Key("variable"))
			}
		}
		for _, row := range frame(m.decode, "decode").Rows {
			if row.Number("y") > row.Number("y_chance_high") {
				a.decodedModel = append(a.decodedModel, row.Key("variable"))
			}
		}
		list = append(list, a)
	}
	return list
}

// numbered are numbers, and named names, or that there are none.
func numbered(k []int) string {
	if len(k) == 0 {
		return "none"
	}
	return spans(k)
}

func named(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// ascentTable is of where on the ascent from noise the scores lie.
func (m *model) ascentTable() (report.Table, bool) {
	t := report.Table{
		Caption: fmt.Sprintf("Noise driven up each measure until it scores as %s does: the components of which half or more is in it in sample, and the variables that are decoded above shuffled conditions.", m.name),
		Header:  []string{"by", "score", "steps", "components", "variables"},
	}
	for i, a := range m.arrivals() {
		if i == 0 {
			t.Rows = append(t.Rows, []string{m.name, "", "", numbered(a.here), named(a.decodedModel)})
		}
		t.Rows = append(t.Rows, []string{a.of.Cell.Measures[0].Label, report.Fraction(a.score), fmt.Sprint(a.step), numbered(a.there), named(a.decoded)})
	}
	return t, len(t.Rows) > 0
}

// ascentSentence is of the first measure.
func (m *model) ascentSentence() string {
	all := m.arrivals()
	if len(all) == 0 {
		return ""
	}
	a := all[0]
	label := a.of.Cell.Measures[0].Label
	if a.step == 0 {
		return fmt.Sprintf("Noise scores as much as the model by %s before anything is driven.", label)
	}
	has := "no component half"
	if len(a.there) > 0 {
		has = "components " + spans(a.there)
		if len(a.there) == 1 {
			has = "component " + spans(a.there)
		}
	}
	text := fmt.Sprintf("Noise driven up %s is at %s within %s, and has %s there, where the model has %s", label, report.Fraction(a.score), report.Count(a.step, "step"), has, numbered(a.here))
	if len(a.decoded)+len(a.decodedModel) > 0 {
		text += fmt.Sprintf("; decoded from it: %s, and from the model: %s", named(a.decoded), named(a.decodedModel))
	}
	return text + "."
}
