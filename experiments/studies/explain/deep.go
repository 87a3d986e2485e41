package explain

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"

	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/inference"
	"simgrad/measures"
	"simgrad/optim"
)

// families scores the recording with explicit data made of its own components, by all
// measures: what one score allows another at least and at most.
func families(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	all, err := inference.Attained(ctx, c.Measures, c.Data[0].Activity)
	if err != nil {
		return err
	}
	f := r.Frame("families", "family measure", "member score")
	for _, a := range all {
		for k, m := range c.Measures {
			for i, v := range a.Scores[k] {
				f.Add([]string{a.Family, m.Name}, float64(i), v)
			}
		}
	}
	return nil
}

// A side is the end of what a score allows another that a search looks for.
type side struct {
	Most bool `json:"most"`
}

func (s side) String() string {
	if s.Most {
		return "at most"
	}
	return "at least"
}

// Legs of a search have few steps, for they find most of it in the first hundred.
// The weight of the score that is held is heavier where the first do not reach it.
const searchSteps, heavier = 200, 30

// The ascent from noise is that of other studies.
const ascentRate, ascentSteps = .1, 1000

// deepCells are those of -deep: by every measure the ascent from noise to the model's score,
// and of every two how far the one lets the other go.
func deepCells(x, y *data.Dataset, ms []measures.Measure) (cells []experiments.Cell) {
	pair := []*data.Dataset{x, y}
	for i, m := range ms {
		cells = append(cells, experiments.Cell{Part: partAscent, Data: pair, Measures: []measures.Measure{m}})
		for j, other := range ms {
			if i == j || !searchable(m) || !searchable(other) {
				continue
			}
			for _, most := range []bool{false, true} {
				cells = append(cells, experiments.Cell{Part: partAllowed, Data: pair, Measures: []measures.Measure{m, other}, Point: side{most}})
			}
		}
	}
	return cells
}

// searchable is whether scores by m can be driven against others': similarities that end at 1
// and have a gradient.
func searchable(m measures.Measure) bool {
	return m.Kind == measures.Similarity && m.Range[1] == 1 && m.Differentiable() == nil
}

// level is the score of a cell's model, which others are driven to; NaN, with the reason said,
// where a measure of the cell cannot be driven.
func level(r *experiments.Record, c experiments.Cell) (score float64) {
	x, y := c.Data[0], c.Data[1]
	for _, m := range c.Measures {
		if err := experiments.CheckAscent(m.Over(x.Times()), x, c.Seed); err != nil {
			said(r, c.Part, err.Error())
			return math.NaN()
		}
	}
	score, err := c.Measures[0].Eval(x.Activity, y.Activity)
	if err != nil {
		said(r, c.Part, err.Error())
		return math.NaN()
	}
	return score
}

// searched looks for how far a model's score lets another measure go, from noise of the
// recording's shape.
func searched(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	x, score := c.Data[0], level(r, c)
	if math.IsNaN(score) {
		return nil
	}
	both := inference.Moving{
		Measures: measures.Over(c.Measures, x.Times()), X: x.Samples(), Y: experiments.Noise(c.Seed, x),
		Rank: min(x.NumSamples()-1, x.Units()),
	}
	search := inference.Search{Level: score, Most: c.Point.(side).Most, Rate: ascentRate, Steps: searchSteps}
	err := both.Search(ctx, r, search)
	if err == nil && len(frame(r, "best").Rows) == 0 { // near 1 the other score falls faster than the model's is held
		search.Weight, search.Leg = heavier, inference.SearchLegs
		err = both.Search(ctx, r, search)
	}
	return err
}

// ascend drives noise toward the recording until it scores as the model does, on the way from
// the last step below to the first above, and finds which components and variables it has there.
func ascend(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	x, y, m, score := c.Data[0], c.Data[1], c.Measures[0], level(r, c)
	if math.IsNaN(score) {
		return nil
	}
	set := c.Settings.(explainSettings)
	ascent := experiments.Ascent{Rate: ascentRate, Steps: ascentSteps, Stop: strconv.FormatFloat(score, 'g', -1, 64)}
	var before, end []float64
	reached := []float64{0, 0}
	status, err := ascent.Drive(ctx, m.Over(x.Times()), x.Samples(), experiments.Noise(c.Seed, x), func(pt optim.Point) error {
		before, end = end, append(before[:0], pt.Program.Param("y").Float64s()...)
		reached = []float64{float64(pt.Step), pt.Value}
		return ctx.Err()
	}, &reached, &before, &end)
	if err != nil {
		return err
	}
	r.Status = status.String()
	made, at, err := between(m, x, before, end, score)
	if err != nil {
		return err
	}
	r.Frame("reached", "", "step score").Add(nil, reached[0], at)
	own, err := probe.ComponentsOf(x.Activity)
	if err != nil {
		return err
	}
	components := r.Frame("captured", "", "component r2")
	for k, v := range own.Captured(made)[:min(mostComponents, len(own.S))] {
		components.Add(nil, float64(k+1), v)
	}
	return decodedOn(ctx, r, made, x, y, set, c.Seed)
}

// between is the activity on the way from before to end that scores as much as is asked with x, and
// its score: end itself if that is no more alike, or is all there is.
func between(m measures.Measure, x *data.Dataset, before, end []float64, score float64) (y *tensor.Dense, at float64, err error) {
	scored := func(v []float64) (err error) {
		y = tensor.New(tensor.WithShape(x.Times(), x.Conditions(), x.Units()), tensor.WithBacking(v))
		at, err = m.Eval(x.Activity, y)
		return err
	}
	if err := scored(end); err != nil || before == nil || alike(m)*at <= alike(m)*score {
		return y, at, err
	}
	low, high := 0., 1.
	for range 20 {
		t, v := (low+high)/2, slices.Clone(before)
		for i := range v {
			v[i] += t * (end[i] - v[i])
		}
		if err := scored(v); err != nil {
			return nil, 0, err
		}
		if alike(m)*at < alike(m)*score {
			low = t
		} else {
			high = t
		}
	}
	return y, at, nil
}

// decodedOn decodes the variables from activity that has x's times and conditions.
func decodedOn(ctx context.Context, r *experiments.Record, activity *tensor.Dense, x, y *data.Dataset, set explainSettings, seed uint64) error {
	f := r.Frame("decoded", "variable", "value chance_low chance_high")
	classes, continuous := variablesOf(x, y)
	decoder := set.scaling().Decoder(activity)
	for _, v := range classes {
		if err := ctx.Err(); err != nil {
			return err
		}
		dealt, _, err := probe.Stratify(v.Name, v.Class, x.Times(), folds, seed)
		if err != nil {
			continue // as decode says
		}
		value, b, err := told(decoder, v, dealt, set.classPermutations(), seed)
		if err != nil {
			return fmt.Errorf("%s: %w", v.Name, err)
		}
		f.Add([]string{v.Name}, value, b[0], b[1])
	}
	named, vs := varying(continuous)
	if vs == nil {
		return nil
	}
	r2, bands, err := leftOut(set.scaling(), activity, vs, set.Permutations, seed)
	if err != nil {
		return nil // as decode says
	}
	for i, v := range named {
		f.Add([]string{v.Name}, r2[i], bands[i][0], bands[i][1])
	}
	return ctx.Err()
}
