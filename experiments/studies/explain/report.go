package explain

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/inference"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// results are the records, by what they are of.
type results struct {
	cards    []*experiments.Record
	models   []*model
	ceilings map[string][]*experiments.Record // by measure
	families *experiments.Record              // explicit data, scored by all measures; or nil
	attained []map[string][]float64           // the scores of each family, by measure
	subjects int                              // whose bounds are among them; 0 if none
	halves   bool                             // whether ceilings are of halves of trials
	trials   int                              // of each condition, where they are known

	reliability []float64 // of the recording's units; nil if there are no halves of trials
}

// A model is what was found of one.
type model struct {
	x, y       *data.Dataset
	name       string // short
	short      string // the same, and whether it is a surrogate
	rulers     []*experiments.Record
	components *experiments.Record
	decode     *experiments.Record
	searches   []*experiments.Record // what other measures may be at its scores
	ascents    []*experiments.Record // from noise to its scores
}

func gather(records []*experiments.Record) *results {
	all := &results{ceilings: map[string][]*experiments.Record{}}
	of := func(c experiments.Cell) *model {
		for _, m := range all.models {
			if m.y == c.Data[1] {
				return m
			}
		}
		m := &model{x: c.Data[0], y: c.Data[1]}
		all.models = append(all.models, m)
		return m
	}
	for _, r := range records {
		switch r.Cell.Part {
		case partCard:
			all.cards = append(all.cards, r)
		case partRuler:
			m := of(r.Cell)
			m.rulers = append(m.rulers, r)
		case partComponents:
			of(r.Cell).components = r
		case partDecode:
			of(r.Cell).decode = r
		case partFamilies:
			all.families = r
			for _, f := range frame(r, "families").By("family") {
				scores := map[string][]float64{}
				for _, of := range f.By("measure") {
					scores[of.Values("measure")[0]] = of.Column("score")
				}
				all.attained = append(all.attained, scores)
			}
		case partReliability:
			all.reliability = frame(r, "reliability").Column("correlation")
		case partAllowed:
			m := of(r.Cell)
			m.searches = append(m.searches, r)
		case partAscent:
			m := of(r.Cell)
			m.ascents = append(m.ascents, r)
		case partCeiling, partSubjects:
			name := r.Cell.Measures[0].Name
			all.ceilings[name] = append(all.ceilings[name], r)
			if r.Cell.Part == partSubjects {
				all.subjects = len(r.Cell.Data)
			} else {
				all.halves, all.trials = true, r.Cell.Data[0].Trials()
			}
		}
	}
	var names []string
	for _, r := range all.cards {
		names = append(names, r.Cell.Data[0].Name)
	}
	for i, short := range report.ShortNames(names) {
		all.cards[i].Dataset.Label = short
		for _, m := range all.models {
			if m.y == all.cards[i].Cell.Data[0] {
				m.name, m.short = short, all.cards[i].Dataset.Short()
			}
		}
	}
	return all
}

// recording is the short name of the reference.
func (all *results) recording() string { return all.cards[0].Dataset.Short() }

