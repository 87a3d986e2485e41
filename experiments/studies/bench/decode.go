package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studies/decode"
	"simgrad/measures"
	"simgrad/optim"

	"gorgonia.org/tensor"
)

// snapshot is data as figure 2 decodes them: noise driven toward d by CKA, part
// of the way, scaled to d's variance.
func snapshot(ctx context.Context, d *data.Dataset, seed uint64) (*tensor.Dense, error) {
	trace := &optim.Trace{Params: []string{"y"}, Keep: func(p optim.Point) bool { return p.Last }}
	a := experiments.Ascent{Rate: 0.1, Steps: 1000, Stop: "0.5"}
	if _, err := a.Drive(ctx, measures.CKA, d.Samples(), experiments.Noise(seed, d), trace.Record); err != nil {
		return nil, err
	}
	y := trace.Snapshots["y"][0]
	if err := y.Reshape(d.Activity.Shape().Clone()...); err != nil {
		return nil, err
	}
	decode.Shrink(y, probe.Deviation(y)/probe.Deviation(d.Activity))
	return y, nil
}

// A decoding is all that is decoded from one snapshot.
type decoding struct {
	activity  *tensor.Dense
	variables []data.Variable
	folds     []probe.Folds
}

func newDecoding(ctx context.Context, d *data.Dataset, seed uint64) (*decoding, error) {
	y, err := snapshot(ctx, d, seed)
	if err != nil {
		return nil, err
	}
	study := decode.New()
	vs, _, err := study.Decodable(d)
	if err != nil {
		return nil, err
	}
	all := &decoding{activity: y, variables: vs}
	for _, v := range vs {
		f, _, err := probe.Stratify(v.Name, v.Class, d.Times(), study.Folds, seed)
		if err != nil {
			return nil, err
		}
		all.folds = append(all.folds, f)
	}
	return all, nil
}

// predict predicts, variable by variable.
func (d *decoding) predict() (predicted [][][]int, err error) {
	decoder := probe.NewDecoder(d.activity)
	for i, v := range d.variables {
		p, err := decoder.Predict(v.Class, d.folds[i])
		if err != nil {
			return nil, err
		}
		predicted = append(predicted, p)
	}
	return predicted, nil
}

// peerPredicts lets scikit-learn predict, at its defaults or to a tolerance.
func (d *decoding) peerPredicts(p *peer, tolerance float64) (predicted [][][]int, seconds float64, err error) {
	var variables []map[string]any
	for i, v := range d.variables {
		variables = append(variables, map[string]any{"class": v.Class, "folds": d.folds[i].Of, "number": d.folds[i].Number})
	}
	var answer struct {
		Predictions [][][]int
		Seconds     float64
	}
	err = p.ask(map[string]any{
		"do": "decode", "shape": d.activity.Shape(), "activity": encoded(d.activity.Float64s()),
		"variables": variables, "tol": tolerance,
	}, &answer)
	return answer.Predictions, answer.Seconds, err
}

// decode times the decoding of all variables of one snapshot, ours and
// scikit-learn's at its defaults, and compares predictions with scikit-learn's
// run to a tolerance of 1e-10. Times are milliseconds.
func (s *Study) decode(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	d := c.Data[0]
	r.Dataset = report.Describe(d)
	all, err := newDecoding(ctx, d, c.Seed)
	if err != nil {
		return err
	}
	predicted, err := all.predict()
	if err != nil {
		return err
	}
	for i, t := range s.threads {
		turns := []turn{timed(func() error { _, err := all.predict(); return err })}
		p, err := s.peer(ctx, t)
		if err != nil {
			return err
		}
		if p != nil {
			turns = append(turns, func() (float64, error) {
				_, seconds, err := all.peerPredicts(p, 0)
				return seconds, err
			})
		}
		who := []string{"simgrad", "peer"}
		withThreads(t, func() {
			err = alternate(ctx, s.Pairs, enough, turns, func(i int, seconds float64) { addReadings(r, who[i], strconv.Itoa(t), 1e3*seconds) })
		})
		if err != nil {
			return err
		}
		if p != nil && i == 0 {
			exact, _, err := all.peerPredicts(p, 1e-10)
			if err != nil {
				return err
			}
			total, other := compare(predicted, exact)
			addReadings(r, "predictions", "", total)
			addReadings(r, "other predictions", "", other)
		}
	}
	return nil
}

// compare counts predictions, and those that differ.
func compare(a, b [][][]int) (total, other float64) {
	for v := range a {
		for t := range a[v] {
			for i, k := range a[v][t] {
				total++
				if b[v][t][i] != k {
					other++
				}
			}
		}
	}
	return total, other
}

// A keeping is figure 2 that keeps the records it has reported on.
type keeping struct {
	*decode.Study
	records []*experiments.Record
}

// Report implements Study.
func (k *keeping) Report(records []*experiments.Record) (*report.Report, error) {
	k.records = records
	return k.Study.Report(records)
}

// figure times the whole of figure 2 on a dataset, from the command to the report,
// and a step of the peer's by each of its measures.
func (s *Study) figure(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	dir, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	study := &keeping{Study: decode.New()}
	args := []string{"-data", c.Data[0].Name, "-seeds", "1", "-seed", strconv.FormatUint(c.Seed, 10), "-out", dir}
	if s.Quick {
		args = append(args, "-measures", "cka", "-permutations", "39")
	}
	var progress strings.Builder
	begun := time.Now()
	if code := experiments.Run(ctx, study, args, &progress, &progress); code != 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("figure 2: %s", progress.String())
	}
	addReadings(r, "seconds", "", time.Since(begun).Seconds())
	snapshots := 0
	for _, k := range study.records {
		if steps := k.Column("trace", "step"); len(steps) > 0 {
			r.Frame("ascents", "measure", "steps").Add([]string{k.Cell.Measures[0].Name}, steps[len(steps)-1])
			snapshots += len(k.Column("snapshots", "step"))
		}
	}
	addReadings(r, "decodings", "", float64(snapshots+1+study.Permutations)) // and of the dataset itself
	p, err := s.peer(ctx, 1)
	if p == nil || err != nil {
		return err
	}
	return s.peerFigure(ctx, r, c, p, study.Study)
}

// peerFigure times the peer's step by each measure of figure 2, on one thread.
func (s *Study) peerFigure(ctx context.Context, r *experiments.Record, c experiments.Cell, p *peer, study *decode.Study) error {
	d := c.Data[0]
	ms, err := measures.ByNames(study.Measures)
	if err != nil {
		return err
	}
	for _, m := range ms {
		st := &stepper{measure: m, x: d.Samples(), y0: experiments.Noise(c.Seed, d)}
		least := math.Inf(1)
		for _, f := range peerForms(m.Name, st.x.Shape()[0], st.x.Shape()[1]) {
			if _, err := p.begin(f, st); errors.As(err, new(errNotApplicable)) {
				continue
			} else if err != nil {
				return err
			}
			for range 2 {
				seconds, err := p.steps(1, true, false)
				if err != nil {
					return err
				}
				least = min(least, 1e3*seconds)
			}
		}
		if !math.IsInf(least, 1) {
			r.Frame("peer", "measure", "ms").Add([]string{m.Name}, least)
		}
	}
	return ctx.Err()
}
