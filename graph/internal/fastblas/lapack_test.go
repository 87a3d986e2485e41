package fastblas

import (
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/lapack"
	lapackgonum "gonum.org/v1/gonum/lapack/gonum"
)

// definite returns XᵀX + I for a random X, filled up in the triangle that ul
// does not name.
func definite(n int, ul blas.Uplo) matrix {
	r := newRand(uint64(n))
	x, a := random(r, n, n), written(r, n, n)
	reference.Dgemm(blas.Trans, blas.NoTrans, n, n, n, 1, x.data, x.stride, x.data, x.stride, 0, a.data, a.stride)
	for i := range n {
		*a.at(i, i)++
		for j := range n {
			if (ul == blas.Upper && j < i) || (ul == blas.Lower && j > i) {
				*a.at(i, j) = marker
			}
		}
	}
	return a
}

// The factor satisfies UᵀU = A + E with |E| ≤ (n+1) ε/2 |U|ᵀ|U| to first order
// (Higham 2002, theorem 10.3), and the product that checks it has an error of
// n ε/2 of the same.
func TestDpotrf(t *testing.T) {
	onEach(t, paths(), func(t *testing.T) {
		for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 16, 23, 24, 25, 60, 100, 127, 128, 129, 130, 200, 278, 391} {
			for _, ul := range triangles {
				a := definite(n, ul)
				f := a.clone()
				require.True(t, LAPACK{}.Dpotrf(ul, n, f.data, f.stride), "%d", n)
				f.requireGaps(t)

				u := matrix{n, n, n, make([]float64, n*n), marker} // the factor alone, and turned upwards
				for i := range n {
					for j := range n {
						other := (ul == blas.Upper && j < i) || (ul == blas.Lower && j > i)
						require.Equal(t, other, f.isFill(*f.at(i, j)), "%d: %d %d", n, i, j)
						if !other && ul == blas.Upper {
							*u.at(i, j) = *f.at(i, j)
						} else if !other {
							*u.at(j, i) = *f.at(i, j)
						}
					}
				}
				got, scale := a.clone(), a.clone()
				tA := blas.Trans
				reference.Dsyrk(ul, tA, n, n, 1, u.data, n, 0, got.data, got.stride)
				reference.Dsyrk(ul, tA, n, n, 1, u.abs().data, n, 0, scale.data, scale.stride)
				requireNear(t, a, got, scale, float64(n)+4, n, ul)
			}
		}
	})
}

func TestDpotrfRefuses(t *testing.T) {
	onEach(t, paths(), func(t *testing.T) {
		for _, n := range []int{1, 5, 8, 100, 300} {
			for _, ul := range triangles {
				for _, i := range []int{0, n / 2, n - 1} {
					for _, bad := range []float64{-1, 0, math.NaN()} {
						a := definite(n, ul)
						*a.at(i, i) = bad
						require.False(t, LAPACK{}.Dpotrf(ul, n, a.data, a.stride), "%d: %v at %d", n, bad, i)
					}
				}
			}
		}
	})
}

// Singular values agree with gonum's within a few ε of the largest, and the
// factors give A back.
func TestDgesvd(t *testing.T) {
	onEach(t, paths(), func(t *testing.T) {
		for _, size := range [][2]int{{1, 1}, {5, 3}, {3, 5}, {40, 40}, {60, 25}, {25, 60}} {
			for _, job := range []lapack.SVDJob{lapack.SVDNone, lapack.SVDStore, lapack.SVDAll} {
				t.Run(fmt.Sprintf("%v %c", size, job), func(t *testing.T) {
					m, n := size[0], size[1]
					k := min(m, n)
					a := matrix{m, n, n, normal(newRand(uint64(m*n)), m*n), marker} // gonum wants A's last row whole
					cols, rows := k, k
					if job == lapack.SVDAll {
						cols, rows = m, n
					}
					svd := func(l lapack.Float64) (s []float64, u, vt matrix) {
						s = make([]float64, k)
						u, vt = written(newRand(1), m, cols), written(newRand(2), rows, n)
						size := make([]float64, 1)
						in := a.clone()
						l.Dgesvd(job, job, m, n, in.data, in.stride, s, u.data, u.stride, vt.data, vt.stride, size, -1)
						work := make([]float64, int(size[0]))
						require.True(t, l.Dgesvd(job, job, m, n, in.data, in.stride, s, u.data, u.stride, vt.data, vt.stride, work, len(work)))
						return s, u, vt
					}
					want, _, _ := svd(lapackgonum.Implementation{})
					s, u, vt := svd(LAPACK{})
					require.InDeltaSlice(t, want, s, 1e-14*float64(m+n)*want[0])
					if job == lapack.SVDNone {
						return
					}
					u.requireGaps(t)
					vt.requireGaps(t)
					for i := range m {
						for j := range n {
							var x float64
							for p := range k {
								x += *u.at(i, p) * s[p] * *vt.at(p, j)
							}
							require.InDelta(t, *a.at(i, j), x, 1e-14*float64(m+n)*s[0])
						}
					}
				})
			}
		}
	})
}
