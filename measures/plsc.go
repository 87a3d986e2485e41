package measures

import (
	"math"

	"simgrad/graph"
)

// PLSC is partial least squares correlation: the mean covariance of the pairs of directions, one
// in x and one in y, that covary most, each pair orthogonal to those before,
//
//	‖xᵀy‖_* / ((n − 1)·min(p, q)),
//
// columns centred, x n × p, y n × q, ‖·‖_* the nuclear norm: NBS without the norms of x and y, in
// the units of the data.
//
// Source: McIntosh et al. 1996, Spatial pattern analysis of functional brain images using partial
// least squares; as the mean of its singular values, google/svcca, numpy_pls.
var PLSC = Register(Measure{
	Name: "plsc", Label: "PLS correlation, mean covariance", Source: "McIntosh et al. 1996; google/svcca",
	Range: [2]float64{0, math.Inf(1)}, Identity: nan, Symmetric: true,
	InvariantX: Translation | Permutation | Rotation, InvariantY: Translation | Permutation | Rotation,
	Score: func(x, y *graph.Node) *graph.Node {
		n, pairs := float64(x.Shape()[0]), float64(min(x.Shape()[1], y.Shape()[1]))
		return graph.Affine(1/((n-1)*pairs), graph.NuclearNorm(graph.MatMul(graph.T(graph.Center(x)), graph.Center(y))), 0)
	},
})
