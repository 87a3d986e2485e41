package pcdynamics

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studies/published"
	"simgrad/measures"
)

// results are all records of one dataset.
type results struct {
	*report.Description
	file     string
	about    *experiments.Record
	fraction []float64
	measures []measures.Measure
	runs     map[string][]*experiments.Record
	speeds   map[string]*experiments.Record            // measure → initial speeds
	robust   map[string]map[string]*experiments.Record // measure → optimiser
}

// Report implements Study.
func (s *Study) Report(records []*experiments.Record) (*report.Report, error) {
	sets := gather(records)
	rep := &report.Report{Title: "Principal components captured on the way to a dataset", Question: "Which components of a dataset does a score ask for, and when?", Arrays: map[string][]data.Array{}}
	for _, d := range sets {
		rep.Datasets = append(rep.Datasets, d.Description)
		rep.Finding, rep.Theory = append(rep.Finding, d.finding()...), append(rep.Theory, d.theory()...)
		figures := []*report.Figure{d.figure()}
		if len(d.fraction) > 2 {
			figures = append(figures, d.thresholdFigure(), d.beginnings())
		}
		for _, f := range figures {
			f.Dataset = d.Short()
		}
		rep.Figures = append(rep.Figures, figures...)
		rep.Arrays["captured-"+d.file] = d.arrays()
		rep.Formings = append(rep.Formings, d.formings()...)
		if s.GIF {
			rep.Animations = append(rep.Animations, d.animation())
		}
	}
	rep.Finding = append(sweepFinding(sets), rep.Finding...)
	if len(rep.Theory) > 0 {
		rep.Theory = append(rep.Theory, "The leading term alone gives 1 for CKA, which then iterates powers, and ½ for NBS; noise of a dataset's shape hides it where the variance is small. This is of the raw gradient, not of Adam's path.")
	}
	rep.Tables = thresholdTables(sets)
	rep.CSV = pcCSV(sets)
	rep.Conventions = append(experiments.Conventions(sets[0].measures...),
		"x is the dataset (the reference), y is optimised from independent standard normal values of the same shape, by Adam. Score s is that after s updates.",
		"R² of a component: the fraction of its variance over samples that a linear map of y predicts (projection on the column space of centred y).",
		"Half captured: midway between the R² of the start, which is about rank(y)/(n−1), and 1; the score is interpolated between the steps on either side of the first crossing.",
		"Initial speed: the length of the score's gradient at the start along a component's unit vector over samples, u_j. The exact expressions are in the doc comment of exactGradientAlong; for CKA the term of the power iteration, 2λ_j/(ab), grows with the variance, and for NBS the polar term with its root.",
		"Plain gradient ascent has a rate of 0.1 of the start's squared size: scores do not see the size of the data, so that their gradient falls with its square.",
	)
	return rep, nil
}

func gather(records []*experiments.Record) (sets []*results) {
	for _, g := range experiments.ByDataset(records) {
		d := &results{file: g.File, runs: map[string][]*experiments.Record{}, speeds: map[string]*experiments.Record{}, robust: map[string]map[string]*experiments.Record{}}
		sets = append(sets, d)
		for _, r := range g.Records {
			if r.Cell.Part == partDataset {
				d.Description, d.about, d.fraction = r.Dataset, r, r.Column("spectrum", "fraction")
				continue
			}
			m := r.Cell.Measures[0]
			name := m.Name
			switch r.Cell.Part {
			case partSpeeds:
				d.speeds[name] = r
				continue
			case partRobust:
				if d.robust[name] == nil {
					d.robust[name] = map[string]*experiments.Record{}
				}
				d.robust[name][r.Cell.Point.(string)] = r
				continue
			}
			if len(d.runs[name]) == 0 {
				d.measures = append(d.measures, m)
			}
			d.runs[name] = append(d.runs[name], r)
		}
	}
	return sets
}

// exactSpeeds are those by the exact expression, nil where there is none.
func exactSpeeds(r *experiments.Record) []float64 {
	exact := r.Column("speeds", "exact")
	if slices.ContainsFunc(exact, math.IsNaN) {
		return nil
	}
	return exact
}

// threshold is the score at which component pc, from 0, is half captured.
func (d *results) threshold(measure string, pc int) report.Spread {
	var values []float64
	for _, r := range d.runs[measure] {
		values = append(values, scoreAtHalf(r, pc))
	}
	return report.SpreadOf(values)
}

