package explain

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/inference"
)

// ceilings finds what the best of models would score, from two halves of the trials, and
// from the trials where they are known.
func ceilings(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	x, even, odd, m := c.Data[0], c.Data[1].Activity, c.Data[2].Activity, c.Measures[0]
	if m.Lacks() != nil {
		said(r, "ceiling", "not known: a score of repetitions is of all of them, and an average of half of them has none")
		return nil
	}
	options := inference.Options{Seed: c.Seed, Draws: c.Settings.(explainSettings).Draws}
	keepCeiling(r)(inference.Halves(m, even, odd))
	keepCeiling(r)(inference.NoiseFree(ctx, m, even, odd, options))
	if n := x.Trials(); n > 0 {
		trials := make([]*tensor.Dense, n)
		for k := range trials {
			trials[k] = x.MeanOfTrials([]int{k})
		}
		keepCeiling(r)(inference.Repetition(ctx, m, trials, inference.Options{Seed: c.Seed}))
	}
	return ctx.Err()
}

// subjects finds what the best of models would score on average over subjects.
func subjects(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	var all []*tensor.Dense
	for _, d := range c.Data {
		all = append(all, d.Activity)
	}
	lower, upper, err := inference.Subjects(ctx, c.Measures[0], all, inference.Options{})
	keepCeiling(r)(lower, err)
	if err == nil {
		keepCeiling(r)(upper, nil)
	}
	return ctx.Err()
}

// keepCeiling keeps a ceiling, or why it is not known.
func keepCeiling(r *experiments.Record) func(inference.Ceiling, error) {
	rows := r.Frame("ceilings", "mark", "value low high")
	return func(ceiling inference.Ceiling, err error) {
		switch {
		case err != nil:
			said(r, "ceiling", err.Error())
		case ceiling.Unknown != "":
			said(r, ceiling.Name, "unknown: "+ceiling.Unknown)
		default:
			rows.Add([]string{ceiling.Name}, ceiling.Value, ceiling.Low, ceiling.High)
		}
	}
}

// mostCompared conditions of a half are looked for among those of the recording.
const mostCompared = 200

// ofTheRecording is an error where a half of the trials has not the recording's conditions
// in their order. By labels these are equal where both have them. And as the recording has
// the half in it, noise and all, a condition is like itself in it: less the mean over
// conditions, at a correlation of .7 even of noise alone.
func ofTheRecording(x, half *data.Dataset) error {
	aligned, err := data.Align([]*data.Dataset{x, half}, "")
	if err != nil {
		return fmt.Errorf("-ceiling: %w", err)
	}
	for _, note := range aligned[1].Notes {
		return fmt.Errorf("-ceiling: %s; a half has the recording's conditions in the recording's order", note)
	}
	if x.Conditions() < 3 {
		return nil
	}
	a, b := patterns(half), patterns(x)
	var own []float64
	for c := 0; c < x.Conditions(); c += (x.Conditions() + mostCompared - 1) / mostCompared {
		of := mat.NewVecDense(x.Conditions(), nil)
		of.MulVec(b, a.RowView(c))
		r := of.RawVector().Data
		if math.IsNaN(r[c]) {
			continue
		}
		own = append(own, r[c])
		if other := floats.MaxIdx(r); r[other] > r[c]+.2 {
			return fmt.Errorf("-ceiling %s: its condition %d is like condition %d of the recording (correlation %.2f), and not like the recording's condition %d (%.2f); conditions of a half are in the recording's order", half.Name, c, other, r[other], c, r[c])
		}
	}
	if mean := floats.Sum(own) / float64(len(own)); mean < .4 {
		return fmt.Errorf("-ceiling %s: its conditions are not like those of the recording (correlation %.2f on average); a half is of the recording's own trials and units", half.Name, mean)
	}
	return nil
}

// patterns are the conditions of d, less their mean at each time, of norm 1: conditions ×
// (time × unit).
func patterns(d *data.Dataset) *mat.Dense {
	times, conditions, units := d.Times(), d.Conditions(), d.Units()
	v := inference.WithoutShared(d.Activity).Float64s()
	p := mat.NewDense(conditions, times*units, nil)
	for c := range conditions {
		row := p.RawRowView(c)
		for t := range times {
			copy(row[t*units:][:units], v[(t*conditions+c)*units:])
		}
		floats.Scale(1/floats.Norm(row, 2), row)
	}
	return p
}
