package experiments_test

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/studies/decode"
	"simgrad/experiments/studies/explain"
	"simgrad/experiments/studies/joint"
	"simgrad/experiments/studies/optimize"
	"simgrad/experiments/studies/pcdynamics"
	"simgrad/experiments/studies/perturb"
	"simgrad/experiments/studytest"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
)

// trialsOf writes trials × times × units, four trials of each of six targets in the order
// given, whose first is labelled with a reward that changes from trial to trial.
func trialsOf(t *testing.T, file string, order []int, seed uint64, more ...data.Array) string {
	const times, units = 3, 4
	x := data.Gaussian(seed, len(order)*times, units).Float64s()
	target, reward := make([]float64, len(order)), make([]float64, len(order))
	for k, o := range order {
		target[k], reward[k] = float64(o), float64(k/5%2)
		for i := range times * units {
			x[k*times*units+i] = 0.1*x[k*times*units+i] + float64((o*o*7+i*o)%11)
		}
	}
	require.NoError(t, data.WriteArrays(file, append([]data.Array{
		{Name: "activity", Shape: []int{len(order), times, units}, Values: x},
		{Name: "target", Shape: []int{len(order)}, Values: target, Integral: true},
		{Name: "reward", Shape: []int{len(order)}, Values: reward, Integral: true},
	}, more...)...))
	return file
}

// Every command reads files as it is told to, and aligns what is averaged by the labels
// that it is averaged by.
func TestReadingFlags(t *testing.T) {
	dir := t.TempDir()
	order := slices.Repeat([]int{0, 1, 2, 3, 4, 5}, 4)
	turned := slices.Clone(order)
	slices.Reverse(turned)
	x, y := trialsOf(t, filepath.Join(dir, "x.npz"), order, 1), trialsOf(t, filepath.Join(dir, "y.npz"), turned, 2)
	few := trialsOf(t, filepath.Join(dir, "few.npz"), []int{5, 5, 1, 1, 2, 2, 1}, 2)
	code, stdout, stderr := runScore("-measures", "cka", "-axes", "trial,time,unit", "-average", "target", x, y)
	require.Equal(t, 0, code, stderr)
	require.Regexp(t, `cka +0\.9`, stdout)
	stderr = studytest.Unwrapped(stderr)
	require.Contains(t, stderr, "x.npz: Conditions are means of 4 trials each, by target.")
	require.Contains(t, stderr, "x.npz: Dropped, for the trials of a condition differ in it: reward.")
	code, _, stderr = runScore("-measures", "cka", "-axes", "trial,time,unit", "-average", "target", x, few)
	require.Equal(t, 0, code, stderr)
	stderr = studytest.Unwrapped(stderr)
	require.Contains(t, stderr, `few.npz: Trials are cut to the fewest that a condition has, 2 of up to 3, the first in the file's order: 1 of 7 are left out.`)
	require.Contains(t, stderr, `3 of 6 conditions of x.npz are left out, as that of target "0": not all datasets have it.`)
	code, _, stderr = runScore("-measures", "cka", "-axes", "trial,time,unit", "-average", "target", "-by", "order", x, few)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "has 18 samples and")

	for want, args := range map[string][]string{
		`invalid value "trial,neuron" for flag -axes: it has "neuron" for an axis; the words are time, condition, trial, sample and unit`: {"-axes", "trial,neuron"},
		`no label "targets" to average trials by; it has target, reward.`:                                                                 {"-axes", "trial,time,unit", "-average", "targets"},
		`names 2 axes, and array "activity" has shape [24 3 4]`:                                                                           {"-axes", "sample,unit"},
		`-axes z.npz=sample,unit: this file is not read; what is: ` + x:                                                                   {"-axes", "trial,time,unit", "-axes", "z.npz=sample,unit"},
		`-average "target,": a name in the list is empty`:                                                                                 {"-average", "target,"},
	} {
		code, _, stderr := runScore(append(args, x, y)...)
		require.NotZero(t, code)
		require.Contains(t, stderr, want)
		require.Equal(t, 1, strings.Count(stderr, "\n"))
	}

	run := func(s experiments.Study, args ...string) (int, string) {
		var b bytes.Buffer
		code := experiments.Run(context.Background(), s, append(args, "-out", filepath.Join(t.TempDir(), "out")), &b, &b)
		return code, b.String()
	}
	code, said := run(pcdynamics.New(), "-quick", "-steps", "3", "-data", x+",toy2d", "-axes", x+"=trial,time,unit")
	require.Equal(t, 0, code, said)
	require.Contains(t, said, "x.npz: 3 times × 24 conditions × 4 units")
	code, said = run(pcdynamics.New(), "-data", "toy2d", "-axes", "trial,time,unit")
	require.Equal(t, 2, code)
	require.Contains(t, said, "-axes trial,time,unit says the axes of files, and none is read")
	code, said = run(optimize.New(), "-axes", "trial,time,unit", "-average", "target", "-init", y, "-steps", "2", x)
	require.Equal(t, 0, code, said)
	require.Contains(t, said, "3 times × 6 conditions × 4 units")
	require.NotContains(t, said, "differs at condition")
}

