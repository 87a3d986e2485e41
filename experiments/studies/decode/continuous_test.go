package decode

import (
	"context"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studytest"

	"github.com/stretchr/testify/require"
)

// moving writes a recording of 6 times × 8 conditions × 5 units that hold the place of a
// hand and the angle toward a target, and one of them, a little, the side; the hand, the
// angle and the course of the trial are continuous.
func moving(t *testing.T, classes bool) string {
	const times, conditions, units = 6, 8, 5
	r := rand.New(rand.NewPCG(3, 0))
	x := make([]float64, times*conditions*units)
	hand, angle, course, side := make([]float64, conditions*times), make([]float64, conditions), make([]float64, times), make([]float64, conditions)
	for c := range conditions {
		angle[c], side[c] = 2*math.Pi*float64(c)/conditions-1.5, float64(c%2)
		for k := range times {
			hand[c*times+k] = math.Cos(angle[c]) * float64(k) / times
			course[k] = math.Sin(float64(k))
			row := x[(k*conditions+c)*units:]
			row[0], row[1], row[2], row[3] = 3*hand[c*times+k], 2*math.Cos(angle[c]), 2*math.Sin(angle[c]), course[k]+side[c]
			for j := range units {
				row[j] += 0.3 * r.NormFloat64()
			}
		}
	}
	arrays := []data.Array{
		{Name: "activity", Shape: []int{times, conditions, units}, Values: x},
		{Name: "hand", Shape: []int{conditions, times}, Values: hand},
		{Name: "angle", Shape: []int{conditions}, Values: angle},
		{Name: "course", Shape: []int{times}, Values: course},
	}
	if classes {
		arrays = append(arrays, data.Array{Name: "side", Shape: []int{conditions}, Values: side, Integral: true})
	}
	file := filepath.Join(t.TempDir(), "moving.npz")
	require.NoError(t, data.WriteArrays(file, arrays...))
	return file
}

func decodedFrom(t *testing.T, file string, args ...string) (*report.Report, [][]any) {
	rep, err := experiments.ReportOf(context.Background(), New(), append([]string{"-data", file, "-measures", "cka", "-seeds", "2", "-steps", "200", "-stop", "0.95", "-permutations", "39"}, args...)...)
	require.NoError(t, err)
	for _, c := range rep.CSV {
		if c.Name == "summary" {
			return rep, c.Rows
		}
	}
	return rep, nil
}

