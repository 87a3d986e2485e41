package report

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

//go:embed page
var pageFiles embed.FS

// A pageOf is what page.html shows of a report.
type pageOf struct {
	*Report
	Compared, Heading, Answer string
	Surrogate                 bool
	Contents                  [][2]string
	First                     *shown
	Others                    []*shown
	Further, Known            []said
	Leading, Keys, Tables     []shownTable
	Made                      [][2]string
	Style                     template.CSS
	Script                    template.JS
	ScriptHash                string
	Data                      template.JS
}

// A shown is a figure of the page, as drawn and with the files that have it.
type shown struct {
	ID, Title, Caption, Lead, Rest string
	SVG                            template.HTML
	Width                          string // on the page, at which the least text has 12 px
	Files                          [][2]string
}

// A said is what is said of one dataset, "" of several.
type said struct {
	Dataset string
	Lines   []string
}

// A shownTable is a table of the page, whose columns are numbers or text.
type shownTable struct {
	Caption, Dataset string
	Header           []shownCell
	Rows             []shownRow
}

// A shownRow is one of a table; of a long one about several datasets, with the one it is of.
type shownRow struct {
	Dataset string
	Cells   []shownCell
}

type shownCell struct {
	Text, Range, Class string
}

// HTML returns report.html, one file that opens offline.
func (r *Report) HTML() ([]byte, error) {
	read := func(name string) string {
		b, err := pageFiles.ReadFile("page/" + name)
		if err != nil {
			panic(err) // it is part of the program
		}
		return string(b)
	}
	script := read("page.js")
	sum := sha256.Sum256([]byte(script))
	p := pageOf{
		Report: r, Heading: r.Title, Compared: r.compared(),
		Style: template.CSS(read("page.css")), Script: template.JS(script), ScriptHash: "sha256-" + base64.StdEncoding.EncodeToString(sum[:]),
		Made: append(slices.Clone(r.Settings), [2]string{"linear algebra", r.BLAS}, [2]string{"version", r.Version}),
	}
	if r.Question != "" {
		p.Heading = r.Question
	}
	if len(r.Finding) > 0 {
		p.Answer, p.Further = r.Finding[0], r.byDataset(r.Finding[1:])
	}
	p.Known = r.byDataset(r.Theory)
	for _, d := range r.Datasets {
		p.Surrogate = p.Surrogate || d.Card.Surrogate
	}
	for i, f := range r.Figures {
		s, err := r.show(f)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			p.First = s
		} else {
			p.Others = append(p.Others, s)
		}
	}
	for _, t := range r.Tables {
		to := &p.Tables
		if t.First {
			to = &p.Leading
		} else if t.Key {
			to = &p.Keys
		}
		*to = append(*to, r.showTable(t))
	}
	for _, c := range []struct {
		there    bool
		id, name string
	}{
		{len(r.Warnings) > 0, "warnings", Count(len(r.Warnings), "warning")},
		{len(p.Further) > 0, "findings", "findings"},
		{len(r.Datasets) > 0, "datasets", "datasets"},
		{len(p.Others) > 0, "figures", "figures"},
		{len(p.Tables) > 0, "numbers", "numbers"},
		{len(r.Theory) > 0, "theory", "theory"},
		{true, "conventions", "conventions"},
		{true, "made", "how this was made"},
	} {
		if c.there {
			p.Contents = append(p.Contents, [2]string{c.id, c.name})
		}
	}
	data, err := json.Marshal(r.live())
	if err != nil {
		return nil, err
	}
	p.Data = template.JS(data) // Marshal escapes what could end a script
	t, err := template.New("page").Funcs(template.FuncMap{"facts": facts, "origin": origin}).Parse(read("page.html"))
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, p)
	return b.Bytes(), err
}

// compared says in a line what is compared.
func (r *Report) compared() string {
	if r.Compared != "" {
		return r.Compared
	}
	const most = 2
	var lines []string
	for _, d := range r.Datasets[:min(most, len(r.Datasets))] {
		lines = append(lines, d.Line())
	}
	if more := len(r.Datasets) - most; more > 0 {
		lines = append(lines, Count(more, "further dataset"))
	}
	return strings.Join(lines, " · ")
}

