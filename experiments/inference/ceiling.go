package inference

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"

	"simgrad/data/probe"
	"simgrad/graph"
	"simgrad/measures"
)

// A Ceiling is what the best of models, in some sense that its name says, would score.
type Ceiling struct {
	Name      string
	Value     float64 // NaN if unknown
	Low, High float64 // of the draws, or of the subjects, it is a mean of; else NaN
	// Unknown is why there is no value. None is not a value of 1.
	Unknown string
}

// Names of ceilings.
const (
	HalfAgainstHalf = "half-against-half"
	RepetitionName  = "repetition"
	NoiseFreeName   = "noise-free"
	SubjectOut      = "subjects-lower"
	SubjectIn       = "subjects-upper"
)

func unknown(name, format string, args ...any) Ceiling {
	return Ceiling{Name: name, Value: nan, Low: nan, High: nan, Unknown: fmt.Sprintf(format, args...)}
}

// Halves is the score of one half of the trials with the other: of noise as of half as many
// trials, on both sides. It is below what a model without noise could score.
func Halves(m measures.Measure, even, odd *tensor.Dense) (Ceiling, error) {
	if _, _, err := same(even, odd); err != nil {
		return Ceiling{}, err
	}
	score, err := m.Eval(even, odd)
	return Ceiling{Name: HalfAgainstHalf, Value: score, Low: nan, High: nan}, err
}

// leastSignal is the fraction of a recording's variance that must not be noise for a
// model without noise to be simulated from it.
const leastSignal = .1

// noiseFreeDraws is how many noises a noise-free model meets.
const noiseFreeDraws = 40

// NoiseFree is what the recording without its noise would score with the recording, which is
// the mean of the two halves given: of equally many trials, with independent noise. It is
// simulated. Half of their difference is one draw of the noise of their mean; others are it
// with whole conditions' signs drawn at random, which keeps its covariances over time
// and units. The signal has the mean's components and the singular values with which it
// and such noise have those of the mean, on average.
//
// Low and High are quantiles 2.5 and 97.5 % of the draws.
func NoiseFree(ctx context.Context, m measures.Measure, even, odd *tensor.Dense, o Options) (Ceiling, error) {
	times, conditions, err := same(even, odd)
	if err != nil {
		return Ceiling{}, err
	}
	units := even.Shape()[2]
	if odd.Shape()[2] != units {
		return Ceiling{}, fmt.Errorf("inference: halves of %d and %d units; they must be the same", units, odd.Shape()[2])
	}
	n := times * conditions
	whole, noise := mat.NewDense(n, units, nil), mat.NewDense(n, units, nil)
	a, b := graph.RowMajor(even), graph.RowMajor(odd)
	floats.AddTo(whole.RawMatrix().Data, a, b)
	whole.Scale(.5, whole)
	floats.SubTo(noise.RawMatrix().Data, a, b)
	noise.Scale(.5, noise)
	c, err := probe.ComponentsOf(of(whole.RawMatrix().Data, times, conditions, units))
	if err != nil {
		return Ceiling{}, fmt.Errorf("inference: noise-free ceiling: %w", err)
	}
	draw := func(i int) *mat.Dense {
		r := rand.New(rand.NewPCG(o.Seed, uint64(i)))
		z := mat.DenseCopyOf(noise)
		for c := range conditions {
			if r.IntN(2) == 0 {
				for t := range times {
					floats.Scale(-1, z.RawRowView(t*conditions+c))
				}
			}
		}
		return z
	}
	signal, reason, err := withoutNoise(ctx, c, draw)
	if err != nil || reason != "" {
		return unknown(NoiseFreeName, "%s", reason), err
	}
	model := measures.NewSamples(of(signal.RawMatrix().Data, times, conditions, units))
	scores := make([]float64, o.draws(noiseFreeDraws))
	err = each(ctx, len(scores), o.Workers, func(i int) (err error) {
		z := draw(spectrumDraws + i)
		z.Add(z, signal)
		scores[i], err = m.EvalSamples(measures.NewSamples(of(z.RawMatrix().Data, times, conditions, units)), model)
		return err
	})
	if err != nil {
		return Ceiling{}, fmt.Errorf("inference: noise-free ceiling: %w", err)
	}
	spread := nullOf(scores)
	return Ceiling{Name: NoiseFreeName, Value: spread.Mean, Low: spread.Low, High: spread.High}, nil
}

// spectrumDraws is how many noises a spectrum is matched with, and spectrumSteps how often it
// is corrected.
const spectrumDraws, spectrumSteps = 3, 12

