package explain_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studies/explain"
	"simgrad/experiments/studytest"
	"simgrad/measures"
)

func study() experiments.Study { return explain.New() }

// write writes a recording of smooth activity and models that have its first components
// alone; it returns their files.
func write(t *testing.T, components ...int) (files []string) {
	dir := t.TempDir()
	const times, conditions, units = 12, 9, 15
	x := data.Gaussian(1, times*conditions, units)
	for range 6 { // diffusion in time, and units of unlike size
		for i := conditions * units; i < len(x.Float64s()); i++ {
			x.Float64s()[i] = 0.6*x.Float64s()[i-conditions*units] + 0.4*x.Float64s()[i]
		}
	}
	for i := range x.Float64s() {
		x.Float64s()[i] *= math.Pow(0.7, float64(i%units))
	}
	c, err := probe.ComponentsOf(x)
	require.NoError(t, err)
	labels := make([]float64, conditions)
	position := make([]float64, conditions)
	for i := range labels {
		labels[i], position[i] = float64(i%2), math.Sqrt(float64(i+2))
	}
	file := func(name string, values []float64) {
		name = filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(name,
			data.Array{Name: "activity", Shape: []int{times, conditions, units}, Values: values},
			data.Array{Name: "side", Shape: []int{conditions}, Values: labels},
			data.Array{Name: "position", Shape: []int{conditions}, Values: position}))
		files = append(files, name)
	}
	file("recording.npz", x.Float64s())
	for _, k := range components {
		file("first"+string(rune('0'+k))+".npz", c.Leading(x, k).Float64s())
	}
	return files
}

func run(t *testing.T, args ...string) (code int, said string) {
	var b bytes.Buffer
	code = experiments.Run(context.Background(), study(), append([]string{"-out", filepath.Join(t.TempDir(), "out")}, args...), &b, &b)
	return code, unwrapped(b.String())
}

// page is the text of a report's page.
func page(t *testing.T, out string) string {
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	return string(page)
}

// unwrapped is text in one line.
func unwrapped(text string) string { return strings.Join(strings.Fields(text), " ") }

// value is of a mark of the ruler.
func value(t *testing.T, rows [][]string, model, measure, mark string) []string {
	for _, r := range rows {
		if strings.HasSuffix(r[1], model) && r[2] == measure && r[3] == mark {
			return r[4:]
		}
	}
	require.Failf(t, "no mark", "%s %s %s", model, measure, mark)
	return nil
}

// axesOf are the left singular vectors of x, units centred, those of rounding left out.
func axesOf(t *testing.T, x *tensor.Dense) mat.Matrix {
	units := x.Shape()[x.Dims()-1]
	z := mat.NewDense(len(x.Float64s())/units, units, slices.Clone(x.Float64s()))
	n, _ := z.Dims()
	for u := range units {
		mean := stat.Mean(mat.Col(nil, u, z), nil)
		for i := range n {
			z.Set(i, u, z.At(i, u)-mean)
		}
	}
	var svd mat.SVD
	require.True(t, svd.Factorize(z, mat.SVDThin))
	var u mat.Dense
	svd.UTo(&u)
	s, rank := svd.Values(nil), 0
	for rank < len(s) && s[rank] > 1e-10*s[0] {
		rank++
	}
	return u.Slice(0, n, 0, rank)
}

// projected holds the R² in sample of components.csv to the length of the components as they
// are projected into the span of the other dataset.
func projected(t *testing.T, components [][]string) {
	seen := 0
	for _, r := range components[1:] {
		of, err := data.Load(r[0])
		require.NoError(t, err)
		in, err := data.Load(r[1])
		require.NoError(t, err)
		component := mat.Col(nil, int(studytest.Float(t, r[2]))-1, axesOf(t, of.Activity))
		var onto mat.VecDense
		onto.MulVec(axesOf(t, in.Activity).T(), mat.NewVecDense(len(component), component))
		require.InDelta(t, mat.Dot(&onto, &onto), studytest.Float(t, r[4]), 1e-8, "%v", r)
		seen++
	}
	require.Positive(t, seen)
}

