package experiments

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"

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
		var like []string
		for _, s := range p.Scores {
			if s.Noise != nil {
				like = append(like, fmt.Sprintf("%s %.3g", s.Measure, *s.Noise))
			}
		}
		if len(like) > 0 {
			lines = append(lines, fmt.Sprintf("noise in the place of %s, of as many units and samples, scores much the same with %s, so that the score says little: %s",
				p.Y, p.X, strings.Join(like, ", ")))
		}
	}
	for _, line := range unique(lines) {
		_, e := fmt.Fprintf(w, "note: %s\n", plain(line))
		err = errors.Join(err, e)
	}
	return err
}

// noiseLike returns what noise in y's place scores, if that is much the same. Where
// samples are more than four times the units it is not.
func noiseLike(m measures.Measure, x, y *data.Dataset, score float64) *float64 {
	if 4*y.Units() < y.NumSamples() {
		return nil
	}
	of, err := m.Eval(x.Samples(), noise(0, y))
	if err != nil || !reaches(m, of, score) {
		return nil
	}
	return &of
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
