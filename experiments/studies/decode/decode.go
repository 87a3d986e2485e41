// Package decode is figure 2 of Cloos et al. 2024: which task variables become decodable as
// a score rises.
package decode

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/measures"
	"simgrad/optim"

	"gorgonia.org/tensor"
)

//go:embed *.go
var source embed.FS

// A Study is figure 2: noise is driven toward a dataset by a measure, and every
// task variable is decoded from it as the score rises.
//
// Source: Cloos et al. 2024, figure 2.
type Study struct {
	experiments.Setup
	experiments.Ascent
	Decoder      string // raw or standardised
	Protocol     string // matched or paper; of raw data
	Folds        int
	Permutations int
	Placement    bool

	components sync.Map // by dataset, a func that finds them once
}

// componentsOf are the principal components of d, found once.
func (s *Study) componentsOf(d *data.Dataset) (*probe.Components, error) {
	find, _ := s.components.LoadOrStore(d, sync.OnceValues(func() (*probe.Components, error) { return probe.ComponentsOf(d.Activity) }))
	return find.(func() (*probe.Components, error))()
}

// New returns the study with the paper's settings, where they are known.
func New() *Study {
	return &Study{
		Setup: experiments.Setup{
			Data:     "surrogate/mante2013,surrogate/siegel2015-fef",
			Measures: "cka,nbs,cka-angular-score,procrustes-angular-score,linreg-r2",
			Seeds:    3,
		},
		Ascent:  experiments.Ascent{Rate: 0.1, Steps: 1000},
		Decoder: "raw", Protocol: "matched", Folds: 5, Permutations: 100,
	}
}

// About implements Study.
func (*Study) About() experiments.About {
	return experiments.About{
		Name: "decode",
		Does: `drives noise toward a dataset by each measure and decodes every task
variable as the score rises (figure 2).`,
		Examples: []string{"", "-data data/testdata/recording.npz -measures cka,procrustes-angular-score"},
		Takes:    `The default takes one or two minutes on two cores, -quick some seconds.`,
		Source:   source,
	}
}

// Flags implements Study.
func (s *Study) Flags(fs *flag.FlagSet) {
	s.Setup.Flags(fs)
	s.Reading.AnglesFlag(fs)
	s.Ascent.Flags(fs)
	fs.StringVar(&s.Decoder, "decoder", s.Decoder, "how units are measured for decoding: `raw`, as they are, the paper's, whose penalty sees small values less; or standardised, each of unit variance over the conditions that a decoder is fitted to")
	fs.StringVar(&s.Protocol, "protocol", s.Protocol, "what is decoded raw: `matched` scales the optimised data to the reference's variance, `paper` leaves them raw, as published")
	fs.IntVar(&s.Folds, "folds", s.Folds, "folds of cross-validation over conditions")
	fs.IntVar(&s.Permutations, "permutations", s.Permutations, "shufflings of the conditions behind the chance band")
	fs.BoolVar(&s.Placement, "placement", s.Placement, "also move the task variables of surrogates by ±2 components and run cka and procrustes-angular-score again")
}

// The parts of the study.
const (
	partDataset   = "dataset"   // chance band and components of a dataset
	partReference = "reference" // decoding of the dataset itself, a seed
	partCeiling   = "ceiling"   // zero-information ceilings of a measure
	partAscent    = "ascent"    // an optimisation with its decodings
)

// Plan implements Study.
func (s *Study) Plan(ctx context.Context) ([]experiments.Cell, error) {
	s.Quicken("data", func() { s.Data = "surrogate/siegel2015-fef" })
	s.Quicken("measures", func() { s.Measures = "cka,procrustes-angular-score" })
	s.Quicken("seeds", func() { s.Seeds = 1 })
	s.Quicken("permutations", func() { s.Permutations = fewestPermutations })
	if err := s.Ascent.Check(); err != nil {
		return nil, err
	}
	switch {
	case s.Decoder != "raw" && s.Decoder != "standardised":
		return nil, experiments.Usagef("-decoder %q: it must be raw or standardised", s.Decoder)
	case s.Decoder == "standardised" && s.Given("protocol"):
		return nil, experiments.Usagef("-protocol %s has no effect with -decoder standardised, which gives all data unit variance; leave it out", s.Protocol)
	case s.Protocol != "matched" && s.Protocol != "paper":
		return nil, experiments.Usagef("-protocol %q: it must be matched or paper", s.Protocol)
	case s.Folds < 2:
		return nil, experiments.Usagef("-folds %d: at least two are needed", s.Folds)
	case s.Permutations < fewestPermutations:
		return nil, experiments.Usagef("-permutations %d: at least %d are needed for a band of 95 %%", s.Permutations, fewestPermutations)
	}
	sets, ms, err := s.Load(ctx)
	if err != nil {
		return nil, err
	}
	settings := s.settings()
	var cells []experiments.Cell
	plan := func(d *data.Dataset, ms []measures.Measure) error {
		if _, _, err := s.variables(d); err != nil {
			return err
		}
		cell := func(part string, seed uint64, ms ...measures.Measure) {
			cells = append(cells, experiments.Cell{Part: part, Data: []*data.Dataset{d}, Measures: ms, Seed: seed, Settings: settings})
		}
		cell(partDataset, s.Seed)
		for _, seed := range s.Starts() {
			cell(partReference, seed)
		}
		for _, m := range experiments.On(ms, d) {
			if err := cmp.Or(ctx.Err(), experiments.CheckAscent(m, d, s.Seed)); err != nil {
				return err
			}
			cell(partCeiling, s.Seed, m)
			for _, seed := range s.Starts() {
				cell(partAscent, seed, m)
			}
		}
		return nil
	}
	for _, d := range sets {
		if err := plan(d, ms); err != nil {
			return nil, err
		}
	}
	if s.Placement {
		return cells, s.place(sets, plan)
	}
	return cells, nil
}

