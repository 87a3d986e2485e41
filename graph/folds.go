package graph

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// A folded is a CrossValidatedR2 by sums over folds.
type folded struct {
	lambda float64
	a, b   Mat
	bounds folds
	folds  []*fold
	work   Call // for its Scratch

	// Where a fold is badly conditioned all are fitted from their rows, then and at
	// some further steps.
	rows   *Program
	byRows bool // whether the last value is theirs
	rest   int  // steps to come at which nothing else is tried
}

type fold struct {
	a, b, gram, inner    Mat // its rows, and their products aᵀa and aᵀb, in whose memory those of the others are solved
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

// make takes the data, and makes room for the folds at the first step.
func (f *folded) make(of folds, lambda float64, a, b Mat) {
	f.bounds, f.lambda, f.a, f.b = of, lambda, a, b
	n, p, q := a.Rows, b.Cols, a.Cols
	for len(f.folds) < of.k {
		f.folds = append(f.folds, &fold{
			sumA: make([]float64, q), meanA: make([]float64, q), byMeanA: make([]float64, q),
			sumB: make([]float64, p), meanB: make([]float64, p), byMeanB: make([]float64, p),
		})
	}
	residual := f.work.Scratch("residual", n, p)
	for i, o := range f.folds {
		from, to := of.bounds(i)
		o.a, o.b, o.residual = a.rows(from, to), b.rows(from, to), residual.rows(from, to)
		o.others = float64(n - (to - from))
		o.gram, o.inner = o.system.work.Scratch("aᵀa", q, q), o.system.work.Scratch("aᵀb", q, p)
	}
}

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
		o.system.s, o.w = o.gram, o.inner
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
		from, to := f.bounds.bounds(k)
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
	p, q := f.b.Cols, f.a.Cols
	o.bySystem, o.byInner = o.system.work.Scratch("by aᵀa", q, q), o.system.work.Scratch("by aᵀb", q, p)
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
			return foldByFold(f.bounds, f.lambda, b.Param("a", dense(f.a)), b.Param("b", dense(f.b)))
		})
		if err != nil {
			return 0, err
		}
	}
	copy(f.rows.Param("a").Float64s(), f.a.Data)
	copy(f.rows.Param("b").Float64s(), f.b.Data)
	return f.rows.Eval()
}
