package fastblas

// triangular is X ← M⁻¹X or X ← MX for a triangle M of order k and r columns
// X. It serves all sides and transposes of Dtrsm and Dtrmm: X op(A) is
// (op(A)ᵀXᵀ)ᵀ, so on the right M is op(A)ᵀ, and X is Bᵀ.
type triangular struct {
	*kernel
	solves     bool // M⁻¹X, not MX
	right      bool // X is Bᵀ
	isLower    bool // M is a lower triangle
	unit       bool // M has ones on its diagonal, which is not read
	k, r       int
	a          []float64
	aRow, aCol int // element (i, j) of M is a[i*aRow+j*aCol]
	b          []float64
	bRow       int
}

// order is the order of the blocks on M's diagonal. They are applied to packed
// columns of X, and all else is left to product.
const order = 128

// run shares out the columns of X, which do not depend on each other.
func (x triangular) run() {
	s := take()
	if n := threadsFor(x.k, x.k, x.r); n > 1 {
		sp := &s.spread
		sp.cut(x.r, x.cols, n, nil)
		sp.triangular = x
		sp.of = &sp.triangular
		sp.run(n)
	} else {
		x.between(s, 0, x.r)
	}
	give(s)
}

// between does columns [j0, j1) of X, block by block down or up M's diagonal.
// A solution moves from the known to the unknown, a product the other way, so
// as to meet rows of X before they change.
func (x *triangular) between(s *scratch, j0, j1 int) {
	size := even(x.k, order, x.lanes)
	blocks := (x.k + size - 1) / size
	for n := range blocks {
		if x.isLower != x.solves {
			n = blocks - 1 - n
		}
		d0, d1 := n*size, min((n+1)*size, x.k)
		x.diagonal(s, d0, d1, j0, j1)
		switch {
		case x.solves && x.isLower:
			x.update(s, d1, x.k, d0, d1, j0, j1)
		case x.solves:
			x.update(s, 0, d0, d0, d1, j0, j1)
		case x.isLower:
			x.update(s, d0, d1, 0, d0, j0, j1)
		default:
			x.update(s, d0, d1, d1, x.k, j0, j1)
		}
	}
}

// update takes M[i0:i1, p0:p1] X[p0:p1] from X[i0:i1], or adds it.
func (x *triangular) update(s *scratch, i0, i1, p0, p1, j0, j1 int) {
	if i0 == i1 || p0 == p1 {
		return
	}
	m := x.a[i0*x.aRow+p0*x.aCol:]
	g := product{kernel: x.kernel, k: p1 - p0, alpha: x.sign(), beta: 1, cRow: x.bRow}
	if x.right {
		g.m, g.n = j1-j0, i1-i0
		g.a, g.aRow, g.aCol = x.b[j0*x.bRow+p0:], x.bRow, 1
		g.b, g.bRow, g.bCol = m, x.aCol, x.aRow
		g.c = x.b[j0*x.bRow+i0:]
	} else {
		g.m, g.n = i1-i0, j1-j0
		g.a, g.aRow, g.aCol = m, x.aRow, x.aCol
		g.b, g.bRow, g.bCol = x.b[p0*x.bRow+j0:], x.bRow, 1
		g.c = x.b[i0*x.bRow+j0:]
	}
	g.serial(s)
}

func (x *triangular) sign() float64 {
	if x.solves {
		return -1
	}
	return 1
}

// diagonal applies the block [d0, d1) of M to its own rows of X, as many
// columns at a time as a tile has.
func (x *triangular) diagonal(s *scratch, d0, d1, j0, j1 int) {
	x.packSquares(s.squares, d0, d1)
	n := d1 - d0
	last := (n - 1) / x.lanes * x.lanes
	for j := j0; j < j1; j += x.cols {
		w := min(x.cols, j1-j)
		x.load(s.rows, d0, d1, j, w)
		t := &s.tile
		t.bRow, t.cRow = 8*x.cols, 8*x.cols
		t.aRow, t.aCol = 8*x.aRow, 8*x.aCol
		if !x.isLower {
			t.aRow, t.aCol = -t.aRow, -t.aCol
		}
		t.tiles, t.lanes = 1, x.lanes
		t.alpha, t.beta = x.sign(), 1
		if x.solves {
			for i := 0; i < n; i += x.lanes {
				x.left(s, d0, d1, i)
				x.square(s, i)
			}
		} else {
			for i := last; i >= 0; i -= x.lanes {
				x.square(s, i)
				x.left(s, d0, d1, i)
			}
		}
		x.store(s.rows, d0, d1, j, w)
	}
}

