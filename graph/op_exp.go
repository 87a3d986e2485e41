package graph

import "math"

// ExpAbout returns exp a element by element less a constant, 1 where that is nearer to most
// elements than 0: for what takes constants away in any case, with all digits of elements
// that are near to either.
func ExpAbout(a *Node) *Node {
	return Apply(Prim{
		Name: "ExpAbout", Params: struct{}{}, Shape: shapeLike(a),
		Forward: func(c *Call) error {
			about, below := kept[float64](c), 0 // elements nearer to 0
			for _, x := range c.In[0].Data {
				if x < -math.Ln2 {
					below++
				}
			}
			f := math.Expm1
			if *about = 1; 2*below > len(c.In[0].Data) {
				*about, f = 0, math.Exp
			}
			for i, x := range c.In[0].Data {
				c.Out.Data[i] = f(x)
			}
			return nil
		},
		Pullback: func(c *Call, _ int, g, gin Mat) error {
			about := *c.Keep.(*float64)
			for i, y := range c.Out.Data {
				gin.Data[i] = g.Data[i] * (y + about)
			}
			return nil
		},
	}, a)
}
