package perturb

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
	spectrum probe.Spectrum
	fraction []float64
	ratio    float64 // participation ratio
	random   bool
	measures []measures.Measure
	runs     map[string]map[string][]*experiments.Record // part → measure → a record a direction
}

// Report implements Study.
func (s *Study) Report(records []*experiments.Record) (*report.Report, error) {
	sets := gather(records)
	rep := &report.Report{Title: "A dataset against itself with one component replaced", Question: "What does it cost a score to lose one component?"}
	rep.Finding = []string{cost(sets), verdict(sets)}
	if text := sets[0].small(); text != "" {
		rep.Finding = append(rep.Finding, text)
	}
	rep.Theory = matched(sets)
	for _, d := range sets {
		rep.Datasets = append(rep.Datasets, d.Description)
		if text, agrees := d.agreement(); agrees {
			rep.Theory = append(rep.Theory, text)
		} else {
			rep.Warnings = append(rep.Warnings, text)
		}
		for _, f := range []*report.Figure{d.figure(), d.turning()} {
			f.Dataset = d.Short()
			rep.Figures = append(rep.Figures, f)
		}
	}
	rep.Figures = append(rep.Figures, critical(sets))
	rep.Tables = append(costTable(sets), perturbTables(sets)...)
	rep.CSV = perturbCSV(sets)
	direction := "w is drawn from the seed, of mean 0 and norm 1, orthogonal to all components; scores do not depend on which."
	if sets[0].random {
		direction = "w is drawn from the seed, of mean 0 and norm 1, and not made orthogonal to the data. What it shares with them moves the score away from the closed form, and the less so the more samples there are; the simulated score is the mean over directions."
	}
	rep.Conventions = append(experiments.Conventions(sets[0].measures...),
		"x is the dataset, x = Σ s·u·vᵀ over its principal components, columns centred. y is x with one component changed: its unit vector over samples u → cosθ·u + sinθ·w, its amplitude s → gain·s. "+direction,
		"Both are scored in the dataset's own axes, n × rank, which is a rotation of its units, by measures that keep it, and as they are by others.",
		"Closed forms, with p the fraction of the variance, c = |cosθ|, a the gain, S = Σp² and PR = 1/S the participation ratio: NBS = (1 − p + apc)/√(1 − p + a²p); CKA = (S − p² + a²p²c²)/√(S(S − p² + a⁴p²)); linear regression R² = 1 − p sin²θ for every gain; ridge R² = 1 − Σ over other components of p(α/(λ+α))² − p(1 − 2gc² + g²c²), with λ the component's variance summed over samples, α the penalty and g = a²λ/(a²λ+α); an angular score is 1 − (2/π) arccos of its cosine.",
		"Full replacement is θ = 90° at a gain of 1: NBS = R² = 1 − p, CKA = 1 − PR·p².",
		"Critical angle: the least at which angular Procrustes no longer drops more than CKA, where PR·p²·sin²θ = (2/π) arccos(1 − p(1 − cosθ)).",
		"Angles are in radians in tables for machines, in degrees in figures and sentences.",
	)
	return rep, nil
}

func gather(records []*experiments.Record) (sets []*results) {
	for _, g := range experiments.ByDataset(records) {
		d := &results{file: g.File, random: g.Records[0].Cell.Settings.(perturbSettings).Directions == "random", runs: map[string]map[string][]*experiments.Record{partPerturbed: {}, partTurned: {}}}
		sets = append(sets, d)
		for _, r := range g.Records {
			if r.Cell.Part == partDataset {
				d.Description, d.spectrum = r.Dataset, probe.Spectrum(r.Column("spectrum", "variance"))
				d.fraction, d.ratio = d.spectrum.Fractions(), d.spectrum.ParticipationRatio()
				continue
			}
			m := r.Cell.Measures[0]
			name := m.Name
			if !slices.ContainsFunc(d.measures, func(o measures.Measure) bool { return o.Name == name }) {
				d.measures = append(d.measures, m)
			}
			d.runs[r.Cell.Part][name] = append(d.runs[r.Cell.Part][name], r)
		}
	}
	return sets
}