// hasDistance is whether a measure falls on the way, and is compared with others on it.
func (d *results) hasDistance() bool {
	return slices.ContainsFunc(d.measures, func(m measures.Measure) bool { return m.Kind == measures.Distance })
}

// half is threshold, or among distances the share of the way from noise to the dataset itself
// at which the component is half captured.
func (d *results) half(m measures.Measure, pc int) report.Spread {
	var values []float64
	for _, r := range d.runs[m.Name] {
		values = append(values, d.halfOf(r, m, pc))
	}
	return report.SpreadOf(values)
}

// halfOf is half of one ascent.
func (d *results) halfOf(r *experiments.Record, m measures.Measure, pc int) float64 {
	score := scoreAtHalf(r, pc)
	if !d.hasDistance() {
		return score
	}
	way := experiments.OnTheWay(m, []float64{r.Column("trace", "score")[0], score})
	return report.Last(append([]float64{math.NaN()}, way...))
}

// high is the score from which noise is said to have it.
const high = 0.9

// noiseFinding names the similarities, of those that are at most 1, that white noise of the dataset's
// shape already has high.
func (d *results) noiseFinding() []string {
	var scores []string
	for _, m := range d.measures {
		lowest := math.Inf(1)
		for _, r := range d.runs[m.Name] {
			lowest = min(lowest, r.Column("trace", "score")[0])
		}
		if m.Kind == measures.Similarity && m.Range[1] == 1 && lowest >= high && !math.IsInf(lowest, 0) {
			scores = append(scores, m.Label+" "+report.Fraction(lowest))
		}
	}
	if len(scores) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: white noise of this shape, %d units on %d samples, already scores %s: when components are captured says little there. A debiased score (cka-hsic=song) begins near 0.", d.Short(), d.Units, d.Times*d.Conditions, strings.Join(scores, ", "))}
}

// chosen are components spread evenly in the logarithm of their number, from 0.
func (d *results) chosen(most int) (pcs []int) {
	return experiments.EvenlyInLog(len(d.fraction), most)
}

// sooner is whether component pc, from 0, is half captured before the first.
func (d *results) sooner(m measures.Measure, pc int) bool {
	this, first := d.threshold(m.Name, pc), d.threshold(m.Name, 0)
	switch {
	case this.Starts == 0:
		return false
	case first.Starts == 0:
		return true
	case m.Kind == measures.Distance: // which falls on the way
		return this.Mean > first.Mean
	}
	return this.Mean < first.Mean
}

// finding says when the first component and a later one are half captured, by the measures
// at which the two are furthest apart and nearest, and which comes first.
func (d *results) finding() (lines []string) {
	tenth := min(10, len(d.fraction)) - 1
	var alone, open []string
	for _, m := range d.measures {
		ahead := 0 // among those that are half captured at all
		for pc := 1; pc <= tenth; pc++ {
			if d.sooner(m, pc) {
				ahead++
			}
		}
		switch {
		case ahead > 0:
			alone = append(alone, fmt.Sprintf("%s (%d before it)", m.Label, ahead))
		case d.threshold(m.Name, 0).Starts == 0:
			open = append(open, m.Label)
		}
	}
	at := func(m measures.Measure, pc int) string {
		if t := d.half(m, pc); t.Starts > 0 {
			return "at " + t.Brief()
		}
		return "never"
	}
	way := ""
	if d.hasDistance() {
		way = ", as shares of the way from noise to the dataset itself"
	}
	if tenth == 0 {
		m := d.measures[0]
		return []string{fmt.Sprintf("%s: the only component is half captured %s by %s%s.", d.Short(), at(m, 0), m.Label, way)}
	}
	most, least := d.furthest(tenth)
	line := fmt.Sprintf("%s: by %s component 1 is half captured %s and component %d %s", d.Short(), most.Label, at(most, 0), tenth+1, at(most, tenth))
	if least.Name != most.Name {
		line += fmt.Sprintf("; by %s %s and %s", least.Label, at(least, 0), at(least, tenth))
	}
	for _, m := range d.measures {
		if m.Kind == measures.Distance && m.Name != most.Name && m.Name != least.Name {
			line += fmt.Sprintf("; by %s %s and %s", m.Label, at(m, 0), at(m, tenth))
		}
	}
	lines = append(append(lines, line+way+"."), d.noiseFinding()...)
	says := ""
	if len(published.ThresholdsOf(d.Card.Origin, "cka")) > 0 {
		says = ", as the paper says"
	}
	switch {
	case len(alone) > 0:
		lines = append(lines, d.Short()+": the first component does not come first by "+strings.Join(alone, ", ")+".")
	case len(open) == 0:
		lines = append(lines, d.Short()+": the first component comes first by every measure"+says+".")
	}
	if len(open) > 0 {
		lines = append(lines, d.Short()+": which comes first is open where none was half captured: by "+strings.Join(open, ", ")+".")
	}
	return lines
}

