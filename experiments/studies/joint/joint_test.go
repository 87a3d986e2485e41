package joint

import (
	"bytes"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/inference"
	"simgrad/experiments/report"
	"simgrad/experiments/studytest"
	"simgrad/graph"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
)

// Joint trajectories are the authors' for the first 100 steps.
func TestJointTrajectories(t *testing.T) {
	ref := studytest.Arrays(t, "testdata/joint.npz")
	d, err := openJoint("free-20x10")
	require.NoError(t, err)
	ms, err := measures.ByNames("cka,procrustes-angular-score")
	require.NoError(t, err)
	s, compared := New(), 0
	for name, first := range ref {
		target, ok := strings.CutSuffix(name, "__score1")
		if !ok {
			continue
		}
		a, b, _ := strings.Cut(target, "_")
		goal := []float64{studytest.Float(t, a), studytest.Float(t, b)}
		second := ref[target+"__score2"]
		s.Steps = 100
		r := &experiments.Record{}
		require.NoError(t, s.drive(context.Background(), r, d, ms, goal, studytest.Dense(ref["X0"]), studytest.Dense(ref["Y0"])))
		require.Len(t, r.Column("snapshots", "step"), 29)
		for i, step := range r.Column("snapshots", "step") {
			require.InDelta(t, first.Values[int(step)], r.Column("snapshots", "cka")[i], 1e-3, "%s, step %v", name, step)
			require.InDelta(t, second.Values[int(step)], r.Column("snapshots", "procrustes-angular-score")[i], 1e-3, "%s, step %v", name, step)
		}
		compared++
	}
	require.Equal(t, 4, compared)
}

// runSearch searches the least score of one measure at a level of another.
func runSearch(t *testing.T, name, pinned, least string, level float64, seed uint64) []float64 {
	d, err := openJoint(name)
	if d == nil {
		d, err = data.Load(name)
	}
	require.NoError(t, err)
	ms, err := measures.ByNames(pinned + "," + least)
	require.NoError(t, err)
	s := New()
	x, y := s.start(d, seed)
	r := &experiments.Record{}
	require.NoError(t, moving(d, ms, x, y).Search(context.Background(), r, inference.Search{Level: level, Rate: s.rate(isFree(d)), Steps: s.Steps}))
	best := r.Frame("best", "", "pinned least prx pry").Rows
	require.Len(t, best, 1)
	return best[0].Numbers
}

// What the paper's figure shows at its size, from noise alone: a high angular
// Procrustes score leaves CKA little room, a high CKA leaves it much.
func TestJointFrontierAtThePapersSize(t *testing.T) {
	best := runSearch(t, "free-20x10", "procrustes-angular-score", "cka", 0.9, 0)
	require.GreaterOrEqual(t, best[0], 0.9)
	require.InDelta(t, 0.924, best[1], 0.005)
	known, _ := probe.LeastSwapped(10, 1-measures.CosineOf(0.9))
	require.InDelta(t, 0.9244, known, 5e-5)

	best = runSearch(t, "free-20x10", "cka", "procrustes-angular-score", 0.89, 1)
	require.LessOrEqual(t, best[1], 0.35)

	// A fixed dataset leaves less room than none.
	pinned := runSearch(t, "ultrametric", "procrustes-angular-score", "cka", 0.9, 0)
	require.Greater(t, pinned[1], 0.9)
	require.InDelta(t, 14.2, pinned[2], 0.1)
}

