package inference

import (
	"context"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"

	"simgrad/measures"
)

// ChanceDraws is how many draws a Chance is the mean of, where it is for a first look.
const ChanceDraws = 20

// A Chance is what x scores in the mean with y whose conditions, all times of each, are in
// other orders (of one time these are its samples), and with white noise in y's place, of its
// shape. It is NaN of a measure without a score.
type Chance struct{ Shuffled, Noise float64 }

// ChanceOf is the chance of every measure, of the same draws: those that Shuffle and Noise
// make of this seed.
func ChanceOf(ctx context.Context, ms []measures.Measure, x *measures.Samples, y *tensor.Dense, o Options) ([]Chance, error) {
	times, conditions, units, err := shape("y", y)
	if err != nil {
		return nil, err
	}
	draws := o.draws(ChanceDraws)
	scores := make([][2][]float64, len(ms))
	for k := range ms {
		scores[k] = [2][]float64{make([]float64, draws), make([]float64, draws)}
	}
	err = each(ctx, draws, o.Workers, func(i int) error {
		order := rand.New(rand.NewPCG(o.Seed, uint64(i))).Perm(conditions)
		for kind, other := range []*measures.Samples{
			measures.NewSamples(conditionsOf(y, order)),
			measures.NewSamples(of(normal(o.Seed, uint64(i), times*conditions*units), times, conditions, units)),
		} {
			for k, m := range ms {
				v, err := m.EvalSamples(x, other)
				if err != nil {
					v = nan
				}
				scores[k][kind][i] = v
			}
		}
		return ctx.Err()
	})
	chances := make([]Chance, len(ms))
	for k, of := range scores {
		chances[k] = Chance{stat.Mean(of[0], nil), stat.Mean(of[1], nil)}
	}
	return chances, err
}