// Report implements Study.
func (s *Study) Report(records []*experiments.Record) (*report.Report, error) {
	all := gather(records)
	rep := &report.Report{Title: "What scores say of " + all.cards[0].Dataset.Title(), Question: all.question(), Compared: all.compared()}
	for _, r := range all.cards {
		rep.Datasets = append(rep.Datasets, r.Dataset)
	}
	rep.Tables = append(rep.Tables, all.sizes())
	if len(all.models) == 0 {
		rep.Title, rep.Finding = "What is in "+all.cards[0].Dataset.Title(), []string{all.cardFinding()}
		rep.Conventions = []string{"Components are principal components of centred units; the participation ratio of their variances λ is (Σλ)²/Σλ²."}
		rep.Figures = []*report.Figure{all.spectrum()}
		rep.CSV = []report.CSV{all.spectrumCSV()}
		return all.titled(rep), nil
	}
	var ms []measures.Measure
	for _, r := range all.models[0].rulers {
		ms = append(ms, r.Cell.Measures[0])
	}
	differences := all.differences()
	rep.Finding, rep.Warnings = all.headline(differences), all.doubts()
	if text := all.repetition(); text != "" && len(all.models) > 1 {
		rep.Finding = append(rep.Finding, text)
	}
	if f := all.modelsFigure(); f != nil {
		rep.Figures = append(rep.Figures, f)
	}
	for _, m := range all.models {
		for _, line := range m.finding(all) {
			if len(all.models) > 1 && !strings.HasPrefix(line, m.short+" ") {
				line = m.short + ": " + line
			}
			rep.Finding = append(rep.Finding, line)
		}
		for _, f := range []*report.Figure{m.rulerFigure(all), m.componentsFigure(all), m.decodeFigure(all), m.influenceFigure(all)} {
			if f != nil {
				f.Dataset = m.short
				rep.Figures = append(rep.Figures, f)
			}
		}
		tables := []report.Table{m.rulerTable(all)}
		if t, ok := m.allowedTable(all); ok {
			tables = append(tables, t)
		}
		if t, ok := m.ascentTable(); ok {
			tables = append(tables, t)
		}
		for _, t := range tables {
			t.Dataset = m.short
			rep.Tables = append(rep.Tables, t)
		}
	}
	if t, ok := all.componentsTable(); ok {
		rep.Tables = append(rep.Tables, t)
	}
	if t, ok := all.unitsTable(); ok {
		rep.Tables = append(rep.Tables, t)
	}
	settings := records[0].Cell.Settings.(explainSettings)
	if len(differences) > 0 {
		if len(all.models) > 2 {
			rep.Finding = append(rep.Finding, all.separated(differences)...)
		}
		rep.Finding = append(rep.Finding, separatedBy(differences)...)
		rep.Tables = append(rep.Tables, all.differencesTable(differences))
	}
	if t, ok := all.saidTable(); ok {
		rep.Tables = append(rep.Tables, t)
	}
	rep.CSV = all.csv(differences)
	rep.Methods = all.methods(settings, differences)
	rep.Conventions = append(experiments.Conventions(ms...), conventions(settings, all)...)
	return all.titled(rep), nil
}

// titled puts over all figures what a surrogate's have to say.
func (all *results) titled(rep *report.Report) *report.Report {
	if d := all.cards[0].Dataset; d.Card.Surrogate {
		for _, f := range rep.Figures {
			f.Title = d.Title()
		}
	}
	return rep
}

// compared is what is compared, in a line.
func (all *results) compared() string {
	if len(all.models) == 0 {
		return ""
	}
	axes := func(r *experiments.Record) string {
		d := r.Dataset
		return d.Short() + ", " + report.Axes(d.Times, d.Conditions, d.Units)
	}
	if len(all.models) > 1 {
		return fmt.Sprintf("%s; with %d models", axes(all.cards[0]), len(all.models))
	}
	return fmt.Sprintf("%s; with %s", axes(all.cards[0]), axes(all.cards[1]))
}

func (all *results) question() string {
	if len(all.models) == 0 {
		return "What is in " + all.cards[0].Dataset.Title() + "?"
	}
	if len(all.models) > 1 {
		return "What do the scores of models with " + all.recording() + " say?"
	}
	m := all.models[0]
	for _, r := range m.rulers {
		if v := scoreOf(r); !math.IsNaN(v) {
			return fmt.Sprintf("%s %s: what does it say of %s and %s?", r.Cell.Measures[0].Label, report.Fraction(v), all.recording(), m.name)
		}
	}
	return "What do the scores of " + all.recording() + " and " + m.name + " say?"
}

// A mark is one of a ruler.
type mark struct {
	name             string
	value, low, high float64
}

// marks are those of a record's ruler.
func marks(r *experiments.Record) []mark { return marksIn(r, "ruler") }

// marksIn are those in a record's frame of that name.
func marksIn(r *experiments.Record, name string) (all []mark) {
	for _, row := range frame(r, name).Rows {
		all = append(all, mark{row.Key("mark"), row.Number("value"), row.Number("low"), row.Number("high")})
	}
	return all
}

func markOf(r *experiments.Record, name string) (mark, bool) {
	all := marks(r)
	i := slices.IndexFunc(all, func(m mark) bool { return m.name == name })
	if i < 0 {
		return mark{value: math.NaN(), low: math.NaN(), high: math.NaN()}, false
	}
	return all[i], true
}

