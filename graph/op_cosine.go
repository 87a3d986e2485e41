package graph

import (
	"errors"
	"fmt"

	"gonum.org/v1/gonum/blas/blas64"
)

// Cosine returns the cosine between two matrices of one shape,
//
//	⟨a, b⟩ / (‖a‖ ‖b‖),
//
// Frobenius norms, a scalar. A matrix that is 0 is an error. Acos of it is the angle
// itself, near 0 from the distance of the two of norm 1.
func Cosine(a, b *Node) *Node {
	if sa, sb := shapeOf(a), shapeOf(b); sa.Rows != sb.Rows || sa.Cols != sb.Cols {
		panic(&Error{"Cosine", fmt.Errorf("shapes %v and %v differ", sa, sb)})
	}
	in := []*Node{a, Norm(a), b, Norm(b)}
	return withAngle(Apply(matrixCosine(false), in...), matrixCosine(true), in...)
}

// matrixCosine is the cosine, or the angle, of two matrices with their norms.
func matrixCosine(angle bool) Prim {
	name := "Cosine"
	if angle {
		name = "Angle"
	}
	return Prim{
		Name: name, Params: struct{}{},
		Forward: func(c *Call) error {
			a, na, b, nb := c.In[0], c.In[1].Data[0], c.In[2], c.In[3].Data[0]
			if na == 0 || nb == 0 {
				return errors.New("one of the two is 0 in all elements, and has no direction: nothing of it varies")
			}
			k := kept[cosine](c)
			if k.of(blas64.Dot(vector(a), vector(b)), na, nb); angle && k.cosine > 1-nearAngle {
				apart := c.Scratch("apart", a.Rows, a.Cols)
				blend(apart, 1/na, a, -1/nb, b)
				k.byChord(frobenius(apart))
			}
			c.Out.Data[0] = k.value(angle)
			return nil
		},
		Pullback: func(c *Call, i int, g, gin Mat) error {
			k := c.Keep.(*cosine)
			switch s := k.slopeOf(angle, g); i {
			case 0:
				scale(gin, s/(k.a*k.b), c.In[2])
			case 1:
				gin.Data[0] = -s * k.cosine / k.a
			case 2:
				scale(gin, s/(k.a*k.b), c.In[0])
			case 3:
				gin.Data[0] = -s * k.cosine / k.b
			}
			return nil
		},
		centred: func(i int, in []bool, _ bool) bool { return i == 0 && in[2] || i == 2 && in[0] },
	}
}
