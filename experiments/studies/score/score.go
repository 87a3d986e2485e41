// Package score compares datasets or files by every measure.
package score

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/inference"
	"simgrad/experiments/report"
	"simgrad/graph"
	"simgrad/measures"

	"gorgonia.org/tensor"
)

// A scoring is what the command was asked for.
type scoring struct {
	measures, grad, out, by string
	json, chance            bool
	list, disagreements     bool
	command                 *experiments.Command
	reading                 experiments.Reading
	names                   []string

	room error // why memory has no room for the data, if it was asked
}

// examplePair are two datasets that everyone has.
const examplePair = "surrogate/siegel2015-fef surrogate/siegel2015-fef-seed=1"

// New returns the command.
func New() *experiments.Command {
	s := &scoring{}
	s.command = &experiments.Command{
		About: experiments.About{
			Name: "score",
			Does: `compares two datasets or files, beside shuffled conditions and noise, or more
of them pairwise. The first is the reference x. Gradients are those of the score.`,
			Examples: []string{
				examplePair,
				"-measures all " + examplePair,
				"-json -measures cka,linreg " + examplePair,
				"-grad gradients.npz " + examplePair,
				"-measures cka -out layers 'a.npz:layer*' 'b.npz:layer*'",
			},
			Takes: "It takes seconds.",
			Files: func(names []string) error { s.names = names; return nil },
		},
		Flags: s.flags,
		Do:    s.score,
	}
	return s.command
}

func (s *scoring) flags(fs *flag.FlagSet) {
	fs.StringVar(&s.measures, "measures", "", experiments.MeasuresUsage+", or all (default: those that fit the data, of cka, cka-hsic=song, procrustes-angular-score and cross-validated linreg-r2)")
	fs.BoolVar(&s.chance, "chance", false, fmt.Sprintf("score shuffled conditions and noise beside two files also where they hold more than %d values together, or measures are more than %d", chanceValues, chanceMeasures))
	fs.BoolVar(&s.json, "json", false, "print JSON")
	fs.StringVar(&s.grad, "grad", "", "`file`.npz for the gradients of two files: <measure>__gX and <measure>__gY, in the shapes of their activity")
	fs.StringVar(&s.out, "out", "", "`folder` for scores.csv; of three files or more also a report with matrices and maps, and scores.npz")
	fs.StringVar(&s.by, "by", "", experiments.ByUsage)
	fs.BoolVar(&s.list, "list", false, "list the families of measures, or, with words in place of files, the names and sources that have one of them")
	fs.BoolVar(&s.disagreements, "disagreements", false, "print what packages score of two files by words that they share")
	s.reading.Flags(fs)
}

// A pairScores is the scores of one pair, as -json prints it.
type pairScores struct {
	X      string     `json:"x"`
	Y      string     `json:"y"`
	BLAS   string     `json:"blas"` // the linear algebra that computed them
	Scores []oneScore `json:"scores"`
	Notes  []string   `json:"notes,omitempty"` // what the data must be read with

	i, j int // places of x and y among the files
}

type oneScore struct {
	Measure string   `json:"measure"`
	Asked   string   `json:"asked,omitempty"`
	Score   *float64 `json:"score,omitempty"`
	Error   string   `json:"error,omitempty"`
	Noise   *float64 `json:"noise,omitempty"` // what noise in y's place scores, if much the same

	m      measures.Measure
	chance *inference.Chance
}