// theory is the closed form of measure m for a component of fraction p, NaN where none is
// known.
func (d *results) theory(m measures.Measure, p, angle, gain float64) float64 {
	f, ok := closedFormOf(m.Name)
	if !ok {
		return math.NaN()
	}
	return f(d.spectrum, p, angle, gain)
}

// itself is the score of the dataset with itself: in closed form, or as simulated at no
// angle.
func (d *results) itself(m measures.Measure, p float64) float64 {
	if _, ok := closedFormOf(m.Name); ok {
		return d.theory(m, p, 0, 1)
	}
	return d.simulations(partTurned, m)[0].mean()
}

// simulatedAlone are the labels of measures that no closed form is known of.
func (d *results) simulatedAlone() (labels []string) {
	for _, m := range d.measures {
		if _, ok := closedFormOf(m.Name); !ok {
			labels = append(labels, m.Label)
		}
	}
	return labels
}

// circles says of which measures a figure has circles alone.
func (d *results) circles() string {
	if alone := d.simulatedAlone(); len(alone) > 0 {
		return " Circles alone: " + strings.Join(alone, "; ") + ", of which no closed form is known."
	}
	return ""
}

// A simulated is one perturbation, its score by every direction and by the closed
// form.
type simulated struct {
	pc          int // from 0
	angle, gain float64
	theory      float64
	scores      []float64 // a direction each
}

func (s simulated) mean() float64 { return report.SpreadOf(s.scores).Mean }

// simulations lists what was simulated of a measure.
func (d *results) simulations(part string, m measures.Measure) (sims []simulated) {
	directions := experiments.Stack(d.runs[part][m.Name], "simulation").By("seed")
	for i, r := range directions[0].Rows {
		s := simulated{pc: int(r.Number("pc")), angle: r.Number("angle"), gain: r.Number("gain")}
		s.theory = d.theory(m, d.fraction[s.pc], s.angle, s.gain)
		for _, other := range directions {
			s.scores = append(s.scores, other.Rows[i].Number("score"))
		}
		sims = append(sims, s)
	}
	return sims
}

// A setting is an angle and a gain.
type setting struct{ angle, gain float64 }

func (s setting) String() string {
	switch {
	case s.angle == 0 && s.gain == 1:
		return "unchanged"
	case math.Abs(s.angle-math.Pi/2) < 1e-12 && s.gain == 1:
		return "full replacement"
	case s.gain == 1:
		return "turned by " + degrees(s.angle)
	case s.angle == 0:
		return "scaled by " + report.Significant(s.gain, 3)
	}
	return fmt.Sprintf("turned by %s, scaled by %s", degrees(s.angle), report.Significant(s.gain, 3))
}

// share writes a small fraction to two digits that count, as 0.093.
func share(v float64) string { return report.Significant(v, 2) }

func degrees(angle float64) string { return report.Significant(angle*180/math.Pi, 3) + "°" }

// settings lists the angles and gains asked for; at most so many of them, evenly.
func (d *results) settings(most int) (shown []setting) {
	var all []setting
	for _, s := range d.simulations(partPerturbed, d.measures[0]) {
		if at := (setting{s.angle, s.gain}); !slices.Contains(all, at) {
			all = append(all, at)
		}
	}
	if len(all) <= most {
		return all
	}
	for i := range most {
		shown = append(shown, all[i*(len(all)-1)/(most-1)])
	}
	return shown
}

// full is the score of a measure where component pc is fully replaced, in closed form.
func (d *results) full(m measures.Measure, pc int) float64 {
	return d.theory(m, d.fraction[pc], math.Pi/2, 1)
}

// change is by how much component pc, fully replaced, moves a score from that of
// the dataset with itself.
func (d *results) change(m measures.Measure, pc int) float64 {
	return math.Abs(d.full(m, pc) - d.theory(m, d.fraction[pc], 0, 1))
}

