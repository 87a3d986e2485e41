package graph

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// gemm computes c = alpha·op(a)·op(b) + beta·c.
func gemm(ta, tb bool, alpha float64, a, b Mat, beta float64, c Mat) {
	blas64.Gemm(trans(ta), trans(tb), alpha, general(a), general(b), beta, general(c))
}

// syrk computes c = alpha·aᵀa + beta·c, or alpha·a·aᵀ + beta·c if rows is set,
// and fills both triangles.
func syrk(rows bool, alpha float64, a Mat, beta float64, c Mat) {
	blas64.Syrk(trans(!rows), alpha, general(a), beta, blas64.Symmetric{N: c.Rows, Stride: c.Cols, Data: c.Data, Uplo: blas.Upper})
	mirror(c)
}

// twice writes a + aᵀ to dst, which may be a, by blocks that fit the cache.
func twice(dst, a Mat) {
	const block = 32
	n := a.Rows
	for i0 := 0; i0 < n; i0 += block {
		for j0 := 0; j0 <= i0; j0 += block {
			for i := i0; i < min(i0+block, n); i++ {
				for j := j0; j < min(j0+block, i+1); j++ {
					s := a.Data[i*n+j] + a.Data[j*n+i]
					dst.Data[i*n+j], dst.Data[j*n+i] = s, s
				}
			}
		}
	}
}

// transpose writes aᵀ to dst, by blocks that fit the cache.
func transpose(dst, a Mat) {
	const block = 32
	for i0 := 0; i0 < a.Rows; i0 += block {
		for j0 := 0; j0 < a.Cols; j0 += block {
			for i := i0; i < min(i0+block, a.Rows); i++ {
				for j := j0; j < min(j0+block, a.Cols); j++ {
					dst.Data[j*dst.Cols+i] = a.Data[i*a.Cols+j]
				}
			}
		}
	}
}

// add adds s·x to sum.
func add(sum []float64, s float64, x []float64) { blas64.Axpy(s, vec(x), vec(sum)) }

// outer adds s·x·yᵀ to c.
func outer(c Mat, s float64, x, y []float64) { blas64.Ger(s, vec(x), vec(y), general(c)) }

// frobenius returns ‖a‖_F: the root of the plain sum of squares, several times as
// fast as blas64.Nrm2, unless that overflows or loses what it sums.
func frobenius(a Mat) float64 {
	if s := blas64.Dot(vector(a), vector(a)); s > 1e-270 && !math.IsInf(s, 0) {
		return math.Sqrt(s)
	}
	return blas64.Nrm2(vector(a))
}

// mirror copies the upper triangle of a square matrix to the lower, by blocks that
// fit the cache and, as rows grow longer, from the last row on.
func mirror(c Mat) {
	pass{dst: c, do: func(p *pass, from, to int) {
		const block = 32
		c, first, last := p.dst, p.dst.Rows-to, p.dst.Rows-from
		for j0 := 0; j0 < last; j0 += block {
			for i := max(first, j0+1); i < last; i++ {
				row := c.row(i)
				for j := j0; j < min(j0+block, i); j++ {
					row[j] = c.Data[j*c.Cols+i]
				}
			}
		}
	}}.run(c.Rows, c.Cols)
}

// scaleColumns writes a to dst with every column multiplied by its scale.
func scaleColumns(dst, a Mat, scales []float64) {
	for i := range a.Rows {
		row := dst.row(i)
		for j, v := range a.row(i) {
			row[j] = v * scales[j]
		}
	}
}
