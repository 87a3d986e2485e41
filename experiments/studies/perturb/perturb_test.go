package perturb

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studytest"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// perturbable are measures with a closed form, of every kind.
var perturbable = []string{
	"cka", "cka-angular-score", "nbs", "nbs-squared", "procrustes-angular-score",
	"procrustes-distance=angular", "linreg-r2", "ridge-lambda=0.01-r2", "ridge-lambda=100-r2",
}

// closedFormTolerance is what rounding in the measures' own graphs may add up to,
// with room: they agree to 1e-12.
const closedFormTolerance = 1e-10

// agrees holds a simulated score to its closed form.
func agrees(t *testing.T, measure string, theory, simulation float64, what ...any) {
	require.InDelta(t, cosineOf(measure, theory), cosineOf(measure, simulation), closedFormTolerance, append([]any{measure}, what...)...)
}

func componentsOf(t *testing.T, x *tensor.Dense) (*probe.Components, probe.Spectrum) {
	c, err := probe.ComponentsOf(x)
	require.NoError(t, err)
	s := probe.Spectrum{}
	for _, v := range c.S {
		s = append(s, v*v)
	}
	return c, s
}

// simulate scores one perturbation by a measure's own graph and holds it to the
// closed form.
func simulate(t *testing.T, c *probe.Components, s probe.Spectrum, names []string, pcs []int, angles, gains []float64) {
	p := s.Fractions()
	for _, name := range names {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		program, err := newPerturbed(m, nil, c)
		require.NoError(t, err)
		f, ok := closedFormOf(name)
		require.True(t, ok, name)
		for _, pc := range pcs {
			w := c.Direction(1, pc, false)
			for _, angle := range angles {
				for _, gain := range gains {
					score, err := program.at(pc, w, angle, gain)
					require.NoError(t, err)
					agrees(t, name, f(s, p[pc], angle, gain), score, "component %d, angle %g, gain %g", pc, angle, gain)
				}
			}
		}
	}
}

// The closed forms are what the measures' graphs give, for random spectra, shapes,
// components, angles and gains.
func TestClosedForms(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 0))
	for i := range 60 {
		p := 1 + r.IntN(12)
		n := p + 3 + r.IntN(40)
		x := data.Gaussian(uint64(i), n, p)
		values, decay := x.Float64s(), 0.3+r.Float64()
		for k := range values {
			values[k] = 5 + values[k]*math.Pow(decay, float64(k%p))
		}
		c, s := componentsOf(t, x)
		pc, angle, gain := r.IntN(len(s)), math.Pi*r.Float64(), math.Exp(r.NormFloat64())
		simulate(t, c, s, perturbable, []int{pc}, []float64{0, angle, math.Pi / 2}, []float64{1, gain})
	}
}

// And on every named dataset.
func TestClosedFormsOnNamedDatasets(t *testing.T) {
	for _, name := range data.Names() {
		d, err := data.Load(name)
		if errors.Is(err, os.ErrNotExist) {
			continue // a recording that is not here
		}
		require.NoError(t, err)
		large := d.NumSamples() > 1000
		if testing.Short() && large {
			continue // minutes of singular values
		}
		c, s := componentsOf(t, d.Activity)
		require.Less(t, len(s), d.NumSamples()-1, "%s has orthogonal directions", name)
		pcs, angles, gains := experiments.EvenlyInLog(len(s), 3), []float64{0.4, math.Pi / 2, 2.5}, []float64{0.5, 1, 3}
		if large || d.Units() > 200 {
			pcs, angles, gains = experiments.EvenlyInLog(len(s), 2), []float64{0.4, math.Pi / 2}, []float64{1, 3}
		}
		simulate(t, c, s, perturbable, pcs, angles, gains)
	}
}

