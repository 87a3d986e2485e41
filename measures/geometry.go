package measures

import (
	"fmt"
	"strings"

	"simgrad/graph"
)

// A Geometry is a dataset as an estimator and a comparison see it: an n×n matrix over its
// samples. Where that is the linear kernel of features, or holds the squared distances
// between points, it is made of them when it is first asked for, if it is.
type Geometry struct {
	Features *graph.Node // n×p, whose kernel it is
	Points   *graph.Node // n×p, whose squared distances it holds
	matrix   *graph.Node
}

// Matrix returns the n×n matrix.
func (g *Geometry) Matrix() *graph.Node {
	switch {
	case g.matrix != nil:
	case g.Features != nil:
		g.matrix = graph.Gram(graph.T(g.Features))
	default:
		g.matrix = graph.SqDistances(graph.Center(g.Points)) // far from 0 they would keep few digits
	}
	return g.matrix
}

// An Embedding makes the geometry of data.
type Embedding struct {
	Label, Source string
	Of            func(x *graph.Node) *Geometry
	Keeps         Invariance // changes of the data that it does not show, or makes a multiple of
	OfKernel      bool       // see Measure
	Linear        bool       // whether it is the linear kernel, of which estimators take out means
	LeastUnits    int        // that tell samples apart
}

// An Estimator says which entries of a geometry count, and about which mean: the inner
// product of two geometries so prepared, by all their elements, is its estimate. It takes
// geometries that are of one kind.
type Estimator struct {
	Label, Source string
	Of            func(g *Geometry) *Geometry
	Keeps         Invariance // what it takes out of a linear kernel
	Signed        bool       // whether an inner product can be negative
	LeastSamples  int
}

// A Comparison scores two prepared geometries.
type Comparison struct {
	Label, Source string
	Of            func(x, y *Geometry) *graph.Node
	Signed        bool // whether it is, whatever is compared
	Metric        bool // see Measure
	Self          float64
}

// Compose is the measure that embeds x and y, prepares both and compares them.
func Compose(name string, e Embedding, h Estimator, c Comparison) Measure {
	m := Measure{
		Label: name + e.Label + h.Label + c.Label, Range: [2]float64{0, 1}, Identity: c.Self, Symmetric: true,
		InvariantX: e.Keeps, OfKernel: e.OfKernel,
	}
	if e.Linear {
		m.InvariantX |= h.Keeps
	}
	var sources []string
	for _, s := range []string{e.Source, h.Source, c.Source} {
		if s != "" {
			sources = append(sources, s)
		}
	}
	m.Source = strings.Join(sources, "; ")
	m.InvariantY, m.Metric = m.InvariantX, c.Metric
	if h.Signed || c.Signed {
		m.Range[0] = -1
	}
	m.Fits = func(n, p, q int) error {
		switch least := min(p, q); {
		case least < e.LeastUnits:
			return fmt.Errorf("%d units are too few: this needs %d, for each sample is compared by what varies over its units", least, e.LeastUnits)
		case n < h.LeastSamples:
			return fmt.Errorf("%d samples are too few: this needs %d", n, h.LeastSamples)
		}
		return nil
	}
	m.Score = func(x, y *graph.Node) *graph.Node { return c.Of(h.Of(e.Of(x)), h.Of(e.Of(y))) }
	m.size = func(x *graph.Node) *graph.Node {
		g := Gretton.Of(e.Of(x))
		if g.Features != nil {
			return graph.Norm(g.Features)
		}
		return graph.Sqrt(graph.Sum(graph.Sub(g.matrix, graph.ZeroDiagonal(g.matrix)))) // the root of the trace
	}
	return m
}

// Embeddings. Kernels that are not linear may be less a constant, which the estimators that
// go with them take out, so that wide ones keep their digits.
var (
	// LinearKernel is x·xᵀ.
	LinearKernel = Embedding{
		Of:    func(x *graph.Node) *Geometry { return &Geometry{Features: x} },
		Keeps: Scale | Permutation | Rotation, OfKernel: true, Linear: true,
	}
	// SquaredEuclidean is ‖a − b‖².
	SquaredEuclidean = Embedding{
		Label: ", squared distances", Keeps: similarityShape, OfKernel: true,
		Of: func(x *graph.Node) *Geometry { return &Geometry{Points: x} },
	}
	// Euclidean is ‖a − b‖. Where two samples are the same, its gradient is taken as 0.
	Euclidean = Embedding{
		Label: ", distances", Keeps: similarityShape, OfKernel: true,
		Of: func(x *graph.Node) *Geometry { return &Geometry{matrix: distances(x)} },
	}
	// Correlation is 1 − r between samples over units, whose means are not taken before: half
	// of the squared distance between samples of mean 0 and norm 1. Of two units it would be 0
	// or 2.
	Correlation = Embedding{
		Label: ", correlation distances", Keeps: Scale | Permutation, LeastUnits: 3,
		Of: func(x *graph.Node) *Geometry {
			return &Geometry{Points: graph.UnitRows(graph.T(graph.Center(graph.T(x))))}
		},
	}
	// CosineDistance is 1 − cos between samples, as they are.
	CosineDistance = Embedding{
		Label: ", cosine distances", Keeps: Scale | Permutation | Rotation, OfKernel: true, LeastUnits: 2,
		Of: func(x *graph.Node) *Geometry { return &Geometry{Points: graph.UnitRows(x)} },
	}
)