// The families have the scores that their closed forms say.
func TestFamilies(t *testing.T) {
	eval := func(m measures.Measure, p pair) float64 {
		v, err := m.Eval(p.x, p.y)
		require.NoError(t, err)
		return v
	}
	axes := orthonormal(40)
	for _, d := range []int{2, 3, 7, 20} {
		for _, a := range []float64{0.1, 0.5, 0.9} {
			p := sharedAndPrivate(axes, d, a)
			require.InDelta(t, a, eval(measures.NBS, p), 1e-12)
			cka := a * a / (a*a + (1-a)*(1-a)/float64(d-1))
			require.InDelta(t, cka, eval(measures.CKA, p), 1e-12)
			require.InDelta(t, a, 1/(1+math.Sqrt(float64(d-1)*(1/cka-1))), 1e-12)
		}
		for _, e := range []float64{0.001, 0.0123, 0.3, 0.8} {
			p := swappedLeaders(axes, d, e)
			require.InDelta(t, 1-e, eval(measures.NBS, p), 1e-9)
			cka, _ := probe.LeastSwapped(d, e)
			require.InDelta(t, cka, eval(measures.CKA, p), 1e-9)
		}
	}
	// At angular Procrustes 0.9, CKA falls below 0.9 from 23 dimensions on.
	e := 1 - measures.CosineOf(0.9)
	for d, want := range map[int]float64{2: 0.9522, 3: 0.9471, 5: 0.9390, 10: 0.9244, 20: 0.9043, 30: 0.889, 50: 0.866, 100: 0.826, 1000: 0.599} {
		cka, _ := probe.LeastSwapped(d, e)
		require.InDelta(t, want, cka, 6e-4, d)
	}
	c22, _ := probe.LeastSwapped(22, e)
	c23, _ := probe.LeastSwapped(23, e)
	require.Greater(t, c22, 0.9)
	require.Less(t, c23, 0.9)

	// Of a dataset's own components: by the closed forms of its spectrum.
	d, err := data.Load("ultrametric")
	require.NoError(t, err)
	families, err := familiesOf(d)
	require.NoError(t, err)
	require.Len(t, families, 2)
	about := &results{about: &experiments.Record{}}
	require.NoError(t, (&Study{families: map[*data.Dataset][]family{d: families}, scores: map[string][]float64{}}).members(about.about, d, []measures.Measure{measures.CKA, measures.NBS}))
	for _, p := range about.attained("cka", "nbs") {
		require.Less(t, p.pinned, 1+1e-12)
	}
	full := families[1].member(families[1].size - 1) // turned by π/2
	fraction := about.about.Column("spectrum", "participation-ratio")[0]
	require.InDelta(t, 14.2, fraction, 0.1)
	p1 := 1 - eval(measures.NBS, full)
	require.InDelta(t, 1-fraction*p1*p1, eval(measures.CKA, full), 1e-9)
}

// ofRatio is the record of a dataset with that participation ratio.
func ofRatio(ratio float64) *experiments.Record {
	r := &experiments.Record{}
	r.Frame("spectrum", "", "participation-ratio").Add(nil, ratio)
	return r
}

// No pair of datasets breaks the bounds, and the lines drawn lie below all pairs.
func TestProvenBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 0))
	s := New()
	for range 300 {
		n, p := 4+r.IntN(20), 1+r.IntN(8)
		d, err := openJoint("free-" + strconv.Itoa(n) + "x" + strconv.Itoa(p))
		require.NoError(t, err)
		x, y := s.start(d, r.Uint64())
		decay := r.Float64() * 2
		for i := range x.Float64s() { // alike in part, and of any spectrum
			f := math.Exp(-decay * float64(i%p))
			x.Float64s()[i] *= f
			y.Float64s()[i] = r.Float64()*x.Float64s()[i] + y.Float64s()[i]*f*f
		}
		ms := []measures.Measure{measures.CKA, measures.NBS, measures.ProcrustesAngularScore, measures.CKAAngularScore, measures.NBSSquared}
		both := moving(d, ms, x, y)
		program, err := both.Program(func(scores []*graph.Node) *graph.Node { return scores[0] })
		require.NoError(t, err)
		_, err = program.Eval()
		require.NoError(t, err)
		margin, err := both.Margin(program)
		require.NoError(t, err)
		require.Greater(t, margin, -1e-9)
		anyX := &results{Description: report.Describe(d)}
		pinned := &results{
			Description: &report.Description{Name: "held", Times: 1, Conditions: n, Units: p},
			about:       ofRatio(program.Scalar(inference.WatchedBounds[2])),
		}
		for _, view := range []*results{anyX, pinned} {
			for _, a := range ms {
				for _, b := range ms {
					bound, known := view.proven(a.Name, b.Name, program.Scalar(a.Name))
					require.True(t, known)
					require.LessOrEqual(t, bound, program.Scalar(b.Name)+1e-7, "%s from %s, %d × %d", b.Name, a.Name, n, p)
				}
			}
		}
	}
	// The edge of P1: one direction is shared, and y is flatter than x.
	axes := orthonormal(40)
	x, y := sharedAndPrivate(axes, 20, 0.9).x, sharedAndPrivate(axes, 20, 0.1).y
	cka, err := measures.CKA.Eval(x, y)
	require.NoError(t, err)
	nbs, err := measures.NBS.Eval(x, y)
	require.NoError(t, err)
	c, err := probe.ComponentsOf(x)
	require.NoError(t, err)
	flatter := &results{Description: &report.Description{Name: "held", Times: 1, Conditions: 40, Units: 20}, about: ofRatio(c.ParticipationRatio())}
	bound, _ := flatter.proven("cka", "nbs", cka)
	require.LessOrEqual(t, bound, nbs+1e-12)
	require.Greater(t, bound, 0.9*nbs, "and it is near")

	_, known := (&results{}).proven("linreg-r2", "cka", 0.9)
	require.False(t, known)

	// The check itself: of data said to be of rank 1 that are not, P1 is broken.
	one, _ := openJoint("free-20x1")
	x, y = data.Gaussian(1, 20, 5), data.Gaussian(2, 20, 5)
	both := moving(one, []measures.Measure{measures.CKA}, x, y)
	program, err := both.Program(func(scores []*graph.Node) *graph.Node { return scores[0] })
	require.NoError(t, err)
	_, err = program.Eval()
	require.NoError(t, err)
	_, err = both.Margin(program)
	require.ErrorContains(t, err, "a proven bound is broken by")
}

