package fastblas

// product is C ← αAB + βC for A m×k and B k×n. Strides in doubles express
// their transposes too: element (i, p) of A is a[i*aRow+p*aCol].
type product struct {
	*kernel
	part       part
	byRows     bool // how it is shared out
	m, n, k    int
	alpha      float64
	a          []float64
	aRow, aCol int
	b          []float64
	bRow, bCol int // bCol is 1 where B's rows can be read as they lie
	beta       float64
	c          []float64
	cRow       int
}

// part is the part of C that is computed and written.
type part uint8

const (
	whole part = iota
	upper      // the diagonal and above
	lower      // the diagonal and below
)

// run computes the product, k > 0, on as many threads as it is worth.
func (g product) run() {
	if g.n == 1 {
		g.bCol = 1 // its rows are single elements
	}
	s := take()
	if n := threadsFor(g.m, g.n, g.k); n > 1 {
		g.spread(&s.spread, n)
	} else {
		g.serial(s)
	}
	give(s)
}

// scale is the product without its sum: C ← βC.
func (g *product) scale() {
	if g.beta == 1 {
		return
	}
	for i := range g.m {
		c := g.c[i*g.cRow:][:g.n]
		switch g.part {
		case upper:
			c = c[i:]
		case lower:
			c = c[:i+1]
		}
		if g.beta == 0 {
			clear(c)
			continue
		}
		for j := range c {
			c[j] *= g.beta
		}
	}
}

// serial computes the product on one thread.
func (g *product) serial(s *scratch) { g.columns(s, 0, g.m, 0, g.n) }

// columns computes rows [i0, i1) of columns [j0, j1) of C in blocks.
func (g *product) columns(s *scratch, i0, i1, j0, j1 int) {
	cols := even(j1-j0, width, g.cols)
	for j := j0; j < j1; j += cols {
		g.block(s, i0, i1, j, min(j+cols, j1))
	}
}

// spread computes it on several threads.
func (g product) spread(sp *spread, threads int) {
	sp.plan(&g, threads)
	sp.product = g
	sp.of = &sp.product
	sp.run(threads)
}

// between computes what lies between two cuts.
func (g *product) between(s *scratch, from, to int) {
	if g.byRows {
		g.columns(s, from, to, 0, g.n)
	} else {
		g.columns(s, 0, g.m, from, to)
	}
}

// even is the size of equal pieces of n, at most most each. If there are
// several, it is rounded up to a multiple of unit.
func even(n, most, unit int) int {
	if n <= most {
		return n
	}
	pieces := (n + most - 1) / most
	size := (n + pieces - 1) / pieces
	return (size + unit - 1) / unit * unit
}

// block computes rows [i0, i1) of columns [j0, j1) of C, of which there are at
// most width.
func (g *product) block(s *scratch, i0, i1, j0, j1 int) {
	switch g.part {
	case upper:
		i1 = min(i1, j1)
	case lower:
		i0 = max(i0, j0)
	}
	packed := g.packs(i1 - i0)
	t := &s.tile
	t.alpha = g.alpha
	t.aRow, t.cRow = 8*g.aRow, 8*g.cRow
	terms := even(g.k, depth, 1)
	for p := 0; p < g.k; p += terms {
		t.k = min(terms, g.k-p)
		t.beta = g.beta
		if p > 0 {
			t.beta = 1
		}
		var b panels
		if packed {
			b = g.pack(s.panel, p, t.k, j0, j1)
		} else {
			b = panels{b: g.b[p*g.bRow:], row: g.bRow, cols: g.cols, step: g.cols}
		}
		t.bRow, t.bTile = 8*b.row, 8*b.step
		for i := i0; i < i1; i += g.lanes {
			r := min(g.lanes, i1-i)
			b.afar = !packed && i == i0
			t.a, t.aCol = &g.a[i*g.aRow+p*g.aCol], 8*g.aCol
			switch {
			case g.part == upper && i >= j0:
				g.square(s, b, i, r)
				g.strip(s, b, i, r, i+r, j1)
			case g.part == lower && i < j1:
				g.square(s, b, i, r)
				g.strip(s, b, i, r, j0, i)
			default:
				g.strip(s, b, i, r, j0, j1)
			}
		}
	}
}

// strip computes rows [i, i+r) of columns [lo, hi).
func (g *product) strip(s *scratch, b panels, i, r, lo, hi int) {
	t := &s.tile
	for gathers := g.aRow == 1 && r == g.lanes; lo < hi; {
		at, off := b.at(lo)
		t.b, t.c = &b.b[at], &g.c[i*g.cRow+lo]
		tiles := (hi - lo) / g.cols
		switch {
		case off > 0 || tiles == 0:
			n := min(hi-lo, g.cols-off)
			g.edge(t, r, n)
			lo += n
		case b.afar && r == g.lanes:
			t.tiles = tiles
			g.leading(t)
			lo += tiles * g.cols
		case gathers && tiles >= gatherTiles:
			// The first tile reads A across its rows, far apart, and packs it
			// for the others.
			t.tiles, t.pack = 1, &s.strip[0]
			g.packing(t)
			t.a, t.aCol = t.pack, 8*g.lanes
			gathers = false
			lo += g.cols
		default:
			t.tiles = tiles
			t.lanes = g.lanes
			g.full[r-1](t)
			lo += tiles * g.cols
		}
	}
}

// gatherTiles is the number of tiles in a strip from which it pays to pack its
// rows of A.
const gatherTiles = 4

// edge computes one tile of r rows and n ≤ cols columns.
func (kn *kernel) edge(t *tile, r, n int) {
	v := (n - 1) / kn.lanes
	t.tiles, t.lanes = 1, n-v*kn.lanes
	kn.gemm[r-1][v](t)
}

// square computes the square of r rows on the diagonal of C, as far as it is
// asked for.
func (g *product) square(s *scratch, b panels, i, r int) {
	t := &s.tile
	at, _ := b.at(i)
	t.b, t.c = &b.b[at], &g.c[i*g.cRow+i]
	t.tiles = 1
	if g.part == upper {
		g.upperSquare[r-1](t)
	} else {
		g.lowerSquare[r-1](t)
	}
}
