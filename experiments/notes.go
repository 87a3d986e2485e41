package experiments

import (
	"errors"
	"fmt"
	"io"
	"math"

	"simgrad/data"
	"simgrad/measures"
)

// notesOf is what a recording must be read with; a surrogate's notes are how it was
// made.
func notesOf(d *data.Dataset) (notes []string) {
	if d.Card.Surrogate {
		return nil
	}
	for _, note := range d.Card.Notes {
		notes = append(notes, d.Name+": "+note)
	}
	return notes
}

// pairNotes is what scores of x and y must be read with.
func pairNotes(x, y data.Aligned) (notes []string) {
	for _, d := range []data.Aligned{x, y} {
		notes = append(append(notes, notesOf(d.Dataset)...), d.Notes...)
	}
	return unique(notes)
}

// printNotes prints what data and scores must be read with.
func printNotes(w io.Writer, pairs []pairScores) (err error) {
	var lines []string
	for _, p := range pairs {
		lines = append(lines, p.Notes...)
	}
	for _, p := range pairs {
		for _, s := range p.Scores {
			if s.Note != "" {
				lines = append(lines, fmt.Sprintf("%s of %s and %s: %s", s.Measure, p.X, p.Y, s.Note))
			}
		}
	}
	for _, line := range unique(lines) {
		_, e := fmt.Fprintf(w, "note: %s\n", plain(line))
		err = errors.Join(err, e)
	}
	return err
}

// noteOn says where noise in y's place scores much as y does, which it does not where
// samples are more than four times the units.
func noteOn(m measures.Measure, x, y *data.Dataset, score float64) string {
	n, units := y.NumSamples(), y.Units()
	if 4*units < n {
		return ""
	}
	of, err := m.Eval(x.Samples(), noise(0, y))
	if err != nil || !reaches(m, of, score) {
		return ""
	}
	if atBest(m, of) {
		return fmt.Sprintf("noise in the place of y scores so too, for y's %d units on %d samples fit any data", units, n)
	}
	high := "high"
	if m.Kind == measures.Distance {
		high = "low"
	}
	return fmt.Sprintf("noise in the place of y scores %.3g: with %d units on %d samples, a score this %s says little", of, units, n, high)
}

// reaches is whether noise comes at least half as far as the score from the worst
// there is, or from 0 where there is no worst, and is at most twice as far from the
// best.
func reaches(m measures.Measure, noise, score float64) bool {
	worst, best := m.Range[0], m.Range[1]
	if m.Kind == measures.Distance { // turned round: more is more alike
		worst, best, noise, score = -best, -worst, -noise, -score
	}
	if math.IsInf(worst, -1) { // as of cross-validated R², 0 where nothing is predicted
		worst = 0
	}
	return score > worst && noise-worst >= (score-worst)/2 && best-noise <= 2*(best-score)+1e-9
}
