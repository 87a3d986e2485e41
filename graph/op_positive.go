package graph

import "fmt"

// Positive returns the scalar a, which must be above 0: what else it is said to be, such as
// "the estimate", is in the error.
func Positive(what string, a *Node) *Node {
	return Apply(Prim{
		Name: "Positive", Params: what,
		Forward: func(c *Call) error {
			if c.Out.Data[0] = c.In[0].Data[0]; !(c.Out.Data[0] > 0) {
				return fmt.Errorf("%s is %g: a score divides by it, or by its root, and it must be above 0", what, c.In[0].Data[0])
			}
			return nil
		},
		Pullback: func(_ *Call, _ int, g, gin Mat) error { gin.Data[0] = g.Data[0]; return nil },
	}, a)
}
