package experiments_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/studies/optimize"
	"simgrad/experiments/studies/score"
	"simgrad/experiments/studytest"

	"github.com/stretchr/testify/require"
)

// stimuli writes a file of 12 stimuli, by their places in order, at two times.
func stimuli(t *testing.T, file string, order []int, seed uint64, more ...data.Array) string {
	x := data.Gaussian(seed, 2*12, 3).Float64s()
	a := data.Array{Name: "activity", Shape: []int{2, len(order), 3}}
	id := data.Array{Name: "stimulus_id", Shape: []int{len(order)}}
	for time := range 2 {
		for _, s := range order {
			a.Values = append(a.Values, x[(time*12+s)*3:][:3]...)
		}
	}
	for _, s := range order {
		id.Text = append(id.Text, "img_"+string(rune('a'+s)))
	}
	require.NoError(t, data.WriteArrays(file, append([]data.Array{a, id}, more...)...))
	return file
}

var (
	inOrder  = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	shuffled = []int{7, 2, 9, 4, 11, 0, 5, 1, 10, 3, 8, 6}
)

// Files that name the same stimuli in another order are not scored in silence; -by
// gives the score of the same order, and gradients as the files have their stimuli.
func TestStimuliInAnotherOrder(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	x, y, z := stimuli(t, file("x.npz"), inOrder, 1), stimuli(t, file("y.npz"), inOrder, 2), stimuli(t, file("z.npz"), shuffled, 2)
	score := func(args ...string) float64 {
		code, stdout, stderr := runScore(append([]string{"-json", "-measures", "cka"}, args...)...)
		require.Equal(t, 0, code, stderr)
		var got pairScores
		require.NoError(t, json.Unmarshal([]byte(stdout), &got))
		require.Empty(t, got.Notes)
		return *got.Scores[0].Score
	}
	code, _, stderr := runScore("-measures", "cka", x, z)
	require.Equal(t, 1, code)
	require.Equal(t, "score: data: stimulus_id of "+x+" and "+z+" differs at condition 0 (img_a, img_h) and 11 more, and a score compares the same samples in the same order: -by stimulus_id aligns them, -by order takes rows as they correspond\n", stderr)
	want := score(x, y)
	require.InDelta(t, want, score("-by", "stimulus_id", x, z), 1e-12)
	require.Greater(t, want-score("-by", "order", x, z), 0.01)

	// The gradient of z stands as z's rows do.
	code, _, stderr = runScore("-measures", "cka", "-grad", file("g.npz"), x, y)
	require.Equal(t, 0, code, stderr)
	straight := studytest.Arrays(t, file("g.npz"))["cka__gY"]
	code, _, stderr = runScore("-measures", "cka", "-by", "stimulus_id", "-grad", file("g.npz"), x, z)
	require.Equal(t, 0, code, stderr)
	turned := studytest.Arrays(t, file("g.npz"))["cka__gY"]
	require.Equal(t, []int{2, 12, 3}, turned.Shape)
	for time := range 2 {
		for i, s := range shuffled {
			require.InDeltaSlice(t, straight.Values[(time*12+s)*3:][:3], turned.Values[(time*12+i)*3:][:3], 1e-12)
		}
	}

	// Stimuli in one file alone are left out, and have no gradient.
	few := stimuli(t, file("few.npz"), shuffled[:8], 2)
	code, _, stderr = runScore(x, few)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "has 24 samples and "+few+" 16; a score compares the same samples; -by stimulus_id takes the conditions that both have\n")
	code, stdout, stderr := runScore("-measures", "cka", "-by", "stimulus_id", "-grad", file("g.npz"), x, few)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, "2 times × 8 conditions × 3 units")
	require.Contains(t, studytest.Unwrapped(stderr), "note: 4 of 12 conditions of x.npz are left out, as that of stimulus_id ")
	g := studytest.Arrays(t, file("g.npz"))["cka__gX"]
	require.Equal(t, []int{2, 12, 3}, g.Shape)
	for s := range 12 {
		zero := slices.Equal(g.Values[s*3:][:3], []float64{0, 0, 0})
		require.Equal(t, !slices.Contains(shuffled[:8], s), zero)
	}

	// A matrix, too; and optimize.
	code, _, stderr = runScore("-measures", "cka", x, y, z)
	require.Equal(t, 1, code)
	require.Contains(t, stderr, "stimulus_id of "+x+" and "+z+" differs")
	code, stdout, stderr = runScore("-measures", "cka", "-by", "stimulus_id", x, y, z)
	require.Equal(t, 0, code, stderr)
	require.Contains(t, stdout, "1.00\n", "y and z are the same")
	optimize := func(args ...string) (int, string) {
		var b bytes.Buffer
		code := experiments.Run(context.Background(), optimize.New(), append(args, "-steps", "2", "-out", file("out"), x), &b, &b)
		return code, b.String()
	}
	code, said := optimize("-init", z)
	require.Equal(t, 1, code)
	require.Contains(t, said, "-by stimulus_id aligns them, -by order takes rows as they correspond\n")
	code, said = optimize("-init", z, "-by", "stimulus_id")
	require.Equal(t, 0, code, said)
	require.InDelta(t, want, studytest.Arrays(t, file("out/snapshots.npz"))["score"].Values[0], 1e-12)
	code, said = optimize("-init", z, "-by", "order")
	require.Equal(t, 1, code)
	require.Contains(t, said, "by stimulus_id, and now it is ")
	code, said = optimize("-by", "order")
	require.Equal(t, 2, code)
	require.Contains(t, said, "-by order aligns what -init names, and that is not given")
}

