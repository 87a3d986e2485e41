package notebooks

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"
	"text/tabwriter"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// A View is one thing as a notebook shows it: as text and, where they are set, as
// HTML or as a PNG so many pixels wide.
type View struct {
	Text, HTML string
	PNG        []byte
	Width      int
}

// Display shows a view. The kernel sets it; in a program it prints the text.
var Display = func(v View) { fmt.Println(v.Text) }

// Show shows values, as the end of a cell does.
func Show(values ...any) {
	for _, value := range values {
		views := Views(value)
		if views == nil {
			views = []View{{Text: fmt.Sprint(value)}}
		}
		for _, v := range views {
			Display(v)
		}
	}
}

// Views returns how a dataset, a measure, a table, a figure, a report or a number
// is shown; nil for all else.
func Views(value any) []View {
	switch v := value.(type) {
	case *data.Dataset:
		return datasetViews(v)
	case measures.Measure:
		return []View{tableView(measureTable(v))}
	case report.Table:
		return []View{tableView(v)}
	case *report.Figure:
		return figureViews(v)
	case *report.Report:
		return reportViews(v)
	case View:
		return []View{v}
	case float64:
		return []View{{Text: strconv.FormatFloat(v, 'g', 6, 64)}}
	}
	return nil
}

// datasetViews are a dataset's card and its spectrum, as a table and a plot.
func datasetViews(d *data.Dataset) []View {
	card := report.Table{Caption: d.Name}
	for _, row := range report.Describe(d).Rows() {
		card.Rows = append(card.Rows, row[:])
	}
	c, err := probe.ComponentsOf(d.Activity)
	if err != nil {
		card.Rows = append(card.Rows, []string{"components", err.Error()})
		return []View{tableView(card)}
	}
	card.Rows = append(card.Rows, []string{"components", fmt.Sprintf("%d, effectively %.1f (participation ratio)", len(c.Fraction), c.ParticipationRatio())})

	spectrum := report.Table{Header: []string{"component"}, Rows: [][]string{{"fraction of variance"}, {"cumulative"}}}
	sum := 0.0
	var counts, sums []float64
	for i, f := range c.Fraction {
		sum += f
		counts, sums = append(counts, float64(i+1)), append(sums, sum)
		if i < 8 {
			spectrum.Header = append(spectrum.Header, strconv.Itoa(i+1))
			spectrum.Rows[0] = append(spectrum.Rows[0], fmt.Sprintf("%.3f", f))
			spectrum.Rows[1] = append(spectrum.Rows[1], fmt.Sprintf("%.3f", sum))
		}
	}
	f := Plot("component", "fraction of variance",
		Line("cumulative", counts, sums), Line("single", counts, c.Fraction))
	f.Height = 150
	f.Panels[0].YRange = [2]float64{0, 1}
	if len(counts) > 20 {
		f.Panels[0].LogX = true
	} else {
		for i := range counts {
			f.Panels[0].XTicks = append(f.Panels[0].XTicks, report.Tick{At: counts[i], Label: strconv.Itoa(i + 1)})
		}
	}
	return append([]View{tableView(card), tableView(spectrum)}, figureViews(f)...)
}

// measureTable is what a measure says of itself.
func measureTable(m measures.Measure) report.Table {
	t := report.Table{Caption: m.Name, Header: []string{"", "same data", "a … in", "symmetric", "invariant to, of x", "invariant to, of y", "source"}}
	row := append([]string{m.Label}, conventions(m)...)
	t.Rows = [][]string{append(row, m.InvariantX.String(), m.InvariantY.String(), m.Source)}
	return t
}

// conventions are a measure's score of equal data, its kind and range, and
// whether it is symmetric.
func conventions(m measures.Measure) []string {
	identity := "depends on x"
	if !math.IsNaN(m.Identity) {
		identity = number(m.Identity)
	}
	symmetric := "yes"
	if !m.Symmetric {
		symmetric = "no: " + m.Direction()
	}
	return []string{identity, fmt.Sprintf("%s in [%s, %s]", m.Kind, number(m.Range[0]), number(m.Range[1])), symmetric}
}

func number(v float64) string {
	if v == math.Pi/2 {
		return "π/2"
	}
	return report.Significant(v, 4)
}

