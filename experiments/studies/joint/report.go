package joint

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// results are all records of one dataset.
type results struct {
	*report.Description
	file     string
	measures []measures.Measure
	about    *experiments.Record
	driven   []*experiments.Record
	searches []*experiments.Record
}

// Report implements Study.
func (s *Study) Report(records []*experiments.Record) (*report.Report, error) {
	sets := gather(records)
	rep := &report.Report{Title: "Which values of one score another allows", Question: "Given one score, what can another be?"}
	summary := report.CSV{Name: "summary", Header: []string{"dataset", "measure_x", "measure_y", "target_x", "target_y", "seed", "step", "score_x", "score_y"}}
	frontier := report.CSV{Name: "frontier", Header: []string{"dataset", "measure_x", "measure_y", "score_x", "score_y", "status", "start", "held", "level", "seed", "family", "participation_ratio_x", "participation_ratio_y"}}
	least := math.Inf(1)
	for _, d := range sets {
		rep.Datasets = append(rep.Datasets, d.Description)
		on := ""
		if len(sets) > 1 {
			on = d.called() + ": "
		}
		for _, line := range d.finding(len(sets) > 1) {
			rep.Finding = append(rep.Finding, on+line)
		}
		rep.Tables = append(rep.Tables, d.table())
		for i, mx := range d.measures {
			for _, my := range d.measures[i+1:] {
				f := d.figure(mx, my)
				f.Dataset = d.Short()
				rep.Figures = append(rep.Figures, f)
				summary.Rows = append(summary.Rows, d.summaryRows(mx, my)...)
				frontier.Rows = append(frontier.Rows, d.frontierRows(mx, my)...)
			}
		}
		for _, r := range append(slices.Clone(d.driven), d.searches...) {
			for _, margin := range r.Column("bounds", "margin") {
				least = math.Min(least, margin)
			}
		}
	}
	nearest := fmt.Sprintf("the nearest point is %s away from a bound", report.Significant(least, 1))
	if least < 1e-12 {
		nearest = "explicit pairs of datasets lie on a bound"
	}
	rep.Theory = append(rep.Theory, "Two bounds of CKA and NBS are proven, P1 and P2 of the conventions. Both scores are computed at every step of every run, and no point lies beyond either; "+nearest+".")
	rep.CSV = []report.CSV{summary, frontier}
	rep.Conventions = append(experiments.Conventions(sets[0].measures...),
		"Of data named free-NxP both datasets start from independent standard normal values and move; any other dataset is fixed as x, and y moves from normal values of its shape. Adam; the loss is Σ|score − target|.",
		"A search takes the least s_B + 3|s_A − t| by Adam at the rate, a tenth and a hundredth of it, and keeps the best point seen with s_A ≥ t. Every point is a pair of real datasets, so that it is possible; that nothing lies below it is supported by the search alone.",
		"Status in frontier.csv: proven — no pair of datasets lies below; attained — an explicit pair of datasets; optimised — found by search, from noise (random) or from the best explicit pair (family).",
		"P1: CKA/√(PRx·PRy) ≤ NBS² ≤ rank·CKA/√(PRx·PRy). P2: CKA ≥ √(PRx·PRy)((1/PRx + 1/PRy)/2 − (1 − NBS²)), with PR = (Σλ)²/Σλ² the participation ratio. Lines are drawn for the most favourable PRy, and PRx where x moves; for a fixed x then CKA ≥ √(1 − 2PRx(1 − NBS²)).",
	)
	return rep, nil
}

func gather(records []*experiments.Record) (sets []*results) {
	for _, g := range experiments.ByDataset(records) {
		d := &results{file: g.File}
		sets = append(sets, d)
		for _, r := range g.Records {
			switch r.Cell.Part {
			case partFamilies:
				d.Description, d.about = r.Dataset, r
				d.measures = r.Cell.Measures
			case partTarget:
				d.driven = append(d.driven, r)
			default:
				d.searches = append(d.searches, r)
			}
		}
	}
	return sets
}

func (d *results) free() bool { return d.Card.Origin.Base == freeBase }

// rank is the largest rank of data of this shape, and the largest participation
// ratio.
func (d *results) rank() float64 { return float64(min(d.Times*d.Conditions-1, d.Units)) }

