// Package convert has no Go: scripts that make .npz files of published ones. This tests
// them.
package convert

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
)

// python returns the first Python of PATH, or the system's, that has what scripts need.
func python(t *testing.T) string {
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/bin") {
		file := filepath.Join(dir, "python3")
		if exec.Command(file, "-c", "import numpy, scipy.io, h5py").Run() == nil {
			return file
		}
	}
	t.Skip("no python3 has numpy, scipy and h5py")
	return ""
}

// made is a folder with the files of testdata/make.py, and a function that runs a script
// there. It returns what the script prints, to each of its two outputs, and its exit code.
func made(t *testing.T) (run func(script string, args ...string) (out, err string, code int)) {
	python := python(t)
	here, err := os.Getwd()
	require.NoError(t, err)
	t.Chdir(t.TempDir())
	run = func(script string, args ...string) (string, string, int) {
		var out, err strings.Builder
		c := exec.Command(python, append([]string{"-B", filepath.Join(here, script)}, args...)...)
		c.Stdout, c.Stderr = &out, &err
		if c.Run() != nil && c.ProcessState == nil {
			t.Fatal("it does not run")
		}
		return out.String(), err.String(), c.ProcessState.ExitCode()
	}
	_, said, code := run("testdata/make.py", ".")
	require.Zero(t, code, said)
	return run
}

// value is that of make.py.
func value(indices ...int) float64 {
	sum := 0
	for k, i := range indices {
		sum += i * []int{7, 13, 29, 31}[k]
	}
	return float64(sum % 41)
}

// labels are those of n conditions.
func labels(n int, of func(c int) any) (list []string) {
	for c := range n {
		list = append(list, fmt.Sprint(of(c)))
	}
	return list
}

// A condition of Mante et al.: the choice, the ranks of motion and colour, the context.
type condition struct{ choice, motion, colour, context int }

// mante are the conditions in their order.
func mante() (all []condition) {
	for _, choice := range []int{-1, 1} {
		for motion := range 6 {
			for colour := range 6 {
				for _, context := range []int{-1, 1} {
					relevant := motion
					if context < 0 {
						relevant = colour
					}
					if (relevant >= 3) == (choice > 0) {
						all = append(all, condition{choice, motion, colour, context})
					}
				}
			}
		}
	}
	return all
}

func manteRate(unit int) func(t, c, u int) float64 {
	conditions := mante()
	return func(t, c, u int) float64 {
		is := conditions[c]
		return value(t, is.motion, is.colour, unit+u) + 1 + 1.5*float64(1+is.context)
	}
}

