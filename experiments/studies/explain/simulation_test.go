package explain

import (
	"flag"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/data/probe"
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
			r2, bands, err := leftOut(y.Activity, courses(own, mostComponents), 199, seed)
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
