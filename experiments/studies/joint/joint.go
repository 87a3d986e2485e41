// Package joint is figure 3d of Cloos et al. 2024: which values of one score another allows.
package joint

import (
	"cmp"
	"context"
	"embed"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/inference"
	"simgrad/experiments/report"
	"simgrad/graph"
	"simgrad/measures"
	"simgrad/optim"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

//go:embed *.go
var source embed.FS

// A Study is figure 3d: two or more scores are driven to targets in one loss, and
// the least of one score is searched that another allows.
//
// Source: Cloos et al. 2024, figure 3d; the loss is |s₁−t₁| + |s₂−t₂|.
type Study struct {
	experiments.Setup
	Rate    float64 // of Adam; 0 means 0.01 where both datasets move, 0.1 where one does
	Steps   int
	Targets int // a side of the unit square

	families map[*data.Dataset][]family // as planned

	mu     sync.Mutex
	scores map[string][]float64 // of members of families
}

// New returns the study with the paper's settings.
func New() *Study {
	return &Study{
		Setup: experiments.Setup{
			Data:     "free-20x10,ultrametric",
			Measures: "cka,procrustes-angular-score",
			Seeds:    3,
			Open:     openJoint,
		},
		Steps:   1000,
		Targets: 5,
	}
}

// About implements Study.
func (*Study) About() experiments.About {
	return experiments.About{
		Name: "joint",
		Does: `drives two or more scores to targets at once, and searches which values of
one score another allows (figure 3d). Of data named free-NxP both datasets move,
N samples × P units each; any other is fixed, and one dataset moves.`,
		Examples: []string{"", "-data data/testdata/recording.npz -measures cka,nbs,linreg-r2"},
		Takes: `The default takes a minute on two cores, -quick a few seconds; a recording of 1000
samples × 150 units an hour, and with -quick, which takes its 10 leading components as
units, less than a minute.`,
		Source: source,
		Rooms:  map[string]fs.FS{"experiments/inference": inference.Source},
	}
}

// Flags implements Study.
func (s *Study) Flags(fs *flag.FlagSet) {
	s.Setup.Flags(fs)
	fs.Float64Var(&s.Rate, "rate", s.Rate, "Adam's learning `rate` (default 0.01 where both datasets move, 0.1 where one does)")
	fs.IntVar(&s.Steps, "steps", s.Steps, "updates toward each target, and of each leg of a search")
	fs.IntVar(&s.Targets, "targets", s.Targets, "targets a side of the unit square")
}

// free matches the names of data that are optimised on both sides.
var free = regexp.MustCompile(`^free-([1-9]\d*)x([1-9]\d*)$`)

const freeBase = "free"

// openJoint knows free-NxP: two datasets of N samples × P units that both move from normal
// noise. Its activity is that of a first start.
func openJoint(name string) (*data.Dataset, error) {
	size := free.FindStringSubmatch(name)
	if size == nil {
		return nil, nil
	}
	const most = 1 << 26 // values
	n, err := strconv.Atoi(size[1])
	p, err2 := strconv.Atoi(size[2])
	if err != nil || err2 != nil || n < 3 || p > most/n {
		return nil, experiments.Usagef("-data %s: from 3 samples to %d values can be optimised", name, most)
	}
	x := data.Gaussian(math.MaxUint64, n, p) // of no start
	if err := x.Reshape(1, n, p); err != nil {
		return nil, err
	}
	return &data.Dataset{
		Name: name, Activity: x, Shape: []int{n, p},
		Card: data.Card{
			Origin: data.Origin{Base: freeBase}, Task: "none: both datasets are optimised", Source: "independent standard normal values, anew for every start",
			Bins: "none", Averaging: "none",
		},
	}, nil
}

const (
	partTarget   = "to targets"
	partFamilies = "families"
	partRandom   = "search from noise"
	partFamily   = "search from a family"
)

// levels are the scores of one measure at which the least of another is searched.
func (s *Study) levels() []float64 {
	if s.Quick {
		return []float64{0.3, 0.6, 0.9}
	}
	return []float64{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99}
}

// perimeter are the paper's targets, for k measures: one score at each of N
// levels and the others 0, or 1; in place of all 1 all 0.99.
func perimeter(k, n int) (targets [][]float64) {
	seen := map[string]bool{}
	add := func(t []float64) {
		if key := fmt.Sprint(t); !seen[key] {
			seen[key] = true
			targets = append(targets, t)
		}
	}
	for _, others := range []float64{0, 1} {
		for i := range k {
			for j := range n {
				t, all := make([]float64, k), true
				for l := range t {
					t[l] = others
				}
				t[i] = float64(j) / float64(n-1)
				for _, v := range t {
					all = all && v == 1
				}
				if !all {
					add(t)
				}
			}
		}
	}
	corner := make([]float64, k)
	for l := range corner {
		corner[l] = 0.99
	}
	add(corner)
	return targets
}

// Plan implements Study.
func (s *Study) Plan(ctx context.Context) (cells []experiments.Cell, err error) {
	s.Quicken("data", func() { s.Data = "free-20x10" })
	s.Quicken("seeds", func() { s.Seeds = 1 })
	s.Quicken("steps", func() { s.Steps = 300 })
	switch {
	case s.Rate < 0 || math.IsNaN(s.Rate) || math.IsInf(s.Rate, 0):
		return nil, experiments.Usagef("-rate %g: it must be greater than 0, or 0 for the default", s.Rate)
	case s.Steps < 1:
		return nil, experiments.Usagef("-steps %d: at least one is needed", s.Steps)
	case s.Targets < 2:
		return nil, experiments.Usagef("-targets %d: a side has two ends", s.Targets)
	}
	sets, ms, err := s.Load(ctx)
	if err != nil {
		return nil, err
	}
	if len(ms) < 2 {
		return nil, experiments.Usagef("-measures %s: two or more are needed", s.Measures)
	}
	for _, m := range ms {
		if m.Kind != measures.Similarity || m.Range[1] != 1 {
			return nil, experiments.Usagef("-measures: joint drives similarities that end at 1, and %s is a %s in [%s, %s]", m.Name, m.Kind, report.RangeEnd(m.Range[0]), report.RangeEnd(m.Range[1]))
		}
	}
	s.families, s.scores = map[*data.Dataset][]family{}, map[string][]float64{}
	settings := jointSettings{report.Number(s.rate(true)) + " free, " + report.Number(s.rate(false)) + " fixed", s.Steps}
	for _, d := range sets {
		if s.Quick {
			if d, err = leading(d); err != nil {
				return nil, err
			}
		}
		ms := measures.Over(ms, d.Times())
		for _, m := range ms {
			if m.Lacks() != nil {
				return nil, experiments.Usagef("%s scores repetitions of a dataset, and joint takes datasets as they are; leave it out", m.Name)
			}
			if err := cmp.Or(ctx.Err(), experiments.CheckAscent(m, d, s.Seed)); err != nil {
				return nil, err
			}
		}
		if s.families[d], err = familiesOf(d); err != nil {
			return nil, err
		}
		cell := func(part string, seed uint64, point any, ms ...measures.Measure) {
			cells = append(cells, experiments.Cell{Part: part, Data: []*data.Dataset{d}, Measures: ms, Seed: seed, Point: point, Settings: settings})
		}
		cell(partFamilies, s.Seed, nil, ms...)
		for _, seed := range s.Starts() {
			for _, t := range perimeter(len(ms), s.Targets) {
				cell(partTarget, seed, targets(t), ms...)
			}
		}
		for i, pinned := range ms {
			for j, least := range ms {
				if i == j {
					continue
				}
				for _, level := range s.levels() {
					for _, seed := range s.Starts() {
						cell(partRandom, seed, targets{level}, pinned, least)
					}
					cell(partFamily, s.Seed, targets{level}, pinned, least)
				}
			}
		}
	}
	return cells, nil
}

// quickUnits are the leading components that -quick takes of wider data.
const quickUnits = 10

// leading is d with its leading components as units, for a first look, or d itself where it
// has no more units or moves.
func leading(d *data.Dataset) (*data.Dataset, error) {
	if isFree(d) || d.Units() <= quickUnits {
		return d, nil
	}
	c, err := probe.ComponentsOf(d.Activity)
	if err != nil {
		return nil, err
	}
	k := min(quickUnits, len(c.S))
	shape := []int{d.Times(), d.Conditions(), k}
	x := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(mat.DenseCopyOf(c.Coordinates().Slice(0, d.NumSamples(), 0, k)).RawMatrix().Data))
	few := &data.Dataset{Name: d.Name, Activity: x, Shape: shape, Variables: d.Variables, Continuous: d.Continuous, TimeMS: d.TimeMS, Card: d.Card, File: d.File}
	few.Card.Notes = append(slices.Clone(d.Card.Notes), fmt.Sprintf(fewer, k, d.Units()))
	return few, nil
}