// Of two models, one of which has more of the recording, everything known in advance is
// found; the same command computes nothing again, and workers change no byte.
func TestExplain(t *testing.T) {
	files := write(t, 1, 3)
	out := filepath.Join(t.TempDir(), "out")
	ms := []string{"cka", "cka-hsic=song", "procrustes-angular-score", "linreg-r2-cv=5conditions"} // those that fit
	args := append([]string{"-quick"}, files...)
	if testing.Short() {
		ms = []string{"cka", "linreg-r2-cv=5conditions"}
		args = append(args, "-measures", strings.Join(ms, ","))
	}
	tables := studytest.Holds(t, study, out, args...)
	ruler := studytest.Rows(t, tables["ruler.csv"])
	require.Equal(t, []string{"dataset_x", "dataset_y", "measure", "mark", "value", "low", "high"}, ruler[0])
	for _, measure := range ms {
		for model, mark := range map[string]string{"first1.npz": "components=1", "first3.npz": "components=3"} {
			score := studytest.Float(t, value(t, ruler, model, measure, "score")[0])
			require.InDelta(t, studytest.Float(t, value(t, ruler, model, measure, mark)[0]), score, 1e-9, "%s of the model is the recording's own", measure)
			shuffled := value(t, ruler, model, measure, "shuffled")
			require.Greater(t, score, studytest.Float(t, shuffled[2]), "%s of shuffled conditions", measure)
			require.Equal(t, []string{"0.005", "0", "199"}, value(t, ruler, model, measure, "p"))
			low, high := studytest.Float(t, value(t, ruler, model, measure, "score")[1]), studytest.Float(t, value(t, ruler, model, measure, "score")[2])
			require.True(t, low < score && score < high, "%s: %g in [%g, %g]", measure, score, low, high)
			require.Less(t, studytest.Float(t, value(t, ruler, model, measure, "noise")[0]), score)
		}
	}
	methods, err := os.ReadFile(filepath.Join(out, "methods.txt"))
	require.NoError(t, err)
	require.Regexp(t, `^Scores of recording\.npz \(12 times × 9 conditions × 15 units, content [0-9a-f]{16}\) with first1\.npz .* Seed 0\.\n$`, string(methods))
	// A component that the model is made of is predicted for any condition; the next is not.
	components := studytest.Rows(t, tables["components.csv"])
	held := map[string]int{}
	for _, r := range components[1:] {
		if strings.HasSuffix(r[0], "recording.npz") && studytest.Float(t, r[5]) > .999 {
			require.InDelta(t, 1, studytest.Float(t, r[4]), 1e-9)
			held[filepath.Base(r[1])]++
		}
	}
	require.Equal(t, map[string]int{"first1.npz": 1, "first3.npz": 3}, held)
	projected(t, components)
	// Of a unit no more is predicted than its part in the components that the model is made of,
	// and nearly all of one that is nearly all in them.
	x, err := data.Load(files[0])
	require.NoError(t, err)
	c, err := probe.ComponentsOf(x.Activity)
	require.NoError(t, err)
	units := studytest.Rows(t, tables["units.csv"])
	require.Len(t, units, 1+2*x.Units())
	predicted := 0
	for _, r := range units[1:] {
		kept, all, u := 0., 0., int(studytest.Float(t, r[2]))-1
		for k, s := range c.S {
			v := math.Pow(s*c.V.At(u, k), 2)
			all += v
			if k == 0 || k < 3 && strings.HasSuffix(r[1], "first3.npz") {
				kept += v
			}
		}
		require.Less(t, studytest.Float(t, r[3]), kept/all+.05, "%v", r)
		if kept > .98*all {
			require.Greater(t, studytest.Float(t, r[3]), .9, "%v", r)
			predicted++
		}
		require.Less(t, studytest.Float(t, r[4]), studytest.Float(t, r[5]))
	}
	require.GreaterOrEqual(t, predicted, 2)
	decode := studytest.Rows(t, tables["decode.csv"])
	kinds := map[string]string{}
	for _, r := range decode[1:] {
		kinds[r[2]] = r[3]
	}
	require.Equal(t, map[string]string{"side": "classes", "position": "continuous"}, kinds)
	require.Regexp(t, `By CKA, first3\.npz \(0\.9\d*\) is the most alike to recording\.npz, (and not )?separated from first1\.npz`, page(t, out))
	require.Contains(t, page(t, out), "Pairs of models that other measures separate: ")
	require.FileExists(t, filepath.Join(out, "models.svg"), "the figure of both")
	differences := studytest.Rows(t, tables["differences.csv"])
	require.Len(t, differences, 1+len(ms))
	for _, r := range differences[1:] {
		require.Negative(t, studytest.Float(t, r[4]), "the model of one component scores less")
		require.LessOrEqual(t, studytest.Float(t, r[7]), studytest.Float(t, r[8]), "adjusted p")
	}
}

// The scores are printed before anything else is found, and -json prints the tables of the
// CSV files.
func TestPrinted(t *testing.T) {
	files := write(t, 1, 3)
	out := filepath.Join(t.TempDir(), "out")
	var stdout, stderr bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), study(), append([]string{"-quick", "-json", "-measures", "cka", "-out", out}, files...), &stdout, &stderr), stderr.String())
	require.Regexp(t, `(?s)^[^·]*(explain: 1/\d+ card[^\n]*\n)?score with recording\.npz +first1\.npz +first3\.npz\ncka +0\.\d{4} +0\.\d{4}\n.* ruler `, stderr.String())
	require.Contains(t, stderr.String(), "report.html")
	var got map[string][]map[string]any
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &got), stdout.String())
	tables := studytest.Tables(t, out)
	require.Len(t, got, len(tables))
	for name, content := range tables {
		rows, objects := studytest.Rows(t, content), got[strings.TrimSuffix(name, ".csv")]
		require.Len(t, objects, len(rows)-1, name)
		for i, row := range rows[1:] {
			require.Len(t, objects[i], len(row))
			for j, field := range rows[0] {
				switch v := objects[i][field].(type) {
				case float64:
					require.Equal(t, studytest.Float(t, row[j]), v)
				case string:
					require.Equal(t, row[j], v)
				default:
					require.Empty(t, row[j], field)
				}
			}
		}
	}
}

