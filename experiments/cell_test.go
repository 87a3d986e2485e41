package experiments_test

import (
	"encoding/json"
	"testing"

	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studytest"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
)

// Datasets of one file name in different folders go by their whole names.
func TestSameNames(t *testing.T) {
	about := func(name string) *experiments.Record {
		return &experiments.Record{Cell: experiments.Cell{Data: studytest.On(name)}, Dataset: &report.Description{Name: name}}
	}
	records := []*experiments.Record{about("a/rec.npz"), about("b/rec.npz"), about("b/other.npz")}
	experiments.ByDataset(records)
	require.Equal(t, "a/rec.npz", records[0].Dataset.Short())
	require.Equal(t, "b/rec.npz", records[1].Dataset.Title())
	require.Equal(t, "other.npz", records[2].Dataset.Short())
}

// Stacked, frames of several records have their cells before their own keys.
func TestStack(t *testing.T) {
	one := func(seed uint64, name string) *experiments.Record {
		r := &experiments.Record{Cell: experiments.Cell{Data: studytest.On("d"), Measures: []measures.Measure{measures.CKA, measures.NBS}, Seed: seed}}
		r.Frame(name, "variable", "score").Add([]string{"side"}, float64(seed))
		r.Frame(name, "variable", "score").Add([]string{"level"}, float64(seed)+0.5)
		return r
	}
	f := experiments.Stack([]*experiments.Record{one(1, "a"), one(2, "b"), one(3, "a")}, "a")
	require.Equal(t, []string{"dataset", "measure", "seed", "variable"}, f.Keys)
	require.Len(t, f.Rows, 4)
	require.Equal(t, []string{"d", "cka,nbs", "3", "side"}, f.Rows[2].Keys)
	require.Equal(t, 3.5, f.Where("seed", "3", "variable", "level").Column("score")[0])
	require.Empty(t, experiments.Stack(nil, "a").Rows)
}

// On disk a cell is names, content and settings; what decides its outcome decides them.
func TestCellOnDisk(t *testing.T) {
	type targets []float64
	type settings struct {
		experiments.AscentSettings
		Decoder string `json:"decoder"`
	}
	cell := func() experiments.Cell {
		return experiments.Cell{Part: "ascent", Data: studytest.On("a.npz"), Measures: studytest.By("cka", "nbs"), Seed: 3, Point: targets{0.5, 1}, Settings: settings{experiments.AscentSettings{Rate: 0.1, Steps: 20, Stop: "default"}, "raw"}}
	}
	b, err := json.Marshal(cell())
	require.NoError(t, err)
	require.JSONEq(t, `{"part":"ascent","data":[{"name":"a.npz","hash":"`+studytest.On("")[0].Hash()+`"}],"measures":["cka","nbs"],"seed":3,"point":[0.5,1],
		"settings":{"rate":0.1,"steps":20,"stop":"default","decoder":"raw"}}`, string(b))
	require.Equal(t, "ascent · a.npz · cka · nbs · [0.5 1] · seed 3", cell().String())
	f, err := experiments.Fields(cell().Settings)
	require.NoError(t, err)
	require.Equal(t, map[string]string{"rate": "0.1", "steps": "20", "stop": "default", "decoder": "raw"}, f)
	_, err = experiments.Fields(7)
	require.EqualError(t, err, "settings 7: a struct is needed")

	r := experiments.Results{Dir: t.TempDir()}
	folders := map[string]bool{r.FolderOf(cell()): true}
	for _, change := range []func(c *experiments.Cell){
		func(c *experiments.Cell) { c.Part = "other" }, func(c *experiments.Cell) { c.Seed = 4 }, func(c *experiments.Cell) { c.Measures = studytest.By("nbs", "cka") },
		func(c *experiments.Cell) { c.Point = targets{0.5} }, func(c *experiments.Cell) { c.Data[0].Activity.Float64s()[1] = 2 }, func(c *experiments.Cell) { c.Data = studytest.On("b.npz") },
		func(c *experiments.Cell) {
			c.Settings = settings{experiments.AscentSettings{Rate: 0.1, Steps: 21, Stop: "default"}, "raw"}
		},
	} {
		c := cell()
		change(&c)
		folders[r.FolderOf(c)] = true
	}
	require.Len(t, folders, 8)
}

func TestEvenlyInLog(t *testing.T) {
	require.Equal(t, []int{0, 1, 2}, experiments.EvenlyInLog(3, 0))
	require.Len(t, experiments.EvenlyInLog(9, 9), 9)
	require.Equal(t, []int{0, 9, 99}, experiments.EvenlyInLog(100, 3))
	require.Equal(t, []int{0}, experiments.EvenlyInLog(100, 1))
}
