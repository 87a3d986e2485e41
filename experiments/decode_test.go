package experiments

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/measures"
)

// decodedRecords are records of a dataset of two variables, one of which the data do
// not hold: two starts of cka, which passes .9 at accuracies .6 and .7, and of nbs,
// which one start passes at .8.
func decodedRecords(d *Description) []*Record {
	set := on(d.Name)
	cell := func(part string, seed uint64, measure ...string) Cell {
		return Cell{Part: part, Data: set, Seed: seed, Measures: by(measure...), Settings: decodeSettings{Protocol: "matched"}}
	}
	null := make(Floats, 100) // .40, .41, …, 1.39
	for i := range null {
		null[i] = 0.4 + 0.01*float64(i)
	}
	run := func(seed uint64, measure string, score, held Floats) *Record {
		return &Record{Cell: cell(partAscent, seed, measure), Columns: map[string]Floats{
			"trace": score, "score": score, "step": {0, 1, 2}, "size ratio": {1, 1, 1},
			"accuracy held": held, "accuracy absent": {0.5, 0.5, 0.5},
			"transfer to optimised held": {0.75}, "transfer to reference held": {0.25},
		}}
	}
	records := []*Record{
		{Cell: cell(partDataset, 0), Dataset: d, Columns: map[string]Floats{
			"null held": null, "null absent": null, "variance fraction": {1}, "components": {1},
			"by components held": {1}, "by components absent": {1},
		}},
		{Cell: cell(partReference, 0), Columns: map[string]Floats{"accuracy held": {1.5}, "accuracy absent": {1.38}}},
		{Cell: cell(partReference, 1), Columns: map[string]Floats{"accuracy held": {1.5}, "accuracy absent": {1.38}}},
		run(0, "cka", Floats{0.1, 0.8, 1}, Floats{0.4, 0.5, 0.7}),
		run(1, "cka", Floats{0.1, 0.8, 1}, Floats{0.4, 0.6, 0.8}),
		run(0, "nbs", Floats{0.1, 0.8, 1}, Floats{0.4, 0.7, 0.9}),
		run(1, "nbs", Floats{0.1, 0.2, 0.3}, Floats{0.4, 0.5, 0.6}),
	}
	for _, m := range []string{"cka", "nbs"} {
		records = append(records, &Record{Cell: cell(partCeiling, 0, m), Columns: map[string]Floats{"ceiling held": {0.95}, "ceiling absent": {0.96}}})
	}
	return records
}

func variables(names ...string) (vs []data.Variable) {
	for _, n := range names {
		vs = append(vs, data.Variable{Name: n, Class: []int{0, 1}, Values: []string{"0", "1"}})
	}
	return vs
}

// The statistics of a report are those that one gets by hand.
func TestDecodeFindings(t *testing.T) {
	d := &Description{Name: "hand.npz", Times: 1, Conditions: 2, Units: 1, Variables: variables("held", "absent")}
	records := decodedRecords(d)
	sets, err := gatherDecoded(records)
	require.NoError(t, err)
	low, high := sets[0].band("held")
	require.InDeltaSlice(t, []float64{0.41, 1.38}, []float64{low, high}, 1e-12, "the second from either end leaves 2 of 101 places outside")
	sets[0].about.Columns["null absent"] = sets[0].about.Columns["null held"][:fewestPermutations]
	low, high = sets[0].band("absent")
	require.InDeltaSlice(t, []float64{0.4, 0.78}, []float64{low, high}, 1e-12, "either end of so many leaves 1 of 40")
	sets[0].about.Columns["null absent"] = sets[0].about.Columns["null held"]
	require.Equal(t, []string{"held"}, sets[0].aboveChance(), "an accuracy at the end of the band is within it")

	rep, err := NewDecode().Report(records)
	require.NoError(t, err)
	require.Equal(t, []string{
		"On hand.npz: at CKA 0.9 held is decoded at .65 [.60–.70, 2 starts] against 1.50 in the recording; at NBS 0.9, at .80 (1 of 2 starts); a dataset without any linear trace of it can reach CKA .95, NBS .95.",
		"Compared on one scale, cosine with cosine and angle with angle, held is decoded at score 0.9 by CKA .65 and NBS .80 (1 of 2 starts) (a difference of .15).",
		"More than .05 below the recording at score 0.9: by CKA held; by NBS held.",
	}, rep.Finding)
	require.Contains(t, strings.Join(rep.Warnings, "\n"), "absent (chance up to 1.38)")
	require.Equal(t, []string{
		"hand.npz", "nbs", "held", ".57 (1 of 2 starts)", ".70 (1 of 2 starts)", ".80 (1 of 2 starts)", ".89 (1 of 2 starts)",
		"1.50 [1.50–1.50, 2 starts]", ".41–1.38", ".95 (proven)", ".75, .25",
	}, rep.Tables[1].Rows[2])
	require.Equal(t, []string{"hand.npz", "cka", "0.100", "2", "2", "1"}, rep.Tables[0].Rows[0])
}

