package graph

import (
	"cmp"
	"errors"
	"slices"
)

var errNoOrder = errors.New("all elements are equal, and have no order")

// Ranks returns the ranks of the elements of a among all of them, from 1, those of equal
// ones their mean; where all are equal that is an error. It has no gradient: ranks are constant but where two change places.
func Ranks(a *Node) *Node {
	return Apply(Prim{
		Name: "Ranks", Params: struct{}{}, Shape: shapeLike(a),
		Forward: func(c *Call) (err error) {
			ties(c.In[0].Data, kept[[]int](c), func(order []int, from, to int) {
				if to-from == len(order) {
					err = errNoOrder
				}
				for _, i := range order[from:to] {
					c.Out.Data[i] = float64(from+to+1) / 2
				}
			})
			return err
		},
	}, a)
}

// ties shows the places from…to of the ascending order of v that hold one value; memory is for
// that order.
func ties(v []float64, memory *[]int, show func(order []int, from, to int)) {
	order := places(memory, len(v))
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(v[i], v[j]) })
	for from, to := 0, 0; from < len(order); from = to {
		for to = from; to < len(order) && v[order[to]] == v[order[from]]; to++ {
		}
		show(order, from, to)
	}
}

// places are 0, 1, …, n − 1.
func places(memory *[]int, n int) []int {
	if len(*memory) != n {
		*memory = make([]int, n)
	}
	for i := range *memory {
		(*memory)[i] = i
	}
	return *memory
}
