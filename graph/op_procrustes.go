package graph

import (
	"fmt"
)

// ProcrustesCosine returns the cosine of the Procrustes angle between x, n×p, and y,
// n×q,
//
//	‖xᵀy‖_* / (‖x‖ ‖y‖),
//
// a scalar. Acos of it is the angle itself: the least between x·Q and y, for any Q that
// turns units of x onto those of y and leaves none of the narrower out. Near 0 that is
// found from what is left of the two, of which a cosine keeps half of the digits:
//
//	2·asin(½√(‖x̂Q − ŷ‖² + ‖x̂ − x̂QQᵀ‖²)),  x̂ = x/‖x‖, ŷ = y/‖y‖.
//
// The gradient is by the polar factor Q of xᵀy, over the directions in which x and y
// have both something, and something in common (1e-12 of what is there): the
// subgradient of least norm, finite at any rank and with repeated singular values.
//
// Source: Schönemann 1966; as a cosine, Williams et al. 2021.
func ProcrustesCosine(x, y *Node) *Node {
	if sx, sy := shapeOf(x), shapeOf(y); x.Dims() != 2 || y.Dims() != 2 || sx.Rows != sy.Rows {
		panic(&Error{"ProcrustesCosine", fmt.Errorf("%v and %v: x and y must be matrices of one number of samples", sx, sy)})
	}
	in := []*Node{x, Norm(x), y, Norm(y)}
	return withAngle(Apply(procrustesPrim(false), in...), procrustesPrim(true), in...)
}

// procrustesPrim is the cosine, or the angle, of x and y with their norms.
func procrustesPrim(angle bool) Prim {
	name := "ProcrustesCosine"
	if angle {
		name = "ProcrustesAngle"
	}
	pull := func(beta float64) func(c *Call, i int, g, gin Mat) error {
		return func(c *Call, i int, g, gin Mat) error {
			x, a, y, b, p := c.In[0], c.In[1].Data[0], c.In[2], c.In[3].Data[0], c.Keep.(*procrustes)
			if angle {
				p.refine(x, y)
			}
			slope, before := p.slopeOf(angle, g), 0.0
			if beta != 0 { // what is there else may be of a step that failed, NaN
				before = beta * gin.Data[0]
			}
			switch i {
			case 0:
				gemm(false, true, slope/(a*b), y, p.q, beta, gin)
			case 1:
				gin.Data[0] = before - slope*p.cosine/a
			case 2:
				gemm(false, false, slope/(a*b), x, p.q, beta, gin)
			case 3:
				gin.Data[0] = before - slope*p.cosine/b
			}
			return nil
		}
	}
	return Prim{
		Name: name, Params: struct{}{},
		Forward: func(c *Call) error {
			p := kept[procrustes](c)
			if err := p.fit(c.In[0], c.In[1].Data[0], c.In[2], c.In[3].Data[0], angle); err != nil {
				return err
			}
			c.Out.Data[0] = p.value(angle)
			return nil
		},
		Pullback: pull(0), adds: pull(1),
		centred: func(i int, in []bool, _ bool) bool { return i == 0 && in[2] || i == 2 && in[0] },
	}
}