// place plans each surrogate with its task variables moved to either side, if it is
// not among the sets already.
func (s *Study) place(sets []*data.Dataset, plan func(*data.Dataset, []measures.Measure) error) error {
	pair, err := measures.ByNames("cka,procrustes-angular-score")
	if err != nil {
		return err
	}
	for _, d := range sets {
		if !d.Card.Surrogate {
			return experiments.Usagef("-placement moves the task variables of surrogates, and %s is none", d.Name)
		}
		if d.Card.Origin.Shift != 0 {
			continue
		}
		for _, shift := range []int{-2, 2} {
			origin := d.Card.Origin
			origin.Shift = shift
			moved, err := data.Load(origin.String())
			if err != nil {
				return err
			}
			if slices.ContainsFunc(sets, func(e *data.Dataset) bool { return e.Hash() == moved.Hash() }) {
				continue
			}
			if err := plan(moved, pair); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *Study) settings() decodeSettings {
	protocol := s.Protocol
	if s.Decoder == "standardised" {
		protocol = s.Decoder
	}
	return decodeSettings{s.Ascent.Settings(), s.Decoder, protocol, s.Folds, s.Permutations}
}

type decodeSettings struct {
	experiments.AscentSettings
	Decoder      string `json:"decoder"`
	Protocol     string `json:"protocol"`
	Folds        int    `json:"folds"`
	Permutations int    `json:"permutations"`
}

func (s *Study) scaling() probe.Scaling {
	if s.Decoder == "standardised" {
		return probe.Standardised
	}
	return probe.Raw
}

// Decodable returns the task variables of classes that can be decoded from d, with
// warnings about the others; none is an error.
func (s *Study) Decodable(d *data.Dataset) (vs []data.Variable, warnings []string, err error) {
	vs, warnings = s.classes(d)
	warnings = append(warnings, experiments.Notes(d)...)
	return vs, warnings, undecodable(d, len(d.Variables), len(vs), warnings)
}

// classes are the task variables that can be decoded, with warnings about the others.
func (s *Study) classes(d *data.Dataset) (vs []data.Variable, warnings []string) {
	for _, v := range d.Variables {
		_, warning, err := probe.Stratify(v.Name, v.Class, 1, s.Folds, s.Seed)
		if err != nil {
			warning = err.Error()
		} else {
			vs = append(vs, v)
		}
		if warning != "" {
			warnings = append(warnings, d.Name+": "+warning+".")
		}
	}
	return vs, warnings
}

// undecodable says so where of so many variables none can be decoded.
func undecodable(d *data.Dataset, variables, decodable int, warnings []string) error {
	switch {
	case variables == 0:
		lines := append([]string{fmt.Sprintf("%s has no task variable to decode: a recording has it in its file as an array of one integer or text for each of the %d conditions, or of numbers of condition, time or both.", d.Name, d.Conditions())}, d.Card.Notes...)
		return errors.New(strings.Join(lines, " "))
	case decodable == 0:
		return fmt.Errorf("%s has no task variable that can be decoded: %s", d.Name, strings.Join(warnings, " "))
	}
	return nil
}

// variables are what is decoded from d, with warnings; nothing is an error.
func (s *Study) variables(d *data.Dataset) (vs variables, warnings []string, err error) {
	vs.classes, warnings = s.classes(d)
	more, about := quantities(d)
	vs.quantities, warnings = more, append(warnings, about...)
	warnings = append(warnings, experiments.Notes(d)...)
	return vs, warnings, undecodable(d, len(d.Variables)+len(d.Continuous), len(vs.classes)+len(more), warnings)
}

// Run implements Study.
func (s *Study) Run(ctx context.Context, c experiments.Cell) (*experiments.Record, error) {
	d := c.Data[0]
	vs, warnings, err := s.variables(d)
	if err != nil {
		return nil, err
	}
	r := &experiments.Record{}
	switch c.Part {
	case partDataset:
		r.Dataset, r.Warnings = report.Describe(d), warnings
		return r, s.describe(ctx, r, d, vs)
	case partReference:
		fits := tally{}
		accuracies, err := s.decoded(d.Activity, vs, c.Seed, fits)
		if err != nil {
			return nil, err
		}
		for i, name := range vs.names() {
			r.Frame("reference", "variable", "accuracy").Add([]string{name}, accuracies[i])
		}
		fits.warn(r, d)
		return r, nil
	}
	m := c.Measures[0]
	if c.Part == partCeiling {
		ceiling := func(name string, erased *tensor.Dense) error {
			score, err := m.Eval(experiments.Reference(m, d), erased)
			if err == nil {
				r.Frame("ceiling", "variable", "score").Add([]string{name}, score)
			}
			return err
		}
		for _, v := range vs.classes {
			if err := ceiling(v.Name, probe.Erase(d.Activity, v.Class)); err != nil {
				return nil, err
			}
		}
		for _, v := range vs.quantities {
			if err := ceiling(v.Name, probe.EraseContinuous(d.Activity, v.Coordinates())); err != nil {
				return nil, err
			}
		}
		return r, nil
	}
	return r, s.ascend(ctx, r, d, vs, m, c.Seed)
}

// decoded decodes all variables, in their order, from activity, with the folds of seed:
// the same for all data of a dataset.
func (s *Study) decoded(activity *tensor.Dense, vs variables, seed uint64, fits tally) (accuracies []float64, err error) {
	if len(vs.classes) > 0 {
		decoder := s.scaling().Decoder(activity)
		for _, v := range vs.classes {
			a, err := s.accuracy(decoder, v, activity.Shape()[0], seed, fits)
			if err != nil {
				return nil, err
			}
			accuracies = append(accuracies, a)
		}
	}
	if len(vs.quantities) == 0 {
		return accuracies, nil
	}
	ridge, err := s.ridge(activity, seed)
	if err != nil {
		return nil, err
	}
	r2, err := ridge.R2(vs.coordinates()...)
	return append(accuracies, r2...), err
}

// accuracy decodes v with the folds of seed, the same for all data of a dataset.
func (s *Study) accuracy(decoder *probe.Decoder, v data.Variable, times int, seed uint64, fits tally) (float64, error) {
	folds, _, err := probe.Stratify(v.Name, v.Class, times, s.Folds, seed)
	if err != nil {
		return 0, err
	}
	a, err := decoder.Accuracy(v.Class, folds)
	fits.add(v.Name, decoder.Fits)
	return a, err
}

// A tally tells of each variable how the fits of a cell went.
type tally map[string]probe.Fits

func (t tally) add(variable string, f probe.Fits) {
	sum := t[variable]
	sum.Add(f)
	t[variable] = sum
}

// warn warns of what was not fitted to the optimum.
func (t tally) warn(r *experiments.Record, d *data.Dataset) {
	for _, v := range slices.Sorted(maps.Keys(t)) {
		if text := t[v].Warning(); text != "" {
			r.Warn("%s: %s: %s", d.Name, v, text)
		}
	}
}

// fewestPermutations have a 2.5 and a 97.5 % point.
const fewestPermutations = 39

// componentCounts are the numbers of leading components to decode from.
var componentCounts = []int{1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50, 80, 120, 200, 300, 500}

// describe finds the chance band of each variable, and how well each is decoded
// from the leading components.
func (s *Study) describe(ctx context.Context, r *experiments.Record, d *data.Dataset, vs variables) error {
	vs.kinds(r)
	decoder, fits := s.scaling().Decoder(d.Activity), tally{}
	for _, v := range vs.classes {
		null, err := decoder.Null(v.Name, v.Class, s.Folds, s.Permutations, s.Seed)
		if err != nil {
			return err
		}
		fits.add(v.Name, decoder.Fits)
		for _, a := range null {
			r.Frame("null", "variable", "accuracy").Add([]string{v.Name}, a)
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.findScale(r, d, v, decoder, fits); err != nil {
			return err
		}
	}
	if err := s.nullOfQuantities(r, d, vs); err != nil {
		return err
	}
	components, err := s.componentsOf(d)
	if err != nil {
		return err
	}
	plane, err := components.Plane(d.Activity)
	if err != nil {
		return err
	}
	r.Arrays = []data.Array{{Name: "reference", Shape: []int{d.Times(), d.Conditions(), 2}, Values: plane.RawMatrix().Data}}
	byComponents := r.Frame("components", "variable", "components accuracy")
	for _, k := range componentCounts {
		if k > len(components.Fraction) {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		accuracies, err := s.decoded(components.Leading(d.Activity, k), vs, s.Seed, fits)
		if err != nil {
			return err
		}
		for i, name := range vs.names() {
			byComponents.Add([]string{name}, float64(k), accuracies[i])
		}
	}
	fits.warn(r, d)
	return nil
}

// ascend optimises, and decodes at the snapshots.
func (s *Study) ascend(ctx context.Context, r *experiments.Record, d *data.Dataset, vs variables, m measures.Measure, seed uint64) error {
	size, fits := probe.Deviation(d.Activity), tally{}
	keep, look := optim.Lines{Spacing: 0.02}, optim.Lines{Spacing: formingSpacing}
	var planes []float64
	for _, f := range [][3]string{{"trace", "", "step score"}, {"snapshots", "", "step score size"}, {"decoding", "variable", "step score accuracy"}} {
		r.Frame(f[0], f[1], f[2])
	}
	below := false // whether a score below the level has been seen, and none above it
	status, err := s.Drive(ctx, m, experiments.Reference(m, d), experiments.Noise(seed, d), func(p optim.Point) error {
		r.Frame("trace", "", "").Add(nil, float64(p.Step), p.Value)
		if !keep.Keep(p) {
			return nil
		}
		y := tensor.New(tensor.WithShape(d.Activity.Shape().Clone()...), tensor.WithBacking(slices.Clone(p.Program.Param("y").Float64s())))
		if seed == s.Seed && look.Keep(p) {
			components, err := s.componentsOf(d)
			if err != nil {
				return err
			}
			plane, err := components.Plane(y)
			if err != nil {
				return err
			}
			r.Frame("forming", "", "score").Add(nil, p.Value)
			planes = append(planes, plane.RawMatrix().Data...)
		}
		ratio := probe.Deviation(y) / size
		if s.scaling() == probe.Raw && s.Protocol == "matched" {
			Shrink(y, ratio)
		}
		r.Frame("snapshots", "", "").Add(nil, float64(p.Step), p.Value, ratio)
		found, err := s.decoded(y, vs, seed, fits)
		if err != nil {
			return err
		}
		for i, name := range vs.names() {
			r.Frame("decoding", "", "").Add([]string{name}, float64(p.Step), p.Value, found[i])
		}
		// Whether the code is the same is asked where the paper compares, where the
		// score passes 0.9; a start above that says nothing of it.
		reached := p.Value >= level
		if p.Step == 0 {
			below = !reached
		}
		if below && reached && m.Kind == measures.Similarity {
			below = false
			if err := s.transfer(r, d, y, vs, seed, fits); err != nil {
				return err
			}
		}
		return ctx.Err()
	}, &r.Frames, &r.Warnings, &keep, &look, &planes, &below, &fits)
	if err != nil {
		return err
	}
	if seed == s.Seed {
		r.Arrays = []data.Array{{Name: "planes", Shape: []int{len(r.Frame("forming", "", "score").Rows), d.Times(), d.Conditions(), 2}, Values: planes}}
	}
	r.Status = status.String()
	fits.warn(r, d)
	return nil
}

// formingSpacing is how far apart scores are at which the page shows the data on the way.
const formingSpacing = 0.06

// transfer asks of the optimised y whether it encodes the variables as d does.
func (s *Study) transfer(r *experiments.Record, d *data.Dataset, y *tensor.Dense, vs variables, seed uint64, fits tally) error {
	if err := s.transferOfQuantities(r, d, y, vs, seed); err != nil || len(vs.classes) == 0 {
		return err
	}
	var classes [][]int
	for _, v := range vs.classes {
		classes = append(classes, v.Class)
	}
	t, err := s.scaling().Transfer(d.Activity, y, classes, seed)
	if err != nil {
		return err
	}
	for _, v := range vs.classes {
		if n := t.Smallest(v.Class); n < 2 {
			r.Warn("%s: whether %s is encoded in the same way is not asked: half of the conditions have %d of its smallest class, and two are needed.", d.Name, v.Name, n)
			continue
		}
		xOnY, yOnX, err := t.Accuracy(v.Name, v.Class, s.Folds, seed)
		if err != nil {
			return err
		}
		fits.add(v.Name, t.Fits)
		r.Frame("transfer", "variable", "optimised reference").Add([]string{v.Name}, xOnY, yOnX)
	}
	return nil
}

// Shrink divides the values of x by ratio.
func Shrink(x *tensor.Dense, ratio float64) {
	for i := range x.Float64s() {
		x.Float64s()[i] /= ratio
	}
}
