package inference

import (
	"context"
	"flag"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"

	"simgrad/measures"
)

// Simulations with known answers: minutes, so that they run only when asked for, with
// `go test ./experiments/inference -run Simulated -nightly -timeout 0`; one of their cells as
// -run 'SimulatedCoverage$/smooth/40/^cka$'.
var (
	nightly = flag.Bool("nightly", false, "also run the simulations")
	runs    = flag.Int("runs", 1000, "how often each is run")
)

// simulate does f for 0 … n−1, on all processors.
func simulate(t *testing.T, n int, f func(seed uint64) error) {
	t.Helper()
	require.NoError(t, each(context.Background(), n, runtime.GOMAXPROCS(0), func(i int) error { return f(uint64(i)) }))
}

// A population is of conditions, at times that are independent samples, follow each other
// (AR(1) of .8) or are smooth: five latents of x that y has too, and others of its own.
type population struct {
	kind  string
	times int
}

var populations = []population{{"i.i.d.", 1}, {"AR(1)", 10}, {"smooth", smoothTimes}}

// course is a latent's in one condition, of variance 1.
func (p population) course(seed, number uint64) []float64 {
	switch p.kind {
	case "i.i.d.":
		return normal(seed, number, p.times)
	case "AR(1)":
		z := normal(seed, number, p.times)
		for t := 1; t < p.times; t++ {
			z[t] = .8*z[t-1] + .6*z[t]
		}
		return z
	}
	e, z := normal(seed, number, 3*p.times), make([]float64, p.times)
	for t := range z {
		for i, v := range e {
			z[t] += v * gaussian[i-t+smoothTimes] / math.Sqrt(sigma*math.Sqrt(math.Pi))
		}
	}
	return z
}

// sigma is how smooth courses are, in times, and gaussian what they are smoothed by.
const sigma, smoothTimes = 4, 20

var gaussian = func() (by [4 * smoothTimes]float64) {
	for i := range by {
		d := float64(i-2*smoothTimes) / sigma
		by[i] = math.Exp(-d * d / 2)
	}
	return by
}()

// draw is of the latents that begin with those given, which the seed draws, in sizes; how they enter units,
// the first five and the next, another seed does.
func (p population) draw(seed, unitSeed uint64, conditions, units int, first []int, sizes []float64) *tensor.Dense {
	x := make([]float64, p.times*conditions*units)
	for l, from := range first {
		for k := range 5 {
			mix := normal(unitSeed, uint64(5*l+k), units)
			for c := range conditions {
				for t, v := range p.course(seed, uint64((from+k)*1000+c)) {
					row := x[(t*conditions+c)*units:][:units]
					for u := range row {
						row[u] += sizes[l] * math.Pow(.8, float64(k)) * v * mix[u]
					}
				}
			}
		}
	}
	return of(x, p.times, conditions, units)
}

// pair draws x and y of the same conditions. Of a recording, units are drawn too where the
// seed says so; a model's are its own.
func (p population) pair(seed, unitSeed uint64, conditions int) (x, y *tensor.Dense) {
	return p.draw(seed, unitSeed, conditions, 40, []int{0, 20}, []float64{1, .3}),
		p.draw(seed, 8, conditions, 15, []int{0, 40}, []float64{1, .6})
}

// score is that of the population of pair, by CKA, at independent samples: of covariances.
func (p population) score(unitSeed uint64) float64 {
	entering := func(seed uint64, units int, first []int, sizes []float64) *mat.Dense {
		z := mat.NewDense(60, units, nil) // latents × units
		for l, from := range first {
			for k := range 5 {
				row := z.RawRowView(from + k)
				floats.AddScaled(row, sizes[l]*math.Pow(.8, float64(k)), normal(seed, uint64(5*l+k), units))
			}
		}
		return z
	}
	x, y := entering(unitSeed, 40, []int{0, 20}, []float64{1, .3}), entering(8, 15, []int{0, 40}, []float64{1, .6})
	norm := func(a, b *mat.Dense) float64 {
		var c mat.Dense
		c.Mul(a.T(), b)
		return mat.Norm(&c, 2)
	}
	return math.Pow(norm(x, y), 2) / (norm(x, x) * norm(y, y))
}