// Every script makes of files of the structure of the published ones what they hold.
func TestScripts(t *testing.T) {
	run := made(t)
	conditions := mante()
	ofMante := map[string][]string{
		"gt_choice": labels(72, func(c int) any { return map[int]string{-1: "other", 1: "preferred"}[conditions[c].choice] }),
		"coh_mod1":  labels(72, func(c int) any { return []string{"low", "high"}[conditions[c].motion/3] }),
		"coh_mod2":  labels(72, func(c int) any { return []string{"low", "high"}[conditions[c].colour/3] }),
		"context":   labels(72, func(c int) any { return map[int]string{-1: "colour", 1: "motion"}[conditions[c].context] }),
	}
	images := labels(6, func(c int) any { return fmt.Sprintf("image%02d", c) })
	majaj := func(_, c, u int) float64 { return value(0, c, u+1) }
	categories := map[string][]string{"stimulus_id": images, "category": labels(6, func(c int) any { return []string{"Animals", "Cars", "Faces"}[c%3] })}
	here := []int{0, 1, 2, 4} // trials with a cue
	some := func(all ...any) []string { return labels(4, func(c int) any { return all[here[c]] }) }
	ofTrials := map[string][]string{
		"side": some("left", "right", "left", "left", "right"), "rewarded": some(1, 0, 1, 1, 0), "block": some(1, 1, 1, 2, 2),
	}
	ofMatlab := map[string][]string{
		"side": labels(6, func(c int) any { return []string{"left", "right"}[c%2] }), "n": labels(6, func(c int) any { return c / 2 }),
	}
	around := []string{"--window=-0.25,0.5", "--bin", "0.125", "--align", "cue_time"}
	for _, c := range []struct {
		script, input string
		options       []string
		shape         []int
		value         func(t, c, u int) float64
		variables     map[string][]string
		says          string
	}{
		{"mante2013.py", "PFC data.zip", nil, []int{15, 72, 3}, manteRate(0), ofMante, "3 units of monkey ar have all 72 conditions; 1 do not and are dropped\nout.npz: activity 15 × 72 × 3 (time × condition × unit); gt_choice (2); coh_mod1 (2); coh_mod2 (2); context (2); time_ms\n"},
		{"mante2013.py", "unpacked", []string{"--monkey", "fe"}, []int{15, 72, 1}, manteRate(3), ofMante, ""},
		{"hatsopoulos2007.py", "reach.mat", nil, []int{10, 16, 3}, smoothed, map[string][]string{"target": labels(16, func(c int) any { return c / 2 })}, ""},
		{"majajhong2015.py", "majaj.nc", nil, []int{1, 6, 3}, majaj, categories, "out.npz: activity 6 × 3 (sample × unit); category (3); stimulus_id (6)\n"},
		{"majajhong2015.py", "chars.nc", nil, []int{1, 6, 3}, majaj, categories, ""},
		{
			"freemanziemba2013.py", "freeman.nc",
			[]string{"--stimuli", "stimuli.csv"},
			[]int{2, 6, 4},
			func(t, c, u int) float64 { return value(t, c, u) },
			map[string][]string{"stimulus_id": images, "texture_type": labels(6, func(c int) any { return []string{"texture", "noise"}[c%2] })},
			"",
		},
		{"nwb.py", "session.nwb", around, []int{6, 4, 3}, func(t, c, u int) float64 { return value(t, here[c], u) / 0.125 }, ofTrials, "1 of 5 trials have no cue_time and are dropped\nout.npz: activity 6 × 4 × 3 (time × condition × unit); time_ms; block (2); rewarded (2); side (2)\n"},
		{"nwb.py", "session.nwb", append(around, "--series", "acquisition/rated"), []int{6, 4, 2}, func(t, c, u int) float64 { return value(86+80*here[c]+t, 0, u) / 2 }, ofTrials, ""},
		{"nwb.py", "session.nwb", []string{"--window", "0,1", "--bin", "0.125", "--series", "processing/ophys/stamped"}, []int{8, 5, 2}, func(t, c, u int) float64 { return value(80*(c+1)+t, 0, u) }, nil, ""},
		{"mat.py", "other.mat", []string{"--axes", "time,trial,unit"}, []int{5, 6, 4}, func(t, c, u int) float64 { return value(t, c, u) }, ofMatlab, ""},
		{"mat.py", "v5.mat", []string{"--axes", "time,trial,unit", "--activity", "session.rates"}, []int{5, 6, 4}, func(t, c, u int) float64 { return value(t, c, u) }, ofMatlab, ""},
		{
			"hdf5.py", "layers.h5",
			[]string{"--activity", "net/conv", "--axes", "sample,unit,unit,unit"},
			[]int{1, 6, 12},
			func(_, c, u int) float64 { return value(c, u/6, u/2%3, u%2) },
			map[string][]string{"class": labels(6, func(c int) any { return []string{"a", "b"}[c%2] }), "odd": labels(6, func(c int) any { return c % 2 })},
			"",
		},
		{
			"table.py", "table.csv",
			[]string{"--labels", "choice"},
			[]int{1, 7, 2},
			func(_, c, u int) float64 { return value(c, u) + float64(u)/2 },
			map[string][]string{"context": labels(7, func(c int) any { return []string{"colour", "motion"}[c%2] }), "choice": labels(7, func(c int) any { return c % 3 })},
			"",
		},
		{"table.py", "plain.txt", []string{"--axes", "unit,sample"}, []int{1, 7, 3}, func(_, c, u int) float64 { return value(u, c) }, map[string][]string{}, ""},
		{
			"pt.py", "features.pt",
			[]string{"--activity", "conv", "--axes", "sample,unit,time,unit"},
			[]int{2, 5, 6},
			func(t, c, u int) float64 { return value(c+1, u%2, u/2, t) },
			map[string][]string{"labels": labels(5, func(c int) any { return c % 2 }), "names": {"v", "w", "x", "y", "z"}},
			"",
		},
		{"pt.py", "alone.pt", nil, []int{1, 4, 2}, func(_, c, u int) float64 { return float64(c + 4*u) }, map[string][]string{}, ""},
	} {
		t.Run(c.script+" "+c.input, func(t *testing.T) {
			said, err, code := run(c.script, append([]string{c.input, "out.npz"}, c.options...)...)
			require.Zero(t, code, err)
			require.Empty(t, err)
			if c.says != "" {
				require.Equal(t, c.says, said)
			}
			d, lerr := data.Load("out.npz")
			require.NoError(t, lerr)
			require.Equal(t, c.shape, []int(d.Activity.Shape()))
			for i, x := range d.Activity.Float64s() {
				time, condition, unit := i/c.shape[1]/c.shape[2], i/c.shape[2]%c.shape[1], i%c.shape[2]
				tolerance := 0.0
				if c.script == "hatsopoulos2007.py" { // the order of its sums is NumPy's
					tolerance = 1e-14
				}
				require.InDelta(t, c.value(time, condition, unit), x, tolerance, "time %d, condition %d, unit %d", time, condition, unit)
			}
			if c.variables != nil {
				have := map[string][]string{}
				for _, v := range d.Variables {
					have[v.Name] = labels(len(v.Class), func(c int) any { return v.Values[v.Class[c]] })
				}
				require.Equal(t, c.variables, have)
			}
			_, err, code = run(c.script, append([]string{c.input, "again.npz"}, c.options...)...)
			require.Zero(t, code, err)
			first, _ := os.ReadFile("out.npz")
			again, _ := os.ReadFile("again.npz")
			require.Equal(t, first, again, "the same bytes")
			require.NoError(t, os.Remove("out.npz"))
			parts, _ := filepath.Glob("*.part")
			require.Empty(t, parts)
		})
	}
}

