package data

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

const trialsFile = "testdata/trials.npz"

// The axes of a file are those that it says, or that are said of it or of all, and are
// brought into one order.
func TestAxes(t *testing.T) {
	const of = "trial,time,unit"
	for name, r := range map[string]Reading{
		trialsFile: {Axes: of}, "testdata/trials": {AxesOf: map[string]string{trialsFile: " trial, time ,unit"}},
		"./testdata/trials.npz":             {Axes: "time,condition,unit", AxesOf: map[string]string{"testdata/trials": of}},
		"testdata/trials.npz:activity":      {AxesOf: map[string]string{"testdata/trials.npz:activity": of}},
		"testdata/trials-axes.npz":          {Axes: "time,condition,unit"},
		"testdata/trials-axes.npz:activity": {},
	} {
		d, err := r.Load(name)
		require.NoError(t, err, name)
		require.Equal(t, []int{3, 10, 2}, d.Shape, name)
		for i, x := range d.Activity.Float64s() {
			require.Equal(t, float64(100*(i/2%10)+10*(i/20)+i%2), x, name)
		}
		require.Equal(t, []string{"target", "side", "choice"}, classNames(d))
		_, along := quantities(d)
		require.Equal(t, map[string]string{"coherence": AlongCondition, "hand": AlongBoth, "heading": AlongCondition, "speed": AlongTime}, along)
		require.Contains(t, d.Card.Notes[0], `The axes of array "activity" are trial × time × unit, as `)
		require.Contains(t, d.Card.Notes[0], ": 3 times, 10 conditions, 2 units.")
		require.Contains(t, strings.Join(d.Card.Notes, "\n"), "The 10 trials are taken for conditions, one each, with their noise: -average LABEL[,…] makes conditions of those that are alike in labels, of target, side, choice, ")
	}
	// What is said of one file is more than what the file says, and changes its content.
	d, err := Reading{AxesOf: map[string]string{"testdata/trials-axes.npz": "time,condition,unit"}}.Load("testdata/trials-axes.npz")
	require.NoError(t, err)
	require.Equal(t, []int{10, 3, 2}, d.Shape)
	other := Reading{AxesOf: map[string]string{"testdata/trials-axes.npz": "trial,unit,time"}}
	d, err = other.Load("testdata/trials-axes.npz")
	require.NoError(t, err)
	require.Equal(t, []int{2, 10, 3}, d.Shape)
	first, err := Load("testdata/trials-axes.npz")
	require.NoError(t, err)
	require.NotEqual(t, first.Hash(), d.Hash())
}

// Axes of one word are one, in C order; those of an array that is asked for are its own.
func TestRepeatedAxes(t *testing.T) {
	d, err := Load("testdata/layers.npz")
	require.NoError(t, err)
	require.Equal(t, []int{4, 3, 10}, d.Shape)
	for i, x := range d.Activity.Float64s() {
		time, sample, channel, unit := i/30, i/10%3, i%10/5, i%5
		require.Equal(t, float64(60*channel+20*sample+5*time+unit), x)
	}
	d, err = Load("testdata/layers.npz:maps")
	require.NoError(t, err)
	require.Equal(t, []int{4, 6}, d.Shape)
	require.Equal(t, arange(24), d.Activity.Float64s())
	d, err = Reading{AxesOf: map[string]string{"testdata/layers.npz": "unit,sample,sample"}}.Load("testdata/layers.npz:maps")
	require.NoError(t, err)
	require.Equal(t, []int{6, 4}, d.Shape)
	require.Equal(t, []float64{0, 6, 12, 18, 1, 7}, d.Activity.Float64s()[:6])
	d, err = Reading{AxesOf: map[string]string{"testdata/layers.npz": "time,unit,unit"}}.Load("testdata/layers.npz:maps")
	require.NoError(t, err)
	require.Equal(t, []int{4, 1, 6}, d.Shape)
}