// prx is the participation ratio of x; of an x that moves, the largest it can be.
func (d *results) prx() float64 {
	if d.free() {
		return d.rank()
	}
	return d.about.Column("spectrum", "participation-ratio")[0]
}

// proven returns the highest value that s by least is proven to have wherever s by
// pinned is level or more; false where nothing is known.
func (d *results) proven(pinned, least string, level float64) (bound float64, known bool) {
	a, b := measures.ScalingOf(pinned), measures.ScalingOf(least)
	for _, s := range []measures.Scaling{a, b} {
		if s.Base != "cka" && s.Base != "nbs" {
			return 0, false
		}
	}
	v := a.Back(level)
	prx := math.NaN()
	if !d.free() {
		prx = d.prx()
	}
	switch {
	case a.Base == b.Base:
	case a.Base == "nbs":
		v = probe.LeastCKA(v, prx, d.rank())
	default:
		v = probe.LeastNBS(v, prx, d.rank())
	}
	return b.Of(math.Max(0, v)), true
}

// A found is a pair of datasets and how it was come by.
type found struct {
	pinned, least float64
	status, start string
	family        string
	seed          uint64
	level         float64
	prx, pry      float64
}

// attained are the members of families, by two measures.
func (d *results) attained(pinned, least string) (points []found) {
	families := d.about.Frame("families", "family measure", "score").Values("family")
	slices.Sort(families)
	for _, family := range families {
		other := d.about.Column("families", "score", "family", family, "measure", least)
		for i, v := range d.about.Column("families", "score", "family", family, "measure", pinned) {
			points = append(points, found{pinned: v, least: other[i], status: "attained", start: "family", family: family})
		}
	}
	return points
}

// optimised are the best points of the searches that pinned one measure.
func (d *results) optimised(pinned, least string) (points []found) {
	for _, r := range d.searches {
		best := r.Frame("best", "", "pinned least prx pry").Rows
		if r.Cell.Measures[0].Name != pinned || r.Cell.Measures[1].Name != least || len(best) == 0 {
			continue
		}
		p := best[0].Number
		start := "random"
		if r.Cell.Part == partFamily {
			start = "family"
		}
		points = append(points, found{p("pinned"), p("least"), "optimised", start, "", r.Cell.Seed, r.Cell.Point.(targets)[0], p("prx"), p("pry")})
	}
	return points
}

// least is the lowest score by least that is known to be possible where that by
// pinned is level or more.
func (d *results) least(pinned, least string, level float64, start string) (p found, ok bool) {
	p.least = math.Inf(1)
	for _, q := range append(d.optimised(pinned, least), d.attained(pinned, least)...) {
		if q.pinned >= level && q.least < p.least && (start == "" || q.start == start && q.status == "optimised") {
			p, ok = q, true
		}
	}
	return p, ok
}

// itself names the data in a sentence.
func (d *results) itself() string {
	if d.free() {
		return fmt.Sprintf("Two datasets of %d samples × %d units, both free", d.Times*d.Conditions, d.Units)
	}
	return d.called() + ", fixed, of participation ratio " + report.Significant(d.prx(), 3)
}

