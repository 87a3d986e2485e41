package decode

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studies/published"
	"simgrad/measures"
)

// level is the score at which the paper compares measures.
const level = 0.9

// results are all records of one dataset.
type results struct {
	*report.Description
	file       string   // the dataset in file names
	decoder    string   // raw or standardised
	variables  []string // that were decoded
	kinds      map[string]string
	ofTime     []string // variables of time alone, which have no chance band
	about      *experiments.Record
	references map[uint64]*experiments.Record
	measures   []measures.Measure
	ceilings   map[string]*experiments.Record
	runs       map[string][]*experiments.Record
}

// Report implements Study.
func (s *Study) Report(records []*experiments.Record) (*report.Report, error) {
	sets := gather(records)
	rep := &report.Report{Title: "Decoding task variables from data driven toward a dataset", Question: "Do data with a high score encode the task variables?"}
	settings := records[0].Cell.Settings.(decodeSettings)
	for _, d := range sets {
		rep.Datasets = append(rep.Datasets, d.Description)
		for _, g := range d.groups() {
			for _, f := range []*report.Figure{g.figure(), g.besides()} {
				f.Dataset = d.Short()
				rep.Figures = append(rep.Figures, f)
			}
		}
		rep.Formings = append(rep.Formings, d.formings()...)
		if unmoved(sets, d) == nil { // else the finding on placement speaks of it
			rep.Finding = append(rep.Finding, d.finding(len(sets) > 1)...)
		}
	}
	rep.Finding = append(sweepFinding(sets), rep.Finding...)
	rep.Figures = append(rep.Figures, scoreFigure(sets))
	if f := placementFigure(sets); f != nil {
		rep.Figures = append(rep.Figures, f)
		rep.Finding = append(rep.Finding, placementFinding(sets)...)
	}
	rep.Tables = slices.Concat(gridTable(sets), wayTable(sets), decodeTables(sets))
	rep.CSV = decodeCSV(sets, settings.Protocol)
	rep.Arrays = map[string][]data.Array{"decode": decodeArrays(sets)}
	var all []measures.Measure
	for _, d := range sets {
		for _, m := range d.measures {
			if !slices.ContainsFunc(all, func(o measures.Measure) bool { return o.Name == m.Name }) {
				all = append(all, m)
			}
		}
	}
	rep.Conventions = decodeConventions(all, settings.Protocol)
	if anyContinuous(sets) {
		rep.Conventions = append(rep.Conventions, ridgeConvention(settings.Decoder))
	}
	rep.Warnings = insideBand(sets)
	return rep, nil
}

func gather(records []*experiments.Record) (sets []*results) {
	for _, g := range experiments.ByDataset(records) {
		d := &results{file: g.File, decoder: g.Records[0].Cell.Settings.(decodeSettings).Decoder, kinds: map[string]string{}, references: map[uint64]*experiments.Record{}, ceilings: map[string]*experiments.Record{}, runs: map[string][]*experiments.Record{}}
		sets = append(sets, d)
		for _, r := range g.Records {
			switch r.Cell.Part {
			case partDataset:
				d.Description, d.about = r.Dataset, r
				for _, row := range r.Frame("variables", "variable kind along", "").Rows {
					v := row.Key("variable")
					d.variables, d.kinds[v] = append(d.variables, v), row.Key("kind")
					if row.Key("along") == data.AlongTime {
						d.ofTime = append(d.ofTime, v)
					}
				}
			case partReference:
				d.references[r.Cell.Seed] = r
			case partCeiling:
				m := r.Cell.Measures[0]
				d.measures = append(d.measures, m)
				d.ceilings[m.Name] = r
			case partAscent:
				name := r.Cell.Measures[0].Name
				d.runs[name] = append(d.runs[name], r)
			}
		}
	}
	return sets
}

// accuracy is that of decoding variable when the measure's score is level.
func (d *results) accuracy(measure, variable string, level float64) report.Spread {
	var values []float64
	for _, r := range d.runs[measure] {
		values = append(values, report.Crossing(r.Column("decoding", "score", "variable", variable), r.Column("decoding", "accuracy", "variable", variable), level))
	}
	return report.SpreadOf(values)
}

func (d *results) reference(variable string) report.Spread {
	var values []float64
	for _, seed := range slices.Sorted(maps.Keys(d.references)) {
		values = append(values, d.references[seed].Column("reference", "accuracy", "variable", variable)[0])
	}
	return report.SpreadOf(values)
}

// band is the chance band, within which an accuracy says nothing: shuffled labels are
// decoded as well. One half is no measure of that, for few conditions and uneven classes
// are decoded above it by chance. The band lies between two of the m permutations. They
// are those that leave outside, on either side, one more accuracy at chance with a
// probability of at most 2.5 %, of the m + 1 places that it can take among them.
func (d *results) band(variable string) (low, high float64) {
	return bandOf(d.about.Column("null", "accuracy", "variable", variable))
}

func bandOf(null []float64) (low, high float64) {
	if len(null) == 0 {
		return math.NaN(), math.NaN()
	}
	outside := (len(null) + 1) / 40
	return null[outside-1], null[len(null)-outside]
}

// aboveChance are the variables that the dataset itself decodes better than shuffled
// labels.
func (d *results) aboveChance() (variables []string) {
	for _, v := range d.variables {
		if _, high := d.band(v); d.reference(v).Mean > high {
			variables = append(variables, v)
		}
	}
	return variables
}

