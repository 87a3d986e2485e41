package graph

import (
	"errors"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// KernelRidge is the Predictor of ridge regression with penalty lambda > 0 in the features of
// a kernel that kernel makes, element by element, of squared distances, by a width that may be of
// those, fitted, between the rows that are fitted: with K of the rows
// that are fitted and k of those to predict, both less the means of features over the rows
// that are fitted (so that a constant in the kernel is of no account), b̂_v = k·(K + λ)⁻¹·b.
//
// Source: Saunders, Gammerman & Vovk 1998; centring, Schölkopf et al. 1998.
func KernelRidge(lambda float64, kernel func(squared, fitted *Node) *Node) Predictor {
	return func(_ []int, a, b, av *Node) *Node {
		distances := SqDistances(a)
		fitted := kernel(distances, distances)
		means := ColMeans(fitted)
		centred := Center(T(SubRow(fitted, means)))
		across := centred
		if av != a { // of themselves rows are at distances that are exactly 0
			across = Center(T(SubRow(kernel(crossDistances(av, a), distances), means)))
		}
		return MatMul(T(across), shiftedSolve(lambda, centred, b))
	}
}

// crossDistances returns the m×n squared Euclidean distances between the rows of a, m×q, and
// those of b, n×q.
func crossDistances(a, b *Node) *Node {
	return Apply(Prim{
		Name: "crossDistances", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) {
			if in[0].Cols != in[1].Cols {
				return 0, 0, errors.New("rows are not of one length")
			}
			return in[0].Rows, in[1].Rows, nil
		},
		Forward: func(c *Call) error {
			a, b := c.In[0], c.In[1]
			gemm(false, true, -2, a, b, 0, c.Out)
			squares := c.Scratch("squares", 1, b.Rows).Data
			for j := range b.Rows {
				squares[j] = blas64.Dot(vec(b.row(j)), vec(b.row(j)))
			}
			for i := range a.Rows {
				own, row := blas64.Dot(vec(a.row(i)), vec(a.row(i))), c.Out.row(i)
				for j, s := range squares {
					row[j] = max(0, row[j]+own+s)
				}
			}
			return nil
		},
		// da_i = 2·(Σ_j g_ij·a_i − Σ_j g_ij·b_j), and db likewise.
		Pullback: func(c *Call, i int, g, gin Mat) error {
			gemm(i == 1, false, -2, g, c.In[1-i], 0, gin)
			sums := c.Scratch([]string{"sums a", "sums b"}[i], 1, gin.Rows).Data
			clear(sums)
			for r := range g.Rows {
				for j, v := range g.row(r) {
					if i == 0 {
						sums[r] += v
					} else {
						sums[j] += v
					}
				}
			}
			for r, s := range sums {
				add(gin.row(r), 2*s, c.In[i].row(r))
			}
			return nil
		},
	}, a, b)
}

// shiftedSolve returns (k + λ)⁻¹·b, n×p, of a symmetric k, n×n, without negative eigenvalues.
func shiftedSolve(lambda float64, k, b *Node) *Node {
	if !(lambda > 0) {
		panic(&Error{"KernelRidge", errPenalty(lambda)})
	}
	type state struct{ factor blas64.Triangular }
	return Apply(Prim{
		Name: "shiftedSolve", Params: lambda,
		Shape: func(in []Mat) (int, int, error) {
			if in[0].Rows != in[0].Cols || in[0].Rows != in[1].Rows {
				return 0, 0, errors.New("the kernel is not of the rows that are fitted")
			}
			return in[1].Rows, in[1].Cols, nil
		},
		Forward: func(c *Call) error {
			n, s := c.In[0].Rows, c.Scratch("s", c.In[0].Rows, c.In[0].Rows)
			copy(s.Data, c.In[0].Data)
			for i := range n {
				s.row(i)[i] += lambda
			}
			f, ok := lapack64.Potrf(blas64.Symmetric{N: n, Stride: n, Data: s.Data, Uplo: blas.Upper})
			if !ok {
				return errors.New("the kernel has eigenvalues below 0 that the penalty does not make up for")
			}
			kept[state](c).factor = f
			copy(c.Out.Data, c.In[1].Data)
			lapack64.Potrs(f, general(c.Out))
			return nil
		},
		// With z = (k + λ)⁻¹g: db = z, dk = −z·wᵀ.
		Pullback: func(c *Call, i int, g, gin Mat) error {
			z := gin
			if i == 0 {
				z = c.Scratch("z", g.Rows, g.Cols)
			}
			copy(z.Data, g.Data)
			lapack64.Potrs(c.Keep.(*state).factor, general(z))
			if i == 0 {
				gemm(false, true, -1, z, c.Out, 0, gin)
			}
			return nil
		},
	}, k, b)
}
