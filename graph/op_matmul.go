package graph

import (
	"errors"
	"fmt"
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