// Variables that the model's file alone has are decoded, of those that cannot be it is said
// why, and the score without a trace of a continuous one and times in their unit are there.
func TestVariables(t *testing.T) {
	const times, conditions, units = 3, 8, 6
	dir := t.TempDir()
	file := func(name string, seed uint64, more ...data.Array) string {
		file := filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(file, append(more, data.Array{Name: "activity", Shape: []int{times, conditions, units}, Values: data.Gaussian(seed, times*conditions, units).Float64s()})...))
		return file
	}
	along := func(name string, f func(c int) float64) data.Array {
		v := make([]float64, conditions)
		for c := range v {
			v[c] = f(c)
		}
		return data.Array{Name: name, Shape: []int{conditions}, Values: v}
	}
	x := file("recording.npz", 1,
		data.Array{Name: "target", Shape: []int{conditions}, Text: strings.Split("n,ne,e,se,s,sw,w,nw", ",")},
		along("direction", func(c int) float64 { return float64(c / 4) }),
		along("coherence", func(c int) float64 { return math.Sqrt(float64(c)) }),
		along("speed", func(int) float64 { return .5 }),
		data.Array{Name: "time_ms", Shape: []int{times}, Values: []float64{-20, 0, 20}})
	y := file("model.npz", 2, along("choice", func(c int) float64 { return float64(c % 2) }))
	out := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), study(), []string{"-quick", "-measures", "cka", "-out", out, x, y}, &b, &b), b.String())
	require.Contains(t, unwrapped(b.String()), "Not decoded: target. Every condition has a value of its own")
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.Contains(t, string(page), "speed has the same value in all samples: there is nothing to decode")
	require.Contains(t, string(page), "time (ms)")
	require.Contains(t, string(page), "Best without a linear trace of a variable: what the recording scores with itself")
	tables := studytest.Tables(t, out)
	kinds := map[string]string{}
	for _, r := range studytest.Rows(t, tables["decode.csv"])[1:] {
		kinds[r[2]] = r[3]
	}
	require.Equal(t, map[string]string{"direction": "classes", "choice": "classes", "coherence": "continuous"}, kinds)
	recording, err := data.Load(x)
	require.NoError(t, err)
	i := slices.IndexFunc(recording.Continuous, func(v data.Continuous) bool { return v.Name == "coherence" })
	without, err := measures.CKA.Eval(recording.Activity, probe.EraseContinuous(recording.Activity, recording.Continuous[i].Coordinates()))
	require.NoError(t, err)
	require.InDelta(t, without, studytest.Float(t, value(t, studytest.Rows(t, tables["ruler.csv"]), "model.npz", "cka", "zero-information=coherence")[0]), 1e-12)
	for _, r := range studytest.Rows(t, tables["influence.csv"])[1:] {
		want := []string{"", strings.Split("n,ne,e,se,s,sw,w,nw", ",")[int(studytest.Float(t, r[4]))]}
		if r[3] == "time" {
			want = []string{[]string{"-20", "0", "20"}[int(studytest.Float(t, r[4]))], ""}
		}
		require.Equal(t, want, r[6:], "the time, or the condition's name")
	}
}

// What methods.txt says was done, and only that.
func TestMethods(t *testing.T) {
	methods := func(args ...string) string {
		out := filepath.Join(t.TempDir(), "out")
		var b bytes.Buffer
		require.Equal(t, 0, experiments.Run(context.Background(), study(), append([]string{"-quick", "-out", out}, args...), &b, &b), b.String())
		text, err := os.ReadFile(filepath.Join(out, "methods.txt"))
		require.NoError(t, err)
		return string(text)
	}
	var few []string // conditions, no variable
	for i, name := range []string{"recording.npz", "a.npz", "b.npz"} {
		few = append(few, filepath.Join(t.TempDir(), name))
		require.NoError(t, data.WriteArrays(few[i], data.Array{Name: "activity", Shape: []int{4, 5, 6}, Values: data.Gaussian(uint64(i), 20, 6).Float64s()}))
	}
	of := methods(append([]string{"-measures", "cka"}, few...)...)
	require.Contains(t, of, "(all 119; p = (b + 1)/(B + 1))")
	require.Contains(t, of, "those of 40 surrogates")
	require.Contains(t, of, "left out: principal components (39 shufflings), the recording's units (7).")
	for _, not := range []string{"Intervals", "jackknife", "decoded", "continuous", "ceiling", "difference", "Noise in", "subjects"} {
		require.NotContains(t, of, not)
	}
	files := write(t, 1, 3)
	of = methods(append([]string{"-measures", "cka,mutual_knn-topk=3", "-seed", "7"}, files...)...)
	for _, want := range []string{
		"(199 at random; p", "jackknife over conditions, with Student's t, for CKA.", "continuous variables (units standardised; 39)",
		"Classes were decoded by logistic regression (units standardised) in at most 5 folds of conditions at each time (39 shufflings).",
		"The difference between the models is of the same left-out conditions.", "Seed 7.",
	} {
		require.Contains(t, of, want)
	}
	require.NotContains(t, of, "two-way")
}