// chanceUpTo is a variable with the upper end of its band.
func (d *results) chanceUpTo(variable string) string {
	_, high := d.band(variable)
	return fmt.Sprintf("%s (chance up to %s%s)", variable, d.unit(variable), report.Fraction(high))
}

// insideBand warns of the others, of all datasets.
func insideBand(sets []*results) (lines []string) {
	var without, below, few []string
	for _, d := range sets {
		var here []string
		above := d.aboveChance()
		for _, v := range d.variables {
			if slices.Contains(above, v) || slices.Contains(d.ofTime, v) {
				continue
			}
			if why := d.hiddenByScale(v); why != "" {
				lines = append(lines, why)
				continue
			}
			here = append(here, d.chanceUpTo(v))
		}
		if len(here) > 0 {
			without = append(without, d.Short())
			below = append(below, strings.Join(here, ", "))
			if of := fmt.Sprint(d.Conditions); !slices.Contains(few, of) {
				few = append(few, of)
			}
		}
		if len(d.ofTime) > 0 {
			lines = append(lines, fmt.Sprintf("%s: of time alone, and the same after shuffling conditions: %s. There is no chance band, and the findings leave them out.", d.Short(), strings.Join(d.ofTime, ", ")))
		}
	}
	if len(below) == 0 {
		return lines
	}
	on := without[0] + ": not"
	if len(below) > 1 {
		on = "Not"
		for i, name := range without {
			below[i] = name + ", " + below[i]
		}
	}
	return append(lines, fmt.Sprintf("%s decoded from the dataset itself above chance, and left out of the findings: %s. The data may not hold them, or %s conditions are so few that most shufflings are other divisions that the data hold as well.",
		on, strings.Join(below, "; "), strings.Join(few, " or ")))
}

func (d *results) ceiling(measure, variable string) float64 {
	return d.ceilings[measure].Column("ceiling", "score", "variable", variable)[0]
}

func (d *results) measure(name string) (measures.Measure, bool) {
	i := slices.IndexFunc(d.measures, func(m measures.Measure) bool { return m.Name == name })
	if i < 0 {
		return measures.Measure{}, false
	}
	return d.measures[i], true
}

func (d *results) title() string { return d.Description.Title() }

// matchedPairs are measures on one scale: two cosines, two angles.
var matchedPairs = [][2]string{{"cka", "nbs"}, {"cka-angular-score", "procrustes-angular-score"}}

// finding says in sentences what the numbers are; among others with the dataset's name.
func (d *results) finding(among bool) (lines []string) {
	on := ""
	if among {
		on = d.Short() + ": "
	}
	defer func() { lines = append(lines, d.wayFinding(on)...) }()
	first, second := d.contrast()
	if first.Name == "" && len(d.similarities()) > 0 {
		return []string{on + d.belowLevel()}
	}
	defer func() { lines = append(append(lines, d.passedOver(on)...), d.noiseFinding(on)...) }()
	tested := len(d.aboveChance()) > 0
	for _, g := range d.groups() {
		switch {
		case first.Name == "" && tested: // distances alone
		case len(g.aboveChance()) > 0:
			lines = append(lines, g.finding(on, first, second)...)
		case !tested: // else the warnings say it
			lines = append(lines, on+g.nothingTested())
		}
	}
	return lines
}

// finding says of variables with one score, some of them above chance, how they are
// decoded where two measures pass the level.
func (g group) finding(on string, first, second measures.Measure) (lines []string) {
	d := g.results
	// The variable that falls furthest short at the first measure.
	variable, furthest := "", math.Inf(-1)
	for _, v := range g.aboveChance() {
		if gap := d.reference(v).Mean - d.accuracy(first.Name, v, level).Mean; gap > furthest {
			variable, furthest = v, gap
		}
	}
	accuracy, reference := d.accuracy(first.Name, variable, level), d.reference(variable)
	low, high := d.band(variable)
	line := fmt.Sprintf("Data at %s %g can have less of %s: decoded at %s%s, %s in the dataset", first.Label, level, variable, d.unit(variable), accuracy.Brief(), reference.Brief())
	switch {
	case accuracy.Mean <= high:
		line = fmt.Sprintf("Data at %s %g can lack %s altogether: decoded at %s%s (chance %s–%s), %s in the dataset", first.Label, level, variable, d.unit(variable), accuracy.Brief(), report.Fraction(low), report.Fraction(high), reference.Brief())
	case furthest <= short:
		line = fmt.Sprintf("Data at %s %g have every %s: even %s is decoded at %s%s, %s in the dataset", first.Label, level, g.noun(), variable, d.unit(variable), accuracy.Brief(), reference.Brief())
	}
	if second.Name != "" {
		line += fmt.Sprintf("; at %s %g, %s%s", second.Label, level, d.unit(variable), d.accuracy(second.Name, variable, level).Brief())
	}
	lines = append(lines, on+line+".")
	line = fmt.Sprintf("Even with %s erased, the dataset scores %s %s with itself", variable, first.Label, report.Fraction(d.ceiling(first.Name, variable)))
	if second.Name != "" {
		line += fmt.Sprintf(", %s %s", second.Label, report.Fraction(d.ceiling(second.Name, variable)))
	}
	lines = append(lines, on+line+".")

	var pairs []string
	for _, p := range matchedPairs {
		a, okA := d.measure(p[0])
		b, okB := d.measure(p[1])
		if okA && okB && d.passes(a) && d.passes(b) {
			pairs = append(pairs, fmt.Sprintf("%s %s%s and %s %s%s", a.Label, d.unit(variable), d.accuracy(a.Name, variable, level).Brief(), b.Label, d.unit(variable), d.accuracy(b.Name, variable, level).Brief()))
		}
	}
	if len(pairs) > 0 {
		lines = append(lines, fmt.Sprintf("%sPart of a gap can be only the scale: 0.9 of an angle is a cosine of %s. On one scale, %s at score %g: %s.", on, report.Fraction(measures.CosineOf(level)), variable, level, strings.Join(pairs, "; ")))
	}
	return lines
}