// fewer says what leading took.
const fewer = "-quick: %d leading components in place of %d units."

type jointSettings struct {
	Rate  string `json:"rate"`
	Steps int    `json:"steps"`
}

// targets are scores to drive to, one a measure, or the first's alone.
type targets []float64

func (t targets) String() string {
	words := make([]string, len(t))
	for i, v := range t {
		words[i] = "to " + report.Number(v)
	}
	return strings.Join(words, " · ")
}

func (s *Study) rate(free bool) float64 {
	switch {
	case s.Rate > 0:
		return s.Rate
	case free:
		return 0.01
	}
	return 0.1
}

// Run implements Study.
func (s *Study) Run(ctx context.Context, c experiments.Cell) (*experiments.Record, error) {
	d, ms := c.Data[0], c.Measures
	to, _ := c.Point.(targets)
	r := &experiments.Record{}
	var err error
	switch c.Part {
	case partFamilies:
		err = s.members(r, d, ms)
	case partTarget:
		x, y := s.start(d, c.Seed)
		err = s.drive(ctx, r, d, ms, to, x, y)
	case partRandom:
		x, y := s.start(d, c.Seed)
		err = moving(d, ms, x, y).Search(ctx, r, inference.Search{Level: to[0], Rate: s.rate(isFree(d)), Steps: s.Steps})
	case partFamily:
		var best *pair
		if best, err = s.bestMember(d, ms, to[0]); err == nil && best != nil {
			err = moving(d, ms, best.x, best.y).Search(ctx, r, inference.Search{Level: to[0], Rate: s.rate(isFree(d)) / 10, Steps: s.Steps})
		}
	}
	return r, err
}

