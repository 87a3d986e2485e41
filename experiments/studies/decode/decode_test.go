package decode

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studies/published"
	"simgrad/experiments/studytest"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// decodedRecords are records of a dataset of two variables, one of which the data do
// not hold: two starts of cka, which passes .9 at accuracies .6 and .7, and of nbs,
// which one start passes at .8.
func decodedRecords(d *report.Description) []*experiments.Record {
	set := studytest.On(d.Name)
	cell := func(part string, seed uint64, measure ...string) experiments.Cell {
		return experiments.Cell{Part: part, Data: set, Seed: seed, Measures: studytest.By(measure...), Settings: decodeSettings{Protocol: "matched"}}
	}
	null := make(report.Floats, 100) // .40, .41, …, 1.39
	for i := range null {
		null[i] = 0.4 + 0.01*float64(i)
	}
	run := func(seed uint64, measure string, score, held report.Floats) *experiments.Record {
		r := &experiments.Record{Cell: cell(partAscent, seed, measure)}
		for i, v := range score {
			r.Frame("trace", "", "step score").Add(nil, float64(i), v)
			r.Frame("snapshots", "", "step score size").Add(nil, float64(i), v, 1)
			r.Frame("decoding", "variable", "step score accuracy").Add([]string{"held"}, float64(i), v, held[i])
			r.Frame("decoding", "variable", "step score accuracy").Add([]string{"absent"}, float64(i), v, 0.5)
		}
		r.Frame("transfer", "variable", "optimised reference").Add([]string{"held"}, 0.75, 0.25)
		return r
	}
	about := &experiments.Record{Cell: cell(partDataset, 0), Dataset: d}
	reference := func(seed uint64) *experiments.Record {
		r := &experiments.Record{Cell: cell(partReference, seed)}
		r.Frame("reference", "variable", "accuracy").Add([]string{"held"}, 1.5)
		r.Frame("reference", "variable", "accuracy").Add([]string{"absent"}, 1.38)
		return r
	}
	for _, v := range []string{"held", "absent"} {
		about.Frame("variables", "variable kind along", "").Add([]string{v, ofClasses, data.AlongCondition})
		for _, a := range null {
			about.Frame("null", "variable", "accuracy").Add([]string{v}, a)
		}
		about.Frame("components", "variable", "components accuracy").Add([]string{v}, 1, 1)
	}
	records := []*experiments.Record{
		about, reference(0), reference(1),
		run(0, "cka", report.Floats{0.1, 0.8, 1}, report.Floats{0.4, 0.5, 0.7}),
		run(1, "cka", report.Floats{0.1, 0.8, 1}, report.Floats{0.4, 0.6, 0.8}),
		run(0, "nbs", report.Floats{0.1, 0.8, 1}, report.Floats{0.4, 0.7, 0.9}),
		run(1, "nbs", report.Floats{0.1, 0.2, 0.3}, report.Floats{0.4, 0.5, 0.6}),
	}
	for _, m := range []string{"cka", "nbs"} {
		r := &experiments.Record{Cell: cell(partCeiling, 0, m)}
		r.Frame("ceiling", "variable", "score").Add([]string{"held"}, 0.95)
		r.Frame("ceiling", "variable", "score").Add([]string{"absent"}, 0.96)
		records = append(records, r)
	}
	return records
}

// rescore gives an ascent other scores.
func rescore(r *experiments.Record, scores ...float64) {
	for _, f := range r.Frames {
		if k := slices.Index(f.Numbers, "score"); k >= 0 {
			for _, row := range f.Rows {
				row.Numbers[k] = scores[int(row.Number("step"))]
			}
		}
	}
}

func classes(names ...string) (vs []data.Variable) {
	for _, n := range names {
		vs = append(vs, data.Variable{Name: n, Class: []int{0, 1}, Values: []string{"0", "1"}})
	}
	return vs
}

