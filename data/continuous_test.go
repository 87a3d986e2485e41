package data

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// quantities are the values of a dataset's continuous variables, and the axes they are along.
func quantities(d *Dataset) (values map[string][]float64, along map[string]string) {
	values, along = map[string][]float64{}, map[string]string{}
	for _, v := range d.Continuous {
		values[v.Name], along[v.Name] = v.Values, v.Along
	}
	return values, along
}

func classNames(d *Dataset) (names []string) {
	for _, v := range d.Variables {
		names = append(names, v.Name)
	}
	return names
}

// Floating-point numbers of condition, time or both are continuous variables, whatever the
// order of their axes; whole ones are, where every condition has its own.
func TestContinuous(t *testing.T) {
	d, err := Load("testdata/continuous.npz")
	require.NoError(t, err)
	hand := []float64{0.5, 1.5, 2.5, 3.5, -1, 0, 1, 2, 2, 3, 4, 5, 0.25, 1.25, 2.25, 3.25, 4, 5, 6, 7}
	repeated := func(of ...float64) (all []float64) {
		for range 5 {
			all = append(all, of...)
		}
		return all
	}
	var pixels []float64
	for _, x := range hand {
		pixels = append(pixels, math.RoundToEven(10*x))
	}
	values, along := quantities(d)
	require.Equal(t, map[string][]float64{
		"hand": hand, "velocity": hand, "pixels": pixels,
		"speed":     {0.5, 0.5, 0.5, 0.5, 3, 3, 3, 3, 1, 1, 1, 1, 2, 2, 2, 2, 2.5, 2.5, 2.5, 2.5},
		"coherence": repeated(-0.5, 0.1, 0.1, 0.5), "direction": repeated(0, 1.5, 3, -3), "own": repeated(3, 1, 4, 2),
	}, values)
	require.Equal(t, map[string]string{
		"hand": AlongBoth, "velocity": AlongBoth, "pixels": AlongBoth, "speed": AlongTime,
		"coherence": AlongCondition, "direction": AlongCondition, "own": AlongCondition,
	}, along)
	require.Equal(t, []string{"repeated", "whole"}, classNames(d))
	require.Equal(t, []string{
		`Array "gap" of shape [4 5] is not taken for a variable: it has the value NaN.`,
		"Not used: switch [5], seconds [5], depth [3], per_unit [4 3]. A task variable is one whole number or text for each of the 4 conditions; a continuous one is numbers, not whole, of condition, time or both.",
	}, d.Card.Notes)
}

// With as many times as conditions nobody can tell, unless the file says it.
func TestSquare(t *testing.T) {
	d, err := Load("testdata/square.npz")
	require.NoError(t, err)
	require.Empty(t, d.Continuous)
	require.Equal(t, []string{"side", "own"}, classNames(d))
	require.Equal(t, []string{
		`Array "hand" of shape [4 4] is not taken for a variable: it may be condition × time or time × condition, for these axes are as long. An array hand_axes says which, as np.array(["condition", "time"]).`,
		`Array "speed" of shape [4] is not taken for a variable: it may be condition or time, for these axes are as long. An array speed_axes says which, as np.array(["condition"]).`,
		"side, own may be of times: there are as many times as conditions.",
	}, d.Card.Notes)

	d, err = Load("testdata/square-axes.npz")
	require.NoError(t, err)
	values, along := quantities(d)
	require.Equal(t, map[string]string{"hand": AlongBoth, "speed": AlongTime}, along)
	require.Equal(t, []float64{0.5, 1.5, 2.5, 3.5, -1, 0, 1, 2, 2, 3, 4, 5, 0.25, 1.25, 2.25, 3.25}, values["hand"])
	require.Equal(t, []float64{0.5, -1, 2, 0.25}, []float64{values["speed"][0], values["speed"][4], values["speed"][8], values["speed"][12]})
	require.Equal(t, []string{"own may be of times: there are as many times as conditions."}, d.Card.Notes)
}

// What a file says of axes must fit.
func TestStatedAxes(t *testing.T) {
	x, hand := gaussian(1, 5, 4, 3), gaussian(2, 4, 5)
	hand.Name = "hand"
	for want, words := range map[string][]string{
		`hand_axes says "neuron"; its words are time, condition, trial, sample and unit`:                                          {"condition", "neuron"},
		`hand_axes says time × condition, and hand is of shape [4 5]; the file has 5 times, 4 conditions and 3 units`:             {"time", "condition"},
		`hand_axes says condition, and hand is of shape [4 5]; the file has 5 times, 4 conditions and 3 units`:                    {"condition"},
		`hand_axes says condition × time × condition, and hand is of shape [4 5]; the file has 5 times, 4 conditions and 3 units`: {"sample", "time", "trial"},
	} {
		_, err := loaded(t, x, hand, Array{Name: "hand_axes", Shape: []int{len(words)}, Text: words})
		require.ErrorContains(t, err, want)
	}
	// Said to be of units, numbers that fit conditions are no variable.
	depth := gaussian(3, 1, 4)
	depth.Name, depth.Shape = "depth", []int{4}
	d, err := loaded(t, gaussian(1, 5, 4, 4), depth, Array{Name: "depth_axes", Shape: []int{1}, Text: []string{"unit"}})
	require.NoError(t, err)
	require.Empty(t, d.Continuous)
	require.Contains(t, d.Card.Notes[0], "Not used: depth [4].")
}