// sweepFinding answers for several datasets at once, by the measures that the first of them
// with an answer compares: how many variables of all fall short, and which the furthest.
func sweepFinding(sets []*results) []string {
	sets = slices.DeleteFunc(slices.Clone(sets), func(d *results) bool { return unmoved(sets, d) != nil })
	var first, second measures.Measure
	for _, d := range sets {
		if first.Name == "" && len(d.aboveChance()) > 0 {
			first, second = d.contrast()
		}
	}
	if len(sets) < 2 || first.Name == "" {
		return nil
	}
	count := func(m measures.Measure) (behind, tested, of int, worst string) {
		furthest := math.Inf(-1)
		for _, d := range sets {
			before := tested
			for _, v := range d.aboveChance() {
				accuracy, reference := d.accuracy(m.Name, v, level), d.reference(v)
				gap := reference.Mean - accuracy.Mean
				if accuracy.Starts == 0 {
					continue
				}
				tested++
				if gap > short {
					behind++
				}
				if gap > furthest {
					furthest, worst = gap, fmt.Sprintf("%s of %s (%s%s, %s in the dataset)", v, d.Short(), d.unit(v), accuracy.Brief(), reference.Brief())
				}
			}
			if tested > before {
				of++
			}
		}
		return behind, tested, of, worst
	}
	behind, tested, of, worst := count(first)
	if of < 2 {
		return nil // the first has its own sentence
	}
	line := fmt.Sprintf("Data at %s %g are decoded more than %g below the dataset itself for %d of %s of %s", first.Label, level, short, behind, report.Count(tested, "variable"), report.Count(of, "dataset"))
	if behind > 0 {
		line += ", the furthest for " + worst
	}
	if second.Name != "" {
		behind, tested, _, _ := count(second)
		line += fmt.Sprintf("; at %s %g, for %d of %d", second.Label, level, behind, tested)
	}
	return []string{line + "."}
}

// nothingTested says of a group with no variable above chance why that is.
func (g group) nothingTested() string {
	if slices.ContainsFunc(g.variables, func(v string) bool { return g.hiddenByScale(v) != "" }) {
		return fmt.Sprintf("No %s is decoded above chance from values as they are, and nothing is compared: see the warnings.", g.noun())
	}
	var chance []string
	for _, v := range g.variables {
		if !slices.Contains(g.ofTime, v) {
			chance = append(chance, g.chanceUpTo(v))
		}
	}
	if len(chance) == 0 {
		return fmt.Sprintf("Of time alone nothing can be tested, for shuffled conditions are the same: %s.", strings.Join(g.variables, ", "))
	}
	return fmt.Sprintf("Nothing can be tested: from %s, shuffled %s are decoded as well as %s.", report.Count(g.Conditions, "condition"), g.shuffled(), strings.Join(chance, ", "))
}

// short is how far below that of the dataset an accuracy is called less.
const short = 0.05

// belowLevel says of a dataset at which no measure passes the level how far each went.
func (d *results) belowLevel() string {
	var tops []string
	noise := true
	for _, m := range d.similarities() {
		var starts, top []float64
		for _, r := range d.runs[m.Name] {
			starts, top = append(starts, r.Column("snapshots", "score")[0]), append(top, slices.Max(r.Column("snapshots", "score")))
		}
		if low := slices.Min(starts); low >= level {
			tops = append(tops, m.Label+" "+report.Fraction(low)+" already at the start")
			continue
		}
		noise = false
		tops = append(tops, m.Label+" "+report.Fraction(slices.Max(top)))
	}
	switch {
	case noise:
		return fmt.Sprintf("White noise of this shape scores more than %g (%s): with %d units on %d samples a biased score says nothing. A debiased one (cka-hsic=song, of independent samples), fewer components or left-out conditions do.", level, strings.Join(tops, ", "), d.Units, d.Times*d.Conditions)
	}
	return fmt.Sprintf("Nothing is compared at score %g, for none was driven as high: the highest scores are %s.", level, strings.Join(tops, ", "))
}

// passedOver says of measures that were driven less high than the level, where others pass
// it, how far they went.
func (d *results) passedOver(on string) []string {
	var short []string
	for _, m := range d.similarities() {
		top := math.Inf(-1)
		for _, r := range d.runs[m.Name] {
			top = max(top, slices.Max(r.Column("snapshots", "score")))
		}
		if top < level && !math.IsInf(top, 0) {
			short = append(short, m.Label+" "+report.Fraction(top))
		}
	}
	if len(short) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%sNothing is said at score %g of what was not driven as high: %s at most.", on, level, strings.Join(short, ", "))}
}