// The statistics of a report are those that one gets by hand.
func TestDecodeFindings(t *testing.T) {
	d := &report.Description{Name: "hand.npz", Times: 1, Conditions: 2, Units: 1, Variables: classes("held", "absent")}
	records := decodedRecords(d)
	sets := gather(records)
	low, high := sets[0].band("held")
	require.InDeltaSlice(t, []float64{0.41, 1.38}, []float64{low, high}, 1e-12, "the second from either end leaves 2 of 101 places outside")
	low, high = bandOf(sets[0].about.Column("null", "accuracy", "variable", "held")[:fewestPermutations])
	require.InDeltaSlice(t, []float64{0.4, 0.78}, []float64{low, high}, 1e-12, "either end of so many leaves 1 of 40")
	require.Equal(t, []string{"held"}, sets[0].aboveChance(), "an accuracy at the end of the band is within it")

	rep, err := New().Report(records)
	require.NoError(t, err)
	require.Equal(t, []string{
		"Data at CKA 0.9 can lack held altogether: decoded at 0.65 (chance 0.41–1.38), 1.50 in the dataset; at NBS 0.9, 0.80 (1 of 2 starts).",
		"Even with held erased, the dataset scores CKA 0.95 with itself, NBS 0.95.",
		"Part of a gap can be only the scale: 0.9 of an angle is a cosine of 0.99. On one scale, held at score 0.9: CKA 0.65 and NBS 0.80 (1 of 2 starts).",
	}, rep.Finding)
	require.Contains(t, strings.Join(rep.Warnings, "\n"), "absent (chance up to 1.38)")
	require.Equal(t, []string{
		"hand.npz", "NBS", "held", "0.57 (1 of 2 starts)", "0.70 (1 of 2 starts)", "0.80 (1 of 2 starts)", "0.89 (1 of 2 starts)",
		"1.50 [1.50–1.50, 2 starts]", "0.41", "1.38",
	}, rep.Tables[1].Rows[2])
	require.Equal(t, []string{"hand.npz", "NBS", "held", "0.95", "proven", "0.75", "0.25"}, rep.Tables[2].Rows[2])
	require.Equal(t, []string{"hand.npz", "CKA", "0.100", "2", "2", "1"}, rep.Tables[3].Rows[0])
	require.Equal(t, [][]string{{"hand.npz", "held", "✗", "✗"}, {"hand.npz", "absent", "–", "–"}}, rep.Tables[0].Rows)
}

// What never passes the level is said not to, by how high it went, and others are
// compared.
func TestDecodeFindingsBelowTheLevel(t *testing.T) {
	d := &report.Description{Name: "hand.npz", Times: 1, Conditions: 2, Units: 1, Variables: classes("held", "absent")}
	records := decodedRecords(d)
	finding := func() []string {
		rep, err := New().Report(records)
		require.NoError(t, err)
		return rep.Finding
	}
	grid := func() [][]string {
		rep, err := New().Report(records)
		require.NoError(t, err)
		return rep.Tables[0].Rows
	}
	for _, r := range records {
		if r.Cell.Part == partAscent && r.Cell.Measures[0].Name == "cka" {
			rescore(r, 0.1, 0.2, 0.85)
		}
	}
	require.Equal(t, []string{
		"Data at NBS 0.9 can lack held altogether: decoded at 0.80 (1 of 2 starts) (chance 0.41–1.38), 1.50 in the dataset.",
		"Even with held erased, the dataset scores NBS 0.95 with itself.",
		"Nothing is said at score 0.9 of what was not driven as high: CKA 0.85 at most.",
	}, finding())
	require.Equal(t, []string{"hand.npz", "held", "–", "✗"}, grid()[0])
	for _, r := range records { // decoded as well as from the dataset, and better than chance but less well
		if r.Cell.Part == partAscent && r.Cell.Measures[0].Name == "nbs" {
			for _, row := range r.Frame("decoding", "variable", "step score accuracy").Rows {
				row.Numbers[2] = 1.48
			}
		}
	}
	require.Equal(t, "Data at NBS 0.9 have every variable: even held is decoded at 1.48 (1 of 2 starts), 1.50 in the dataset.", finding()[0])
	require.Equal(t, []string{"hand.npz", "held", "–", "✓"}, grid()[0])
	for _, r := range records {
		if r.Cell.Part == partAscent && r.Cell.Measures[0].Name == "nbs" {
			for _, row := range r.Frame("decoding", "variable", "step score accuracy").Rows {
				row.Numbers[2] = 1.4
			}
		}
	}
	require.Equal(t, "Data at NBS 0.9 can have less of held: decoded at 1.40 (1 of 2 starts), 1.50 in the dataset.", finding()[0])
	for _, r := range records {
		if r.Cell.Part == partAscent {
			rescore(r, 0.1, 0.2, 0.7)
		}
	}
	require.Equal(t, []string{"Nothing is compared at score 0.9, for none was driven as high: the highest scores are CKA 0.70, NBS 0.70."}, finding())
	for _, r := range records {
		if r.Cell.Part == partAscent {
			rescore(r, 0.95, 0.96, 0.97)
		}
	}
	require.Equal(t, []string{"White noise of this shape scores more than 0.9 (CKA 0.95 already at the start, NBS 0.95 already at the start): with 1 units on 2 samples a biased score says nothing. A debiased one (cka-hsic=song, of independent samples), fewer components or left-out conditions do."}, finding())
}