// capital is text that begins as a sentence does.
func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// byDataset groups sentences by the dataset that they begin with, where there are several.
func (r *Report) byDataset(lines []string) (groups []said) {
	at := map[string]int{}
	for _, line := range lines {
		of := ""
		for _, d := range r.Datasets {
			rest, found := strings.CutPrefix(line, d.Short())
			text, apart := strings.CutPrefix(rest, ": ")
			if !found || !apart && !strings.HasPrefix(rest, " ") || len(r.Datasets) == 1 {
				continue
			}
			if of = Plain(d.Short()); apart {
				line = capital(text)
			}
			break
		}
		i, known := at[of]
		if !known {
			i = len(groups)
			at[of] = i
			groups = append(groups, said{Dataset: of})
		}
		groups[i].Lines = append(groups[i].Lines, line)
	}
	slices.SortStableFunc(groups, func(a, b said) int { // of all first
		return cmp.Compare(min(len(a.Dataset), 1), min(len(b.Dataset), 1))
	})
	return groups
}

// facts are the lines of a dataset's card that results need, and origin the others.
func facts(d *Description) (rows [][2]string) {
	for _, row := range d.Rows() {
		if slices.Contains([]string{"kind", "shape", "task variables", "task"}, row[0]) {
			rows = append(rows, row)
		}
	}
	return rows
}

func origin(d *Description) (rows [][2]string) {
	known := facts(d)
	for _, row := range append(d.Rows(), [2]string{"content", d.Hash}) {
		if !slices.Contains(known, row) {
			rows = append(rows, row)
		}
	}
	return rows
}

func (r *Report) show(f *Figure) (*shown, error) {
	untitled := *f.thinned() // the page has the title above it
	untitled.Title = ""
	svg, err := untitled.Draw("svg")
	if err != nil {
		return nil, fmt.Errorf("figure %s: %w", f.Name, err)
	}
	s := &shown{ID: "figure-" + f.Name, Title: strings.TrimSuffix(f.Title, artificial), Caption: f.Caption, Lead: f.Caption, SVG: template.HTML(inline(svg))}
	width, _ := f.size()
	_, cols := f.grid()
	s.Width = fmt.Sprintf("%.0fpx", 1.65*width*float64(cols))
	const long = 120
	if i := strings.Index(f.Caption, ". "); len(f.Caption) > long && i > 0 {
		s.Lead, s.Rest = f.Caption[:i+1], f.Caption[i+2:]
	}
	for _, format := range []string{"svg", "pdf", "png"} {
		s.Files = append(s.Files, [2]string{f.Name + "." + format, strings.ToUpper(format)})
	}
	if f.CSV != "" {
		s.Files = append(s.Files, [2]string{f.CSV + ".csv", "CSV"})
	}
	return s, nil
}

// longTable is how many rows a page shows of several datasets at once.
const longTable = 24

