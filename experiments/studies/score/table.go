package score

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"simgrad/data"
	"simgrad/experiments/inference"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// columns is how wide what is printed is, where names allow.
const columns = 80

func printJSON(w io.Writer, pairs []pairScores, sets []data.Aligned) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	if len(sets) == 2 {
		return e.Encode(pairs[0])
	}
	return e.Encode(pairs)
}

// A printed is what is shown of scores on a terminal.
type printed struct {
	pairs []pairScores
	sets  []data.Aligned
	names []string // of the sets, as they are called
	ms    []measures.Measure
	// chance says why there is none beside the scores of two files; "" where there is.
	chance string
	// between is how many sets are x to the others, which are y; 0 for all pairs.
	between int
}

func (p *printed) print(w io.Writer) error {
	var b strings.Builder
	var rows [][]string
	for i, d := range p.sets {
		kind := ""
		if d.Card.Surrogate {
			kind = "artificial"
		}
		rows = append(rows, []string{p.names[i], report.Axes(d.Times(), d.Conditions(), d.Units()), kind})
	}
	b.WriteString(aligned(rows, func(int) bool { return false }))
	fmt.Fprintf(&b, "linear algebra  %s\n\n", p.pairs[0].BLAS)
	if len(p.sets) == 2 {
		p.pair(&b)
	} else {
		for _, m := range p.ms {
			p.matrix(&b, m)
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// pair prints the scores of two files, with those by chance beside them.
func (p *printed) pair(b *strings.Builder) {
	rows := [][]string{{"measure", "score", "shuffled", "noise", "range"}}
	var failed failures
	for _, s := range p.pairs[0].Scores {
		row := []string{s.Measure, "–", "–", "–", convention(s.m)}
		if s.Score != nil {
			row[1] = report.Fixed(*s.Score, 6)
		} else {
			failed.add(s)
		}
		if s.chance != nil {
			row[2], row[3] = report.Fixed(s.chance.Shuffled, 3), report.Fixed(s.chance.Noise, 3)
		}
		rows = append(rows, row)
	}
	ordered := "conditions"
	if p.sets[0].Times() == 1 && p.sets[1].Times() == 1 {
		ordered = "samples"
	}
	how := fmt.Sprintf("shuffled, noise: mean scores with the %s of %s in %d other orders, and of %d white noises in its place.", ordered, p.names[1], inference.ChanceDraws, inference.ChanceDraws)
	if p.chance != "" {
		how = p.chance
		for i, row := range rows {
			rows[i] = []string{row[0], row[1], row[4]}
		}
	}
	b.WriteString(aligned(rows, func(k int) bool { return 0 < k && k < len(rows[0])-1 }))
	fmt.Fprintf(b, "\n%s\n", report.Wrap(report.Plain(how), columns, "", ""))
	for i, f := range failed {
		if i == 0 {
			b.WriteString("\nWithout a score:\n")
		}
		b.WriteString(report.Wrap(report.Plain(strings.Join(f.measures, ", ")+": "+f.why), columns, "  ", "    ") + "\n")
	}
}

// failures are why measures have no score, those of the same reason together.
type failures []struct {
	measures []string
	why      string
}

func (f *failures) add(s oneScore) {
	why := strings.TrimPrefix(strings.TrimPrefix(s.Error, "measures: "+s.Measure+": "), "graph: ")
	for i := range *f {
		if (*f)[i].why == why {
			(*f)[i].measures = append((*f)[i].measures, s.Measure)
			return
		}
	}
	*f = append(*f, struct {
		measures []string
		why      string
	}{[]string{s.Measure}, why})
}

// matrix prints the scores of all pairs by one measure: of a symmetric one those below the
// diagonal. Where names are too long for the width, columns have numbers.
func (p *printed) matrix(b *strings.Builder, m measures.Measure) {
	fmt.Fprintf(b, "%s  %s\n", m.Name, convention(m))
	xs, ys := p.sides()
	table := func(heads []string, labels []string) string {
		rows := [][]string{{`x \ y`}}
		for _, j := range ys {
			rows[0] = append(rows[0], heads[j])
		}
		for _, i := range xs {
			row := []string{labels[i]}
			for _, j := range ys {
				if i != j && !(m.Symmetric && j > i && p.between == 0) {
					row = append(row, p.cell(m, i, j))
				} else {
					row = append(row, "")
				}
			}
			rows = append(rows, row)
		}
		return aligned(rows, func(k int) bool { return k > 0 })
	}
	text := table(p.names, p.names)
	if width(text) > columns {
		heads, labels := slices.Clone(p.names), slices.Clone(p.names)
		for i, name := range p.names {
			heads[i], labels[i] = fmt.Sprint(i+1), fmt.Sprintf("%d %s", i+1, name)
		}
		text = table(heads, labels)
	}
	b.WriteString(text + "\n")
}

// cell is the score of a pair in a matrix; symmetric measures have one of the two orders.
func (p *printed) cell(m measures.Measure, i, j int) string {
	for _, pair := range p.pairs {
		if !(pair.i == i && pair.j == j) && !(m.Symmetric && pair.i == j && pair.j == i) {
			continue
		}
		for _, s := range pair.Scores {
			if s.Measure == m.Name && s.Score != nil {
				return report.Fraction(*s.Score)
			}
		}
	}
	return "–"
}

// convention is the range of a score, which way it is up and what it predicts.
func convention(m measures.Measure) string {
	text := fmt.Sprintf("[%s, %s]", report.RangeEnd(m.Range[0]), report.RangeEnd(m.Range[1]))
	if m.Range == [2]float64{} { // of which nothing is said
		text = "–"
	}
	if m.Kind == measures.Distance {
		text = "distance " + text
	}
	if !m.Symmetric {
		text += ", " + strings.TrimPrefix(m.Direction(), "predicts ")
	}
	return text
}

// aligned are rows in columns: words to the left, and where right says so to the right.
func aligned(rows [][]string, right func(column int) bool) string {
	var widths []int
	for _, row := range rows {
		for k, cell := range row {
			if k == len(widths) {
				widths = append(widths, 0)
			}
			widths[k] = max(widths[k], utf8.RuneCountInString(report.Plain(cell)))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for k, cell := range row {
			cell = report.Plain(cell)
			space := strings.Repeat(" ", widths[k]-utf8.RuneCountInString(cell))
			if k > 0 {
				line += "  "
			}
			if right(k) {
				line += space + cell
			} else {
				line += cell + space
			}
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func width(text string) (most int) {
	for line := range strings.SplitSeq(text, "\n") {
		most = max(most, utf8.RuneCountInString(line))
	}
	return most
}

// notes are what data and scores must be read with, each once.
func (p *printed) notes() (lines []string) {
	for _, pair := range p.pairs {
		lines = append(lines, pair.Notes...)
	}
	for _, pair := range p.pairs {
		var like []string
		for _, s := range pair.Scores {
			if s.Noise != nil {
				like = append(like, fmt.Sprintf("%s %.3g", s.Measure, *s.Noise))
			}
		}
		if len(like) > 0 {
			lines = append(lines, fmt.Sprintf("noise in the place of %s, of as many units and samples, scores much the same with %s, so that the score says little: %s",
				pair.Y, pair.X, strings.Join(like, ", ")))
		}
	}
	var once []string
	for _, line := range lines {
		if !slices.Contains(once, line) {
			once = append(once, line)
		}
	}
	return once
}

// warn prints the notes, by the names that files are called.
func (p *printed) warn(w io.Writer) (err error) {
	var called []string
	for i, d := range p.sets {
		called = append(called, d.Name, p.names[i])
	}
	names := strings.NewReplacer(called...)
	for _, line := range p.notes() {
		_, e := fmt.Fprintln(w, report.Wrap(report.Plain(names.Replace(line)), columns, "note: ", "  "))
		err = errors.Join(err, e)
	}
	return err
}