// finding says in sentences what the scores allow of each other; among other datasets
// without this one's name.
func (d *results) finding(among bool) (lines []string) {
	const level = 0.9
	label, with := map[string]string{}, ""
	if !among {
		with = d.with()
	}
	for _, m := range d.measures {
		label[m.Name] = m.Label
	}
	says, proven := "%s can be as low as %s (such data were found)", ", certainly not below %s (proven)"
	if len(d.measures) > 2 { // those of all others in one sentence
		says, proven = "%s can be as low as %s", " (proven: not below %s)"
	}
	for _, a := range d.measures {
		var others []string
		for _, b := range d.measures {
			p, ok := d.least(a.Name, b.Name, level, "")
			if a.Name == b.Name || !ok {
				continue
			}
			text := fmt.Sprintf(says, b.Label, report.Fraction(p.least))
			if bound, ok := d.proven(a.Name, b.Name, level); ok {
				text += fmt.Sprintf(proven, report.Fraction(bound))
			}
			others = append(others, text)
		}
		if len(others) > 0 {
			lines = append(lines, fmt.Sprintf("Given %s 0.9 or more%s, %s.", a.Label, with, strings.Join(others, ", ")))
		}
	}
	if len(lines) == 0 {
		lines = []string{fmt.Sprintf("No data were found with a score of 0.9 or more%s.", with)}
	}
	ap, cka := "procrustes-angular-score", "cka"
	if label[ap] == "" || label[cka] == "" {
		return lines
	}
	up, okUp := d.least(ap, cka, level, "")
	down, okDown := d.least(cka, ap, level, "")
	if okUp && okDown {
		bound, _ := d.proven(ap, cka, level)
		says, implies := "A high angular Procrustes score implies a high CKA here", fmt.Sprintf("no data were found with a CKA below %s at angular Procrustes 0.9", report.Fraction(up.least))
		switch {
		case bound >= level:
			implies = fmt.Sprintf("at angular Procrustes 0.9, CKA is at least %s (proven)", report.Fraction(bound))
		case up.least < level:
			says = "A high angular Procrustes score does not imply as high a CKA here"
			implies = fmt.Sprintf("at angular Procrustes 0.9, CKA goes down to %s", report.Fraction(up.least))
		}
		if d.free() {
			says = "The paper says that a high angular Procrustes score implies a high CKA, and not the reverse"
		}
		lines = append(lines, fmt.Sprintf("%s: %s. At CKA 0.9, angular Procrustes goes down to %s.", says, implies, report.Fraction(down.least)))
	}
	if d.free() {
		e := 1 - measures.CosineOf(level)
		dimension := 2
		for c, _ := probe.LeastSwapped(dimension, e); c >= level; c, _ = probe.LeastSwapped(dimension, e) {
			dimension++
		}
		c, _ := probe.LeastSwapped(1000, e)
		lines = append(lines, fmt.Sprintf("It is a matter of dimension: two leading components exchanged bring CKA below 0.9 at angular Procrustes 0.9 from %d dimensions on, and to %s with 1000.", dimension, report.Fraction(c)))
		return lines
	}
	nbs := measures.CosineOf(level)
	if inside := 1 - 2*d.prx()*(1-nbs*nbs); inside > 0 {
		lines = append(lines, fmt.Sprintf("Whatever the other dataset, angular Procrustes 0.9 with this one guarantees CKA ≥ √(1 − 2·PRx·(1 − NBS²)) = %s.", report.Fraction(math.Sqrt(inside))))
	} else {
		lines = append(lines, fmt.Sprintf("The guarantee √(1 − 2·PRx·(1 − NBS²)), which needs this dataset alone, says nothing at angular Procrustes 0.9: its participation ratio of %s is more than %s.", report.Significant(d.prx(), 3), report.Significant(1/(2*(1-nbs*nbs)), 3)))
	}
	return lines
}

// with says with which dataset a score is.
func (d *results) with() string {
	if d.free() {
		return ""
	}
	return " with " + d.called()
}

// called is the dataset in a sentence, with what -quick took of it.
func (d *results) called() string {
	for _, note := range d.Card.Notes {
		var k, units int
		if n, _ := fmt.Sscanf(note, fewer, &k, &units); n == 2 {
			return fmt.Sprintf("the first %d components of %s", k, d.Short())
		}
	}
	return d.Short()
}

// how says where a point comes from.
func (p found) how() string {
	switch {
	case p.status == "attained":
		return "explicit pair: " + p.family
	case p.start == "family":
		return "search from an explicit pair"
	}
	return "search from noise"
}

