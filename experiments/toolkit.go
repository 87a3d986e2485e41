package experiments

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/experiments/report"
	"simgrad/measures"
)

// What a study of one's own is made with, beside Setup, Ascent and Record.

// Usagef is a mistake in the command itself, of which the exit code is 2.
func Usagef(format string, args ...any) error { return Usage(fmt.Errorf(format, args...)) }

// Grid plans one cell for each dataset, measure and seed. A measure without gradient, or
// that noise scores as well as can be by, is an error.
func (s *Setup) Grid(ctx context.Context, part string, settings any) (cells []Cell, err error) {
	sets, ms, err := s.Load(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range sets {
		for _, m := range On(ms, d) {
			if err := CheckAscent(m, d, s.Seed); err != nil {
				return nil, err
			}
			for _, seed := range s.Starts() {
				cells = append(cells, Cell{Part: part, Data: []*data.Dataset{d}, Measures: []measures.Measure{m}, Seed: seed, Settings: settings})
			}
		}
	}
	return cells, ctx.Err()
}

// On returns ms for d as the reference: for its times, and where its trials are known for
// these.
func On(ms []measures.Measure, d *data.Dataset) []measures.Measure {
	on := measures.Over(ms, d.Times())
	if n := d.Trials(); n > 1 {
		for i, m := range on {
			on[i] = m.Repeated(n)
		}
	}
	return on
}

// Reference is d's activity as m, which On returned, sees it: the mean of its trials, or they
// beside each other.
func Reference(m measures.Measure, d *data.Dataset) *tensor.Dense {
	if m.Repetitions() > 0 {
		return d.Repetitions()
	}
	return d.Activity
}

// ReportOn begins a report on records: with their datasets, and what their measures mean.
func ReportOn(records []*Record, title string) *report.Report {
	rep := &report.Report{Title: title}
	var sets []*data.Dataset
	var ms []measures.Measure
	for _, r := range records {
		for _, d := range r.Cell.Data {
			if !slices.Contains(sets, d) {
				sets, rep.Datasets = append(sets, d), append(rep.Datasets, report.Describe(d))
			}
		}
		for _, m := range r.Cell.Measures {
			if !slices.ContainsFunc(ms, func(o measures.Measure) bool { return o.Name == m.Name }) {
				ms = append(ms, m)
			}
		}
	}
	rep.Conventions = Conventions(ms...)
	return rep
}

// ScoreOf says what an axis of the scores of m is, for a page to offer other scales of it.
func ScoreOf(m measures.Measure) report.Score {
	switch {
	case m.Kind != measures.Similarity || m.Range[1] != 1:
		return report.NoScore
	case measures.ScalingOf(m.Name).Angular():
		return report.AngleScore
	}
	return report.CosineScore
}

// EvenlyInLog returns at most so many (all, if most is 0) of the indices 0 … n−1,
// spread evenly in the logarithm of their number counted from 1.
func EvenlyInLog(n, most int) (chosen []int) {
	if most == 0 || most >= n {
		for i := range n {
			chosen = append(chosen, i)
		}
		return chosen
	}
	for i := range most {
		k := int(math.Round(math.Pow(float64(n), float64(i)/float64(max(1, most-1))))) - 1
		if !slices.Contains(chosen, k) {
			chosen = append(chosen, k)
		}
	}
	return chosen
}

// A Group is all records of one dataset.
type Group struct {
	File    string // for names of files: of two datasets with one name in different folders, each its own
	Records []*Record
}

// ByDataset returns the groups of records in order.
func ByDataset(records []*Record) (groups []*Group) {
	of, taken := map[string]*Group{}, map[string]bool{}
	for _, r := range records {
		d := r.Cell.Data[0]
		g := of[d.Name]
		if g == nil {
			g = &Group{File: report.Slug(d.Name)}
			if taken[g.File] {
				g.File += "-" + d.Hash()
			}
			of[d.Name], taken[g.File] = g, true
			groups = append(groups, g)
		}
		g.Records = append(g.Records, r)
	}
	if len(groups) == 0 {
		return nil
	}
	var names []string
	for _, g := range groups {
		names = append(names, g.Records[0].Cell.Data[0].Name)
	}
	for i, short := range report.ShortNames(names) {
		for _, r := range groups[i].Records {
			if r.Dataset != nil {
				r.Dataset.Label = short
			}
		}
	}
	return groups
}

// OnTheWay is how far scores of an ascent are on the way from the first, of noise, to that of
// the dataset with itself: 0 … 1 of any measure, so that distances, which fall, are compared
// with similarities. It is nothing where the dataset's own score is unknown.
func OnTheWay(m measures.Measure, scores []float64) (shares []float64) {
	if len(scores) == 0 || math.IsNaN(m.Identity) || m.Identity == scores[0] {
		return nil
	}
	for _, s := range scores {
		shares = append(shares, (s-scores[0])/(m.Identity-scores[0]))
	}
	return shares
}
