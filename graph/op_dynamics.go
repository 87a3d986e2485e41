package graph

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
)

// DelayCoordinates returns the leading left singular vectors, so many as rank, of x beside its
// own past: of samples that are times × conditions, row t·conditions + c, the matrix of rows
// [x_t,c  x_t−1,c … x_t−delays+1,c], of (times − delays + 1)·conditions × (delays·units), means
// not taken. Each is one as its largest element is above 0. Vectors across the cut whose singular
// values are alike within 1e-6 are an error, as is a matrix of lower rank. Value only.
//
// Source: Brunton et al. 2017, Chaos as an intermittently forced linear system (eigen-time-delay
// coordinates).
func DelayCoordinates(times, delays, rank int, x *Node) *Node {
	return Apply(Prim{
		Name: "DelayCoordinates", Params: [3]int{times, delays, rank},
		Shape: func(in []Mat) (int, int, error) {
			n := in[0].Rows
			if times < 1 || n%times != 0 {
				return 0, 0, fmt.Errorf("%d samples are not %d times of as many conditions each", n, times)
			}
			if times <= delays {
				return 0, 0, fmt.Errorf("of %d times there is no step from one to the next with %d delays, which take %d", times, delays, delays+1)
			}
			rows := (times - delays + 1) * (n / times)
			if most := min(rows-n/times, delays*in[0].Cols); rank > most {
				return 0, 0, fmt.Errorf("a rank of %d is asked for; of %d steps, and %d delays of %d units, it is at most %d", rank, rows-n/times, delays, in[0].Cols, most)
			}
			return rows, rank, nil
		},
		Forward: func(c *Call) error {
			x, conditions := c.In[0], c.In[0].Rows/times
			h, d := c.Scratch("delays", c.Out.Rows, delays*x.Cols), kept[subspace](c)
			for i := range h.Rows {
				for k := range delays {
					copy(h.row(i)[k*x.Cols:], x.row(i+(delays-1-k)*conditions))
				}
			}
			u, values, err := d.leading(h, rank)
			if err != nil {
				return err
			}
			switch r := Rank(values); {
			case r < rank:
				return fmt.Errorf("data with their delays have rank %d, and %d is asked for", r, rank)
			case rank < len(values) && values[rank-1]-values[rank] < 1e-6*values[rank-1]:
				return fmt.Errorf("components %d and %d of data with their delays have the same variance, to 1e-6: which of them is kept is not decided", rank, rank+1)
			}
			for k := range rank {
				from, to := column(u, k), column(c.Out, k)
				blas64.Copy(from, to)
				if i := blas64.Iamax(to); c.Out.row(i)[k] < 0 {
					blas64.Scal(-1, to)
				}
			}
			return nil
		},
	}, x)
}

// Conjugated returns C·b·Cᵀ for the orthogonal C that brings b nearest to a, both r×r: the best
// of those that an ascent finds from a dozen starts, of which none is proven to be the best there
// is. Starts are the axes as they are, those of the symmetric parts, and ten that are drawn of a
// fixed seed; of the first two, directions are such that elements agree. The trace, which no C
// changes, has no part in it. Value only.
//
// Each step is to the orthogonal matrix nearest to the gradient and μ times C itself, which for
// a μ that is large enough is an ascent; μ falls as long as it is one.
//
// Source: Ostrow et al. 2023 (Procrustes analysis over vector fields); the ascent, Journée et al.
// 2010, Generalized power method; that signs agree, Singer 2011, Angular synchronization by
// eigenvectors.
func Conjugated(a, b *Node) *Node {
	return Apply(Prim{
		Name: "Conjugated", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) {
			if n := in[0].Rows; in[0].Cols != n || in[1].Rows != n || in[1].Cols != n {
				return 0, 0, fmt.Errorf("shapes %v and %v: both are square, and of one size", in[0], in[1])
			}
			return in[0].Rows, in[0].Cols, nil
		},
		Forward: func(c *Call) error {
			a, b := c.In[0], c.In[1]
			s := kept[conjugation](c)
			// In an order of their own, so that it is the same for a and b in each other's place.
			swapped := slices.Compare(a.Data, b.Data) > 0
			if swapped {
				a, b = b, a
			}
			if err := s.find(a, b); err != nil {
				return err
			}
			turned := c.Scratch("C·b", a.Rows, a.Rows)
			gemm(swapped, false, 1, s.best, c.In[1], 0, turned)
			gemm(false, !swapped, 1, turned, s.best, 0, c.Out)
			return nil
		},
	}, a, b)
}