// What there is no interval of is said with its reason, of differences too.
func TestTooFew(t *testing.T) {
	var files []string
	for i, name := range []string{"recording.npz", "a.npz", "b.npz"} {
		files = append(files, filepath.Join(t.TempDir(), name))
		require.NoError(t, data.WriteArrays(files[i], data.Array{Name: "activity", Shape: []int{4, 5, 6}, Values: data.Gaussian(uint64(i), 20, 6).Float64s()}))
	}
	code, said := run(t, append([]string{"-quick", "-measures", "cka"}, files...)...)
	require.Equal(t, 0, code, said)
	require.Contains(t, said, "they are not compared: 5 conditions are too few to leave some out; 6 are needed.")
}

// What proves something of another measure holds of the models themselves.
func TestAllowed(t *testing.T) {
	files := write(t, 2)
	out := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), study(), append([]string{"-quick", "-measures", "cka,procrustes-angular-score", "-out", out}, files...), &b, &b), b.String())
	require.NoFileExists(t, filepath.Join(out, "models.svg"))
	ruler := studytest.Rows(t, studytest.Tables(t, out)["ruler.csv"])
	for of, other := range map[string]string{"cka": "procrustes-angular-score", "procrustes-angular-score": "cka"} {
		bounds := value(t, ruler, "first2.npz", of, "allowed="+other)
		score := studytest.Float(t, value(t, ruler, "first2.npz", other, "score")[0])
		require.LessOrEqual(t, studytest.Float(t, bounds[1]), score)
		require.GreaterOrEqual(t, studytest.Float(t, bounds[2]), score)
	}
	// A model of a far higher dimension than the recording, with its first component: what is
	// proven is so for any.
	x, err := data.Load(files[0])
	require.NoError(t, err)
	c, err := probe.ComponentsOf(x.Activity)
	require.NoError(t, err)
	const units = 90
	// Its other units have nothing of the recording: what is left of noise orthogonal to it.
	noise, along, onto := probe.Centred(data.Gaussian(5, x.NumSamples(), units)), mat.NewDense(len(c.S), units, nil), mat.NewDense(x.NumSamples(), units, nil)
	along.Mul(c.U.T(), noise)
	onto.Mul(c.U, along)
	noise.Sub(noise, onto)
	noise.Scale(0.4, noise)
	for i := range x.NumSamples() {
		noise.Set(i, 0, 12*c.U.At(i, 0))
	}
	file := filepath.Join(t.TempDir(), "wide.npz")
	require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: []int{x.Times(), x.Conditions(), units}, Values: noise.RawMatrix().Data}))
	out = filepath.Join(t.TempDir(), "out")
	require.Equal(t, 0, experiments.Run(context.Background(), study(), []string{"-quick", "-measures", "cka,procrustes-angular-score", "-out", out, files[0], file}, new(bytes.Buffer), new(bytes.Buffer)))
	ruler = studytest.Rows(t, studytest.Tables(t, out)["ruler.csv"])
	for of, other := range map[string]string{"cka": "procrustes-angular-score", "procrustes-angular-score": "cka"} {
		bounds := value(t, ruler, "wide.npz", of, "allowed="+other)
		score := studytest.Float(t, value(t, ruler, "wide.npz", other, "score")[0])
		require.LessOrEqual(t, studytest.Float(t, bounds[1]), score, "%s", of)
		require.GreaterOrEqual(t, studytest.Float(t, bounds[2]), score, "%s", of)
	}
	require.Contains(t, unwrapped(b.String()), "the model has 1 (R² 1.00), 2 (R² 1.00) for conditions left out; not shown: 3")
}

