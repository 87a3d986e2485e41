package experiments

import (
	"fmt"
	"strings"
	"time"
)

// A forecast is how long cells will take, by how long those like them took: of the same
// data and measures, or else of the same measures, or else of the same part, in proportion
// to what products of their data cost.
type forecast struct{ took map[string]work }

// A work is what cells of one kind took, and the size of their data, both in sum.
type work struct{ seconds, size float64 }

// kinds are those that a cell is of, the narrowest first.
func kinds(c Cell) [3]string {
	var measures, sets []string
	for _, m := range c.Measures {
		measures = append(measures, m.Name)
	}
	for _, d := range c.Data {
		sets = append(sets, d.Name)
	}
	part := c.Part
	driven := part + "\x00" + strings.Join(measures, "\x00")
	return [3]string{driven + "\x00\x00" + strings.Join(sets, "\x00"), driven, part}
}

// sizeOf is what a product of a cell's data costs, in proportion: not less than what steps
// cost besides, which small data would have large ones pay for as well.
func sizeOf(c Cell) float64 {
	size := 1e6
	for _, d := range c.Data {
		n, p := d.NumSamples(), d.Units()
		size = max(size, float64(n)*float64(p)*float64(min(n, p)))
	}
	return size
}

// add says how long a cell took.
func (f *forecast) add(c Cell, seconds float64) {
	if f.took == nil {
		f.took = map[string]work{}
	}
	for _, kind := range kinds(c) {
		w := f.took[kind]
		f.took[kind] = work{w.seconds + seconds, w.size + sizeOf(c)}
	}
}

// of is how long a cell will take, if any like it has ended.
func (f *forecast) of(c Cell) (seconds float64, known bool) {
	for _, kind := range kinds(c) {
		if w, ok := f.took[kind]; ok {
			return w.seconds / w.size * sizeOf(c), true
		}
	}
	return 0, false
}

// inOrder are the cells to run, those at todo, with one of each part and measure before
// the others, that on the largest data: so time left is known early.
func inOrder(cells []Cell, todo []int) (order []int) {
	largest := map[string]int{}
	for _, i := range todo {
		kind := kinds(cells[i])[1]
		if j, seen := largest[kind]; !seen || sizeOf(cells[i]) > sizeOf(cells[j]) {
			largest[kind] = i
		}
	}
	var rest []int
	for _, i := range todo {
		if largest[kinds(cells[i])[1]] == i {
			order = append(order, i)
		} else {
			rest = append(rest, i)
		}
	}
	return append(order, rest...)
}

// duration writes how long something takes, as closely as one cares.
func duration(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < 90*time.Second:
		return fmt.Sprintf("%.0f s", max(1, d.Seconds()))
	case d < 90*time.Minute:
		return fmt.Sprintf("%.0f min", d.Minutes())
	}
	return fmt.Sprintf("%.0f h", d.Hours())
}