// cost is what the first component costs, replaced entirely; of several datasets the least and
// the most, for costTable has each.
func cost(sets []*results) string {
	if len(sets) > 1 {
		var procrustes, cka, nbs []float64
		for _, d := range sets {
			a, b, c := d.costs()
			procrustes, cka, nbs = append(procrustes, a), append(cka, b), append(nbs, c)
		}
		ends := func(of []float64) string {
			return report.Fraction(slices.Min(of)) + "–" + report.Fraction(slices.Max(of))
		}
		return fmt.Sprintf("On %s the first component, replaced entirely, costs angular Procrustes %s, CKA %s and NBS %s.", report.Count(len(sets), "dataset"), ends(procrustes), ends(cka), ends(nbs))
	}
	d := sets[0]
	procrustes, cka, nbs := d.costs()
	return fmt.Sprintf("%s: component 1 of %d, with %s of the variance, replaced entirely costs angular Procrustes %s, CKA %s and NBS %s.",
		d.Short(), len(d.fraction), report.Percent(d.fraction[0]), report.Fraction(procrustes), report.Fraction(cka), report.Fraction(nbs))
}

// costs are what the first component costs three scores, replaced entirely, in closed form.
func (d *results) costs() (procrustes, cka, nbs float64) {
	p := d.fraction[0]
	cosine := probe.NBSPerturbed(d.spectrum, p, math.Pi/2, 1)
	return 1 - measures.AngularScoreOf(cosine), 1 - probe.CKAPerturbed(d.spectrum, p, math.Pi/2, 1), 1 - cosine
}

// costTable is cost and small of every dataset, where there are several.
func costTable(sets []*results) []report.Table {
	if len(sets) == 1 {
		return nil
	}
	t := report.Table{
		Key:     true,
		Caption: fmt.Sprintf("The first component: its share of the variance, what replacing it entirely costs each score, and up to which angle turning it costs angular Procrustes more than CKA. Small ones: the most that replacing a component with less than %s of the variance changes a score.", share(tiny)),
		Header:  []string{"dataset", "share of variance", "costs angular Procrustes", "costs CKA", "costs NBS", "Procrustes loses more", "small ones, at most"},
	}
	for _, d := range sets {
		procrustes, cka, nbs := d.costs()
		angle := "at every angle"
		if critical, _ := probe.CriticalAngle(d.fraction[0], d.ratio); !math.IsNaN(critical) {
			angle = fmt.Sprintf("up to %.0f°", critical*180/math.Pi)
		}
		worst := "–"
		if from, v, name := d.worst(); name != "" && d.fraction[from] < tiny {
			worst = share(v)
		}
		t.Rows = append(t.Rows, []string{d.Short(), report.Percent(d.fraction[0]), report.Fraction(procrustes), report.Fraction(cka), report.Fraction(nbs), angle, worst})
	}
	return []report.Table{t}
}

// verdict says up to which angles the ordering of the paper's figure 3c holds of first
// components.
func verdict(sets []*results) string {
	var whole, part []string
	for _, d := range sets {
		if angle, _ := probe.CriticalAngle(d.fraction[0], d.ratio); math.IsNaN(angle) {
			whole = append(whole, d.Short())
		} else {
			part = append(part, fmt.Sprintf("%.0f° on %s", angle*180/math.Pi, d.Short()))
		}
	}
	text := "Turning the first component costs angular Procrustes more than CKA"
	switch {
	case len(part) == 0:
		return text + " at every angle, full replacement included."
	case len(whole) > 0:
		text += " at every angle on " + strings.Join(whole, ", ") + ", but"
	}
	text += " only up to " + strings.Join(part, ", ") + "; turned further, CKA drops more."
	if slices.ContainsFunc(sets, func(d *results) bool { return d.Card.Surrogate }) {
		text += " A surrogate's spectrum is that published of the recording it stands for, and the critical angle follows from the spectrum alone."
	}
	return text
}

// matched compares on one scale.
func matched(sets []*results) []string {
	var counts []string
	for _, d := range sets {
		counts = append(counts, fmt.Sprintf("%d of %d on %s", d.above(), len(d.fraction), d.Short()))
	}
	return []string{fmt.Sprintf("Angular Procrustes is an angle and CKA a cosine. On one scale, CKA beside NBS or angular CKA beside angular Procrustes, CKA never drops less for the first component, whatever the angle; fully replaced it drops more for every component with more than 1/PR of the variance, PR being the participation ratio: %s.", strings.Join(counts, ", "))}
}

// above counts the components with more than the mean share that the
// participation ratio stands for.
func (d *results) above() (n int) {
	for _, p := range d.fraction {
		if p*d.ratio > 1+1e-9 { // of equal components none
			n++
		}
	}
	return n
}