// Continuous variables are decoded beside those of classes: with R² in the place of
// accuracy, said so in columns of their own, and on axes of their own.
func TestContinuousVariables(t *testing.T) {
	file := moving(t, true)
	rep, rows := decodedFrom(t, file)
	d, err := data.Load(file)
	require.NoError(t, err)
	fold, err := probe.LeaveOut(8, 0)
	require.NoError(t, err)
	ridge, err := probe.NewRidge(d.Activity, fold)
	require.NoError(t, err)
	r2, err := ridge.R2(d.Continuous[0].Coordinates(), d.Continuous[1].Coordinates(), d.Continuous[2].Coordinates())
	require.NoError(t, err)
	null, err := ridge.Null(39, 0, d.Continuous[0].Coordinates())
	require.NoError(t, err)

	kinds := map[string][]any{}
	for _, row := range rows {
		kinds[row[5].(string)] = row[15:]
		if row[5] == "hand" {
			require.Equal(t, []any{r2[0], null[0][0], null[0][38]}, row[7:10])
		}
		if row[5] == "course" {
			require.Equal(t, r2[2], row[7])
			require.True(t, math.IsNaN(row[8].(float64)) && math.IsNaN(row[9].(float64)), "shuffled conditions are the same")
		}
	}
	require.Equal(t, map[string][]any{"side": {"class", "accuracy"}, "hand": {"continuous", "R2"}, "angle": {"continuous", "R2"}, "course": {"continuous", "R2"}}, kinds)
	require.Greater(t, r2[0], 0.8)

	var names []string
	for _, f := range rep.Figures {
		names = append(names, f.Name)
		for _, p := range f.Panels {
			continuous := strings.Contains(f.Name, "continuous")
			require.Equal(t, continuous, p.Y == "R², conditions left out", f.Name)
			if strings.HasPrefix(f.Name, "continuous") {
				require.LessOrEqual(t, p.YRange[0], -0.1)
			}
		}
	}
	require.Equal(t, []string{"continuous-moving", "components-continuous-moving", "decode-moving", "besides-moving", "scores"}, names, "what the answer is of comes first")
	finding, warnings := strings.Join(rep.Finding, "\n"), strings.Join(rep.Warnings, "\n")
	require.Regexp(t, `Data at CKA 0\.9 .*hand: decoded at R² 0\.\d+.*, 0\.\d+ in the dataset\.\nEven with hand erased, the dataset scores CKA 0\.\d+ with itself\.`, finding)
	require.Equal(t, "Decoded at score 0.9 within 0.05 of the dataset itself: ✓ or ✗; – where the score is not passed, or the dataset itself is decoded no better than chance. Continuous variables are decoded by R².", rep.Tables[0].Caption)
	var grid []string
	for _, row := range rep.Tables[0].Rows {
		grid = append(grid, row[1])
		require.Equal(t, row[1] == "hand (R²)", row[2] == "✗", row[1])
		require.Equal(t, row[1] != "hand (R²)", row[2] == "–", row[1])
	}
	require.NotContains(t, finding, "Nothing can be tested", "others are at chance, as the warnings say")
	require.Regexp(t, `left out of the findings: side \(chance up to 0\.\d+\), angle \(chance up to R² 0\.\d+\)`, warnings)
	require.Equal(t, []string{"side", "hand (R²)", "angle (R²)", "course (R²)"}, grid)
	require.Contains(t, warnings, "moving.npz: of time alone, and the same after shuffling conditions: course. There is no chance band")
	require.Contains(t, strings.Join(rep.Conventions, "\n"), "Continuous variables: ridge regression with one set of weights for all times, tested on conditions left out: one at a time up to 10, of more 5 folds")
	require.Len(t, rep.Datasets[0].Continuous, 3)
	require.Contains(t, rep.Datasets[0].Line(), "; task variables (classes): side (2); continuous variables (along): hand (condition × time), angle (condition), course (time)")
	for _, row := range rep.Tables[1].Rows {
		require.Equal(t, row[2] != "side", strings.HasSuffix(row[2], " (R²)"), row[2])
	}
	for _, c := range rep.CSV {
		if c.Name == "transfer" {
			seen := map[any]int{}
			for _, row := range c.Rows {
				seen[row[3]]++
			}
			require.Equal(t, map[any]int{"side": 2, "hand": 2, "angle": 2, "course": 2}, seen)
		}
	}

	// Standardised units are said to be, and without classes there is nothing of them.
	rep, rows = decodedFrom(t, moving(t, false), "-decoder", "standardised")
	require.Contains(t, strings.Join(rep.Conventions, "\n"), "Every unit has variance 1 over all samples.")
	require.Equal(t, []string{"continuous-moving", "components-continuous-moving", "scores"}, []string{rep.Figures[0].Name, rep.Figures[1].Name, rep.Figures[2].Name})
	for _, row := range rows {
		require.NotEqual(t, "accuracy", row[16])
	}
}

// The ceiling of a continuous variable is a score that a dataset without it reaches.
func TestContinuousCeiling(t *testing.T) {
	d, err := data.Load(moving(t, true))
	require.NoError(t, err)
	r, err := New().Run(context.Background(), experiments.Cell{Part: partCeiling, Data: []*data.Dataset{d}, Measures: studytest.By("cka")})
	require.NoError(t, err)
	m := studytest.By("cka")[0]
	for _, v := range d.Continuous {
		want, err := m.Eval(d.Activity, probe.EraseContinuous(d.Activity, v.Coordinates()))
		require.NoError(t, err)
		require.Equal(t, []float64{want}, r.Column("ceiling", "score", "variable", v.Name))
		require.Less(t, want, 1-1e-4)
	}
}

// With too few conditions the others are decoded, and it is said.
func TestTooFewConditions(t *testing.T) {
	d := inUnitsOf(1)
	d.Continuous = []data.Continuous{{Name: "flat", Along: data.AlongBoth, Values: make([]float64, d.NumSamples())}}
	vs, warnings, err := New().variables(d)
	require.NoError(t, err)
	require.Len(t, vs.classes, 2)
	require.Empty(t, vs.quantities)
	require.Contains(t, warnings, "small.npz: flat has the same value in all samples: there is nothing to decode.")
	two := &data.Dataset{Name: "two.npz", Activity: data.Gaussian(1, 4, 3), Continuous: d.Continuous}
	require.NoError(t, two.Activity.Reshape(2, 2, 3))
	_, _, err = New().variables(two)
	require.EqualError(t, err, "two.npz has no task variable that can be decoded: two.npz: flat is left out: continuous variables: 2 conditions; at least 3 are needed to leave one out and choose a penalty by the others.")
}
