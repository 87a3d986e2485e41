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
//
// Acos of it is the angle between them, near 0 from the distance of the two of norm 1.
func KernelCosine(x, y *Node) *Node {
	if sx, sy := shapeOf(x), shapeOf(y); x.Dims() != 2 || y.Dims() != 2 || sx.Rows != sy.Rows {
		panic(&Error{"KernelCosine", fmt.Errorf("%v and %v: x and y must be matrices of one number of samples", sx, sy)})
	}
	n, p, q := x.Shape()[0], x.Shape()[1], y.Shape()[1]
	of, in := unitCosine, []*Node{x, Norm(Gram(x)), y}
	if 3*n < 4*p+3*q {
		kx := Gram(T(x))
		of, in = kernelCosine, []*Node{kx, Norm(kx), y}
	}
	return withAngle(Apply(of(false), in...), of(true), in...)
}

// kernelCosine is the cosine, or the angle, by the kernel kx = x·xᵀ and its norm a.
func kernelCosine(angle bool) Prim {
	return Prim{
		Name: nameOf(angle), Params: "n",
		Forward: func(c *Call) error {
			kx, a, y := c.In[0], c.In[1].Data[0], c.In[2]
			ky := c.Scratch("ky", y.Rows, y.Rows)
			syrk(true, 1, y, 0, ky)
			k := kept[cosine](c)
			if k.of(blas64.Dot(vector(kx), vector(ky)), a, frobenius(ky)); angle && k.cosine > 1-nearAngle {
				apart := c.Scratch("mix", y.Rows, y.Rows)
				blend(apart, 1/k.a, kx, -1/k.b, ky)
				k.byChord(frobenius(apart))
			}
			c.Out.Data[0] = k.value(angle)
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			kx, y, k := c.In[0], c.In[2], c.Keep.(*cosine)
			ky, s := c.Scratch("ky", y.Rows, y.Rows), k.slopeOf(angle, g)
			switch i {
			case 0:
				scale(gin, s/(k.a*k.b), ky)
			case 1:
				gin.Data[0] = -s * k.cosine / k.a
			case 2: // 2·(kx/(ab) − cosine·ky/b²)·y
				mix := c.Scratch("mix", y.Rows, y.Rows)
				blend(mix, 2*s/(k.a*k.b), kx, -2*s*k.cosine/(k.b*k.b), ky)
				gemm(false, false, 1, mix, y, 0, gin)
			}
			return nil
		},
		// The kernel of centred data has columns of mean 0.
		centred: func(i int, in []bool, _ bool) bool { return i == 2 && in[0] && in[2] },
	}
}

// unitCosine works by products of units; a is the norm of xᵀx.
func unitCosine(angle bool) Prim {
	return Prim{
		Name: nameOf(angle), Params: "p",
		Forward: func(c *Call) error {
			x, a, y := c.In[0], c.In[1].Data[0], c.In[2]
			m, gy := c.Scratch("m", x.Cols, y.Cols), c.Scratch("gy", y.Cols, y.Cols)
			gemm(true, false, 1, x, y, 0, m)
			syrk(false, 1, y, 0, gy)
			k := kept[cosine](c)
			if k.of(blas64.Dot(vector(m), vector(m)), a, frobenius(gy)); angle && k.cosine > 1-nearAngle {
				k.byChord(kernelChord(c, x, k.a, y, k.b))
			}
			c.Out.Data[0] = k.value(angle)
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			x, y, k := c.In[0], c.In[2], c.Keep.(*cosine)
			m, gy, s := c.Scratch("m", x.Cols, y.Cols), c.Scratch("gy", y.Cols, y.Cols), k.slopeOf(angle, g)
			switch i {
			case 0:
				gemm(false, true, 2*s/(k.a*k.b), y, m, 0, gin)
			case 1:
				gin.Data[0] = -s * k.cosine / k.a
			case 2: // 2·(x·m/(ab) − cosine·y·gy/b²)
				gemm(false, false, 2*s/(k.a*k.b), x, m, 0, gin)
				gemm(false, false, -2*s*k.cosine/(k.b*k.b), y, gy, 1, gin)
			}
			return nil
		},
		centred: func(i int, in []bool, _ bool) bool {
			return (i == 0 && in[2]) || (i == 2 && in[0] && in[2])
		},
	}
}

func nameOf(angle bool) string {
	if angle {
		return "KernelAngle"
	}
	return "KernelCosine"
}

// A cosine is inner/(a·b), with its angle.
type cosine struct {
	nearby
	a, b float64
}

func (k *cosine) of(inner, a, b float64) {
	k.a, k.b = a, b
	k.byCosine(inner / (a * b))
}