// withoutNoise is a signal with the components c whose singular values, with noise, are those
// of c; or the reason why there is none.
func withoutNoise(ctx context.Context, c *probe.Components, noise func(i int) *mat.Dense) (signal *mat.Dense, reason string, err error) {
	n, r := c.U.Dims()
	p, _ := c.V.Dims()
	want, left := make([]float64, r), make([]float64, r)
	for k, s := range c.S {
		want[k] = s * s
	}
	noises, size := make([]*mat.Dense, spectrumDraws), 0.0
	for i := range noises {
		noises[i] = noise(i)
		centreRows(noises[i], make([]float64, p))
		size += math.Pow(mat.Norm(noises[i], 2), 2) / spectrumDraws
	}
	if of := 1 - size/floats.Sum(want); of < leastSignal {
		return nil, fmt.Sprintf("by its halves, %.0f %% of the recording's variance is not noise; %.0f %% is the least that a model without noise is simulated from", 100*math.Max(0, of), 100*leastSignal), nil
	}
	for k, v := range want {
		left[k] = math.Max(0, v-size/float64(r))
	}
	build := func() {
		u := mat.DenseCopyOf(c.U)
		for i := range n {
			row := u.RawRowView(i)
			for k := range row {
				row[k] *= math.Sqrt(left[k])
			}
		}
		signal = mat.NewDense(n, p, nil)
		signal.Mul(u, c.V.T())
	}
	gram := mat.NewSymDense(min(n, p), nil)
	for range spectrumSteps {
		if err := ctx.Err(); err != nil {
			return nil, "", err
		}
		build()
		got := make([]float64, min(n, p))
		for _, e := range noises {
			var z mat.Dense
			z.Add(signal, e)
			if p < n {
				gram.SymOuterK(1, z.T())
			} else {
				gram.SymOuterK(1, &z)
			}
			var eigen mat.EigenSym
			if !eigen.Factorize(gram, false) {
				return nil, "the spectrum of signal and noise did not converge", nil
			}
			floats.AddScaled(got, 1./spectrumDraws, eigen.Values(nil))
		}
		for k := range left {
			left[k] = math.Max(0, left[k]+want[k]-got[len(got)-1-k])
		}
	}
	build()
	return signal, "", nil
}

// minRepeats is how many trials a repetition is extrapolated from.
const minRepeats = 4

// repetitionSplits is how many ways the trials are split, for each number of them.
const repetitionSplits = 20

// Repetition is what the whole average over trials would score with another of equally many
// trials: trials[i] is one trial of every condition, time × condition × unit. Averages of r
// trials are scored with those of r others, r up to half of them, and 1/s is extrapolated
// as 1 + b/r + c/r², as without end they would be one; of an angle, s is the cosine. Low
// and High are NaN.
func Repetition(ctx context.Context, m measures.Measure, trials []*tensor.Dense, o Options) (Ceiling, error) {
	number := len(trials)
	if number < minRepeats {
		return unknown(RepetitionName, "%d trials of every condition; %d are the least that a repetition is extrapolated from", number, minRepeats), nil
	}
	for _, trial := range trials {
		if _, _, err := same(trials[0], trial); err != nil {
			return Ceiling{}, err
		}
	}
	scaling := measures.ScalingOf(m.Name)
	base, err := measures.ByName(scaling.Base)
	if err != nil {
		base = m // not registered: its own
		scaling = measures.ScalingOf("")
	}
	if base.Kind == measures.Distance {
		return unknown(RepetitionName, "%s is a distance that is no angle, whose course over trials is not known", m.Label), nil
	}
	if !oneAtBest(base) {
		return unknown(RepetitionName, "%s is not 1 at best, so that what it would be without noise, from which it falls, is not known", m.Label), nil
	}
	shape := trials[0].Shape()
	mean := func(of []int) *tensor.Dense {
		v := make([]float64, shape.TotalSize())
		for _, i := range of {
			floats.AddScaled(v, 1/float64(len(of)), graph.RowMajor(trials[i]))
		}
		return tensor.New(tensor.WithShape(shape.Clone()...), tensor.WithBacking(v))
	}
	var counts []int
	for r := 1; r <= number/2; r = max(r+1, r*5/4) {
		counts = append(counts, r)
	}
	splits := o.draws(repetitionSplits)
	scores := make([]float64, len(counts)*splits)
	err = each(ctx, len(scores), o.Workers, func(i int) (err error) {
		r, order := counts[i/splits], rand.New(rand.NewPCG(o.Seed, uint64(i))).Perm(number)
		scores[i], err = base.Eval(mean(order[:r]), mean(order[r:2*r]))
		return err
	})
	if err != nil {
		return Ceiling{}, fmt.Errorf("inference: repetition: %w", err)
	}
	inverse := make([]float64, len(counts))
	for k := range counts {
		s := stat.Mean(scores[k*splits:][:splits], nil)
		if s < .01 {
			return unknown(RepetitionName, "averages of %d of %d trials score %.2g with each other, too near 0 to extrapolate from", counts[k], number, s), nil
		}
		inverse[k] = 1 / s
	}
	return Ceiling{Name: RepetitionName, Value: scaling.Of(1 / math.Max(1, extrapolated(counts, inverse, number))), Low: nan, High: nan}, nil
}