// small says what becomes of scores where a component of small variance is
// replaced.
func (d *results) small() string {
	from, worst, name := d.worst()
	who := fmt.Sprintf("each of the %d components with less than %s of the variance", len(d.fraction)-from, share(tiny))
	if d.fraction[from] >= tiny {
		who = fmt.Sprintf("the smallest component (%s of the variance)", share(d.fraction[from]))
	}
	if name == "" {
		return ""
	}
	text := fmt.Sprintf("%s: fully replaced, %s changes scores by at most %s (%s)", d.Short(), who, share(worst), name)
	if worst >= 0.05 {
		return text + "."
	}
	text += ": components of small variance leave every score near 1"
	if slices.ContainsFunc(d.measures, func(m measures.Measure) bool { return m.Identity != 1 }) {
		text = strings.Replace(text, "near 1", "near that of the dataset with itself", 1)
	}
	return text + ", whatever they encode."
}

// tiny is the share of the variance below which a component is called small.
const tiny = 0.001

// worst is the most that small components change a score, fully replaced, from the first of
// them on, or the smallest where none is; of which score, "" where no closed form is known.
func (d *results) worst() (from int, most float64, name string) {
	if from = slices.IndexFunc(d.fraction, func(p float64) bool { return p < tiny }); from < 0 {
		from = len(d.fraction) - 1
	}
	for _, m := range d.measures {
		for pc := from; pc < len(d.fraction); pc++ {
			if c := d.change(m, pc); c > most { // not of NaN
				most, name = c, m.Label
			}
		}
	}
	return from, most, name
}

// agreement says how simulation compares with the closed forms, and whether as it should.
func (d *results) agreement() (text string, agrees bool) {
	if d.random {
		var parts []string
		for _, m := range d.measures {
			if _, ok := closedFormOf(m.Name); !ok {
				continue
			}
			sims := d.simulations(partPerturbed, m)
			var first []simulated
			for _, s := range sims {
				if s.pc == 0 {
					first = append(first, s)
				}
			}
			s := first[len(first)-1]
			b := s.bias()
			parts = append(parts, fmt.Sprintf("%s %s", m.Label, signed(b.Mean)))
		}
		if parts == nil {
			return d.Short() + ": no closed form is known of the measures asked for.", true
		}
		text = fmt.Sprintf("%s: directions are random, not orthogonal to the %d components on %d samples, which adds a bias to the closed form; for the first component, mean of %d: %s.",
			d.Short(), len(d.fraction), d.Times*d.Conditions, len(d.runs[partPerturbed][d.measures[0].Name]), strings.Join(parts, ", "))
		if len(d.fraction) >= d.Times*d.Conditions-1 {
			text += " With as many components as samples allow every direction lies within the data, so that regression finds what was replaced."
		}
		return text, true
	}
	worst, count := 0.0, 0
	for _, m := range d.measures {
		if _, ok := closedFormOf(m.Name); !ok {
			continue
		}
		for _, part := range []string{partPerturbed, partTurned} {
			for _, s := range d.simulations(part, m) {
				for _, score := range s.scores {
					worst = math.Max(worst, math.Abs(cosineOf(m.Name, score)-cosineOf(m.Name, s.theory)))
					count++
				}
			}
		}
	}
	if count == 0 {
		return d.Short() + ": no closed form is known of the measures asked for.", true
	}
	if worst > 1e-10 {
		return fmt.Sprintf("%s: the %d simulated scores differ from the closed forms by up to %s (angular ones compared through their cosine), which is more than rounding should do.", d.Short(), count, report.Significant(worst, 1)), false
	}
	return fmt.Sprintf("%s: all %d simulated scores are those of the closed forms to %s (angular ones compared through their cosine).", d.Short(), count, report.Significant(worst, 1)), true
}

// bias is by how much the simulated scores exceed the closed form.
func (s simulated) bias() report.Spread {
	var values []float64
	for _, v := range s.scores {
		values = append(values, v-s.theory)
	}
	return report.SpreadOf(values)
}

func signed(v float64) string {
	if v < 0 {
		return share(v)
	}
	return "+" + share(v)
}