func isFree(d *data.Dataset) bool { return d.Card.Origin.Base == freeBase }

// start returns the two datasets that a seed starts from; x is d where d is fixed.
func (s *Study) start(d *data.Dataset, seed uint64) (x, y *tensor.Dense) {
	n, p := d.NumSamples(), d.Units()
	if !isFree(d) {
		return d.Samples(), experiments.Noise(seed, d)
	}
	both := data.Gaussian(seed, 2*n, p).Float64s()
	return matrix(n, p, both[:n*p]), matrix(n, p, both[n*p:])
}

func matrix(n, p int, values []float64) *tensor.Dense {
	return tensor.New(tensor.WithShape(n, p), tensor.WithBacking(append([]float64(nil), values...)))
}

// moving are the datasets that a cell moves, from x and y.
func moving(d *data.Dataset, ms []measures.Measure, x, y *tensor.Dense) inference.Moving {
	return inference.Moving{Measures: ms, X: x, Y: y, Free: isFree(d), Rank: rankLimit(d)}
}

// rankLimit is the largest rank of data of d's shape, centred.
func rankLimit(d *data.Dataset) int { return min(d.NumSamples()-1, d.Units()) }

// drive moves the scores to their targets, and leaves in r the scores on the way.
func (s *Study) drive(ctx context.Context, r *experiments.Record, d *data.Dataset, ms []measures.Measure, target []float64, x, y *tensor.Dense) error {
	both := moving(d, ms, x, y)
	p, err := both.Program(func(scores []*graph.Node) (loss *graph.Node) {
		for i, score := range scores {
			gap := graph.Abs(graph.Affine(1, score, -target[i]))
			if loss == nil {
				loss = gap
			} else {
				loss = graph.Add(loss, gap)
			}
		}
		return loss
	})
	if err != nil {
		return err
	}
	columns := "step"
	for _, m := range ms {
		columns += " " + m.Name
	}
	status, err := both.Descend(ctx, r, p, s.rate(isFree(d)), experiments.Leg{Steps: s.Steps}, func(pt optim.Point) {
		if pt.Step <= 20 || pt.Step%10 == 0 || pt.Last {
			numbers := []float64{float64(pt.Step)}
			for _, m := range ms {
				numbers = append(numbers, p.Scalar(m.Name))
			}
			r.Frame("snapshots", "", columns).Add(nil, numbers...)
		}
	})
	if err != nil {
		return err
	}
	r.Status = status.String()
	return nil
}

