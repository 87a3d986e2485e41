// Package fastblas is a fast double-precision BLAS level 3 for gonum: matrix
// products, triangular systems and the Cholesky factorisation, in generated
// Go assembly for AVX-512 and for AVX2 with FMA. Everything else is gonum's, as
// is everything on other processors; the system's BLAS can be used instead.
//
//	if err := fastblas.Use(); err != nil {
//		log.Fatal(err)
//	}
//
// puts it behind blas64 and lapack64, and so behind gonum's mat. The variable
// SIMGRAD_BLAS chooses the path: avx512, avx2, gonum or system.
//
// # Tiles
//
// A kernel holds a tile of C in registers, 8×24 numbers or 4×12, while it sums
// over a column of A and a row of B after the other (see gen/gemm.go). It takes
// A and B by strides, so that either may be read where it lies: A, one number
// at a time, always, transposed or not; B, in vectors, unless it is transposed.
// Tiles at the edges are smaller kernels whose last vector is masked, and
// squares on the diagonal of a symmetric C have masks in the shape of a
// triangle: no kernel touches a number that is not its own, and there are no
// scratch tiles.
//
// # Blocks and packing
//
// A product is cut into blocks of B that fit the second-level cache, 256 rows by
// 360 columns, over which the rows of A pass in strips as high as a tile. B is
// packed into panels as wide as a tile only where that pays: transposed, or
// with rows so far apart that each would be on a page of its own. Where the
// numbers of a strip of A lie across the rows of a transposed matrix, the first
// tile of the strip packs them on its way, for the others. Buffers are kept
// from call to call.
//
// Triangular systems are blocks on the diagonal, against right-hand sides packed
// into a panel, and products for the rest; a factorisation is triangular
// systems and products. Both come in one form only: an upper triangle is a
// lower one seen from its far corner, and on the right a system is the
// transpose of one on the left.
//
// # Bytes
//
// Each element of C is one chain of fused multiply-adds over the inner index,
// broken every 256 terms or a little earlier, at places that depend on nothing
// but the number of terms. No tile, mask, block or packing changes the chain.
// Threads share out elements of the result, never the terms of a sum. So an
// element's bytes depend on its row of A, its column of B and the path, and
// neither on the number of threads nor on the matrix around it. Of a triangular
// system the same is true of each right-hand side, except that a system of a
// few unknowns goes to gonum, if the whole of it is small. Each thread begins with
// the same part of the rows, or of the columns, as at the last call where it can be
// had, for it finds what it wrote before in its own cache.
//
// The system's BLAS is held to one thread for the same reason (Accelerate does
// not let itself be told); there the blocks of a product, and so its bytes, depend on
// the dimensions too. The paths differ from each other in the last bits.
package fastblas

//go:generate go -C gen run .