// style sets the regressions apart, whose curves may lie on that of NBS.
func style(m measures.Measure) report.Style {
	switch {
	case m.Name == "linreg-r2":
		return report.Dashed
	case m.Family == measures.Ridge.Name:
		return report.Dotted
	}
	return report.Solid
}

// overlay draws a measure's curve and points, broken curves above whole ones.
func overlay(p *report.Panel, line, points report.Line) {
	lines := append(p.Lines, line, points)
	slices.SortStableFunc(lines, func(a, b report.Line) int { return int(a.Style) - int(b.Style) })
	p.Lines = lines
}

// legend explains the measures' curves and points.
func (d *results) legend() (marks []report.Mark) {
	for i, m := range d.measures {
		marks = append(marks, report.NewMark(m.Label, report.Hue(i), style(m)))
	}
	points := "simulation"
	if d.random {
		points = fmt.Sprintf("simulation, mean of %d random directions", len(d.runs[partPerturbed][d.measures[0].Name]))
	}
	return append(marks, report.NewMark("closed form", report.Black, report.Solid), report.NewMark(points, report.Black, report.OpenPoints))
}

// mostShown is how many pairs of angle and gain are drawn and tabulated.
const mostShown = 9

// figure shows scores against the share of the variance of the component replaced:
// the paper's panel.
func (d *results) figure() *report.Figure {
	f := &report.Figure{Name: "perturb-" + d.file, Title: d.Title(), Columns: 2, Width: 270, Height: 215, CSV: "theory", Legend: d.legend()}
	shown := d.settings(mostShown)
	for _, at := range shown {
		f.Panels = append(f.Panels, d.panel(at, false))
	}
	f.Caption = "Score between the dataset and itself with one component perturbed, against the component's share of the variance. Lines: closed form, at this dataset's participation ratio. Circles: simulation, a component each, not all of them drawn." + d.circles()
	switch {
	case len(shown) > 1:
		f.Columns, f.Width, f.Height = 3, 190, 165
		low, high := math.Inf(1), math.Inf(-1)
		for _, p := range f.Panels {
			low, high = math.Min(low, p.YRange[0]), math.Max(high, p.YRange[1])
		}
		for i := range f.Panels {
			f.Panels[i].YRange, f.Panels[i].X = [2]float64{low, high}, "variance fraction"
		}
		if all := len(d.settings(math.MaxInt)); all > len(shown) {
			f.Caption += fmt.Sprintf(" %d of %d pairs of angle and gain are drawn; summary.csv has all.", len(shown), all)
		}
	case d.random:
		f.Panels = append(f.Panels, d.biases(shown[0]))
		f.Caption += " Right: by how much the simulated scores exceed the closed form, mean over directions."
	default:
		f.Panels = append(f.Panels, d.panel(shown[0], true))
		f.Caption += " Right: how far that is from the score of the dataset with itself; fully replaced, in proportion to p² for CKA, to p for NBS, linear regression and angular CKA, and to √p for angular Procrustes, p being the share."
	}
	return f
}

// panel shows scores at one setting, or how far they are from the dataset's own.
func (d *results) panel(at setting, change bool) report.Panel {
	p := report.Panel{Title: at.String(), X: "variance fraction of the component", Y: "score", LogX: true, YRange: [2]float64{1, 1}}
	if change {
		p.Title, p.Y, p.LogY, p.YRange = "change of the score", "|score − own score|", true, [2]float64{1e-8, 1}
	}
	least, most := d.fraction[len(d.fraction)-1], d.fraction[0]
	p.XRange = [2]float64{least / 1.1, math.Min(1, most*1.1)}
	for i, m := range d.measures {
		_, known := closedFormOf(m.Name)
		alone := 0.0
		if !known {
			alone = d.itself(m, 0)
		}
		value := func(score, fraction float64) float64 {
			switch {
			case change && !known:
				return math.Abs(score - alone)
			case change:
				return math.Abs(score - d.theory(m, fraction, 0, 1))
			}
			return score
		}
		line := report.Line{Mark: report.NewMark("", report.Hue(i), style(m))}
		for k := range 201 {
			if !known {
				break
			}
			x := least * math.Pow(most/least, float64(k)/200)
			line.X, line.Y = append(line.X, x), append(line.Y, value(d.theory(m, x, at.angle, at.gain), x))
		}
		points := report.Line{Mark: report.NewMark("", report.Hue(i), report.OpenPoints)}
		for _, s := range d.spaced(m, at) {
			x := d.fraction[s.pc]
			points.X, points.Y = append(points.X, x), append(points.Y, value(s.mean(), x))
		}
		if !change {
			for _, v := range slices.Concat(line.Y, points.Y) {
				p.YRange[0], p.YRange[1] = math.Min(p.YRange[0], v), math.Max(p.YRange[1], v)
			}
		}
		overlay(&p, line, points)
	}
	if change {
		p.YRange[0] = math.Max(p.YRange[0], math.Pow(10, math.Floor(math.Log10(report.Lowest(p.Lines)))))
	} else {
		p.YRange[0] = math.Floor(5*p.YRange[0]-1e-9) / 5
	}
	return p
}

