package graph

import (
	"fmt"
	"math"
)

// Log returns the natural logarithm of a element by element, which must be greater than 0.
func Log(a *Node) *Node {
	return Apply(Prim{
		Name: "Log", Params: struct{}{}, Shape: shapeLike(a),
		Forward: func(c *Call) error {
			for i, v := range c.In[0].Data {
				if !(v > 0) {
					return fmt.Errorf("%g has no logarithm: it must be greater than 0", v)
				}
				c.Out.Data[i] = math.Log(v)
			}
			return nil
		},
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			for i, v := range c.In[0].Data {
				gin.Data[i] = g.Data[i] / v
			}
			return nil
		},
	}, a)
}
