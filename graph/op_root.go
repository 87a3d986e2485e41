package graph

import (
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack/lapack64"
)

// CentredRoot returns centred data with the inner products between samples that x, n × p, has
// less its means: x less them; or, of more units than samples, n × (n − 1), so that what follows
// costs n³, beside two products of n × n × p, and holds nothing of the size of x. Of more units
// than samples the gradient is that of a function of these inner products, as what follows must
// be.
func CentredRoot(x *Node) *Node {
	if s := shapeOf(x); x.Dims() != 2 || s.Cols <= s.Rows || s.Rows < 2 {
		return Center(x)
	}
	return Apply(Prim{
		Name: "CentredRoot", Params: struct{}{},
		Shape: func(in []Mat) (int, int, error) {
			if in[0].Cols <= in[0].Rows {
				return 0, 0, fmt.Errorf("%v: more units than samples are needed", in[0])
			}
			return in[0].Rows, in[0].Rows - 1, nil
		},
		Forward: func(c *Call) error { kept[rooted](c).of(c, c.In[0]); return nil },
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			c.Keep.(*rooted).back(c, g, gin)
			return nil
		},
		centred: func(int, []bool, bool) bool { return true },
	}, x)
}

// A rooted finds the root by Cholesky's factor, or by z = L·Q where that is ill-conditioned.
type rooted struct {
	Root
	byGram bool
	tau    []float64
	query  []float64
}

func (r *rooted) of(c *Call, x Mat) {
	if r.byGram = r.Of(x.Data, x.Cols, x.Rows, x.Cols, true); r.byGram {
		r.Write(general(c.Out))
		return
	}
	z, k := c.Scratch("z", x.Rows, x.Cols), x.Rows-1
	mean := c.Scratch("mean", 1, x.Cols).Data
	scale(z, 1, x)
	for range 2 { // the second time for what rounding leaves of large means
		colMeans(mean, z)
		subtractRow(z, z, mean)
	}
	Contrast(general(z))
	z.Rows--
	r.tau, r.query = slices.Grow(r.tau[:0], k)[:k], slices.Grow(r.query[:0], 64*x.Rows)[:64*x.Rows]
	lapack64.Gelqf(general(z), r.tau, r.query, len(r.query))
	clear(c.Out.Data)
	for i := range k {
		copy(c.Out.row(i), z.row(i)[:i+1])
	}
	Contrast(general(c.Out))
}

func (r *rooted) back(c *Call, g, gin Mat) {
	along := c.Scratch("along", g.Rows, g.Cols)
	mean := c.Scratch("mean of along", 1, g.Cols).Data
	colMeans(mean, g) // the mean of the output is 0 whatever x is
	subtractRow(along, g, mean)
	if r.byGram {
		r.Back(general(along), gin.Data)
		return
	}
	clear(gin.Data)
	for i := range g.Rows {
		copy(gin.row(i), along.row(i))
	}
	z := c.Scratch("z", gin.Rows, gin.Cols)
	z.Rows--
	lapack64.Ormlq(blas.Right, blas.NoTrans, general(z), r.tau, general(gin), r.query, len(r.query))
}
