package graph

import (
	"fmt"
	"math"
)

// Contrasts returns R − 1 rows for each of n samples, of x, n × (R·p), whose products are those of
// the residuals of R repetitions, and their covariance over R − 1: (n·(R − 1)) × p, rows of a
// sample after those of another. Row r is (x_0 + … + x_r−1 − r·x_r)/√(r(r + 1)), after Helmert.
func Contrasts(repetitions int, x *Node) *Node {
	R := repetitions
	weight := func(row, repetition int) float64 { // rows from 1 on
		switch size := math.Sqrt(float64(row * (row + 1))); {
		case repetition < row:
			return 1 / size
		case repetition == row:
			return -float64(row) / size
		}
		return 0
	}
	return Apply(Prim{
		Name: "Contrasts", Params: R,
		Shape: func(in []Mat) (int, int, error) {
			if err := repeated(in[0], R); err != nil {
				return 0, 0, err
			}
			return in[0].Rows * (R - 1), in[0].Cols / R, nil
		},
		Forward: func(c *Call) error {
			clear(c.Out.Data)
			for i := range c.In[0].Rows {
				for row := 1; row < R; row++ {
					for r := range row + 1 {
						add(c.Out.row(i*(R-1)+row-1), weight(row, r), c.In[0].row(i)[r*c.Out.Cols:][:c.Out.Cols])
					}
				}
			}
			return nil
		},
		Pullback: func(_ *Call, _ int, g, gin Mat) error {
			clear(gin.Data)
			for i := range gin.Rows {
				for row := 1; row < R; row++ {
					for r := range row + 1 {
						add(gin.row(i)[r*g.Cols:][:g.Cols], weight(row, r), g.row(i*(R-1)+row-1))
					}
				}
			}
			return nil
		},
	}, x)
}

// StochasticResidue returns what is left of n Gaussians of means a, n×p, and covariances of
// factors fa, (n·k)×p, k rows F of each, FᵀF, when those of b, n×q, and fb, (n·l)×q, q ≤ p, are
// turned onto them: with T of orthonormal rows, q×p,
//
//	√α·(a − b·T),  and of each sample √(2 − α)·(Fa − Q·Fb·T), Q of orthonormal columns,
//
// below each other (Qᵀ·Fa − Fb·T where Fb has more). Its sum of squares is
//
//	min_T Σ α·‖a_i − b_i·T‖² + (2 − α)·B²(Σa_i, Tᵀ·Σb_i·T),
//
// B the Bures distance, Σ_i the covariances. T is the best that turns T and Q one after the other
// lead to, from the T that is best for the means and that which takes the principal axes of the
// mean covariances to each other, and from the same of samples with weights that are drawn of a
// fixed seed; it is not proven to be the best there is. The gradient holds T
// and Q, which is that of the sum of squares.
//
// Source: Duong, Zhou, Nassar, Berman, Olieslagers & Williams 2023, Representational dissimilarity
// metric spaces for stochastic neural networks, by netrep's GaussianStochasticMetric.
func StochasticResidue(alpha float64, a, fa, b, fb *Node) *Node {
	return Apply(Prim{
		Name: "StochasticResidue", Params: alpha,
		Shape: func(in []Mat) (int, int, error) {
			n, p, q := in[0].Rows, in[0].Cols, in[2].Cols
			switch {
			case in[2].Rows != n || in[1].Rows%n != 0 || in[3].Rows%n != 0:
				return 0, 0, fmt.Errorf("means %v and %v, factors %v and %v: numbers of samples differ", in[0], in[2], in[1], in[3])
			case in[1].Cols != p || in[3].Cols != q || q > p:
				return 0, 0, fmt.Errorf("means %v and %v, factors %v and %v: numbers of units do not fit", in[0], in[2], in[1], in[3])
			}
			if onFirst(in) {
				return n + in[1].Rows, p, nil
			}
			return n + in[3].Rows, p, nil
		},
		Forward: func(c *Call) error {
			s := kept[stochastic](c)
			if err := s.align(alpha, c.In); err != nil {
				return err
			}
			n, k, l := s.a.Rows, s.fa.Rows/s.a.Rows, s.fb.Rows/s.a.Rows
			means, factors := c.Out.rows(0, n), c.Out.rows(n, c.Out.Rows)
			scale(means, math.Sqrt(alpha), s.a)
			gemm(false, false, -math.Sqrt(alpha), s.b, s.t, 1, means)
			weight := math.Sqrt(2 - alpha)
			turned := s.turned("Fb·T")
			for i := range n {
				q, fa, fb := s.q.rows(i*k, (i+1)*k), s.fa.rows(i*k, (i+1)*k), turned.rows(i*l, (i+1)*l)
				if onFirst(c.In) {
					to := factors.rows(i*k, (i+1)*k)
					scale(to, weight, fa)
					gemm(false, false, -weight, q, fb, 1, to)
				} else {
					to := factors.rows(i*l, (i+1)*l)
					scale(to, -weight, fb)
					gemm(true, false, weight, q, fa, 1, to)
				}
			}
			return nil
		},
		Pullback: func(c *Call, input int, g, gin Mat) error {
			s := c.Keep.(*stochastic)
			n, k, l := s.a.Rows, s.fa.Rows/s.a.Rows, s.fb.Rows/s.a.Rows
			means, factors := g.rows(0, n), g.rows(n, g.Rows)
			switch input {
			case 0:
				scale(gin, math.Sqrt(alpha), means)
				return nil
			case 2:
				gemm(false, true, -math.Sqrt(alpha), means, s.t, 0, gin)
				return nil
			}
			weight := math.Sqrt(2 - alpha)
			if input == 1 {
				if onFirst(c.In) {
					scale(gin, weight, factors)
					return nil
				}
				for i := range n {
					gemm(false, false, weight, s.q.rows(i*k, (i+1)*k), factors.rows(i*l, (i+1)*l), 0, gin.rows(i*k, (i+1)*k))
				}
				return nil
			}
			if onFirst(c.In) {
				back := c.Scratch("Qᵀ·g", s.fb.Rows, g.Cols)
				for i := range n {
					gemm(true, false, 1, s.q.rows(i*k, (i+1)*k), factors.rows(i*k, (i+1)*k), 0, back.rows(i*l, (i+1)*l))
				}
				factors = back
			}
			gemm(false, true, -weight, factors, s.t, 0, gin)
			return nil
		},
	}, a, fa, b, fb)
}

// onFirst is whether the factors of the second, of the lesser rank, are turned onto those of the
// first.
func onFirst(in []Mat) bool {
	n := in[0].Rows
	return min(in[1].Rows/n, in[1].Cols) >= min(in[3].Rows/n, in[3].Cols)
}
