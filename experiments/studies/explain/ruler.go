package explain

import (
	"context"
	"fmt"
	"math"
	"strconv"

	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/inference"
	"simgrad/measures"
)

// Marks of the ruler, beside ceilings, components=K, allowed=MEASURE and
// zero-information=VARIABLE.
const (
	markScore     = "score"
	markOverUnits = "score-over-units"
	markRemoved   = "conditions-removed"
	markShuffled  = "shuffled"
	markP         = "p"
	markFloor     = "floor"
	markNoise     = "noise"
	markEstimand  = "estimand"  // in words alone
	markInfluence = "influence" // of a condition
	// What of the recording itself scores the same.
	markEquivalent = "component-equivalent"
	markNoiseSD    = "noise-equivalent" // multiples of its overall standard deviation
	markSNR        = "snr-equivalent"   // of a unit, at 100 units
)

// zeroInformation begins the mark of the best score of data without a linear trace of a variable.
const zeroInformation = "zero-information="

// mostLeading is how many leading components a score is compared with.
const mostLeading = 10

// ruler finds where a score stands.
func ruler(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	m, x, y := seen(c.Measures[0], c.Data[0], c.Data[1])
	repeated := m.Repetitions() > 0 // of which units beside each other are no units to be left out
	set := c.Settings.(explainSettings)
	rows := r.Frame("ruler", "mark", "value low high")
	nan := math.NaN()
	score, err := m.Eval(x, y)
	if err != nil {
		said(r, markScore, err.Error())
		return nil
	}
	at := 0
	mark := func(name string, value, low, high float64) {
		rows.Add([]string{name}, value, low, high)
		at++
		experiments.Progress(ctx, at, score)
	}
	options := inference.Options{Seed: c.Seed, Draws: set.Shufflings}

	jack, err := inference.Jackknife(ctx, m, x, y, !set.Brief && !repeated, options)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		mark(markScore, score, nan, nan)
		withheld(r, err.Error())
	default:
		conditions := *jack
		conditions.WithoutUnits, conditions.WithoutBoth = nil, nil
		over := conditions.Interval()
		mark(markScore, score, over.Low, over.High)
		if over.Withheld != "" {
			withheld(r, over.Withheld)
		} else {
			said(r, markEstimand, over.Estimand)
			switch {
			case jack.WithheldUnits != "":
				said(r, markOverUnits, "no interval: "+jack.WithheldUnits)
			case repeated:
				said(r, markOverUnits, "no interval: units are not left out of repetitions")
			case !set.Brief:
				both := jack.Interval()
				mark(markOverUnits, score, both.Low, both.High)
				said(r, markEstimand, both.Estimand)
			}
		}
		keep(r, jack)
	}

	if c.Data[0].Times() > 1 && c.Data[0].Conditions() > 1 {
		if v, err := m.Eval(inference.WithoutShared(x), inference.WithoutShared(y)); err != nil {
			said(r, markRemoved, err.Error())
		} else {
			mark(markRemoved, v, nan, nan)
		}
	}
	if m.RepetitionsOfY() > 0 {
		said(r, markShuffled, "not drawn, nor surrogates and noise: each score of trials with trials is a search of its own, of seconds")
		return influence(ctx, r, m, x, y)
	}
	shuffled, err := inference.Shuffle(ctx, m, x, y, options)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		said(r, markShuffled, err.Error())
	default:
		mark(markShuffled, shuffled.Mean, shuffled.Low, shuffled.High)
		if shuffled.NoP != "" {
			said(r, markP, shuffled.NoP)
		} else {
			mark(markP, shuffled.P, float64(shuffled.Rank-1), float64(shuffled.Draws))
		}
	}
	options.Draws = set.Draws
	for _, null := range []struct {
		mark string
		of   func(context.Context, measures.Measure, *tensor.Dense, *tensor.Dense, inference.Options) (inference.Null, error)
	}{{markFloor, inference.Floor}, {markNoise, inference.Noise}} {
		n, err := null.of(ctx, m, x, y, options)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			said(r, null.mark, err.Error())
		default:
			mark(null.mark, n.Mean, n.Low, n.High)
		}
	}
	if repeated {
		said(r, markEquivalent, "a score of repetitions takes them from the recording, and nothing of it again as a model")
	} else if err := otherWords(ctx, r, m, x, score, options, set.Brief, mark); err != nil {
		return err
	}
	own, err := probe.ComponentsOf(x)
	if err != nil {
		return err
	}
	if err := allowed(r, m, score, c.Data[0], own, mark); err != nil {
		return err
	}
	if m.CeilingProven {
		without := func(variable string, erased *tensor.Dense) {
			s, err := m.Eval(x, erased)
			if err != nil {
				said(r, zeroInformation+variable, err.Error())
				return
			}
			mark(zeroInformation+variable, s, nan, nan)
		}
		for _, v := range c.Data[0].Variables {
			without(v.Name, probe.Erase(x, v.Class))
		}
		for _, v := range c.Data[0].Continuous {
			if at := v.Coordinates(); !constant(at) {
				without(v.Name, probe.EraseContinuous(x, at))
			}
		}
	}
	return influence(ctx, r, m, x, y)
}