func (s *scoring) score(ctx context.Context, stdout, stderr io.Writer) error {
	if s.list {
		return list(stdout, s.names)
	}
	var ms []measures.Measure
	var asked []string
	if s.measures != "" {
		var err error
		if ms, err = measures.ByNames(s.measures); err != nil {
			return experiments.Usage(err)
		}
		if asked, err = measures.Split(s.measures); err != nil {
			return experiments.Usage(err)
		}
	}
	var names []string
	between := 0 // how many the first of two patterns names, which are scored with those of the second
	for _, name := range s.names {
		of, err := data.Matching(name)
		if err != nil {
			return err
		}
		if names = append(names, of...); between == 0 {
			between = len(of)
		}
	}
	if len(s.names) != 2 || len(names) == 2 {
		between = 0
	}
	switch {
	case len(names) < 2:
		return experiments.Usagef("two datasets or files are needed, and %d are given", len(names))
	case s.disagreements && len(names) != 2:
		return experiments.Usagef("-disagreements takes two files, and %d are given", len(names))
	case s.chance && len(names) != 2:
		return experiments.Usagef("-chance takes two files, and %d are given", len(names))
	case s.grad != "" && len(names) != 2:
		return experiments.Usagef("-grad takes two files, and %d are given", len(names))
	}
	if s.grad == "" && s.by == "" && !s.chance && !s.disagreements && (s.out == "" || len(names) == 2) { // what else they do needs the data
		s.reading.Leave = leave
	}
	sets, err := s.reading.Sets(ctx, names...)
	if s.reading.Leave = 0; err != nil {
		return err
	}
	aligned, err := data.Align(sets, s.reading.By(s.by))
	if err != nil {
		return err
	}
	if s.grad != "" && experiments.ReadFrom(s.grad, sets) {
		return experiments.Usagef("-grad %s would replace data that are compared; give another file", s.grad)
	}
	if s.disagreements {
		return disagreements(ctx, stdout, aligned)
	}
	if ms == nil {
		ms = inference.Measures(aligned[0].Times(), aligned[0].Conditions())
		for _, m := range ms {
			asked = append(asked, m.Name)
		}
	}
	if err := s.load(sets, ms); err != nil {
		return err
	}
	pairs := pairsOf(aligned, between, ms, asked)
	arrays, err := s.scoreAll(ctx, pairs, aligned, sets)
	if err != nil {
		return err
	}
	without, err := s.addChance(ctx, pairs, aligned)
	if err != nil {
		return err
	}
	p := &printed{pairs: pairs, sets: aligned, ms: ms, chance: without, names: namesOf(aligned), between: between}
	if s.json {
		err = printJSON(stdout, pairs, aligned)
	} else {
		err = errors.Join(p.warn(stderr), p.print(stdout))
	}
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(pairs, func(p pairScores) bool {
		return slices.ContainsFunc(p.Scores, func(one oneScore) bool { return one.Score != nil })
	}) {
		return fmt.Errorf("no measure scored: %s", pairs[0].Scores[0].Error)
	}
	if s.grad != "" {
		if err := data.WriteArrays(s.grad, arrays...); err != nil {
			return err
		}
	}
	switch {
	case s.out == "":
		return nil
	case len(sets) > 2:
		return s.command.WriteReport(s.out, p.report(), sets)
	}
	b, err := scoresCSV(pairs).Encode()
	if err != nil {
		return err
	}
	return data.WriteFile(filepath.Join(s.out, "scores.csv"), func(w io.Writer) error { _, err := w.Write(b); return err })
}

// scoresCSV has every score that there is in a row.
func scoresCSV(pairs []pairScores) report.CSV {
	t := report.CSV{Name: "scores", Header: []string{"dataset_x", "dataset_y", "measure", "score"}}
	for _, p := range pairs {
		for _, one := range p.Scores {
			if one.Score != nil {
				t.Rows = append(t.Rows, []any{p.X, p.Y, one.Measure, *one.Score})
			}
		}
	}
	return t
}

// Chance is found unasked beside the scores of two files of so many values together, by so
// many measures: it takes forty more scores of each.
const (
	chanceValues   = 1_000_000
	chanceMeasures = 12
)

