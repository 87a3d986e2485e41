// Package plain has each measure once more, in a few plain lines over gonum/mat:
// a second opinion for the tests of package measures, written from the
// definitions and sharing no code with the graphs.
package plain

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// Scores are the measures by canonical name, for x of n × p and y of n × q.
var Scores = map[string]func(x, y *mat.Dense) float64{
	"cka":                           cka,
	"cka-hsic=song":                 song,
	"cka-angular-score":             func(x, y *mat.Dense) float64 { return 1 - 2/math.Pi*math.Acos(cka(x, y)) },
	"nbs":                           nbs,
	"nbs-squared":                   func(x, y *mat.Dense) float64 { return nbs(x, y) * nbs(x, y) },
	"procrustes-angular-score":      func(x, y *mat.Dense) float64 { return 1 - 2/math.Pi*math.Acos(nbs(x, y)) },
	"procrustes-distance=angular":   func(x, y *mat.Dense) float64 { return math.Acos(nbs(x, y)) },
	"linreg-r2":                     func(x, y *mat.Dense) float64 { return r2(x, y, 0) },
	"linreg-r2-cv=5conditions":      func(x, y *mat.Dense) float64 { return OverConditions(x, y, 1, 0, 5) },
	"linreg-r2-cv=5folds":           func(x, y *mat.Dense) float64 { return crossValidated(x, y, 0, 5) },
	"ridge-lambda=100-r2":           func(x, y *mat.Dense) float64 { return r2(x, y, 100) },
	"ridge-lambda=100-r2-cv=5folds": func(x, y *mat.Dense) float64 { return crossValidated(x, y, 100, 5) },
}

// cka is by n×n kernels K = H·x·xᵀ·H, with H = 1 − 11ᵀ/n.
func cka(x, y *mat.Dense) float64 {
	n, _ := x.Dims()
	h := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			h.Set(i, j, -1/float64(n))
		}
		h.Set(i, i, 1-1/float64(n))
	}
	kernel := func(x *mat.Dense) *mat.Dense {
		var k mat.Dense
		k.Product(h, x, x.T(), h)
		return &k
	}
	k, l := kernel(x), kernel(y)
	hsic := func(k, l *mat.Dense) float64 {
		var kl mat.Dense
		kl.Mul(k, l)
		return mat.Trace(&kl)
	}
	return hsic(k, l) / math.Sqrt(hsic(k, k)*hsic(l, l))
}

// song is by n×n kernels without their diagonals, made U-centred.
func song(x, y *mat.Dense) float64 {
	n, _ := x.Dims()
	kernel := func(x *mat.Dense) *mat.Dense {
		x = centred(x, x)
		var k mat.Dense
		k.Mul(x, x.T())
		rows, total := make([]float64, n), 0.0
		for i := range n {
			k.Set(i, i, 0)
			rows[i] = mat.Sum(k.RowView(i))
			total += rows[i]
		}
		f := float64(n)
		for i := range n {
			for j := range n {
				if i != j {
					k.Set(i, j, k.At(i, j)-rows[i]/(f-2)-rows[j]/(f-2)+total/((f-1)*(f-2)))
				}
			}
		}
		return &k
	}
	k, l := kernel(x), kernel(y)
	inner := func(k, l *mat.Dense) float64 {
		var kl mat.Dense
		kl.MulElem(k, l)
		return mat.Sum(&kl)
	}
	return inner(k, l) / math.Sqrt(inner(k, k)*inner(l, l))
}

// nbs is by the singular values of xᵀy.
func nbs(x, y *mat.Dense) float64 {
	x, y = centred(x, x), centred(y, y)
	var m mat.Dense
	m.Mul(x.T(), y)
	var svd mat.SVD
	svd.Factorize(&m, mat.SVDNone)
	sum := 0.0
	for _, s := range svd.Values(nil) {
		sum += s
	}
	return sum / (mat.Norm(x, 2) * mat.Norm(y, 2))
}

func r2(x, y *mat.Dense, lambda float64) float64 {
	return heldOut(x, y, x, y, lambda)
}

// crossValidated is the mean over contiguous folds.
func crossValidated(x, y *mat.Dense, lambda float64, k int) float64 {
	n, _ := x.Dims()
	sum, from := 0.0, 0
	for f := range k {
		to := from + n/k
		if f < n%k {
			to++
		}
		sum += heldOut(without(x, from, to), without(y, from, to), part(x, from, to), part(y, from, to), lambda)
		from = to
	}
	return sum / float64(k)
}

// OverConditions is the mean over k folds of conditions c mod k, of rows that are
// times × conditions.
func OverConditions(x, y *mat.Dense, times int, lambda float64, k int) float64 {
	n, _ := x.Dims()
	sum := 0.0
	for f := range k {
		var in, out []int
		for row := range n {
			if row%(n/times)%k == f {
				in = append(in, row)
			} else {
				out = append(out, row)
			}
		}
		sum += heldOut(rows(x, out), rows(y, out), rows(x, in), rows(y, in), lambda)
	}
	return sum / float64(k)
}

func rows(x *mat.Dense, which []int) *mat.Dense {
	_, p := x.Dims()
	c := mat.NewDense(len(which), p, nil)
	for i, row := range which {
		c.SetRow(i, x.RawRowView(row))
	}
	return c
}

// heldOut fits on (x, y) and scores on (xv, yv).
func heldOut(x, y, xv, yv *mat.Dense, lambda float64) float64 {
	xc, yc, xvc, yvc := centred(x, x), centred(y, y), centred(xv, x), centred(yv, y)
	_, q := y.Dims()
	_, p := x.Dims()
	b := mat.NewDense(q, p, nil)
	if lambda > 0 {
		var s mat.Dense
		s.Mul(yc.T(), yc)
		for i := range q {
			s.Set(i, i, s.At(i, i)+lambda)
		}
		var c mat.Dense
		c.Mul(yc.T(), xc)
		if err := b.Solve(&s, &c); err != nil {
			return math.NaN()
		}
	} else {
		var svd mat.SVD
		svd.Factorize(yc, mat.SVDThin)
		rank := 0
		for _, s := range svd.Values(nil) {
			if s > 1e-12*svd.Values(nil)[0] {
				rank++
			}
		}
		svd.SolveTo(b, xc, rank)
	}
	var rest mat.Dense
	rest.Mul(yvc, b)
	rest.Sub(xvc, &rest)
	return 1 - math.Pow(mat.Norm(&rest, 2)/mat.Norm(xvc, 2), 2)
}

// centred returns x less the column means of by.
func centred(x, by *mat.Dense) *mat.Dense {
	n, p := x.Dims()
	m, _ := by.Dims()
	c := mat.NewDense(n, p, nil)
	for j := range p {
		mean := mat.Sum(by.ColView(j)) / float64(m)
		for i := range n {
			c.Set(i, j, x.At(i, j)-mean)
		}
	}
	return c
}

func part(x *mat.Dense, from, to int) *mat.Dense {
	_, p := x.Dims()
	return mat.DenseCopyOf(x.Slice(from, to, 0, p))
}

func without(x *mat.Dense, from, to int) *mat.Dense {
	n, p := x.Dims()
	c := mat.NewDense(n-(to-from), p, nil)
	for i := range n {
		switch {
		case i < from:
			c.SetRow(i, x.RawRowView(i))
		case i >= to:
			c.SetRow(i-(to-from), x.RawRowView(i))
		}
	}
	return c
}
