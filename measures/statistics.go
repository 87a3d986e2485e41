package measures

import (
	"fmt"
	"math"

	"simgrad/graph"
)

// MagnitudeDifference is by how much the mean samples of x and y differ in norm,
//
//	| ‖x̄‖ − ‖ȳ‖ |,
//
// in the units of the data: one number of each dataset, which says nothing of samples one by
// one.
//
// Source: Wang et al. 2020, Towards understanding the instability of network embedding;
// Klabunde et al. 2023, Similarity of neural network models, statistics.
var MagnitudeDifference = RegisterFamily(Family{
	Name: "magnitude",
	Make: func(r *Reader) Measure {
		r.One("difference")
		return statistic("difference of mean norms", "Wang et al. 2020", math.Inf(1), Permutation|Rotation,
			func(x *graph.Node) *graph.Node { return graph.Norm(graph.ColMeans(x)) })
	},
})

// ConcentricityDifference is by how much x and y differ in concentricity, the mean cosine
// between their samples and their mean sample, from 0 to 2. What has no mean has none.
//
// Source: Wang et al. 2020, Towards understanding the instability of network embedding;
// Klabunde et al. 2023, Similarity of neural network models, statistics.
var ConcentricityDifference = RegisterFamily(Family{
	Name: "concentricity",
	Make: func(r *Reader) Measure {
		r.One("difference")
		m := statistic("difference of concentricities", "Wang et al. 2020", 2, Scale|Permutation|Rotation,
			func(x *graph.Node) *graph.Node {
				mean := graph.ColMeans(x)
				size := graph.Norm(mean)
				// Of centred data it is rounding, which has a direction.
				rounding := graph.Affine(1e-13, graph.Norm(x), 0)
				size = graph.Add(graph.Positive("the norm of the mean sample, less rounding,", graph.Sub(size, rounding)), rounding)
				return graph.Div(graph.Dot(graph.ColMeans(graph.UnitRows(x)), mean), size)
			})
		m.Fits = func(_, p, q int) error {
			if min(p, q) < 2 {
				return fmt.Errorf("1 unit is too few: samples are then along the mean or against it")
			}
			return nil
		}
		return m
	},
})

// UniformityDifference is by how much x and y differ in uniformity,
//
//	log 1/n² Σ_ab exp(−2‖a − b‖²),
//
// over all pairs of samples a and b of norm 1, or, with rows=raw, as they are: then in the
// units of the data, and 0 where all are far apart. It takes the memory of a few n × n
// matrices.
//
// Source: Wang & Isola 2020, Understanding contrastive representation learning through
// alignment and uniformity on the hypersphere; as a difference, Klabunde et al. 2023.
var UniformityDifference = RegisterFamily(Family{
	Name: "uniformity",
	Make: func(r *Reader) Measure {
		rows, keeps, least := graph.UnitRows, Scale|Permutation|Rotation, 2
		if r.Word("rows", "unit", "raw") == "raw" {
			rows, keeps, least = graph.Center, Translation|Permutation|Rotation, 1
		}
		r.One("difference")
		m := statistic("difference of uniformities", "Wang & Isola 2020", math.Inf(1), keeps,
			func(x *graph.Node) *graph.Node {
				near := graph.Map("Exp", struct{}{}, graph.Affine(-2, graph.SqDistances(rows(x)), 0), math.Exp, func(_, y float64) float64 { return y })
				n := float64(x.Shape()[0])
				return graph.Log(graph.Affine(1/(n*n), graph.Sum(near), 0))
			})
		m.Fits = func(_, p, q int) error {
			if min(p, q) < least {
				return fmt.Errorf("1 unit is too few: samples of norm 1 are then alike or opposite")
			}
			return nil
		}
		return m
	},
})

// statistic is how far apart a number of x and the same of y are.
func statistic(label, source string, most float64, keeps Invariance, of func(x *graph.Node) *graph.Node) Measure {
	return Measure{
		Label: label, Source: source, Kind: Distance, Range: [2]float64{0, most}, Symmetric: true,
		InvariantX: keeps, InvariantY: keeps, OfKernel: true,
		Score: func(x, y *graph.Node) *graph.Node { return graph.Abs(graph.Sub(of(x), of(y))) },
	}
}