// addChance finds what the measures of two files score by chance, or says why not.
func (s *scoring) addChance(ctx context.Context, pairs []pairScores, sets []data.Aligned) (without string, err error) {
	if len(sets) != 2 || s.json {
		return "", nil
	}
	values, why := sets[0].NumSamples()*sets[0].Units()+sets[1].NumSamples()*sets[1].Units(), ""
	switch n := len(pairs[0].Scores); {
	case s.chance:
	case values > chanceValues:
		why = fmt.Sprintf("the files hold more than %d values together", chanceValues)
	case n > chanceMeasures:
		why = fmt.Sprintf("they are of %d measures", n)
	}
	if why != "" {
		return fmt.Sprintf("Scores of shuffled conditions and of noise are not beside these, for %s: -chance asks for them.", why), nil
	}
	var ms []measures.Measure
	for _, one := range pairs[0].Scores {
		ms = append(ms, one.m)
	}
	workers := runtime.GOMAXPROCS(0)
	defer graph.Threads(graph.Threads(1))
	x, y := sets[0].Activity, sets[1].Activity
	switch { // where samples without time correspond to times and conditions, these are their axes too
	case sets[0].Times() == 1:
		x = inPlaceOf(sets[1].Dataset, sets[0].Samples())
	case sets[1].Times() == 1:
		y = inPlaceOf(sets[0].Dataset, sets[1].Samples())
	}
	chances, err := inference.ChanceOf(ctx, ms, samplesOf(sets[0].Dataset, x), y, inference.Options{Workers: workers})
	for k := range chances {
		pairs[0].Scores[k].chance = &chances[k]
	}
	return "", err
}

// namesOf are what the sets are called: files without their folders, where that tells them
// apart.
func namesOf(sets []data.Aligned) (names []string) {
	var once []string
	for _, d := range sets {
		if !slices.Contains(once, d.Name) {
			once = append(once, d.Name)
		}
	}
	short := report.ShortNames(once)
	for _, d := range sets {
		names = append(names, short[slices.Index(once, d.Name)])
	}
	return names
}

// leave is of how many numbers activity is left in its file where all measures see no more
// than products of units: gone through once, it costs less than to be in memory.
var leave = 1 << 22

// room says that so many numbers take more memory than is free, if they do.
var room = func(numbers int) error {
	need := 8 * int64(numbers)
	if free, known := data.FreeMemory(); known && need > free {
		return fmt.Errorf("takes %.3g GB of memory, and %.3g GB are free", float64(need)/1e9, float64(free)/1e9)
	}
	return nil
}

// load reads what is large, of sets that were left in their files, but where samples are many
// for the units and measures see no more than products; or where memory has no room for the
// data and their copies, and those measures that need them there say so. It is an error where
// none would be left.
func (s *scoring) load(sets []*data.Dataset, ms []measures.Measure) (err error) {
	if !slices.ContainsFunc(sets, func(d *data.Dataset) bool { return d.Activity == nil }) {
		return nil
	}
	units, samples := make([]int, len(sets)), math.MaxInt
	for i, d := range sets {
		units[i], samples = d.Units(), min(samples, d.NumSamples())
	}
	slices.Sort(units)
	both := units[len(units)-1] + units[len(units)-2]
	byRows, enough := 0, units[len(units)-1]+1
	for _, m := range ms {
		if m.ByRows() {
			byRows++
		}
		if m.OfProducts == nil { // a factor of both together pays where samples are many more
			enough = 4 * both
		}
	}
	if samples >= enough && byRows == len(ms) {
		return nil
	}
	if s.room = room(needs(sets, ms)); s.room != nil {
		if samples > both && byRows > 0 {
			return nil
		}
		err := fmt.Errorf("%s needs the data in memory: with copies of them, that %v; take fewer samples or units", ms[0].Name, s.room)
		if samples > both {
			err = fmt.Errorf("%v, or measures that go through the files, as cka, nbs and linreg-r2 do", err)
		}
		return err
	}
	for _, d := range sets {
		if d.Activity == nil {
			full, err := s.reading.Load(d.Name)
			if err != nil {
				return err
			}
			*d = *full
		}
	}
	return nil
}

