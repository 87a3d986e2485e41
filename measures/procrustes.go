package measures

// ProcrustesAngularScore is the angular Procrustes score of Cloos et al. 2024,
// 1 at alignment and 0 where no rotation of y overlaps x:
//
//	1 − (2/π) arccos NBS(x, y).
//
// Source: Williams et al. 2021; the scale of Cloos et al. 2024.
var ProcrustesAngularScore = Register(labelled("angular Procrustes", AngularScore("procrustes-angular-score", NBS)))

// ProcrustesAngularDistance is the angular Procrustes distance in radians, the
// least angle between x and y·Q over orthogonal Q:
//
//	arccos NBS(x, y), in [0, π/2].
//
// Source: Williams et al. 2021.
var ProcrustesAngularDistance = Register(labelled("angular Procrustes distance (radians)", AngularDistance("procrustes-distance=angular", NBS)))

func labelled(label string, m Measure) Measure {
	m.Label = label
	return m
}
