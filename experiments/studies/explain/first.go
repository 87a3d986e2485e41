package explain

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"text/tabwriter"

	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// scores are those of all models by all measures, the first thing that is computed.
func scores(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	f := r.Frame("scores", "model measure", "score")
	x := measures.NewSamples(c.Data[0].Activity).WithRepetitions(c.Data[0].Trials(), c.Data[0].Repetitions)
	for _, d := range c.Data[1:] {
		y := measures.NewSamples(d.Activity).WithRepetitions(d.Trials(), d.Repetitions)
		for _, m := range c.Measures {
			if err := ctx.Err(); err != nil {
				return err
			}
			v, err := m.EvalSamples(x, y)
			if err != nil {
				v = math.NaN()
			}
			f.Add([]string{d.Name, m.Name}, v)
		}
	}
	return nil
}

// Announce implements experiments.Announcer: the table of scores, while the rest is on its
// way.
func (s *Study) Announce(r *experiments.Record) string {
	if r.Cell.Part != partScores {
		return ""
	}
	var names []string
	for _, d := range r.Cell.Data {
		names = append(names, d.Name)
	}
	names = report.ShortNames(names)
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "score with "+report.Plain(names[0]))
	for _, name := range names[1:] {
		fmt.Fprint(t, "\t"+report.Plain(name))
	}
	fmt.Fprintln(t)
	for _, m := range r.Cell.Measures {
		fmt.Fprint(t, m.Name)
		for _, d := range r.Cell.Data[1:] {
			text := "–"
			for _, v := range r.Column("scores", "score", "model", d.Name, "measure", m.Name) {
				if !math.IsNaN(v) {
					text = fmt.Sprintf("%.4f", v)
				}
			}
			fmt.Fprint(t, "\t"+text)
		}
		fmt.Fprintln(t)
	}
	_ = t.Flush() // to memory
	return b.String()
}

// Print implements experiments.Printer: with -json the tables of the CSV files, an array of
// objects each, whose fields are those of the header. What is no number is null.
func (s *Study) Print(rep *report.Report) ([]byte, error) {
	if !s.JSON {
		return nil, nil
	}
	var b bytes.Buffer
	text := func(v any) error {
		if f, ok := v.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
			v = nil
		}
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		err := e.Encode(v)
		b.Truncate(len(bytes.TrimRight(b.Bytes(), "\n")))
		return err
	}
	b.WriteString("{")
	for i, t := range rep.CSV {
		if i > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, "\n%q: [", t.Name)
		for j, row := range t.Rows {
			if j > 0 {
				b.WriteString(",")
			}
			b.WriteString("\n  {")
			for k, v := range row {
				if k > 0 {
					b.WriteString(", ")
				}
				fmt.Fprintf(&b, "%q: ", t.Header[k])
				if err := text(v); err != nil {
					return nil, err
				}
			}
			b.WriteString("}")
		}
		b.WriteString("\n]")
	}
	b.WriteString("\n}\n")
	return b.Bytes(), nil
}