// A dataset in its own axes is, to the measures with a closed form, the dataset:
// the score is that of the activity itself with the component changed.
func TestPerturbedInUnits(t *testing.T) {
	d, err := data.Load(studytest.Recording(t, t.TempDir()))
	require.NoError(t, err)
	c, _ := componentsOf(t, d.Activity)
	n, units := d.NumSamples(), d.Units()
	const pc, angle, gain = 2, 0.8, 1.7
	w := c.Direction(5, pc, false)
	y := mat.NewDense(n, units, slices.Clone(d.Activity.Float64s()))
	for i := range n {
		u := c.U.At(i, pc)
		moved := c.S[pc] * (gain*(math.Cos(angle)*u+math.Sin(angle)*w[i]) - u)
		for j := range units {
			y.Set(i, j, y.At(i, j)+moved*c.V.At(j, pc))
		}
	}
	for _, name := range append([]string{"rsa-rdm=correlation-compare=pearson", "rsa-rdm=euclidean-compare=spearman", "rsa-rdm=cosine-compare=cosine"}, perturbable...) {
		m, err := measures.ByName(name)
		require.NoError(t, err)
		want, err := m.Eval(d.Samples(), tensor.New(tensor.WithShape(n, units), tensor.WithBacking(y.RawMatrix().Data)))
		require.NoError(t, err)
		p, err := newPerturbed(m, d.Samples(), c)
		require.NoError(t, err)
		before, err := p.at(0, w, 0, 1)
		require.NoError(t, err)
		got, err := p.at(pc, w, angle, gain)
		require.NoError(t, err)
		agrees(t, name, want, got)
		require.NotEqual(t, before, got)
		after, err := p.at(0, w, 0, 1)
		require.NoError(t, err)
		agrees(t, name, before, after, "the component is restored")
	}
}

// Directions have mean 0 and norm 1, and are orthogonal to the data unless asked
// to fall as they may.
func TestDirection(t *testing.T) {
	d, err := data.Load("exp-gaussian")
	require.NoError(t, err)
	c, _ := componentsOf(t, d.Activity)
	for _, random := range []bool{false, true} {
		w := mat.NewVecDense(d.NumSamples(), c.Direction(2, 7, random))
		require.InDelta(t, 1, mat.Norm(w, 2), 1e-12)
		require.InDelta(t, 0, mat.Sum(w), 1e-12)
		var along mat.VecDense
		along.MulVec(c.U.T(), w)
		if random {
			require.InDelta(t, math.Sqrt(100.0/599), mat.Norm(&along, 2), 0.1)
		} else {
			require.Less(t, mat.Norm(&along, 2), 1e-14)
		}
		require.Equal(t, w.RawVector().Data, c.Direction(2, 7, random))
		require.NotEqual(t, w.RawVector().Data, c.Direction(3, 7, random))
		require.NotEqual(t, w.RawVector().Data, c.Direction(2, 8, random))
	}
}

// A random direction overlaps the data, and the score exceeds the closed form:
// for 20 components with λ = 0.8^j by about .04 of NBS and angular Procrustes at
// 50 samples, .02 of CKA and .006 of regression, and less at more.
func TestRandomBias(t *testing.T) {
	bias := func(name string, n int) (mean float64) {
		const draws = 40
		for seed := range uint64(draws) {
			x := data.Gaussian(seed, n, 20)
			c, _ := componentsOf(t, x)
			s := probe.Spectrum{}
			for j := range c.S {
				s = append(s, math.Pow(0.8, float64(j)))
				c.S[j] = math.Sqrt(s[j])
			}
			m, err := measures.ByName(name)
			require.NoError(t, err)
			p, err := newPerturbed(m, nil, c)
			require.NoError(t, err)
			score, err := p.at(0, c.Direction(seed, 0, true), math.Pi/2, 1)
			require.NoError(t, err)
			f, _ := closedFormOf(name)
			mean += (score - f(s, s.Fractions()[0], math.Pi/2, 1)) / draws
		}
		return mean
	}
	for name, want := range map[string]float64{"nbs": 0.043, "procrustes-angular-score": 0.048, "cka": 0.019, "linreg-r2": 0.006} {
		few, many := bias(name, 50), bias(name, 800)
		require.InEpsilon(t, want, few, 0.5, name)
		require.Positive(t, many, name)
		require.Less(t, many, few/3, name)
	}
}

