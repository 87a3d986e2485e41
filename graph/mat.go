package graph

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gorgonia.org/tensor"
)

// A Mat is a row-major view of a value: a matrix, or a scalar as 1×1.
type Mat struct {
	Rows, Cols int
	Data       []float64
}

func (m Mat) row(i int) []float64 { return m.Data[i*m.Cols : (i+1)*m.Cols] }

// String returns the shape, as errors quote it.
func (m Mat) String() string { return fmt.Sprintf("(%d, %d)", m.Rows, m.Cols) }

func (m Mat) rows(from, to int) Mat { return Mat{to - from, m.Cols, m.Data[from*m.Cols : to*m.Cols]} }

func dense(m Mat) *tensor.Dense {
	return tensor.New(tensor.WithShape(m.Rows, m.Cols), tensor.WithBacking(m.Data))
}

func vec(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }

func general(m Mat) blas64.General {
	return blas64.General{Rows: m.Rows, Cols: m.Cols, Stride: m.Cols, Data: m.Data}
}

func vector(m Mat) blas64.Vector { return vec(m.Data) }

func trans(t bool) blas.Transpose {
	if t {
		return blas.Trans
	}
	return blas.NoTrans
}

func column(m Mat, i int) blas64.Vector {
	return blas64.Vector{N: m.Rows, Inc: m.Cols, Data: m.Data[i:]}
}

// Zeros returns n numbers, in large pages where they are many.
func Zeros(n int) []float64 {
	x := make([]float64, n)
	inHugePages(x)
	return x
}
