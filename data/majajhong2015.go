package data

import "math"

// majajHong2015 has the shape and spectrum of inferior temporal cortex in Majaj et
// al. 2015: 3200 images of objects of eight categories.
var majajHong2015 = func() surrogate {
	const images = 3200
	v := Variable{Name: "category", Values: []string{"animals", "boats", "cars", "chairs", "faces", "fruits", "planes", "tables"}}
	for i := range images {
		v.Class = append(v.Class, i%len(v.Values))
	}
	s := surrogate{
		name: "surrogate/majajhong2015", times: 1, conditions: images, units: 168, scale: 1,
		spectrum: []knot{
			{1, 0.1607},
			{2, 0.1484},
			{3, 0.07244},
			{4, 0.03867},
			{5, 0.03751},
			{6, 0.03146},
			{7, 0.02658},
			{8, 0.02375},
			{9, 0.01993},
			{10, 0.01847},
			{34, 0.004736},
			{154, 0.0007511},
			{168, 0.0005875},
		},
		variables: []Variable{v},
		card: Card{
			Task: "passive viewing of objects of eight categories", Area: "inferior temporal cortex", Animal: "macaque",
			Epoch: "70–170 ms after image onset", Bins: "one, the mean rate", Averaging: "over repetitions of an image",
			Source: "Majaj, Hong, Solomon & DiCarlo 2015",
		},
	}
	// The seven contrasts of eight classes, orthogonal and of one size.
	classes := float64(len(v.Values))
	for k := 1; k < len(v.Values); k++ {
		code := make([]float64, images)
		for i, y := range v.Class {
			code[i] = math.Cos(math.Pi * float64(k) * (float64(y) + 0.5) / classes)
		}
		s.signals = append(s.signals, signal{2 * k, "category", code, sustained, 0.715})
	}
	return s
}()
