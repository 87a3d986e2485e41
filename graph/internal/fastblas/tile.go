package fastblas

// tile is the argument of the kernels: a strip of tiles of C, side by side,
// each as many rows high as the kernel's name says. Strides are in bytes.
type tile struct {
	k     int      // terms of the inner sum
	a     *float64 // first element of the strip's rows of A; or a packed triangle
	aRow  int      // from one row of A to the next
	aCol  int      // from one column of A to the next
	b     *float64 // first row of B under the first tile
	bRow  int      // from one row of B to the next
	bTile int      // from one tile's columns of B to the next tile's
	c     *float64 // first element of C
	cRow  int      // from one row of C to the next
	tiles int      // number of tiles
	lanes int      // lanes of the last vector of a tile that are in use
	pack  *float64
	alpha float64
	beta  float64
}
