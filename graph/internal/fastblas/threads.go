package fastblas

import (
	"math"

	"simgrad/graph/internal/crew"
)

// threadsFor is the number of threads worth using for m·n·k multiply-adds.
func threadsFor(m, n, k int) int {
	const worth = 1 << 21 // some 40 µs on one thread
	if float64(m)*float64(n)*float64(k) < worth {
		return 1
	}
	return crew.Threads()
}

// A spread is a product or a triangular system shared out among threads: piece i
// is what lies between cuts i and i+1.
type spread struct {
	of interface {
		between(s *scratch, from, to int)
	}
	cuts []int
	// One of these is what is shared out, here so that it need not be allocated.
	product    product
	triangular triangular
}

// Piece implements crew.Work.
func (sp *spread) Piece(i int) {
	s := take()
	sp.of.between(s, sp.cuts[i], sp.cuts[i+1])
	give(s)
}

// plan cuts a product by rows of C where that repeats no packing, else by columns;
// the other way where there are too few; a triangle always by columns.
func (sp *spread) plan(g *product, threads int) {
	unit := g.cols
	if g.n < 8*threads*g.cols {
		unit = g.lanes
	}
	rows, cols, enough := g.m/g.lanes, g.n/g.cols, 2*threads
	g.byRows = g.part == whole && !g.packs(g.m)
	if g.part == whole && (g.byRows && rows < enough && cols > rows || !g.byRows && cols < enough && rows > cols) {
		g.byRows = !g.byRows
	}
	switch {
	case g.part == upper:
		sp.cut(g.n, unit, threads, inUpper)
	case g.part == lower:
		sp.cut(g.n, unit, threads, inLower)
	case g.byRows:
		sp.cut(g.m, g.lanes, threads, nil)
	default:
		sp.cut(g.n, g.cols, threads, nil)
	}
}

// cut divides n into equal pieces at multiples of unit: two for each thread, so that
// a slow thread does not hold up the rest, or one where they would be narrow. Where
// share is given, it says before which part of n a part x of the work lies; such
// pieces are one for each thread.
func (sp *spread) cut(n, unit, threads int, share func(x float64) float64) {
	pieces := 2 * threads
	if share != nil || n < 3*unit*pieces {
		pieces = threads
	}
	sp.cuts = append(sp.cuts[:0], 0)
	for i := 1; i <= pieces; i++ {
		x := float64(i) / float64(pieces)
		if share != nil {
			x = share(x)
		}
		at := min(n, int(math.Round(x*float64(n)/float64(unit)))*unit)
		if i == pieces {
			at = n
		}
		if at > sp.cuts[len(sp.cuts)-1] {
			sp.cuts = append(sp.cuts, at)
		}
	}
}

// run does the work on so many threads.
func (sp *spread) run(threads int) {
	crew.Share(threads, len(sp.cuts)-1, sp)
	sp.of, sp.product, sp.triangular = nil, product{}, triangular{} // they would keep the caller's matrices alive
}

// Triangles: the columns of an upper one grow to the right, those of a lower one
// shrink.
func inUpper(x float64) float64 { return math.Sqrt(x) }
func inLower(x float64) float64 { return 1 - math.Sqrt(1-x) }
