package graph

import (
	"fmt"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gorgonia.org/tensor"
)

// CrossValidatedR2 returns the mean over k folds of
//
//	1 − ‖b_v − b̂_v‖² / ‖b_v − b̄‖²,  b̂_v − b̄ = (a_v − ā)·w,
//
// a scalar, for b of n×p predicted from a of n×q: a_v and b_v are the rows of the
// fold, and the coefficients w and the means ā and b̄ are those of the other rows,
// by ridge regression with penalty lambda, or by least squares where lambda is 0.
// Folds are contiguous blocks of rows, the first n mod k one row longer. A fold in
// which b does not vary from b̄ is an error; where b, or a, does not vary outside the
// fold, the prediction is b̄.
//
// Where a has fewer columns than rows to fit and is well conditioned, no fold is
// fitted from its rows: with the products aᵀa and aᵀb of every fold, those of the
// others are their sums less the fold's own, and value and gradient take
// 3nq² + 10npq operations, not some k − 1 times as many.
func CrossValidatedR2(k int, lambda float64, a, b *Node) *Node {
	in := []Mat{shapeOf(a), shapeOf(b)}
	_, _, err := regressionShape(in)
	switch n := in[0].Rows; {
	case err != nil:
	case k < 2:
		err = fmt.Errorf("%d folds; at least 2 are needed", k)
	case n < k:
		err = fmt.Errorf("%d samples are too few for %d folds", n, k)
	case !(lambda >= 0):
		err = fmt.Errorf("penalty %g; it must be at least 0", lambda)
	}
	if err != nil {
		panic(&Error{"cross-validation", err})
	}
	name := "what is predicted"
	if b.Op() == nil {
		name = b.Name()
	}
	a, b = Center(a), varied(k, name, Center(b)) // large means leave few digits to the folds
	if n := in[0].Rows; n-(n+k-1)/k <= in[0].Cols {
		return foldByFold(k, lambda, a, b)
	}
	type params struct {
		k      int
		lambda float64
	}
	return Apply(Prim{
		Name: "CrossValidatedR2", Params: params{k, lambda},
		Forward: func(c *Call) (err error) {
			f := kept[folded](c)
			f.make(k, lambda, c.In[0], c.In[1])
			c.Out.Data[0], err = f.forward()
			return err
		},
		Pullback: func(c *Call, i int, g, gin Mat) error { return c.Keep.(*folded).pullback(i, g.Data[0], gin) },
		// Moving all rows of a, or of b, alike changes nothing.
		centred: func(i int, _ []bool, _ bool) bool { return i >= 0 },
	}, a, b)
}

// foldByFold is CrossValidatedR2 as its formula stands.
func foldByFold(k int, lambda float64, a, b *Node) *Node {
	var sum *Node
	for i := range k {
		from, to := bounds(a.Shape()[0], k, i)
		a0, b0 := WithoutRows(a, from, to), WithoutRows(b, from, to)
		meanA, meanB := ColMeans(a0), ColMeans(b0)
		a0, b0 = SubRow(a0, meanA), SubRow(b0, meanB)
		var w *Node
		if lambda > 0 {
			w = Ridge(lambda, a0, b0)
		} else {
			w = LeastSquares(a0, b0)
		}
		av, bv := SubRow(Rows(a, from, to), meanA), SubRow(Rows(b, from, to), meanB)
		r2 := Affine(-1, Div(SumSquares(Sub(bv, MatMul(av, w))), SumSquares(bv)), 1)
		if sum == nil {
			sum = r2
		} else {
			sum = Add(sum, r2)
		}
	}
	return Affine(1/float64(k), sum, 0)
}

// bounds are the rows [from, to) of fold i of k.
func bounds(n, k, i int) (from, to int) {
	return i*(n/k) + min(i, n%k), (i+1)*(n/k) + min(i+1, n%k)
}

// A folded is a CrossValidatedR2 by sums over folds.
type folded struct {
	lambda float64
	a, b   Mat
	folds  []*fold
	work   Call // for its Scratch

	// Where a fold is badly conditioned all are fitted from their rows, then and at
	// some further steps.
	rows   *Program
	byRows bool // whether the last value is theirs
	rest   int  // steps to come at which nothing else is tried
}

type fold struct {
	a, b, gram, inner    Mat // its rows, and their products aᵀa and aᵀb
	sumA, sumB           []float64
	others               float64 // number of the other rows; the rest is of these
	meanA, meanB         []float64
	system               cholesky // aᵀa + λ
	w, residual          Mat      // coefficients; b_v − b̂_v of the fold's own rows
	unexplained, squares float64

	// The derivatives by the system's two sides, the first plus its transpose, and by
	// the means.
	bySystem, byInner Mat
	byMeanA, byMeanB  []float64
	slope             float64 // of the value by the residual: slope·residual
}

