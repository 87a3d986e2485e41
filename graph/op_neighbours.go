package graph

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
)

// SharedNeighbours returns the mean over rows of the share of its k nearest other rows that
// x, n×p, and y, n×q, have in common, a scalar: nearest by the largest inner product, of
// equal ones the first. It has no gradient, being constant but where two change places.
func SharedNeighbours(k int, x, y *Node) *Node {
	return overNeighbours("SharedNeighbours", k, x, y, func(_ *Call, near [2][]int, row int) float64 {
		return float64(common(of(near[0], k, row), of(near[1], k, row))) / float64(k)
	})
}

// JaccardNeighbours is SharedNeighbours with the neighbours in common as a share of those that
// either has.
func JaccardNeighbours(k int, x, y *Node) *Node {
	return overNeighbours("JaccardNeighbours", k, x, y, func(_ *Call, near [2][]int, row int) float64 {
		both := common(of(near[0], k, row), of(near[1], k, row))
		return float64(both) / float64(2*k-both)
	})
}

// RankedNeighbours is SharedNeighbours with neighbours in common weighed by their ranks r and s
// from 1, as the nearer the more and the more the same the more,
//
//	Σ 2 / ((1 + |r − s|)(r + s))  over  1 + 1/2 + … + 1/m,
//
// of m in common; 0 where there are none.
func RankedNeighbours(k int, x, y *Node) *Node {
	return overNeighbours("RankedNeighbours", k, x, y, func(_ *Call, near [2][]int, row int) float64 {
		sum, most, m := 0.0, 0.0, 0
		for r, j := range of(near[0], k, row) {
			if s := slices.Index(of(near[1], k, row), j); s >= 0 {
				m++
				sum += 2 / float64((1+max(r-s, s-r))*(r+s+2))
				most += 1 / float64(m)
			}
		}
		if m == 0 {
			return 0
		}
		return sum / most
	})
}

// CyclingNeighbours is the share of rows that are among the k nearest in x of one of their k
// nearest in y.
func CyclingNeighbours(k int, x, y *Node) *Node {
	return overNeighbours("CyclingNeighbours", k, x, y, func(_ *Call, near [2][]int, row int) float64 {
		for _, j := range of(near[1], k, row) {
			if slices.Contains(of(near[0], k, j), row) {
				return 1
			}
		}
		return 0
	})
}

// OrderedNeighbours is SharedNeighbours with, of the neighbours in common, the longest
// sequence that is in one order in both.
func OrderedNeighbours(k int, x, y *Node) *Node {
	return overNeighbours("OrderedNeighbours", k, x, y, func(_ *Call, near [2][]int, row int) float64 {
		longest := make([]int, k+1) // of the first so many in y, and those of x so far
		for _, i := range of(near[0], k, row) {
			before := 0
			for c, j := range of(near[1], k, row) {
				here := max(longest[c+1], longest[c])
				if i == j {
					here = before + 1
				}
				before, longest[c+1] = longest[c+1], here
			}
		}
		return float64(longest[k]) / float64(k)
	})
}

// SecondOrderCosine is the mean over rows i of the cosine between two vectors: the inner products
// of row i of x with those rows that are among its k nearest in x or in y, and those of row i of y
// with the same rows. With distances, the vectors are of 1 less the inner products. Of two that
// are 0 the cosine is 1, of one that is and one that is not 0.
func SecondOrderCosine(k int, distances bool, x, y *Node) *Node {
	name := "SecondOrderCosine"
	if distances {
		name += "OfDistances"
	}
	return overNeighbours(name, k, x, y, func(c *Call, near [2][]int, row int) float64 {
		var vectors [2]blas64.Vector
		for i, x := range c.In {
			v := c.Scratch([]string{"of x", "of y"}[i], 1, 2*k).Data[:0]
			take := func(j int) {
				inner := blas64.Dot(vec(x.row(row)), vec(x.row(j)))
				if distances {
					inner = 1 - inner
				}
				v = append(v, inner)
			}
			first := of(near[0], k, row)
			for _, j := range first {
				take(j)
			}
			for _, j := range of(near[1], k, row) {
				if !slices.Contains(first, j) {
					take(j)
				}
			}
			vectors[i] = vec(v)
		}
		switch a, b := blas64.Nrm2(vectors[0]), blas64.Nrm2(vectors[1]); {
		case a > 0 && b > 0:
			return blas64.Dot(vectors[0], vectors[1]) / a / b
		case a == b:
			return 1
		}
		return 0
	})
}

// overNeighbours is the mean over rows of a score of their k neighbours, in x and in y.
func overNeighbours(name string, k int, x, y *Node, score func(c *Call, near [2][]int, row int) float64) *Node {
	if sx, sy := shapeOf(x), shapeOf(y); sx.Rows != sy.Rows || k < 1 || k >= sx.Rows {
		panic(&Error{name, fmt.Errorf("%v and %v: %d neighbours need matrices of one number of rows, and more", sx, sy, k)})
	}
	return Apply(Prim{
		Name: name, Params: k,
		Forward: func(c *Call) error {
			n := c.In[0].Rows
			near := kept[[2][]int](c) // of all rows, k each
			for i, x := range c.In {
				near[i] = neighbours(c, k, x, near[i])
			}
			sum := 0.0
			for row := range n {
				sum += score(c, *near, row)
			}
			c.Out.Data[0] = sum / float64(n)
			return nil
		},
	}, x, y)
}

// of are the neighbours of a row.
func of(near []int, k, row int) []int { return near[row*k : (row+1)*k] }

func common(a, b []int) (n int) {
	for _, j := range a {
		if slices.Contains(b, j) {
			n++
		}
	}
	return n
}

// neighbours are, of every row of x, the k others of largest inner product with it, of equal
// ones the first, in the memory of near; the products are left in the scratch that is called
// gram.
func neighbours(c *Call, k int, x Mat, near []int) []int {
	n := x.Rows
	gram := c.Scratch("gram", n, n)
	syrk(true, 1, x, 0, gram)
	near = near[:0]
	for row := range n {
		inner, from := gram.row(row), len(near)
		for j, v := range inner {
			best := near[from:]
			if j == row || len(best) == k && !(v > inner[best[k-1]]) {
				continue
			}
			at, _ := slices.BinarySearchFunc(best, v, func(i int, v float64) int {
				if inner[i] >= v {
					return -1
				}
				return 1
			})
			if len(best) < k {
				near = append(near, 0)
				best = near[from:]
			}
			copy(best[at+1:], best[at:])
			best[at] = j
		}
	}
	return near
}
