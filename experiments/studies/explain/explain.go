// Package explain says what similarity scores mean for a recording and models of it: where
// a score stands between what means nothing and what is as good as can be, and what of the
// recording is in the model.
package explain

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/inference"
	"simgrad/experiments/report"
	"simgrad/graph"
	"simgrad/measures"

	"gorgonia.org/tensor"
)

//go:embed *.go
var source embed.FS

// A Study explains the scores of models with a recording.
type Study struct {
	Measures, By, Decoder string
	Ceiling               string // two files, of the even and the odd trials
	Subjects              string // files, of the same conditions in others
	Reading               experiments.Reading
	Seed                  uint64
	Quick, Deep           bool
	JSON                  bool // the tables on stdout

	files  []string
	notes  map[*data.Dataset][]string
	halves []*data.Dataset
	others []*data.Dataset // recordings of other subjects
}

// New returns the study.
func New() *Study { return &Study{Decoder: "standardised"} }

// About implements Study.
func (s *Study) About() experiments.About {
	return experiments.About{
		Name: "explain",
		Does: `says what similarity scores mean for a recording, the first file, and models of
it, the others: where each score stands between shuffled conditions, surrogates and
leading components, and what of the recording is in the model. A recording alone gets
its card; without files, an artificial recording and three of its components are shown.`,
		Examples: []string{"", "data/testdata/recording.npz", "-quick surrogate/siegel2015-fef surrogate/siegel2015-fef-seed=1"},
		Takes:    "It takes about a minute for 1000 samples × 150 units, -quick a fifth of it, -deep some ten\nminutes; without files seconds.",
		Files:    func(names []string) error { s.files = names; return nil },
		Source:   source,
		Rooms:    map[string]fs.FS{"experiments/inference": inference.Source},
	}
}

// Flags implements Study.
func (s *Study) Flags(fs *flag.FlagSet) {
	fs.StringVar(&s.Measures, "measures", s.Measures, experiments.MeasuresUsage+" (default: those that fit the data, of cka, cka-hsic=song, procrustes-angular-score and cross-validated linreg-r2)")
	fs.StringVar(&s.By, "by", s.By, experiments.ByUsage)
	s.Reading.Flags(fs)
	s.Reading.AnglesFlag(fs)
	fs.StringVar(&s.Ceiling, "ceiling", s.Ceiling, "the recording's even and odd trials, averaged apart, as two `files` EVEN,ODD: how high scores can be (default: those of -average)")
	fs.StringVar(&s.Subjects, "subjects", s.Subjects, "recordings of the same conditions in other subjects, two `files` or more: how high the best of models can score on average over all")
	fs.StringVar(&s.Decoder, "decoder", s.Decoder, "units are `raw`, or standardised: mean 0 and variance 1 where a decoder is fitted")
	fs.Uint64Var(&s.Seed, "seed", s.Seed, "seed of everything that is drawn")
	fs.BoolVar(&s.Quick, "quick", false, "fewer draws, no intervals over units and no equivalent noise, for a first look")
	fs.BoolVar(&s.JSON, "json", false, "print the tables of the CSV files on stdout, as JSON: an object of arrays of rows")
	fs.BoolVar(&s.Deep, "deep", false, fmt.Sprintf("%d shufflings in place of %d; search what other measures may be at a model's score, and see what noise driven to that score has", inference.DeepShuffles, inference.Shuffles))
}

// Parts of the study.
const (
	partScores      = "scores"      // of all models and measures, before anything else
	partCard        = "card"        // of a dataset
	partRuler       = "ruler"       // of a model and a measure
	partComponents  = "components"  // of a model
	partDecode      = "decode"      // of a model
	partCeiling     = "ceiling"     // of the recording, the halves of its trials, and a measure
	partReliability = "reliability" // of the recording's units, by the halves of its trials
	partSubjects    = "subjects"    // of recordings and a measure
	partFamilies    = "families"    // of the recording and all measures
	partAllowed     = "allowed"     // of a model and two measures
	partAscent      = "ascent"      // to the score of a model by a measure
)

// explainSettings decide what is drawn.
type explainSettings struct {
	Decoder      string `json:"decoder"`
	Shufflings   int    `json:"shufflings"`   // most of the conditions
	Draws        int    `json:"draws"`        // of surrogates and of noise
	Permutations int    `json:"permutations"` // in chance bands of decoding and components
	Brief        bool   `json:"brief"`        // no intervals over units, no equivalent noise
}

