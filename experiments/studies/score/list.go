package score

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// list prints the families of measures, a line each; with words, how the names of those
// that have one of them are written, and all of these.
func list(w io.Writer, words []string) error {
	left := func(int) bool { return false }
	var b strings.Builder
	if len(words) == 0 {
		rows := [][]string{{"family", "range", "gradient", "n×n", "direction; source"}}
		for _, l := range measures.Families() {
			rows = append(rows, row(l))
		}
		lines := strings.Split(strings.TrimSuffix(aligned(rows, left), "\n"), "\n")
		for _, line := range lines {
			if r := []rune(line); len(r) > columns {
				line = strings.TrimRight(string(r[:columns-1]), " ,;") + "…"
			}
			b.WriteString(line + "\n")
		}
		b.WriteString(report.Wrap("d: distances. n×n: matrices of samples × samples held, 8n² bytes each. "+
			"-list WORD: all names and sources. measures/FAMILIES.md: formulas.", columns, "", "") + "\n")
		_, err := io.WriteString(w, b.String())
		return err
	}
	for _, l := range measures.Families() {
		if !slices.ContainsFunc(words, func(word string) bool { return has(l, word) }) {
			continue
		}
		for _, form := range l.Forms {
			b.WriteString(report.Wrap(broken(form), columns, "", "    ") + "\n")
		}
		source := ""
		for _, m := range l.Measures {
			if m.Source != source {
				source = m.Source
				b.WriteString(report.Wrap(source, columns, "  ", "  ") + "\n")
			}
			gradient := "gradient"
			if m.Differentiable() != nil {
				gradient = "no gradient"
			}
			fmt.Fprintf(&b, "    %s\n      %s, %s, %s\n", m.Name, convention(m), gradient, held(m.Squares(), m.Squares()))
		}
		b.WriteString("\n")
	}
	if b.Len() == 0 {
		return experiments.Usagef("no family of measures has %s in a name or a source; -list alone lists them", strings.Join(words, " or "))
	}
	_, err := io.WriteString(w, strings.TrimSuffix(b.String(), "\n"))
	return err
}

// broken is how names are written, with spaces where a line may end.
func broken(form string) string {
	parts := strings.Split(strings.ReplaceAll(form, "[-", " [-"), " ")
	for i, part := range parts {
		if utf8.RuneCountInString(part) > columns-4 {
			parts[i] = strings.ReplaceAll(part, "|", "| ")
		}
	}
	return strings.Join(parts, " ")
}

// has is whether a name or a source of the family has word in it.
func has(l measures.Listing, word string) bool {
	word = strings.ToLower(word)
	return slices.ContainsFunc(l.Measures, func(m measures.Measure) bool {
		return strings.Contains(strings.ToLower(m.Name+" "+m.Source), word)
	})
}

// row is a family in a line: what is one measure's is that of the shortest name.
func row(l measures.Listing) []string {
	low, high, least, most, with := math.Inf(1), math.Inf(-1), math.Inf(1), 0.0, 0
	for _, m := range l.Measures {
		low, high = min(low, m.Range[0]), max(high, m.Range[1])
		least, most = min(least, m.Squares()), max(most, m.Squares())
		if m.Differentiable() == nil {
			with++
		}
	}
	first := slices.MinFunc(l.Measures, func(a, b measures.Measure) int { return cmp.Compare(len(a.Name), len(b.Name)) })
	gradient := "yes"
	switch {
	case with == 0:
		gradient = "no"
	case with < len(l.Measures):
		gradient = fmt.Sprintf("%d of %d", with, len(l.Measures))
	}
	kind := ""
	if first.Kind == measures.Distance {
		kind = " d"
	}
	source := first.Source
	if !first.Symmetric {
		source = strings.TrimPrefix(first.Direction(), "predicts ") + "; " + source
	}
	return []string{
		l.Name, fmt.Sprintf("[%s, %s]%s", report.RangeEnd(low), report.RangeEnd(high), kind), gradient,
		strings.TrimSuffix(held(least, most), " n×n"), source,
	}
}

// held says how many matrices of samples × samples scores hold.
func held(least, most float64) string {
	switch {
	case most == 0:
		return "none n×n"
	case least == most:
		return fmt.Sprintf("%g n×n", most)
	}
	return fmt.Sprintf("%g–%g n×n", least, most)
}

// disagreements prints what packages score of two datasets by words that they share.
func disagreements(ctx context.Context, w io.Writer, sets []data.Aligned) error {
	x, y := measures.NewSamples(sets[0].Activity), measures.NewSamples(sets[1].Activity)
	known := map[string]string{} // scores by name
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", report.Wrap(fmt.Sprintf("What packages score of %s (x) and %s (y) by one word. The measure here, its score, and whose it is; measures/PACKAGES.md has their values.", sets[0].Name, sets[1].Name), columns, "", ""))
	word := ""
	for i, m := range measures.Meanings {
		if err := ctx.Err(); err != nil {
			return err
		}
		if m.Word != word {
			word = m.Word
			fmt.Fprintf(&b, "\n%s\n", word)
		}
		if known[m.Measure] == "" {
			one, err := measures.ByName(m.Measure)
			if err != nil {
				return err
			}
			score, err := one.EvalSamples(x, y)
			if known[m.Measure] = fmt.Sprintf("%.6f", score); err != nil {
				known[m.Measure] = "no score: " + strings.TrimPrefix(err.Error(), "measures: "+m.Measure+": ")
			}
		}
		b.WriteString(report.Wrap(m.Measure+"  "+known[m.Measure], columns, "  ", "    ") + "\n")
		b.WriteString(report.Wrap(m.Packages, columns, "      ", "      ") + "\n")
		experiments.Count(ctx, i+1, len(measures.Meanings))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
