package explain

import (
	"context"
	"flag"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
)

var (
	nightly = flag.Bool("nightly", false, "also run the simulations")
	runs    = flag.Int("runs", 200, "how often each is run")
)

// smoothUnits are times × conditions of as many independent courses as units, smooth in
// time, mixed so that variances fall.
func smoothUnits(seed uint64, times, conditions, units int) *data.Dataset {
	x := data.Gaussian(seed, times*conditions, units)
	v := x.Float64s()
	for range 10 {
		for i := conditions * units; i < len(v); i++ {
			v[i] = .5*v[i] + .5*v[i-conditions*units]
		}
	}
	for i := range v {
		v[i] *= math.Pow(.9, float64(i%units))
	}
	if err := x.Reshape(times, conditions, units); err != nil {
		panic(err)
	}
	return &data.Dataset{Activity: x, Shape: []int{times, conditions, units}}
}

// Of models of 60 smooth units that have nothing to do with the recording no component is
// said to be in them, nor a variable decoded, but in one of twenty.
func TestSimulatedClaims(t *testing.T) {
	if !*nightly {
		t.Skip("runs with -nightly")
	}
	for _, conditions := range []int{8, 20} {
		in, decoded, claims := 0., 0., 0.
		for seed := range uint64(*runs) {
			x, y := smoothUnits(2*seed, 20, conditions, 60), smoothUnits(2*seed+1, 20, conditions, 60)
			own, err := probe.ComponentsOf(x.Activity)
			require.NoError(t, err)
			r2, bands, err := leftOut(probe.Raw, y.Activity, courses(own, mostComponents), 199, seed)
			require.NoError(t, err)
			for k, v := range r2 {
				claims++
				if v >= inModel {
					in++
				}
				if v > bands[k][1] {
					decoded++
				}
			}
		}
		t.Logf("%d conditions: in the model %.4f, decoded %.4f of %g", conditions, in/claims, decoded/claims, claims)
		require.LessOrEqual(t, in/claims, .05)
		require.LessOrEqual(t, decoded/claims, .05)
	}
}

// Variables that have nothing to do with smooth activity of 60 units, a recording's and a
// model's, are decoded above what shuffled conditions give in one of twenty, with the chance
// bands of a whole run and of a first look.
func TestSimulatedDecoding(t *testing.T) {
	if !*nightly {
		t.Skip("runs with -nightly")
	}
	const times = 10
	for _, conditions := range []int{8, 20} {
		var mu sync.Mutex
		decoded, claims := map[string]float64{}, map[string]float64{}
		var wg sync.WaitGroup
		at := make(chan uint64)
		for range 2 {
			wg.Go(func() {
				for seed := range at {
					x, y := smoothUnits(2*seed, times, conditions, 60), smoothUnits(2*seed+1, times, conditions, 60)
					rnd := rand.New(rand.NewPCG(seed, 0x636c61696d))
					side, position := data.Variable{Name: "side", Values: []string{"l", "r"}}, data.Continuous{Name: "position", Along: data.AlongCondition}
					for _, c := range rnd.Perm(conditions) {
						side.Class, position.Values = append(side.Class, c%2), append(position.Values, rnd.NormFloat64())
					}
					for i := range (times - 1) * conditions {
						position.Values = append(position.Values, position.Values[i])
					}
					x.Variables, x.Continuous = []data.Variable{side}, []data.Continuous{position}
					r := &experiments.Record{}
					set := explainSettings{Decoder: "standardised", Permutations: 199}
					if seed%2 == 1 {
						set.Permutations = 39
					}
					err := decode(context.Background(), r, experiments.Cell{Data: []*data.Dataset{x, y}, Seed: seed, Settings: set})
					mu.Lock()
					if err != nil {
						t.Error(err)
					}
					for _, row := range frame(r, "decode").Rows {
						for _, of := range []string{"x", "y"} {
							claims[row.Key("kind")]++
							if row.Number(of) > row.Number(of+"_chance_high") {
								decoded[row.Key("kind")]++
							}
						}
					}
					mu.Unlock()
				}
			})
		}
		for seed := range uint64(*runs) {
			at <- seed
		}
		close(at)
		wg.Wait()
		for _, kind := range []string{"classes", "continuous"} {
			n := claims[kind]
			require.Equal(t, float64(2**runs), n, kind)
			t.Logf("%d conditions, %s: decoded %.4f of %g", conditions, kind, decoded[kind]/n, n)
			require.LessOrEqual(t, decoded[kind]/n, .05+2*math.Sqrt(.05*.95/n), kind)
			require.Positive(t, decoded[kind], kind) // chance bands are no wider than they are said to be
		}
	}
}