// needs is how many numbers the data take in memory, with the copies that scores make of
// them: one, centred, and of predictions by folds another, without a fold; or ten for each
// fold, where it is fitted to no more samples than units. Of wide data the copies are of what
// measures of kernels reduce them to.
func needs(sets []*data.Dataset, ms []measures.Measure) (numbers int) {
	for _, d := range sets {
		most, n := 0, d.NumSamples()
		for _, m := range ms {
			copies, units := 1, d.Units()
			if m.OfKernel {
				units = min(units, n)
			}
			folds, ok := m.Values["cv"]
			if conditions, of := m.Values["conditions"]; of {
				folds, ok = conditions, true
				if conditions == 0 { // one each
					folds = float64(d.Conditions())
				}
			}
			switch {
			case ok && n-n/int(folds) <= units:
				copies = 10 * int(folds)
			case ok:
				copies = 2
			}
			most = max(most, copies*n*units)
		}
		numbers += n*d.Units() + most
	}
	return numbers
}

// pairsOf are the pairs to score, with a place for each score: of all sets, or of so many
// first ones with the others.
func pairsOf(sets []data.Aligned, between int, ms []measures.Measure, asked []string) (pairs []pairScores) {
	for i, x := range sets {
		for j, y := range sets {
			if between > 0 && (i >= between || j < between) {
				continue
			}
			pair := pairScores{X: x.Name, Y: y.Name, Notes: experiments.PairNotes(x, y), i: i, j: j}
			pair.BLAS, _ = graph.BLAS()
			for k, m := range ms {
				// Two files are a reference and another; of more, every pair counts.
				if i == j || i > j && (len(sets) == 2 || m.Symmetric) {
					continue
				}
				one := oneScore{Measure: m.Name, m: m}
				if note := m.NoteOn(x.NumSamples(), x.Units(), y.Units()); note != "" {
					pair.Notes = append(pair.Notes, note)
				}
				if a := strings.TrimSpace(asked[k]); a != m.Name {
					one.Asked = a
				}
				pair.Scores = append(pair.Scores, one)
			}
			if len(pair.Scores) > 0 {
				pairs = append(pairs, pair)
			}
		}
	}
	return pairs
}

// shared is how many values datasets have together from which scores are computed one after
// another, each on all processors: side by side each would take memory of its own.
const shared = 1 << 26

// A round is scores to fill in, side by side, with the gradients of a pair as arrays if they
// are wanted. Each dataset is checked and reduced once.
type round struct {
	*scoring
	pairs    []pairScores
	sets     []data.Aligned
	files    []*data.Dataset
	compared []*compared
	left     bool // whether data are left in their files
	jobs     []job

	kept []*experiments.Record // of jobs that an earlier run has done
	keep func(experiments.Cell, *experiments.Record) error
}

// A job is a score of a pair, by their places.
type job struct{ pair, score int }

func (s *scoring) scoreAll(ctx context.Context, pairs []pairScores, sets []data.Aligned, files []*data.Dataset) (arrays []data.Array, err error) {
	r := &round{scoring: s, pairs: pairs, sets: sets, files: files}
	values := 0
	r.left = slices.ContainsFunc(files, func(d *data.Dataset) bool { return d.Activity == nil })
	for _, d := range sets {
		r.compared, values = append(r.compared, newCompared(d.Dataset, r.left)), values+d.NumSamples()*d.Units()
	}
	var most int64
	for i, p := range pairs {
		for k, one := range p.Scores {
			r.jobs = append(r.jobs, job{i, k})
			most = max(most, experiments.NeedsSquares(one.m, sets[0].NumSamples(), s.grad != ""))
		}
	}
	if s.out != "" && len(sets) > 2 {
		var cells []experiments.Cell
		for _, j := range r.jobs {
			cells = append(cells, r.cell(j))
		}
		if r.kept, r.keep, err = s.command.Kept(s.out, cells); err != nil {
			return nil, err
		}
	}
	workers := min(runtime.GOMAXPROCS(0), len(r.jobs))
	if free, known := data.FreeMemory(); values > shared || r.left || known && most*int64(workers) > free {
		workers = 1
	}
	defer graph.Threads(graph.Threads(runtime.GOMAXPROCS(0) / workers))
	made := make([][]data.Array, len(r.jobs))
	queue := make(chan int)
	var done atomic.Int64
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	for range workers {
		wg.Go(func() {
			for at := range queue {
				var err error
				if made[at], err = r.run(at); err != nil {
					cancel(err)
				}
				experiments.Count(ctx, int(done.Add(1)), len(r.jobs))
			}
		})
	}
	for at := range r.jobs {
		if ctx.Err() == nil {
			queue <- at
		}
	}
	close(queue)
	wg.Wait()
	if r.left && ctx.Err() == nil {
		err = artefacts(pairs, r.compared)
	}
	return slices.Concat(made...), cmp.Or(context.Cause(ctx), err)
}

