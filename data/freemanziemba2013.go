package data

// freemanZiemba2013 has the shape and spectrum of V1 and V2 in Freeman, Ziemba et
// al. 2013: naturalistic textures and spectrally matched noise.
var freemanZiemba2013 = func() surrogate {
	const images = 135
	var kind []float64
	for i := range images {
		kind = append(kind, float64(i%2))
	}
	return surrogate{
		name: "surrogate/freemanziemba2013", times: 2, conditions: images, units: 205, scale: 4,
		spectrum: []knot{
			{1, 0.1934},
			{2, 0.1047},
			{3, 0.07334},
			{4, 0.04894},
			{5, 0.03557},
			{6, 0.02762},
			{7, 0.02689},
			{8, 0.0244},
			{9, 0.02215},
			{10, 0.02006},
			{13, 0.01771},
			{16, 0.01275},
			{31, 0.006537},
			{58, 0.002678},
			{89, 0.001051},
			{113, 0.0004876},
			{146, 0.0001681},
			{166, 7.903e-05},
			{167, 6.977e-05},
			{173, 5.579e-05},
			{180, 4.036e-05},
			{187, 2.428e-05},
			{191, 1.929e-05},
			{192, 1.544e-05},
			{195, 1.298e-05},
			{197, 9.841e-06},
			{198, 7.814e-06},
			{200, 6.685e-06},
			{202, 4.32e-06},
			{204, 2.53e-06},
			{205, 1.847e-06},
		},
		variables: []Variable{twoClasses("texture_type", kind, "noise", "texture")},
		signals:   []signal{{6, "texture_type", kind, sustained, 0.5}},
		card: Card{
			Task: "passive viewing of textures and spectrally matched noise", Area: "V1 and V2", Animal: "macaque",
			Epoch: "0–300 ms after image onset", Bins: "2 bins of 150 ms", Averaging: "over repetitions of an image",
			Source: "Freeman, Ziemba, Heeger, Simoncelli & Movshon 2013",
		},
	}
}()