// extrapolated is the value at a count of the 1 + b/count + c/count² that fits best.
func extrapolated(counts []int, values []float64, to int) float64 {
	a, v := mat.NewDense(len(counts), 2, nil), mat.NewVecDense(len(counts), nil)
	for i, r := range counts {
		a.SetRow(i, []float64{1 / float64(r), 1 / float64(r*r)})
		v.SetVec(i, values[i]-1)
	}
	var c mat.VecDense
	_ = c.SolveVec(a, v) // two counts or more, which are not alike
	return 1 + c.AtVec(0)/float64(to) + c.AtVec(1)/float64(to*to)
}

// SpearmanBrown is the correlation of the average of all trials with another such, by that of
// one half with the other: 2r/(1 + r). It holds of correlations alone, one unit at a time.
func SpearmanBrown(r float64) float64 { return 2 * r / (1 + r) }

// UnitCorrelations are those of every unit in one half with it in the other; NaN of a unit
// that does not vary.
func UnitCorrelations(even, odd *tensor.Dense) ([]float64, error) {
	times, conditions, err := same(even, odd)
	if err != nil {
		return nil, err
	}
	units := even.Shape()[2]
	if odd.Shape()[2] != units {
		return nil, fmt.Errorf("inference: halves of %d and %d units; they must be the same", units, odd.Shape()[2])
	}
	n := times * conditions
	a, b := mat.NewDense(n, units, graph.RowMajor(even)), mat.NewDense(n, units, graph.RowMajor(odd))
	r := make([]float64, units)
	for u := range r {
		r[u] = stat.Correlation(mat.Col(nil, u, a), mat.Col(nil, u, b), nil)
	}
	return r, nil
}

// Subjects bounds what a model can score on average over subjects, at least three: the lower
// bound scores every subject with the mean of all others, the upper with the mean of all,
// itself in it. Means are of kernels, centred and of one size each, and never of units, which subjects
// have not in common. Of CKA no dataset scores higher with all of them than their mean.
//
// Source: Nili et al. 2014, A toolbox for representational similarity analysis.
func Subjects(ctx context.Context, m measures.Measure, subjects []*tensor.Dense, o Options) (lower, upper Ceiling, err error) {
	both := func(format string, args ...any) (Ceiling, Ceiling, error) {
		return unknown(SubjectOut, format, args...), unknown(SubjectIn, format, args...), nil
	}
	switch {
	case len(subjects) < 3:
		return both("%d subjects; three are the least that one is compared with the mean of the others", len(subjects))
	case !m.OfKernel || !m.InvariantX.Has(measures.Translation) || !m.InvariantY.Has(measures.Translation):
		return both("%s is not a function of kernels of centred data, whose mean is that of subjects with other units", m.Label)
	}
	var normed []*mat.Dense
	for _, x := range subjects {
		if _, _, err := same(subjects[0], x); err != nil {
			return lower, upper, err
		}
		z := probe.Centred(x)
		z.Scale(1/math.Sqrt(kernelNorm(z)), z)
		normed = append(normed, z)
	}
	// Side by side, the units of all have the sum of the kernels.
	mean := func(without int) *tensor.Dense {
		var all *mat.Dense
		for i, z := range normed {
			switch {
			case i == without:
			case all == nil:
				all = z
			default:
				var wider mat.Dense
				wider.Augment(all, z)
				all = &wider
			}
		}
		s := subjects[0].Shape()
		return of(mat.DenseCopyOf(all).RawMatrix().Data, s[0], s[1], all.RawMatrix().Cols)
	}
	whole := measures.NewSamples(mean(-1))
	out, in := make([]float64, len(subjects)), make([]float64, len(subjects))
	err = each(ctx, len(subjects), o.Workers, func(i int) (err error) {
		x := measures.NewSamples(subjects[i])
		if in[i], err = m.EvalSamples(x, whole); err == nil {
			out[i], err = m.EvalSamples(x, measures.NewSamples(mean(i)))
		}
		return err
	})
	if err != nil {
		return lower, upper, fmt.Errorf("inference: subjects: %w", err)
	}
	lower = Ceiling{Name: SubjectOut, Value: stat.Mean(out, nil), Low: floats.Min(out), High: floats.Max(out)}
	upper = Ceiling{Name: SubjectIn, Value: stat.Mean(in, nil), Low: floats.Min(in), High: floats.Max(in)}
	return lower, upper, nil
}

// kernelNorm is ‖zzᵀ‖, the Frobenius norm.
func kernelNorm(z *mat.Dense) float64 {
	n, p := z.Dims()
	gram := mat.NewSymDense(min(n, p), nil)
	if p < n {
		gram.SymOuterK(1, z.T())
	} else {
		gram.SymOuterK(1, z)
	}
	return mat.Norm(gram, 2)
}