// A recording alone has a card; ceilings come of halves, and are unknown without.
func TestCardAndCeiling(t *testing.T) {
	files := write(t, 2)
	code, said := run(t, files[0])
	require.Equal(t, 0, code, said)
	require.Contains(t, said, "recording.npz has a participation ratio of ")

	x, err := data.Load(files[0])
	require.NoError(t, err)
	var halves []string
	for seed := range 2 {
		noise := data.Gaussian(uint64(seed+7), x.NumSamples(), x.Units()).Float64s()
		for i := range noise {
			noise[i] = x.Activity.Float64s()[i] + 0.05*noise[i]
		}
		halves = append(halves, filepath.Join(t.TempDir(), "half.npz"))
		require.NoError(t, data.WriteArrays(halves[seed], data.Array{Name: "activity", Shape: x.Shape, Values: noise}))
	}
	out := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	args := []string{"-quick", "-measures", "cka", "-out", out, "-ceiling", strings.Join(halves, ","), files[0], files[1]}
	require.Equal(t, 0, experiments.Run(context.Background(), study(), args, &b, &b), b.String())
	ruler := studytest.Rows(t, studytest.Tables(t, out)["ruler.csv"])
	found := 0
	for _, r := range ruler {
		if strings.Contains(r[3], "half") || strings.Contains(r[3], "noise-free") {
			v := studytest.Float(t, r[4])
			require.True(t, v > .9 && v < 1, "%s %g", r[3], v)
			found++
		}
	}
	require.Equal(t, 2, found, "%v", ruler)
	// A unit's average over both halves repeats as far as its variance is not noise.
	units := studytest.Rows(t, studytest.Tables(t, out)["units.csv"])
	require.Equal(t, "reliability", units[0][6])
	z, want, got := probe.Centred(x.Activity), 0., 0.
	for u := range 10 { // the others are mostly noise
		variance := stat.Variance(mat.Col(nil, u, z), nil)
		want, got = want+variance/(variance+.05*.05/2), got+studytest.Float(t, units[1+u][6])
	}
	require.InDelta(t, want, got, .2) // of halves alone it is .74 less
	require.Contains(t, page(t, out), "most possible")

	// Halves are read with -axes as others are.
	turned := func(file string) string {
		d, err := data.Load(file)
		require.NoError(t, err)
		v, at := d.Activity.Float64s(), make([]float64, 0, len(d.Activity.Float64s()))
		for c := range d.Conditions() {
			for time := range d.Times() {
				at = append(at, v[(time*d.Conditions()+c)*d.Units():][:d.Units()]...)
			}
		}
		to := filepath.Join(t.TempDir(), "turned.npz")
		require.NoError(t, data.WriteArrays(to, data.Array{Name: "activity", Shape: []int{d.Conditions(), d.Times(), d.Units()}, Values: at}))
		return to
	}
	even, odd := turned(halves[0]), turned(halves[1])
	again := filepath.Join(t.TempDir(), "out")
	args = []string{"-quick", "-measures", "cka", "-out", again, "-ceiling", even + "," + odd, "-axes", even + "=condition,time,unit", "-axes", odd + "=condition,time,unit", files[0], files[1]}
	require.Equal(t, 0, experiments.Run(context.Background(), study(), args, &b, &b), b.String())
	require.Equal(t, ruler, studytest.Rows(t, studytest.Tables(t, again)["ruler.csv"]))

	// Halves of another recording, in another order, or with other labels, are none.
	other := func(change func(activity, side []float64)) string {
		h, err := data.Load(halves[1])
		require.NoError(t, err)
		v, side := h.Activity.Float64s(), make([]float64, x.Conditions())
		for c, class := range x.Variables[0].Class {
			side[c] = float64(class)
		}
		change(v, side)
		file := filepath.Join(t.TempDir(), "other.npz")
		require.NoError(t, data.WriteArrays(file, data.Array{Name: "activity", Shape: x.Shape, Values: v}, data.Array{Name: "side", Shape: []int{x.Conditions()}, Values: side}))
		return file
	}
	for want, change := range map[string]func(v, side []float64){
		"its condition 2 is like condition 4 of the recording (correlation": func(v, _ []float64) {
			for at := range x.Times() {
				for u := range x.Units() {
					i, j := (at*x.Conditions()+2)*x.Units()+u, (at*x.Conditions()+4)*x.Units()+u
					v[i], v[j] = v[j], v[i]
				}
			}
		},
		"its conditions are not like those of the recording": func(v, _ []float64) { copy(v, data.Gaussian(3, len(v), 1).Float64s()) },
		"side of ": func(_, side []float64) { side[3] = 1 - side[3] },
	} {
		code, said := run(t, "-quick", "-measures", "cka", "-ceiling", halves[0]+","+other(change), files[0], files[1])
		require.Equal(t, 1, code, said)
		require.Contains(t, said, want)
	}
}

