package fastblas

// panels says where the kernels find the rows of B that lie under columns of
// C: in panels as wide as a tile, packed one after the other, or side by side
// in B itself.
type panels struct {
	b    []float64
	j0   int  // column of C over the first panel
	row  int  // from one row to the next
	cols int  // columns of a panel
	step int  // from one panel to the next
	afar bool // no strip has read them yet
}

// at returns the place of column j in the first row, and how far into a packed
// panel it is.
func (b panels) at(j int) (at, off int) {
	if b.step == b.cols {
		return j - b.j0, 0
	}
	off = (j - b.j0) % b.cols
	return (j-b.j0)/b.cols*b.step + off, off
}

// packs reports whether to pack B for m rows of C. A transposed B must be: the
// kernels read rows. Otherwise it spares them reading rows so far apart that
// each is on a page of its own, and pays if many rows of C share the panels.
func (g *product) packs(m int) bool {
	return g.bCol != 1 || g.bRow >= packStride && m >= packRows
}

const (
	packStride = 384
	packRows   = 96
)

// pack copies rows [p, p+k) of columns [j0, j1) of B into panels.
func (g *product) pack(dst []float64, p, k, j0, j1 int) panels {
	row := 8 * g.cols
	for j := j0; j < j1; j += g.cols {
		panel := dst[(j-j0)*k:]
		n := min(g.cols, j1-j)
		if g.bCol == 1 {
			g.copyRows(&panel[0], row, &g.b[p*g.bRow+j], 8*g.bRow, k, n)
			continue
		}
		for q := 0; q < n; q += g.lanes {
			g.transpose(&panel[q], row, &g.b[p*g.bRow+(j+q)*g.bCol], 8*g.bCol, min(g.lanes, n-q), k)
		}
	}
	return panels{b: dst, j0: j0, row: g.cols, cols: g.cols, step: g.cols * k}
}