// Surrogates that differ in the place of their variables are one group, however their
// names are written; a moved one alone is a dataset like others.
func TestPlacement(t *testing.T) {
	var records []*experiments.Record
	add := func(name string, shift int) {
		made, err := data.Load(name)
		require.NoError(t, err)
		require.Equal(t, shift, made.Card.Origin.Shift)
		d := &report.Description{Name: name, Times: 1, Conditions: 2, Units: 1, Variables: classes("held", "absent"), Card: made.Card}
		records = append(records, decodedRecords(d)...)
	}
	figures := func() string {
		rep, err := New().Report(records)
		require.NoError(t, err)
		names := rep.Finding[len(rep.Finding)-1]
		for _, f := range rep.Figures {
			names += " " + f.Name
		}
		return names
	}
	add("surrogate/mante2013-shift=2-seed=1", 2)
	require.Contains(t, figures(), "decode-surrogate-mante2013-shift-2-seed-1")
	require.NotContains(t, figures(), "placement")
	add("surrogate/mante2013-seed=2", 0)
	require.NotContains(t, figures(), "placement", "another draw")
	add("surrogate/mante2013-seed=1", 0)
	require.Contains(t, figures(), "How far the worst variable of surrogate/mante2013-seed=1 falls short at CKA 0.9, by the number of components that all are moved: 0: 0.85; +2: 0.85.")
	require.Contains(t, figures(), "placement")
	rep, err := New().Report(records)
	require.NoError(t, err)
	require.Len(t, rep.Finding, 1+3+3+1, "none of the one that was moved")
	require.Equal(t, "Data at CKA 0.9 are decoded more than 0.05 below the dataset itself for 2 of 2 variables of 2 datasets, the furthest for held of surrogate/mante2013-seed=2 (0.65, 1.50 in the dataset); at NBS 0.9, for 2 of 2.", rep.Finding[0])

	s := New()
	s.Data, s.Measures, s.Seeds, s.Placement = "surrogate/siegel2015-fef,surrogate/siegel2015-fef-shift=2", "cka", 1, true
	cells, err := s.Plan(context.Background())
	require.NoError(t, err)
	seen := map[string]int{}
	for _, c := range cells {
		require.Zero(t, seen[c.String()], c)
		seen[c.String()]++
	}
	require.Len(t, cells, 4+4+6, "moved by −2 for two measures; by 2 as asked for")
	s.Data = studytest.Recording(t, t.TempDir())
	_, err = s.Plan(context.Background())
	require.ErrorContains(t, err, "-placement moves the task variables of surrogates")
}

