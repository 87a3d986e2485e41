package graph

import (
	"sync"

	"simgrad/graph/internal/crew"
)

// Share calls f with ranges [from, to) that together are [0, n): with one, or where
// Threads allows several threads and the work is worth it, with some at the same
// time. cost is what an index costs, counted in numbers read and written. f must
// write to different places for different indices, and must not sum over them, so
// that no byte depends on the number of threads.
//
// A primitive that goes through its rows may share them out:
//
//	Share(rows, cols, func(from, to int) { … })
func Share(n, cost int, f func(from, to int)) {
	threads := 1
	if n*cost >= worthSharing {
		threads = crew.Threads()
	}
	if threads == 1 {
		f(0, n)
		return
	}
	r := freeRanges.Get().(*ranged)
	r.f, r.n, r.pieces = f, n, min(n, 2*threads)
	crew.Share(threads, r.pieces, r)
	r.f = nil
	freeRanges.Put(r)
}

const worthSharing = 1 << 15 // some 10 µs

type ranged struct {
	f         func(from, to int)
	n, pieces int
}

var freeRanges = sync.Pool{New: func() any { return &ranged{} }}

func (r *ranged) Piece(i int) { r.f(i*r.n/r.pieces, (i+1)*r.n/r.pieces) }