// Numbers that fit the first axis alone may be of trials.
func TestOfTimesOrTrials(t *testing.T) {
	coherence := gaussian(2, 1, 20)
	coherence.Name, coherence.Shape = "coherence", []int{20}
	d, err := loaded(t, gaussian(1, 20, 5, 6), coherence)
	require.NoError(t, err)
	require.Equal(t, []string{"coherence is taken for a variable of the 20 times, and nothing in the file is of the 5 conditions: if the first axis is trials, save activity.transpose(1, 0, 2) or say -axes trial,time,unit."}, d.Card.Notes)
	d, err = loaded(t, gaussian(1, 20, 5, 6), coherence, numbered("side", 2, 5))
	require.NoError(t, err)
	require.Empty(t, d.Card.Notes)
}

// A hash is of all that the variables say.
func TestHashOfContinuous(t *testing.T) {
	load := func() *Dataset {
		d, err := Load("testdata/continuous.npz")
		require.NoError(t, err)
		return d
	}
	hashes := map[string]bool{load().Hash(): true}
	for _, change := range []func(d *Dataset){
		func(d *Dataset) { d.Continuous[0].Values[3]++ },
		func(d *Dataset) { d.Continuous[0].Name = "other" },
		func(d *Dataset) { d.Continuous[0].Angle = true },
		func(d *Dataset) { d.Continuous[0].Along = AlongTime },
		func(d *Dataset) { d.Continuous = d.Continuous[1:] },
	} {
		d := load()
		change(d)
		require.False(t, hashes[d.Hash()])
		hashes[d.Hash()] = true
	}
	require.Equal(t, load().Hash(), load().Hash())
}

// Numbers that name conditions align them as classes do, and are kept with them.
func TestAlignContinuous(t *testing.T) {
	load := func(turned bool) *Dataset {
		d, err := Load("testdata/continuous.npz")
		require.NoError(t, err)
		if turned {
			return d.pick([]int{2, 0, 3, 1})
		}
		return d
	}
	x, y := load(false), load(true)
	require.Equal(t, []float64{2.5, 0.5, 3.5, 1.5, 1, -1}, y.Continuous[0].Values[:6])
	_, err := Align([]*Dataset{x, y}, "")
	require.ErrorContains(t, err, "differs at condition 0 (3, 4) and 3 more, and a score compares the same samples in the same order: -by whole aligns them")
	by, err := Align([]*Dataset{x, y}, "own")
	require.NoError(t, err)
	require.Equal(t, x.Activity.Float64s(), by[1].Activity.Float64s())
	require.Equal(t, x.Continuous, by[1].Continuous)
	require.Equal(t, x.Hash(), by[1].Hash())
	x.Variables, y.Variables = nil, nil
	_, err = Align([]*Dataset{x, y}, "")
	require.ErrorContains(t, err, "data: own of testdata/continuous.npz and testdata/continuous.npz differs at condition 0 (3, 4) and 3 more", "whole numbers, each a condition's own")
}

// An angle is decoded by cosine and sine, and is in radians.
func TestAngles(t *testing.T) {
	d, err := Load("testdata/continuous.npz")
	require.NoError(t, err)
	require.NoError(t, d.angles([]string{"direction", "elsewhere"}))
	v := d.quantity("direction")
	require.Equal(t, "angle", v.Kind())
	xy := v.Coordinates()
	require.Len(t, xy, 2)
	require.InDeltaSlice(t, []float64{1, math.Cos(1.5), math.Cos(3), math.Cos(3)}, xy[0][:4], 1e-15)
	require.InDeltaSlice(t, []float64{0, math.Sin(1.5), math.Sin(3), -math.Sin(3)}, xy[1][4:8], 1e-15)
	require.Equal(t, [][]float64{d.Continuous[0].Values}, d.Continuous[0].Coordinates())
	require.ErrorContains(t, d.angles([]string{"pixels"}), "pixels has the value 15: an angle is in radians, from −2π to 2π, as np.deg2rad(a)")
	require.ErrorContains(t, d.angles([]string{"repeated"}), "repeated is of classes, and an angle is a number")
}
