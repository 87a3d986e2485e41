package data

import "math"

// mante2013 has the shape and spectrum of prefrontal activity of monkey A in the
// context-dependent task of Mante et al. 2013: 6 motion coherences × 6 colour
// coherences × 2 contexts, correct trials averaged by condition.
var mante2013 = func() surrogate {
	const conditions = 72
	coherences := []float64{-0.5, -0.15, -0.05, 0.05, 0.15, 0.5}
	var motion, colour, context, choice []float64
	for _, ctx := range []float64{-1, 1} {
		for _, m := range coherences {
			for _, c := range coherences {
				motion, colour, context = append(motion, m), append(colour, c), append(context, ctx)
				relevant := m
				if ctx > 0 {
					relevant = c
				}
				choice = append(choice, math.Copysign(1, relevant))
			}
		}
	}
	return surrogate{
		name: "surrogate/mante2013", times: 15, conditions: conditions, units: 727, scale: 4,
		spectrum: []knot{
			{1, 0.2095},
			{2, 0.1323},
			{3, 0.04361},
			{4, 0.03029},
			{5, 0.01765},
			{6, 0.01692},
			{7, 0.01486},
			{8, 0.01238},
			{9, 0.01165},
			{10, 0.01049},
			{11, 0.008916},
			{22, 0.006042},
			{56, 0.002772},
			{134, 0.001145},
			{252, 0.0004498},
			{373, 0.000189},
			{484, 7.854e-05},
			{565, 3.578e-05},
			{630, 1.546e-05},
			{664, 8.177e-06},
			{688, 4.343e-06},
			{710, 1.867e-06},
			{720, 8.713e-07},
			{722, 6.139e-07},
			{723, 5.583e-07},
			{724, 4.47e-07},
			{725, 2.572e-07},
			{726, 1.894e-07},
			{727, 4.958e-08},
		},
		variables: []Variable{
			twoClasses("gt_choice", choice, "left", "right"),
			twoClasses("coh_mod1", motion, "low", "high"),
			twoClasses("coh_mod2", colour, "low", "high"),
			twoClasses("context", context, "motion", "colour"),
		},
		signals: []signal{
			{1, "", ones(conditions), ramp, 0.95},
			{2, "gt_choice", choice, ramp, 0.905},
			{6, "coh_mod1", motion, bump, 0.905},
			{8, "coh_mod2", colour, bump, 0.905},
			{10, "context", context, sustained, 0.905},
		},
		card: Card{
			Task: "context-dependent discrimination of motion or colour of random dots", Area: "prefrontal cortex (FEF and surroundings)",
			Animal: "macaque A", Epoch: "100–850 ms after dots onset", Bins: "15 bins of 50 ms",
			Averaging: "over correct trials of a condition", Source: "Mante, Sussillo, Shenoy & Newsome 2013",
		},
	}
}()