// frame is a record's of that name, empty if it has none.
func frame(r *experiments.Record, name string) *report.Frame {
	if r != nil {
		for _, f := range r.Frames {
			if f.Name == name {
				return f
			}
		}
	}
	return &report.Frame{Name: name}
}

// States of a component in another dataset.
const (
	stateIn       = "in"
	stateCommon   = "common to all conditions"
	stateShuffled = "no better than shuffled"
	stateOut      = "not in"
	stateUnknown  = ""
)

// stateOf is that of a row of components.
func stateOf(row report.Row) string {
	left := row.Number("r2_left_out")
	switch {
	case math.IsNaN(left):
		return stateUnknown
	case left < inModel:
		return stateOut
	case row.Number("r2_removed") < onlyShared:
		return stateCommon
	case left <= row.Number("chance_high"):
		return stateShuffled
	}
	return stateIn
}

// held are the recording's components, as far as they are in the model.
func (m *model) held() []report.Row {
	f := frame(m.components, "components")
	if len(f.Rows) == 0 {
		return nil
	}
	return f.Where("of", "recording").Rows
}

// finding says in sentences what the scores mean, the first with two numbers.
func (m *model) finding(all *results) (lines []string) {
	if i := slices.IndexFunc(m.rulers, has(markScore)); i >= 0 {
		lines = m.scoreSentences(all, m.rulers[i])
	}
	if of := m.held(); len(of) > 0 && !math.IsNaN(of[0].Number("r2_left_out")) {
		lines = append(lines, componentsSentence(of))
	}
	if text := m.decodeSentence(); text != "" {
		lines = append(lines, text)
	}
	if text := m.ascentSentence(); text != "" {
		lines = append(lines, text)
	}
	if text := m.allowedSentence(all); text != "" {
		lines = append(lines, text)
	}
	return lines
}

// scoreSentences are of a score beside shuffled conditions, a repetition and the first component.
func (m *model) scoreSentences(all *results, r *experiments.Record) []string {
	label := r.Cell.Measures[0].Label
	score, _ := markOf(r, markScore)
	shuffled, isShuffled := markOf(r, markShuffled)
	p, tested := markOf(r, markP)
	text := fmt.Sprintf("%s scores %s with %s by %s", m.name, report.Fraction(score.value), all.recording(), label)
	switch {
	case tested && p.value <= .05:
		text += fmt.Sprintf(": alike condition by condition, for conditions shuffled it scores %s on average (p = %s)", report.Fraction(shuffled.value), pText(p.value))
	case tested:
		text += fmt.Sprintf(": not distinguishable from its conditions shuffled, which score %s on average (p = %s)", report.Fraction(shuffled.value), pText(p.value))
	case isShuffled:
		text += fmt.Sprintf("; with its conditions shuffled, %s on average, and %d conditions are too few for a test", report.Fraction(shuffled.value), m.x.Conditions())
	}
	lines := []string{text + "."}
	if text := all.repetition(); text != "" && len(all.models) == 1 {
		lines = append(lines, text)
	}
	one, ok := markOf(r, "components=1")
	if !ok || one.value <= score.value || r.Cell.Measures[0].Kind == measures.Distance {
		return lines
	}
	text = fmt.Sprintf("The recording's first component alone scores more, %s", report.Fraction(one.value))
	if one.value <= score.high {
		text = fmt.Sprintf("The recording's first component alone scores about as much, %s", report.Fraction(one.value))
	}
	if one.value >= .9 {
		text += fmt.Sprintf(": %s sees mostly that component here", label)
	}
	return append(lines, text+".")
}

// repetition says what a repetition of the recording would score, by the first measure; "" if
// that is not known.
func (all *results) repetition() string {
	r := all.models[0].rulers[0]
	k, ok := all.models[0].at(all, r, inference.RepetitionName)
	if !ok || math.IsNaN(k.value) {
		return ""
	}
	return fmt.Sprintf("A repetition of the recording would score %s with it by %s.", report.Fraction(k.value), r.Cell.Measures[0].Label)
}