// spaced are simulations at one setting of about a dozen components, evenly in the
// logarithm of their variance.
func (d *results) spaced(m measures.Measure, at setting) (sims []simulated) {
	const most = 12
	previous := math.Inf(1)
	apart := math.Pow(d.fraction[0]/d.fraction[len(d.fraction)-1], 1.0/most)
	for _, s := range d.simulations(partPerturbed, m) {
		if (setting{s.angle, s.gain}) == at && d.fraction[s.pc]*apart <= previous*(1+1e-9) {
			sims = append(sims, s)
			previous = d.fraction[s.pc]
		}
	}
	return sims
}

// biases shows by how much random directions exceed the closed form.
func (d *results) biases(at setting) report.Panel {
	p := report.Panel{Title: "bias of random directions", X: "variance fraction of the component", Y: "simulation − closed form", LogX: true}
	for i, m := range d.measures {
		if _, known := closedFormOf(m.Name); !known {
			continue
		}
		line := report.Line{Mark: report.NewMark("", report.Hue(i), style(m))}
		for _, s := range d.simulations(partPerturbed, m) {
			if (setting{s.angle, s.gain}) == at {
				line.X, line.Y = append(line.X, d.fraction[s.pc]), append(line.Y, s.bias().Mean)
			}
		}
		p.Lines = append(p.Lines, line)
	}
	return p
}

// turning shows the scores of a few components against the angle.
func (d *results) turning() *report.Figure {
	f := &report.Figure{Name: "turning-" + d.file, Title: d.Title(), Columns: 3, Width: 190, Height: 190, CSV: "turning", Legend: d.legend()}
	var pcs []int
	for _, s := range d.simulations(partTurned, d.measures[0]) {
		if !slices.Contains(pcs, s.pc) {
			pcs = append(pcs, s.pc)
		}
	}
	marked := false
	for _, pc := range pcs {
		fraction := d.fraction[pc]
		p := report.Panel{
			Title: fmt.Sprintf("component %d (%s of the variance)", pc+1, report.Percent(fraction)), X: "angle (degrees)", Y: "score",
			XRange: [2]float64{0, 90}, YRange: [2]float64{0, 1}, XTicks: []report.Tick{report.NewTick(0, "0"), report.NewTick(30, "30"), report.NewTick(60, "60"), report.NewTick(90, "90")},
		}
		for i, m := range d.measures {
			line, points := report.Line{Mark: report.NewMark("", report.Hue(i), style(m))}, report.Line{Mark: report.NewMark("", report.Hue(i), report.OpenPoints)}
			for k := range 91 {
				if _, known := closedFormOf(m.Name); !known {
					break
				}
				line.X, line.Y = append(line.X, float64(k)), append(line.Y, d.theory(m, fraction, float64(k)*math.Pi/180, 1))
			}
			for _, s := range d.simulations(partTurned, m) {
				if s.pc == pc {
					points.X, points.Y = append(points.X, s.angle*180/math.Pi), append(points.Y, s.mean())
				}
			}
			overlay(&p, line, points)
			for _, v := range slices.Concat(line.Y, points.Y) {
				p.YRange[1] = math.Max(p.YRange[1], v)
			}
		}
		critical, again := probe.CriticalAngle(fraction, d.ratio)
		if !math.IsNaN(critical) {
			marked = true
			p.Lines = append(p.Lines, report.NewLine(report.NewMark("", report.Black, report.Vertical), []float64{critical * 180 / math.Pi, again * 180 / math.Pi}, nil))
		}
		f.Panels = append(f.Panels, p)
	}
	f.Caption = "Score between the dataset and itself with one component turned toward another direction, against the angle; 90° is full replacement. Lines: closed form. Circles: simulation." + d.circles()
	if marked {
		f.Legend = append(f.Legend, report.NewMark("critical angle", report.Black, report.Vertical))
		f.Caption += " Angular Procrustes drops more than CKA below the critical angle."
	} else {
		f.Caption += " Angular Procrustes drops more than CKA at every angle."
	}
	return f
}