// A measure that needs repetitions has the trials that conditions are means of: in tables, in
// explanations and in ascents. Where there are none it is refused, before an ascent.
func TestRepetitions(t *testing.T) {
	const name = "rsa-rdm=(crossnobis-noise=diag)-compare=whitened_cosine"
	dir := t.TempDir()
	file := trialsOf(t, filepath.Join(dir, "x.npz"), slices.Repeat([]int{0, 1, 2, 3, 4, 5, 6, 7}, 4), 1,
		data.Array{Name: "side", Shape: []int{32}, Values: slices.Repeat([]float64{0, 1}, 16), Integral: true})
	average := []string{"-axes", "trial,time,unit", "-average", "target"}
	d, err := data.Reading{Axes: "trial,time,unit", Average: []string{"target"}}.Load(file)
	require.NoError(t, err)
	m, err := measures.ByName(name)
	require.NoError(t, err)
	want, err := m.Repeated(4).Eval(d.Repetitions(), d.Activity)
	require.NoError(t, err)
	run := func(s experiments.Study, args ...string) (int, string, string) {
		var b bytes.Buffer
		out := filepath.Join(t.TempDir(), "out")
		code := experiments.Run(context.Background(), s, append(args, "-out", out), &b, &b)
		return code, studytest.Unwrapped(b.String()), out
	}
	code, stdout, stderr := runScore(append(average, "-measures", name, "-json", file, file)...)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, strconv.FormatFloat(want, 'g', -1, 64))

	model := filepath.Join(dir, "model.npz")
	require.NoError(t, data.WriteArrays(model,
		data.Array{Name: "activity", Shape: d.Shape, Values: d.Activity.Float64s()},
		data.Array{Name: "side", Shape: []int{8}, Values: slices.Repeat([]float64{0, 1}, 4), Integral: true}))
	code, said, out := run(explain.New(), "-quick", "-measures", name, "-axes", file+"=trial,time,unit", "-average", "target", "-axes", model+"=time,condition,unit", "-by", "order", file, model)
	require.Equal(t, 0, code, said)
	ruler := studytest.Rows(t, studytest.Tables(t, out)["ruler.csv"])
	marks := map[string]string{}
	for _, row := range ruler {
		marks[row[3]] = row[4]
	}
	require.InDelta(t, want, studytest.Float(t, marks["score"]), 1e-12)
	require.Less(t, studytest.Float(t, marks["shuffled"]), want/2)

	for _, of := range []struct {
		study func() experiments.Study
		args  []string
	}{
		{func() experiments.Study { return optimize.New() }, []string{"-measure", name}},
		{func() experiments.Study { return decode.New() }, []string{"-measures", name, "-quick", "-data"}},
		{func() experiments.Study { return pcdynamics.New() }, []string{"-measures", name, "-quick", "-data"}},
	} {
		args := append([]string{"-steps", "3"}, of.args...)
		code, said, _ = run(of.study(), slices.Concat(average, args, []string{file})...)
		require.Equal(t, 0, code, said)
		code, said, _ = run(of.study(), append(args, model)...)
		require.Equal(t, 1, code)
		require.Contains(t, said, name+": it needs repetitions of x, and there are none: of a file of trials -average LABEL makes conditions")
	}
	for word, s := range map[string]experiments.Study{"joint": joint.New(), "perturb": perturb.New()} {
		code, said, _ = run(s, slices.Concat(average, []string{"-quick", "-measures", "cka," + name, "-data", file})...)
		require.Equal(t, 2, code)
		require.Contains(t, said, name+" scores repetitions of a dataset, and "+word+" takes")
	}
	code, _, stderr = runScore(append(average, "-measures", name, "-grad", filepath.Join(dir, "g.npz"), file, file)...)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, name+" scores repetitions of x, and -grad is by x as it is")
}

// A folder of results belongs to one reading of a file.
func TestReadingIsContent(t *testing.T) {
	x, dir := trialsOf(t, filepath.Join(t.TempDir(), "x.npz"), slices.Repeat([]int{0, 1, 2, 3, 4, 5}, 4), 1), t.TempDir()
	for i, args := range [][]string{{"-axes", "trial,time,unit", "-average", "target"}, {"-axes", "trial,time,unit"}} {
		var b bytes.Buffer
		code := experiments.Run(context.Background(), optimize.New(), append(args, "-steps", "2", "-out", dir, x), &b, &b)
		require.Equal(t, i, code, b.String())
	}
	require.FileExists(t, filepath.Join(dir, "report.html"))
	require.NotEmpty(t, studytest.Arrays(t, filepath.Join(dir, "snapshots.npz"))["target"].Values)
}

// Of variables, angles are said; others are what they are.
func TestAnglesFlag(t *testing.T) {
	for want, list := range map[string]string{
		`"hand" is not NAME:angle; other variables are decoded as they are in the file`: "hand",
		`-variables "": a name in the list is empty`:                                    "",
		"-variables hand:angle: there is no continuous variable of this name":           "hand:angle",
	} {
		_, err := experiments.ReportOf(context.Background(), decode.New(), "-quick", "-data", "toy2d", "-variables", list)
		require.ErrorContains(t, err, want)
	}
}