func TestAxesErrors(t *testing.T) {
	for axes, want := range map[string]string{
		"trial,time,neuron":    `data: testdata/trials.npz: -axes trial,time,neuron has "neuron" for an axis; the words are time, condition, trial, sample and unit`,
		"trial,unit":           `data: testdata/trials.npz: -axes trial,unit names 2 axes, and array "activity" has shape [10 3 2]; -axes FILE=… says the axes of one file`,
		"trial,time,time":      `data: testdata/trials.npz: -axes trial,time,time has no axis of units`,
		"unit,unit,unit":       `data: testdata/trials.npz: -axes unit,unit,unit has no axis but of units: time, condition, trial or sample is another`,
		"condition,trial,unit": `data: testdata/trials.npz: -axes condition,trial,unit names axes of conditions and of trials: give those that are rows alike one word, as trial,trial,time,unit`,
	} {
		_, err := Reading{Axes: axes}.Load(trialsFile)
		require.EqualError(t, err, want)
		if axes != "trial,unit" {
			require.Error(t, CheckAxes(axes))
		}
	}
	require.NoError(t, CheckAxes("trial, time,unit"))
	x := gaussian(1, 4, 3)
	_, err := loaded(t, x, Array{Name: "axes", Shape: []int{2}, Text: []string{"stimulus", "unit"}})
	require.ErrorContains(t, err, `array "axes" of the file, stimulus,unit, has "stimulus" for an axis; the words are time, condition, trial, sample and unit; -axes FILE=… says others in its place`)
	x.Values[7] = math.NaN()
	_, err = loaded(t, x, Array{Name: "axes", Shape: []int{2}, Text: []string{"unit", "sample"}})
	require.ErrorContains(t, err, "has the value NaN at time 0, condition 1, unit 2 (counted from 0); fill such values first, or drop their conditions or units")

	d, err := Reading{Axes: "trial,time,unit"}.Load(trialsFile)
	require.NoError(t, err)
	toy, err := Load("toy2d")
	require.NoError(t, err)
	for want, r := range map[string]Reading{
		"-axes b.npz=unit,time: this file is not read; what is: testdata/trials.npz, no other":                                      {AxesOf: map[string]string{"b.npz": "unit,time"}},
		"-variables target:angle: there is no continuous variable of this name; there is coherence, hand, heading, speed, no other": {Angles: []string{"target"}},
	} {
		require.EqualError(t, r.Unused([]*Dataset{toy, d}), want)
	}
	require.EqualError(t, Reading{Axes: "trial,unit"}.Unused([]*Dataset{toy}), "-axes trial,unit says the axes of files, and none is read")
	require.NoError(t, Reading{Axes: "trial,time,unit", AxesOf: map[string]string{"testdata/trials": "", "trials.npz": ""}, Angles: []string{"heading"}}.Unused([]*Dataset{toy, d}))
}