// Trials give the ceiling of a repetition, above that of halves; other subjects give bounds.
func TestRepetitionAndSubjects(t *testing.T) {
	files := write(t, 1, 2, 3)
	x, err := data.Load(files[0])
	require.NoError(t, err)
	const trials = 6
	var v, condition []float64
	for at := range x.Times() {
		for k := range trials * x.Conditions() {
			noise := data.Gaussian(uint64(1000*at+k), 1, x.Units()).Float64s()
			for u, e := range noise {
				v = append(v, x.Activity.Float64s()[(at*x.Conditions()+k%x.Conditions())*x.Units()+u]+.7*e)
			}
		}
	}
	for k := range trials * x.Conditions() {
		condition = append(condition, float64(k%x.Conditions()))
	}
	file := filepath.Join(t.TempDir(), "trials.npz")
	require.NoError(t, data.WriteArrays(file,
		data.Array{Name: "activity", Shape: []int{x.Times(), len(condition), x.Units()}, Values: v},
		data.Array{Name: "target", Shape: []int{len(condition)}, Values: condition}))
	out := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	args := []string{"-quick", "-measures", "cka", "-out", out, "-axes", file + "=time,trial,unit", "-axes", files[1] + "=time,condition,unit", "-average", "target", "-by", "order", file, files[1]}
	require.Equal(t, 0, experiments.Run(context.Background(), study(), args, &b, &b), b.String())
	ruler := studytest.Rows(t, studytest.Tables(t, out)["ruler.csv"])
	half := studytest.Float(t, value(t, ruler, "first1.npz", "cka", "half-against-half")[0])
	repetition := studytest.Float(t, value(t, ruler, "first1.npz", "cka", "repetition")[0])
	free := studytest.Float(t, value(t, ruler, "first1.npz", "cka", "noise-free")[0])
	require.True(t, half+.02 < repetition && repetition+.02 < free, "%g %g %g", half, repetition, free)

	out = filepath.Join(t.TempDir(), "out")
	args = []string{"-quick", "-measures", "cka", "-out", out, "-subjects", files[1] + "," + files[3], files[0], files[2]}
	require.Equal(t, 0, experiments.Run(context.Background(), study(), args, &b, &b), b.String())
	ruler = studytest.Rows(t, studytest.Tables(t, out)["ruler.csv"])
	lower, upper := value(t, ruler, "first2.npz", "cka", "subjects-lower"), value(t, ruler, "first2.npz", "cka", "subjects-upper")
	require.Less(t, studytest.Float(t, lower[0]), studytest.Float(t, upper[0]))
	require.Less(t, studytest.Float(t, lower[1]), studytest.Float(t, lower[2]))
	code, said := run(t, "-subjects", files[1], files[0], files[2])
	require.Equal(t, 2, code)
	require.Contains(t, said, "two files or more are needed")
}

// A measure of repetitions of both is of the trials of both, and says that it has no shufflings.
func TestRepetitionsOfBoth(t *testing.T) {
	const times, conditions, trials = 4, 6, 3
	dir := t.TempDir()
	latent := data.Gaussian(1, times*conditions, 2).Float64s()
	file := func(name string, units int) string {
		noise := data.Gaussian(uint64(units), times*conditions*trials, units).Float64s()
		var label []float64
		for i := range conditions * trials {
			label = append(label, float64(i%conditions))
		}
		for i := range noise {
			row := i / units
			at, c := row/(conditions*trials), row%conditions
			noise[i] = .3*noise[i] + latent[(at*conditions+c)*2+i%units%2]
		}
		name = filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(name,
			data.Array{Name: "activity", Shape: []int{times, conditions * trials, units}, Values: noise},
			data.Array{Name: "target", Shape: []int{conditions * trials}, Values: label}))
		return name
	}
	const name = "stochastic_shape-alpha=1-distance=euclidean"
	x, y := file("recording.npz", 5), file("model.npz", 4)
	out := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	args := []string{"-quick", "-measures", name, "-out", out, "-axes", "time,trial,unit", "-average", "target", x, y}
	require.Equal(t, 0, experiments.Run(context.Background(), study(), args, &b, &b), b.String())
	ruler := studytest.Rows(t, studytest.Tables(t, out)["ruler.csv"])
	score := value(t, ruler, "model.npz", name, "score")
	require.Positive(t, studytest.Float(t, score[0]))
	require.Regexp(t, regexp.QuoteMeta(name)+` +`+regexp.QuoteMeta(score[0][:5]), b.String(), "the first table")
	require.Contains(t, page(t, out), "not drawn, nor surrogates and noise")
}

// What is asked wrongly is refused in a sentence, and nothing is written.
func TestUsage(t *testing.T) {
	files := write(t, 1)
	for want, args := range map[string][]string{
		"is given twice":                {files[0], files[0]},
		"it is raw or standardised":     {"-decoder", "white", files[0], files[1]},
		"-quick asks for fewer draws":   {"-quick", "-deep", files[0], files[1]},
		"two files are needed":          {"-ceiling", files[0], files[0], files[1]},
		"both halves are the same data": {"-ceiling", files[0] + "," + files[0], files[0], files[1]},
		"no measure begins with":        {"-measures", "ckb", files[0], files[1]},
	} {
		code, said := run(t, args...)
		require.Equal(t, 2, code, said)
		require.Contains(t, said, want)
	}
	code, said := run(t, files[0], "missing.npz")
	require.Equal(t, 1, code)
	require.Contains(t, said, "missing.npz")
}

