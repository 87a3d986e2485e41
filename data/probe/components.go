package probe

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"simgrad/graph"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"
)

// Components are the principal components of a dataset of n samples × p units:
// its columns centred, X = U·S·Vᵀ.
type Components struct {
	U        *mat.Dense // n × r: the components over samples, of norm 1
	S        []float64  // singular values
	V        *mat.Dense // p × r: the components over units, of norm 1
	Fraction []float64  // of the variance, in descending order; they sum to 1
	mean     []float64
}

// ComponentsOf returns the components of x, whose axes but the last are samples.
// Components of less than 1e-12 of the first singular value are left out.
func ComponentsOf(x *tensor.Dense) (*Components, error) {
	c := &Components{}
	centred, mean := centre(x)
	n, p := centred.Dims()
	c.mean = mean
	var svd mat.SVD
	if !svd.Factorize(centred, mat.SVDThin) {
		return nil, errors.New("principal components: singular value decomposition did not converge")
	}
	c.S = svd.Values(nil)
	r := graph.Rank(c.S)
	if r == 0 {
		return nil, errors.New("principal components: the data have zero variance")
	}
	c.S = c.S[:r]
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	c.U = mat.DenseCopyOf(u.Slice(0, n, 0, r))
	c.V = mat.DenseCopyOf(v.Slice(0, p, 0, r))
	total := 0.0
	for _, s := range c.S {
		total += s * s
	}
	for _, s := range c.S {
		c.Fraction = append(c.Fraction, s*s/total)
	}
	return c, nil
}

// ParticipationRatio returns 1/Σp² over the variance fractions p, the effective
// number of components.
func (c *Components) ParticipationRatio() float64 {
	return participationRatio(c.Fraction)
}

func participationRatio(fractions []float64) float64 {
	return 1 / floats.Dot(fractions, fractions)
}

// Captured returns, for each component, the fraction R² of its variance that a
// linear map of y predicts: the squared norm of the component projected on the
// column space of y, whose axes but the last are the same samples.
//
// Source: Cloos et al. 2024, figure 3.
func (c *Components) Captured(y *tensor.Dense) []float64 {
	yc := Centred(y)
	n, _ := yc.Dims()
	_, r := c.U.Dims()
	captured := make([]float64, r)
	w, ok := throughCholesky(yc, c.U)
	if !ok {
		var svd mat.SVD
		svd.Factorize(yc, mat.SVDThin)
		s := svd.Values(nil)
		k := graph.Rank(s)
		if k == 0 {
			return captured
		}
		var basis mat.Dense
		svd.UTo(&basis)
		w = mat.NewDense(k, r, nil)
		w.Mul(basis.Slice(0, n, 0, k).T(), c.U)
	}
	rows, _ := w.Dims()
	for i := range rows {
		for j := range r {
			captured[j] += w.At(i, j) * w.At(i, j)
		}
	}
	return captured
}

// throughCholesky returns Qᵀu for an orthonormal basis Q of the column space of y,
// from the Cholesky factor of yᵀy; false if y is too ill conditioned for that.
//
// The factor loses half of the digits of y's condition, which leaves nine of R² up
// to a condition of 1e6 of yᵀy. Beyond, the columns are made orthonormal twice, which
// loses nothing as long as the first time leaves them that well conditioned.
//
// Source: Yamamoto et al. 2015, Roundoff error analysis of the CholeskyQR2 algorithm.
func throughCholesky(y, u *mat.Dense) (w *mat.Dense, ok bool) {
	n, q := y.Dims()
	_, r := u.Dims()
	if q >= n {
		return nil, false
	}
	gram := mat.NewSymDense(q, nil)
	var chol mat.Cholesky
	var l mat.TriDense
	for again := false; ; again = true {
		gram.SymOuterK(1, y.T())
		if !chol.Factorize(gram) {
			return nil, false
		}
		chol.UTo(&l)
		if chol.Cond() < 1e6 {
			break
		}
		if again {
			return nil, false
		}
		y = mat.DenseCopyOf(y)
		blas64.Trsm(blas.Right, blas.NoTrans, 1, l.RawTriangular(), y.RawMatrix())
	}
	w = mat.NewDense(q, r, nil)
	w.Mul(y.T(), u)
	blas64.Trsm(blas.Left, blas.Trans, 1, l.RawTriangular(), w.RawMatrix())
	return w, true
}