var scoresOf = []measures.Measure{measures.CKA, measures.CKASong, measures.ProcrustesAngularScore}

// coverage is how often intervals hold what they name, the population's score or the mean, and
// their mean width beside that of the interval of the scores' own deviation.
func coverage(t *testing.T, draw func(seed uint64) (x, y *tensor.Dense), population float64, m measures.Measure, overUnits bool) (held, width float64) {
	scores := make([]float64, 2**runs)
	simulate(t, len(scores), func(seed uint64) (err error) {
		x, y := draw(1<<32 + seed)
		scores[seed], err = m.Eval(x, y)
		return err
	})
	truth, sd := stat.MeanStdDev(scores, nil)
	in, wide := make([]float64, *runs), make([]float64, *runs)
	simulate(t, *runs, func(seed uint64) error {
		x, y := draw(seed)
		r, err := Jackknife(context.Background(), m, x, y, overUnits, Options{})
		if err != nil {
			return err
		}
		i, truth := r.Interval(), truth
		require.Empty(t, i.Withheld)
		if strings.HasPrefix(i.Estimand, "the population's") {
			truth = population
		}
		if i.Low <= truth && truth <= i.High {
			in[seed] = 1
		}
		wide[seed] = i.High - i.Low
		return nil
	})
	return stat.Mean(in, nil), stat.Mean(wide, nil) / (2 * 1.96 * sd)
}

func TestSimulatedCoverage(t *testing.T) {
	if !*nightly {
		t.Skip("runs with -nightly")
	}
	for _, p := range populations {
		for _, conditions := range []int{8, 20, 40} {
			for _, m := range scoresOf {
				t.Run(fmt.Sprintf("%s/%d/%s", p.kind, conditions, m.Name), func(t *testing.T) {
					held, width := coverage(t, func(seed uint64) (x, y *tensor.Dense) { return p.pair(seed, 7, conditions) }, p.score(7), m, false)
					t.Logf("%.3f held, width %.2f", held, width)
					checkCoverage(t, held)
					require.LessOrEqual(t, width, 1.5) // of eight conditions t(7) alone makes it 1.21
				})
			}
		}
	}
}

func TestSimulatedCoverageOverUnits(t *testing.T) {
	if !*nightly {
		t.Skip("runs with -nightly")
	}
	for _, p := range populations {
		for _, conditions := range []int{8, 20, 40} {
			for _, m := range scoresOf {
				t.Run(fmt.Sprintf("%s/%d/%s", p.kind, conditions, m.Name), func(t *testing.T) {
					held, width := coverage(t, func(seed uint64) (x, y *tensor.Dense) { return p.pair(seed, seed, conditions) }, math.NaN(), m, true)
					t.Logf("%.3f held, width %.2f", held, width)
					checkCoverage(t, held)
					require.LessOrEqual(t, width, 1.5)
				})
			}
		}
	}
}

// checkCoverage is of 92 to 98 %, and what a number of runs tells of that.
func checkCoverage(t *testing.T, held float64) {
	margin := 2 * math.Sqrt(.95*.05/float64(*runs))
	require.InDelta(t, .95, held, .03+margin)
}

func TestSimulatedP(t *testing.T) {
	if !*nightly {
		t.Skip("runs with -nightly")
	}
	p := populations[2]
	ps, planted := make([]float64, *runs), make([]float64, *runs)
	simulate(t, *runs, func(seed uint64) error {
		x := p.draw(seed, seed, 8, 20, []int{0}, []float64{1})
		for to, y := range map[*[]float64]*tensor.Dense{
			&ps:      p.draw(seed, ^seed, 8, 15, []int{40}, []float64{1}),
			&planted: p.draw(seed, ^seed, 8, 15, []int{0, 40}, []float64{.7, 1}),
		} {
			s, err := Shuffle(context.Background(), measures.CKA, x, y, Options{Seed: seed, Draws: 199})
			if err != nil {
				return err
			}
			(*to)[seed] = s.P
		}
		return nil
	})
	for _, alpha := range []float64{.01, .05, .1} {
		t.Logf("independent: P(p ≤ %g) = %.3f", alpha, share(ps, alpha))
		require.LessOrEqual(t, share(ps, alpha), alpha+2*math.Sqrt(alpha*(1-alpha)/float64(*runs)))
	}
	t.Logf("planted: power %.3f", share(planted, .05))
	require.GreaterOrEqual(t, share(planted, .05), .8)
}