// showTable sets a table's numbers apart from its text: a column is of numbers where no
// cell is anything else. The range of several starts shows when one points at the mean.
func (r *Report) showTable(t Table) shownTable {
	s := shownTable{Caption: t.Caption, Dataset: Plain(t.Dataset)}
	of := map[string]string{} // what stands in a row → the dataset that it is of
	if len(t.Rows) > longTable && t.Header[0] == "dataset" {
		for _, d := range r.Datasets {
			of[d.Short()], of[d.Name] = Plain(d.Short()), Plain(d.Short())
		}
	}
	number, marks := make([]bool, len(t.Header)), make([]bool, len(t.Header))
	for i := range t.Header {
		all := func(is func(string) bool, or ...string) bool { // of the column; with something in it
			some := false
			return !slices.ContainsFunc(t.Rows, func(row []string) bool {
				some = some || i < len(row) && row[i] != ""
				return i < len(row) && row[i] != "" && !is(row[i]) && !slices.Contains(or, row[i])
			}) && some
		}
		number[i] = all(startsAsNumber, "–", "not reached")
		marks[i] = !number[i] && all(func(text string) bool { return text == "✓" || text == "✗" }, "–")
		h := shownCell{Text: t.Header[i]}
		switch {
		case number[i]:
			h.Class = "n"
		case marks[i]:
			h.Class = "mark"
		}
		s.Header = append(s.Header, h)
	}
	for k, row := range t.Rows {
		var cells []shownCell
		for i, text := range row {
			c := shownCell{Text: text}
			switch {
			case i < len(marks) && marks[i]:
				if c.Class = "mark"; text == "✗" {
					c.Class += " no"
				}
			case i < len(number) && number[i]:
				c.Class = "n"
				if mean, rest, ok := strings.Cut(text, " ["); ok && strings.HasSuffix(rest, "]") {
					c.Text, c.Range = mean, strings.TrimSuffix(rest, "]")
				}
			case i < 2 && k > 0 && i < len(t.Rows[k-1]) && slices.Equal(t.Rows[k-1][:i+1], row[:i+1]):
				c.Class = "same"
			case startsAsNumber(text) && strings.HasSuffix(text, "]"): // with its range, on one line
				c.Class = "whole"
			}
			cells = append(cells, c)
		}
		s.Rows = append(s.Rows, shownRow{of[row[0]], cells})
	}
	return s
}

// startsAsNumber is whether text is a number, or one with something after it.
func startsAsNumber(text string) bool {
	text = strings.TrimLeft(text, "−-+")
	text, _, _ = strings.Cut(text, " ")
	text = strings.TrimRight(text, "%°,×")
	_, err := strconv.ParseFloat(text, 64)
	return err == nil && text != "" && !unicode.IsLetter(rune(text[0]))
}

// The figures as page.js draws them. Columns of numbers stand in a list, each once, and
// lines have their places in it.
type livePage struct {
	Columns []json.RawMessage `json:"columns"`
	Figures []liveFigure      `json:"figures"`
	Forming []liveForming     `json:"forming"`
	places  map[string]int
}

type liveFigure struct {
	ID      string      `json:"id"`
	Dataset string      `json:"dataset,omitempty"`
	Across  int         `json:"across"` // panels a row, at most
	Aspect  number      `json:"aspect"` // height over width of a panel
	Legend  []liveMark  `json:"legend"`
	Panels  []livePanel `json:"panels"`
}

type liveMark struct {
	Label  string `json:"label,omitempty"`
	Name   string `json:"name,omitempty"` // by which it is hidden, everywhere on the page
	Colour string `json:"colour"`
	Style  Style  `json:"style"`
	Graded bool   `json:"graded,omitempty"`
}

type livePanel struct {
	Title string     `json:"title"`
	X     liveAxis   `json:"x"`
	Y     liveAxis   `json:"y"`
	Bare  bool       `json:"bare,omitempty"` // without axes
	Bands []liveLine `json:"bands,omitempty"`
	Lines []liveLine `json:"lines,omitempty"`
}

type liveAxis struct {
	Label string     `json:"label"`
	Range [2]number  `json:"range"`
	Log   bool       `json:"log,omitempty"`
	Ticks []liveTick `json:"ticks,omitempty"`
	Score Score      `json:"score,omitempty"`
}

type liveTick struct {
	At    number `json:"at"`
	Label string `json:"label"`
}

type liveLine struct {
	liveMark
	X    int `json:"x"`
	Y    int `json:"y"`
	High int `json:"high,omitempty"` // of bands, beside Y
}

// A number is written with six digits that count, which no screen resolves; null where it
// is none.
type number float64