// What else a file of MATLAB has is taken where it fits, and said where it does not; axes
// that labels contradict are asked about.
func TestOtherArraysOfMatlab(t *testing.T) {
	run := made(t)
	said, err, code := run("mat.py", "v5.mat", "out.npz", "--axes", "time,trial,unit", "--activity", "session.rates")
	require.Zero(t, code, err)
	require.Contains(t, said, "not used, for it has not a value for each condition (6), time (5) or both: session.grid (3 × 3)\n")
	d, lerr := data.Load("out.npz")
	require.NoError(t, lerr)
	require.Len(t, d.Continuous, 1)
	require.Equal(t, "speed", d.Continuous[0].Name)
	for i, x := range d.Continuous[0].Values {
		require.Equal(t, value(i%6, i/6)/8, x)
	}
	said, err, code = run("mat.py", "v5.mat", "out.npz", "--axes", "trial,time,unit", "--activity", "session.rates")
	require.Zero(t, code, err)
	require.Contains(t, said, "session.side (6), session.n (6): a value for each of 6 times, and no array has one for each of 5 conditions: are the axes in the order of --axes trial,time,unit?")
}

// smoothed is value(bin, trial, unit), smoothed over bins as hatsopoulos2007.py does.
func smoothed(t, c, u int) (sum float64) {
	for b := range 10 {
		at := (-5 + float64(t+4-b)*10/9) * 2 // bins of the kernel, in σ
		if k := t + 4 - b; k >= 0 && k < 10 {
			sum += value(b, c, u) * math.Exp(-at*at/2) * 2 / math.Sqrt(2*math.Pi)
		}
	}
	return sum
}