func share(ps []float64, alpha float64) float64 {
	n := 0.0
	for _, p := range ps {
		if p <= alpha {
			n++
		}
	}
	return n / float64(len(ps))
}

// Two models that are as good: what is theirs alone differs, and enters their units alike.
func TestSimulatedEqualModels(t *testing.T) {
	if !*nightly {
		t.Skip("runs with -nightly")
	}
	for _, p := range populations {
		for _, conditions := range []int{8, 20, 40} {
			for _, m := range scoresOf {
				t.Run(fmt.Sprintf("%s/%d/%s", p.kind, conditions, m.Name), func(t *testing.T) {
					ps := make([]float64, *runs)
					simulate(t, *runs, func(seed uint64) error {
						x, y := p.pair(seed, 7, conditions)
						z := p.draw(seed, 8, conditions, 15, []int{0, 80}, []float64{1, .6})
						var r [2]*Replicates
						for i, model := range []*tensor.Dense{y, z} {
							var err error
							if r[i], err = Jackknife(context.Background(), m, x, model, false, Options{}); err != nil {
								return err
							}
						}
						d, err := Difference(r[0], r[1])
						ps[seed] = d.P
						return err
					})
					t.Logf("separated %.3f", share(ps, .05))
					require.LessOrEqual(t, share(ps, .05), .05+2*math.Sqrt(.05*.95/float64(*runs)))
				})
			}
		}
	}
}

// Of ten models five are as good as each other, and five are worse by degrees: of the pairs said to be
// separated, few are of equals.
func TestSimulatedFalseDiscoveries(t *testing.T) {
	if !*nightly {
		t.Skip("runs with -nightly")
	}
	for _, p := range populations {
		for _, m := range scoresOf {
			t.Run(fmt.Sprintf("%s/%s", p.kind, m.Name), func(t *testing.T) {
				wrongly, found := make([]float64, *runs), make([]float64, *runs)
				simulate(t, *runs, func(seed uint64) error {
					x := p.draw(seed, 7, 20, 40, []int{0, 20}, []float64{1, .3})
					var models []*Replicates
					for k := range 10 {
						own := .6
						if k >= 5 {
							own = .6 + .3*float64(k-4)
						}
						y := p.draw(seed, 8, 20, 15, []int{0, 40 + 10*k}, []float64{1, own})
						r, err := Jackknife(context.Background(), m, x, y, false, Options{})
						if err != nil {
							return err
						}
						models = append(models, r)
					}
					var ps []float64
					var equal []bool
					for i, a := range models {
						for j, b := range models[i+1:] {
							d, err := Difference(a, b)
							if err != nil {
								return err
							}
							ps, equal = append(ps, d.P), append(equal, i+1+j < 5)
						}
					}
					all, wrong := 0., 0.
					for i, q := range BenjaminiHochberg(ps) {
						if q <= .05 {
							all++
							if equal[i] {
								wrong++
							}
						}
					}
					wrongly[seed], found[seed] = wrong/math.Max(1, all), all/float64(len(ps))
					return nil
				})
				t.Logf("false discoveries %.4f, of pairs separated %.2f", stat.Mean(wrongly, nil), stat.Mean(found, nil))
				require.LessOrEqual(t, stat.Mean(wrongly, nil), .05+2*stat.StdDev(wrongly, nil)/math.Sqrt(float64(*runs)))
			})
		}
	}
}
