package score

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// A table is the scores of datasets in rows, as x, with those in columns, as y, by a measure.
type table struct {
	m             measures.Measure
	rows, columns []int // places of the sets
	scores        [][]float64
}

// tables are those of measures: of all sets with each other, or of two groups.
func (p *printed) tables() (all []table) {
	rows, cols := p.sides()
	for _, m := range p.ms {
		t := table{m: m, rows: rows, columns: cols}
		for _, i := range rows {
			var line []float64
			for _, j := range cols {
				line = append(line, p.score(m, i, j))
			}
			t.scores = append(t.scores, line)
		}
		all = append(all, t)
	}
	return all
}

// sides are the places of what is x and of what is y.
func (p *printed) sides() (rows, cols []int) {
	for i := range p.sets {
		if p.between == 0 || i < p.between {
			rows = append(rows, i)
		}
		if p.between == 0 || i >= p.between {
			cols = append(cols, i)
		}
	}
	return rows, cols
}

// score is that of a pair, in the order that a symmetric measure has; NaN where there is none.
func (p *printed) score(m measures.Measure, i, j int) float64 {
	for _, pair := range p.pairs {
		if !(pair.i == i && pair.j == j) && !(m.Symmetric && pair.i == j && pair.j == i) {
			continue
		}
		for _, s := range pair.Scores {
			if s.Measure == m.Name && s.Score != nil {
				return *s.Score
			}
		}
	}
	return math.NaN()
}

// distances are those between all sets: the angle of a score that is a cosine, or is made from
// one; 1 − score of one that is not; a distance itself; of an asymmetric measure, of the mean of both directions. It is nil where a score is
// missing.
func (t table) distances() [][]float64 {
	n := len(t.rows)
	d := make([][]float64, n)
	of := t.away()
	for i := range d {
		d[i] = make([]float64, n)
		for j := range d[i] {
			if i == j {
				continue
			}
			if d[i][j] = (of(t.scores[i][j]) + of(t.scores[j][i])) / 2; math.IsNaN(d[i][j]) {
				return nil
			}
		}
	}
	return d
}

// away is how far apart data are that score so.
func (t table) away() func(score float64) float64 {
	if t.m.Kind == measures.Distance {
		return func(score float64) float64 { return score }
	}
	scaling := measures.ScalingOf(t.m.Name)
	if base, err := measures.ByName(scaling.Base); err != nil || !base.Metric {
		return func(score float64) float64 { return 1 - score }
	}
	return func(score float64) float64 { return math.Acos(min(1, max(-1, scaling.Back(score)))) }
}

// clustered is the order of the leaves of a hierarchical clustering by mean distance between
// clusters: of two that are joined, the one with the earlier set first.
func clustered(d [][]float64) []int {
	var clusters [][]int
	for i := range d {
		clusters = append(clusters, []int{i})
	}
	between := func(a, b []int) (sum float64) {
		for _, i := range a {
			for _, j := range b {
				sum += d[i][j]
			}
		}
		return sum / float64(len(a)*len(b))
	}
	for len(clusters) > 1 {
		at, with, least := 0, 1, math.Inf(1)
		for i := range clusters {
			for j := range i {
				if v := between(clusters[i], clusters[j]); v < least {
					at, with, least = j, i, v
				}
			}
		}
		clusters[at] = append(clusters[at], clusters[with]...)
		clusters = slices.Delete(clusters, with, with+1)
	}
	return clusters[0]
}

