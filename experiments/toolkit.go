package experiments

import (
	"context"
	"slices"

	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/experiments/report"
	"simgrad/measures"
	"simgrad/optim"
)

// What a study of one's own is made with, beside Setup, Ascent and Record.

// A CSV is a table of a report as a file; Floats are numbers that JSON has no word for.
type (
	CSV    = report.CSV
	Floats = report.Floats
)

// number writes a number in its shortest form.
func number(v float64) string { return report.Number(v) }

// Usagef is a mistake in the command itself, of which the exit code is 2.
func Usagef(format string, args ...any) error { return usageError(format, args...) }

// Load reads the datasets and finds the measures that were asked for.
func (s *Setup) Load(ctx context.Context) ([]*data.Dataset, []measures.Measure, error) {
	return s.load(ctx)
}

// Quicken makes a setting small, if -quick was given and its own flag was not.
func (s *Setup) Quicken(flag string, small func()) {
	if s.Quick {
		s.quicken(flag, small)
	}
}

// Grid plans one cell for each dataset, measure and seed. A measure without gradient, or
// that noise scores as well as can be by, is an error.
func (s *Setup) Grid(ctx context.Context, part string, settings any) (cells []Cell, err error) {
	sets, ms, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range sets {
		for _, m := range ms {
			if err := refuseUseless(m, d, s.Seed); err != nil {
				return nil, err
			}
			for _, seed := range s.seeds() {
				cells = append(cells, Cell{Part: part, Data: []*data.Dataset{d}, Measures: []measures.Measure{m}, Seed: seed, Settings: settings})
			}
		}
	}
	return cells, ctx.Err()
}

// Settings are what decides an ascent, for a cell's.
func (a *Ascent) Settings() any { return a.settings() }

// Drive drives y0 toward x by m, up a similarity or down a distance, and shows each
// every point. The moving data are the program's parameter y.
func (a *Ascent) Drive(ctx context.Context, m measures.Measure, x, y0 *tensor.Dense, each func(optim.Point) error) (optim.Status, error) {
	return a.run(ctx, m, x, y0, recorder(each))
}

// ReportOn begins a report on records: with their datasets, and what their measures mean.
func ReportOn(records []*Record, title string) *Report {
	rep := &Report{Title: title}
	var sets []*data.Dataset
	var ms []measures.Measure
	for _, r := range records {
		for _, d := range r.Cell.Data {
			if !slices.Contains(sets, d) {
				sets, rep.Datasets = append(sets, d), append(rep.Datasets, Describe(d))
			}
		}
		for _, m := range r.Cell.Measures {
			if !slices.ContainsFunc(ms, func(o measures.Measure) bool { return o.Name == m.Name }) {
				ms = append(ms, m)
			}
		}
	}
	rep.Conventions = measureConventions(ms)
	return rep
}

// Noise is the start of an ascent: standard normal, of d's samples × units, decided by
// seed and shape alone.
func Noise(seed uint64, d *data.Dataset) *tensor.Dense { return noise(seed, d) }
