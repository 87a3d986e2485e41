package explain

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/experiments/report"
)

// What a component is in the CSV and the table is what the sentence says of it.
func TestStates(t *testing.T) {
	f := &report.Frame{Name: "components", Numbers: []string{"r2_left_out", "chance_high", "r2_removed"}}
	nan := math.NaN()
	for _, row := range [][]float64{{.9, .6, .8}, {.7, .8, .6}, {.8, .6, .1}, {.3, .1, .9}, {.9, .6, nan}} {
		f.Add(nil, row...)
	}
	var states []string
	for _, row := range f.Rows {
		states = append(states, stateOf(row))
	}
	require.Equal(t, []string{"in", "no better than shuffled", "common to all conditions", "not in", "in"}, states)
	require.Equal(t, "Of the recording's first 5 components the model has 1 (R² 0.90), 5 (R² 0.90) for conditions left out; "+
		"it has of 3 (R² 0.80, and 0.10 without it) what all conditions share alone; "+
		"no better than with conditions shuffled: 2 (R² 0.70, shuffled up to 0.80); not shown: 4 (R² at most 0.30).", componentsSentence(f.Rows))
}