// cell is a job as it is kept.
func (r *round) cell(j job) experiments.Cell {
	p := r.pairs[j.pair]
	return experiments.Cell{Part: "score", Data: []*data.Dataset{r.sets[p.i].Dataset, r.sets[p.j].Dataset}, Measures: []measures.Measure{p.Scores[j.score].m}}
}

// run fills in a score; one that cannot be kept is an error.
func (r *round) run(at int) (gradients []data.Array, err error) {
	p := r.pairs[r.jobs[at].pair]
	one := &p.Scores[r.jobs[at].score]
	if r.kept != nil && r.kept[at] != nil {
		one.recall(r.kept[at])
		return nil, nil
	}
	x, y := r.compared[p.i], r.compared[p.j]
	if r.left && !one.m.ByRows() {
		one.Error = fmt.Sprintf("%s needs the data in memory: with copies of them, that %v", one.Measure, r.room)
	} else if err := experiments.Affordable(one.m, x.NumSamples(), r.grad != ""); err != nil {
		one.take(0, err)
	} else if r.grad != "" {
		gradients = one.gradients(r.sets[p.i], r.sets[p.j], r.files)
	} else {
		one.take(one.m.EvalSamples(x.samples, y.samples))
	}
	if one.Score == nil {
		return gradients, nil
	}
	if len(r.sets) == 2 || one.m.AtBest(*one.Score) { // of a matrix this would double the time
		one.Noise = y.noiseLike(one.m, x, *one.Score)
	}
	if r.keep != nil {
		err = r.keep(r.cell(r.jobs[at]), one.record())
	}
	return gradients, err
}

// artefacts notes what data that were left in their files are found to have when they have
// been gone through.
func artefacts(pairs []pairScores, compared []*compared) error {
	for i, c := range compared {
		if c.Activity != nil || c.samples.Share() < 0.4 {
			continue
		}
		note, err := c.Artefact()
		if err != nil {
			return err
		}
		for k := range pairs {
			if p := &pairs[k]; note != "" && (p.i == i || p.j == i) {
				p.Notes = append(p.Notes, c.Name+": "+note)
			}
		}
	}
	return nil
}

func (one *oneScore) take(v float64, err error) {
	if err != nil {
		one.Error = err.Error()
	} else {
		one.Score = &v
	}
}

// record is what is kept of a score that there is, and recall takes it back.
func (one *oneScore) record() *experiments.Record {
	noise := math.NaN()
	if one.Noise != nil {
		noise = *one.Noise
	}
	r := &experiments.Record{}
	r.Frame("scores", "", "score noise").Add(nil, *one.Score, noise)
	return r
}

func (one *oneScore) recall(r *experiments.Record) {
	one.Score = &r.Column("scores", "score")[0]
	if noise := r.Column("scores", "noise")[0]; !math.IsNaN(noise) {
		one.Noise = &noise
	}
}