// The M1 recording and a model that has its first three components, where they are at hand.
func TestRecording(t *testing.T) {
	const x, y = "../../../../shared/real/hatsopoulos2007.npz", "../../../../shared/screen/m1-model.npz"
	if _, err := os.Stat(x); err != nil || testing.Short() {
		t.Skip("no recording at hand, or -short")
	}
	out := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), study(), []string{"-quick", "-measures", "cka,cka-hsic=song,nbs", "-out", out, x, y}, &b, &b), b.String())
	tables := studytest.Tables(t, out)
	ruler := studytest.Rows(t, tables["ruler.csv"])
	for _, known := range []struct {
		measure, mark string
		column        int
		value, within float64
	}{
		{"cka", "score", 0, .8300, 1e-4},
		{"cka-hsic=song", "score", 0, .8313, 1e-4},
		{"cka", "components=1", 0, .95075, 1e-5},
		{"nbs", "components=1", 0, .72372, 1e-5},
		{"cka", "conditions-removed", 0, .5149, 1e-3},
		{"cka", "shuffled", 0, .561, .02}, // of all 40,320 orders
		{"cka", "shuffled", 1, .451, .03},
		{"cka", "shuffled", 2, .701, .03},
	} {
		got := studytest.Float(t, value(t, ruler, "m1-model.npz", known.measure, known.mark)[known.column])
		require.InDelta(t, known.value, got, known.within, "%v", known)
	}
	projected(t, studytest.Rows(t, tables["components.csv"]))
	require.Contains(t, unwrapped(b.String()), "the model has 1 (R² 0.94), 2 (R² 0.78), 3 (R² 0.56) for conditions left out; not shown: 4–10 (R² at most ")
}

// Of more measures than a figure holds the first are drawn, a row each in the table, and all are in
// the CSV; those without a score take no room.
func TestManyMeasures(t *testing.T) {
	files := write(t, 2)
	out := filepath.Join(t.TempDir(), "out")
	ms := "rsa-rdm=crossnobis-compare=cosine,cka,cka-angular-score,cka-hsic=song,cka-hsic=lange,nbs,nbs-squared,procrustes-angular-score,procrustes-distance=angular,linreg-r2,cca,svcca-dim=2,mutual_knn-topk=3,permutation_metric,ensd"
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), study(), []string{"-quick", "-measures", ms, "-out", out, files[0], files[1]}, &b, &b), b.String())
	text := page(t, out)
	require.Contains(t, text, "Of 14 measures these are the first 12; the CSV has all.")
	require.Contains(t, text, "<td>shared dimensions (ENSD)</td>")
	ruler := studytest.Rows(t, studytest.Tables(t, out)["ruler.csv"])
	value(t, ruler, "first2.npz", "ensd", "shuffled")
}

// Of many samples none is left out in turn, and it is said.
func TestManySamples(t *testing.T) {
	dir := t.TempDir()
	var files []string
	for i, name := range []string{"recording.npz", "model.npz"} {
		files = append(files, filepath.Join(dir, name))
		require.NoError(t, data.WriteArrays(files[i], data.Array{Name: "activity", Shape: []int{101, 3}, Values: data.Gaussian(uint64(i), 101, 3).Float64s()}))
	}
	out := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), study(), append([]string{"-quick", "-measures", "cka", "-out", out}, files...), &b, &b), b.String())
	require.Contains(t, page(t, out), "none of 101 conditions is left out in turn")
	require.NotContains(t, page(t, out), "Best without a linear trace") // there is no variable
}

// Of sizes that scores say more of than of likeness, and of units that do not vary, it is said.
func TestDoubts(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, units, dead int) string {
		const samples = 8
		x := data.Gaussian(uint64(units), samples, units).Float64s()
		for i := range dead * samples {
			x[i%samples*units+i/samples] = 2
		}
		name = filepath.Join(dir, name)
		require.NoError(t, data.WriteArrays(name, data.Array{Name: "activity", Shape: []int{samples, units}, Values: x}))
		return name
	}
	x, wide, narrow := file("recording.npz", 100, 2), file("wide.npz", 101, 0), file("narrow.npz", 2, 0)
	out := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), study(), []string{"-quick", "-measures", "cka,cka-hsic=song", "-out", out, x, wide, narrow}, &b, &b), b.String())
	said := unwrapped(b.String())
	require.Contains(t, said, "recording.npz: Units that do not vary, 2 of 100: 0, 1 (counted from 0).")
	require.Regexp(t, `White noise in the place of wide\.npz, 101 units on 8 samples, scores 0\.9\d by CKA: such scores are high for data of these sizes`, said)
	require.Contains(t, said, "White noise in the place of narrow.npz, 2 units on 8 samples, scores 0.4")
	require.NotContains(t, said, " by unbiased CKA: such scores are high")
	text := page(t, out)
	require.Equal(t, 2, strings.Count(text, "fewer than two samples a unit"))
	require.Contains(t, text, "above shuffle")
	for _, of := range []string{"For other conditions as far as", "Not for other units: no", "Not for other animals: one was given."} {
		require.Contains(t, text, of)
	}
}

