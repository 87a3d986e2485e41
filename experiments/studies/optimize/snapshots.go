package optimize

import (
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
	spacing    float64
	keeps      func(optim.Point) bool
	steps      []int
	left       bool // whether all but the first and the last were
}

func newSnapshots(folder string, size, most int) (*snapshots, error) {
	spill, err := data.NewSpill(folder)
	return &snapshots{spill: spill, size: size, most: most, spacing: gridSpacing, keeps: optim.Grid(gridSpacing)}, err
}

// take keeps a point's data, if it is one to keep.
func (s *snapshots) take(p optim.Point) error {
	if !s.keeps(p) {
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
	s.steps, s.spacing = left, 2*s.spacing
	s.keeps = optim.Grid(s.spacing)
	s.keeps(optim.Point{Value: v}) // where it begins
	return s.spill.Halve(s.size)
}