const (
	// Sums of products, of which the fold's own are taken away again, lose what the
	// condition of the system takes, relative to all: up to this one, six of sixteen
	// digits.
	foldsCondition = 1e6
	foldsRest      = 20
)

// make takes the data, and makes room for k folds at the first step.
func (f *folded) make(k int, lambda float64, a, b Mat) {
	f.lambda, f.a, f.b = lambda, a, b
	n, p, q := a.Rows, b.Cols, a.Cols
	matrix := func(rows, cols int) Mat { return Mat{rows, cols, make([]float64, rows*cols)} }
	for len(f.folds) < k {
		f.folds = append(f.folds, &fold{
			gram: matrix(q, q), inner: matrix(q, p), w: matrix(q, p), bySystem: matrix(q, q), byInner: matrix(q, p),
			sumA: make([]float64, q), meanA: make([]float64, q), byMeanA: make([]float64, q),
			sumB: make([]float64, p), meanB: make([]float64, p), byMeanB: make([]float64, p),
		})
	}
	residual := f.work.Scratch("residual", n, p)
	for i, o := range f.folds {
		from, to := bounds(n, k, i)
		o.a, o.b, o.residual = a.rows(from, to), b.rows(from, to), residual.rows(from, to)
		o.others = float64(n - (to - from))
	}
}

func (m Mat) rows(from, to int) Mat { return Mat{to - from, m.Cols, m.Data[from*m.Cols : to*m.Cols]} }

func (f *folded) forward() (float64, error) {
	if f.byRows = f.rest > 0; f.byRows {
		f.rest--
		return f.fromRows()
	}
	p, q := f.b.Cols, f.a.Cols
	gram, inner := f.work.Scratch("aᵀa", q, q), f.work.Scratch("aᵀb", q, p)
	sumA, sumB := f.work.Scratch("sum a", 1, q), f.work.Scratch("sum b", 1, p)
	for _, m := range []Mat{gram, inner, sumA, sumB} {
		clear(m.Data)
	}
	for _, o := range f.folds {
		syrk(false, 1, o.a, 0, o.gram)
		gemm(true, false, 1, o.a, o.b, 0, o.inner)
		sumRows(o.sumA, o.a, 0, o.a.Rows)
		sumRows(o.sumB, o.b, 0, o.b.Rows)
		blend(gram, 1, gram, 1, o.gram)
		blend(inner, 1, inner, 1, o.inner)
		add(sumA.Data, 1, o.sumA)
		add(sumB.Data, 1, o.sumB)
	}
	value, norm := 0.0, oneNorm(gram)
	for _, o := range f.folds {
		for j, s := range sumA.Data {
			o.meanA[j] = (s - o.sumA[j]) / o.others
		}
		for j, s := range sumB.Data {
			o.meanB[j] = (s - o.sumB[j]) / o.others
		}
		o.system.s = o.system.work.Scratch("s", q, q)
		blend(o.system.s, 1, gram, -1, o.gram)
		outer(o.system.s, -o.others, o.meanA, o.meanA)
		for j := range q {
			o.system.s.row(j)[j] += f.lambda
		}
		if !o.system.factorize() || !(max(norm, o.system.norm)*o.system.inverseNorm() < foldsCondition) {
			f.byRows, f.rest = true, foldsRest
			return f.fromRows()
		}
		blend(o.w, 1, inner, -1, o.inner)
		outer(o.w, -o.others, o.meanA, o.meanB)
		o.system.solve(o.w)

		// b_v − b̂_v = b_v − a_v·w − (b̄ − wᵀā)
		offset := f.work.Scratch("offset", 1, p)
		copy(offset.Data, o.meanB)
		blas64.Gemv(blas.Trans, -1, general(o.w), vec(o.meanA), 1, vector(offset))
		subtractRow(o.residual, o.b, offset.Data)
		gemm(false, false, -1, o.a, o.w, 1, o.residual)
		o.unexplained = blas64.Dot(vector(o.residual), vector(o.residual))
		o.squares = 0
		for i := range o.b.Rows {
			for j, v := range o.b.row(i) {
				o.squares += (v - o.meanB[j]) * (v - o.meanB[j])
			}
		}
		value += 1 - o.unexplained/o.squares
	}
	return value / float64(len(f.folds)), nil
}

