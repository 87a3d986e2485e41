package probe

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// A logistic is L2-penalised logistic regression, fitted to the optimum of
//
//	½‖W‖² + Σ_i −log P(class_i | W·f_i + b),
//
// the intercepts b unpenalised: the objective of scikit-learn's
// LogisticRegression at C = 1. Two classes have one row of W, more have a row
// each and the softmax.
//
// The optimum is found by Newton's method; each step is solved by conjugate
// gradients, which cost one product with the features and one with their
// transpose. Features in principal axes make the penalised Hessian nearly
// diagonal, and its diagonal serves as preconditioner.
//
// Where classes can be told apart by far, as of spike counts, residuals are
// exponentially small and decide the optimum still: they are computed as such, never
// as differences from 1.
type logistic struct {
	rows     int       // of W: 1 for two classes, else their number
	features int       // length of f
	w        []float64 // rows × (features + 1), the intercept last

	// Work space, by sample × row and by parameter.
	p                          []float64 // of two classes p(1 − p), of more the probabilities p
	e                          []float64 // p less 1 for the sample's class
	z                          []float64
	grad, step, r, d, hd, m, y []float64
}

// fitTolerance is the error of W, relative to W and as the Hessian weighs both, at
// which a fit is optimal.
const fitTolerance = 1e-9

// mostNewtonSteps are far more than data in double precision ask for: where classes
// can be told apart, each step brings their samples apart by about 1, up to the
// logarithm of the features' squares.
var mostNewtonSteps = 500 // tests make it few

// errUnfinished says that a fit ended before its optimum; W is the best that it found.
var errUnfinished = errors.New("logistic regression did not reach its optimum")

// fit fits to samples f (m × features) of classes y, of `classes` kinds.
func (l *logistic) fit(f blas64.General, y []int, classes int) error {
	l.resize(f, classes)
	l.begin(y)
	value, before := l.evaluate(f, y), math.Inf(1)
	for range mostNewtonSteps {
		l.gradient(f)
		l.precondition(f, y)
		left, size := l.sizes()
		if left <= fitTolerance*size {
			return nil
		}
		l.solve(f, y, math.Min(0.1, math.Sqrt(left)))
		slope := blas64.Dot(vec(l.grad), vec(l.step))
		// The objective has rounding errors of this size, its gradient far smaller ones.
		noise := 1e-12 * value
		if -slope <= noise && left > before/2 {
			return nil // rounding hides the rest
		}
		now, ok := l.search(f, y, value, slope, noise)
		if !ok {
			return errUnfinished
		}
		value, before = now, left
	}
	return errUnfinished
}

// begin puts the intercepts where they belong if the features say nothing.
func (l *logistic) begin(y []int) {
	count := make([]float64, max(2, l.rows))
	for _, c := range y {
		count[c]++
	}
	for r := range l.rows {
		b := &l.w[r*(l.features+1)+l.features]
		if l.rows == 1 {
			*b = math.Log(count[1] / count[0])
		} else {
			*b = math.Log(count[r])
		}
	}
}

// sizes returns the norms of what Newton's method would change and of W, both as the
// Hessian's diagonal weighs them.
func (l *logistic) sizes() (left, size float64) {
	for i, g := range l.grad {
		left += g * g / l.m[i]
		if (i+1)%(l.features+1) != 0 {
			size += l.m[i] * l.w[i] * l.w[i]
		}
	}
	return math.Sqrt(left), math.Sqrt(size)
}

// search goes along the step, as far as the objective falls or at least does not rise
// by more than its noise; the objective is convex. It returns the objective there, or
// false, and W as it was, if there is no such point.
func (l *logistic) search(f blas64.General, y []int, value, slope, noise float64) (float64, bool) {
	old := append(l.d[:0], l.w...)
	for length := 1.0; length > 1e-10; length /= 2 {
		for i, s := range l.step {
			l.w[i] = old[i] + length*s
		}
		if now := l.evaluate(f, y); now <= value+1e-4*length*slope+noise {
			return now, true
		}
	}
	copy(l.w, old)
	return value, false
}

func (l *logistic) resize(f blas64.General, classes int) {
	l.rows, l.features = classes, f.Cols
	if classes == 2 {
		l.rows = 1
	}
	params := l.rows * (l.features + 1)
	if len(l.w) != params {
		l.w = make([]float64, params)
		for _, s := range []*[]float64{&l.grad, &l.step, &l.r, &l.d, &l.hd, &l.m, &l.y} {
			*s = make([]float64, params)
		}
	}
	clear(l.w)
	if n := f.Rows * l.rows; cap(l.p) < n {
		l.p, l.e, l.z = make([]float64, n), make([]float64, n), make([]float64, n)
	} else {
		l.p, l.e, l.z = l.p[:n], l.e[:n], l.z[:n]
	}
}

// scores writes w·f + b of every sample to z, samples × rows.
func (l *logistic) scores(f blas64.General, w, z []float64) {
	k := l.features
	out := blas64.General{Rows: f.Rows, Cols: l.rows, Stride: l.rows, Data: z}
	weights := blas64.General{Rows: l.rows, Cols: k, Stride: k + 1, Data: w}
	if l.rows == 1 {
		blas64.Gemv(blas.NoTrans, 1, f, vec(w[:k]), 0, vec(z))
	} else {
		blas64.Gemm(blas.NoTrans, blas.Trans, 1, f, weights, 0, out)
	}
	for i := range f.Rows {
		for r := range l.rows {
			z[i*l.rows+r] += w[r*(k+1)+k]
		}
	}
}

// back writes zᵀf, and the sums of z by row as intercepts, to g.
func (l *logistic) back(f blas64.General, z, g []float64) {
	k := l.features
	if l.rows == 1 {
		blas64.Gemv(blas.Trans, 1, f, vec(z), 0, vec(g[:k]))
	} else {
		blas64.Gemm(blas.Trans, blas.NoTrans, 1, blas64.General{Rows: f.Rows, Cols: l.rows, Stride: l.rows, Data: z}, f,
			0, blas64.General{Rows: l.rows, Cols: k, Stride: k + 1, Data: g})
	}
	for r := range l.rows {
		sum := 0.0
		for i := range f.Rows {
			sum += z[i*l.rows+r]
		}
		g[r*(k+1)+k] = sum
	}
}

// evaluate returns the objective and leaves probabilities in p and residuals in e.
func (l *logistic) evaluate(f blas64.General, y []int) float64 {
	l.scores(f, l.w, l.e)
	value := 0.0
	for r := range l.rows {
		for _, v := range l.w[r*(l.features+1) : r*(l.features+1)+l.features] {
			value += v * v / 2
		}
	}
	for i, c := range y {
		if l.rows == 1 {
			value += l.evaluateTwo(i, c)
		} else {
			value += softmax(l.e[i*l.rows:(i+1)*l.rows], l.p[i*l.rows:(i+1)*l.rows], c)
		}
	}
	return value
}

// evaluateTwo returns −log P(c) of sample i, of two classes.
func (l *logistic) evaluateTwo(i, c int) float64 {
	against := l.e[i] // how far the score is on the other class's side
	if c == 1 {
		against = -against
	}
	small := math.Exp(-math.Abs(against))
	l.p[i] = small / (1 + small) / (1 + small)
	loss, residual := math.Log1p(small), small/(1+small)
	if against > 0 {
		loss, residual = loss+against, 1/(1+small)
	}
	if c == 1 {
		residual = -residual
	}
	l.e[i] = residual
	return loss
}

// softmax returns −log P(c) for scores e, and leaves the probabilities in p and in e
// what they are more than 1 for c and 0 for others.
func softmax(e, p []float64, c int) float64 {
	top := 0
	for r, v := range e {
		if v > e[top] {
			top = r
		}
	}
	loss, rest := e[top]-e[c], 0.0 // rest: of the sum of exponentials, less the top's 1
	for r, v := range e {
		p[r] = math.Exp(v - e[top])
		if r != top {
			rest += p[r]
		}
	}
	others := 0.0
	for r := range p {
		p[r] /= 1 + rest
		if r != c {
			others += p[r]
		}
	}
	copy(e, p)
	e[c] = -others
	return loss + math.Log1p(rest)
}

