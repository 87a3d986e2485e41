package data

import "math"

// siegel2015FEF has the shape and spectrum of activity of the frontal eye field
// in the task of Siegel et al. 2015, on the components that hold 99 % of its
// variance: the only area whose curves are published (the paper's figure shows
// V4). The conditions are made up: 43 of 2 tasks × 22 stimuli.
var siegel2015FEF = func() surrogate {
	const conditions = 43
	var context, color, direction, response []float64
	for i := range conditions {
		task := float64(i%2)*2 - 1
		stimulus := i / 2 // 0 … 21, of 5 colours × 5 directions
		c, d := float64(stimulus%5)-2, float64((stimulus*2+stimulus/5)%5)-2
		relevant := c + 0.3
		if task > 0 {
			relevant = d - 0.3
		}
		context, color, direction = append(context, task), append(color, c), append(direction, d)
		response = append(response, math.Copysign(1, relevant))
	}
	return surrogate{
		name: "surrogate/siegel2015-fef", times: 11, conditions: conditions, units: 278, scale: 4,
		spectrum: []knot{
			{1, 0.3101},
			{2, 0.1511},
			{3, 0.1106},
			{4, 0.05377},
			{5, 0.03108},
			{6, 0.02808},
			{7, 0.02646},
			{8, 0.02076},
			{9, 0.01173},
			{10, 0.009494},
			{13, 0.007802},
			{14, 0.006621},
			{16, 0.005902},
			{18, 0.0043},
			{24, 0.003286},
			{31, 0.002432},
			{95, 0.0008185},
			{179, 0.0003339},
			{267, 0.0001416},
			{278, 0.0001258},
		},
		variables: []Variable{
			twoClasses("context", context, "color", "motion"),
			twoClasses("response", response, "left", "right"),
			twoClasses("color", color, "low", "high"),
			twoClasses("direction", direction, "low", "high"),
		},
		signals: []signal{
			{1, "", ones(conditions), ramp, 0.95},
			{2, "response", response, ramp, 0.955},
			{6, "color", color, bump, 0.955},
			{8, "direction", direction, bump, 0.955},
			{10, "context", context, sustained, 0.955},
		},
		card: Card{
			Task: "discrimination of colour or motion, by a cue", Area: "frontal eye field", Animal: "macaque",
			Epoch: "0–500 ms after stimulus onset", Bins: "11 bins of 50 ms", Averaging: "over trials of a condition; components holding 99 % of the variance",
			Source: "Siegel, Buschman & Miller 2015",
			Notes:  []string{"The paper's figure shows V4; only the curves of FEF are published."},
		},
	}
}()
