package experiments

import (
	"fmt"

	"simgrad/data"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// Conventions state of each measure which way its score is up, its direction, centring and
// estimator.
func Conventions(ms ...measures.Measure) (lines []string) {
	for _, m := range ms {
		direction := "symmetric in x and y"
		switch {
		case !m.Symmetric && m.Directed == "":
			direction = "directed: the reference x is predicted from y"
		case !m.Symmetric:
			direction = "directed: it " + m.Directed
		}
		centring := "columns are not centred, or not all"
		if (m.InvariantX & m.InvariantY).Has(measures.Translation) {
			centring = "columns are centred"
		}
		invariant := fmt.Sprintf("%s of x and %s of y", m.InvariantX, m.InvariantY)
		if m.InvariantX == m.InvariantY {
			invariant = m.InvariantX.String() + " of either"
		}
		lines = append(lines, fmt.Sprintf("%s (%s): a %s, in [%s, %s], %s; %s; invariant to %s. %s.",
			m.Label, m.Name, m.Kind, report.RangeEnd(m.Range[0]), report.RangeEnd(m.Range[1]), direction, centring, invariant, m.Source))
	}
	return lines
}

// Notes are what a recording must be read with; a surrogate's notes are how it was
// made.
func Notes(d *data.Dataset) (notes []string) {
	if d.Card.Surrogate {
		return nil
	}
	for _, note := range d.Card.Notes {
		notes = append(notes, d.Name+": "+note)
	}
	return notes
}

// PairNotes are what scores of x and y must be read with.
func PairNotes(x, y data.Aligned) (notes []string) {
	for _, d := range []data.Aligned{x, y} {
		notes = append(append(notes, Notes(d.Dataset)...), d.Notes...)
	}
	return unique(notes)
}
