// Command subsample asks how much of a score is left where units are left out. It is a
// study of somebody's own, in a module of its own.
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"simgrad/experiments"
)

// Subsample scores a dataset against itself with a share of its units.
type Subsample struct {
	experiments.Setup
	Draws int // subsets of each size
}

func main() {
	experiments.Main(&Subsample{
		Setup: experiments.Setup{Data: "exp-gaussian,surrogate/siegel2015-fef", Measures: "cka,procrustes-angular-score,linreg-r2", Seeds: 3},
		Draws: 5,
	})
}

func (*Subsample) Name() string { return "subsample" }

func (*Subsample) Usage() string {
	return "subsample scores a dataset against itself with some of its units.\n\n  go run . -data recording.npz\n\nIt takes seconds."
}

func (s *Subsample) Flags(fs *flag.FlagSet) {
	s.Setup.Flags(fs)
	fs.IntVar(&s.Draws, "draws", s.Draws, "subsets of each size")
}

var shares = []float64{0.1, 0.2, 0.5, 1}

type settings struct {
	Draws int `json:"draws"`
}

func (s *Subsample) Plan(ctx context.Context) ([]experiments.Cell, error) {
	s.Quicken("data", func() { s.Data = "toy2d" })
	if s.Draws < 1 {
		return nil, experiments.Usagef("-draws %d: at least one is needed", s.Draws)
	}
	return s.Grid(ctx, "subsample", settings{s.Draws})
}

func (s *Subsample) Run(ctx context.Context, c experiments.Cell) (*experiments.Record, error) {
	r, x, random := &experiments.Record{}, c.Data[0].Samples(), rand.New(rand.NewPCG(c.Seed, 1))
	scores, units := r.Frame("summary", "draw", "share units score"), c.Data[0].Units()
	for _, share := range shares {
		k := max(1, int(math.Round(share*float64(units))))
		for draw := range s.Draws {
			score, err := c.Measures[0].Eval(x, some(x, random.Perm(units)[:k]))
			if err != nil {
				return nil, err
			}
			scores.Add([]string{strconv.Itoa(draw)}, share, float64(k), score)
		}
	}
	return r, ctx.Err()
}

// some is x with some of its units.
func some(x *tensor.Dense, units []int) *tensor.Dense {
	n, p := x.Shape()[0], x.Shape()[1]
	var values []float64
	for i := range n {
		for _, j := range units {
			values = append(values, x.Float64s()[i*p+j])
		}
	}
	return tensor.New(tensor.WithShape(n, len(units)), tensor.WithBacking(values))
}

func (s *Subsample) Report(records []*experiments.Record) (*experiments.Report, error) {
	rep := experiments.ReportOn(records, "A dataset against itself with some of its units")
	scores := experiments.Stack(records, "summary")
	table := experiments.Table{Caption: "Mean score over draws.", Header: []string{"dataset", "measure", "10 %", "20 %", "50 %", "100 %"}}
	for _, d := range scores.By("dataset") {
		f := &experiments.Figure{Name: "subsample-" + strconv.Itoa(len(rep.Figures)), Columns: 1, Width: 320, Height: 200, Title: d.Values("dataset")[0], Caption: "Mean score over draws, against the share of the units that is left."}
		f.Panels = []experiments.Panel{{X: "share of the units", Y: "score"}}
		var tenth []string
		for i, m := range d.By("measure") {
			name := m.Values("measure")[0]
			row, line := []string{f.Title, name}, experiments.Line{Mark: experiments.Mark{Label: name, Colour: i}, X: shares}
			for _, share := range shares {
				mean := m.WhereNumber("share", share).Spread("score").Mean
				row, line.Y = append(row, fmt.Sprintf("%.3f", mean)), append(line.Y, mean)
			}
			tenth = append(tenth, name+" "+row[2])
			table.Rows, f.Legend = append(table.Rows, row), append(f.Legend, line.Mark)
			f.Panels[0].Lines = append(f.Panels[0].Lines, line)
		}
		rep.Finding = append(rep.Finding, fmt.Sprintf("With a tenth of the units of %s, scores are: %s.", f.Title, strings.Join(tenth, ", ")))
		rep.Figures = append(rep.Figures, f)
	}
	rep.Tables = []experiments.Table{table}
	rep.CSV = []experiments.CSV{scores.CSV("dataset measure seed draw share units score")}
	return rep, nil
}