// seen is m of a recording and a model, and their activity as it sees it: means over trials, or, by
// a measure of repetitions, those beside each other.
func seen(m measures.Measure, recording, model *data.Dataset) (of measures.Measure, x, y *tensor.Dense) {
	n, k := recording.Trials(), model.Trials()
	if n > 1 {
		m = m.Repeated(n)
	}
	if n > 1 && k > 1 {
		m = m.BothRepeated(n, k)
	}
	y = model.Activity
	if m.RepetitionsOfY() > 0 {
		y = model.Repetitions()
	}
	return m, experiments.Reference(m, recording), y
}

// otherWords finds what of the recording itself would score the same: its leading
// components, and itself with white noise.
func otherWords(ctx context.Context, r *experiments.Record, m measures.Measure, x *tensor.Dense, score float64, options inference.Options, brief bool, mark func(string, float64, float64, float64)) error {
	nan := math.NaN()
	equivalent := func(name string, e inference.Equivalent) {
		switch {
		case e.Withheld != "":
			said(r, name, e.Withheld)
		case e.Words != "":
			mark(name, nan, nan, nan)
			said(r, name, e.Words)
		default:
			mark(name, (e.Low+e.High)/2, e.Low, e.High)
		}
	}
	leading, err := inference.LeadingOf(ctx, m, x, mostLeading, options)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		said(r, markEquivalent, err.Error())
	default:
		for k, v := range leading.Scores {
			mark(fmt.Sprintf("components=%d", k+1), v, nan, nan)
		}
		e, err := leading.Equivalent(score)
		if err != nil {
			return err
		}
		equivalent(markEquivalent, e)
	}
	if brief {
		return nil
	}
	noise, err := inference.NoiseEquivalentOf(ctx, m, x, score, options)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		said(r, markNoiseSD, err.Error())
	default:
		equivalent(markNoiseSD, noise.Deviation)
		equivalent(markSNR, noise.SignalToNoise)
	}
	return nil
}

// withheld keeps why there is no interval over conditions, and no difference between models.
func withheld(r *experiments.Record, why string) {
	said(r, markScore, "no interval: "+why)
	r.Frame("withheld", "why", "").Add([]string{why})
}

// keep keeps replicates, of which differences between models are.
func keep(r *experiments.Record, jack *inference.Replicates) {
	f := r.Frame("replicates", "kind condition unit", "score")
	if jack.Withheld != "" {
		return
	}
	for g, v := range jack.Without {
		f.Add([]string{"condition", strconv.Itoa(g), ""}, v)
	}
}

// replicatesOf are what keep kept.
func replicatesOf(r *experiments.Record) *inference.Replicates {
	d := r.Cell.Data[0]
	jack := &inference.Replicates{Measure: r.Cell.Measures[0], Times: d.Times(), Number: d.Conditions(), Score: scoreOf(r)}
	if f := frame(r, "replicates"); len(f.Rows) > 0 {
		jack.Without = f.Column("score")
	}
	for _, row := range frame(r, "withheld").Rows {
		jack.Withheld = row.Key("why")
	}
	if len(jack.Without) == 0 && jack.Withheld == "" { // nor a score
		jack.Withheld = saidOf(r, markScore)
	}
	return jack
}

