package experiments_test

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/studies/decode"
	"simgrad/experiments/studies/explain"
	"simgrad/experiments/studies/joint"
	"simgrad/experiments/studies/optimize"
	"simgrad/experiments/studies/pcdynamics"
	"simgrad/experiments/studies/perturb"
	"simgrad/experiments/studytest"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// What was found and the path are all that a study prints on stdout, in lines of 80
// columns; what it must be read with comes on stderr, by the name of a file.
func TestTerminal(t *testing.T) {
	dir := t.TempDir()
	file, out := studytest.Recording(t, dir), filepath.Join(dir, "out")
	var stdout, stderr bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), decode.New(), decodeArgs(file, out), &stdout, &stderr), stderr.String())
	lines := strings.Split(strings.TrimSuffix(stdout.String(), "\n"), "\n")
	require.Greater(t, len(lines), 2)
	require.Contains(t, strings.Join(lines, " "), "at CKA 0.9", "the finding")
	require.Equal(t, filepath.Join(out, "report.html"), lines[len(lines)-1])
	for _, line := range lines[:len(lines)-1] {
		require.LessOrEqual(t, utf8.RuneCountInString(line), 80, line)
	}
	said := strings.ReplaceAll(stderr.String(), "\n  ", " ")
	require.Contains(t, said, "warning: recording.npz: trial is left out: its smallest class has one condition")
	require.NotContains(t, said, "warning: "+file)
	require.NotContains(t, said, "at CKA 0.9")
}

// Time left is of what the cells to come cost: of cells like them, or on larger data.
func TestTimeLeft(t *testing.T) {
	of := func(name string, conditions int) *data.Dataset {
		return &data.Dataset{Name: name, Activity: tensor.New(tensor.WithShape(1, conditions, 10), tensor.WithBacking(make([]float64, 10*conditions)))}
	}
	tiny, small, large := of("tiny", 10), of("small", 10_000), of("large", 100_000)
	cell := func(part string, d *data.Dataset, measure string, seed uint64) experiments.Cell {
		return experiments.Cell{Part: part, Data: []*data.Dataset{d}, Measures: studytest.By(measure), Seed: seed}
	}
	cells := []experiments.Cell{
		cell("card", small, "cka", 0), cell("ascent", small, "cka", 0),
		cell("ascent", small, "nbs", 0), cell("ascent", small, "cka", 1), cell("ascent", large, "cka", 0),
	}
	require.Empty(t, experiments.Left(cells), "of nothing nothing is known")
	require.Equal(t, "about 48 s left · ", experiments.Left(cells, 1, 4), "4 of nbs and of cka, and ten times as long")
	require.Equal(t, "about 3 h left · ", experiments.Left(cells, 1, 1020))
	require.Equal(t, "about 22 s left · ", experiments.Left(cells, 1, 2, 6), "of its own measure where one has ended")

	both := []experiments.Cell{cell("ascent", tiny, "cka", 0), cell("ascent", large, "cka", 0)}
	require.Equal(t, "about 10 s left · ", experiments.Left(both, 1), "a tiny one took what steps cost besides")

	require.Equal(t, []int{0, 2, 4, 1, 3}, experiments.InOrder(cells, []int{0, 1, 2, 3, 4}), "one of each kind first, on the largest data")
	require.Equal(t, []int{1, 2, 3}, experiments.InOrder(cells, []int{1, 2, 3}))

	slices.Reverse(cells)
	require.Equal(t, "more than 80 s left · ", experiments.Left(cells, 400, 40), "of the card nothing is known")
}

// Warnings that say the same of several variables and datasets are one.
func TestGroupedWarnings(t *testing.T) {
	sets := []*data.Dataset{{Name: "a"}, {Name: "b"}, {Name: "folder/c.npz", File: "folder/c.npz"}}
	require.Equal(t, []string{
		"a, b: side, level: is left out", "b: side, trial: is decoded in 4 folds",
		"The machine was busy.", "a: of c: nothing", "c.npz, a: few",
		"a, b: each of one, two is left out: it has few", "a: whether each of one, two is asked", "b: one is alone",
	}, experiments.Grouped([]string{
		"a: side: is left out", "a: level: is left out", "b: side: is left out", "b: level: is left out",
		"b: side: is decoded in 4 folds", "b: trial: is decoded in 4 folds",
		"The machine was busy.", "a: of c: nothing", "folder/c.npz: few", "c.npz: few", "a: few",
		"a: one is left out: it has few", "a: two is left out: it has few", "b: one is left out: it has few", "b: two is left out: it has few",
		"a: whether one is asked", "a: whether two is asked", "b: one is alone",
	}, sets))
}

// -h is read on 80 columns, and its examples can be run where the project lies.
func TestHelp(t *testing.T) {
	t.Chdir("..")
	for name, study := range map[string]func() experiments.Study{
		"decode": func() experiments.Study { return decode.New() }, "explain": func() experiments.Study { return explain.New() },
		"joint": func() experiments.Study { return joint.New() }, "optimize": func() experiments.Study { return optimize.New() },
		"pcdynamics": func() experiments.Study { return pcdynamics.New() }, "perturb": func() experiments.Study { return perturb.New() },
	} {
		var stdout, stderr bytes.Buffer
		require.Equal(t, 0, experiments.Run(context.Background(), study(), []string{"-h"}, &stdout, &stderr))
		require.Empty(t, stderr.String(), name)
		for _, line := range strings.Split(stdout.String(), "\n") {
			require.True(t, utf8.RuneCountInString(line) <= 80 || strings.HasPrefix(line, "  go run "), "%s: %s", name, line)
		}
		examples := study().About().Examples
		require.NotEmpty(t, examples, name)
		for _, example := range examples {
			s := study()
			_, files, err := experiments.FlagsOf(s, strings.Fields(example))
			require.NoError(t, err, "%s %s", name, example)
			require.NoError(t, s.About().TakeFiles(files))
			if strings.Contains(example, "testdata") {
				_, err = s.Plan(context.Background())
				require.NoError(t, err, "%s %s", name, example)
			}
		}
	}
	var stdout, stderr bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), perturb.New(), []string{"-data", "help"}, &stdout, &stderr))
	require.Contains(t, stdout.String(), "\n  surrogate/mante2013\n")
	require.Empty(t, stderr.String())
}
