package graph

import (
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"
)

// KernelCosine returns the cosine between the linear kernels of x, n×p, and y,
// n×q:
//
//	⟨x·xᵀ, y·yᵀ⟩ / (‖x·xᵀ‖ ‖y·yᵀ‖) = ‖xᵀy‖² / (‖xᵀx‖ ‖yᵀy‖),
//
// a scalar, by whichever side is cheaper: with x constant, value and gradient take
// 4npq + 3nq² operations by products of p×q and q×q, and 3n²q by kernels of n×n.
func KernelCosine(x, y *Node) *Node {
	if sx, sy := shapeOf(x), shapeOf(y); x.Dims() != 2 || y.Dims() != 2 || sx.Rows != sy.Rows {
		panic(&Error{"KernelCosine", fmt.Errorf("%v and %v: x and y must be matrices of one number of samples", sx, sy)})
	}
	n, p, q := x.Shape()[0], x.Shape()[1], y.Shape()[1]
	if 3*n < 4*p+3*q {
		kx := Gram(T(x))
		return Apply(kernelCosine, kx, Norm(kx), y)
	}
	return Apply(unitCosine, x, Norm(Gram(x)), y)
}

// kernelCosine works by the kernel kx = x·xᵀ and its norm a.
var kernelCosine = Prim{
	Name: "KernelCosine", Params: "n",
	Forward: func(c *Call) error {
		kx, a, y := c.In[0], c.In[1].Data[0], c.In[2]
		ky := c.Scratch("ky", y.Rows, y.Rows)
		syrk(true, 1, y, 0, ky)
		return cosineOf(c, blas64.Dot(vector(kx), vector(ky)), a, frobenius(ky))
	},
	Pullback: func(c *Call, i int, g, gin Mat) error {
		kx, y, k := c.In[0], c.In[2], c.Keep.(*cosine)
		ky := c.Scratch("ky", y.Rows, y.Rows)
		switch i {
		case 0:
			scale(gin, g.Data[0]/(k.a*k.b), ky)
		case 1:
			gin.Data[0] = -g.Data[0] * k.value / k.a
		case 2: // 2·(kx/(ab) − value·ky/b²)·y
			mix := c.Scratch("mix", y.Rows, y.Rows)
			blend(mix, 2*g.Data[0]/(k.a*k.b), kx, -2*g.Data[0]*k.value/(k.b*k.b), ky)
			gemm(false, false, 1, mix, y, 0, gin)
		}
		return nil
	},
	// The kernel of centred data has columns of mean 0.
	centred: func(i int, in []bool, _ bool) bool { return i == 2 && in[0] && in[2] },
}

// unitCosine works by products of units; a is the norm of xᵀx.
var unitCosine = Prim{
	Name: "KernelCosine", Params: "p",
	Forward: func(c *Call) error {
		x, a, y := c.In[0], c.In[1].Data[0], c.In[2]
		m, gy := c.Scratch("m", x.Cols, y.Cols), c.Scratch("gy", y.Cols, y.Cols)
		gemm(true, false, 1, x, y, 0, m)
		syrk(false, 1, y, 0, gy)
		return cosineOf(c, blas64.Dot(vector(m), vector(m)), a, frobenius(gy))
	},
	Pullback: func(c *Call, i int, g, gin Mat) error {
		x, y, k := c.In[0], c.In[2], c.Keep.(*cosine)
		m, gy := c.Scratch("m", x.Cols, y.Cols), c.Scratch("gy", y.Cols, y.Cols)
		switch i {
		case 0:
			gemm(false, true, 2*g.Data[0]/(k.a*k.b), y, m, 0, gin)
		case 1:
			gin.Data[0] = -g.Data[0] * k.value / k.a
		case 2: // 2·(x·m/(ab) − value·y·gy/b²)
			gemm(false, false, 2*g.Data[0]/(k.a*k.b), x, m, 0, gin)
			gemm(false, false, -2*g.Data[0]*k.value/(k.b*k.b), y, gy, 1, gin)
		}
		return nil
	},
	centred: func(i int, in []bool, _ bool) bool {
		return (i == 0 && in[2]) || (i == 2 && in[0] && in[2])
	},
}

// A cosine is inner/(a·b).
type cosine struct{ value, a, b float64 }

// cosineOf leaves the cosine in c's output and for its pullback.
func cosineOf(c *Call, inner, a, b float64) error {
	k := kept[cosine](c)
	*k = cosine{inner / (a * b), a, b}
	c.Out.Data[0] = k.value
	return nil
}