// A family is a row of explicit pairs of datasets that reach far into a corner,
// made when they are asked for.
type family struct {
	name   string
	size   int
	member func(i int) pair
}

type pair struct{ x, y *tensor.Dense }

// familiesOf returns the families known for data of d's shape: where both move,
// those of sharedAndPrivate and swappedLeaders; where d is fixed, those of its own
// components.
func familiesOf(d *data.Dataset) (families []family, err error) {
	n := d.NumSamples()
	if isFree(d) {
		const size = 39 // at 1/40, 2/40, … of NBS, or of angular Procrustes
		axes := orthonormal(n)
		if private := min(d.Units(), n/2); private >= 2 {
			families = append(families, family{"one shared component and flat private ones", size, func(i int) pair {
				return sharedAndPrivate(axes, private, float64(i+1)/(size+1))
			}})
		}
		if rank := rankLimit(d); rank >= 3 {
			families = append(families, family{"two leading components exchanged", size, func(i int) pair {
				return swappedLeaders(axes, rank, 1-measures.CosineOf(float64(i+1)/(size+1)))
			}})
		}
		return families, nil
	}
	x := d.Samples()
	own, err := inference.FamiliesOf(x)
	for _, f := range own {
		families = append(families, family{f.Name, f.Size, func(i int) pair { return pair{x, f.Member(i)} }})
	}
	return families, err
}

// orthonormal returns n−1 orthonormal vectors of length n that sum to 0, the same
// at every call.
func orthonormal(n int) *mat.Dense {
	g := mat.NewDense(n, n, nil)
	noise := data.Gaussian(0, n, n-1).Float64s()
	for i := range n {
		g.Set(i, 0, 1)
		for j := range n - 1 {
			g.Set(i, j+1, noise[i*(n-1)+j])
		}
	}
	var qr mat.QR
	qr.Factorize(g)
	var q mat.Dense
	qr.QTo(&q)
	return mat.DenseCopyOf(q.Slice(0, n, 1, n))
}

// columns are the axes from first on, the j-th with variance v[j].
func columns(axes *mat.Dense, first []int, v []float64) *tensor.Dense {
	n, _ := axes.Dims()
	x := make([]float64, n*len(v))
	for i := range n {
		for j, f := range first {
			x[i*len(v)+j] = axes.At(i, f) * math.Sqrt(v[j])
		}
	}
	return tensor.New(tensor.WithShape(n, len(v)), tensor.WithBacking(x))
}

