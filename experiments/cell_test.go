package experiments

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/graph"
	"simgrad/measures"
)

// on is a dataset of that name, of hand-made records.
func on(name string) []*data.Dataset {
	return []*data.Dataset{{Name: name, Activity: tensor.New(tensor.WithShape(1, 2, 1), tensor.WithBacking([]float64{0, 1}))}}
}

// by are the measures of those names.
func by(names ...string) (ms []measures.Measure) {
	for _, name := range names {
		m, err := measures.ByName(name)
		if err != nil {
			panic(err)
		}
		ms = append(ms, m)
	}
	return ms
}

// On disk a cell is names, content and settings; what decides its outcome decides them.
func TestCellOnDisk(t *testing.T) {
	type settings struct {
		ascentSettings
		Decoder string `json:"decoder"`
	}
	cell := func() Cell {
		return Cell{Part: "ascent", Data: on("a.npz"), Measures: by("cka", "nbs"), Seed: 3, Point: targets{0.5, 1}, Settings: settings{ascentSettings{0.1, 20, "default"}, "raw"}}
	}
	b, err := json.Marshal(cell())
	require.NoError(t, err)
	require.JSONEq(t, `{"part":"ascent","data":[{"name":"a.npz","hash":"`+on("")[0].Hash()+`"}],"measures":["cka","nbs"],"seed":3,"point":[0.5,1],
		"settings":{"rate":0.1,"steps":20,"stop":"default","decoder":"raw"}}`, string(b))
	require.Equal(t, "ascent · a.npz · cka · nbs · to 0.5 · to 1 · seed 3", cell().String())
	f, err := fields(cell().Settings)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"rate": "0.1", "steps": "20", "stop": "default", "decoder": "raw"}, f)
	_, err = fields(7)
	require.EqualError(t, err, "settings 7: a struct is needed")

	r := Results{Dir: t.TempDir()}
	folders := map[string]bool{r.folder(cell()): true}
	for _, change := range []func(c *Cell){
		func(c *Cell) { c.Part = "other" }, func(c *Cell) { c.Seed = 4 }, func(c *Cell) { c.Measures = by("nbs", "cka") },
		func(c *Cell) { c.Point = targets{0.5} }, func(c *Cell) { c.Data[0].Activity.Float64s()[1] = 2 }, func(c *Cell) { c.Data = on("b.npz") },
		func(c *Cell) { c.Settings = settings{ascentSettings{0.1, 21, "default"}, "raw"} },
	} {
		c := cell()
		change(&c)
		folders[r.folder(c)] = true
	}
	require.Len(t, folders, 8)
}

// A score without a gradient is refused when a study plans, not after its first cells.
func TestValueOnlyMeasure(t *testing.T) {
	measures.Replace()
	measures.Register(measures.Measure{
		Name: "steps-of-a-test", Range: [2]float64{0, 1}, Identity: 1,
		Score: func(x, y *graph.Node) *graph.Node {
			return graph.Map("Floor", nil, measures.CKA.Score(x, y), func(v float64) float64 { return v }, nil)
		},
	})
	for _, s := range []Study{
		&Decode{Setup: Setup{Data: "ultrametric", Measures: "cka,steps-of-a-test", Seeds: 1}, Ascent: Ascent{Rate: 1, Steps: 1}, Decoder: "raw", Protocol: "matched", Folds: 5, Permutations: 39},
		&PCDynamics{Setup: Setup{Data: "toy2d", Measures: "cka,steps-of-a-test", Seeds: 1}, Ascent: Ascent{Rate: 1, Steps: 1}},
		&Joint{Setup: Setup{Data: "ultrametric", Measures: "cka,steps-of-a-test", Seeds: 1}, Steps: 1, Targets: 2},
		&Optimize{Ascent: Ascent{Rate: 1, Steps: 1}, Measure: "steps-of-a-test", name: "toy2d"},
		&Optimize{Ascent: Ascent{Rate: 1, Steps: 1}, Measure: "steps-of-a-test", name: "toy2d", Init: "toy2d"},
	} {
		_, err := s.Plan(context.Background())
		require.EqualError(t, err, "measures: steps-of-a-test: no data can be driven up or down this score: graph: Floor: has no pullback: it gives a value but no gradient", s.Name())
	}
}

// A plan ends when it is asked to.
func TestPlanEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, s := range []Study{NewDecode(), NewPCDynamics(), NewPerturb(), NewJoint()} {
		_, err := s.Plan(ctx)
		require.ErrorIs(t, err, context.Canceled, s.Name())
	}
}
