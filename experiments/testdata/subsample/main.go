// Command subsample asks how much of a score is left where units are left out. It is a
// study of somebody's own, in a module of its own.
package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"

	"gorgonia.org/tensor"

	"simgrad/experiments"
	"simgrad/experiments/report"
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

//go:embed main.go
var source embed.FS

// About implements experiments.Study.
func (*Subsample) About() experiments.About {
	return experiments.About{
		Name: "subsample", Does: "scores a dataset against itself with some of its units.", Takes: "It takes seconds.",
		Command: "go run .", Examples: []string{"-data recording.npz"}, Source: source,
	}
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

func (s *Subsample) Report(records []*experiments.Record) (*report.Report, error) {
	rep := experiments.ReportOn(records, "A dataset against itself with some of its units")
	scores := experiments.Stack(records, "summary")
	f := &report.Figure{Name: "subsample", Columns: 2, Width: 300, Height: 200, Caption: "Score against the share of the units that is left, mean and range over draws."}
	report.Curves{X: "share", Y: "score", Panels: "dataset", Lines: "measure", Each: report.Panel{X: "share of the units"}}.Into(f, scores)
	mean := func(rows *report.Frame) string { return report.Fraction(rows.Spread("score").Mean) }
	for _, d := range scores.Where("share", "0.1").By("dataset") {
		var parts []string
		for _, m := range d.By("measure") {
			parts = append(parts, m.Values("measure")[0]+" "+mean(m))
		}
		rep.Finding = append(rep.Finding, fmt.Sprintf("With a tenth of the units of %s, scores are: %s.", d.Values("dataset")[0], strings.Join(parts, ", ")))
	}
	rep.Figures = []*report.Figure{f}
	rep.Tables = []report.Table{report.Pivot{Caption: "Mean score over draws, by the share of the units that is left.", Rows: []string{"dataset", "measure"}, Columns: "share", Cell: mean}.Of(scores)}
	rep.CSV = []report.CSV{scores.CSV("dataset measure seed draw share units score")}
	return rep, nil
}
