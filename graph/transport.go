package graph

import "math"

// A transport is the problem of sending what each of p sources has to q sinks, in whole
// portions, so that the profit is greatest: every source sends all it has, and no sink takes
// more than its share.
//
// It is solved portion after portion, along the path that costs least at reduced costs,
// which potentials keep at 0 or more: that of an assignment where all shares are 1.
//
// Source: Edmonds & Karp 1972; for assignments Kuhn 1955, Jonker & Volgenant 1987.
type transport struct {
	plan []int // p×q, how much goes from each to each
	// Of sources 0…p−1 and sinks p…p+q−1.
	potential, distance []float64
	from                []int // where the shortest way comes from
	done                []bool
	left, room          []int
}

// solve makes the plan for sources that have so much each, and sinks of such shares.
func (t *transport) solve(profit Mat, sources, sinks int) {
	p, q := profit.Rows, profit.Cols
	if len(t.plan) != p*q {
		t.plan, t.left, t.room = make([]int, p*q), make([]int, p), make([]int, q)
		t.potential, t.distance = make([]float64, p+q), make([]float64, p+q)
		t.from, t.done = make([]int, p+q), make([]bool, p+q)
	}
	clear(t.plan)
	for i := range t.left {
		t.left[i] = sources
	}
	for j := range t.room {
		t.room[j] = sinks
	}
	// The reduced cost of i → j is potential i − profit − potential j.
	for i := range p {
		t.potential[i] = math.Inf(-1)
		for _, v := range profit.row(i) {
			t.potential[i] = max(t.potential[i], v)
		}
	}
	clear(t.potential[p:])
	for i := range p {
		for t.left[i] > 0 {
			t.send(profit, i)
		}
	}
}

// send sends as much of what source s has left as the shortest path to a sink with room
// takes.
func (t *transport) send(profit Mat, s int) {
	p, q := profit.Rows, profit.Cols
	for k := range t.distance {
		t.distance[k], t.done[k], t.from[k] = math.Inf(1), false, -1
	}
	t.distance[s] = 0
	end := -1
	for end < 0 {
		at := -1
		for k, d := range t.distance {
			if !t.done[k] && !math.IsInf(d, 1) && (at < 0 || d < t.distance[at]) {
				at = k
			}
		}
		t.done[at] = true
		switch {
		case at < p:
			for j, v := range profit.row(at) {
				t.relax(at, p+j, t.potential[at]-v-t.potential[p+j])
			}
		case t.room[at-p] > 0:
			end = at
		default: // back along what the sink has been sent
			for i := range p {
				if t.plan[i*q+at-p] > 0 {
					t.relax(at, i, profit.row(i)[at-p]+t.potential[at]-t.potential[i])
				}
			}
		}
	}
	for k, d := range t.distance {
		if t.done[k] {
			t.potential[k] -= t.distance[end] - d
		}
	}
	portion := min(t.left[s], t.room[end-p])
	for k := end; k != s; k = t.from[k] {
		if k < p {
			portion = min(portion, t.plan[k*q+t.from[k]-p])
		}
	}
	t.left[s] -= portion
	t.room[end-p] -= portion
	for k := end; k != s; k = t.from[k] {
		if k < p {
			t.plan[k*q+t.from[k]-p] -= portion
		} else {
			t.plan[t.from[k]*q+k-p] += portion
		}
	}
}

// relax takes the way to next by at, of so much more, where it is the shortest so far;
// rounding may have left a cost below 0.
func (t *transport) relax(at, next int, cost float64) {
	if d := t.distance[at] + max(0, cost); d < t.distance[next] {
		t.distance[next], t.from[next] = d, at
	}
}