// The figure's numbers: full replacement of the first component of variances from
// 1 to 1e-4, and of the spectra published of recordings, with the angles below
// which the caption's ordering holds.
func TestFullReplacement(t *testing.T) {
	gaussian := func(dim int) (s probe.Spectrum) {
		for i := range dim {
			s = append(s, math.Pow(10, -4*float64(i)/float64(dim-1)))
		}
		return s
	}
	for dim, want := range map[int][3]float64{100: {0.830, 0.911, 0.730}, 50: {0.687, 0.829, 0.622}} {
		s := gaussian(dim)
		p := s.Fractions()[0]
		require.InDelta(t, want[0], probe.CKAPerturbed(s, p, math.Pi/2, 1), 6e-4)
		require.InDelta(t, want[1], probe.NBSPerturbed(s, p, math.Pi/2, 1), 6e-4)
		f, _ := closedFormOf("procrustes-angular-score")
		require.InDelta(t, want[2], f(s, p, math.Pi/2, 1), 6e-4)
		critical, _ := probe.CriticalAngle(p, s.ParticipationRatio())
		require.True(t, math.IsNaN(critical), "the caption holds")
	}
	for name, want := range map[string]struct{ cka, angular, nbs, critical float64 }{
		"surrogate/siegel2015-fef":    {0.303, 0.485, 0.690, 32},
		"surrogate/hatsopoulos2007":   {0.398, 0.636, 0.841, 26},
		"surrogate/majajhong2015":     {0.580, 0.634, 0.839, 41},
		"surrogate/freemanziemba2013": {0.414, 0.597, 0.807, 30},
	} {
		d, err := data.Load(name)
		require.NoError(t, err)
		_, s := componentsOf(t, d.Activity)
		p := s.Fractions()
		// Between the published components the surrogates' spectra are filled in.
		require.InDelta(t, want.cka, probe.CKAPerturbed(s, p[0], math.Pi/2, 1), 5e-3, name)
		require.InDelta(t, want.nbs, probe.NBSPerturbed(s, p[0], math.Pi/2, 1), 5e-3, name)
		require.InDelta(t, want.angular, measures.AngularScoreOf(probe.NBSPerturbed(s, p[0], math.Pi/2, 1)), 5e-3, name)
		critical, again := probe.CriticalAngle(p[0], s.ParticipationRatio())
		require.InDelta(t, want.critical, critical*180/math.Pi, 0.6, name)
		require.True(t, math.IsNaN(again), name)
	}
}

// The critical angle is where the two measures drop by as much, and on either side
// of it the order is as said; of a geometric spectrum with ratio q the caption
// holds of full replacement if q > 1/√2.
func TestCriticalAngle(t *testing.T) {
	for _, q := range []float64{0.6, 0.70, 0.71, 0.9} {
		p, pr := 1-q, (1+q)/(1-q)
		require.Equal(t, q > 1/math.Sqrt2, probe.AheadBy(p, pr, math.Pi/2) > 0, q)
	}
	r := rand.New(rand.NewPCG(1, 0))
	returned := 0
	for range 300 {
		p := math.Pow(r.Float64(), 2)
		pr := math.Min(1/(p*p), math.Max(1, 1/p+r.Float64()*(1/(p*p)-1/p)))
		if r.IntN(3) == 0 { // near the edge, where the order may come back
			pr = probe.CriticalRatio(p, (60+30*r.Float64())*math.Pi/180)
		}
		critical, again := probe.CriticalAngle(p, pr)
		if !math.IsNaN(again) {
			returned++
		}
		for k := 1; k < 500; k++ {
			angle := float64(k) / 500 * math.Pi / 2
			ahead := math.IsNaN(critical) || angle < critical || angle > again
			if gap := probe.AheadBy(p, pr, angle); math.Abs(gap) > 1e-7 {
				require.Equal(t, ahead, gap > 0, "p %g, PR %g, angle %g", p, pr, angle)
			}
		}
	}
	require.Greater(t, returned, 10, "some come back")
	require.InDelta(t, 0.7, func() float64 { c, _ := probe.CriticalAngle(0.2, probe.CriticalRatio(0.2, 0.7)); return c }(), 1e-9)
}

// runPerturb runs the study and returns its tables.
func runPerturb(t *testing.T, out string, args ...string) map[string][][]string {
	tables := map[string][][]string{}
	for name, text := range studytest.Holds(t, func() experiments.Study { return New() }, out, args...) {
		tables[name] = studytest.Rows(t, text)
	}
	return tables
}

