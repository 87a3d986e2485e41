package experiments

import (
	"context"
	"flag"

	"simgrad/data"
	"simgrad/measures"
)

// A Setup is what all studies ask for: datasets, measures and starts.
type Setup struct {
	Data, Measures string
	Seed           uint64
	Seeds          int
	Quick          bool
	Reading        Reading
	// Open makes datasets that the study alone knows by name; nil of others, which are read.
	Open func(name string) (*data.Dataset, error)

	flags *flag.FlagSet
}

// Flags declares the setup's flags; present values are the defaults.
func (s *Setup) Flags(fs *flag.FlagSet) {
	s.flags = fs
	fs.StringVar(&s.Data, "data", s.Data, "datasets or files, separated by commas: `names` as -data help lists them, FILE.npz, FILE.npz:key or FILE.npy")
	s.Reading.Flags(fs)
	fs.StringVar(&s.Measures, "measures", s.Measures, MeasuresUsage)
	fs.Uint64Var(&s.Seed, "seed", s.Seed, "seed of the first start, and of folds")
	fs.IntVar(&s.Seeds, "seeds", s.Seeds, "number of starts, seeded seed, seed+1, …")
	fs.BoolVar(&s.Quick, "quick", false, "a small version, for a first look")
}

// Given is whether a flag was.
func (s *Setup) Given(name string) (given bool) {
	if s.flags != nil {
		s.flags.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	}
	return given
}

// Unless sets a default unless its flag was given.
func (s *Setup) Unless(flag string, set func()) {
	if !s.Given(flag) {
		set()
	}
}

// Quicken makes a setting small, if -quick was given and its own flag was not.
func (s *Setup) Quicken(flag string, small func()) {
	if s.Quick {
		s.Unless(flag, small)
	}
}

// Load reads the datasets and finds the measures that were asked for.
func (s *Setup) Load(ctx context.Context) (sets []*data.Dataset, ms []measures.Measure, err error) {
	if s.Seeds < 1 {
		return nil, nil, Usagef("-seeds %d: at least one start is needed", s.Seeds)
	}
	if ms, err = measures.ByNames(s.Measures); err != nil {
		return nil, nil, Usage(err)
	}
	if s.Data == "help" {
		return nil, nil, &helpErr{datasetsHelp()}
	}
	names, err := data.Expand(s.Data)
	if err != nil {
		return nil, nil, Usage(err)
	}
	sets, err = s.Reading.load(ctx, names, s.Open)
	return sets, ms, err
}

// MeasuresUsage is what -measures takes.
const MeasuresUsage = "measures, separated by commas: `names` as go run ./experiments/score -list has them, or patterns such as cka*"

// Starts lists the seeds of the starts.
func (s *Setup) Starts() (seeds []uint64) {
	for i := range s.Seeds {
		seeds = append(seeds, s.Seed+uint64(i))
	}
	return seeds
}

// ByUsage is what -by takes, in all commands of two datasets.
const ByUsage = "align samples by the task variables of these `names`, separated by commas: those that all files have are compared; or order: rows correspond as they are (default: by those of -average)"
