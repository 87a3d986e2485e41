package fastblas

import "sync/atomic"

// A product is cut into blocks. depth rows of width columns of B, packed, are
// to lie in the second-level cache while the rows of A pass over them; a
// strip's share of A, depth columns, is to stay in the first.
//
// The depth decides where the sum of an element of C is broken, and hence its
// bytes. Nothing but the path may change it.
const (
	depth = 256
	width = 360 // a multiple of the columns of a tile on either path
)

// scratch is the working memory of one goroutine in a product.
type scratch struct {
	tile    tile
	panel   []float64 // packed B
	strip   []float64 // packed rows of A
	rows    []float64 // packed rows of a triangular system
	squares []float64 // packed squares of its diagonal
	spread  spread    // for what is shared out
}

// Scratch is given back after use, so that a steady state allocates nothing
// and touches no fresh pages: into one slot, for the price of one atomic
// operation, which small products notice; and into a list behind it. A
// sync.Pool would be emptied by the garbage collector.
var (
	slot atomic.Pointer[scratch]
	list = make(chan *scratch, 64)
)

func take() *scratch {
	if s := slot.Swap(nil); s != nil {
		return s
	}
	select {
	case s := <-list:
		return s
	default:
	}
	const lanes, cols = 8, 24 // the most that any path has
	return &scratch{
		panel:   make([]float64, depth*width),
		strip:   make([]float64, depth*lanes),
		rows:    make([]float64, order*cols),
		squares: make([]float64, order*lanes),
	}
}

func give(s *scratch) {
	s.tile = tile{} // it would keep the caller's matrices alive
	if slot.CompareAndSwap(nil, s) {
		return
	}
	select {
	case list <- s:
	default:
	}
}
