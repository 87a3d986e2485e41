package measures

import (
	"math"

	"simgrad/graph"
)

// HSIC is the Hilbert-Schmidt independence criterion itself, of which CKA is the cosine: in
// units of the data, or of a kernel's, by the number of samples. With K and L the kernels of
// x and y it is tr KHLH/(n − 1)², H taking means out, by gretton, biased; and by song,
// unbiased, the inner product of U-centred K and L over n(n − 3), 0 on average for
// independent data. Kernels are linear; rbf, exp(−‖a − b‖²/2σ²); and laplace, exp(−‖a − b‖/σ),
// with sigma=median as CKAs.
//
// Source: Gretton et al. 2005, Measuring statistical dependence with Hilbert-Schmidt norms;
// Song et al. 2012, Feature selection via dependence maximization.
var HSIC = RegisterFamily(Family{
	Name: "hsic",
	Make: func(r *Reader) Measure {
		var e Embedding
		r.Choice("kernel", kernels(func(of Embedding) { e = of })...)
		h, over := Gretton, func(n float64) float64 { return (n - 1) * (n - 1) }
		h.Source = "Gretton et al. 2005"
		if r.Word("estimator", "gretton", "song") == "song" {
			h, over = Song, func(n float64) float64 { return n * (n - 3) }
			h.Source = "Song et al. 2012"
		}
		m := Compose("HSIC", e, h, Inner)
		m.Range = [2]float64{0, math.Inf(1)}
		if h.Signed {
			m.Range[0] = math.Inf(-1)
		}
		if e.Linear {
			m.InvariantX, m.InvariantY = m.InvariantX&^Scale, m.InvariantY&^Scale
		}
		inner := m.Score
		m.Score = func(x, y *graph.Node) *graph.Node {
			return graph.Affine(1/over(float64(x.Shape()[0])), inner(x, y), 0)
		}
		return r.Scale(m)
	},
})

// KernelDistance is the distance between the linear kernels of x and y, of which CKA is the
// cosine,
//
//	‖x·xᵀ − y·yᵀ‖,
//
// columns centred, or with columns=raw as they are, Frobenius norm: in squared units of the
// data. It takes the memory of n × n matrices, whose difference keeps its digits near 0.
//
// Source: Tang et al. 2020, Similarity of neural networks with gradients, the Euclidean
// distance; its kernels are of columns as they are.
var KernelDistance = RegisterFamily(Family{
	Name: "kernel",
	Make: func(r *Reader) Measure {
		of, keeps := columns(r)
		e := LinearKernel
		e.Of = func(x *graph.Node) *Geometry { return &Geometry{Features: of(x)} }
		e.Source = "Tang et al. 2020"
		m := Compose("distance of kernels", e, Estimator{Of: func(g *Geometry) *Geometry { return g }}, Apart)
		m.Kind, m.Range = Distance, [2]float64{0, math.Inf(1)}
		m.InvariantX = keeps | Permutation | Rotation
		m.InvariantY = m.InvariantX
		r.One("distance=euclidean")
		return m
	},
})