// sharedAndPrivate are two datasets of d components with a share a of the
// variance in a component that is the same in both, and the rest spread evenly
// over components that the other has not:
//
//	NBS = a,  CKA = a²/(a² + (1−a)²/(d−1))
//
// so that CKA is as high at its NBS as P1 allows.
func sharedAndPrivate(axes *mat.Dense, d int, a float64) pair {
	v, first, second := []float64{a}, []int{0}, []int{0}
	for j := 1; j < d; j++ {
		v = append(v, (1-a)/float64(d-1))
		first, second = append(first, j), append(second, d-1+j)
	}
	return pair{columns(axes, first, v), columns(axes, second, v)}
}

// swappedLeaders are two datasets with the same d components, of variances
// (a, b, t, …, t) and (b, a, t, …, t), at 1−NBS = e and the a + b of least CKA:
//
//	CKA = 1 − max_S e(2S−e)/((S² + e(2S−e))/2 + (1−S)²/(d−2)),  S = a + b in [e, 1]
func swappedLeaders(axes *mat.Dense, d int, e float64) pair {
	_, s := probe.LeastSwapped(d, e)
	root := (s - e) / 2 // √(ab)
	half := math.Sqrt(math.Max(0, s*s/4-root*root))
	v, w := []float64{s/2 + half, s/2 - half}, []float64{s/2 - half, s/2 + half}
	first := []int{0, 1}
	for j := 2; j < d; j++ {
		v, w = append(v, (1-s)/float64(d-2)), append(w, (1-s)/float64(d-2))
		first = append(first, j)
	}
	for j := range w {
		v[j], w[j] = math.Max(0, v[j]), math.Max(0, w[j])
	}
	return pair{columns(axes, first, v), columns(axes, first, w)}
}

// members leaves the scores of every member of every family in r.
func (s *Study) members(r *experiments.Record, d *data.Dataset, ms []measures.Measure) error {
	r.Dataset = report.Describe(d)
	if i := slices.IndexFunc(d.Card.Notes, func(note string) bool { return strings.HasPrefix(note, "-quick: ") }); i >= 0 {
		r.Warn("%s %s", d.Name, d.Card.Notes[i])
	}
	c, err := probe.ComponentsOf(d.Activity)
	if err != nil {
		return err
	}
	r.Frame("spectrum", "", "participation-ratio").Add(nil, c.ParticipationRatio())
	members := r.Frame("families", "family measure", "score")
	for k, f := range s.families[d] {
		for _, m := range ms {
			scores, err := s.scoresOf(d, k, m)
			if err != nil {
				return err
			}
			for _, v := range scores {
				members.Add([]string{f.name, m.Name}, v)
			}
		}
	}
	return nil
}

// scoresOf are the scores by m of the members of a dataset's k-th family, computed
// once.
func (s *Study) scoresOf(d *data.Dataset, k int, m measures.Measure) (scores []float64, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := fmt.Sprint(d.Name, " ", k, " ", m.Name)
	if s.scores[key] != nil {
		return s.scores[key], nil
	}
	f := s.families[d][k]
	for i := range f.size {
		member := f.member(i)
		v, err := m.Eval(member.x, member.y)
		if err != nil {
			return nil, err
		}
		scores = append(scores, v)
	}
	s.scores[key] = scores
	return scores, nil
}

// bestMember is the member of a family with the least score by ms[1] where that
// by ms[0] is level or more, nil if there is none; with as many units as d.
func (s *Study) bestMember(d *data.Dataset, ms []measures.Measure, level float64) (best *pair, err error) {
	least := math.Inf(1)
	var member func() pair
	for k, f := range s.families[d] {
		pinned, err := s.scoresOf(d, k, ms[0])
		if err != nil {
			return nil, err
		}
		other, err := s.scoresOf(d, k, ms[1])
		if err != nil {
			return nil, err
		}
		for i := range f.size {
			if pinned[i] >= level && other[i] < least {
				least, member = other[i], func() pair { return f.member(i) }
			}
		}
	}
	if member == nil {
		return nil, nil
	}
	p := member()
	p.y = inference.Widened(p.y, d.Units())
	if isFree(d) {
		p.x = inference.Widened(p.x, d.Units())
	}
	return &p, nil
}