// RBF is exp(−‖a − b‖²/2σ²).
func RBF(sigma float64) Embedding {
	return Embedding{
		Label: fmt.Sprintf(", RBF σ = %g", sigma), Keeps: Translation | Permutation | Rotation, OfKernel: true,
		Of: func(x *graph.Node) *Geometry {
			return &Geometry{matrix: graph.ExpAbout(graph.Affine(-0.5/(sigma*sigma), graph.SqDistances(graph.Center(x)), 0))}
		},
	}
}

// Laplace is exp(−‖a − b‖/σ).
func Laplace(sigma float64) Embedding {
	return Embedding{
		Label: fmt.Sprintf(", Laplace σ = %g", sigma), Keeps: Translation | Permutation | Rotation, OfKernel: true,
		Of: func(x *graph.Node) *Geometry {
			return &Geometry{matrix: graph.ExpAbout(graph.Affine(-1/sigma, distances(x), 0))}
		},
	}
}

// RBFOfMedian and LaplaceOfMedian are of a σ that is the median of the distances between all
// pairs of samples, each counted once and none with itself. Their gradients take it to be of
// the data, too.
var (
	RBFOfMedian = Embedding{
		Label: ", RBF σ = median distance", Keeps: similarityShape, OfKernel: true,
		Of: func(x *graph.Node) *Geometry {
			return ofMedian(func(d *graph.Node) *graph.Node { return graph.Affine(-0.5, graph.Square(d), 0) }, x)
		},
	}
	LaplaceOfMedian = Embedding{
		Label: ", Laplace σ = median distance", Keeps: similarityShape, OfKernel: true,
		Of: func(x *graph.Node) *Geometry { return ofMedian(graph.Neg, x) },
	}
)

// ofMedian is exp of what exponent makes of the distances over their median.
func ofMedian(exponent func(d *graph.Node) *graph.Node, x *graph.Node) *Geometry {
	d := distances(x)
	return &Geometry{matrix: graph.ExpAbout(exponent(graph.Div(d, medianOf(d))))}
}

// medianOf is the median of distances d, n×n, each pair counted once.
func medianOf(d *graph.Node) *graph.Node {
	return graph.Positive("the median of the distances between samples", graph.Median(graph.Upper(d)))
}

// kernels are the options of kernel=, of which of takes the one that is chosen: linear, rbf and
// laplace.
func kernels(of func(e Embedding)) []Option {
	width := func(fixed func(sigma float64) Embedding, median Embedding) func(r *Reader) {
		return func(r *Reader) {
			sigma, isMedian := r.NumberOr("median", "sigma", 1, "a number greater than 0", positive)
			if isMedian {
				of(median)
			} else {
				of(fixed(sigma))
			}
		}
	}
	return []Option{
		{"linear", func(*Reader) { of(LinearKernel) }},
		{"rbf", width(RBF, RBFOfMedian)},
		{"laplace", width(Laplace, LaplaceOfMedian)},
	}
}

// Polynomial is (a·b + c)^degree, of samples less their mean.
func Polynomial(degree int, c float64) Embedding {
	e := Embedding{
		Label: fmt.Sprintf(", polynomial of degree %d, c = %g", degree, c), Keeps: Translation | Permutation | Rotation, OfKernel: true,
		Of: func(x *graph.Node) *Geometry {
			return &Geometry{matrix: graph.PowerAbout(degree, c, graph.Gram(graph.T(graph.Center(x))))}
		},
	}
	if c == 0 {
		e.Keeps |= Scale
	}
	return e
}

func distances(x *graph.Node) *graph.Node { return graph.Sqrt(graph.SqDistances(graph.Center(x))) }