// sweepFinding is the first sentence of finding for all datasets that have ten components at
// once, by the measures that it would compare for the first of them; the least and the most.
func sweepFinding(sets []*results) []string {
	sets = slices.DeleteFunc(slices.Clone(sets), func(d *results) bool { return len(d.fraction) < 10 })
	if len(sets) < 2 || slices.ContainsFunc(sets, (*results).hasDistance) {
		return nil
	}
	at := func(m measures.Measure, pc int) string {
		var scores []float64
		never := 0
		for _, d := range sets {
			if half := d.half(m, pc); half.Starts > 0 {
				scores = append(scores, half.Mean)
			} else {
				never++
			}
		}
		if len(scores) == 0 {
			return "never"
		}
		low, high := report.Fraction(slices.Min(scores)), report.Fraction(slices.Max(scores))
		text := "at " + low
		if high != low {
			text += "–" + high
		}
		if never > 0 {
			text += fmt.Sprintf(" (never on %d)", never)
		}
		return text
	}
	most, least := sets[0].furthest(9)
	line := fmt.Sprintf("On %s component 1 is half captured by %s %s and component 10 %s", report.Count(len(sets), "dataset"), most.Label, at(most, 0), at(most, 9))
	if least.Name != most.Name {
		line += fmt.Sprintf("; by %s %s and %s", least.Label, at(least, 0), at(least, 9))
	}
	return []string{line + "."}
}

// furthest returns the measures at which component pc is half captured furthest after the
// first, and least so; never is furthest.
func (d *results) furthest(pc int) (most, least measures.Measure) {
	apart := func(m measures.Measure) float64 {
		first, other := d.half(m, 0), d.half(m, pc)
		switch {
		case first.Starts == 0:
			return math.Inf(-1)
		case other.Starts == 0:
			return math.Inf(1)
		}
		return math.Abs(other.Mean - first.Mean)
	}
	most, least = d.measures[0], d.measures[0]
	for _, m := range d.measures[1:] {
		if apart(m) > apart(most) {
			most = m
		}
		if v := apart(m); v < apart(least) && !math.IsInf(v, 0) || math.IsInf(apart(least), 0) {
			least = m
		}
	}
	return most, least
}

// theory holds the initial speeds against their law.
func (d *results) theory() []string {
	var speeds []string
	for _, m := range d.measures {
		r := d.speeds[m.Name]
		speed := r.Column("speeds", "speed")
		power := logSlope(d.fraction, speed)
		if math.IsNaN(power) {
			continue // it takes three components
		}
		text := m.Label + " " + report.Fixed(power, 2)
		if exact := exactSpeeds(r); exact != nil {
			worst, most := 0.0, slices.Max(exact)
			for j, v := range exact {
				worst = math.Max(worst, math.Abs(v-speed[j])/most)
			}
			text += fmt.Sprintf(" (the exact expression agrees to %s)", report.Significant(worst, 1))
		}
		speeds = append(speeds, text)
	}
	if len(speeds) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s: at the first step the speed of a component grows with a power of its variance: %s.", d.Short(), strings.Join(speeds, "; "))}
}

// logSlope is the slope of log y by log x, least squares over the components that
// hold 99 % of the variance x; NaN if they are fewer than three.
func logSlope(x, y []float64) float64 {
	var n, sx, sy, sxx, sxy, held float64
	for i := range x {
		if held > 0.99 || i >= len(y) || y[i] <= 0 {
			break
		}
		held += x[i]
		u, v := math.Log(x[i]), math.Log(y[i])
		n, sx, sy, sxx, sxy = n+1, sx+u, sy+v, sxx+u*u, sxy+u*v
	}
	if n < 3 {
		return math.NaN()
	}
	return (n*sxy - sx*sy) / (n*sxx - sx*sx)
}