// critical shows where the caption's ordering holds, by the component's share of
// the variance and the participation ratio.
func critical(sets []*results) *report.Figure {
	f := &report.Figure{
		Name: "critical-angle", Columns: 1, Width: 380, Height: 290, CSV: "critical",
		Caption: "The angle below which angular Procrustes drops more than CKA when a component is turned, by the component's share of the variance and the participation ratio of the data. On a curve it does so below the angle named; under the dashed one at every angle. Filled circles: first components; open ones: the second and further. Shaded: where first components can lie, 1/PR ≤ p ≤ 1/√PR; nothing lies to the right of it.",
	}
	p := report.Panel{Title: "where angular Procrustes drops more than CKA", X: "variance fraction of the component", Y: "participation ratio", LogX: true, LogY: true, XRange: [2]float64{0.02, 1}, YRange: [2]float64{1, 50}}
	for _, d := range sets {
		p.XRange[0] = math.Min(p.XRange[0], d.fraction[0]/1.5)
		p.YRange[1] = math.Max(p.YRange[1], 1.5*d.ratio)
	}
	for _, v := range []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000} {
		if v >= p.XRange[0] && v <= 1 {
			p.XTicks = append(p.XTicks, report.NewTick(v, report.Number(v)))
		}
		if v >= 1 && v <= p.YRange[1] {
			p.YTicks = append(p.YTicks, report.NewTick(v, report.Number(v)))
		}
	}
	band := report.Band{Mark: report.NewMark("", report.Grey, report.Shade)}
	grid := func(visit func(x float64)) {
		for k := range 201 {
			visit(p.XRange[0] * math.Pow(1/p.XRange[0], float64(k)/200))
		}
	}
	grid(func(x float64) {
		band.X, band.Low, band.High = append(band.X, x), append(band.Low, 1/x), append(band.High, 1/(x*x))
	})
	p.Bands = []report.Band{band}
	angles := []float64{20, 30, 40}
	for i, angle := range angles {
		mark := report.NewMark(fmt.Sprintf("below %.0f°", angle), report.Graded(float64(i)/float64(len(angles)-1)), report.Solid)
		line := report.Line{Mark: mark}
		grid(func(x float64) {
			line.X, line.Y = append(line.X, x), append(line.Y, probe.CriticalRatio(x, angle*math.Pi/180))
		})
		p.Lines, f.Legend = append(p.Lines, line), append(f.Legend, mark)
	}
	never := report.Line{Mark: report.NewMark("below and left of this line: at every angle", report.Black, report.Dashed)}
	grid(func(x float64) {
		least := math.Inf(1)
		for angle := 45.0; angle <= 90; angle += 0.5 {
			least = math.Min(least, probe.CriticalRatio(x, angle*math.Pi/180))
		}
		never.X, never.Y = append(never.X, x), append(never.Y, least)
	})
	p.Lines, f.Legend = append(p.Lines, never), append(f.Legend, never.Mark, report.NewMark("range of first components", report.Grey, report.Shade))
	for i, d := range sets {
		first, others := report.NewLine(report.NewMark(d.Short(), report.Hue(i), report.Points), []float64{d.fraction[0]}, []float64{d.ratio}), report.Line{Mark: report.NewMark("", report.Hue(i), report.OpenPoints)}
		for _, x := range d.fraction[1:] {
			others.X, others.Y = append(others.X, x), append(others.Y, d.ratio)
		}
		p.Lines, f.Legend = append(p.Lines, others, first), append(f.Legend, first.Mark)
	}
	f.Panels = []report.Panel{p}
	return f
}