// at is the place of element (i, j) of the block [d0, d1) of M. An upper
// triangle's is counted from its far corner: from there it is a lower one, and
// the rest of this file knows no other.
func (x *triangular) at(d0, d1, i, j int) int {
	if x.isLower {
		return (d0+i)*x.aRow + (d0+j)*x.aCol
	}
	return (d1-1-i)*x.aRow + (d1-1-j)*x.aCol
}

// packSquares packs the squares on the diagonal of the block [d0, d1). A
// solution needs the reciprocals of the diagonal.
func (x *triangular) packSquares(dst []float64, d0, d1 int) {
	for i := range d1 - d0 {
		row, i0 := dst[i*x.lanes:][:x.lanes], i/x.lanes*x.lanes
		for j := i0; j < i; j++ {
			row[j-i0] = x.a[x.at(d0, d1, i, j)]
		}
		d := 1.0
		if !x.unit {
			d = x.a[x.at(d0, d1, i, i)]
		}
		if x.solves {
			d = 1 / d
		}
		row[i-i0] = d
	}
}

// left applies what lies left of the square at i in a strip of M.
func (x *triangular) left(s *scratch, d0, d1, i int) {
	if i == 0 {
		return
	}
	t := &s.tile
	t.k = i
	t.a = &x.a[x.at(d0, d1, i, 0)]
	t.b, t.c = &s.rows[0], &s.rows[i*x.cols]
	x.full[min(x.lanes, d1-d0-i)-1](t)
}

// square applies the square at i. If it reaches beyond the block, its further
// rows, and those of X, hold whatever was there before: the rows of a lower
// triangle do not depend on later ones.
func (x *triangular) square(s *scratch, i int) {
	t := &s.tile
	t.a, t.c = &s.squares[i*x.lanes], &s.rows[i*x.cols]
	if x.solves {
		x.solve[2](t)
	} else {
		x.multiply(t)
	}
}

// load copies rows [d0, d1) of w columns of X, from j on, into panel, in the
// order in which at counts.
func (x *triangular) load(panel []float64, d0, d1, j, w int) {
	n, row := d1-d0, 8*x.cols
	if !x.right {
		b, bRow := x.rowsOf(d0, d1, j)
		x.copyRows(&panel[0], row, b, bRow, n, w)
		return
	}
	for q := 0; q < w; q += x.lanes {
		p := &panel[q]
		if !x.isLower {
			p = &panel[(n-1)*x.cols+q]
		}
		x.transpose(p, x.sense()*row, &x.b[(j+q)*x.bRow+d0], 8*x.bRow, min(x.lanes, w-q), n)
	}
}

// store copies them back.
func (x *triangular) store(panel []float64, d0, d1, j, w int) {
	n, row := d1-d0, 8*x.cols
	if !x.right {
		b, bRow := x.rowsOf(d0, d1, j)
		x.copyRows(b, bRow, &panel[0], row, n, w)
		return
	}
	for p := 0; p < n; p += x.lanes {
		at := p
		if !x.isLower {
			at = n - 1 - p
		}
		x.transpose(&x.b[j*x.bRow+d0+p], 8*x.bRow, &panel[at*x.cols], x.sense()*row, min(x.lanes, n-p), w)
	}
}

// rowsOf is the first of rows [d0, d1) of X from column j on, with X on the
// left, and the way to the next.
func (x *triangular) rowsOf(d0, d1, j int) (b *float64, bRow int) {
	if x.isLower {
		return &x.b[d0*x.bRow+j], 8 * x.bRow
	}
	return &x.b[(d1-1)*x.bRow+j], -8 * x.bRow
}

// sense is the direction in which at counts.
func (x *triangular) sense() int {
	if x.isLower {
		return 1
	}
	return -1
}
