package data

import (
	"math"
	"strconv"
)

// hatsopoulos2007 has the shape and spectrum of motor cortex in the centre-out
// reaching of Hatsopoulos et al. 2007: single trials to eight targets.
var hatsopoulos2007 = func() surrogate {
	const trials, targets = 393, 8
	v := Variable{Name: "target"}
	for k := range targets {
		v.Values = append(v.Values, strconv.Itoa(k))
	}
	for i := range trials {
		v.Class = append(v.Class, i%targets)
	}
	s := surrogate{
		name: "surrogate/hatsopoulos2007", times: 10, conditions: trials, units: 141, scale: 4,
		spectrum: []knot{
			{1, 0.1595},
			{2, 0.0734},
			{3, 0.04536},
			{4, 0.03544},
			{5, 0.03255},
			{6, 0.02841},
			{7, 0.02589},
			{8, 0.02278},
			{9, 0.02156},
			{10, 0.0194},
			{20, 0.0114},
			{34, 0.006898},
			{62, 0.004279},
			{81, 0.002667},
			{97, 0.001509},
			{106, 0.001271},
			{112, 0.0009367},
			{118, 0.0008049},
			{119, 0.0006431},
			{123, 0.0004769},
			{124, 0.0003579},
			{130, 0.0002657},
			{131, 0.0001793},
			{132, 0.0001674},
			{134, 0.0001168},
			{136, 5.75e-05},
			{137, 5.439e-05},
			{139, 3.659e-05},
			{140, 2.056e-05},
			{141, 1.444e-05},
		},
		variables: []Variable{v},
		signals:   []signal{{1, "", ones(trials), ramp, 0.95}},
		card: Card{
			Task: "centre-out reaching to eight targets", Area: "primary motor cortex", Animal: "macaque (monkey 4, session 1)",
			Epoch: "0–500 ms from movement onset", Bins: "10 bins of 50 ms, smoothed (Gaussian, σ 25 ms)", Averaging: "none: single trials",
			Source: "Hatsopoulos, Xu & Amit 2007, shared by Suresh et al. 2020",
		},
	}
	// The harmonics of direction: two of one turn, two of two turns, and so on.
	for k := range 4 {
		code := make([]float64, trials)
		for i, y := range v.Class {
			angle := 2 * math.Pi * float64(k/2+1) * float64(y) / targets
			code[i] = math.Cos(angle - math.Pi/2*float64(k%2))
		}
		s.signals = append(s.signals, signal{2 * (k + 1), "target", code, sustained, 0.84})
	}
	return s
}()
