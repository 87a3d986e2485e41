package experiments

import (
	"errors"
	"fmt"
	"io"

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

// noteOn says where a score is the best there is and noise in y's place has it too.
func noteOn(m measures.Measure, x, y *data.Dataset, score float64) string {
	if !atBest(m, score) || y.Units() < y.NumSamples()-1 {
		return ""
	}
	if of, err := m.Eval(x.Samples(), noise(0, y)); err != nil || !atBest(m, of) {
		return ""
	}
	return fmt.Sprintf("noise in the place of y scores so too, for y's %d units on %d samples fit any data", y.Units(), y.NumSamples())
}
