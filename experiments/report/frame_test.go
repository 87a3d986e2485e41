package report

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func runs() *Frame {
	f := New("runs", "measure seed", "step score")
	for _, m := range []string{"cka", "nbs"} {
		for i, seed := range []string{"0", "1"} {
			for step, score := range []float64{0.1, 0.5, []float64{0.9, 0.95}[i]} {
				f.Add([]string{m, seed}, float64(step), score)
			}
		}
	}
	return f
}

// A frame is narrowed by keys and numbers, parted, extended, and put together over a key.
func TestFrame(t *testing.T) {
	f := runs()
	require.Equal(t, []string{"cka", "nbs"}, f.Values("measure"))
	cka := f.Where("measure", "cka")
	require.Len(t, cka.Rows, 6)
	require.Len(t, f.Where("measure", "cka", "seed", "1").Rows, 3)
	require.Len(t, cka.By("seed"), 2)
	require.Equal(t, []float64{0.1, 0.1}, cka.Where("step", "0").Column("score"))
	s := cka.Where("step", "2").Spread("score")
	require.InDelta(t, 0.925, s.Mean, 1e-15)
	require.Equal(t, []float64{0.9, 0.95, 2, 2}, []float64{s.Low, s.High, float64(s.Starts), float64(s.Of)})
	s = cka.At("score", 0.7, "step", "seed")
	require.InDelta(t, (1.5+1+0.2/0.45)/2, s.Mean, 1e-12)
	require.Equal(t, Spread{Mean: 2, Low: 2, High: 2, Starts: 1, Of: 2}, cka.At("score", 0.95, "step", "seed"), "one start does not pass it")
	require.True(t, math.IsNaN(cka.At("score", 0.05, "step", "seed").Mean), "both stand above it")
	twice := cka.With("twice", func(r Row) float64 { return 2 * r.Number("score") })
	require.Equal(t, 1.0, twice.Rows[1].Number("twice"))
	require.NotContains(t, f.Numbers, "twice")
	require.PanicsWithValue(t, `report: frame runs has no "scoer"; it has ["step" "score"]`, func() { f.Column("scoer") })
	require.PanicsWithValue(t, `report: frame runs: a row of 1 keys and 2 numbers; its keys are ["measure" "seed"] and its numbers ["step" "score"]`, func() { f.Add([]string{"cka"}, 1, 2) })
}

// A frame comes back from JSON as it was, numbers that JSON has no word for too; one whose
// columns are of unequal length is refused.
func TestFrameJSON(t *testing.T) {
	f := New("f", "name", "v")
	for _, v := range []float64{0.1, math.Inf(-1), math.NaN(), 5e-324} {
		f.Add([]string{"a,\"b\"\n"}, v)
	}
	b, err := json.Marshal(f)
	require.NoError(t, err)
	var g Frame
	require.NoError(t, json.Unmarshal(b, &g))
	require.Equal(t, f.Where("name", "a,\"b\"\n").Rows[3].Numbers, g.Rows[3].Numbers)
	require.True(t, math.IsNaN(g.Column("v")[2]))
	require.Equal(t, f.Keys, g.Keys)
	require.Error(t, json.Unmarshal([]byte(strings.Replace(string(b), `"rows":4`, `"rows":5`, 1)), &g))
}

// A frame as CSV has the columns asked for; text reads back, and what begins like a
// formula stands in quotes.
func TestFrameCSV(t *testing.T) {
	f := New("f", "name", "v w")
	f.Add([]string{"=1+2"}, 1, -0.5)
	f.Add([]string{"a \"b\", c"}, math.NaN(), 1e-300)
	b, err := f.CSV("v name w").Encode()
	require.NoError(t, err)
	require.Equal(t, "v,name,w\n1,\"=1+2\",-0.5\n,\"a \"\"b\"\", c\",1e-300\n", string(b))
	back, err := csv.NewReader(strings.NewReader(string(b))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, "=1+2", back[1][1])
	_, err = CSV{Name: "t", Header: []string{"a"}, Rows: [][]any{{1, 2}}}.Encode()
	require.EqualError(t, err, "t.csv: a row has 2 fields, the header 1")
}

// A run is read where it passes a level from below; one that starts above it says
// nothing of it.
func TestCrossing(t *testing.T) {
	score, accuracy := []float64{0.6, 0.7, 0.9, 0.8}, []float64{0.5, 0.6, 0.8, 0.9}
	require.InDelta(t, 0.7, Crossing(score, accuracy, 0.8), 1e-15)
	require.Equal(t, 0.5, Crossing(score, accuracy, 0.6), "exactly there at the start")
	require.Equal(t, 0.8, Crossing(score, accuracy, 0.9))
	for _, level := range []float64{0.5, 0.95} {
		require.True(t, math.IsNaN(Crossing(score, accuracy, level)), level)
	}
}