// What cannot be converted is said in a line, and nothing is written.
func TestWhatCannotBeConverted(t *testing.T) {
	run := made(t)
	for _, c := range []struct{ line, want string }{
		{"mante2013.py|nothing", "mante2013.py: nothing: no file ar*Vstim*.mat in it has all 72 conditions (0 have fewer)"},
		{"mante2013.py|gone.zip", "mante2013.py: gone.zip: no such file or folder"},
		{"mante2013.py|table.csv", "mante2013.py: table.csv: is neither a folder nor a whole zip file: download it again"},
		{"mante2013.py|damaged.zip", "mante2013.py: damaged.zip: ar1_Vstim.mat is no MATLAB file, or one that is damaged ("},
		{"hatsopoulos2007.py|other.mat", "has no spikes and stmv_cell"},
		{"hatsopoulos2007.py|table.csv", "is no MATLAB file, or one that is damaged ("},
		{"majajhong2015.py|session.nwb", "is no assembly of Brain-Score: it has no array along presentation and neuroid"},
		{"majajhong2015.py|freeman.nc", "has no neuroid of region IT"},
		{"majajhong2015.py|temporal.nc", "has 300 time bins: the assembly to take is MajajHong2015.public, of one bin of 70–170 ms"},
		{"majajhong2015.py|table.csv", "is no HDF5 file, or one that is damaged ("},
		{"freemanziemba2013.py|freeman.nc", "says no texture_type of its presentations: give Brain-Score's table of the stimuli by --stimuli"},
		{"freemanziemba2013.py|freeman.nc|--stimuli|table.csv", "table.csv is no table of stimuli with stimulus_id (or image_id) and texture_type"},
		{"nwb.py|session.nwb|--window|0,1|--bin|0.3", "--window 0,1 is no whole number of bins of 0.3 s"},
		{"nwb.py|session.nwb|--window|0,1|--bin|0.5|--align|cue", "intervals/trials has no column of times cue; there are block, cue_time, id, rewarded, side, start_time, stop_time"},
		{"nwb.py|session.nwb|--window|0,1|--bin|0.5|--trials|epochs", "has no table intervals/epochs; there are trials"},
		{"nwb.py|session.nwb|--window|0,1|--bin|0.5|--series|x", "has no time series x; there are acquisition/rated, processing/ophys/stamped"},
		{"nwb.py|session.nwb|--window|0,1|--bin|0.03125|--series|acquisition/rated", "has no sample in bin 1 of trial 0 (counted from 0), 10.0312 to 10.0625 s"},
		{"nwb.py|layers.h5|--window|0,1|--bin|0.5", "has no table intervals/trials; there are none"},
		{"mat.py|other.mat", "the array is 5 × 6 × 4: say what its 3 axes are, as in --axes time,condition,unit"},
		{"mat.py|other.mat|--axes|time,unit", "--axes time,unit names 2 axes, and the array has 3: 5 × 6 × 4"},
		{"mat.py|other.mat|--axes|time,trial,neuron", "'neuron' is none of time, condition, trial, sample, unit"},
		{"mat.py|other.mat|--axes|time,trial,sample", "no axis is unit"},
		{"mat.py|other.mat|--activity|x", "no array x; there are note (1), session.n (1 × 6), session.rates (5 × 6 × 4), session.side (6)"},
		{"hdf5.py|layers.h5", "say which array is the activity by --activity, and what its axes are by --axes, as trial,time,unit; there are class (6), net/conv (6 × 2 × 3 × 2), net/other (3 × 3), odd (6 × 1)"},
		{"hdf5.py|layers.h5|--activity|net/other", "activity of 3 × 3 is constant: there is nothing to compare"},
		{"hdf5.py|gaps.h5", "activity has 1 values that are not finite, the first at (2, 1) of 4 × 3: fill them, or drop their units or conditions, before"},
		{"hdf5.py|v5.mat", "is no HDF5 file, or one that is damaged ("},
		{"table.py|gap.csv", "is no table of numbers and labels: could not convert string '' to float64 in line 3, column 2"},
		{"table.py|table.csv|--labels|side", "--labels side: 0 columns have that name; there are unit, first, context, b, choice"},
		{"table.py|table.csv|--axes|unit,sample", "with columns of labels (context), rows are samples and columns units"},
		{"pt.py|beyond.pt", "has a tensor of (4, 2) in a storage of 4 values: it is damaged"},
		{"pt.py|evil.pt", "holds os.system, which is not read, for to read it is to run code"},
		{"pt.py|old.pt", "is not of the format of torch.save since PyTorch 1.6, a zip: save it again"},
		{"pt.py|PFC data.zip", "is a zip without data.pkl, not a file of torch.save"},
	} {
		words := strings.Split(c.line, "|")
		said, err, code := run(words[0], append([]string{words[1], "out.npz"}, words[2:]...)...)
		require.Equal(t, 1, code, "%s\n%s%s", c.line, said, err)
		require.Contains(t, err, c.want, c.line)
		require.Equal(t, 1, strings.Count(err, "\n"), err)
	}
	_, err, code := run("table.py", "table.csv", "out.csv")
	require.Equal(t, 1, code)
	require.Contains(t, err, "the output out.csv is to end in .npz")
	for _, pattern := range []string{"out*", "*.part", "ran"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		require.Empty(t, found)
	}
}

// A file that is there stays whole where another cannot take its place.
func TestWhatWasThereStays(t *testing.T) {
	run := made(t)
	_, err, code := run("table.py", "table.csv", "out.npz")
	require.Zero(t, code, err)
	first, rerr := os.ReadFile("out.npz")
	require.NoError(t, rerr)
	_, _, code = run("table.py", "gap.csv", "out.npz")
	require.Equal(t, 1, code)
	now, rerr := os.ReadFile("out.npz")
	require.NoError(t, rerr)
	require.Equal(t, first, now)
	require.NoError(t, os.Mkdir("taken.npz", 0o777))
	_, err, code = run("table.py", "table.csv", "taken.npz")
	require.Equal(t, 1, code)
	require.Contains(t, err, "Is a directory")
	parts, _ := filepath.Glob("*.part")
	require.Empty(t, parts)
}