// doubts are what scores of data of these sizes must be read with.
func (all *results) doubts() (lines []string) {
	for _, m := range all.models {
		var high []string
		for _, r := range m.rulers {
			of := r.Cell.Measures[0]
			if note := of.NoteOn(m.x.NumSamples(), m.x.Units(), m.y.Units()); note != "" {
				lines = append(lines, note)
			}
			noise, ok := markOf(r, markNoise)
			if ok && of.Kind == measures.Similarity && noise.value >= highNoise {
				high = append(high, fmt.Sprintf("%s by %s", report.Fraction(noise.value), of.Label))
			}
		}
		if high != nil {
			lines = append(lines, fmt.Sprintf("White noise in the place of %s, %s on %s, scores %s: such scores are high for data of these sizes that have nothing in common, and not comparable across widths. Unbiased CKA, and conditions left out, are.", m.name, report.Count(m.y.Units(), "unit"), report.Count(m.y.NumSamples(), "sample"), joined(high, mostHeadline)))
		}
	}
	return lines
}

// highNoise is what white noise scores where scores say more of sizes than of likeness.
const highNoise = .3

func pText(p float64) string {
	switch {
	case math.IsNaN(p):
		return "–"
	case p < .0005:
		return report.Significant(p, 1)
	case p < .0995:
		return fmt.Sprintf("%.3f", p)
	}
	return report.Fraction(p)
}

// componentsSentence says of each component whether it is in the model: as conditions left out
// show, and better than with conditions shuffled; by what all conditions share alone; or not
// shown.
func componentsSentence(of []report.Row) string {
	r2 := func(row report.Row, of string) string { return report.Fraction(row.Number(of)) }
	var has, common, shuffled []string
	var out []int
	for i, row := range of {
		k := i + 1
		switch stateOf(row) {
		case stateOut:
			out = append(out, k)
		case stateCommon:
			common = append(common, fmt.Sprintf("%d (R² %s, and %s without it)", k, r2(row, "r2_left_out"), r2(row, "r2_removed")))
		case stateShuffled:
			shuffled = append(shuffled, fmt.Sprintf("%d (R² %s, shuffled up to %s)", k, r2(row, "r2_left_out"), r2(row, "chance_high")))
		default:
			has = append(has, fmt.Sprintf("%d (R² %s)", k, r2(row, "r2_left_out")))
		}
	}
	if len(has) == len(of) {
		return fmt.Sprintf("All of the recording's first %d components are in the model, for conditions left out too (R² from %s on).", len(of), report.Fraction(inModel))
	}
	var parts []string
	if has != nil {
		parts = append(parts, fmt.Sprintf("the model has %s for conditions left out", strings.Join(has, ", ")))
	}
	if common != nil {
		parts = append(parts, "it has of "+strings.Join(common, ", ")+" what all conditions share alone")
	}
	if shuffled != nil {
		parts = append(parts, "no better than with conditions shuffled: "+strings.Join(shuffled, ", "))
	}
	if out != nil {
		most := math.Inf(-1)
		for _, k := range out {
			most = max(most, of[k-1].Number("r2_left_out"))
		}
		which := "none is shown to be in the model"
		if parts != nil {
			which = "not shown: " + spans(out)
		}
		parts = append(parts, fmt.Sprintf("%s (R² at most %s)", which, report.Fraction(most)))
	}
	return fmt.Sprintf("Of the recording's first %d components %s.", len(of), strings.Join(parts, "; "))
}

// spans are rising numbers, those that follow on each other as 7–10.
func spans(k []int) string {
	var text []string
	for i := 0; i < len(k); {
		j := i
		for j+1 < len(k) && k[j+1] == k[j]+1 {
			j++
		}
		switch j - i {
		case 0:
			text = append(text, fmt.Sprint(k[i]))
		case 1:
			text = append(text, fmt.Sprint(k[i]), fmt.Sprint(k[j]))
		default:
			text = append(text, fmt.Sprintf("%d–%d", k[i], k[j]))
		}
		i = j + 1
	}
	return strings.Join(text, ", ")
}

