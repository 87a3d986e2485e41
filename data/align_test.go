package data

import (
	"io"
	"math"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// labelled is a dataset of t times in which unit 0 of condition c at time t is 100 t + c
// and the task variables have the values given, in the order of their names.
func labelled(name string, times, conditions int, variables ...any) *Dataset {
	d := &Dataset{Name: name, Shape: []int{times, conditions, 2}}
	var x []float64
	for t := range times {
		for c := range conditions {
			x = append(x, float64(100*t+c), float64(c*c%7))
		}
	}
	d.Activity = tensor.New(tensor.WithShape(times, conditions, 2), tensor.WithBacking(x))
	for i := 0; i < len(variables); i += 2 {
		d.Variables = append(d.Variables, classify(variables[i].(string), variables[i+1].([]string), func(x string) string { return x }))
	}
	return d
}

func text(values ...string) []string { return values }

// Without -by, datasets whose task variables name the same conditions in another order
// are refused, and what else differs is said.
func TestAlignChecks(t *testing.T) {
	ids, turned := text("a", "b", "c", "d"), text("a", "c", "b", "d")
	side := text("l", "r", "l", "r")
	for _, c := range []struct {
		x, y []any
		note string
		fail string
	}{
		{x: []any{"id", ids}, y: []any{"id", ids}},
		{x: []any{"id", ids}, y: []any{"other", turned}},
		{x: []any{"id", ids}, y: []any{"id", turned}, fail: "data: id of x and y differs at condition 1 (b, c) and 1 more, and a score compares the same samples in the same order: -by id aligns them, -by order takes rows as they correspond"},
		{x: []any{"id", ids}, y: []any{"id", text("a", "b", "c", "e")}, fail: "data: id of x and y differs at condition 3 (d, e), and a score"},
		{x: []any{"id", ids}, y: []any{"id", text("e", "f", "g", "h")}, note: "id of x and y has no value in common (a, e): it does not tell whether their samples are in the same order."},
		{x: []any{"side", side}, y: []any{"side", side}},
		{x: []any{"side", side}, y: []any{"side", text("r", "l", "l", "r")}, note: "side of x and y differs at condition 0 (l, r) and 1 more; -by NAME[,NAME…] aligns samples that are in another order."},
		{x: []any{"side", side}, y: []any{"side", text("0", "1", "0", "1")}, note: "side of x and y has no value in common (l, 0): it does not tell whether their samples are in the same order."},
		{x: []any{"id", ids}, y: []any{"id", text("a", "a", "b", "b")}, note: "id of x and y differs at condition 1 (b, a) and 2 more; -by NAME[,NAME…] aligns samples that are in another order."},
	} {
		x, y := labelled("x", 2, 4, c.x...), labelled("y", 2, 4, c.y...)
		got, err := Align([]*Dataset{x, y}, "")
		if c.fail != "" {
			require.ErrorContains(t, err, c.fail)
			got, err = Align([]*Dataset{x, y}, "order")
			require.NoError(t, err)
		}
		require.NoError(t, err)
		require.Same(t, x, got[0].Dataset)
		require.Same(t, y, got[1].Dataset)
		require.Empty(t, got[0].Notes)
		if c.note == "" {
			require.Empty(t, got[1].Notes)
		} else {
			require.Equal(t, []string{c.note}, got[1].Notes)
			got, err = Align([]*Dataset{x, y}, "order")
			require.NoError(t, err)
			require.Empty(t, got[1].Notes, "-by order complains of nothing")
		}
	}
	// A first file without the variable hides nothing of the others.
	_, err := Align([]*Dataset{labelled("x", 2, 4), labelled("y", 2, 4, "id", ids), labelled("z", 2, 4, "id", turned)}, "")
	require.ErrorContains(t, err, "id of y and z differs at condition 1 (b, c)")
}

// Of a file that may be of trials it is said what makes conditions of them.
func TestTrialsInPlaceOfConditions(t *testing.T) {
	x, model := labelled("x", 3, 6, "side", text("a", "a", "a", "b", "b", "b")), labelled("model", 3, 2)
	x.File = "x.npz"
	_, err := Align([]*Dataset{x, model}, "")
	require.ErrorContains(t, err, "; if the conditions of x are trials, -average makes conditions of them by labels, of side")
	x.Variables, model = nil, labelled("model", 3, 3)
	_, err = Align([]*Dataset{model, x}, "")
	require.ErrorContains(t, err, "of which the file has none: save one for each trial")
	_, err = Align([]*Dataset{model, x}, "order")
	require.NotContains(t, err.Error(), "-average")
}

// Files of other numbers of samples are refused; of one number, where both have times,
// they must have as many. Without times, samples are all there is to know.
func TestSameSamples(t *testing.T) {
	x, y, z := labelled("x", 4, 3, "id", text("a", "b", "c")), labelled("y", 3, 4, "id", text("b", "a", "c", "d")), labelled("z", 1, 12)
	z.Shape = []int{12, 2}
	require.Equal(t, 12, x.NumSamples())
	require.ErrorContains(t, SameSamples(x, y), "data: x is 4 times × 3 conditions and y 3 × 4; a score compares the same samples in the same order")
	_, err := Align([]*Dataset{x, z}, "")
	require.NoError(t, err)
	_, err = Align([]*Dataset{z, x, y}, "")
	require.ErrorContains(t, err, "x is 4 times × 3 conditions and y 3 × 4", "not the first alone")
	w := labelled("w", 3, 5, "id", text("a", "b", "c", "d", "e"))
	_, err = Align([]*Dataset{y, w}, "order")
	require.EqualError(t, err, "data: y has 12 samples and w 15; a score compares the same samples")
	_, err = Align([]*Dataset{y, w}, "")
	require.EqualError(t, err, "data: y has 12 samples and w 15; a score compares the same samples; -by id takes the conditions that both have")
}

// Files whose axes fit in another order are refused with the flag that says it, which is true.
func TestOtherAxes(t *testing.T) {
	t.Chdir(t.TempDir())
	save := func(name string, shape ...int) {
		n := 1
		for _, k := range shape {
			n *= k
		}
		values := make([]float64, n)
		for i := range values {
			values[i] = math.Sin(float64(i * i))
		}
		require.NoError(t, WriteFile(name, func(w io.Writer) error { return EncodeArrays(w, Array{Name: "activity", Shape: shape, Values: values}) }))
	}
	save("x.npz", 4, 3, 5)
	save("flat.npz", 12, 5)
	for _, c := range []struct {
		of, axes string
		shape    []int
	}{
		{"x.npz", "condition,time,unit", []int{3, 4, 5}},
		{"x.npz", "unit,condition,time", []int{6, 3, 4}},
		{"x.npz", "unit,time,condition", []int{6, 4, 3}},
		{"x.npz", "time,unit,condition", []int{4, 6, 3}},
		{"x.npz", "unit,sample", []int{6, 12}},
		{"flat.npz", "unit,sample", []int{6, 12}},
		{"flat.npz", "", []int{6, 13}},
		{"x.npz", "", []int{6, 7, 8}},
	} {
		save("y.npz", c.shape...)
		load := func(r Reading) error {
			x, err := r.Load(c.of)
			require.NoError(t, err)
			y, err := r.Load("y.npz")
			require.NoError(t, err)
			_, err = Align([]*Dataset{x, y}, "")
			return err
		}
		err := load(Reading{})
		require.Error(t, err)
		if c.axes == "" {
			require.NotContains(t, err.Error(), "-axes")
			continue
		}
		require.ErrorContains(t, err, "; if that is its axes in another order, -axes y.npz="+c.axes+" says so")
		require.NoError(t, load(Reading{AxesOf: map[string]string{"y.npz": c.axes}}))
	}
}

// By names, conditions are those that all datasets have, in the order of the first, with
// all their times and task variables.
func TestAlignBy(t *testing.T) {
	x := labelled("x", 3, 5, "id", text("a", "b", "c", "d", "e"), "side", text("r", "l", "m", "r", "l"))
	y := labelled("y", 3, 4, "id", text("e", "x", "a", "d"), "side", text("l", "m", "r", "l"))
	y.Card.Notes = []string{"kept"}
	got, err := Align([]*Dataset{x, y}, "id")
	require.NoError(t, err)
	require.Equal(t, []int{0, 3, 4}, got[0].Kept)
	require.Equal(t, []int{2, 3, 0}, got[1].Kept)
	require.Equal(t, []string{"2 of 5 conditions of x are left out, as that of id \"b\": not all datasets have it."}, got[0].Notes)
	require.Equal(t, []string{"1 of 4 conditions of y are left out, as that of id \"x\": not all datasets have it.", "side of x and y differs at condition 3 (r, l)."}, got[1].Notes)
	require.Equal(t, []string{"kept"}, got[1].Card.Notes)
	require.Equal(t, []int{3, 3, 2}, got[1].Shape)
	require.Equal(t, []float64{2, 4, 3, 2, 0, 0, 102, 4, 103, 2, 100, 0, 202, 4, 203, 2, 200, 0}, got[1].Activity.Float64s())
	require.Equal(t, []Variable{{Name: "id", Class: []int{0, 1, 2}, Values: []string{"a", "d", "e"}}, {Name: "side", Class: []int{1, 1, 0}, Values: []string{"l", "r"}}}, got[0].Variables)
	require.Equal(t, []Variable{{Name: "id", Class: []int{0, 1, 2}, Values: []string{"a", "d", "e"}}, {Name: "side", Class: []int{1, 0, 0}, Values: []string{"l", "r"}}}, got[1].Variables)
	require.Equal(t, 5, x.Conditions(), "what was given is as it was")

	// Two variables name a condition together; integers are their text. Sample × unit.
	var stimulus, trial []string
	for c := range 6 {
		stimulus, trial = append(stimulus, text("s", "t")[c%2]), append(trial, strconv.Itoa(c/2))
	}
	x = labelled("x", 1, 6, "stimulus", stimulus, "trial", trial)
	x.Shape = []int{6, 2}
	slices.Reverse(stimulus)
	slices.Reverse(trial)
	y = labelled("y", 1, 6, "stimulus", stimulus, "trial", trial)
	got, err = Align([]*Dataset{x, y}, "stimulus, trial")
	require.NoError(t, err)
	require.Same(t, x, got[0].Dataset, "nothing to do")
	require.Nil(t, got[0].Kept)
	require.Equal(t, []int{5, 4, 3, 2, 1, 0}, got[1].Kept)
	require.Empty(t, got[1].Notes)
	got, err = Align([]*Dataset{y, x}, "stimulus,trial")
	require.NoError(t, err)
	require.Equal(t, []int{6, 2}, got[1].Shape)
	require.Equal(t, []float64{5, 4, 4, 2, 3, 2, 2, 4, 1, 1, 0, 0}, got[1].Activity.Float64s())

	// Of three, the conditions that all have.
	a, b, c := labelled("a", 1, 3, "id", text("1", "2", "3")), labelled("b", 1, 3, "id", text("3", "2", "9")), labelled("c", 1, 4, "id", text("4", "3", "2", "1"))
	got, err = Align([]*Dataset{a, b, c}, "id")
	require.NoError(t, err)
	require.Equal(t, [][]int{{1, 2}, {1, 0}, {2, 1}}, [][]int{got[0].Kept, got[1].Kept, got[2].Kept})

	constant := labelled("y", 1, 3, "id", text("9", "1", "2"))
	copy(constant.Activity.Float64s(), []float64{5, 0, 1, 1, 1, 1})
	for want, y := range map[string]*Dataset{
		`data: y has no task variable "id" to align by; it has side. If its 3 conditions are in the order of the others', -by order says so`: labelled("y", 1, 3, "side", text("l", "r", "l")),
		`data: y has no task variable "id" to align by; it has none. If its 3 conditions are in the order of the others', -by order says so`: labelled("y", 1, 3),
		`data: y has id "2" at conditions 0 and 2; -by must name each condition once: add a variable, as -by id,NAME`:                        labelled("y", 1, 3, "id", text("2", "1", "2")),
		`data: a and y have 1 condition in common by id; at least 2 are needed`:                                                              labelled("y", 1, 3, "id", text("3", "4", "5")),
		`data: y: activity of the 2 conditions in common has zero variance: every unit is constant over all samples`:                         constant,
		`data: a is 1 times × 3 conditions and y 2 × 3; a score compares the same samples in the same order`:                                 labelled("y", 2, 3, "id", text("3", "2", "1")),
	} {
		_, err := Align([]*Dataset{a, y}, "id")
		require.EqualError(t, err, want)
	}
}