// The statistics of a report are those that one gets by hand.
func TestJointFindings(t *testing.T) {
	d := &report.Description{Name: "hand.npz", Times: 1, Conditions: 30, Units: 5}
	search := func(part string, pinned, least string, level, pinnedScore, leastScore float64) *experiments.Record {
		r := &experiments.Record{Cell: experiments.Cell{Part: part, Data: studytest.On(d.Name), Measures: studytest.By(pinned, least), Point: targets{level}}}
		r.Frame("best", "", "pinned least prx pry").Add(nil, pinnedScore, leastScore, 2, 3)
		r.Frame("bounds", "", "margin").Add(nil, 0.25)
		return r
	}
	const cka, cv = "cka", "linreg-r2-cv=5folds"
	about := ofRatio(2)
	about.Cell, about.Dataset = experiments.Cell{Part: partFamilies, Data: studytest.On(d.Name), Measures: studytest.By(cka, cv)}, d
	turned := about.Frame("families", "family measure", "score")
	for m, scores := range map[string][]float64{cka: {0.95, 0.85}, cv: {0.5, 0.1}} {
		for _, v := range scores {
			turned.Add([]string{"turned", m}, v)
		}
	}
	driven := &experiments.Record{Cell: experiments.Cell{Part: partTarget, Data: studytest.On(d.Name), Measures: studytest.By(cka, cv), Point: targets{0, 1}}}
	way := driven.Frame("snapshots", "", "step "+cka+" "+cv)
	way.Add(nil, 0, 0.1, -0.34)
	way.Add(nil, 1, 0.2, 0.3)
	driven.Frame("bounds", "", "margin").Add(nil, 0.5)
	records := []*experiments.Record{
		about, driven,
		search(partRandom, cka, cv, 0.9, 0.91, 0.4), search(partRandom, cka, cv, 0.5, 0.89, 0.2),
		search(partFamily, cka, cv, 0.9, 0.9, 0.45),
	}
	rep, err := New().Report(records)
	require.NoError(t, err)
	require.Equal(t, "Given CKA 0.9 or more with hand.npz, linear regression R², cross-validated can be as low as 0.40 (such data were found).", rep.Finding[0])
	require.Equal(t, "Two bounds of CKA and NBS are proven, P1 and P2 of the conventions. Both scores are computed at every step of every run, and no point lies beyond either; the nearest point is 0.2 away from a bound.", rep.Theory[0])
	require.Equal(t, [][]string{{"CKA", "linear regression R², cross-validated", "0.40", "search from noise", "0.40", "–"}, {"linear regression R², cross-validated", "CKA", "not reached", "–", "–", "–"}}, rep.Tables[0].Rows)
	f := rep.Figures[0]
	require.Contains(t, f.Caption, "of these nothing is proven. Grey")
	for _, p := range f.Panels {
		require.Equal(t, [2]float64{0, 1}, p.XRange)
		require.InDeltaSlice(t, []float64{-0.4, 1}, p.YRange[:], 1e-12, "all points are within")
	}
	for _, m := range f.Legend {
		require.NotEqual(t, "proven", m.Label)
	}
	require.Len(t, f.Legend, 6)
	answer := f.Panels[1].Lines[len(f.Panels[1].Lines)-1]
	require.Equal(t, "linear regression R², cross-validated 0.40, given CKA 0.9 or more", answer.Label)
	require.Equal(t, [][]float64{{0.91}, {0.4}}, [][]float64{answer.X, answer.Y})

	way.Rows[0].Numbers[2] = -7
	records = slices.Delete(records, 2, 5)
	turned.Where("measure", cka).Rows[0].Numbers[0] = 0.8
	d.Card.Notes = []string{fmt.Sprintf(fewer, 10, 50)}
	rep, err = New().Report(records)
	require.NoError(t, err)
	require.Equal(t, "No data were found with a score of 0.9 or more with the first 10 components of hand.npz.", rep.Finding[0])
	f = rep.Figures[0]
	require.Contains(t, f.Caption, "scores below -1 are left out")
	require.Equal(t, [2]float64{-1, 1}, f.Panels[0].YRange)
	require.Len(t, f.Legend, 3, "of searches there are none")
}

