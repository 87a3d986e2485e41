package measures

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// A measure registered at run time is found by its name, whatever other packages mean
// by that, and its angles say whose they are and where they lie.
func TestRegisteredAtRunTime(t *testing.T) {
	for _, name := range []string{"a b", "a,b", "a:b", "a#b", ""} {
		require.Panics(t, func() { Register(Measure{Name: name, Score: CKA.Score}) }, name)
	}
	signed := Measure{Name: "linreg", Range: [2]float64{-1, 1}, Identity: 1, CeilingProven: true, Score: CKA.Score}
	defer func() { delete(registry.measures, signed.Name) }()
	Register(signed)
	require.PanicsWithValue(t, `measures: there is a measure "linreg" already: give yours a name of its own`, func() { Register(signed) })
	require.PanicsWithValue(t, `measures: there is a family "ridge" already: give yours a name of its own`, func() { RegisterFamily(Ridge) })
	func() { // a cell that is run again
		defer func() { registry.replace = false }()
		Replace()
		Register(signed)
	}()
	got, err := ByName(" linreg ")
	require.NoError(t, err)
	require.Equal(t, signed.Range, got.Range)

	score, distance := AngularScore("s", signed), AngularDistance("d", signed)
	require.Equal(t, [2]float64{-1, 1}, score.Range)
	require.Equal(t, 1.0, score.Identity)
	require.Equal(t, [2]float64{0, math.Pi}, distance.Range)
	require.Equal(t, 0.0, distance.Identity)
	half := signed
	half.Range, half.Identity = [2]float64{-0.5, 1}, math.NaN()
	require.InDelta(t, -1.0/3, AngularScore("s", half).Range[0], 1e-15)
	require.True(t, math.IsNaN(AngularScore("s", half).Identity))
	require.Equal(t, []string{"linreg", "linreg", "nbs", ""}, []string{score.Cosine, distance.Cosine, ProcrustesAngularScore.Cosine, NBSSquared.Cosine})
}