// Trials of the same labels become conditions, in the order of the labels' values.
func TestAverage(t *testing.T) {
	average := func(angles []string, by ...string) *Dataset {
		d, err := Reading{Axes: "trial,time,unit", Average: by, Angles: angles}.Load(trialsFile)
		require.NoError(t, err)
		return d
	}
	d := average([]string{"heading"}, "target")
	require.Equal(t, []int{3, 3, 2}, d.Shape)
	require.Equal(t, 2, d.Trials())
	// Of target 0 the trials 1 and 4, of 1 those 3 and 7, of 2 those 0 and 2.
	for i, x := range d.Activity.Float64s() {
		require.InDelta(t, []float64{250, 500, 100}[i/2%3]+float64(10*(i/6)+i%2), x, 1e-12)
	}
	require.Equal(t, []Variable{
		{"target", []int{0, 1, 2}, []string{"0", "1", "2"}}, {"side", []int{0, 0, 1}, []string{"l", "r"}},
	}, d.Variables)
	values, along := quantities(d)
	require.Equal(t, map[string]string{"coherence": AlongCondition, "hand": AlongBoth, "heading": AlongCondition, "speed": AlongTime}, along)
	require.Equal(t, []float64{0.1, -0.3, 0.5, 0.1, -0.3, 0.5, 0.1, -0.3, 0.5}, values["coherence"], "as they were, to the last bit")
	require.Equal(t, []float64{0.5, 0.5, 0.5, 2, 2, 2, 1, 1, 1}, values["speed"])
	require.InDelta(t, (math.Sin(3)+math.Sin(12))/2, values["hand"][0], 1e-15)
	require.InDelta(t, (math.Sin(2)+math.Sin(8))/2, values["hand"][8], 1e-15)
	require.InDelta(t, 0.375, values["heading"][0], 1e-15)
	require.InDelta(t, math.Pi, math.Abs(values["heading"][2]), 1e-15, "of 3 and −3 radians")
	require.Equal(t, "over 2 trials of each of 3 conditions by target", d.Card.Averaging)
	require.Equal(t, []string{
		"Conditions are means of 2 trials each, by target.",
		"Trials are cut to the fewest that a condition has, 2 of up to 4, the first in the file's order: 4 of 10 are left out.",
		"Dropped, for the trials of a condition differ in it: choice.",
		"Averaged over trials, as the activity is: hand, heading.",
	}, d.Card.Notes[1:5])
	require.Equal(t, []string{d.Card.Notes[0], d.Card.Notes[1], d.Card.Notes[4]}, d.Card.Remarks, "of what was asked")
	even, odd, ok := d.Halves()
	require.True(t, ok)
	for i := range even.Float64s() {
		c, rest := i/2%3, float64(10*(i/6)+i%2)
		require.Equal(t, []float64{100, 300, 0}[c]+rest, even.Float64s()[i])
		require.Equal(t, []float64{400, 700, 200}[c]+rest, odd.Float64s()[i])
	}
	beside := d.Repetitions()
	require.Equal(t, tensor.Shape{3, 3, 4}, beside.Shape())
	for i, x := range beside.Float64s() {
		require.Equal(t, []float64{100, 400, 300, 700, 0, 200}[i/2%6]+float64(10*(i/12)+i%2), x)
	}

	// By two labels, the first slowest; a number is one.
	d = average(nil, "choice", "target")
	require.Equal(t, []int{3, 5, 2}, d.Shape)
	require.Equal(t, []int{0, 0, 0, 1, 1}, d.variable("choice").Class)
	require.Equal(t, []int{0, 1, 2, 0, 2}, d.variable("target").Class)
	require.Equal(t, []float64{600, 300, 0, 100, 200}, []float64{d.row(0, 0)[0], d.row(0, 1)[0], d.row(0, 2)[0], d.row(0, 3)[0], d.row(0, 4)[0]})
	_, _, ok = d.Halves()
	require.False(t, ok)
	require.Nil(t, d.Repetitions())
	require.Contains(t, d.Card.Notes[3], "With one trial a condition there are no halves for a ceiling.")
	d = average(nil, "coherence")
	require.Equal(t, []float64{-0.3, 0.1, 0.5}, d.quantity("coherence").Values[:3])
	_, err := Align([]*Dataset{d, d.pick([]int{2, 0, 1})}, "coherence")
	require.NoError(t, err)

	ten := Continuous{Name: "level", Values: slices.Repeat([]float64{0.1}, 10)}
	m, changed := ten.mean([][]int{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}}, 10)
	require.False(t, changed)
	require.Equal(t, []float64{0.1}, m.Values, "without the rounding of a mean")

	// Conditions that are kept keep their trials.
	picked := d.pick([]int{2, 0})
	again, _, _ := picked.Halves()
	all, _, _ := d.Halves()
	require.Equal(t, all.Float64s()[4:6], again.Float64s()[:2])
	require.Equal(t, all.Float64s()[0:2], again.Float64s()[2:4])

	// Axes of conditions are no trials; nor is what has one of each.
	d, err = Reading{Axes: "condition,time,unit", Average: []string{"target"}}.Load(trialsFile)
	require.NoError(t, err)
	require.Equal(t, 10, d.Conditions())
	require.Zero(t, d.Trials())
	require.Contains(t, d.Card.Notes[1], "the axes say condition, not trial")
	_, _, ok = d.Halves()
	require.False(t, ok)
	for name, want := range map[string]string{
		trialsFile: `data: testdata/trials.npz: no label "contrast" to average trials by; it has target, side, choice, coherence, heading. If the 10 here are conditions`,
		"toy2d":    "data: toy2d: trials of files are averaged, and this dataset is made here",
	} {
		_, err = Reading{Axes: "trial,time,unit", Average: []string{"target", "contrast"}}.Load(name)
		require.ErrorContains(t, err, want)
	}
}

// The content of an average is that of its trials too, which a ceiling rests on.
func TestHashOfTrials(t *testing.T) {
	x := gaussian(1, 6, 2, 3)
	side := numbered("side", 3, 6)
	axes := Array{Name: "axes", Shape: []int{3}, Text: []string{"trial", "time", "unit"}}
	hash := func() (string, []float64) {
		file := t.TempDir() + "/a.npz"
		require.NoError(t, WriteArrays(file, x, side, axes))
		d, err := Reading{Average: []string{"side"}}.Load(file)
		require.NoError(t, err)
		require.Equal(t, 2, d.Trials())
		return d.Hash(), d.Activity.Float64s()
	}
	before, mean := hash()
	again, _ := hash()
	require.Equal(t, before, again)
	for i := range x.Values[:6] { // trials 0 and 3 are of one condition: their mean stays
		x.Values[i], x.Values[18+i] = x.Values[18+i], x.Values[i]
	}
	after, same := hash()
	require.Equal(t, mean, same)
	require.NotEqual(t, before, after)
}