// table says what each measure implies of each other.
func (d *results) table() report.Table {
	t := report.Table{
		Key:     true,
		Dataset: d.Short(),
		Caption: fmt.Sprintf("%s: the least score found where another is 0.9 or more. It is possible, and perhaps not the least; what is proven lies below it.", d.Short()),
		Header:  []string{"given 0.9 by", "the least", "found", "by", "from noise", "proven"},
	}
	for _, a := range d.measures {
		for _, b := range d.measures {
			if a.Name == b.Name {
				continue
			}
			row := []string{a.Label, b.Label, "not reached", "–", "–", "–"}
			if p, ok := d.least(a.Name, b.Name, 0.9, ""); ok {
				row[2], row[3] = report.Fraction(p.least), p.how()
			}
			if p, ok := d.least(a.Name, b.Name, 0.9, "random"); ok {
				row[4] = report.Fraction(p.least)
			}
			if bound, ok := d.proven(a.Name, b.Name, 0.9); ok {
				row[5] = report.Fraction(bound)
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// axisFloor is the lowest score by m in a figure's axes: cross-validated R² has no end.
const axisFloor = -1

// span is the range of scores by m, from 0 or below to 1.
func (d *results) span(m measures.Measure) [2]float64 {
	low := 0.0
	for _, r := range d.driven {
		low = math.Min(low, slices.Min(r.Column("snapshots", m.Name)))
	}
	for _, r := range d.searches {
		if i := slices.IndexFunc(r.Cell.Measures, func(o measures.Measure) bool { return o.Name == m.Name }); i >= 0 {
			for _, v := range r.Column("best", []string{"pinned", "least"}[i]) {
				low = math.Min(low, v)
			}
		}
	}
	for _, v := range d.about.Column("families", "score", "measure", m.Name) {
		low = math.Min(low, v)
	}
	return [2]float64{math.Max(axisFloor, math.Floor(low*10)/10), 1}
}

// beyond says what lies outside of the lines that are drawn of a pair.
func (d *results) beyond(mx, my measures.Measure) string {
	text := "of these nothing is proven"
	if _, ok := d.proven(mx.Name, my.Name, 0.5); ok {
		text = "and what is proven: nothing lies beyond the black lines"
	}
	if d.span(mx)[0] == axisFloor || d.span(my)[0] == axisFloor {
		text += fmt.Sprintf("; scores below %d are left out", axisFloor)
	}
	return text
}

// figure shows two scores driven to targets, and the frontier.
func (d *results) figure(mx, my measures.Measure) *report.Figure {
	f := &report.Figure{
		Name: fmt.Sprintf("joint-%s-%s-%s", d.file, report.Slug(mx.Name), report.Slug(my.Name)), Title: d.Title(), Columns: 2, Width: 300, Height: 280, CSV: "frontier",
		Caption: fmt.Sprintf("Which pairs of %s and %s there are. %s. Left: on their way from noise to targets on the perimeter of the unit square (dots: where they end). Right: the least of either score that the other allows, by search from noise and from explicit pairs of datasets; explicit pairs themselves; %s. Grey, dashed: 0.9.", mx.Label, my.Label, d.itself(), d.beyond(mx, my)),
	}
	xr, yr := d.span(mx), d.span(my)
	left := report.Panel{Title: "driven to targets", X: mx.Label, Y: my.Label, XRange: xr, YRange: yr, Score: experiments.ScoreOf(mx)}
	right := report.Panel{Title: "the frontier", X: mx.Label, Y: my.Label, XRange: xr, YRange: yr, Score: experiments.ScoreOf(mx)}
	nine := []report.Line{
		report.NewLine(report.NewMark("", report.Grey, report.Dashed), []float64{0.9, 0.9}, yr[:]),
		report.NewLine(report.NewMark("", report.Grey, report.Dashed), xr[:], []float64{0.9, 0.9}),
	}
	left.Lines, right.Lines = slices.Clone(nine), slices.Clone(nine)
	ends := report.Line{Mark: report.NewMark("end", 1, report.Points)}
	for _, r := range d.driven {
		x, y := r.Column("snapshots", mx.Name), r.Column("snapshots", my.Name)
		left.Lines = append(left.Lines, report.NewLine(report.NewMark("", 5, report.Solid), x, y))
		ends.X, ends.Y = append(ends.X, report.Last(x)), append(ends.Y, report.Last(y))
	}
	left.Lines = append(left.Lines, ends)

	// Families, as lines.
	colours := []report.Colour{2, 3}
	var families []string
	for _, p := range d.attained(mx.Name, my.Name) {
		if !slices.Contains(families, p.family) {
			families = append(families, p.family)
			right.Lines = append(right.Lines, report.Line{Mark: report.NewMark("explicit pair: "+p.family, colours[(len(families)-1)%len(colours)], report.Solid)})
		}
		l := &right.Lines[len(right.Lines)-1]
		l.X, l.Y = append(l.X, p.pinned), append(l.Y, p.least)
	}
	f.Legend = []report.Mark{report.NewMark("on the way", 5, report.Solid), report.NewMark("end", 1, report.Points)}
	for i, name := range families {
		f.Legend = append(f.Legend, report.NewMark("explicit pair: "+name, colours[i%len(colours)], report.Solid))
	}
	for _, start := range []struct {
		name string
		report.Mark
	}{{"random", report.NewMark("search from noise", 0, report.Points)}, {"family", report.NewMark("search from an explicit pair", 1, report.OpenPoints)}} {
		l := report.Line{Mark: start.Mark}
		for _, p := range d.optimised(mx.Name, my.Name) {
			if p.start == start.name {
				l.X, l.Y = append(l.X, p.pinned), append(l.Y, p.least)
			}
		}
		for _, p := range d.optimised(my.Name, mx.Name) {
			if p.start == start.name {
				l.X, l.Y = append(l.X, p.least), append(l.Y, p.pinned)
			}
		}
		if len(l.X) > 0 {
			right.Lines, f.Legend = append(right.Lines, l), append(f.Legend, start.Mark)
		}
	}
	if _, ok := d.proven(mx.Name, my.Name, 0.5); ok {
		var over, under report.Line
		over.Mark, under.Mark = report.NewMark("proven", report.Black, report.Solid), report.NewMark("", report.Black, report.Solid)
		for i := range 201 {
			v := float64(i) / 200
			below, _ := d.proven(mx.Name, my.Name, v)
			left, _ := d.proven(my.Name, mx.Name, v)
			over.X, over.Y = append(over.X, v), append(over.Y, below)
			under.X, under.Y = append(under.X, left), append(under.Y, v)
		}
		right.Lines = append(right.Lines, over, under)
		f.Legend = append(f.Legend, report.NewMark("proven", report.Black, report.Solid))
	}
	// The answer's points, on top, say what they are.
	for i, of := range [][2]measures.Measure{{mx, my}, {my, mx}} {
		p, ok := d.least(of[0].Name, of[1].Name, 0.9, "")
		if !ok {
			continue
		}
		at := [][]float64{{p.pinned}, {p.least}}
		mark := report.NewMark(fmt.Sprintf("%s %s, given %s 0.9 or more", of[1].Label, report.Fraction(p.least), of[0].Label), report.Black, []report.Style{report.Points, report.OpenPoints}[i])
		right.Lines, f.Legend = append(right.Lines, report.NewLine(mark, at[i], at[1-i])), append(f.Legend, mark)
	}
	f.Panels = []report.Panel{left, right}
	return f
}

func (d *results) summaryRows(mx, my measures.Measure) (rows [][]any) {
	place := func(m measures.Measure) int {
		return slices.IndexFunc(d.measures, func(o measures.Measure) bool { return o.Name == m.Name })
	}
	for _, r := range d.driven {
		to := r.Cell.Point.(targets)
		x, y := r.Column("snapshots", mx.Name), r.Column("snapshots", my.Name)
		for i, step := range r.Column("snapshots", "step") {
			rows = append(rows, []any{
				d.Name, mx.Name, my.Name, to[place(mx)], to[place(my)], r.Cell.Seed, step, x[i], y[i],
			})
		}
	}
	return rows
}

func (d *results) frontierRows(mx, my measures.Measure) (rows [][]any) {
	both := []struct{ pinned, least string }{{mx.Name, my.Name}, {my.Name, mx.Name}}
	add := func(pinned string, p found, more ...any) {
		x, y := p.pinned, p.least
		if pinned == my.Name {
			x, y = y, x
		}
		rows = append(rows, append([]any{d.Name, mx.Name, my.Name, x, y, p.status, p.start}, more...))
	}
	for _, b := range both {
		for i := range 21 {
			level := float64(i) / 20
			if bound, ok := d.proven(b.pinned, b.least, level); ok {
				add(b.pinned, found{pinned: level, least: bound, status: "proven"}, b.pinned, level, "", "", "", "")
			}
		}
	}
	for _, p := range d.attained(mx.Name, my.Name) {
		add(mx.Name, p, "", "", "", p.family, "", "")
	}
	for _, b := range both {
		for _, p := range d.optimised(b.pinned, b.least) {
			add(b.pinned, p, b.pinned, p.level, p.seed, "", p.prx, p.pry)
		}
	}
	return rows
}