func TestPerturbOutputs(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	// Samples × units without time, as a .npy file.
	x := data.Gaussian(4, 40, 5)
	plain := filepath.Join(dir, "plain.npy")
	require.NoError(t, os.WriteFile(plain, studytest.NPY(t, data.Array{Name: "activity", Shape: []int{40, 5}, Values: x.Float64s()}), 0o644))
	names := strings.Join(perturbable, ",")
	tables := runPerturb(t, out, "-data", "toy2d,"+plain+","+studytest.Recording(t, dir), "-measures", names,
		"-components", "4", "-angle", "0.3,90deg", "-gain", "0.5:2:2")

	summary := tables["summary.csv"]
	require.Equal(t, []string{"dataset", "measure", "pc", "variance_fraction", "angle", "gain", "theory", "simulation"}, summary[0])
	require.Len(t, summary, 1+len(perturbable)*(2+4+4)*2*2)
	angles := map[string]bool{}
	for _, r := range append(summary[1:], tables["turning.csv"][1:]...) {
		agrees(t, r[1], studytest.Float(t, r[6]), studytest.Float(t, r[7]), r)
	}
	for _, r := range summary[1:] {
		angles[r[4]] = true
	}
	require.Equal(t, map[string]bool{"0.3": true, report.Number(math.Pi / 2): true}, angles, "in radians")
	require.Len(t, tables["theory.csv"], 1+len(perturbable)*(2+5+9)*2*2)
	require.Len(t, tables["critical.csv"], 1+2+5+9)
	require.InDelta(t, 42.3*math.Pi/180, studytest.Float(t, tables["critical.csv"][1][4]), 1e-3)
	for _, f := range []string{"perturb-toy2d.pdf", "turning-recording.svg", "perturb-plain.png", "critical-angle.png"} {
		require.FileExists(t, filepath.Join(out, f))
	}
	b, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	for _, text := range []string{
		"On 3 datasets the first component, replaced entirely, costs angular Procrustes ", "–0.95, CKA ", "–0.99 and NBS ", "–0.92.",
		"up to 42° on toy2d", "42.3°", "are those of the closed forms to", "columns are centred",
	} {
		require.Contains(t, string(b), text)
	}
}

// A surrogate is called one, and what follows from its spectrum is said to.
func TestPerturbSurrogate(t *testing.T) {
	var b bytes.Buffer
	out := filepath.Join(t.TempDir(), "out")
	require.Equal(t, 0, experiments.Run(context.Background(), New(), []string{"-data", "surrogate/freemanziemba2013", "-measures", "cka", "-components", "3", "-out", out}, &b, &b), b.String())
	require.FileExists(t, filepath.Join(out, "perturb-surrogate-freemanziemba2013.png"))
	require.Contains(t, studytest.Unwrapped(b.String()), "surrogate/freemanziemba2013: component 1 of 205, with 19 % of the variance, replaced entirely costs ")
	require.Contains(t, studytest.Unwrapped(b.String()), "30° on surrogate/freemanziemba2013; ")
	require.Contains(t, studytest.Unwrapped(b.String()), "A surrogate's spectrum is that published of the recording it stands for")
}

// Random directions: the bias of each, in place of agreement, and data of full
// rank, which have no others.
func TestPerturbRandom(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	full := filepath.Join(dir, "full.npy")
	require.NoError(t, os.WriteFile(full, studytest.NPY(t, data.Array{Name: "activity", Shape: []int{12, 30}, Values: data.Gaussian(4, 12, 30).Float64s()}), 0o644))
	tables := runPerturb(t, out, "-data", full+",exp-gaussian", "-measures", "nbs,linreg-r2", "-components", "5", "-random", "-seeds", "3")
	require.Equal(t, []string{"dataset", "measure", "seed", "pc", "variance_fraction", "angle", "gain", "theory", "simulation"}, tables["directions.csv"][0])
	require.Len(t, tables["directions.csv"], 1+2*2*5*3)
	mean := 0.0
	for _, r := range tables["directions.csv"][1:] {
		if r[0] == full && r[1] == "linreg-r2" {
			require.InDelta(t, 1, studytest.Float(t, r[8]), 1e-9, "every direction lies within the data")
		}
		if r[0] == "exp-gaussian" && r[1] == "nbs" && r[3] == "1" {
			require.Greater(t, studytest.Float(t, r[8]), studytest.Float(t, r[7]))
			mean += studytest.Float(t, r[8]) / 3
		}
	}
	for _, r := range tables["summary.csv"][1:] {
		if r[0] == "exp-gaussian" && r[1] == "nbs" && r[2] == "1" {
			require.InDelta(t, mean, studytest.Float(t, r[7]), 1e-14)
		}
	}
	b, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.Contains(t, string(b), "adds a bias to the closed form; for the first component, mean of 3: NBS &#43;")
	require.Contains(t, string(b), "regression finds what was replaced")
	require.NotContains(t, string(b), "are those of the closed forms to")
}