// Whether a code is the same is asked where a run passes the level, and not of one that
// starts above it, as regression on nearly as many units as samples does.
func TestTransferIsAtTheLevel(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	x, side := make([]float64, 16*14), make([]int, 16)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	for c := range side {
		side[c] = c % 2
	}
	d := &data.Dataset{
		Name: "wide", Activity: tensor.New(tensor.WithShape(1, 16, 14), tensor.WithBacking(x)),
		Variables: []data.Variable{{Name: "side", Class: side, Values: []string{"0", "1"}}},
	}
	s := New()
	s.Steps = 200
	for measure, want := range map[string]int{"cka": 1, "linreg-r2": 0} {
		m, err := measures.ByName(measure)
		require.NoError(t, err)
		r := &experiments.Record{}
		require.NoError(t, s.ascend(context.Background(), r, d, variables{classes: d.Variables}, m, 0))
		require.Equal(t, want == 0, r.Column("snapshots", "score")[0] >= level, measure)
		require.GreaterOrEqual(t, report.Last(r.Column("snapshots", "score")), level, measure)
		require.Len(t, r.Column("transfer", "optimised", "variable", "side"), want, measure)
		require.Len(t, r.Column("transfer", "reference", "variable", "side"), want, measure)
	}
}

// Nothing is said of a level that a published curve starts above.
func TestPublishedAt(t *testing.T) {
	curve := published.Curve{Score: []float64{0.675, 0.9}, Accuracy: []float64{0.49, 0.8}}
	require.Equal(t, "–", publishedAt(curve, 0.5))
	require.Equal(t, "0.80", publishedAt(curve, 0.9))
}

// Distances are compared with similarities at one share of the way from noise to the dataset
// itself; noise that scores high already is named.
func TestOnTheWay(t *testing.T) {
	distance := studytest.By("procrustes-distance=angular")[0]
	run := func(scores ...float64) []*experiments.Record {
		r := &experiments.Record{}
		for i, s := range scores {
			r.Frame("decoding", "variable", "score accuracy").Add([]string{"side"}, s, .5+.2*float64(i))
			r.Frame("snapshots", "", "step score").Add(nil, float64(i), s)
		}
		return []*experiments.Record{r}
	}
	reference := &experiments.Record{}
	reference.Frame("reference", "variable", "accuracy").Add([]string{"side"}, .9)
	about := &experiments.Record{}
	for range 39 {
		about.Frame("null", "variable", "accuracy").Add([]string{"side"}, .5)
	}
	d := &results{
		Description: &report.Description{Name: "d"}, variables: []string{"side"}, about: about, kinds: map[string]string{"side": ofClasses},
		references: map[uint64]*experiments.Record{0: reference}, measures: []measures.Measure{distance, measures.CKA},
		runs: map[string][]*experiments.Record{distance.Name: run(1.5, .3, 0), "cka": run(.95, .99, .999)},
	}
	require.Equal(t, []string{"At 0.9 of the way from noise to the dataset itself, side is decoded at 0.80 by " + distance.Label + ", 0.81 by CKA; 0.90 in the dataset."}, d.wayFinding(""))
	d.Units, d.Times, d.Conditions = 2048, 1, 64
	require.Len(t, d.noiseFinding(""), 1)
	require.Contains(t, d.noiseFinding("")[0], "White noise of this shape, 2048 units on 64 samples, already scores CKA 0.95")
	hsic, err := measures.ByName("hsic") // in the units of the data, of which .95 is nothing in particular
	require.NoError(t, err)
	d.measures, d.runs["hsic"] = append(d.measures, hsic), d.runs["cka"]
	require.NotContains(t, d.noiseFinding("")[0], "HSIC")
	d.measures = d.measures[:2]
	require.Equal(t, [][]string{{"d", "side", "0.80", "0.81", "0.90"}}, wayTable([]*results{d})[0].Rows)
	d.measures, d.runs["cka"] = d.measures[1:], run(.1, .5)
	require.Empty(t, d.noiseFinding(""))
	require.Empty(t, wayTable([]*results{d}))
}