// Estimators.
var (
	// Gretton takes out the means of rows and columns: the biased estimator of HSIC, and, of
	// distances, their inner product whitened for independent noise of all samples.
	Gretton = Estimator{
		Keeps: Translation,
		Of: func(g *Geometry) *Geometry {
			switch {
			case g.Features != nil:
				return &Geometry{Features: graph.Center(g.Features)}
			case g.Points != nil: // of which it is −2 times the kernel
				return &Geometry{Features: graph.Center(g.Points)}
			}
			return &Geometry{matrix: bothCentred(g.matrix)}
		},
	}
	// Lange is Gretton without the diagonal.
	Lange = Estimator{
		Label: " off the diagonal", Keeps: Translation, Signed: true, LeastSamples: 3,
		Of: func(g *Geometry) *Geometry { return &Geometry{matrix: graph.ZeroDiagonal(Gretton.Of(g).Matrix())} },
	}
	// Song is U-centring, whose inner product is the unbiased estimator of HSIC.
	Song = Estimator{
		Label: ", unbiased", Keeps: Translation, Signed: true, LeastSamples: 4,
		Of: func(g *Geometry) *Geometry {
			if g.Features != nil {
				g = &Geometry{Features: graph.Center(g.Features)}
			}
			k := graph.ZeroDiagonal(g.Matrix())
			n := float64(k.Shape()[0])
			// From K_ij are taken m_i + m_j, for m_i = (Σ_j K_ij − ΣK/2(n−1))/(n−2).
			m := graph.Affine(n/(n-2), graph.ColMeans(k), 0)
			m = graph.Sub(m, graph.Affine(1/(2*(n-1)*(n-2)), graph.Sum(k), 0))
			return &Geometry{matrix: graph.ZeroDiagonal(graph.SubRow(graph.T(graph.SubRow(k, m)), m))}
		},
	}
	// Pairs are the elements of pairs of samples, as they are.
	Pairs = Estimator{Of: func(g *Geometry) *Geometry { return &Geometry{matrix: graph.Upper(g.Matrix())} }}
	// CentredPairs are they less their mean: the cosine of two is Pearson's correlation.
	CentredPairs = Estimator{
		Signed: true, LeastSamples: 3,
		Of: func(g *Geometry) *Geometry { return &Geometry{matrix: graph.Center(graph.Upper(g.Matrix()))} },
	}
	// RankedPairs are their ranks less the mean of these: the cosine is Spearman's correlation.
	RankedPairs = Estimator{
		Signed: true, LeastSamples: 3,
		Of: func(g *Geometry) *Geometry {
			return &Geometry{matrix: graph.Center(graph.Ranks(graph.Upper(g.Matrix())))}
		},
	}
	// WhitenedCentredPairs are the elements of pairs less their mean, as Gretton has them.
	WhitenedCentredPairs = Estimator{
		Signed: true, LeastSamples: 3,
		Of: func(g *Geometry) *Geometry {
			d := g.Matrix() // 0 on its diagonal
			n := float64(d.Shape()[0])
			return &Geometry{matrix: bothCentred(graph.ZeroDiagonal(graph.Sub(d, graph.Affine(1/(n*(n-1)), graph.Sum(d), 0))))}
		},
	}
)

func bothCentred(a *graph.Node) *graph.Node { return graph.Center(graph.T(graph.Center(a))) }

// Comparisons.
var (
	// Cosine is that between two matrices, or between the kernels of features, by whichever
	// side of these is cheaper.
	Cosine = Comparison{
		Self: 1, Metric: true,
		Of: func(x, y *Geometry) *graph.Node {
			if x.Features != nil && y.Features != nil {
				return graph.KernelCosine(x.Features, y.Features)
			}
			return graph.Cosine(x.Matrix(), y.Matrix())
		},
	}
	// Apart is the distance between two matrices.
	Apart = Comparison{
		Metric: true,
		Of:     func(x, y *Geometry) *graph.Node { return graph.Norm(graph.Sub(x.Matrix(), y.Matrix())) },
	}
	// Inner is their inner product.
	Inner = Comparison{
		Self: nan,
		Of: func(x, y *Geometry) *graph.Node {
			if x.Features != nil && y.Features != nil {
				return graph.SumSquares(graph.MatMul(graph.T(x.Features), y.Features))
			}
			return graph.Dot(x.Matrix(), y.Matrix())
		},
	}
	// RhoA is the inner product of ranks over what it is where all differ.
	RhoA = Comparison{
		Signed: true, Self: nan,
		Of: func(x, y *Geometry) *graph.Node {
			m := float64(x.matrix.Shape()[0])
			return graph.Affine(12/(m*m*m-m), graph.Dot(x.matrix, y.matrix), 0)
		},
	}
	// TauA and TauB are Kendall's.
	TauA = kendall(false, nan)
	TauB = kendall(true, 1)
)

func kendall(tauB bool, self float64) Comparison {
	return Comparison{
		Signed: true, Self: self,
		Of: func(x, y *Geometry) *graph.Node { return graph.KendallTau(x.matrix, y.matrix, tauB) },
	}
}