// figure shows R² of components against score; of data in the plane, also how
// they look on the way.
func (d *results) figure() *report.Figure {
	plane := len(d.fraction) <= 2
	f := &report.Figure{Name: "pcdynamics-" + d.file, Title: d.Title(), Columns: 3, Height: 170, CSV: "summary"}
	pcs := d.chosen(9)
	if plane {
		f.Columns, f.Width, f.Height = 2, 300, 210
		f.Caption = fmt.Sprintf("How much of each principal component's variance the driven data have (R²), against the score reached, %s. Above: the driven data themselves where they score so much, turned onto the dataset by Procrustes, one colour a condition; at the right the dataset.", report.OverStarts(len(d.runs[d.measures[0].Name])))
	} else {
		f.Caption = "How much of single principal components' variance the driven data have (R²), against the score reached, first start. Dark to light: from the first component to the last."
	}
	for i, pc := range pcs {
		label := fmt.Sprintf("component %d (%s of the variance)", pc+1, report.Percent(d.fraction[pc]))
		if plane {
			f.Legend = append(f.Legend, report.NewMark(label, report.Hue(pc), report.Solid))
		} else {
			f.Legend = append(f.Legend, report.NewMark(label, report.Graded(float64(i)/float64(len(pcs)-1)), report.Solid))
		}
	}
	for _, m := range d.measures {
		r := d.runs[m.Name][0]
		p := report.Panel{Title: m.Label, X: "score", Y: "R² of component", YRange: [2]float64{0, 1}, Score: experiments.ScoreOf(m)}
		p.XRange = [2]float64{math.Min(0, slices.Min(r.Column("trace", "score"))), math.Max(1, slices.Max(r.Column("trace", "score")))}
		for i, pc := range pcs {
			mark := report.NewMark("", report.Graded(float64(i)/float64(max(1, len(pcs)-1))), report.Solid)
			if plane {
				mark.Colour = report.Hue(pc)
				line, band := d.meanCapture(m, pc)
				line.Mark, band.Mark = mark, report.NewMark("", report.Hue(pc), report.Shade)
				p.Lines, p.Bands = append(p.Lines, line), append(p.Bands, band)
				continue
			}
			p.Lines = append(p.Lines, report.NewLine(mark, r.Column("trace", "score"), capturedOf(r, pc)))
		}
		if plane && m.Kind == measures.Similarity {
			d.pictures(&p, d.runs[m.Name][0])
		}
		f.Panels = append(f.Panels, p)
	}
	return f
}

// meanCapture is R² of a component at equal scores, mean and range over starts.
func (d *results) meanCapture(m measures.Measure, pc int) (l report.Line, b report.Band) {
	var scores, captured [][]float64
	for _, r := range d.runs[m.Name] {
		scores, captured = append(scores, r.Column("trace", "score")), append(captured, capturedOf(r, pc))
	}
	if m.Kind == measures.Distance {
		return report.Line{X: scores[0], Y: captured[0]}, b
	}
	return report.MeanCurve(scores, captured, 0.02)
}

// pictures draws the data at chosen scores above the axes of p, and the dataset
// beside them.
func (d *results) pictures(p *report.Panel, r *experiments.Record) {
	p.XRange, p.YRange = [2]float64{0, 1.25}, [2]float64{0, 1.75}
	p.XTicks = []report.Tick{report.NewTick(0, "0"), report.NewTick(0.2, "0.2"), report.NewTick(0.4, "0.4"), report.NewTick(0.6, "0.6"), report.NewTick(0.8, "0.8"), report.NewTick(1, "1"), report.NewTick(1.17, "dataset")}
	p.YTicks = []report.Tick{report.NewTick(0, "0"), report.NewTick(0.5, "0.5"), report.NewTick(1, "1")}
	reference, _ := d.about.Array("reference")
	planes, _ := r.Array("planes")
	extent := 0.0
	for _, v := range reference.Values {
		extent = math.Max(extent, math.Abs(v))
	}
	draw := func(values []float64, x float64) {
		for c := range d.Conditions {
			l := report.Line{Mark: report.NewMark("condition "+strconv.Itoa(c+1), report.Hue(c), report.Solid)}
			for t := range d.Times {
				at := (t*d.Conditions + c) * 2
				l.X = append(l.X, x+0.075*values[at]/extent)
				l.Y = append(l.Y, 1.4+0.21*values[at+1]/extent)
			}
			p.Lines = append(p.Lines, l)
		}
	}
	size := d.Times * d.Conditions * 2
	for _, level := range []float64{0.1, 0.3, 0.5, 0.7, 0.9} {
		if i := slices.IndexFunc(r.Column("snapshots", "score"), func(v float64) bool { return v >= level }); i >= 0 {
			draw(planes.Values[i*size:(i+1)*size], level)
		}
	}
	draw(reference.Values, 1.17)
}

