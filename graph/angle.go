package graph

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// A nearby is an angle by its cosine and, near 0 where that has half of the digits, by
// its chord: the distance between two points of the unit sphere.
type nearby struct {
	cosine, chord float64
	near          bool // whether there is a chord
}

const (
	// Within this of 1 an angle, of some 0.014 or less, is found from the chord: its
	// cosine would tell 12 digits of it, and fewer and fewer. Ascents stop before.
	nearAngle = 1e-4
	// Within this of 1 a cosine is worth one more iteration than all take.
	nearCosine = 1e-6
	// sameChord is what rounding makes of none.
	sameChord = 1e-14
)

// byCosine takes the cosine, held to [−1, 1].
func (n *nearby) byCosine(c float64) { *n = nearby{cosine: max(-1, min(1, c))} }

func (n *nearby) byChord(d float64) { *n = nearby{1 - d*d/2, d, true} }

// value is the cosine, or the angle.
func (n *nearby) value(angle bool) float64 {
	switch {
	case !angle:
		return n.cosine
	case n.near:
		return 2 * math.Asin(n.chord/2)
	}
	return AngleOf(n.cosine)
}

// AngleOf is the angle, in radians, whose cosine is given; a cosine that rounding has left
// beyond ±1 is there.
func AngleOf(cosine float64) float64 { return math.Acos(max(-1, min(1, cosine))) }

// slopeOf takes the derivative g by the cosine, or by the angle, to one by the cosine.
func (n *nearby) slopeOf(angle bool, g Mat) float64 {
	switch {
	case !angle:
		return g.Data[0]
	case !n.near:
		return g.Data[0] * slopeOfAcos(n.cosine)
	case n.chord <= sameChord:
		return 0 // of the least there is: the subgradient of least norm
	}
	return -g.Data[0] / (n.chord * math.Sqrt(1-n.chord*n.chord/4))
}

// slopeOfAcos is the derivative of arccos, infinite at both ends, held to its value
// where 1−c² = 1e-12.
func slopeOfAcos(c float64) float64 { return -1 / math.Sqrt(max(1e-12, 1-c*c)) }

// withAngle makes the primitive angle, of the same inputs, what Acos returns of cosine.
func withAngle(cosine *Node, angle Prim, in ...*Node) *Node {
	cosine.Op().(*primOp).angle = func() *Node { return Apply(angle, in...) }
	return cosine
}

// angleOf returns the node of the angle whose cosine a is known to be, or nil.
func angleOf(a *Node) *Node {
	if a == nil {
		return nil
	}
	if op, ok := a.Op().(*primOp); ok && op.angle != nil {
		return op.angle()
	}
	return nil
}

// Within returns the scalar a held to [low, high], which rounding may carry it past, by
// up to 1e-8 of an end's size (of 1 where that is less). Further out is an error.
func Within(low, high float64, a *Node) *Node {
	slack := func(end float64) float64 { return 1e-8 * math.Max(1, math.Abs(end)) }
	n := Apply(Prim{
		Name: "Within", Params: [2]float64{low, high},
		Forward: func(c *Call) error {
			v := c.In[0].Data[0]
			if v < low-slack(low) || v > high+slack(high) {
				return fmt.Errorf("%g is outside [%g, %g]", v, low, high)
			}
			c.Out.Data[0] = min(high, max(low, v))
			return nil
		},
		Pullback: func(_ *Call, _ int, g, gin Mat) error { gin.Data[0] = g.Data[0]; return nil },
		passes:   true,
	}, a)
	n.Op().(*primOp).angle = func() *Node { return angleOf(a) }
	return n
}

// kernelChord returns ‖x·xᵀ/a − y·yᵀ/b‖ without either: with [x/√a y/√b] = QR it is
// the norm of R·diag(1, −1)·Rᵀ.
func kernelChord(c *Call, x Mat, a float64, y Mat, b float64) float64 {
	n, p := x.Rows, x.Cols+y.Cols
	both := c.Scratch("both", n, p)
	for i := range n {
		row := both.row(i)
		copy(row, x.row(i))
		copy(row[x.Cols:], y.row(i))
		blas64.Scal(1/math.Sqrt(a), vec(row[:x.Cols]))
		blas64.Scal(1/math.Sqrt(b), vec(row[x.Cols:]))
	}
	k := min(n, p)
	tau, query := c.Scratch("tau", 1, k).Data, c.Scratch("query", 1, 64*p).Data
	lapack64.Geqrf(general(both), tau, query, len(query))
	for i := range k {
		clear(both.row(i)[:min(i, p)])
	}
	r := general(Mat{k, p, both.Data[:k*p]})
	left, right := r, r
	left.Cols = x.Cols
	right.Cols, right.Data = y.Cols, r.Data[x.Cols:]
	apart := c.Scratch("apart", k, k)
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, left, left, 0, general(apart))
	blas64.Gemm(blas.NoTrans, blas.Trans, -1, right, right, 1, general(apart))
	return frobenius(apart)
}