// decodeSentence is of the variable that the recording holds and the model lacks most, of
// those above chance in the recording.
func (m *model) decodeSentence() string {
	worst, text := 0.0, ""
	for _, row := range frame(m.decode, "decode").Rows {
		x, y := row.Number("x"), row.Number("y")
		if x <= row.Number("x_chance_high") || x-y <= worst {
			continue
		}
		worst = x - y
		what := "accuracy"
		if row.Key("kind") == "continuous" {
			what = "R²"
		}
		k := int(row.Number("leading"))
		components := "component"
		if k > 1 {
			components = fmt.Sprintf("%d components", k)
		}
		text = fmt.Sprintf("%s is decoded from the recording with %s %s (shuffled up to %s) and from the model with %s (%s); the recording's own first %s give %s.",
			row.Key("variable"), what, report.Fraction(x), report.Fraction(row.Number("x_chance_high")), report.Fraction(y), report.Fraction(row.Number("y_chance_high")), components, report.Fraction(row.Number("x_leading")))
		if k == 1 {
			text = strings.Replace(text, "first component give", "first component gives", 1)
		}
	}
	return text
}

// A difference is of two models by a measure.
type difference struct {
	y, z *model
	m    measures.Measure
	inference.Comparison
	adjusted float64
}

// differences are those of all pairs of models, p adjusted within each measure.
func (all *results) differences() (list []difference) {
	if len(all.models) < 2 {
		return nil
	}
	for k, r := range all.models[0].rulers {
		var family []difference
		var p []float64
		for i, y := range all.models {
			for _, z := range all.models[i+1:] {
				c, err := inference.Difference(replicatesOf(y.rulers[k]), replicatesOf(z.rulers[k]))
				if err != nil {
					continue
				}
				family, p = append(family, difference{y, z, r.Cell.Measures[0], c, 0}), append(p, c.P)
			}
		}
		for i, q := range inference.BenjaminiHochberg(p) {
			family[i].adjusted = q
		}
		list = append(list, family...)
	}
	return list
}

// headline is of several models by the first measure: the best, and which others it is told
// apart from. Of one model there is none.
func (all *results) headline(list []difference) []string {
	if len(list) == 0 {
		return nil
	}
	of, k := list[0].m, 0 // and which of the rulers that is
	for i, r := range all.models[0].rulers {
		if r.Cell.Measures[0].Name == of.Name {
			k = i
		}
	}
	order := slices.DeleteFunc(slices.Clone(all.models), func(m *model) bool { return math.IsNaN(scoreOf(m.rulers[k])) })
	if len(order) < 2 {
		return nil
	}
	slices.SortStableFunc(order, func(a, b *model) int {
		return cmp.Compare(alike(of)*scoreOf(b.rulers[k]), alike(of)*scoreOf(a.rulers[k]))
	})
	best := order[0]
	called := func(m *model) string { return fmt.Sprintf("%s (%s)", m.short, report.Fraction(scoreOf(m.rulers[k]))) }
	var apart, not []string
	why := ""
	for _, m := range order[1:] {
		i := slices.IndexFunc(list, func(d difference) bool {
			return d.m.Name == of.Name && (d.y == best && d.z == m || d.y == m && d.z == best)
		})
		switch {
		case i < 0:
		case list[i].Withheld != "":
			why = list[i].Withheld
			not = append(not, called(m))
		case list[i].adjusted <= .05:
			apart = append(apart, called(m))
		default:
			not = append(not, called(m))
		}
	}
	text := fmt.Sprintf("By %s, %s is the most alike to %s", of.Label, called(best), all.recording())
	switch {
	case why != "":
		return []string{fmt.Sprintf("%s of %d models, before %s; they are not compared: %s.", text, len(order), joined(append(apart, not...), mostHeadline), why)}
	case len(not) == 0:
		text += ", separated from " + joined(apart, mostHeadline)
	case len(apart) == 0:
		text += ", and not separated from " + joined(not, mostHeadline)
	default:
		text += fmt.Sprintf(", separated from %s and not from %s", joined(apart, mostHeadline), joined(not, mostHeadline))
	}
	return []string{text + " over conditions." + best.below(all, k)}
}