// scaledDown are places in the plane by classical multidimensional scaling, and the share of
// what the distances spread, in sums of squares, that the plane holds.
func scaledDown(d [][]float64) (x, y []float64, share float64, ok bool) {
	n := len(d)
	if n == 0 {
		return nil, nil, 0, false
	}
	b := mat.NewSymDense(n, nil)
	means, all := make([]float64, n), 0.0
	for i := range d {
		for j := range d {
			means[i] += d[i][j] * d[i][j] / float64(n)
		}
		all += means[i] / float64(n)
	}
	for i := range n {
		for j := range i + 1 {
			b.SetSym(i, j, -(d[i][j]*d[i][j]-means[i]-means[j]+all)/2)
		}
	}
	var eig mat.EigenSym
	if !eig.Factorize(b, true) {
		return nil, nil, 0, false
	}
	var v mat.Dense
	eig.VectorsTo(&v)
	values, total := eig.Values(nil), 0.0 // ascending
	for _, l := range values {
		total += max(0, l)
	}
	axis := func(k int) (at []float64) {
		at = make([]float64, n)
		if k < 0 || values[k] <= 0 {
			return at
		}
		sign := 0.0 // so that the first that is not in the middle has a place above 0
		for i := range at {
			if at[i] = v.At(i, k) * math.Sqrt(values[k]); sign == 0 && math.Abs(v.At(i, k)) > 0.1 {
				sign = math.Copysign(1, at[i])
			}
		}
		if sign < 0 {
			for i := range at {
				at[i] = -at[i]
			}
		}
		return at
	}
	if total == 0 {
		return axis(-1), axis(-1), 1, true
	}
	share = max(0, values[n-1])
	if n > 1 {
		share += max(0, values[n-2])
	}
	return axis(n - 1), axis(n - 2), share / total, true
}

// report is that of many datasets.
func (p *printed) report() *report.Report {
	rep := &report.Report{Title: "Scores of datasets with each other", Arrays: map[string][]data.Array{}, Conventions: experiments.Conventions(p.ms...), BLAS: p.pairs[0].BLAS}
	rep.Compared = report.Count(len(p.sets), "dataset") + " with each other"
	rep.Question = "Which of these datasets are alike?"
	if p.between > 0 {
		rep.Question = "Which of the first datasets are like which of the second?"
		rep.Compared = fmt.Sprintf("%d datasets, as x, with %d, as y", p.between, len(p.sets)-p.between)
	}
	for _, d := range p.sets {
		rep.Datasets = append(rep.Datasets, report.Describe(d.Dataset))
	}
	rep.Warnings = p.notes()
	rep.CSV = append(rep.CSV, scoresCSV(p.pairs))
	heat := &report.Figure{Name: "scores", Columns: 2, CSV: "scores", Width: 300, Height: 260}
	near := &report.Figure{Name: "map", Title: "How far apart datasets are", Columns: 2, Width: 300, Height: 260}
	ordered := true
	for _, t := range p.tables() {
		var flat []float64
		for _, line := range t.scores {
			flat = append(flat, line...)
		}
		rep.Arrays["scores"] = append(rep.Arrays["scores"], data.Array{Name: t.m.Name, Shape: []int{len(t.rows), len(t.columns)}, Values: flat})
		rep.Finding = append(rep.Finding, p.most(t))
		rows, cols := t.rows, t.columns
		var d [][]float64
		if p.between == 0 {
			if d = t.distances(); d != nil {
				rows = clustered(d)
				cols = rows
			} else {
				ordered = false
			}
		}
		heat.Panels = append(heat.Panels, p.heat(t, rows, cols))
		if x, y, share, ok := scaledDown(d); ok {
			far := 1.1 * max(slices.Max(x), -slices.Min(x), slices.Max(y), -slices.Min(y), 1e-12)
			panel := report.Panel{
				Title: fmt.Sprintf("%s, %.0f %% of it", t.m.Label, 100*share), X: "first axis", Y: "second axis",
				XRange: [2]float64{-far, far}, YRange: [2]float64{-far, far},
			}
			for i := range x {
				panel.Lines = append(panel.Lines, report.NewLine(p.mark(i), x[i:i+1], y[i:i+1]))
			}
			near.Panels = append(near.Panels, panel)
		}
	}
	heat.Caption = "Scores of x, in rows, with y, in columns; dark is low, light high, in each panel from its lowest to its highest, and grey has no score."
	if p.between == 0 {
		heat.Title = "Scores of all pairs"
		heat.Caption += " Datasets are in the order of a hierarchical clustering by the distance, the angle of a score that is a cosine or made from one, or 1 − score, means of all pairs of two clusters."
		if slices.ContainsFunc(p.ms, func(m measures.Measure) bool { return !m.Symmetric }) {
			heat.Caption += " Measures that are not symmetric are clustered by the mean of both directions."
		}
		if !ordered {
			heat.Caption += " Where a score is missing they are in the order given."
		}
	} else {
		heat.Title = "Scores of the first datasets with the second"
		heat.Caption += " Both are in the order given."
	}
	rep.Figures = append(rep.Figures, heat)
	if len(near.Panels) > 0 {
		near.Caption = "Classical multidimensional scaling: points are as far apart as two dimensions allow where datasets are, by the distance, the angle of a score that is a cosine or made from one, or 1 − score; of measures that are not symmetric, of the mean of both directions. Titles say what share of it two dimensions hold."
		for i := range p.names {
			if len(p.names) <= hues || i == 0 || i == len(p.names)-1 {
				near.Legend = append(near.Legend, p.mark(i))
			}
		}
		if len(p.names) > hues {
			near.Caption += " Colours go from dark to light in the order given."
		}
		rep.Figures = append(rep.Figures, near)
	}
	return rep
}