// classPermutations are of classes, each of which is a fit at every time and fold, and
// unitPermutations of the recording's units, which are many.
func (s explainSettings) classPermutations() int { return min(s.Permutations, 39) }
func (s explainSettings) unitPermutations() int  { return max(2, s.Permutations/5) }

func (s explainSettings) scaling() probe.Scaling {
	if s.Decoder == "standardised" {
		return probe.Standardised
	}
	return probe.Raw
}

func (s *Study) settings() explainSettings {
	set := explainSettings{s.Decoder, inference.Shuffles, inference.FloorDraws, 199, s.Quick}
	if s.Deep {
		set.Shufflings = inference.DeepShuffles
	}
	if s.Quick {
		set.Shufflings, set.Draws, set.Permutations = 199, 40, 39
	}
	return set
}

// Plan implements Study.
func (s *Study) Plan(ctx context.Context) (cells []experiments.Cell, err error) {
	switch {
	case s.Decoder != "raw" && s.Decoder != "standardised":
		return nil, experiments.Usagef("-decoder %s: it is raw or standardised", s.Decoder)
	case s.Quick && s.Deep:
		return nil, experiments.Usagef("-quick asks for fewer draws and -deep for more")
	}
	sets, err := s.load(ctx)
	if err != nil {
		return nil, err
	}
	ms, err := s.measures(sets[0])
	if err != nil {
		return nil, experiments.Usage(err)
	}
	settings := s.settings() // after load, which makes a first look quick
	cell := func(part string, sets []*data.Dataset, ms ...measures.Measure) {
		cells = append(cells, experiments.Cell{Part: part, Data: sets, Measures: ms, Seed: s.Seed, Settings: settings})
	}
	for _, d := range sets {
		if err := measures.Check(d.Activity); err != nil {
			return nil, fmt.Errorf("%s %w", d.Name, err)
		}
	}
	if len(sets) > 1 {
		cell(partScores, sets, ms...)
	}
	for _, d := range append(slices.Clone(sets), s.others...) {
		cell(partCard, []*data.Dataset{d})
	}
	x := sets[0]
	if len(sets) > 1 && len(ms) > 1 && !s.Quick {
		cell(partFamilies, []*data.Dataset{x}, ms...)
	}
	if len(s.halves) > 0 && len(sets) > 1 {
		with := append([]*data.Dataset{x}, s.halves...)
		for _, m := range ms {
			cell(partCeiling, with, m)
		}
		cell(partReliability, with)
	}
	if len(s.others) > 0 {
		for _, m := range ms {
			cell(partSubjects, append([]*data.Dataset{x}, s.others...), m)
		}
	}
	for _, y := range sets[1:] {
		for _, m := range ms {
			cell(partRuler, []*data.Dataset{x, y}, m)
		}
		cell(partComponents, []*data.Dataset{x, y})
		if classes, continuous := variablesOf(x, y); len(classes)+len(continuous) > 0 {
			cell(partDecode, []*data.Dataset{x, y})
		}
		if s.Deep {
			for _, c := range deepCells(x, y, ms) {
				c.Seed, c.Settings = s.Seed, settings
				cells = append(cells, c)
			}
		}
	}
	return cells, nil
}

// measures are those asked for, or those that fit x.
func (s *Study) measures(x *data.Dataset) ([]measures.Measure, error) {
	if s.Measures != "" {
		return measures.ByNames(s.Measures)
	}
	return inference.Measures(x.Times(), x.Conditions()), nil
}

