package probe

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
)

// Folds tells, for every time and condition, which fold of cross-validation
// tests the condition.
type Folds struct {
	Number int
	Of     [][]int // time × condition
}

// Stratify deals the conditions of every class evenly over k folds, anew at each
// time. The deal depends on seed, variable and time alone.
//
// k shrinks to the size of the smallest class, which warning then says. A
// variable with a single class, or a class of one condition, cannot be decoded
// and is an error.
func Stratify(variable string, class []int, times, k int, seed uint64) (f Folds, warning string, err error) {
	members := map[int][]int{}
	for c, y := range class {
		members[y] = append(members[y], c)
	}
	smallest := len(class)
	for _, m := range members {
		smallest = min(smallest, len(m))
	}
	switch {
	case k < 2:
		return f, "", fmt.Errorf("%s: %d folds; at least 2 are needed", variable, k)
	case len(members) < 2:
		return f, "", fmt.Errorf("%s has the same value in all conditions: there is nothing to decode", variable)
	case smallest < 2:
		return f, "", fmt.Errorf("%s is left out: its smallest class has one condition, and cross-validation needs two", variable)
	case smallest < k:
		warning = fmt.Sprintf("%s is decoded in %d folds instead of %d, for its smallest class has %d conditions", variable, smallest, k, smallest)
		k = smallest
	}
	h := fnv.New64a()
	h.Write([]byte(variable))
	f = Folds{k, make([][]int, times)}
	for t := range f.Of {
		r := rand.New(rand.NewPCG(seed, h.Sum64()+uint64(t)))
		f.Of[t] = make([]int, len(class))
		next := r.IntN(k) // classes follow one another, so that folds stay of a size
		for _, y := range sortedClasses(members) {
			for _, i := range r.Perm(len(members[y])) {
				f.Of[t][members[y][i]] = next % k
				next++
			}
		}
	}
	return f, warning, nil
}

func sortedClasses(members map[int][]int) (classes []int) {
	for y := range members {
		classes = append(classes, y)
	}
	slices.Sort(classes)
	return classes
}
