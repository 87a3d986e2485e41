package explain

import (
	"fmt"
	"math"
	"slices"
	"unicode/utf8"

	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// A row of a ruler's figure.
type rulerRow struct {
	mark, label string
	colour      report.Colour
	style       report.Style
}

var rulerRows = []rulerRow{
	{markScore, "score", report.Hue(1), report.Points},
	{markOverUnits, "over units", report.Hue(1), report.OpenPoints},
	{markRemoved, "means removed", report.Hue(1), report.OpenPoints},
	{"components=1", "component 1", report.Hue(0), report.OpenPoints},
	{markShuffled, "shuffled", report.Grey, report.OpenPoints},
	{markFloor, "floor", report.Grey, report.OpenPoints},
	{markNoise, "noise", report.Grey, report.OpenPoints},
}

// mostDrawn measures have panels, and a column of a table.
const mostDrawn = 12

// drawn are the rulers of the first measures that have a score of m, and a note where there are
// more.
func (m *model) drawn() (rulers []*experiments.Record, note string) {
	for _, r := range m.rulers {
		if has(markScore)(r) {
			rulers = append(rulers, r)
		}
	}
	if len(rulers) > mostDrawn {
		note, rulers = fmt.Sprintf(" Of %d measures these are the first %d; the CSV has all.", len(rulers), mostDrawn), rulers[:mostDrawn]
	}
	return rulers, note
}

// rulerFigure has a panel a measure, and in it a row a mark; nil where there is no score.
func (m *model) rulerFigure(all *results) *report.Figure {
	rulers, note := m.drawn()
	if rulers == nil {
		return nil
	}
	f := &report.Figure{
		Name: m.file("ruler", all), CSV: "ruler", Columns: 2, Width: 330, Height: 155,
		Caption: fmt.Sprintf("Where the scores of %s with %s stand. Filled: the score, its line the 95 %% interval over conditions. Open, from above: over the recording's units as well; with each time's mean over conditions removed; the recording's first component alone; and, with lines from 2.5 to 97.5 %%, the model's conditions shuffled, surrogates of its smoothness, white noise.", m.name, all.recording()) + note,
	}
	for _, r := range rulers {
		p := report.Panel{Title: r.Cell.Measures[0].Label, X: "score"}
		if r.Cell.Measures[0].Kind == measures.Distance {
			p.X = "distance"
		}
		rows := slices.DeleteFunc(slices.Clone(rulerRows), func(row rulerRow) bool { _, ok := markOf(r, row.mark); return !ok })
		for _, k := range m.ceilings(all, r) {
			rows = slices.Insert(rows, 0, rulerRow{k.name, k.name, report.Black, report.OpenPoints})
		}
		low, high := 0.0, 1.0
		for i, row := range rows {
			y := float64(len(rows) - 1 - i)
			at, _ := m.at(all, r, row.mark)
			p.YTicks = append(p.YTicks, report.NewTick(y, row.label))
			p.Lines = append(p.Lines, at.lines(y, row.colour, row.style)...)
			low, high = least(low, least(at.value, at.low)), -least(-high, least(-at.value, -at.high))
		}
		p.XRange, p.YRange = around(low, high), [2]float64{-.6, float64(len(rows)) - .4}
		f.Panels = append(f.Panels, p)
	}
	return f
}

// lines are a mark at a height, its range as a line where it has one.
func (k mark) lines(y float64, colour report.Colour, style report.Style) (lines []report.Line) {
	if !math.IsNaN(k.low) && !math.IsNaN(k.high) {
		lines = append(lines, report.NewLine(report.NewMark("", colour, report.Solid), []float64{k.low, k.high}, []float64{y, y}))
	}
	return append(lines, report.NewLine(report.NewMark("", colour, style), []float64{k.value}, []float64{y}))
}

// around is a range of scores, from −1 on, with room for points at its ends.
func around(low, high float64) [2]float64 {
	low = math.Max(low, -1)
	beside := .025 * (high - low)
	return [2]float64{low - beside, high + beside}
}

// modelsFigure has a panel a measure, and in it a row a model; nil of one model.
func (all *results) modelsFigure() *report.Figure {
	first := all.models[0]
	rulers, note := first.drawn()
	if len(all.models) < 2 || rulers == nil {
		return nil
	}
	f := &report.Figure{
		Name: "models", CSV: "ruler", Columns: 2, Width: 330,
		Caption: fmt.Sprintf("Scores of models with %s (filled), their lines the 95 %% intervals over conditions; grey, the same with conditions shuffled, from 2.5 to 97.5 %%. Above, the recording's first component alone, and ceilings where they are known.", all.recording()) + note,
	}
	for _, r := range rulers {
		i := slices.Index(first.rulers, r)
		p := report.Panel{Title: r.Cell.Measures[0].Label, X: "score"}
		if r.Cell.Measures[0].Kind == measures.Distance {
			p.X = "distance"
		}
		low, high, y := 0.0, 1.0, float64(-len(all.models))
		row := func(label string, at mark, colour report.Colour, style report.Style) {
			p.Lines = append(p.Lines, at.lines(y, colour, style)...)
			low, high = least(low, least(at.value, at.low)), -least(-high, least(-at.value, -at.high))
			if label != "" {
				p.YTicks = append(p.YTicks, report.NewTick(y, label))
			}
		}
		for _, m := range slices.Backward(all.models) {
			y++
			if at, ok := markOf(m.rulers[i], markShuffled); ok {
				row("", at, report.Grey, report.OpenPoints)
			}
			at, _ := markOf(m.rulers[i], markScore)
			row(m.name, at, report.Hue(1), report.Points)
		}
		if at, ok := markOf(r, "components=1"); ok {
			y++
			row("component 1", at, report.Hue(0), report.OpenPoints)
		}
		for _, k := range first.ceilings(all, r) {
			y++
			row(k.name, k, report.Black, report.OpenPoints)
		}
		p.XRange, p.YRange = around(low, high), [2]float64{.4 - float64(len(all.models)), y + .6}
		f.Height = math.Max(f.Height, 60+15*(y+float64(len(all.models))))
		f.Panels = append(f.Panels, p)
	}
	return f
}

// at is a mark of a ruler, or a ceiling of its measure.
func (m *model) at(all *results, r *experiments.Record, name string) (at mark, ok bool) {
	if k, ok := markOf(r, name); ok {
		return k, true
	}
	for _, k := range m.ceilings(all, r) {
		if k.name == name {
			return k, true
		}
	}
	return mark{name, math.NaN(), math.NaN(), math.NaN()}, false
}

// componentsFigure is R² against the component, both ways.
func (m *model) componentsFigure(all *results) *report.Figure {
	f := &report.Figure{
		Name: m.file("components", all), CSV: "components", Columns: 2, Width: 330, Height: 200,
		Caption: fmt.Sprintf("How much of each principal component of %s is in %s, and the reverse: R² from conditions left out (filled) and in sample (open). Grey: what shuffled conditions give, 2.5 to 97.5 %%; below −0.1 all stand at −0.1.", all.recording(), m.name),
		Legend: []report.Mark{
			report.NewMark("conditions left out", report.Hue(0), report.Points), report.NewMark("in sample", report.Hue(0), report.OpenPoints),
			report.NewMark("conditions shuffled", report.Grey, report.Shade),
		},
	}
	rows := frame(m.components, "components")
	for _, part := range []struct{ of, title string }{{"recording", "recording's components, in the model"}, {"model", "model's components, in the recording"}} {
		if len(rows.Rows) == 0 {
			break
		}
		c := rows.Where("of", part.of)
		k := c.Column("component")
		p := report.Panel{Title: part.title, X: "component", Y: "R²", YRange: [2]float64{-.1, 1}, XRange: [2]float64{.5, float64(len(k)) + .5}}
		for _, v := range k {
			p.XTicks = append(p.XTicks, report.NewTick(v, fmt.Sprint(int(v))))
		}
		atLeast := func(values []float64) []float64 {
			for i, v := range values {
				values[i] = math.Max(v, -.1)
			}
			return values
		}
		p.Bands = []report.Band{report.NewBand(report.NewMark("", report.Grey, report.Shade), k, atLeast(c.Column("chance_low")), atLeast(c.Column("chance_high")))}
		p.Lines = []report.Line{
			report.NewLine(report.NewMark("", report.Hue(0), report.OpenPoints), k, c.Column("r2")),
			report.NewLine(report.NewMark("", report.Hue(0), report.Points), k, atLeast(c.Column("r2_left_out"))),
		}
		f.Panels = append(f.Panels, p)
	}
	return f
}

// decodeFigure has a row a variable: from the recording, the model, and across.
func (m *model) decodeFigure(all *results) *report.Figure {
	rows := frame(m.decode, "decode")
	if len(rows.Rows) == 0 {
		return nil
	}
	f := &report.Figure{
		Name: m.file("decode", all), CSV: "decode", Columns: 2, Width: 330, Height: 0,
		Caption: fmt.Sprintf("Task variables decoded from %s, from %s, and by a decoder of one from the other. Grey: chance, 2.5 to 97.5 %% of the recording with conditions shuffled; below −0.5 all stand at −0.5.", all.recording(), m.name),
		Legend: []report.Mark{
			report.NewMark("recording", report.Hue(0), report.Points), report.NewMark("model", report.Hue(1), report.Points),
			report.NewMark("recording's decoder on the model", report.Hue(0), report.OpenPoints), report.NewMark("model's decoder on the recording", report.Hue(1), report.OpenPoints),
			report.NewMark("recording's leading components alone", report.Black, report.OpenPoints),
			report.NewMark("chance", report.Grey, report.Faint),
		},
	}
	for _, kind := range rows.By("kind") {
		p := report.Panel{X: "accuracy", Title: "classes"}
		if kind.Values("kind")[0] == "continuous" {
			p.X, p.Title = "R²", "continuous variables"
		}
		f.Height = math.Max(f.Height, float64(90+22*len(kind.Rows)))
		low := 0.0
		for i, row := range kind.Rows {
			y := float64(len(kind.Rows) - 1 - i)
			p.YTicks = append(p.YTicks, report.NewTick(y, row.Key("variable")))
			at := func(number string) []float64 {
				v := math.Max(row.Number(number), -.5)
				low = math.Min(low, v)
				return []float64{v}
			}
			level := []float64{y}
			p.Lines = append(p.Lines,
				report.NewLine(report.NewMark("", report.Grey, report.Faint), append(at("x_chance_low"), at("x_chance_high")...), []float64{y, y}),
				report.NewLine(report.NewMark("", report.Black, report.OpenPoints), at("x_leading"), level),
			)
			for _, one := range []struct {
				number string
				mark   report.Mark
			}{{"x_on_y", f.Legend[2]}, {"y_on_x", f.Legend[3]}, {"x", f.Legend[0]}, {"y", f.Legend[1]}} {
				if !math.IsNaN(row.Number(one.number)) {
					p.Lines = append(p.Lines, report.NewLine(report.NewMark("", one.mark.Colour, one.mark.Style), at(one.number), level))
				}
			}
		}
		p.XRange, p.YRange = [2]float64{low, 1}, [2]float64{-.6, float64(len(kind.Rows)) - .4}
		f.Panels = append(f.Panels, p)
	}
	return f
}

// lowestInfluence is where scores without a least one, as R² from conditions left out, are cut
// where others are above.
const lowestInfluence = -1

// influenceFigure is the score without each condition, and at each time, with axes of each
// measure's own.
func (m *model) influenceFigure(all *results) *report.Figure {
	f := &report.Figure{
		Name: m.file("influence", all), CSV: "influence", Columns: 2, Width: 330, Height: 130,
		Caption: fmt.Sprintf("What the scores of %s with %s owe to each condition, which is left out, and what they are at each time alone. Scores of few samples are biased: at one time they compare with each other, not with the whole.", m.name, all.recording()),
	}
	rulers, note := m.drawn()
	f.Caption += note
	names, cut := conditionNames(m.x), false
	for i, r := range rulers {
		rows, of := frame(r, "influence"), r.Cell.Measures[0]
		for _, along := range []string{"condition", "time"} {
			if len(rows.Rows) == 0 {
				break
			}
			part := rows.Where("along", along)
			if len(part.Rows) == 0 {
				continue
			}
			p := report.Panel{Title: of.Label, X: "condition left out", Y: "score"}
			style, at, scores := report.Points, part.Column("at"), part.Column("score")
			if along == "time" {
				style, p.X = report.Solid, "time"
				if m.x.TimeMS != nil {
					p.X = "time (ms)"
					for i, t := range at {
						at[i] = m.x.TimeMS[int(t)]
					}
				}
			} else {
				p.XRange, p.XTicks = [2]float64{-.5, float64(m.x.Conditions()) - .5}, ticksOf(names)
			}
			if math.IsInf(of.Range[0], -1) && slices.Max(scores) > lowestInfluence {
				for i, v := range scores {
					cut = cut || v < lowestInfluence
					scores[i] = math.Max(v, lowestInfluence)
				}
			}
			p.Lines = []report.Line{report.NewLine(report.NewMark("", report.Hue(i), style), at, scores)}
			f.Panels = append(f.Panels, p)
		}
	}
	if len(f.Panels) == 0 {
		return nil
	}
	if cut {
		f.Caption += fmt.Sprintf(" Below %d they stand at %d, where others are above.", lowestInfluence, lowestInfluence)
	}
	return f
}

// ticksOf are as many of conditions' names as have room under a panel; nil of none.
func ticksOf(names []string) (ticks []report.Tick) {
	const most, room = 12, 44 // letters of a name, and of all
	longest := 1
	for _, name := range names {
		longest = max(longest, min(most, utf8.RuneCountInString(name)))
	}
	every := max(1, (len(names)*(longest+2)+room-1)/room)
	for c := 0; c < len(names); c += every {
		name := []rune(names[c])
		if len(name) > most {
			name = append(name[:most-1], '…')
		}
		ticks = append(ticks, report.NewTick(float64(c), string(name)))
	}
	return ticks
}

// spectrum is the figure of a card.
func (all *results) spectrum() *report.Figure {
	f := &report.Figure{Name: "spectrum", CSV: "spectrum", Columns: 2, Width: 330, Height: 200, Caption: "Fraction of the variance of each principal component."}
	for _, r := range all.cards {
		rows := frame(r, "spectrum")
		f.Panels = append(f.Panels, report.Panel{
			Title: r.Dataset.Title(), X: "component", Y: "fraction of the variance", LogY: true, LogX: true,
			Lines: []report.Line{report.NewLine(report.NewMark("", report.Hue(0), report.Solid), rows.Column("component"), rows.Column("fraction"))},
		})
	}
	return f
}

// file is a name for files: of several models, each its own.
func (m *model) file(name string, all *results) string {
	if len(all.models) == 1 {
		return name
	}
	return fmt.Sprintf("%s-%d-%s", name, slices.Index(all.models, m)+1, report.Slug(m.name))
}