// load reads the datasets and aligns their samples.
func (s *Study) load(ctx context.Context) (sets []*data.Dataset, err error) {
	if len(s.files) == 0 {
		if s.Deep || s.Ceiling != "" || s.Subjects != "" || s.By != "" {
			return nil, experiments.Usagef("-deep, -ceiling, -subjects and -by are of files, and none is given")
		}
		s.Quick = true // a first look
		return example()
	}
	files := slices.Clone(s.files)
	if s.Subjects != "" {
		files = append(files, strings.Split(s.Subjects, ",")...)
		switch {
		case len(files) < len(s.files)+2:
			return nil, experiments.Usagef("-subjects %s: two files or more are needed, with the recording three subjects", s.Subjects)
		case len(s.files) < 2:
			return nil, experiments.Usagef("-subjects is of scores, and no model is given")
		}
	}
	for i, file := range files {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if slices.Contains(files[:i], file) {
			return nil, experiments.Usagef("%s is given twice", file)
		}
	}
	var halves []string
	if s.Ceiling != "" {
		if halves = strings.Split(s.Ceiling, ","); len(halves) != 2 {
			return nil, experiments.Usagef("-ceiling %s: two files are needed, of the even and of the odd trials", s.Ceiling)
		}
		if s.By != "" && s.By != "order" {
			return nil, experiments.Usagef("-ceiling and -by together: the halves' conditions correspond to the recording's as they are")
		}
	}
	if sets, err = s.Reading.Sets(ctx, append(slices.Clone(files), halves...)...); err != nil {
		return nil, err
	}
	sets, s.halves = sets[:len(files)], sets[len(files):]
	aligned, err := data.Align(sets, s.Reading.By(s.By))
	if err != nil {
		return nil, err
	}
	s.notes = map[*data.Dataset][]string{}
	for i, a := range aligned {
		sets[i] = a.Dataset
		s.notes[sets[i]] = append(experiments.Notes(a.Dataset), a.Notes...)
		if i > 0 && !labelled(sets[0], a.Dataset) {
			s.notes[sets[i]] = append(s.notes[sets[i]], fmt.Sprintf("%s has no label in common with %s: its conditions are taken to be those of the recording, in the same order%s.", a.Name, sets[0].Name, inOrder(sets[0])))
		}
	}
	for _, d := range sets[len(s.files):] {
		if err := measures.Check(d.Activity); err != nil {
			return nil, fmt.Errorf("%s %w", d.Name, err)
		}
	}
	sets, s.others = sets[:len(s.files)], sets[len(s.files):]
	if s.Ceiling != "" {
		s.halves, err = s.halvesOf(sets[0], s.halves)
		return sets, err
	}
	if even, odd, ok := sets[0].Halves(); ok && aligned[0].Kept == nil {
		for i, activity := range []*tensor.Dense{even, odd} {
			s.halves = append(s.halves, &data.Dataset{Name: sets[0].Name + []string{", even trials", ", odd trials"}[i], Activity: activity, Shape: activity.Shape()})
		}
	}
	return sets, nil
}

// conditionNames are what conditions are called by their labels, by one of them alone where
// that tells all apart: names of conditions that have none, or the same, are nil.
func conditionNames(d *data.Dataset) (names []string) {
	if d.Conditions() == d.NumSamples() && d.Conditions() > mostNamed {
		return nil
	}
	joined := make([]string, d.Conditions())
	for _, v := range d.Variables {
		own := make([]string, len(v.Class))
		for c, class := range v.Class {
			own[c] = v.Values[class]
			joined[c] = strings.TrimSpace(joined[c] + " " + own[c])
		}
		if len(v.Values) == d.Conditions() {
			return own
		}
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(joined))); len(distinct) < len(joined) {
		return nil
	}
	return joined
}

// mostNamed samples without time are called by their names, and of conditions the first are
// said in their order.
const mostNamed, mostSaid = 100, 12

// inOrder are the conditions' names in their order, in words to be added.
func inOrder(d *data.Dataset) string {
	names := conditionNames(d)
	switch {
	case names == nil:
		return ""
	case len(names) > mostSaid:
		return fmt.Sprintf(": %s, … %s", strings.Join(names[:mostSaid-1], ", "), names[len(names)-1])
	}
	return ": " + strings.Join(names, ", ")
}

// labelled is whether two datasets have a task variable in common, by which it would be
// seen that their conditions are in different orders.
func labelled(x, y *data.Dataset) bool {
	return slices.ContainsFunc(x.Variables, func(v data.Variable) bool {
		return slices.ContainsFunc(y.Variables, func(w data.Variable) bool { return w.Name == v.Name })
	})
}

// halvesOf checks that datasets are the two halves of the trials of x.
func (s *Study) halvesOf(x *data.Dataset, halves []*data.Dataset) ([]*data.Dataset, error) {
	for _, d := range halves {
		if d.Times() != x.Times() || d.Conditions() != x.Conditions() || d.Units() != x.Units() {
			return nil, fmt.Errorf("-ceiling %s has %s, and the recording %s: a half has the recording's times, conditions and units", d.Name, report.Axes(d.Times(), d.Conditions(), d.Units()), report.Axes(x.Times(), x.Conditions(), x.Units()))
		}
		if err := ofTheRecording(x, d); err != nil {
			return nil, err
		}
	}
	if halves[0].Hash() == halves[1].Hash() {
		return nil, experiments.Usagef("-ceiling %s: both halves are the same data", s.Ceiling)
	}
	return halves, nil
}

// exampleComponents are those that the model of the example has.
const exampleComponents = 3

// exampleStride is how many conditions of the example's recording stand for one.
const exampleStride = 5