// What a dataset must be read with is said where it is scored and where it is driven
// to, and a surrogate's making is not.
func TestNotes(t *testing.T) {
	dir := t.TempDir()
	side := func(first float64) data.Array {
		v := data.Array{Name: "side", Shape: []int{12}, Values: make([]float64, 12)}
		for i := range v.Values {
			v.Values[i] = float64(i % 2)
		}
		v.Values[0] = first
		return v
	}
	speed := data.Gaussian(3, 12, 1).Float64s()
	speed[4] = math.NaN()
	x := stimuli(t, filepath.Join(dir, "x.npz"), inOrder, 1, side(0), data.Array{Name: "speed", Shape: []int{12}, Values: speed})
	y := stimuli(t, filepath.Join(dir, "y.npz"), inOrder, 2, side(1))
	passed := x + `: Array "speed", one value for each condition, is not taken for a variable`
	differs := "side of " + x + " and " + y + " differs at condition 0 (0, 1); -by NAME[,NAME…] aligns samples that are in another order."
	code, _, stderr := runScore("-measures", "cka,nbs", x, y)
	require.Equal(t, 0, code, stderr)
	stderr = studytest.Unwrapped(stderr)
	require.Equal(t, 1, strings.Count(stderr, `note: x.npz: Array "speed", one value for each condition, is not taken for a variable`))
	require.Equal(t, 1, strings.Count(stderr, "note: side of x.npz and y.npz differs at condition 0 (0, 1); -by NAME"))
	_, stdout, _ := runScore("-json", "-measures", "cka,nbs", x, y)
	var got pairScores
	require.NoError(t, json.Unmarshal([]byte(stdout), &got))
	require.Len(t, got.Notes, 2)
	require.Contains(t, got.Notes[0], passed)
	require.Equal(t, differs, got.Notes[1])

	out := filepath.Join(dir, "out")
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), optimize.New(), []string{"-init", y, "-steps", "2", "-out", out, x}, &b, &b), b.String())
	said := studytest.Unwrapped(b.String())
	require.Contains(t, said, `warning: x.npz: Array "speed", one value for each condition, is not taken for a variable`)
	require.Contains(t, said, "warning: side of x.npz and "+y+" differs at condition 0 (0, 1); -by NAME")
	report, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.Contains(t, string(report), "differs at condition 0 (0, 1)")

	_, _, stderr = runScore("-measures", "cka", "surrogate/siegel2015-fef", "surrogate/siegel2015-fef")
	require.NotContains(t, stderr, "note: ")
}

// pairScores are scores as -json prints them.
type pairScores struct {
	Notes  []string
	Scores []struct{ Score *float64 }
}

func runScore(args ...string) (code int, stdout, stderr string) {
	var o, e bytes.Buffer
	code = score.New().Run(context.Background(), args, &o, &e)
	return code, o.String(), e.String()
}
