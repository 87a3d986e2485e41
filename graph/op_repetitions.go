package graph

import "fmt"

// Data of R repetitions are n × (R·p): the p units of one repetition after those of another.

// CrossDistances returns the n×n squared distances between samples that are estimated from R
// repetitions of them, x, n × (R·p), with what noise the repetitions have left out,
//
//	D_ij = Σ_{r≠s} (x_ir − x_jr)·P·(x_is − x_js)ᵀ / R(R − 1),
//
// P, p×p and symmetric, the noise's precision, nil for 1. Of noise that is independent from
// repetition to repetition, and from P, each has the mean of the noiseless distance; it may be
// below 0. It is the mean over repetitions of products with the mean of the others.
//
// Source: Walther et al. 2016, Reliability of dissimilarity measures for multi-voxel pattern
// analysis; rsatoolbox, rdm/calc.py (calc_rdm_crossnobis), which divides by p too.
func CrossDistances(repetitions int, x, precision *Node) *Node {
	in := []*Node{x}
	if precision != nil {
		in = append(in, precision)
	}
	R := repetitions
	return Apply(Prim{
		Name: "CrossDistances", Params: R,
		Shape: func(in []Mat) (int, int, error) {
			if err := repeated(in[0], R); err != nil {
				return 0, 0, err
			}
			if p := in[0].Cols / R; len(in) > 1 && (in[1].Rows != p || in[1].Cols != p) {
				return 0, 0, fmt.Errorf("a precision of %v: of %d units it is %d × %d", in[1], p, p, p)
			}
			return in[0].Rows, in[0].Rows, nil
		},
		Forward: func(c *Call) error {
			x, n, p := c.In[0], c.In[0].Rows, c.In[0].Cols/R
			weighed := weigh(c, "x·P", x, R)
			sum, weighedSum := c.Scratch("sum", n, p), c.Scratch("sum·P", n, p)
			sumOver(sum, x, R)
			sumOver(weighedSum, weighed, R)
			k, over := c.Out, 1/float64(R*(R-1))
			gemm(false, true, over, sum, weighedSum, 0, k)
			gemm(false, true, -over, x, weighed, 1, k)
			diagonal := c.Scratch("diagonal", 1, n).Data
			for i := range diagonal {
				diagonal[i] = k.row(i)[i]
			}
			for i := range n {
				for j := range i {
					d := diagonal[i] + diagonal[j] - k.row(i)[j] - k.row(j)[i]
					k.row(i)[j], k.row(j)[i] = d, d
				}
				k.row(i)[i] = 0
			}
			return nil
		},
		// With s = g + gᵀ and L = diag(Σ_j s_ij) − s, the derivative by the products is L: by
		// x_r it is 2·L·(Σ_s x_s − x_r)·P, and by P Σ_{r≠s} x_rᵀ·L·x_s, over R(R − 1).
		Pullback: func(c *Call, i int, g, gin Mat) error {
			x, n, p := c.In[0], c.In[0].Rows, c.In[0].Cols/R
			l, over := c.Scratch("L", n, n), 1/float64(R*(R-1))
			twice(l, g)
			for i := range n {
				l.row(i)[i] = 0
				total := 0.0
				for j, s := range l.row(i) {
					total += s
					l.row(i)[j] = -s
				}
				l.row(i)[i] = total
			}
			others := c.Scratch("others", n, x.Cols)
			sum := c.Scratch("sum", n, p)
			for i := range n {
				for r := range R {
					to := others.row(i)[r*p:][:p]
					copy(to, sum.row(i))
					add(to, -1, x.row(i)[r*p:][:p])
				}
			}
			if i == 1 {
				along := c.Scratch("L·others", n, x.Cols)
				gemm(false, false, over, l, others, 0, along)
				gemm(true, false, 1, Mat{n * R, p, x.Data}, Mat{n * R, p, along.Data}, 0, gin)
				return nil
			}
			gemm(false, false, 2*over, l, weigh(c, "others·P", others, R), 0, gin)
			return nil
		},
	}, in...)
}