// MarshalJSON implements json.Marshaler.
func (n number) MarshalJSON() ([]byte, error) {
	if !finite(float64(n)) {
		return []byte("null"), nil
	}
	text := strconv.FormatFloat(float64(n), 'g', 6, 64)
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

// live is the figures for page.js.
func (r *Report) live() *livePage {
	p := &livePage{places: map[string]int{}}
	for _, f := range r.Figures {
		p.Figures = append(p.Figures, p.figure(f.thinned()))
	}
	for _, f := range r.Formings {
		p.Forming = append(p.Forming, f.live())
	}
	return p
}

// column is the place of values in the list.
func (p *livePage) column(values []float64) int {
	numbers := make([]number, len(values))
	for i, v := range values {
		numbers[i] = number(v)
	}
	b, err := json.Marshal(numbers)
	if err != nil {
		panic(err) // they are numbers
	}
	at, known := p.places[string(b)]
	if !known {
		at = len(p.Columns)
		p.places[string(b)] = at
		p.Columns = append(p.Columns, b)
	}
	return at
}

func (p *livePage) figure(f *Figure) liveFigure {
	_, across := f.grid()
	width, height := f.size()
	l := liveFigure{ID: "figure-" + f.Name, Dataset: Plain(f.Dataset), Across: across, Aspect: number(height / width), Legend: []liveMark{}, Panels: []livePanel{}}
	drawn := map[string]bool{}
	mark := func(m Mark) liveMark {
		name := f.nameOf(m)
		drawn[name] = true
		c := m.colour()
		return liveMark{Name: Plain(name), Colour: fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B), Style: m.Style}
	}
	for _, panel := range f.Panels {
		xr, yr := panel.ranges()
		q := livePanel{
			Title: Plain(panel.Title), Bare: panel.NoAxes,
			X: liveAxis{Label: Plain(panel.X), Range: [2]number{number(xr[0]), number(xr[1])}, Log: panel.LogX, Ticks: liveTicks(panel.XTicks), Score: panel.Score},
			Y: liveAxis{Label: Plain(panel.Y), Range: [2]number{number(yr[0]), number(yr[1])}, Log: panel.LogY, Ticks: liveTicks(panel.YTicks)},
		}
		for _, b := range panel.Bands {
			if len(b.X) > 0 {
				q.Bands = append(q.Bands, liveLine{mark(b.Mark), p.column(b.X), p.column(b.Low), p.column(b.High)})
			}
		}
		for _, faint := range []bool{true, false} { // as draw.go does
			for _, line := range panel.Lines {
				if line.Style.pale() != faint || len(line.X) == 0 {
					continue
				}
				y := line.Y
				if line.Style == Vertical {
					y = nil
				}
				q.Lines = append(q.Lines, liveLine{liveMark: mark(line.Mark), X: p.column(line.X), Y: p.column(y)})
			}
		}
		l.Panels = append(l.Panels, q)
	}
	for _, m := range f.Legend {
		if m.Label == "" {
			continue
		}
		k := mark(m)
		k.Label, k.Graded = Plain(m.Label), m.Colour >= graded
		l.Legend = append(l.Legend, k)
	}
	for i, k := range l.Legend { // what is drawn under no name cannot be hidden
		named := func(lines []liveLine) bool {
			return slices.ContainsFunc(lines, func(line liveLine) bool { return line.Name == k.Name })
		}
		if !slices.ContainsFunc(l.Panels, func(q livePanel) bool { return named(q.Lines) || named(q.Bands) }) {
			l.Legend[i].Name = ""
		}
	}
	return l
}

func liveTicks(ticks []Tick) (l []liveTick) {
	for _, t := range ticks {
		lines := strings.Split(t.Label, "\n")
		for i := range lines {
			lines[i] = Plain(lines[i])
		}
		l = append(l, liveTick{number(t.At), strings.Join(lines, "\n")})
	}
	return l
}

// nameOf is the name of what a mark draws: its label, or else that in the legend for its
// colour; of the neutral colours, for its colour and style.
func (f *Figure) nameOf(m Mark) string {
	if m.Label != "" {
		return m.Label
	}
	name := ""
	for _, k := range slices.Backward(f.Legend) {
		switch {
		case k.Label == "" || k.Colour != m.Colour:
		case k.Style == m.Style:
			return k.Label
		case m.Colour != Black && m.Colour != Grey:
			name = k.Label
		}
	}
	return name
}
