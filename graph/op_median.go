package graph

import (
	"errors"
	"fmt"
)

// Median returns the median of all elements of a, a scalar: of an even number the mean of the
// two in the middle. The gradient is that of the one or two; of equal ones, the first.
func Median(a *Node) *Node { return medianOf(a) }

// MedianWhere is the Median of those elements of a whose element in b, of the same shape, is
// above 0, of which there must be one; b has no gradient.
func MedianWhere(a, b *Node) *Node {
	if sa, sb := shapeOf(a), shapeOf(b); sa.Rows != sb.Rows || sa.Cols != sb.Cols {
		panic(&Error{"Median", fmt.Errorf("shapes %v and %v differ", sa, sb)})
	}
	return medianOf(a, b)
}

func medianOf(in ...*Node) *Node {
	return Apply(Prim{
		Name: "Median", Params: struct{}{},
		Forward: func(c *Call) error {
			a, at := c.In[0].Data, kept[[2]int](c)
			counted := func(i int) bool { return len(c.In) == 1 || c.In[1].Data[i] > 0 }
			v := c.Scratch("v", 1, len(a)).Data[:0]
			for i, x := range a {
				if counted(i) {
					v = append(v, x)
				}
			}
			if len(v) == 0 {
				return errors.New("there are no elements")
			}
			k := len(v) / 2
			high := selected(v, k)
			low := high
			if len(v)%2 == 0 {
				for i, x := range v[:k] {
					if i == 0 || x > low {
						low = x
					}
				}
			}
			*at = [2]int{-1, -1}
			for i, x := range a {
				switch {
				case !counted(i):
				case at[0] < 0 && x == low:
					at[0] = i
				case at[1] < 0 && x == high:
					at[1] = i
				}
			}
			if len(v)%2 == 1 {
				at[1] = at[0]
			}
			if at[0] < 0 || at[1] < 0 {
				return errors.New("there are elements that are no numbers")
			}
			c.Out.Data[0] = low + (high-low)/2
			return nil
		},
		Pullback: func(c *Call, input int, g, gin Mat) error {
			clear(gin.Data)
			if input == 1 {
				return nil
			}
			for _, i := range c.Keep.(*[2]int) {
				gin.Data[i] += g.Data[0] / 2
			}
			return nil
		},
	}, in...)
}

// selected returns the element of v that is at k when v is in order, none before it greater
// and none after it less from then on.
//
// Source: Hoare 1961, Algorithm 65: Find.
func selected(v []float64, k int) float64 {
	for from, to := 0, len(v)-1; from < to; {
		pivot, i, j := v[from+(to-from)/2], from, to
		for i <= j {
			for v[i] < pivot {
				i++
			}
			for pivot < v[j] {
				j--
			}
			if i <= j {
				v[i], v[j] = v[j], v[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			to = j
		case k >= i:
			from = i
		default:
			return v[k]
		}
	}
	return v[k]
}