// Edges: a component alone, the fewest samples that leave a direction, components
// of one variance, a unit that all but repeats another.
func TestPerturbEdges(t *testing.T) {
	dir := t.TempDir()
	equal := data.Gaussian(2, 20, 6)
	c, _ := componentsOf(t, equal)
	repeats := data.Gaussian(3, 50, 4).Float64s()
	for i := range 50 {
		repeats[4*i+3] = 1000 + 1e-9*repeats[4*i]
	}
	var files []string
	sets := map[string]data.Array{
		"alone":   {Shape: []int{30, 1}, Values: data.Gaussian(1, 30, 1).Float64s()},
		"three":   {Shape: []int{3, 1}, Values: []float64{0, 1, 3}},
		"equal":   {Shape: []int{20, 6}, Values: slices.Clone(c.U.RawMatrix().Data)},
		"repeats": {Shape: []int{50, 4}, Values: repeats},
	}
	for _, name := range slices.Sorted(maps.Keys(sets)) { // sentences are of the first
		x := sets[name]
		x.Name = "activity"
		file := filepath.Join(dir, name+".npy")
		require.NoError(t, os.WriteFile(file, studytest.NPY(t, x), 0o644))
		files = append(files, file)
	}
	var b bytes.Buffer
	out := filepath.Join(dir, "out")
	require.Equal(t, 0, experiments.Run(context.Background(), New(), []string{"-data", strings.Join(files, ","), "-measures", strings.Join(perturbable, ","), "-angle", "0,0.5,90deg", "-gain", "0.01,1,100", "-out", out}, &b, &b), b.String())
	for _, r := range studytest.Rows(t, studytest.Tables(t, out)["summary.csv"])[1:] {
		agrees(t, r[1], studytest.Float(t, r[6]), studytest.Float(t, r[7]), r)
	}
	require.NotContains(t, studytest.Unwrapped(b.String()), "more than rounding")
	require.Contains(t, studytest.Unwrapped(b.String()), "On 4 datasets the first component, replaced entirely, costs ")
	require.Contains(t, studytest.Unwrapped(b.String()), "45° on alone.npy")
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.Regexp(t, `(?s)equal\.npy</td>.{0,40}17 %.{0,300}every angle`, string(page), "a table has the others")
	require.Contains(t, string(page), "0 of 6 on equal.npy")
	require.NotContains(t, studytest.Unwrapped(b.String()), "NaN")
}

func TestPerturbRecording(t *testing.T) {
	file := "../../shared/real/hatsopoulos2007.npz"
	if _, err := os.Stat(file); err != nil {
		t.Skip("the recording is not here")
	}
	tables := runPerturb(t, filepath.Join(t.TempDir(), "out"), "-data", file, "-components", "5")
	for _, r := range tables["summary.csv"][1:] {
		agrees(t, r[1], studytest.Float(t, r[6]), studytest.Float(t, r[7]), r)
	}
	require.NotEmpty(t, tables["critical.csv"][1][4], "the first component is beyond the caption")
	require.Empty(t, tables["critical.csv"][2][4])
}