// gradients scores a pair with its gradients.
func (one *oneScore) gradients(x, y data.Aligned, files []*data.Dataset) []data.Array {
	if one.m.Lacks() != nil {
		one.take(0, fmt.Errorf("%s scores repetitions of x, and -grad is by x as it is", one.Measure))
		return nil
	}
	v, gx, gy, err := one.m.Gradient(x.Activity, y.Activity)
	one.take(v, err)
	if err != nil {
		return nil
	}
	array := func(side string, g *tensor.Dense, of data.Aligned, file *data.Dataset) data.Array {
		return data.Array{Name: one.Measure + "__" + side, Shape: file.Shape, Values: asInFile(g.Float64s(), of, file)}
	}
	return []data.Array{array("gX", gx, x, files[0]), array("gY", gy, y, files[1])}
}

// A compared is a dataset, and noise in its place when that is asked for.
type compared struct {
	*data.Dataset
	samples *measures.Samples
	noise   func() *measures.Samples // as many units and samples
	like    func() *measures.Samples // to measures of kernels: as many inner products alone
}

// newCompared is d, left in its file or, where another is, as if it were.
func newCompared(d *data.Dataset, left bool) *compared {
	n, units := d.NumSamples(), d.Units()
	c := &compared{Dataset: d}
	if left {
		c.samples = measures.NewRows([]int{d.Times(), d.Conditions(), units}, d.Each)
	} else {
		c.samples = samplesOf(d, d.Activity)
	}
	c.noise = sync.OnceValue(func() *measures.Samples { return measures.NewSamples(inPlaceOf(d, experiments.Noise(0, d))) })
	c.like = sync.OnceValue(func() *measures.Samples { return measures.NewSamples(inPlaceOf(d, data.WishartRoot(0, n, units))) })
	return c
}

// samplesOf are x's, d's activity in some shape, with the trials that are known of it.
func samplesOf(d *data.Dataset, x *tensor.Dense) *measures.Samples {
	return measures.NewSamples(x).WithRepetitions(d.Trials(), d.Repetitions)
}

// inPlaceOf returns samples × units as times × conditions × units, as d's are.
func inPlaceOf(d *data.Dataset, x *tensor.Dense) *tensor.Dense {
	return tensor.New(tensor.WithShape(d.Times(), d.Conditions(), x.Shape()[1]), tensor.WithBacking(x.Float64s()))
}

// asInFile returns a gradient with the conditions of the file that d was aligned
// from; of those left out it is 0.
func asInFile(g []float64, d data.Aligned, file *data.Dataset) []float64 {
	if d.Kept == nil {
		return g
	}
	units, all := d.Units(), make([]float64, file.NumSamples()*d.Units())
	for t := range d.Times() {
		for i, c := range d.Kept {
			copy(all[(t*file.Conditions()+c)*units:], g[(t*len(d.Kept)+i)*units:][:units])
		}
	}
	return all
}

// noiseLike returns what noise in y's place scores, if that is much the same. Where
// samples are more than four times the units it is not.
func (y *compared) noiseLike(m measures.Measure, x *compared, score float64) *float64 {
	if 4*y.Units() < y.NumSamples() {
		return nil
	}
	if m.Saturates(y.NumSamples(), x.Units(), y.Units()) {
		return &m.Identity
	}
	noise := y.noise
	if m.OfKernel && y.Units() > y.NumSamples() {
		noise = y.like
	}
	of, err := m.EvalSamples(x.samples, noise())
	if err != nil || !reaches(m, of, score) {
		return nil
	}
	return &of
}

// reaches is whether noise comes at least half as far as the score from the worst
// there is, or from 0 where similarities go below, and is at most twice as far from
// the best.
func reaches(m measures.Measure, noise, score float64) bool {
	worst, best := m.Range[0], m.Range[1]
	if m.Kind == measures.Distance { // turned round: more is more alike
		worst, best, noise, score = -best, -worst, -noise, -score
	}
	if m.Kind == measures.Similarity { // 0 is of nothing in common, and below by chance, as of cross-validated R²
		worst = math.Max(0, worst)
	}
	return score > worst && noise-worst >= (score-worst)/2 && best-noise <= 2*(best-score)+1e-9
}