// scoreOf is a record's score, NaN where there is none.
func scoreOf(r *experiments.Record) float64 {
	if v := r.Column("ruler", "value", "mark", markScore); len(v) > 0 {
		return v[0]
	}
	return math.NaN()
}

// bounded are measures whose scores prove something of each other's, in terms of CKA and
// NBS.
var bounded = map[string]struct {
	cka bool
	to  func(score float64) float64 // CKA or NBS
	of  func(v float64) float64     // and back
}{
	"cka":                         {true, same, same},
	"cka-angular-score":           {true, measures.CosineOf, measures.AngularScoreOf},
	"nbs":                         {false, same, same},
	"nbs-squared":                 {false, math.Sqrt, func(v float64) float64 { return v * v }},
	"procrustes-angular-score":    {false, measures.CosineOf, measures.AngularScoreOf},
	"procrustes-distance=angular": {false, math.Cos, math.Acos},
}

func same(v float64) float64 { return v }

// allowed are the values of CKA, or of angular Procrustes, that a score of the other leaves
// to any dataset: proven.
func allowed(r *experiments.Record, m measures.Measure, score float64, x *data.Dataset, own *probe.Components, mark func(string, float64, float64, float64)) error {
	b, ok := bounded[m.Name]
	if !ok {
		return nil
	}
	// Any model's rank is at most that of centred samples.
	rank, pr := float64(x.NumSamples()-1), own.ParticipationRatio()
	v := b.to(score)
	least, inverse, name, of := probe.LeastCKA, probe.LeastNBS, "cka", same
	if b.cka {
		least, inverse, name, of = probe.LeastNBS, probe.LeastCKA, "procrustes-angular-score", measures.AngularScoreOf
	}
	// The most of the other is what leaves no less than the score to this one.
	low, high := 0.0, 1.0
	for range 60 {
		if mid := (low + high) / 2; inverse(mid, pr, rank) <= v {
			low = mid
		} else {
			high = mid
		}
	}
	mark("allowed="+name, math.NaN(), of(math.Min(1, least(v, pr, rank))), of(high))
	return nil
}

// influence finds what a score owes to each condition, and what it is at each time.
func influence(ctx context.Context, r *experiments.Record, m measures.Measure, x, y *tensor.Dense) error {
	f := r.Frame("influence", "along", "at score")
	times, conditions := x.Shape()[0], x.Shape()[1]
	if conditions > mostInfluences {
		said(r, markInfluence, fmt.Sprintf("none of %d conditions is left out in turn: of more than %d none decides much", conditions, mostInfluences))
	} else if conditions > 2 {
		for c := range conditions {
			if err := ctx.Err(); err != nil {
				return err
			}
			v, err := m.Eval(without(x, c), without(y, c))
			if err != nil {
				said(r, markInfluence, err.Error())
				break
			}
			f.Add([]string{"condition"}, float64(c), v)
		}
	}
	if times > 1 {
		for t := range times {
			if err := ctx.Err(); err != nil {
				return err
			}
			v, err := m.Eval(atTime(x, t), atTime(y, t))
			if err != nil {
				said(r, "score by time", err.Error())
				break
			}
			f.Add([]string{"time"}, float64(t), v)
		}
	}
	return nil
}

// mostInfluences is up to how many conditions each is left out in turn: of more, none
// decides much.
const mostInfluences = 100

// without is activity without a condition.
func without(activity *tensor.Dense, condition int) *tensor.Dense {
	shape := activity.Shape()
	var v []float64
	for t := range shape[0] {
		at := activity.Float64s()[t*shape[1]*shape[2]:][:shape[1]*shape[2]]
		v = append(append(v, at[:condition*shape[2]]...), at[(condition+1)*shape[2]:]...)
	}
	return tensor.New(tensor.WithShape(shape[0], shape[1]-1, shape[2]), tensor.WithBacking(v))
}

// atTime is activity at one time.
func atTime(activity *tensor.Dense, t int) *tensor.Dense {
	shape := activity.Shape()
	size := shape[1] * shape[2]
	return tensor.New(tensor.WithShape(1, shape[1], shape[2]), tensor.WithBacking(activity.Float64s()[t*size:(t+1)*size:(t+1)*size]))
}