// everyOf is d of every so many-th condition.
func everyOf(d *data.Dataset, stride int) *data.Dataset {
	samples, units := graph.RowMajor(d.Activity), d.Units()
	var activity []float64
	for i := range d.NumSamples() {
		if i%d.Conditions()%stride == 0 {
			activity = append(activity, samples[i*units:(i+1)*units]...)
		}
	}
	shape := []int{d.Times(), (d.Conditions() + stride - 1) / stride, units}
	few := &data.Dataset{
		Name:     d.Name + " (part)",
		Activity: tensor.New(tensor.WithShape(shape...), tensor.WithBacking(activity)), Shape: shape, Card: d.Card,
	}
	for _, v := range d.Variables {
		kept := data.Variable{Name: v.Name, Values: v.Values}
		for c := 0; c < len(v.Class); c += stride {
			kept.Class = append(kept.Class, v.Class[c])
		}
		few.Variables = append(few.Variables, kept)
	}
	few.Card.Notes = append(slices.Clone(d.Card.Notes), fmt.Sprintf("For a first look, %d of its %d conditions.", shape[1], d.Conditions()))
	return few
}

// example is a first look: an artificial recording, and a model whose units are its
// leading components.
func example() ([]*data.Dataset, error) {
	whole, err := data.Load("surrogate/hatsopoulos2007")
	if err != nil {
		return nil, err
	}
	x := everyOf(whole, exampleStride)
	c, err := probe.ComponentsOf(x.Activity)
	if err != nil {
		return nil, err
	}
	coordinates, units := c.Coordinates(), []float64(nil)
	for i := range x.NumSamples() {
		units = append(units, coordinates.RawRowView(i)[:exampleComponents]...)
	}
	shape := []int{x.Times(), x.Conditions(), exampleComponents}
	y := &data.Dataset{
		Name:     fmt.Sprintf("model of components 1 to %d", exampleComponents),
		Activity: tensor.New(tensor.WithShape(shape...), tensor.WithBacking(units)), Shape: shape,
		Variables: x.Variables, Continuous: x.Continuous, Card: x.Card,
	}
	y.Card.Notes = []string{fmt.Sprintf("A model for a first look, of %d units: the artificial recording's first components.", exampleComponents)}
	return []*data.Dataset{x, y}, nil
}

// Run implements Study.
func (s *Study) Run(ctx context.Context, c experiments.Cell) (r *experiments.Record, err error) {
	r = &experiments.Record{}
	switch c.Part {
	case partScores:
		err = scores(ctx, r, c)
	case partCard:
		r.Dataset = report.Describe(c.Data[0])
		r.Warnings = s.notes[c.Data[0]]
		err = card(r, c.Data[0])
	case partRuler:
		err = ruler(ctx, r, c)
	case partComponents:
		err = components(ctx, r, c)
	case partDecode:
		err = decode(ctx, r, c)
	case partCeiling:
		err = ceilings(ctx, r, c)
	case partReliability:
		err = reliability(r, c)
	case partSubjects:
		err = subjects(ctx, r, c)
	case partFamilies:
		err = families(ctx, r, c)
	case partAllowed:
		err = searched(ctx, r, c)
	case partAscent:
		err = ascend(ctx, r, c)
	}
	return r, err
}

// card finds a dataset's spectrum and what looks wrong in it.
func card(r *experiments.Record, d *data.Dataset) error {
	c, err := probe.ComponentsOf(d.Activity)
	if err != nil {
		return err
	}
	spectrum := r.Frame("spectrum", "", "component fraction")
	for i, f := range c.Fraction {
		spectrum.Add(nil, float64(i+1), f)
	}
	if dead := constantUnits(d); dead != nil {
		r.Warn("%s: Units that do not vary, %d of %d: %s (counted from 0). They have no part in scores that centre units.", d.Name, len(dead), d.Units(), spans(dead))
	}
	r.Frame("sizes", "", "samples units rank participation-ratio").Add(nil, float64(d.NumSamples()), float64(d.Units()), float64(len(c.S)), c.ParticipationRatio())
	return nil
}

// constantUnits are those of d that have one value in all samples.
func constantUnits(d *data.Dataset) (dead []int) {
	units, v := d.Units(), graph.RowMajor(d.Activity)
	for u := range units {
		i := u
		for i < len(v) && v[i] == v[u] {
			i += units
		}
		if i >= len(v) {
			dead = append(dead, u)
		}
	}
	return dead
}

// said keeps why something is not there, in words.
func said(r *experiments.Record, mark, why string) {
	r.Frame("said", "mark why", "").Add([]string{mark, why})
}
