package fastblas

import "math"

// undivided is the most rows that are factored at a time.
const undivided = 160

// cholesky factors the upper triangle A = UᵀU in place, some rows at a time: their
// own triangle; the rest of these rows of U, by a triangular solve; what they leave
// of the rows below, by a product. It reports whether A is positive definite.
func (kn *kernel) cholesky(s *scratch, n int, a []float64, lda int) bool {
	rows := even(n, undivided, kn.lanes)
	for ; n > rows; n -= rows {
		if !kn.factor(s, rows, a, lda) {
			return false
		}
		right, rest := a[rows:], a[rows*lda+rows:]
		triangular{
			kernel: kn, solves: true, isLower: true, k: rows, r: n - rows,
			a: a, aRow: 1, aCol: lda, b: right, bRow: lda,
		}.run()
		product{
			kernel: kn, part: upper, m: n - rows, n: n - rows, k: rows, alpha: -1, beta: 1,
			a: right, aRow: 1, aCol: lda, b: right, bRow: lda, bCol: 1, c: rest, cRow: lda,
		}.run()
		a = rest
	}
	return kn.factor(s, n, a, lda)
}

// choleskyLower factors the lower triangle A = LLᵀ likewise. Small triangles
// are turned over into scratch and back.
func (kn *kernel) choleskyLower(s *scratch, n int, a []float64, lda int) bool {
	rows := even(n, undivided, kn.lanes)
	for ; n > rows; n -= rows {
		if !kn.factorLower(s, rows, a, lda) {
			return false
		}
		below, rest := a[rows*lda:], a[rows*lda+rows:]
		triangular{
			kernel: kn, solves: true, right: true, isLower: true, k: rows, r: n - rows,
			a: a, aRow: lda, aCol: 1, b: below, bRow: lda,
		}.run()
		product{
			kernel: kn, part: lower, m: n - rows, n: n - rows, k: rows, alpha: -1, beta: 1,
			a: below, aRow: lda, aCol: 1, b: below, bRow: 1, bCol: lda, c: rest, cRow: lda,
		}.run()
		a = rest
	}
	return kn.factorLower(s, n, a, lda)
}

func (kn *kernel) factorLower(s *scratch, n int, a []float64, lda int) bool {
	t := s.panel[:n*n]
	for i := 0; i < n; i += kn.lanes {
		kn.transpose(&t[i], 8*n, &a[i*lda], 8*lda, min(kn.lanes, n-i), min(n, i+kn.lanes))
	}
	ok := kn.factor(s, n, t, n)
	for i := 0; i < n; i += kn.lanes {
		r := min(kn.lanes, n-i)
		for p := 0; p < i; p += kn.lanes {
			kn.transpose(&a[i*lda+p], 8*lda, &t[p*n+i], 8*n, kn.lanes, r)
		}
		for x := i; x < i+r; x++ {
			for y := i; y <= x; y++ {
				a[x*lda+y] = t[y*n+x]
			}
		}
	}
	return ok
}

// factor factors a small upper triangle, a strip of rows at a time: take the
// product of the rows of U above from the strip; factor the square on the
// diagonal; solve the rest of the strip against it.
func (kn *kernel) factor(s *scratch, n int, a []float64, lda int) bool {
	t := &s.tile
	for i := 0; i < n; i += kn.lanes {
		r := min(kn.lanes, n-i)
		if i > 0 {
			g := product{
				kernel: kn, part: upper, m: r, n: n - i, k: i, alpha: -1, beta: 1,
				a: a[i:], aRow: 1, aCol: lda, b: a[i:], bRow: lda, bCol: 1, c: a[i*lda+i:], cRow: lda,
			}
			g.block(s, 0, r, 0, n-i)
		}
		if !kn.factorSquare(s.squares, r, a[i*lda+i:], lda) {
			return false
		}
		t.a, t.cRow = &s.squares[0], 8*lda
		for j := i + r; j < n; {
			t.c = &a[i*lda+j]
			if tiles := (n - j) / kn.cols; tiles > 0 {
				t.tiles, t.lanes = tiles, kn.lanes
				kn.solve[2](t)
				j += tiles * kn.cols
				continue
			}
			v := (n - j - 1) / kn.lanes
			t.tiles, t.lanes = 1, n-j-v*kn.lanes
			kn.solve[v](t)
			break
		}
	}
	return true
}

// factorSquare factors a square of r ≤ lanes rows, and packs its Uᵀ with the
// reciprocals of the diagonal for solve. The elimination needs no square root,
// so the roots wait until its chain of divisions is over.
func (kn *kernel) factorSquare(squares []float64, r int, a []float64, lda int) bool {
	for i := range r {
		row := a[i*lda:][:r]
		if !(row[i] > 0) { // nor NaN
			return false
		}
		inv := 1 / row[i]
		for k := i + 1; k < r; k++ {
			f := row[k] * inv
			to := a[k*lda:][:r]
			for j := k; j < r; j++ {
				to[j] -= f * row[j]
			}
		}
	}
	for i := range r {
		row := a[i*lda:][:r]
		row[i] = math.Sqrt(row[i])
		inv := 1 / row[i]
		squares[i*kn.lanes+i] = inv
		for j := i + 1; j < r; j++ {
			row[j] *= inv
			squares[j*kn.lanes+i] = row[j]
		}
	}
	return true
}