// hues is up to how many datasets have colours of their own.
const hues = 12

func (p *printed) mark(i int) report.Mark {
	colour := report.Hue(i)
	if n := len(p.names); n > hues {
		colour = report.Graded(float64(i) / float64(n-1))
	}
	return report.NewMark(p.names[i], colour, report.Points)
}

// most says which pair is most alike, if it is so in the digits that are written.
func (p *printed) most(t table) string {
	best, x, y := math.NaN(), 0, 0
	written := map[string]int{}
	for i := range t.rows {
		for j := range t.columns {
			v := t.scores[i][j]
			if t.rows[i] == t.columns[j] || math.IsNaN(v) {
				continue
			}
			written[report.Fraction(v)]++
			if less := v < best; math.IsNaN(best) || less == (t.m.Kind == measures.Distance) && v != best {
				best, x, y = v, t.rows[i], t.columns[j]
			}
		}
	}
	if math.IsNaN(best) {
		return fmt.Sprintf("By %s no pair has a score.", t.m.Label)
	}
	if all := written[report.Fraction(best)]; all > 2 && len(written) == 1 {
		return fmt.Sprintf("By %s, all pairs are as alike (%s).", t.m.Label, report.Fraction(best))
	}
	return fmt.Sprintf("By %s, %s and %s are most alike (%s).", t.m.Label, p.names[x], p.names[y], report.Fraction(best))
}

// heat is a panel of coloured squares, the first row on top.
func (p *printed) heat(t table, rows, cols []int) report.Panel {
	panel := report.Panel{Title: t.m.Label, X: "y", Y: "x", XRange: [2]float64{0, float64(len(cols))}, YRange: [2]float64{0, float64(len(rows))}}
	at := func(i, j int) float64 { return t.scores[slices.Index(t.rows, i)][slices.Index(t.columns, j)] }
	low, high := math.Inf(1), math.Inf(-1)
	for _, i := range rows {
		for _, j := range cols {
			if v := at(i, j); i != j && !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	switch l, h := report.Fraction(low), report.Fraction(high); {
	case low < high && l == h:
		panel.Title += ", all " + l
	case low < high:
		panel.Title += fmt.Sprintf(", %s to %s", l, h)
	}
	for r, i := range rows {
		bottom := float64(len(rows) - 1 - r)
		panel.YTicks = append(panel.YTicks, report.NewTick(bottom+0.5, fmt.Sprintf("%d %s", i+1, p.names[i])))
		for c, j := range cols {
			v := at(i, j)
			if i == j {
				continue
			}
			colour := report.Grey
			if !math.IsNaN(v) {
				share := 0.5
				if low < high {
					share = (v - low) / (high - low)
				}
				colour = report.Graded(share)
			}
			left := float64(c)
			name := fmt.Sprintf("%s, %s: %s", p.names[i], p.names[j], strings.ReplaceAll(report.Fraction(v), "NaN", "no score"))
			panel.Bands = append(panel.Bands, report.NewBand(report.NewMark(name, colour, report.Solid), []float64{left, left + 1}, []float64{bottom, bottom}, []float64{bottom + 1, bottom + 1}))
		}
	}
	for c, j := range cols {
		label := fmt.Sprint(j + 1)
		if p.between > 0 { // no row has its name
			label += " " + p.names[j]
		}
		panel.XTicks = append(panel.XTicks, report.NewTick(float64(c)+0.5, label))
	}
	return panel
}