// thresholdFigure shows the score at which each component is half captured
// against its share of the variance.
func (d *results) thresholdFigure() *report.Figure {
	f := &report.Figure{
		Name: "thresholds-" + d.file, Title: d.Title(), Columns: 2, Width: 300, Height: 220, CSV: "thresholds",
		Caption: "Score at which each component is half captured, against its share of the variance, mean and range over starts.",
	}
	score := "score at half capture"
	if d.hasDistance() {
		score = "share of the way at half capture"
		f.Caption = "Share of the way from noise's score to the dataset's own at which each component is half captured by Adam, of distances as of similarities, against its share of the variance, mean and range over starts. thresholds.csv has the scores themselves."
	}
	all := report.Panel{Title: "by Adam", X: "variance fraction", Y: score, LogX: true}
	known := false // whether there are published thresholds
	pcs := d.chosen(40)
	for i, m := range d.measures {
		var x, y, low, high []float64
		for _, pc := range pcs {
			if t := d.half(m, pc); t.Starts > 0 {
				x, y = append(x, d.fraction[pc]), append(y, t.Mean)
				low, high = append(low, t.Low), append(high, t.High)
			}
		}
		all.Bands = append(all.Bands, report.NewBand(report.NewMark("", report.Hue(i), report.Shade), x, low, high))
		all.Lines = append(all.Lines, report.NewLine(report.NewMark(m.Label, report.Hue(i), report.Style(i/report.Hues%3)), x, y))
		f.Legend = append(f.Legend, report.NewMark(m.Label, report.Hue(i), report.Style(i/report.Hues%3)))
		if ts := published.ThresholdsOf(d.Card.Origin, m.Name); len(ts) > 0 && !d.hasDistance() {
			known = true
			l := report.Line{Mark: report.NewMark("", report.Hue(i), report.OpenPoints)}
			for _, t := range ts {
				l.X, l.Y = append(l.X, t.Fraction), append(l.Y, t.Score)
			}
			all.Lines = append(all.Lines, l)
		}
	}
	ways := report.Panel{Title: "by other optimisers", X: "variance fraction", Y: score, LogX: true, YRange: [2]float64{0, 1}}
	all.YRange = [2]float64{math.Min(0, report.Lowest(all.Lines)), 1}
	styles := []report.Style{report.Dashed, report.Dotted}
	for i, m := range d.measures {
		if d.robust[m.Name] == nil {
			continue
		}
		line := func(r *experiments.Record, style report.Style) {
			l := report.Line{Mark: report.NewMark("", report.Hue(i), style)}
			for _, pc := range pcs {
				if s := d.halfOf(r, m, pc); !math.IsNaN(s) {
					l.X, l.Y = append(l.X, d.fraction[pc]), append(l.Y, s)
				}
			}
			ways.Lines = append(ways.Lines, l)
		}
		line(d.runs[m.Name][0], report.Solid)
		for k, optimiser := range d.optimisers() {
			line(d.robust[m.Name][optimiser], styles[k])
			if i == 0 || len(ways.Lines) == 2+k {
				f.Legend = append(f.Legend, report.NewMark(optimiser, report.Black, styles[k]))
			}
		}
	}
	if known {
		f.Caption += " Open circles: published."
		f.Legend = append(f.Legend, report.NewMark("published", report.Black, report.OpenPoints))
	}
	f.Panels = []report.Panel{all}
	if len(ways.Lines) > 0 {
		f.Caption += " Right: the same for the first start by other optimisers, solid by Adam at the study's rate."
		f.Panels = append(f.Panels, ways)
	}
	return f
}