// Of a model that has the mean over conditions of a component and nothing else of it, this is
// said; and of more units than are predicted, which they are.
func TestCommonToAllConditions(t *testing.T) {
	const times, conditions, units = 8, 6, 301
	x, y := make([]float64, 0, times*conditions*units), make([]float64, 0, times*conditions*2)
	noise := data.Gaussian(3, times*conditions, 3).Float64s()
	for at := range times {
		for c := range conditions {
			e := noise[3*(at*conditions+c):][:3]
			shared, own := 4*math.Sin(float64(at)), float64(c%3-1)*math.Cos(2*float64(at))
			for u := range units {
				v := shared + .3*e[0]
				if u%2 == 1 {
					v = own
				}
				x = append(x, v)
			}
			y = append(y, shared+.3*e[1], own+.01*e[2])
		}
	}
	dir := t.TempDir()
	var files []string
	for name, a := range map[string]data.Array{
		"1.npz": {Name: "activity", Shape: []int{times, conditions, units}, Values: x},
		"2.npz": {Name: "activity", Shape: []int{times, conditions, 2}, Values: y},
	} {
		files = append(files, filepath.Join(dir, name))
		require.NoError(t, data.WriteArrays(filepath.Join(dir, name), a))
	}
	slices.Sort(files)
	out := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), study(), append([]string{"-quick", "-measures", "cka", "-out", out}, files...), &b, &b), b.String())
	rows := studytest.Rows(t, studytest.Tables(t, out)["components.csv"])
	require.Equal(t, []string{"r2_removed", "state"}, rows[0][8:])
	require.Less(t, studytest.Float(t, rows[1][8]), .25)
	require.Equal(t, "common to all conditions", rows[1][9])
	require.Greater(t, studytest.Float(t, rows[2][8]), .99)
	require.Equal(t, "in", rows[2][9])
	require.Contains(t, unwrapped(b.String()), "it has of 1 (R² 0.9")
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.Contains(t, string(page), "Of its 301 units every 2nd is predicted, from the first on.")
	require.Len(t, studytest.Rows(t, studytest.Tables(t, out)["units.csv"]), 1+151)
}

// With -deep it is searched what other measures may be at a model's score, and seen what noise
// has that is driven to it.
func TestDeep(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	files := write(t, 2)
	out := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	args := append([]string{"-deep", "-measures", "cka,procrustes-angular-score", "-out", out}, files...)
	require.Equal(t, 0, experiments.Run(context.Background(), study(), args, &b, &b), b.String())
	ruler := studytest.Rows(t, studytest.Tables(t, out)["ruler.csv"])
	for of, other := range map[string]string{"cka": "procrustes-angular-score", "procrustes-angular-score": "cka"} {
		score := studytest.Float(t, value(t, ruler, "first2.npz", other, "score")[0])
		bounds := map[string][2]float64{}
		for _, status := range []string{"", "/attained", "/optimised"} {
			v := value(t, ruler, "first2.npz", of, "allowed="+other+status)
			bounds[status] = [2]float64{studytest.Float(t, v[1]), studytest.Float(t, v[2])}
		}
		require.True(t, bounds["/attained"][0] <= score && score <= bounds["/attained"][1])
		for _, status := range []string{"/attained", "/optimised"} {
			require.Less(t, bounds[status][0], bounds[status][1])
			require.Less(t, bounds[""][0], bounds[status][0], "what was found is not beyond what is proven")
			require.Greater(t, bounds[""][1], bounds[status][1]-1e-9)
		}
		require.Less(t, bounds["/optimised"][0], score-.05, "other data have less")
	}
	said := unwrapped(b.String())
	score := report.Fraction(studytest.Float(t, value(t, ruler, "first2.npz", "cka", "score")[0]))
	require.Regexp(t, `Noise driven up CKA is at `+regexp.QuoteMeta(score)+` within \d+ steps, and has components? 1[^.]* there, where the model has 1, 2[.;]`, said)
	require.Regexp(t, `Of other data that score `+regexp.QuoteMeta(score)+` by CKA, angular Procrustes can be anything from 0\.\d+ to 0\.\d+, as was found, and only from 0\.\d+ to 0\.\d+, as is proven\.`, said)
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.Contains(t, string(page), "Noise driven up each measure until it scores as first2.npz does")
}