// below says of the best of models whether its interval reaches a ceiling; "" if there is
// none.
func (m *model) below(all *results, k int) string {
	r := m.rulers[k]
	score, _ := markOf(r, markScore)
	for _, name := range []string{inference.NoiseFreeName, inference.SubjectOut} {
		c, ok := m.at(all, r, name)
		if !ok || math.IsNaN(c.value) || math.IsNaN(score.low) {
			continue
		}
		end, beyond := score.high, score.high < c.value
		if alike(r.Cell.Measures[0]) < 0 {
			end, beyond = score.low, score.low > c.value
		}
		if beyond {
			return fmt.Sprintf(" It does not reach the ceiling, %s: its interval ends at %s.", report.Fraction(c.value), report.Fraction(end))
		}
		return fmt.Sprintf(" It is not separated from the ceiling, %s.", report.Fraction(c.value))
	}
	return ""
}

// mostHeadline models are named in the headline.
const mostHeadline = 4

// joined are names, those beyond the most as a number.
func joined(names []string, most int) string {
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// separated says which models can be told apart by the first measure.
func (all *results) separated(list []difference) []string {
	var apart, not []string
	first := list[0].m
	for _, d := range list {
		if d.m.Name != first.Name || d.Withheld != "" || math.IsNaN(d.adjusted) {
			continue
		}
		pair := d.y.name + " and " + d.z.name
		if d.adjusted <= .05 {
			apart = append(apart, fmt.Sprintf("%s (%s)", pair, signed(d.Difference)))
		} else {
			not = append(not, pair)
		}
	}
	text := "By " + first.Label + ", over conditions, "
	switch {
	case len(apart)+len(not) == 0:
		return []string{fmt.Sprintf("By %s models are not compared: %s.", first.Label, cmp.Or(list[0].Withheld, "no difference has an interval"))}
	case len(apart) == 0:
		text += "no two models are separated."
	case len(apart)+len(not) > 6:
		text += fmt.Sprintf("%d of %d pairs of models are separated (table).", len(apart), len(apart)+len(not))
	case len(not) == 0:
		text += "all models are separated: " + strings.Join(apart, ", ") + "."
	default:
		text += "separated: " + strings.Join(apart, ", ") + "; not separated: " + strings.Join(not, ", ") + "."
	}
	return []string{text}
}

// separatedBy is how many pairs of models the measures but the first tell apart.
func separatedBy(list []difference) []string {
	var labels, counts []string
	pairs, apart := map[string]int{}, map[string]int{}
	for _, d := range list {
		if d.m.Name == list[0].m.Name || d.Withheld != "" || math.IsNaN(d.adjusted) {
			continue
		}
		if pairs[d.m.Label]++; pairs[d.m.Label] == 1 {
			labels = append(labels, d.m.Label)
		}
		if d.adjusted <= .05 {
			apart[d.m.Label]++
		}
	}
	for _, label := range labels {
		counts = append(counts, fmt.Sprintf("%s %d of %d", label, apart[label], pairs[label]))
	}
	if counts == nil {
		return nil
	}
	return []string{"Pairs of models that other measures separate: " + joined(counts, mostHeadline) + "."}
}

func signed(v float64) string {
	if v < 0 {
		return "−" + report.Fraction(-v)
	}
	return "+" + report.Fraction(v)
}

func conventions(set explainSettings, all *results) []string {
	x := all.models[0].x
	lines := []string{
		"x is the recording, the first file, and y a model. Conditions are shuffled and left out whole, at all times: rows that are neighbours in time are much alike, and no independent samples.",
		fmt.Sprintf("Shuffled: y with its conditions in another order, all orders if they are at most %d, else %d drawn at random; p = (b + 1)/(B + 1), b of the B other orders scoring as high. It says whether the model is like the recording condition by condition, not whether it is good: what all conditions share stays.", inference.AllShuffles, set.Shufflings),
		"Without what conditions share: each time's mean over conditions is removed from both datasets, for every unit.",
		fmt.Sprintf("Floor: %d surrogates with the model's covariances over time and over units, otherwise as random as can be (Elsayed & Cunningham 2017). Noise: white noise of the model's shape. Bands are 2.5 to 97.5 %%.", set.Draws),
		"Intervals are 95 %, by the delete-a-group jackknife over conditions, with Student's t; over units: over conditions and the recording's units (Schütt et al. 2023). A model's units are its population and are not resampled.",
		fmt.Sprintf("R² from conditions left out: ridge regression of the component, unit or continuous variable on the other dataset, its penalty chosen within the conditions that are fitted; chance is 2.5 to 97.5 %% of shuffled conditions. A component is said to be in the model from R² %s on; where in sample less than R² %s is left when each time's mean over conditions is removed from both, what it has of it is said to be common to all conditions; and where shuffled conditions give as much, no better than these. In sample R² rises with the model's units: of many units this is said too rarely.", report.Fraction(inModel), report.Fraction(onlyShared)),
		fmt.Sprintf("Decoding: units are %s. Classes by logistic regression at each time, %d folds of conditions; continuous variables by ridge regression, one map for all times, conditions left out. Across: a decoder of one dataset tested on the other, brought onto it by orthogonal Procrustes of other conditions.", set.Decoder, folds),
	}
	if _, any := all.by(has(markNoiseSD)); any {
		lines = append(lines, fmt.Sprintf("The recording with white noise that scores the same: noise as a multiple of its overall standard deviation depends on how many units there are, for copies of units change it and leave CKA as it is; signal to noise of a unit, of the recording's principal coordinates turned into %d columns, does not. From the level at which 5 %% of %d draws score less to that at which 95 %% do.", inference.NoiseUnits, set.Draws))
	}
	if of, any := all.by(hasZeroInformation); any {
		lines = append(lines, fmt.Sprintf("Best without a linear trace of a variable: what the recording scores with itself when that trace is taken from it, of classes at every time. No data without one score more%s.", of))
	}
	if len(all.models[0].ascents) > 0 {
		lines = append(lines, fmt.Sprintf("Ascent: white noise of the recording's shape, driven toward it by Adam (rate %g, at most %d steps) until it scores as the model does; a component is in it from R² %s on in sample. Searches of what another measure may be: the same noise, by descent of the other score, or its rise, with the model's score held; only whether they went as far as can be is open.", ascentRate, ascentSteps, report.Fraction(inModel)))
	}
	if all.halves {
		lines = append(lines, "Ceilings, from the halves of the trials: half against half; and noise-free, what the recording without its noise would score with it, the noise estimated from the halves' difference.")
	}
	if all.trials > 0 {
		lines = append(lines, fmt.Sprintf("Repetition: what the average of all %d trials of a condition would score with another such average, extrapolated from averages of fewer.", all.trials))
	}
	if all.subjects > 0 {
		lines = append(lines, fmt.Sprintf("Subjects: scores of each of %d recordings with the mean kernel of the others (lower), and of all, itself among them (upper); means over subjects, and from the lowest to the highest. They bound the best of models' mean score over subjects (Nili et al. 2014).", all.subjects))
	}
	if len(all.ceilings) == 0 {
		lines = append(lines, "Ceiling: unknown. It needs a second measurement of the same conditions: -ceiling even.npz,odd.npz, trials that -average makes conditions of, or -subjects.")
	}
	if x.Times() == 1 {
		lines = append(lines, "Each sample is taken for a condition of its own, independent of the others: of rows that follow each other in time p and intervals are void; give time × condition × unit.")
	}
	if x.Conditions() < inference.MinConditions {
		lines = append(lines, fmt.Sprintf("%d conditions are too few for an interval: %d are needed.", x.Conditions(), inference.MinConditions))
	}
	return append(lines, all.generality()...)
}

// generality is what is said of other conditions, of other units and of other animals.
func (all *results) generality() []string {
	conditions, units, animals := "Not for other conditions: no score has an interval over these.", "Not for other units: no score has an interval over these.", "Not for other animals: one was given."
	if _, any := all.by(hasInterval(markScore)); any {
		conditions = "For other conditions as far as these are a sample of them: by the intervals over conditions, and by what is predicted for conditions left out."
	}
	if _, any := all.by(hasInterval(markOverUnits)); any {
		units = "For other units of the recorded population: by the intervals over units; the model's are all it has."
	}
	if all.subjects > 0 {
		animals = fmt.Sprintf("For other animals: by the bounds of %d subjects alone.", all.subjects)
	}
	return []string{conditions, units, animals}
}
