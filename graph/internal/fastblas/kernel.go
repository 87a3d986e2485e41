package fastblas

// kernel is one instruction set's assembly. Rows of a tile and lanes of a
// vector are the same number in both sets, so that the diagonal of a triangle
// falls into squares of one vector's width.
type kernel struct {
	name  string
	lanes int // doubles in a vector; rows of a tile
	cols  int // columns of a tile

	gemm        [8][3]func(*tile) // by rows and vectors, less one; the last vector may be short
	full        [8]func(*tile)    // by rows less one; every vector is whole
	leading     func(*tile)       // full, asking for A and B ahead of use
	packing     func(*tile)       // full, packing A, whose rows lie side by side
	upperSquare [8]func(*tile)    // a triangle on the diagonal of C, by rows less one
	lowerSquare [8]func(*tile)
	solve       [3]func(*tile) // C ← T⁻¹C, by vectors less one
	multiply    func(*tile)    // C ← TC

	copyRows  func(dst *float64, dstRow int, src *float64, srcRow, rows, cols int)
	transpose func(dst *float64, dstRow int, src *float64, srcRow, rows, cols int)
}