// perturbTables hold the scores of a few components at the settings drawn.
func perturbTables(sets []*results) (tables []report.Table) {
	for _, d := range sets {
		t := report.Table{
			Dataset: d.Short(),
			Caption: d.Short() + ": closed form of the score of the dataset with itself, one component perturbed, and the angle up to which angular Procrustes drops more than CKA (none: at every angle).",
			Header:  []string{"component", "variance fraction", "perturbed"},
		}
		if d.random {
			t.Caption = d.Short() + ": closed form of the score of the dataset with itself, one component perturbed, with the bias of random directions, and the critical angle."
		}
		for _, m := range d.measures {
			t.Header = append(t.Header, m.Name)
		}
		if alone := d.simulatedAlone(); len(alone) > 0 {
			t.Caption += " Simulated, for no closed form is known: " + strings.Join(alone, "; ") + "."
		}
		t.Header = append(t.Header, "critical angle")
		for _, at := range d.settings(mostShown) {
			for _, pc := range []int{1, 2, 3, 5, 10, 30, 100, 300} {
				if pc > len(d.fraction) {
					continue
				}
				p := d.fraction[pc-1]
				row := []string{fmt.Sprint(pc), share(p), at.String()}
				for _, m := range d.measures {
					_, known := closedFormOf(m.Name)
					text := report.Fraction(d.theory(m, p, at.angle, at.gain))
					if !known {
						text = "not simulated"
					}
					if d.random || !known {
						sims := d.simulations(partPerturbed, m)
						if i := slices.IndexFunc(sims, func(s simulated) bool { return s.pc == pc-1 && (setting{s.angle, s.gain}) == at }); i >= 0 {
							if known {
								text += " (" + signed(sims[i].bias().Mean) + ")"
							} else {
								text = report.Fraction(sims[i].mean())
							}
						}
					}
					row = append(row, text)
				}
				angle := "none"
				if critical, again := probe.CriticalAngle(p, d.ratio); !math.IsNaN(critical) {
					angle = degrees(critical)
					if !math.IsNaN(again) {
						angle += ", and again from " + degrees(again)
					}
				}
				t.Rows = append(t.Rows, append(row, angle))
			}
		}
		tables = append(tables, t)
	}
	return tables
}

func perturbCSV(sets []*results) []report.CSV {
	header := []string{"dataset", "measure", "pc", "variance_fraction", "angle", "gain", "theory", "simulation"}
	summary, turning := report.CSV{Name: "summary", Header: header}, report.CSV{Name: "turning", Header: header}
	directions := report.CSV{Name: "directions", Header: []string{"dataset", "measure", "seed", "pc", "variance_fraction", "angle", "gain", "theory", "simulation"}}
	theory := report.CSV{Name: "theory", Header: header[:7]}
	angles := report.CSV{Name: "critical", Header: []string{"dataset", "participation_ratio", "pc", "variance_fraction", "critical_angle", "again_angle"}}
	for _, d := range sets {
		for _, m := range d.measures {
			row := func(s simulated) []any {
				return []any{d.Name, m.Name, s.pc + 1, d.fraction[s.pc], s.angle, s.gain, s.theory, s.mean()}
			}
			for _, s := range d.simulations(partPerturbed, m) {
				summary.Rows = append(summary.Rows, row(s))
				for i, r := range d.runs[partPerturbed][m.Name] {
					directions.Rows = append(directions.Rows, []any{d.Name, m.Name, r.Cell.Seed, s.pc + 1, d.fraction[s.pc], s.angle, s.gain, s.theory, s.scores[i]})
				}
			}
			for _, s := range d.simulations(partTurned, m) {
				turning.Rows = append(turning.Rows, row(s))
			}
			for _, at := range d.settings(math.MaxInt) {
				for pc, p := range d.fraction {
					theory.Rows = append(theory.Rows, []any{d.Name, m.Name, pc + 1, p, at.angle, at.gain, d.theory(m, p, at.angle, at.gain)})
				}
			}
		}
		for pc, p := range d.fraction {
			critical, again := probe.CriticalAngle(p, d.ratio)
			angles.Rows = append(angles.Rows, []any{d.Name, d.ratio, pc + 1, p, critical, again})
		}
	}
	return []report.CSV{summary, turning, directions, theory, angles}
}