// gridTable says of every variable and measure whether it is decoded at the level about as
// well as from the dataset.
func gridTable(sets []*results) []report.Table {
	t := report.Table{Key: true, Caption: fmt.Sprintf("Decoded at score %g within %g of the dataset itself: ✓ or ✗; – where the score is not passed, or the dataset itself is decoded no better than chance.", level, short)}
	var labels []string
	for _, d := range sets {
		for _, m := range d.inPairs() {
			if !slices.Contains(labels, m.Label) {
				labels = append(labels, m.Label)
			}
		}
	}
	if len(labels) == 0 {
		return nil
	}
	t.Header = append([]string{"dataset", "variable"}, labels...)
	t.Caption += captionOfR2(sets)
	for _, d := range sets {
		above := d.aboveChance()
		for _, v := range d.variables {
			row := append([]string{d.Short(), d.inTable(v)}, slices.Repeat([]string{"–"}, len(labels))...)
			for _, m := range d.similarities() {
				at := d.accuracy(m.Name, v, level).Mean
				if !slices.Contains(above, v) || math.IsNaN(at) {
					continue
				}
				cell := "✓"
				if d.reference(v).Mean-at > short {
					cell = "✗"
				}
				row[2+slices.Index(labels, m.Label)] = cell
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return []report.Table{t}
}

// contrast returns the paper's two measures where both pass the level, else the
// first two that do.
func (d *results) contrast() (first, second measures.Measure) {
	a, okA := d.measure("cka")
	b, okB := d.measure("procrustes-angular-score")
	if okA && okB && d.passes(a) && d.passes(b) {
		return a, b
	}
	for _, m := range d.similarities() {
		switch {
		case !d.passes(m):
		case first.Name == "":
			first = m
		case second.Name == "":
			second = m
		}
	}
	return first, second
}

func (d *results) similarities() (ms []measures.Measure) {
	for _, m := range d.measures {
		if m.Kind == measures.Similarity {
			ms = append(ms, m)
		}
	}
	return ms
}

// passes is whether an ascent of m passes the level that measures are compared at.
func (d *results) passes(m measures.Measure) bool {
	return slices.ContainsFunc(d.runs[m.Name], func(r *experiments.Record) bool {
		return !math.IsNaN(report.Crossing(r.Column("snapshots", "score"), r.Column("snapshots", "step"), level))
	})
}

// figure is figure 2: a panel a measure, a line a variable.
func (g group) figure() *report.Figure {
	d := g.results
	// One band holds those of all variables where they differ little; where not, as of
	// variables with more classes or uneven ones, each has its own.
	var lows, highs []float64
	low, high, lowest, fewest := math.Inf(1), math.Inf(-1), math.Inf(-1), math.Inf(1) // of low and of high ends
	for _, v := range g.variables {
		l, h := d.band(v)
		lows, highs = append(lows, l), append(highs, h)
		if !math.IsNaN(l) {
			low, high, lowest, fewest = math.Min(low, l), math.Max(high, h), math.Max(lowest, l), math.Min(fewest, h)
		}
	}
	chance, oneBand := "Shaded across: the chance band of each variable, in its colour,", high > low && (g.continuous() || lowest-low <= 0.15) && high-fewest <= 0.15
	if oneBand {
		chance = "Grey: the chance bands of all variables together,"
	}
	bottom := g.bottom(low)
	f := &report.Figure{
		Name: g.name + "-" + d.file, Columns: 3, Height: 130, Title: d.title(), CSV: "summary",
		Caption: fmt.Sprintf("%s from data driven toward the dataset, against the score reached: %s. Dashed: the dataset itself. %s 2.5–97.5 %% of the permutation null of this dataset and decoder. Dash-dotted: the zero-information ceiling, %s.%s",
			g.caption(), report.OverStarts(len(d.references)), chance, ceilingOf(d.measures), d.standardised()),
	}
	known := false // whether there is a published curve
	for _, m := range d.measures {
		p := report.Panel{Title: m.Label, X: "score", Y: g.axis(), Score: experiments.ScoreOf(m), XRange: d.xRange(m), YRange: [2]float64{bottom, 1}}
		if oneBand {
			p.Bands = append(p.Bands, report.NewBand(report.NewMark("", report.Grey, report.Shade), p.XRange[:], slices.Repeat([]float64{math.Max(low, bottom)}, 2), []float64{high, high}))
		}
		for i, v := range g.variables {
			colour := report.Hue(i)
			c := published.CurveOf(d.Card.Origin, m.Name, v)
			if len(c.Score) > 0 {
				known = true
				p.Lines = append(p.Lines, report.NewLine(report.NewMark("", colour, report.Overlay), c.Score, c.Accuracy))
			}
			if !oneBand && !math.IsNaN(lows[i]) {
				p.Bands = append(p.Bands, report.NewBand(report.NewMark("", colour, report.Shade), p.XRange[:], slices.Repeat([]float64{math.Max(lows[i], bottom)}, 2), []float64{highs[i], highs[i]}))
			}
			line, band := d.curve(m.Name, v)
			line.Mark, band.Mark = report.NewMark(v, colour, report.Solid), report.NewMark("", colour, report.Shade)
			p.Bands = append(p.Bands, band)
			p.Lines = append(p.Lines, line,
				report.NewLine(report.NewMark("", colour, report.Dashed), p.XRange[:], slices.Repeat([]float64{d.reference(v).Mean}, 2)),
				report.NewLine(report.NewMark("", colour, report.Vertical), []float64{d.ceiling(m.Name, v)}, nil))
		}
		f.Panels = append(f.Panels, p)
	}
	f.Legend = g.marks()
	f.Legend = append(f.Legend, report.NewMark("the dataset itself", report.Black, report.Dashed), report.NewMark("zero-information ceiling", report.Black, report.Vertical), report.NewMark("chance band", report.Grey, report.Shade))
	if known {
		theirs := "published"
		if d.Card.Surrogate {
			theirs = "published, of the recording itself"
		}
		f.Caption += " Pale: the published curve, after figure 2 of the paper."
		f.Legend = append(f.Legend, report.NewMark(theirs, report.Black, report.Overlay))
	}
	return f
}

// formings are the data on the way from the first start, for the page.
func (d *results) formings() (all []report.Forming) {
	reference, _ := d.about.Array("reference")
	for _, m := range d.similarities() {
		r := d.runs[m.Name][0]
		if planes, ok := r.Array("planes"); ok {
			all = append(all, report.Forming{
				Dataset: d.Short(), Measure: m.Label, Times: d.Times, Conditions: d.Conditions,
				Scores: r.Column("forming", "score"), Planes: planes.Values, Reference: reference.Values,
			})
		}
	}
	return all
}

// standardised says in a caption if units are.
func (d *results) standardised() string {
	if d.decoder != "standardised" {
		return ""
	}
	return " Decoded from units of unit variance (-decoder standardised)."
}

func (g group) marks() (marks []report.Mark) {
	for i, v := range g.variables {
		marks = append(marks, report.NewMark(v, report.Hue(i), report.Solid))
	}
	return marks
}

// xRange is that of the scores of m, with 0 and the range's end where it is near.
func (d *results) xRange(m measures.Measure) [2]float64 {
	low, high := 0.0, 0.0
	if m.Range[1] == 1 {
		high = 1
	}
	for _, r := range d.runs[m.Name] {
		low, high = math.Min(low, slices.Min(r.Column("snapshots", "score"))), math.Max(high, slices.Max(r.Column("snapshots", "score")))
	}
	return [2]float64{low, high}
}

// curve is the mean accuracy and its range against score; for a distance, against
// the scores of the first start.
func (d *results) curve(measure, variable string) (l report.Line, b report.Band) {
	var scores, accuracies [][]float64
	for _, r := range d.runs[measure] {
		scores, accuracies = append(scores, r.Column("decoding", "score", "variable", variable)), append(accuracies, r.Column("decoding", "accuracy", "variable", variable))
	}
	if m, _ := d.measure(measure); m.Kind == measures.Distance {
		l.X, l.Y = scores[0], accuracies[0]
		return l, b
	}
	return report.MeanCurve(scores, accuracies, 0.02)
}

// besides shows measures at equal score, and decoding by components.
func (g group) besides() *report.Figure {
	d := g.results
	f := &report.Figure{
		Name: g.besidesName() + d.file, Columns: 2, Width: 300, Height: 190, Title: d.title(), CSV: "summary",
		Caption: fmt.Sprintf("%s at score %g by every measure (left), and from the leading principal components of the dataset (right). Mean and range over starts; measures on one scale stand side by side. Dashed: the dataset itself.%s", g.score(), level, d.standardised()),
	}
	equal := report.Panel{Title: fmt.Sprintf("at score %g", level), Y: g.axis()}
	ordered := d.inPairs()
	for i, m := range ordered {
		equal.XTicks = append(equal.XTicks, report.NewTick(float64(i), twoLines(m.Label)))
	}
	equal.XRange = [2]float64{-0.5, float64(len(ordered)) - 0.5}
	parts := report.Panel{Title: "from leading components", X: "number of components", Y: g.axis(), LogX: true}
	most := 0.05
	best := "" // of the variables that leading components decode better than all units, the one they do most
	for i, v := range g.variables {
		colour := report.Hue(i)
		equal.Lines = append(equal.Lines, report.NewLine(report.NewMark("", colour, report.Dashed), equal.XRange[:], slices.Repeat([]float64{d.reference(v).Mean}, 2)))
		for k, m := range ordered {
			x := float64(k) + 0.09*(float64(i)-float64(len(g.variables)-1)/2)
			s := d.accuracy(m.Name, v, level)
			equal.Lines = append(equal.Lines,
				report.NewLine(report.NewMark("", colour, report.Solid), []float64{x, x}, []float64{s.Low, s.High}),
				report.NewLine(report.NewMark(v, colour, report.Points), []float64{x}, []float64{s.Mean}))
		}
		counts, decoded := d.about.Column("components", "components", "variable", v), d.about.Column("components", "accuracy", "variable", v)
		parts.Lines = append(parts.Lines, report.NewLine(report.NewMark(v, colour, report.Solid), counts, decoded), report.NewLine(report.NewMark(v, colour, report.Points), counts, decoded))
		reference := slices.Repeat([]float64{d.reference(v).Mean}, 2)
		for k, a := range decoded {
			if more := a - d.reference(v).Mean; more > most {
				most, best = more, fmt.Sprintf(" %s is decoded better from the first %s, at %s, than from all units, at %s: what the others hold beside it a decoder of %s fits as well.",
					v, report.Count(int(counts[k]), "component"), report.Fraction(a), report.Fraction(d.reference(v).Mean), report.Count(d.Conditions, "condition"))
			}
		}
		parts.Lines = append(parts.Lines, report.NewLine(report.NewMark("", colour, report.Dashed), []float64{1, report.Last(counts)}, reference))
	}
	f.Caption += best
	f.Panels = []report.Panel{equal, parts}
	if len(ordered) == 0 {
		f.Panels = f.Panels[1:]
	}
	f.Legend = append(g.marks(), report.NewMark("the dataset itself", report.Black, report.Dashed))
	return f
}

// twoLines breaks a label at the space nearest its middle.
func twoLines(label string) string {
	at, best := -1, len(label)
	for i, r := range label {
		if off := max(2*i-len(label), len(label)-2*i); r == ' ' && off < best {
			at, best = i, off
		}
	}
	if at < 0 {
		return label
	}
	return label[:at] + "\n" + label[at+1:]
}

// inPairs orders measures so that those on one scale are neighbours.
func (d *results) inPairs() (ordered []measures.Measure) {
	for _, p := range matchedPairs {
		for _, name := range p {
			if m, ok := d.measure(name); ok {
				ordered = append(ordered, m)
			}
		}
	}
	for _, m := range d.measures {
		if m.Kind == measures.Similarity && !slices.ContainsFunc(ordered, func(o measures.Measure) bool { return o.Name == m.Name }) {
			ordered = append(ordered, m)
		}
	}
	return ordered
}

// scoreFigure shows score against step, a panel a dataset.
func scoreFigure(sets []*results) *report.Figure {
	f := &report.Figure{
		Name: "scores", Columns: 3, Height: 170, CSV: "trace",
		Caption: "Score against step of Adam, one line a start.",
	}
	var labels []string
	for _, d := range sets {
		p := report.Panel{Title: d.Short(), X: "step", Y: "score"}
		for _, m := range d.measures {
			i := slices.Index(labels, m.Label)
			if i < 0 {
				i = len(labels)
				labels = append(labels, m.Label)
				f.Legend = append(f.Legend, report.NewMark(m.Label, report.Hue(i), report.Style(i/report.Hues%3)))
			}
			for _, r := range d.runs[m.Name] {
				p.Lines = append(p.Lines, report.NewLine(report.NewMark(m.Label, report.Hue(i), report.Style(i/report.Hues%3)), r.Column("trace", "step"), r.Column("trace", "score")))
			}
		}
		f.Panels = append(f.Panels, p)
	}
	return f
}

// unmoved returns the surrogate whose variables were moved to give d, nil if it is not
// among the sets.
func unmoved(sets []*results, d *results) *results {
	i := slices.IndexFunc(sets, func(e *results) bool {
		return d.Card.Origin.Shift != 0 && e.Card.Origin == d.Card.Origin.Unmoved()
	})
	if i < 0 {
		return nil
	}
	return sets[i]
}

// moved groups surrogates that differ only in the place of their variables.
func moved(sets []*results) (groups [][]*results) {
	for _, d := range sets {
		group := []*results{d}
		for _, e := range sets {
			if unmoved(sets, e) == d {
				group = append(group, e)
			}
		}
		if len(group) > 1 {
			slices.SortFunc(group, func(a, b *results) int { return a.Card.Origin.Shift - b.Card.Origin.Shift })
			groups = append(groups, group)
		}
	}
	return groups
}

// placementFigure shows how far short decoding falls at score 0.9, by where the
// variables of a surrogate are placed.
func placementFigure(sets []*results) *report.Figure {
	f := &report.Figure{
		Name: "placement", Columns: 2, Width: 300, Height: 180, CSV: "summary",
		Caption: fmt.Sprintf("How the result depends on where the task variables of a surrogate are placed: accuracy of the dataset itself less accuracy at score %g, against the number of components by which all variables are moved. Solid: CKA. Dashed: angular Procrustes.", level),
		Legend:  []report.Mark{report.NewMark("CKA", report.Black, report.Solid), report.NewMark("angular Procrustes", report.Black, report.Dashed)},
	}
	var names []string
	for _, group := range moved(sets) {
		p := report.Panel{Title: group[0].Card.Origin.Unmoved().String() + " (surrogate)", X: "variables moved by (components)", Y: "reference − accuracy"}
		for _, d := range group {
			p.XTicks = append(p.XTicks, report.NewTick(float64(d.Card.Origin.Shift), moves(d.Card.Origin.Shift)))
		}
		for i, v := range group[0].variables {
			if !slices.Contains(names, v) {
				names = append(names, v)
				f.Legend = append(f.Legend, report.NewMark(v, report.Hue(i), report.Points))
			}
			for k, m := range []string{"cka", "procrustes-angular-score"} {
				var x, y []float64
				for _, d := range group {
					if _, ok := d.measure(m); ok {
						x = append(x, float64(d.Card.Origin.Shift))
						y = append(y, d.reference(v).Mean-d.accuracy(m, v, level).Mean)
					}
				}
				p.Lines = append(p.Lines, report.NewLine(report.NewMark("", report.Hue(i), report.Style(k)), x, y), report.NewLine(report.NewMark(v, report.Hue(i), report.Points), x, y))
			}
		}
		f.Panels = append(f.Panels, p)
	}
	if len(f.Panels) == 0 {
		return nil
	}
	return f
}

// moves writes a shift, as +2, 0 or −2.
func moves(shift int) string {
	return strings.NewReplacer("+0", "0", "-", "−").Replace(fmt.Sprintf("%+d", shift))
}

// placementFinding says how far short the worst variable falls, of those above
// chance.
func placementFinding(sets []*results) (lines []string) {
	for _, group := range moved(sets) {
		var parts []string
		for _, d := range group {
			if _, ok := d.measure("cka"); !ok {
				continue
			}
			worst := math.NaN()
			for _, v := range d.aboveChance() {
				if gap := d.reference(v).Mean - d.accuracy("cka", v, level).Mean; !(gap <= worst) && !math.IsNaN(gap) {
					worst = gap
				}
			}
			parts = append(parts, fmt.Sprintf("%s: %s", moves(d.Card.Origin.Shift), report.Fraction(worst)))
		}
		if len(parts) > 0 {
			lines = append(lines, fmt.Sprintf("How far the worst variable of %s falls short at CKA %g, by the number of components that all are moved: %s.", group[0].Card.Origin.Unmoved().String(), level, strings.Join(parts, "; ")))
		}
	}
	return lines
}

// ceilingOf says what a ceiling is of such measures.
func ceilingOf(ms []measures.Measure) string {
	what := "the highest score that a dataset without linear trace of the variable reaches"
	if slices.ContainsFunc(ms, func(m measures.Measure) bool { return m.Kind == measures.Distance }) {
		what += " (of a distance, a floor: the lowest)"
	}
	return what
}

// decodeTables are the numbers, with the published ones where there are any.
func decodeTables(sets []*results) []report.Table {
	steps := report.Table{
		Caption: "Scores and steps, mean and range over starts.",
		Header:  []string{"dataset", "measure", "initial score", "steps to 0.9", "steps to 0.99", "ratio of norms at the end"},
	}
	levels := []float64{0.5, 0.8, 0.9, 0.99}
	accuracies := report.Table{
		Caption: "Decoding accuracy at equal score, mean over the starts that pass it, which are counted where not all do.",
		Header:  []string{"dataset", "measure", "variable"},
	}
	blind := report.Table{
		Caption: "The zero-information ceiling: what the dataset scores with itself, every trace of the variable erased. Same code: does a decoder trained on the dataset work on data at score 0.9, after alignment, and the reverse? Rotation, decoder and test have different conditions.",
		Header:  []string{"dataset", "measure", "variable", "ceiling", "status", "dataset → data at 0.9", "data at 0.9 → dataset"},
	}
	known := slices.ContainsFunc(sets, func(d *results) bool {
		return slices.ContainsFunc(d.measures, func(m measures.Measure) bool {
			_, _, _, ok := published.StartOf(d.Card.Origin, m.Name)
			return ok
		})
	})
	for _, l := range levels {
		accuracies.Header = append(accuracies.Header, fmt.Sprintf("at %g", l))
	}
	accuracies.Header = append(accuracies.Header, "dataset itself", "chance from", "to")
	if known {
		steps.Header = append(steps.Header, "published: initial score", "to 0.9", "to 0.99")
		for _, l := range levels {
			accuracies.Header = append(accuracies.Header, fmt.Sprintf("published at %g", l))
		}
	}
	accuracies.Caption += captionOfR2(sets)
	blind.Caption += captionOfR2(sets)
	for _, d := range sets {
		for _, m := range d.measures {
			var starts, nine, end, ratio []float64
			for _, r := range d.runs[m.Name] {
				trace := r.Column("trace", "score")
				starts = append(starts, trace[0])
				nine = append(nine, stepsTo(trace, 0.9))
				end = append(end, stepsTo(trace, 0.99))
				ratio = append(ratio, report.Last(r.Column("snapshots", "size")))
			}
			reached := []string{report.Steps(nine), report.Steps(end)}
			if m.Kind == measures.Distance {
				reached = []string{"–", "–"}
			}
			row := []string{d.Short(), m.Label, report.Fixed(report.SpreadOf(starts).Mean, 3), reached[0], reached[1], report.Significant(report.SpreadOf(ratio).Mean, 3)}
			if known {
				text := []string{"–", "–", "–"}
				if initial, to9, to99, ok := published.StartOf(d.Card.Origin, m.Name); ok {
					text = []string{fmt.Sprintf("%.3f", initial), to9, to99}
				}
				row = append(row, text...)
			}
			steps.Rows = append(steps.Rows, row)
			if m.Kind == measures.Distance {
				continue
			}
			for _, v := range d.variables {
				row := []string{d.Short(), m.Label, d.inTable(v)}
				for _, l := range levels {
					row = append(row, d.accuracy(m.Name, v, l).Brief())
				}
				low, high := d.band(v)
				row = append(row, d.reference(v).String(), report.Fraction(low), report.Fraction(high))
				if known {
					c := published.CurveOf(d.Card.Origin, m.Name, v)
					for _, l := range levels {
						row = append(row, publishedAt(c, l))
					}
				}
				accuracies.Rows = append(accuracies.Rows, row)
				status := "attained"
				if m.CeilingProven {
					status = "proven"
				}
				var there, back []float64
				for _, r := range d.runs[m.Name] {
					there = append(there, once(r.Column("transfer", "optimised", "variable", v)))
					back = append(back, once(r.Column("transfer", "reference", "variable", v)))
				}
				blind.Rows = append(blind.Rows, []string{d.Short(), m.Label, d.inTable(v), report.Fraction(d.ceiling(m.Name, v)), status, report.SpreadOf(there).Brief(), report.SpreadOf(back).Brief()})
			}
		}
	}
	return []report.Table{accuracies, blind, steps}
}

// once is a number that a run has or not, NaN if not.
func once(column []float64) float64 {
	if len(column) == 0 {
		return math.NaN()
	}
	return column[0]
}

// publishedAt is the published accuracy at a score, – where there is none.
func publishedAt(c published.Curve, level float64) string {
	if len(c.Score) == 0 {
		return "–"
	}
	if v := report.Crossing(c.Score, c.Accuracy, level); !math.IsNaN(v) {
		return report.Fraction(v)
	}
	return "–"
}

// decodeCSV are the tables for machines.
func decodeCSV(sets []*results, protocol string) []report.CSV {
	summary := report.CSV{Name: "summary", Header: []string{
		"dataset", "measure", "seed", "step", "score", "variable", "accuracy", "reference",
		"chance_low", "chance_high", "ceiling", "ceiling_status", "size_ratio", "score_above_start", "protocol", "kind", "unit_of_score",
	}}
	trace := report.CSV{Name: "trace", Header: []string{"dataset", "measure", "seed", "step", "score"}}
	components := report.CSV{Name: "components", Header: []string{"dataset", "variable", "components", "accuracy"}}
	transfer := report.CSV{Name: "transfer", Header: []string{"dataset", "measure", "seed", "variable", "reference_on_optimised", "optimised_on_reference"}}
	for _, d := range sets {
		for _, v := range d.variables {
			accuracy := d.about.Column("components", "accuracy", "variable", v)
			for i, k := range d.about.Column("components", "components", "variable", v) {
				components.Rows = append(components.Rows, []any{d.Name, v, k, accuracy[i]})
			}
		}
		for _, m := range d.measures {
			status := "attained"
			if m.CeilingProven {
				status = "proven"
			}
			for _, r := range d.runs[m.Name] {
				for s, v := range r.Column("trace", "score") {
					trace.Rows = append(trace.Rows, []any{d.Name, m.Name, r.Cell.Seed, s, v})
				}
				score, size := r.Column("snapshots", "score"), r.Column("snapshots", "size")
				about := make([]func(i int) []any, len(d.variables))
				for k, v := range d.variables {
					accuracy, ceiling := r.Column("decoding", "accuracy", "variable", v), d.ceiling(m.Name, v)
					reference := d.references[r.Cell.Seed].Column("reference", "accuracy", "variable", v)[0]
					low, high := d.band(v)
					about[k] = func(i int) []any { return []any{v, accuracy[i], reference, low, high, ceiling} }
				}
				for i, step := range r.Column("snapshots", "step") {
					above := math.NaN()
					if m.Range[1] == 1 {
						above = (score[i] - score[0]) / (1 - score[0])
					}
					for k, of := range about {
						row := append([]any{d.Name, m.Name, r.Cell.Seed, step, score[i]}, of(i)...)
						summary.Rows = append(summary.Rows, append(row, status, size[i], above, protocol, d.kinds[d.variables[k]], d.unitOfScore(d.variables[k])))
					}
				}
				for _, v := range d.variables {
					back := r.Column("transfer", "reference", "variable", v)
					for i, there := range r.Column("transfer", "optimised", "variable", v) {
						transfer.Rows = append(transfer.Rows, []any{d.Name, m.Name, r.Cell.Seed, v, there, back[i]})
					}
				}
			}
		}
	}
	return []report.CSV{summary, trace, components, transfer}
}

// decodeArrays are the curves as arrays, one of scores and one of accuracies
// (snapshot × variable) an ascent.
func decodeArrays(sets []*results) (arrays []data.Array) {
	for _, d := range sets {
		for _, m := range d.measures {
			for _, r := range d.runs[m.Name] {
				name := fmt.Sprintf("%s__%s__%d", d.file, m.Name, r.Cell.Seed)
				score, accuracy := r.Column("snapshots", "score"), r.Column("decoding", "accuracy")
				arrays = append(arrays,
					data.Array{Name: name + "__score", Shape: []int{len(score)}, Values: score},
					data.Array{Name: name + "__accuracy", Shape: []int{len(score), len(d.variables)}, Values: accuracy})
			}
		}
	}
	return arrays
}

func decodeConventions(ms []measures.Measure, protocol string) []string {
	raw := "The optimised data are scaled to the reference's total variance before decoding (protocol matched): the decoder's penalty is not scale-free."
	if protocol == "paper" {
		raw = "The optimised data are decoded as they are (protocol paper), at whatever size the ascent left them; the decoder's penalty is not scale-free, so that they may decode better than the reference."
	}
	if protocol == "standardised" {
		raw = "Every unit is decoded with mean 0 and variance 1 over the conditions that a decoder is fitted to (decoder standardised), in the dataset and the optimised data alike: no accuracy depends on the unit of measurement. A unit that does not vary there is left as it is. The paper decodes raw values."
	}
	return append(experiments.Conventions(ms...),
		"x is the dataset (the reference), y is optimised from independent standard normal values of the same shape, by Adam. Score s is that after s updates.",
		"Decoding: logistic regression with an L2 penalty (C = 1, intercept free, softmax for more than two classes) to its optimum, stratified cross-validation over conditions at each time, accuracy averaged over folds, then times. Folds depend on seed, variable and time, and are the same for the dataset and all optimised data.",
		raw,
		"Chance band: the permutation null of this dataset and decoder, conditions shuffled alike at all times.",
		"Zero-information ceiling: "+ceilingOf(ms)+"; the score between the dataset and itself with every trace of the variable's classes erased from the means at each time. Proven: no dataset without a linear trace does better. Attained: this one scores so, others might do better.",
		"Same code: a decoder fitted to the dataset and tested on the optimised data, brought onto it by Procrustes rotation, where the score first passes .9; and the reverse. One half of the conditions makes the rotation, decoders are fitted and tested in folds of the other half, and the halves change places.",
	)
}

// stepsTo is the first step whose score reaches level, NaN if none does.
func stepsTo(trace []float64, level float64) float64 {
	for s, v := range trace {
		if v >= level {
			return float64(s)
		}
	}
	return math.NaN()
}