// What never passes the level is said not to, by how high it went, and others are
// compared.
func TestDecodeFindingsBelowTheLevel(t *testing.T) {
	d := &Description{Name: "hand.npz", Times: 1, Conditions: 2, Units: 1, Variables: variables("held", "absent")}
	records := decodedRecords(d)
	finding := func() []string {
		rep, err := NewDecode().Report(records)
		require.NoError(t, err)
		return rep.Finding
	}
	for _, r := range records {
		if r.Cell.Part == partAscent && r.Cell.Measures[0].Name == "cka" {
			r.Columns["score"] = Floats{0.1, 0.2, 0.85}
		}
	}
	require.Equal(t, []string{
		"On hand.npz: at NBS 0.9 held is decoded at .80 (1 of 2 starts) against 1.50 in the recording; a dataset without any linear trace of it can reach NBS .95.",
		"More than .05 below the recording at score 0.9: by CKA does not pass it; by NBS held.",
	}, finding()[:2])
	for _, r := range records {
		if r.Cell.Part == partAscent {
			r.Columns["score"] = Floats{0.1, 0.2, 0.7}
		}
	}
	require.Equal(t, []string{"On hand.npz no ascent passed 0.9, and nothing is compared there: CKA goes up to .70, NBS goes up to .70."}, finding())
}

// Surrogates that differ in the place of their variables are one group, however their
// names are written; a moved one alone is a dataset like others.
func TestPlacement(t *testing.T) {
	var records []*Record
	add := func(name string, shift int) {
		made, err := data.Load(name)
		require.NoError(t, err)
		require.Equal(t, shift, made.Card.Origin.Shift)
		d := &Description{Name: name, Times: 1, Conditions: 2, Units: 1, Variables: variables("held", "absent"), Card: made.Card}
		records = append(records, decodedRecords(d)...)
	}
	figures := func() string {
		rep, err := NewDecode().Report(records)
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
	require.Contains(t, figures(), "How far the worst variable of surrogate/mante2013-seed=1 falls short at CKA 0.9, by the number of components that all are moved: 0: .85; +2: .85.")
	require.Contains(t, figures(), "placement")
	rep, err := NewDecode().Report(records)
	require.NoError(t, err)
	require.Len(t, rep.Finding, 3+3+1, "none of the one that was moved")

	s := NewDecode()
	s.Data, s.Measures, s.Seeds, s.Placement = "surrogate/siegel2015-fef,surrogate/siegel2015-fef-shift=2", "cka", 1, true
	cells, err := s.Plan(context.Background())
	require.NoError(t, err)
	seen := map[string]int{}
	for _, c := range cells {
		require.Zero(t, seen[c.String()], c)
		seen[c.String()]++
	}
	require.Len(t, cells, 4+4+6, "moved by −2 for two measures; by 2 as asked for")
	s.Data = recording(t, t.TempDir())
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
	s := NewDecode()
	s.Steps = 200
	for measure, want := range map[string]int{"cka": 1, "linreg-r2": 0} {
		m, err := measures.ByName(measure)
		require.NoError(t, err)
		r := &Record{Columns: map[string]Floats{}}
		require.NoError(t, s.ascend(context.Background(), r, d, d.Variables, m, 0))
		require.Equal(t, want == 0, r.Columns["score"][0] >= level, measure)
		require.GreaterOrEqual(t, last(r.Columns["score"]), level, measure)
		require.Len(t, r.Columns["transfer to optimised side"], want, measure)
		require.Len(t, r.Columns["transfer to reference side"], want, measure)
	}
}
