package optimize

import (
	"encoding/gob"
	"io"

	"simgrad/data"
	"simgrad/optim"
)

// gridSpacing is how far apart scores are that snapshots are kept at.
const gridSpacing = 0.02

// snapshots are copies of the moving data on the way, on disk: the first, the last, and
// those at the lines of a grid of the score, which is made coarser where they are too many.
type snapshots struct {
	spill      *data.Spill
	size, most int
	lines      optim.Lines
	steps      []int
	left       bool // whether all but the first and the last were
}

func newSnapshots(folder string, size, most int) (*snapshots, error) {
	spill, err := data.NewSpill(folder)
	return &snapshots{spill: spill, size: size, most: most, lines: optim.Lines{Spacing: gridSpacing}}, err
}

// take keeps a point's data, if it is one to keep.
func (s *snapshots) take(p optim.Point) error {
	if !s.lines.Keep(p) {
		return nil
	}
	if len(s.steps) == s.most-1 && !p.Last { // the last place is the last point's
		if s.most == 2 {
			s.left = true
			return nil
		}
		if err := s.thin(p.Value); err != nil {
			return err
		}
	}
	s.steps = append(s.steps, p.Step)
	return s.spill.Add(p.Program.Param("y").Float64s())
}

// thin leaves every other snapshot, and keeps fewer from the score v on.
func (s *snapshots) thin(v float64) error {
	left := s.steps[:0]
	for i := 0; i < len(s.steps); i += 2 {
		left = append(left, s.steps[i])
	}
	s.steps, s.lines.Spacing = left, 2*s.lines.Spacing
	s.lines.Keep(optim.Point{Value: v}) // where it begins
	return s.spill.Halve(s.size)
}

// course is what is kept of snapshots but for their data.
type course struct {
	Lines optim.Lines
	Steps []int
	Left  bool
}

// WriteTo implements io.WriterTo: all of it, for ReadFrom.
func (s *snapshots) WriteTo(w io.Writer) (n int64, err error) {
	if err := gob.NewEncoder(w).Encode(course{s.lines, s.steps, s.left}); err != nil {
		return 0, err
	}
	return s.spill.WriteTo(w)
}

// ReadFrom implements io.ReaderFrom, into new snapshots. The reader is one of bytes too.
func (s *snapshots) ReadFrom(r io.Reader) (n int64, err error) {
	var c course
	if err := gob.NewDecoder(r).Decode(&c); err != nil {
		return 0, err
	}
	s.lines, s.steps, s.left = c.Lines, c.Steps, c.Left
	return s.spill.ReadFrom(io.LimitReader(r, 8*int64(len(s.steps))*int64(s.size)))
}