// Every mistake gets one line that says what would be right; nothing is written.
func TestPerturbRefuses(t *testing.T) {
	dir := t.TempDir()
	full := filepath.Join(dir, "full.npy")
	require.NoError(t, os.WriteFile(full, studytest.NPY(t, data.Array{Name: "activity", Shape: []int{12, 30}, Values: data.Gaussian(4, 12, 30).Float64s()}), 0o644))
	for want, c := range map[string]struct {
		code int
		args []string
	}{
		"full.npy has 11 components on 12 samples, so that no direction over samples is orthogonal to the data; turn toward random ones with -random, or give more samples": {1, []string{"-data", full}},
		"rsa-rdm=correlation-compare=cosine: 2 units are too few":               {1, []string{"-data", "toy2d", "-measures", "cka,rsa-rdm=correlation-compare=cosine"}},
		"-angle \"200deg\": at \"200deg\": values are numbers from 0 to 180deg": {2, []string{"-angle", "200deg"}},
		"-angle \"0:1\": at \"0:1\"":                                            {2, []string{"-angle", "0:1"}},
		"-angle \"0:1:1000000000\": at \"0:1:1000000000\": at most 1000":        {2, []string{"-angle", "0:1:1000000000"}},
		"-angle \"0:1:1\": at \"0:1:1\"":                                        {2, []string{"-angle", "0:1:1"}},
		"-gain \"1,0\": at \"0\": values are numbers grea":                      {2, []string{"-gain", "1,0"}},
		"-gain \"1deg\": at \"1deg\"":                                           {2, []string{"-gain", "1deg"}},
		"-gain \"NaN\"":                                                         {2, []string{"-gain", "NaN"}},
		"-gain \"Inf\"":                                                         {2, []string{"-gain", "Inf"}},
		"-components -1: at least one is needed":                                {2, []string{"-components", "-1"}},
		"no such dataset":                                                       {1, []string{"-data", "toy3d"}},
	} {
		out := filepath.Join(dir, "out")
		var b bytes.Buffer
		require.Equal(t, c.code, experiments.Run(context.Background(), New(), append(c.args, "-out", out), &b, &b), want)
		require.Contains(t, studytest.Unwrapped(b.String()), want)
		require.Equal(t, 1, strings.Count(b.String(), "\n"), b.String())
		require.NoDirExists(t, out)
	}
}

// Another angle or gain is another result, and refused in the same folder.
func TestPerturbSettingsMustMatch(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out")
	run := func(args ...string) (int, string) {
		var b bytes.Buffer
		return experiments.Run(context.Background(), New(), append(args, "-data", "toy2d", "-out", out), &b, &b), b.String()
	}
	code, stderr := run("-measures", "cka")
	require.Equal(t, 0, code, stderr)
	for want, args := range map[string][]string{
		"was made with angles 1.5707963267948966, and now it is 0.5": {"-angle", "0.5"},
		"was made with gains 1, and now it is 2":                     {"-gain", "2"},
		"was made with directions orthogonal to the data":            {"-random", "-components", "100"},
		"was made with components 100 at most, and now it is all":    {"-components", "0"},
	} {
		code, stderr := run(args...)
		require.Equal(t, 1, code)
		require.Contains(t, stderr, want)
	}
	code, stderr = run("-measures", "cka,nbs")
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stderr, "going on: 3 of 5 cells are there")
}

func TestValues(t *testing.T) {
	any := func(float64) bool { return true }
	vs, err := values("-angle", "90deg, 0:1:3,0.5", "", any)
	require.NoError(t, err)
	require.Equal(t, []float64{0, 0.5, 1, math.Pi / 2}, vs)
}

// A measure without a closed form is simulated alone, and the report says so.
func TestSimulatedAlone(t *testing.T) {
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain.npy")
	require.NoError(t, os.WriteFile(plain, studytest.NPY(t, data.Array{Name: "activity", Shape: []int{30, 5}, Values: data.Gaussian(4, 30, 5).Float64s()}), 0o644))
	tables := runPerturb(t, filepath.Join(dir, "out"), "-data", plain, "-components", "3", "-measures", "cka,rsa-rdm=euclidean-compare=spearman,rsa-rdm=correlation-compare=pearson")
	alone, both := 0, 0
	for _, row := range tables["summary.csv"][1:] {
		if row[6] == "" {
			require.True(t, strings.HasPrefix(row[1], "rsa"))
			alone++
		} else {
			both++
		}
		require.NotEmpty(t, row[7])
	}
	require.Equal(t, 6, alone)
	require.Equal(t, 3, both)
}

// A closed form is that of the score of all samples, units and of one penalty.
func TestClosedFormsAreOfTheirMeasure(t *testing.T) {
	for name, want := range map[string]bool{
		"ridge-lambda=100-r2": true, "ridge-lambda=0.5-r2": true, "linreg-r2": true, "cka-distance=angular": true,
		"ridge-lambda=100-r2-cv=5folds": false, "ridge-lambda=100-r2-cv=5conditions": false, "ridge-lambda=nested-r2-cv=5conditions": false,
		"ridge-lambda=100-median_pearsonr-cv=5conditions": false, "ridge-lambda=100-r2-reverse": false, "linreg-r2-reverse": false,
	} {
		_, ok := closedFormOf(name)
		require.Equal(t, want, ok, name)
	}
}
