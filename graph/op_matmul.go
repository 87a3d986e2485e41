package graph

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// T returns the transpose of the matrix a. MatMul and Gram see through it and
// copy nothing.
func T(a *Node) *Node {
	n := Apply(Prim{
		Name: "T", Params: struct{}{},
		Shape:    func(in []Mat) (int, int, error) { return in[0].Cols, in[0].Rows, nil },
		Forward:  func(c *Call) error { transpose(c.Out, c.In[0]); return nil },
		Pullback: func(_ *Call, _ int, g, gin Mat) error { transpose(gin, g); return nil },
	}, a)
	n.Op().(*primOp).transposed = a
	return n
}

// MatMul returns the matrix product a·b. Write T(a) for a transposed factor. A
// product of a matrix with its own transpose is a Gram.
func MatMul(a, b *Node) *Node {
	a, ta := untransposed(a)
	b, tb := untransposed(b)
	if a == b && ta != tb {
		return gram(a, tb)
	}
	type flags struct{ ta, tb bool }
	pull := func(beta float64) func(c *Call, i int, g, gin Mat) error {
		return func(c *Call, i int, g, gin Mat) error {
			a, b := c.In[0], c.In[1]
			switch {
			case i == 0 && !ta:
				gemm(false, !tb, 1, g, b, beta, gin)
			case i == 0:
				gemm(tb, true, 1, b, g, beta, gin)
			case !tb:
				gemm(!ta, false, 1, a, g, beta, gin)
			default:
				gemm(true, ta, 1, g, a, beta, gin)
			}
			return nil
		}
	}
	return Apply(Prim{
		Name: "MatMul", Params: flags{ta, tb},
		Shape: func(in []Mat) (int, int, error) {
			rows, inner := in[0].Rows, in[0].Cols
			if ta {
				rows, inner = inner, rows
			}
			inner2, cols := in[1].Rows, in[1].Cols
			if tb {
				inner2, cols = cols, inner2
			}
			if inner != inner2 {
				return 0, 0, fmt.Errorf("(%d, %d) × (%d, %d): inner dimensions differ", rows, inner, inner2, cols)
			}
			return rows, cols, nil
		},
		Forward:  func(c *Call) error { gemm(ta, tb, 1, c.In[0], c.In[1], 0, c.Out); return nil },
		Pullback: pull(0), adds: pull(1),
		// Columns of a·b are combinations of columns of a; see the products above.
		centred: func(i int, in []bool, g bool) bool {
			switch {
			case i < 0:
				return !ta && in[0]
			case i == 0 && !ta:
				return g
			case i == 0:
				return !tb && in[1]
			}
			return !tb && ta && in[0]
		},
	}, a, b)
}

// Gram returns aᵀa, p×p for a of n×p. Gram(T(a)) is the n×n kernel a·aᵀ.
func Gram(a *Node) *Node {
	a, t := untransposed(a)
	return gram(a, t)
}

// gram returns aᵀa, or a·aᵀ if rows is set.
func gram(a *Node, rows bool) *Node {
	pull := func(beta float64) func(c *Call, i int, g, gin Mat) error {
		return func(c *Call, _ int, g, gin Mat) error {
			sum := c.Scratch("g + gᵀ", g.Rows, g.Cols)
			twice(sum, g)
			if rows {
				gemm(false, false, 1, sum, c.In[0], beta, gin)
			} else {
				gemm(false, false, 1, c.In[0], sum, beta, gin)
			}
			return nil
		}
	}
	return Apply(Prim{
		Name: "Gram", Params: rows,
		Shape: func(in []Mat) (int, int, error) {
			if rows {
				return in[0].Rows, in[0].Rows, nil
			}
			return in[0].Cols, in[0].Cols, nil
		},
		Forward:  func(c *Call) error { syrk(rows, 1, c.In[0], 0, c.Out); return nil },
		Pullback: pull(0), adds: pull(1),
		centred: func(i int, in []bool, g bool) bool {
			if i < 0 {
				return rows && in[0]
			}
			return !rows && in[0]
		},
	}, a)
}

// untransposed returns the node that a is the transpose of, or a itself.
func untransposed(a *Node) (_ *Node, transposed bool) {
	if a == nil {
		panic(&Error{"MatMul", errors.New("an input is nil")})
	}
	if op, ok := a.Op().(*primOp); ok && op.transposed != nil {
		b, t := untransposed(op.transposed)
		return b, !t
	}
	return a, false
}

func general(m Mat) blas64.General {
	return blas64.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols, Data: m.Data}
}

func vector(m Mat) blas64.Vector { return blas64.Vector{N: len(m.Data), Inc: 1, Data: m.Data} }

func trans(t bool) blas.Transpose {
	if t {
		return blas.Trans
	}
	return blas.NoTrans
}

// gemm computes c = alpha·op(a)·op(b) + beta·c.
func gemm(ta, tb bool, alpha float64, a, b Mat, beta float64, c Mat) {
	blas64.Gemm(trans(ta), trans(tb), alpha, general(a), general(b), beta, general(c))
}

// syrk computes c = alpha·aᵀa + beta·c, or alpha·a·aᵀ + beta·c if rows is set,
// and fills both triangles.
func syrk(rows bool, alpha float64, a Mat, beta float64, c Mat) {
	blas64.Syrk(trans(!rows), alpha, general(a), beta, blas64.Symmetric{N: c.Rows, Stride: c.Cols, Data: c.Data, Uplo: blas.Upper})
	mirror(c)
}

// twice writes a + aᵀ to dst, which may be a, by blocks that fit the cache.
func twice(dst, a Mat) {
	const block = 32
	n := a.Rows
	for i0 := 0; i0 < n; i0 += block {
		for j0 := 0; j0 <= i0; j0 += block {
			for i := i0; i < min(i0+block, n); i++ {
				for j := j0; j < min(j0+block, i+1); j++ {
					s := a.Data[i*n+j] + a.Data[j*n+i]
					dst.Data[i*n+j], dst.Data[j*n+i] = s, s
				}
			}
		}
	}
}

// transpose writes aᵀ to dst, by blocks that fit the cache.
func transpose(dst, a Mat) {
	const block = 32
	for i0 := 0; i0 < a.Rows; i0 += block {
		for j0 := 0; j0 < a.Cols; j0 += block {
			for i := i0; i < min(i0+block, a.Rows); i++ {
				for j := j0; j < min(j0+block, a.Cols); j++ {
					dst.Data[j*dst.Cols+i] = a.Data[i*a.Cols+j]
				}
			}
		}
	}
}