// reportViews are a report's finding and warnings, and its first figure.
func reportViews(r *report.Report) []View {
	var texts []string
	for i, f := range r.Figures {
		if i > 0 {
			texts = append(texts, fmt.Sprintf("Figures[%d] %s", i, f.Name))
		}
	}
	also := ""
	if len(texts) > 0 {
		also = "Further figures: " + strings.Join(texts, ", ") + "."
	}
	text := strings.Join(r.Finding, "\n")
	for _, w := range r.Warnings {
		text += "\nWarning: " + w
	}
	v := View{Text: r.Title + "\n" + text + "\n" + also, HTML: page("report", map[string]any{"Report": r, "Also": also})}
	if len(r.Figures) == 0 {
		return []View{v}
	}
	return append([]View{v}, figureViews(r.Figures[0])...)
}

// figureViews are a figure as PNG, whose text says what it draws, and its caption.
func figureViews(f *report.Figure) []View {
	png, err := f.Draw("png")
	if err != nil {
		return []View{{Text: err.Error()}}
	}
	width := f.Width
	if width == 0 {
		width = 150
	}
	// Somewhat larger than in print; no wider than a page.
	columns := max(1, min(f.Columns, len(f.Panels)))
	views := []View{{Text: describe(f), PNG: png, Width: min(960, int(1.6*width*float64(columns)))}}
	if f.Caption != "" {
		views = append(views, View{Text: f.Caption, HTML: page("caption", f.Caption)})
	}
	return views
}

// describe says what each line of a figure draws.
func describe(f *report.Figure) string {
	var b strings.Builder
	if f.Title != "" {
		fmt.Fprintln(&b, f.Title)
	}
	for k, p := range f.Panels {
		fmt.Fprintf(&b, "%s: %s against %s\n", cmp.Or(p.Title, fmt.Sprintf("panel %d", k+1)), p.Y, p.X)
		for _, l := range p.Lines {
			if l.Style != report.Vertical && len(l.Y) > 0 {
				fmt.Fprintf(&b, "  %s: %.3g at %.3g, %.3g at %.3g\n", name(l.Mark), l.Y[0], l.X[0], l.Y[len(l.Y)-1], l.X[len(l.X)-1])
			}
		}
	}
	return strings.TrimSpace(b.String())
}

// name is a mark's label, or else how it looks.
func name(m report.Mark) string {
	if m.Label != "" {
		return m.Label
	}
	switch m.Style {
	case report.Dashed:
		return "dashed"
	case report.Dotted:
		return "dotted"
	case report.Points, report.OpenPoints:
		return "points"
	case report.Faint:
		return "pale"
	}
	return "line"
}

// tableView is a table as HTML and as text.
func tableView(t report.Table) View {
	var b strings.Builder
	if t.Caption != "" {
		fmt.Fprintln(&b, t.Caption)
	}
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	rows := t.Rows
	if t.Header != nil {
		rows = append([][]string{t.Header}, rows...)
	}
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush()
	return View{Text: strings.TrimSpace(b.String()), HTML: page("table", t)}
}

var pages = template.Must(template.New("").Parse(`
{{define "table"}}<table>{{with .Caption}}<caption style="text-align:left;font-weight:bold">{{.}}</caption>{{end}}
{{with .Header}}<thead><tr>{{range .}}<th style="text-align:left">{{.}}</th>{{end}}</tr></thead>{{end}}
<tbody>{{range .Rows}}<tr>{{range .}}<td style="text-align:left">{{.}}</td>{{end}}</tr>{{end}}</tbody></table>{{end}}
{{define "caption"}}<p style="max-width:60em"><small>{{.}}</small></p>{{end}}
{{define "report"}}<p><b>{{.Report.Title}}</b></p>{{range .Report.Finding}}<p>{{.}}</p>{{end}}
{{range .Report.Warnings}}<p><b>Warning.</b> {{.}}</p>{{end}}{{with .Also}}<p><i>{{.}}</i></p>{{end}}{{end}}`))

// pageFrame is a page within a page: it is sandboxed, and runs its own scripts.
func pageFrame(html string) string {
	return `<iframe sandbox="allow-scripts allow-downloads allow-popups" allow="clipboard-write" style="width:100%;height:820px;border:0" srcdoc="` + template.HTMLEscapeString(html) + `"></iframe>`
}

func page(name string, of any) string {
	var b strings.Builder
	if err := pages.ExecuteTemplate(&b, name, of); err != nil {
		return template.HTMLEscapeString(err.Error())
	}
	return strings.TrimSpace(b.String())
}