// Coordinates returns the dataset in its own axes, U·S, n × r: what each sample has of
// each component.
func (c *Components) Coordinates() *mat.Dense {
	x := mat.DenseCopyOf(c.U)
	n, _ := x.Dims()
	for i := range n {
		floats.Mul(x.RawRowView(i), c.S)
	}
	return x
}

// Turned is column pc of the dataset in its own axes, its component turned
// toward w by an angle and scaled by a gain.
func (c *Components) Turned(pc int, w []float64, angle, gain float64) []float64 {
	column := mat.Col(nil, pc, c.U)
	sin, cos := math.Sincos(angle)
	for i, u := range column {
		column[i] = gain * c.S[pc] * (cos*u + sin*w[i])
	}
	return column
}

// Direction draws a direction over samples, of mean 0 and norm 1, decided by the
// seed, the number of samples and the component: orthogonal to all components, or
// as it falls.
func (c *Components) Direction(seed uint64, pc int, random bool) []float64 {
	n, r := c.U.Dims()
	rng := rand.New(rand.NewPCG(seed, uint64(n)<<32|uint64(pc)))
	w := mat.NewVecDense(n, nil)
	for i := range n {
		w.SetVec(i, rng.NormFloat64())
	}
	along, inside := mat.NewVecDense(r, nil), mat.NewVecDense(n, nil)
	for range 3 { // once more for what rounding left, and again where little is left
		floats.AddConst(-mat.Sum(w)/float64(n), w.RawVector().Data)
		if !random {
			along.MulVec(c.U.T(), w)
			inside.MulVec(c.U, along)
			w.SubVec(w, inside)
		}
		w.ScaleVec(1/mat.Norm(w, 2), w)
	}
	return w.RawVector().Data
}

// Plane returns y, whose axes but the last are the same samples, as it looks in
// the plane of the first two components: centred, brought onto the leading components,
// ten at most, by the rotation of Procrustes and scaled to their size, n × 2. Of x itself these are the
// scores of its first two components (the second 0 if there is one alone).
func (c *Components) Plane(y *tensor.Dense) (*mat.Dense, error) {
	n, r := c.U.Dims()
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	const leading = 10 // a picture of two does not ask for what it costs to align all
	coordinates := c.Coordinates().Slice(0, n, 0, min(leading, r))
	var a aligner
	if err := a.align(mat.DenseCopyOf(coordinates).RawMatrix(), samples(y).RawMatrix(), all); err != nil {
		return nil, fmt.Errorf("alignment to the components: %w", err)
	}
	aligned := a.ontoX(samples(y).RawMatrix(), all)
	plane := mat.NewDense(n, 2, nil)
	for i := range n {
		for j := range min(2, r) {
			plane.Set(i, j, aligned.Data[i*aligned.Stride+j])
		}
	}
	return plane, nil
}

// Leading returns the activity, in the shape of like, with the first k
// components alone.
func (c *Components) Leading(like *tensor.Dense, k int) *tensor.Dense {
	n, r := c.U.Dims()
	p, _ := c.V.Dims()
	k = min(k, r)
	var x mat.Dense
	x.Mul(c.Coordinates().Slice(0, n, 0, k), c.V.Slice(0, p, 0, k).T())
	data := x.RawMatrix().Data
	for i := range data {
		data[i] += c.mean[i%p]
	}
	return tensor.New(tensor.WithShape(like.Shape().Clone()...), tensor.WithBacking(data))
}