func (f *folded) pullback(i int, g float64, gin Mat) error {
	if f.byRows {
		grad, err := f.rows.Grad([]string{"a", "b"}[i])
		if err != nil {
			return err
		}
		scale(gin, g, view(grad))
		return nil
	}
	p, q := f.b.Cols, f.a.Cols
	bySystem, byInner := f.work.Scratch("by aᵀa", q, q), f.work.Scratch("by aᵀb", q, p)
	byA, byB := f.work.Scratch("by ā", 1, q), f.work.Scratch("by b̄", 1, p)
	for _, m := range []Mat{bySystem, byInner, byA, byB} {
		clear(m.Data)
	}
	for _, o := range f.folds {
		f.pullFold(o, g/float64(len(f.folds)))
		blend(bySystem, 1, bySystem, 1, o.bySystem)
		blend(byInner, 1, byInner, 1, o.byInner)
		add(byA.Data, 1/o.others, o.byMeanA)
		add(byB.Data, 1/o.others, o.byMeanB)
	}
	// A row takes part in the systems of all folds but its own, and in the residual of
	// its own.
	left, right := f.work.Scratch("by the others' aᵀa", q, q), f.work.Scratch("by the others' aᵀb", q, p)
	for k, o := range f.folds {
		from, to := bounds(f.a.Rows, len(f.folds), k)
		gin := gin.rows(from, to)
		mean, own := byA.Data, o.byMeanA
		if i == 1 {
			mean, own = byB.Data, o.byMeanB
		}
		row := gin.row(0)
		copy(row, mean)
		add(row, -1/o.others, own)
		for r := 1; r < gin.Rows; r++ {
			copy(gin.row(r), row)
		}
		blend(right, 1, byInner, -1, o.byInner)
		if i == 0 {
			blend(left, 1, bySystem, -1, o.bySystem)
			gemm(false, false, 1, o.a, left, 1, gin)
			gemm(false, true, 1, o.b, right, 1, gin)
			gemm(false, true, -o.slope, o.residual, o.w, 1, gin)
			continue
		}
		gemm(false, false, 1, o.a, right, 1, gin)
		bySquares := 2 * g / float64(len(f.folds)) * o.unexplained / (o.squares * o.squares)
		for r := range gin.Rows {
			for j, v := range o.b.row(r) {
				gin.row(r)[j] += o.slope*o.residual.row(r)[j] + bySquares*(v-o.meanB[j])
			}
		}
	}
	return nil
}

// pullFold pulls the derivative g by a fold's R² back to what it has of the other
// rows. With e the residual, e = slope·residual, and S·w = C for the two sides:
//
//	dw = −(a_v − ā)ᵀde,  dC = S⁻¹dw,  dS = −dC·wᵀ,
//	dā = w·Σde − m(dS + dSᵀ)ā − m·dC·b̄,  db̄ = −Σde − m·dCᵀā − …,
//
// where m is the number of the other rows, for S and C have m·ā·āᵀ and m·ā·b̄ᵀ
// taken away.
func (f *folded) pullFold(o *fold, g float64) {
	p := f.b.Cols
	o.slope = -2 * g / o.squares
	byResidual := f.work.Scratch("Σde", 1, p).Data
	sumRows(byResidual, o.residual, 0, o.residual.Rows)
	for j := range byResidual {
		byResidual[j] *= o.slope
	}
	gemm(true, false, -o.slope, o.a, o.residual, 0, o.byInner)
	outer(o.byInner, 1, o.meanA, byResidual)
	o.system.solve(o.byInner)
	gemm(false, true, -1, o.byInner, o.w, 0, o.bySystem)
	twice(o.bySystem, o.bySystem)

	blas64.Gemv(blas.NoTrans, 1, general(o.w), vec(byResidual), 0, vec(o.byMeanA))
	blas64.Gemv(blas.NoTrans, -o.others, general(o.bySystem), vec(o.meanA), 1, vec(o.byMeanA))
	blas64.Gemv(blas.NoTrans, -o.others, general(o.byInner), vec(o.meanB), 1, vec(o.byMeanA))
	// ‖b_v − b̄‖² too has b̄ in it.
	bySquares := 2 * g * o.unexplained / (o.squares * o.squares)
	for j := range o.byMeanB {
		o.byMeanB[j] = -byResidual[j] - bySquares*(o.sumB[j]-float64(o.b.Rows)*o.meanB[j])
	}
	blas64.Gemv(blas.Trans, -o.others, general(o.byInner), vec(o.meanA), 1, vec(o.byMeanB))
}

// fromRows is the value fold by fold.
func (f *folded) fromRows() (float64, error) {
	if f.rows == nil {
		var err error
		f.rows, err = Compile(func(b *Builder) *Node {
			return foldByFold(len(f.folds), f.lambda, b.Param("a", dense(f.a)), b.Param("b", dense(f.b)))
		})
		if err != nil {
			return 0, err
		}
	}
	copy(f.rows.Param("a").Float64s(), f.a.Data)
	copy(f.rows.Param("b").Float64s(), f.b.Data)
	return f.rows.Eval()
}

// add adds s·x to sum.
func add(sum []float64, s float64, x []float64) { blas64.Axpy(s, vec(x), vec(sum)) }

// outer adds s·x·yᵀ to c.
func outer(c Mat, s float64, x, y []float64) { blas64.Ger(s, vec(x), vec(y), general(c)) }

func dense(m Mat) *tensor.Dense {
	return tensor.New(tensor.WithShape(m.Rows, m.Cols), tensor.WithBacking(m.Data))
}

func vec(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }
