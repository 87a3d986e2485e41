package inference

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"

	"simgrad/graph"
	"simgrad/measures"
)

// Options are those of what is drawn at random.
type Options struct {
	Seed    uint64
	Draws   int // how many; 0 for as many as each function says
	Workers int // at a time; 0 for one
}

func (o Options) draws(otherwise int) int {
	if o.Draws > 0 {
		return o.Draws
	}
	return otherwise
}

// A Null is how scores spread among draws that have nothing to do with the reference, or
// not more than they are made to have.
type Null struct {
	Mean      float64
	Low, High float64 // quantiles 2.5 and 97.5 %
	Draws     int
}

func nullOf(scores []float64) Null {
	sorted := slices.Sorted(slices.Values(scores))
	return Null{stat.Mean(scores, nil), Quantile(sorted, .025), Quantile(sorted, .975), len(scores)}
}

// Quantile is that of values in ascending order, linear between them.
func Quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	i := min(int(at), len(sorted)-2)
	if i < 0 {
		return sorted[0]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// each does f for 0 … n−1, some at a time, until one fails or ctx ends; of errors, that of
// the least number is returned.
func each(ctx context.Context, n, workers int, f func(i int) error) error {
	errs := make([]error, n)
	var next atomic.Int64
	var failed atomic.Bool
	var wg sync.WaitGroup
	for range max(1, min(workers, n)) {
		wg.Go(func() {
			for {
				i := int(next.Add(1) - 1)
				if i >= n || failed.Load() {
					return
				}
				err := ctx.Err()
				if err == nil {
					err = f(i)
				}
				if err != nil {
					errs[i] = err
					failed.Store(true)
				}
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// scored returns the scores of x with what draw returns for 0 … n−1.
func scored(ctx context.Context, m measures.Measure, x *tensor.Dense, n, workers int, draw func(i int) *tensor.Dense) ([]float64, error) {
	with, scores := scorerOf(m, x), make([]float64, n)
	err := each(ctx, n, workers, func(i int) (err error) {
		scores[i], err = with.score(draw(i))
		return err
	})
	return scores, err
}

// shape is the number of times, conditions and units of x.
func shape(name string, x *tensor.Dense) (times, conditions, units int, err error) {
	if x == nil || x.Dims() != 3 {
		return 0, 0, 0, fmt.Errorf("inference: %s must be time × condition × unit; samples × units have one time", name)
	}
	s := x.Shape()
	return s[0], s[1], s[2], nil
}

// same checks that x and y have the same times and conditions.
func same(x, y *tensor.Dense) (times, conditions int, err error) {
	times, conditions, _, err = shape("x", x)
	if err != nil {
		return 0, 0, err
	}
	t, c, _, err := shape("y", y)
	if err == nil && (t != times || c != conditions) {
		err = fmt.Errorf("inference: x has %d times of %d conditions and y %d of %d; they must be the same", times, conditions, t, c)
	}
	return times, conditions, err
}

// conditionsOf is x with the conditions given alone, in that order.
func conditionsOf(x *tensor.Dense, conditions []int) *tensor.Dense {
	s, v := x.Shape(), graph.RowMajor(x)
	times, all, units := s[0], s[1], s[2]
	to := make([]float64, 0, times*len(conditions)*units)
	for t := range times {
		for _, c := range conditions {
			to = append(to, v[(t*all+c)*units:][:units]...)
		}
	}
	return of(to, times, len(conditions), units)
}

// unitsOf is x with the units given alone, in that order.
func unitsOf(x *tensor.Dense, units []int) *tensor.Dense {
	s, v := x.Shape(), graph.RowMajor(x)
	n, all := s[0]*s[1], s[2]
	to := make([]float64, 0, n*len(units))
	for i := range n {
		for _, u := range units {
			to = append(to, v[i*all+u])
		}
	}
	return of(to, s[0], s[1], len(units))
}

func of(values []float64, times, conditions, units int) *tensor.Dense {
	return tensor.New(tensor.WithShape(times, conditions, units), tensor.WithBacking(values))
}

// reducedX is x, or what scores as x does with any y, in fewer units: its rows are those of
// x, so that conditions of it may be shuffled and left out.
func reducedX(m measures.Measure, x *tensor.Dense) *tensor.Dense {
	s := x.Shape()
	m.InvariantX &^= measures.Linear // whose basis is that of these rows alone
	r := m.Reduced(x)
	return of(graph.RowMajor(r), s[0], s[1], r.Shape()[r.Dims()-1])
}

func reducedY(m measures.Measure, y *tensor.Dense) *tensor.Dense {
	m.InvariantX = m.InvariantY
	return reducedX(m, y)
}

var nan = math.NaN()

// WithoutShared is x, time × condition × unit, without what all conditions share: of every
// unit at each time less its mean over conditions.
func WithoutShared(x *tensor.Dense) *tensor.Dense {
	s := x.Shape()
	times, conditions, units := s[0], s[1], s[2]
	z := mat.NewDense(times*conditions, units, slices.Clone(graph.RowMajor(x)))
	for t := range times {
		centreRows(z.Slice(t*conditions, (t+1)*conditions, 0, units).(*mat.Dense), make([]float64, units))
	}
	return of(z.RawMatrix().Data, times, conditions, units)
}