// Targets of two measures are the paper's perimeter.
func TestPerimeter(t *testing.T) {
	require.Len(t, perimeter(2, 5), 16)
	require.Contains(t, perimeter(2, 5), []float64{0.25, 0})
	require.Contains(t, perimeter(2, 5), []float64{1, 0.75})
	require.Contains(t, perimeter(2, 5), []float64{0.99, 0.99})
	require.NotContains(t, perimeter(2, 5), []float64{1, 1})
	require.Contains(t, perimeter(3, 5), []float64{0.25, 1, 1})
}

// A first look at wide data is at their leading components, and says so.
func TestLeading(t *testing.T) {
	d, err := data.Load("exp-gaussian")
	require.NoError(t, err)
	few, err := leading(d)
	require.NoError(t, err)
	require.Equal(t, []int{d.Times(), d.Conditions(), quickUnits}, []int(few.Activity.Shape()))
	require.NotEqual(t, d.Hash(), few.Hash())
	require.Contains(t, few.Card.Notes, "-quick: 10 leading components in place of 100 units.")
	c, err := probe.ComponentsOf(few.Activity)
	require.NoError(t, err)
	whole, err := probe.ComponentsOf(d.Activity)
	require.NoError(t, err)
	require.InDeltaSlice(t, whole.S[:quickUnits], c.S, 1e-9*whole.S[0])
	same, err := leading(few)
	require.NoError(t, err)
	require.Same(t, few, same)
}

func TestJointOutputs(t *testing.T) {
	dir := t.TempDir()
	file, out := studytest.Recording(t, dir), filepath.Join(dir, "out")
	files := studytest.Holds(t, func() experiments.Study { return New() }, out, "-data", "free-8x3,"+file,
		"-measures", "linreg-r2,cka,procrustes-angular-score", "-quick", "-seeds", "1", "-steps", "30", "-targets", "3")
	summary, frontier := studytest.Rows(t, files["summary.csv"]), studytest.Rows(t, files["frontier.csv"])
	require.Equal(t, []string{"dataset", "measure_x", "measure_y", "target_x", "target_y", "seed", "step", "score_x", "score_y"}, summary[0])
	require.Equal(t, []string{"dataset", "measure_x", "measure_y", "score_x", "score_y", "status", "start"}, frontier[0][:7])
	pairs, status := map[string]int{}, map[string]int{}
	for _, r := range summary[1:] {
		pairs[r[0]+" "+r[1]+" "+r[2]]++
	}
	require.Len(t, pairs, 6)
	for _, r := range frontier[1:] {
		status[r[5]+" "+r[6]]++
	}
	for _, s := range []string{"proven ", "attained family", "optimised random"} {
		require.NotZero(t, status[s], s)
	}
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.Regexp(t, `<div data-dataset="recording.npz"><h3>recording.npz</h3>\n<p>Given linear regression R² 0.9 or more, CKA can be as low as 0\.\d\d, angular Procrustes can be as low as 0\.\d\d\.</p>\n<p>Given CKA 0.9 or more, linear regression R² can be as low as 0\.\d\d, angular Procrustes can be as low as 0\.\d\d \(proven: not below 0\.\d\d\)\.</p>`, string(page))
	require.Contains(t, string(page), `<div class="scroll" data-dataset="recording.npz">`)
	for _, f := range []string{"joint-free-8x3-linreg-r2-cka.png", "joint-recording-cka-procrustes-angular-score.pdf"} {
		require.FileExists(t, filepath.Join(out, f))
	}
}

func TestJointBadInput(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"-measures", "cka"}, 2, "-measures cka: two or more are needed"},
		{[]string{"-measures", "cka,procrustes-distance=angular"}, 2, "procrustes-distance=angular is a distance"},
		{[]string{"-targets", "1"}, 2, "a side has two ends"},
		{[]string{"-rate", "-1"}, 2, "-rate -1"},
		{[]string{"-data", "free-2x2"}, 2, "from 3 samples"},
		{[]string{"-data", "free-20x"}, 1, "free-20x"},
		{[]string{"-data", "free-4000000000x4000000000"}, 2, "-data free-4000000000x4000000000: from 3 samples"},
		{[]string{"-data", "free-99999999999999999999x3"}, 2, "-data free-99999999999999999999x3: from 3 samples"},
		{[]string{"-nosuch"}, 2, "joint: there is no flag -nosuch; -h lists the flags"},
		{[]string{"-data", "free-20x30", "-measures", "cka,linreg-r2"}, 1, "linreg-r2 on free-20x30 says nothing"},
	} {
		var b bytes.Buffer
		out := filepath.Join(t.TempDir(), "out")
		require.Equal(t, c.code, experiments.Run(context.Background(), New(), append(c.args, "-out", out), &b, &b), b.String())
		require.Contains(t, studytest.Unwrapped(b.String()), c.says)
		require.NoDirExists(t, out)
	}
}