// optimisers lists the other optimisers in the order of the plan.
func (d *results) optimisers() (names []string) {
	for _, ways := range d.robust {
		for name := range ways {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// beginnings shows the initial speed of each component.
func (d *results) beginnings() *report.Figure {
	f := &report.Figure{
		Name: "speeds-" + d.file, Title: d.Title(), Columns: 3, Height: 170, CSV: "speeds",
		Caption: "How fast each component grows at the first step, by the score's gradient at the start, against its share of the variance. Circles: automatic differentiation. Line: the exact expression.",
		Legend:  []report.Mark{report.NewMark("automatic differentiation", 0, report.OpenPoints), report.NewMark("exact expression", 1, report.Solid)},
	}
	for _, m := range d.measures {
		r := d.speeds[m.Name]
		p := report.Panel{Title: m.Label, X: "variance fraction", Y: "initial speed", LogX: true, LogY: true}
		points, exact := report.Line{Mark: report.NewMark("", 0, report.OpenPoints)}, report.Line{Mark: report.NewMark("", 1, report.Solid)}
		speed, e := r.Column("speeds", "speed"), exactSpeeds(r)
		for _, pc := range d.chosen(60) {
			points.X, points.Y = append(points.X, d.fraction[pc]), append(points.Y, speed[pc])
			if e != nil {
				exact.X, exact.Y = append(exact.X, d.fraction[pc]), append(exact.Y, e[pc])
			}
		}
		p.Lines = []report.Line{exact, points}
		f.Panels = append(f.Panels, p)
	}
	return f
}

// animation shows the data being driven by each measure, at equal scores, beside
// the dataset.
func (d *results) animation() *report.Animation {
	a := &report.Animation{Name: "forming-" + d.file}
	reference, _ := d.about.Array("reference")
	extent := 0.0
	for _, v := range reference.Values {
		extent = math.Max(extent, 1.3*math.Abs(v))
	}
	size := d.Times * d.Conditions * 2
	picture := func(title string, values []float64) report.Panel {
		p := report.Panel{Title: title, NoAxes: true, XRange: [2]float64{-extent, extent}, YRange: [2]float64{-extent, extent}}
		for c := range d.Conditions {
			l := report.Line{Mark: report.NewMark("", report.Hue(c), report.Solid)}
			if d.Times == 1 {
				l.Style = report.Points
			}
			for t := range d.Times {
				at := (t*d.Conditions + c) * 2
				l.X, l.Y = append(l.X, values[at]), append(l.Y, values[at+1])
			}
			p.Lines = append(p.Lines, l)
		}
		return p
	}
	for _, level := range report.Levels(0, 0.99, 0.02) {
		f := &report.Figure{Title: fmt.Sprintf("score %.2f, %s", level, d.Title()), Columns: len(d.measures) + 1, Width: 110, Height: 110}
		for _, m := range d.measures {
			if m.Kind == measures.Distance {
				continue
			}
			r := d.runs[m.Name][0]
			planes, _ := r.Array("planes")
			i := slices.IndexFunc(r.Column("snapshots", "score"), func(v float64) bool { return v >= level })
			if i < 0 {
				i = len(r.Column("snapshots", "score")) - 1
			}
			f.Panels = append(f.Panels, picture(m.Label, planes.Values[i*size:(i+1)*size]))
		}
		f.Panels = append(f.Panels, picture("the dataset", reference.Values))
		f.Columns = len(f.Panels)
		a.Frames = append(a.Frames, f)
	}
	return a
}

// formings are the data on the way, for the page.
func (d *results) formings() (all []report.Forming) {
	reference, _ := d.about.Array("reference")
	for _, m := range d.measures {
		planes, _ := d.runs[m.Name][0].Array("planes")
		if m.Kind == measures.Similarity {
			all = append(all, report.Forming{
				Dataset: d.Short(), Measure: m.Label, Times: d.Times, Conditions: d.Conditions,
				Scores: d.runs[m.Name][0].Column("snapshots", "score"), Planes: planes.Values, Reference: reference.Values,
			})
		}
	}
	return all
}

// thresholdTables hold the scores at half capture, and the published ones.
func thresholdTables(sets []*results) []report.Table {
	pcs := []int{1, 2, 3, 5, 10, 30, 100}
	t := report.Table{Key: true, Caption: "Score at which a component is half captured, mean over starts; – where it never is, or there is none.", Header: []string{"dataset", "measure"}}
	theirs := report.Table{Caption: "Published, of the recording: the score at which a component is half captured; – where none is."}
	for _, pc := range pcs {
		t.Header = append(t.Header, fmt.Sprintf("PC %d", pc))
	}
	theirs.Header = t.Header
	for _, d := range sets {
		for _, m := range d.measures {
			known := published.ThresholdsOf(d.Card.Origin, m.Name)
			row, other := []string{d.Short(), m.Label}, []string{d.Short(), m.Label}
			for _, pc := range pcs {
				text, its := "–", "–"
				if pc <= len(d.fraction) {
					text = d.threshold(m.Name, pc-1).Brief()
				}
				if i := slices.IndexFunc(known, func(p published.Threshold) bool { return p.PC == pc }); i >= 0 {
					its = report.Fraction(known[i].Score)
				}
				row, other = append(row, text), append(other, its)
			}
			t.Rows = append(t.Rows, row)
			if len(known) > 0 {
				theirs.Rows = append(theirs.Rows, other)
			}
		}
	}
	if len(theirs.Rows) == 0 {
		return []report.Table{t}
	}
	return []report.Table{t, theirs}
}

func pcCSV(sets []*results) []report.CSV {
	summary := report.CSV{Name: "summary", Header: []string{"dataset", "measure", "seed", "step", "score", "pc", "variance_fraction", "r2"}}
	thresholds := report.CSV{Name: "thresholds", Header: []string{"dataset", "measure", "seed", "pc", "variance_fraction", "score_at_half_r2"}}
	speeds := report.CSV{Name: "speeds", Header: []string{"dataset", "measure", "seed", "pc", "variance_fraction", "speed", "exact_speed"}}
	robust := report.CSV{Name: "robustness", Header: []string{"dataset", "measure", "seed", "optimiser", "pc", "variance_fraction", "score_at_half_r2"}}
	for _, d := range sets {
		for _, m := range d.measures {
			for _, r := range d.runs[m.Name] {
				captured, _ := r.Array("captured")
				k := captured.Shape[1]
				scores := r.Column("snapshots", "score")
				for i, step := range r.Column("snapshots", "step") {
					for pc, p := range d.fraction {
						summary.Rows = append(summary.Rows, []any{d.Name, m.Name, r.Cell.Seed, step, scores[i], pc + 1, p, captured.Values[int(step)*k+pc]})
					}
				}
				for pc, p := range d.fraction {
					thresholds.Rows = append(thresholds.Rows, []any{d.Name, m.Name, r.Cell.Seed, pc + 1, p, scoreAtHalf(r, pc)})
				}
			}
			r := d.speeds[m.Name]
			e := exactSpeeds(r)
			for pc, v := range r.Column("speeds", "speed") {
				exact := math.NaN()
				if e != nil {
					exact = e[pc]
				}
				speeds.Rows = append(speeds.Rows, []any{d.Name, m.Name, r.Cell.Seed, pc + 1, d.fraction[pc], v, exact})
			}
			for _, optimiser := range d.optimisers() {
				if r := d.robust[m.Name][optimiser]; r != nil {
					for pc, p := range d.fraction {
						robust.Rows = append(robust.Rows, []any{d.Name, m.Name, r.Cell.Seed, optimiser, pc + 1, p, scoreAtHalf(r, pc)})
					}
				}
			}
		}
	}
	return []report.CSV{summary, thresholds, speeds, robust}
}

func (d *results) arrays() (arrays []data.Array) {
	arrays = append(arrays, data.Array{Name: "variance_fraction", Shape: []int{len(d.fraction)}, Values: d.fraction})
	for _, m := range d.measures {
		for _, r := range d.runs[m.Name] {
			captured, _ := r.Array("captured")
			name := fmt.Sprintf("%s__%d__", m.Name, r.Cell.Seed)
			arrays = append(arrays,
				data.Array{Name: name + "captured", Shape: captured.Shape, Values: captured.Values},
				data.Array{Name: name + "score", Shape: []int{len(r.Column("trace", "score"))}, Values: r.Column("trace", "score")})
		}
	}
	return arrays
}