// weigh returns x, n × (R·p), with each repetition times the precision, if there is one.
func weigh(c *Call, name string, x Mat, repetitions int) Mat {
	if len(c.In) == 1 {
		return x
	}
	n, p := x.Rows, x.Cols/repetitions
	y := c.Scratch(name, n, x.Cols)
	gemm(false, false, 1, Mat{n * repetitions, p, x.Data}, c.In[1], 0, Mat{n * repetitions, p, y.Data})
	return y
}

// sumOver makes sum, n×p, that of the repetitions in x, n × (R·p).
func sumOver(sum, x Mat, repetitions int) {
	for i := range x.Rows {
		to := sum.row(i)
		clear(to)
		for r := range repetitions {
			add(to, 1, x.row(i)[r*sum.Cols:][:sum.Cols])
		}
	}
}

// MeanOfRepetitions returns the mean, n×p, of number of the R repetitions in x, n × (R·p), from
// that of index from on, after the last of which comes the first.
func MeanOfRepetitions(repetitions, from, number int, x *Node) *Node {
	R := repetitions
	return Apply(Prim{
		Name: "MeanOfRepetitions", Params: [3]int{R, from, number},
		Shape: func(in []Mat) (int, int, error) {
			if err := repeated(in[0], R); err != nil {
				return 0, 0, err
			}
			if from < 0 || from >= R || number < 1 || number > R {
				return 0, 0, fmt.Errorf("%d of %d repetitions, from index %d on", number, R, from)
			}
			return in[0].Rows, in[0].Cols / R, nil
		},
		Forward: func(c *Call) error {
			clear(c.Out.Data)
			for i := range c.Out.Rows {
				for k := range number {
					add(c.Out.row(i), 1/float64(number), c.In[0].row(i)[(from+k)%R*c.Out.Cols:][:c.Out.Cols])
				}
			}
			return nil
		},
		Pullback: func(_ *Call, _ int, g, gin Mat) error {
			clear(gin.Data)
			for i := range g.Rows {
				for k := range number {
					add(gin.row(i)[(from+k)%R*g.Cols:][:g.Cols], 1/float64(number), g.row(i))
				}
			}
			return nil
		},
		centred: func(i int, in []bool, g bool) bool { return i < 0 && in[0] || i >= 0 && g },
	}, x)
}

// Residuals returns what R repetitions of n samples, x, n × (R·p), differ by from the mean of
// each sample: (n·R) × p, the repetitions of one sample after those of another.
func Residuals(repetitions int, x *Node) *Node {
	R := repetitions
	// It is a projection of either shape, which are the same in memory.
	project := func(c *Call, dst, src Mat, n int) error {
		p := len(src.Data) / (n * R)
		wide := Mat{n, R * p, src.Data}
		sum := c.Scratch("sum", n, p)
		sumOver(sum, wide, R)
		for i := range n {
			for r := range R {
				to := dst.Data[(i*R+r)*p:][:p]
				copy(to, wide.row(i)[r*p:][:p])
				add(to, -1/float64(R), sum.row(i))
			}
		}
		return nil
	}
	return Apply(Prim{
		Name: "Residuals", Params: R,
		Shape: func(in []Mat) (int, int, error) {
			if err := repeated(in[0], R); err != nil {
				return 0, 0, err
			}
			return in[0].Rows * R, in[0].Cols / R, nil
		},
		Forward:  func(c *Call) error { return project(c, c.Out, c.In[0], c.In[0].Rows) },
		Pullback: func(c *Call, _ int, g, gin Mat) error { return project(c, gin, g, gin.Rows) },
		centred:  func(i int, _ []bool, _ bool) bool { return i < 0 },
	}, x)
}

func repeated(x Mat, repetitions int) error {
	if repetitions < 2 || x.Cols%repetitions != 0 {
		return fmt.Errorf("%v: not the units of %d repetitions, of which there are two at least", x, repetitions)
	}
	return nil
}