// gradient leaves the gradient in grad, from the residuals in e.
func (l *logistic) gradient(f blas64.General) {
	l.back(f, l.e, l.grad)
	l.addPenalty(l.w, l.grad)
}

func (l *logistic) addPenalty(w, g []float64) {
	for i, v := range w {
		if (i+1)%(l.features+1) != 0 {
			g[i] += v
		}
	}
}

// hessian writes the product of the Hessian with d to hd.
func (l *logistic) hessian(f blas64.General, y []int, d, hd []float64) {
	l.scores(f, d, l.z)
	if l.rows == 1 {
		for i, p := range l.p {
			l.z[i] *= p
		}
	} else {
		for i, c := range y {
			p, z := l.p[i*l.rows:(i+1)*l.rows], l.z[i*l.rows:(i+1)*l.rows]
			from, mean := z[c], 0.0 // from the sample's class, whose p may be 1 but for rounding
			for r := range z {
				z[r] -= from
				mean += p[r] * z[r]
			}
			for r := range z {
				z[r] = p[r] * (z[r] - mean)
			}
		}
	}
	l.back(f, l.z, hd)
	l.addPenalty(d, hd)
}

// solve leaves in step the solution of H·step = −grad to the relative
// tolerance, by conjugate gradients with the preconditioner in m.
func (l *logistic) solve(f blas64.General, y []int, tolerance float64) {
	clear(l.step)
	for i, g := range l.grad {
		l.r[i] = -g
		l.y[i] = l.r[i] / l.m[i]
		l.d[i] = l.y[i]
	}
	ry := blas64.Dot(vec(l.r), vec(l.y))
	stop := ry * tolerance * tolerance
	for range 2*len(l.w) + 10 {
		l.hessian(f, y, l.d, l.hd)
		curvature := blas64.Dot(vec(l.d), vec(l.hd))
		if curvature <= 0 {
			return // only rounding can bring this about
		}
		a := ry / curvature
		blas64.Axpy(a, vec(l.d), vec(l.step))
		blas64.Axpy(-a, vec(l.hd), vec(l.r))
		for i, v := range l.r {
			l.y[i] = v / l.m[i]
		}
		next := blas64.Dot(vec(l.r), vec(l.y))
		if next <= stop {
			return
		}
		for i, v := range l.y {
			l.d[i] = v + next/ry*l.d[i]
		}
		ry = next
	}
}

// precondition leaves the diagonal of the Hessian in m: of many classes the mean
// over them, the same for each. Rows of W sum to 0 at the optimum, and of every
// step if the preconditioner treats all alike: conjugate gradients then need not
// find out that the sum is bound by the penalty alone, and take fewer products,
// on 3200 samples of eight classes half as many as with each class's diagonal.
func (l *logistic) precondition(f blas64.General, y []int) {
	k := l.features
	m := l.m[:k+1]
	for j := range m {
		m[j] = 1
	}
	m[k] = 1e-12
	for i, c := range y {
		weight := 0.0
		if l.rows == 1 {
			weight = l.p[i]
		} else {
			p := l.p[i*l.rows : (i+1)*l.rows]
			for r, v := range p {
				rest := 1 - v
				if r == c {
					rest = -l.e[i*l.rows+c]
				}
				weight += v * rest
			}
			weight /= float64(l.rows - 1) // rows that sum to 0 are one fewer
		}
		for j, x := range f.Data[i*f.Stride : i*f.Stride+k] {
			m[j] += weight * x * x
		}
		m[k] += weight
	}
	for r := 1; r < l.rows; r++ {
		copy(l.m[r*(k+1):(r+1)*(k+1)], m)
	}
}

// predict returns the class of a sample.
func (l *logistic) predict(sample []float64) int {
	best, top := 0, math.Inf(-1)
	for r := range l.rows {
		w := l.w[r*(l.features+1) : (r+1)*(l.features+1)]
		z := blas64.Dot(vec(w[:l.features]), vec(sample)) + w[l.features]
		if l.rows == 1 {
			if z > 0 {
				return 1
			}
			return 0
		}
		if z > top {
			best, top = r, z
		}
	}
	return best
}

func vec(x []float64) blas64.Vector { return blas64.Vector{N: len(x), Inc: 1, Data: x} }
