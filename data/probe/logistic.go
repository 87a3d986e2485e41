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
type logistic struct {
	rows     int       // of W: 1 for two classes, else their number
	features int       // length of f
	w        []float64 // rows × (features + 1), the intercept last

	// Work space, by sample × row and by parameter.
	p, z                       []float64
	grad, step, r, d, hd, m, y []float64
}

// gradientTolerance is the largest element of the gradient, relative to the
// scale of the features, at which a fit counts as optimal.
const gradientTolerance = 1e-9

// fit fits to samples f (m × features) of classes y, of `classes` kinds.
func (l *logistic) fit(f blas64.General, y []int, classes int) error {
	l.resize(f, classes)
	scale := 1.0
	for _, v := range f.Data {
		scale = math.Max(scale, math.Abs(v))
	}
	value := l.evaluate(f, y)
	for range 200 {
		l.gradient(f, y)
		largest := 0.0
		for _, g := range l.grad {
			largest = math.Max(largest, math.Abs(g))
		}
		if largest <= gradientTolerance*scale {
			return nil
		}
		l.solve(f, math.Min(0.1, math.Sqrt(largest/(scale*float64(f.Rows)))))
		// Backtrack until the objective falls; the objective is convex.
		slope := blas64.Dot(vec(l.grad), vec(l.step))
		old := append(l.d[:0], l.w...)
		length := 1.0
		for ; ; length /= 2 {
			for i, s := range l.step {
				l.w[i] = old[i] + length*s
			}
			now := l.evaluate(f, y)
			if now <= value+1e-4*length*slope {
				value = now
				break
			}
			if length < 1e-10 || math.Abs(slope) <= 1e-14*math.Abs(value) {
				// Rounding hides any further fall: this is the optimum.
				copy(l.w, old)
				l.evaluate(f, y)
				return nil
			}
		}
	}
	return errors.New("logistic regression did not converge in 200 Newton steps, as with values far larger than all others; look for an artefact")
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
		l.p, l.z = make([]float64, n), make([]float64, n)
	} else {
		l.p, l.z = l.p[:n], l.z[:n]
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

// evaluate returns the objective and leaves the probabilities in p: of class 1,
// or of each class.
func (l *logistic) evaluate(f blas64.General, y []int) float64 {
	l.scores(f, l.w, l.p)
	value := 0.0
	for r := range l.rows {
		for _, v := range l.w[r*(l.features+1) : r*(l.features+1)+l.features] {
			value += v * v / 2
		}
	}
	for i, c := range y {
		if l.rows == 1 {
			z := l.p[i]
			s := z
			if c == 1 {
				s = -z
			}
			value += softplus(s)
			l.p[i] = 1 / (1 + math.Exp(-z))
			continue
		}
		z := l.p[i*l.rows : (i+1)*l.rows]
		top, sum := math.Inf(-1), 0.0
		for _, v := range z {
			top = math.Max(top, v)
		}
		value -= z[c] - top
		for r, v := range z {
			z[r] = math.Exp(v - top)
			sum += z[r]
		}
		value += math.Log(sum)
		for r := range z {
			z[r] /= sum
		}
	}
	return value
}

// softplus returns log(1 + eˣ).
func softplus(x float64) float64 {
	if x > 0 {
		return x + math.Log1p(math.Exp(-x))
	}
	return math.Log1p(math.Exp(x))
}

// gradient leaves the gradient in grad, from the probabilities in p.
func (l *logistic) gradient(f blas64.General, y []int) {
	copy(l.z, l.p)
	for i, c := range y {
		if l.rows > 1 {
			l.z[i*l.rows+c]--
		} else if c == 1 {
			l.z[i]--
		}
	}
	l.back(f, l.z, l.grad)
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
func (l *logistic) hessian(f blas64.General, d, hd []float64) {
	l.scores(f, d, l.z)
	if l.rows == 1 {
		for i, p := range l.p {
			l.z[i] *= p * (1 - p)
		}
	} else {
		for i := range f.Rows {
			p, z := l.p[i*l.rows:(i+1)*l.rows], l.z[i*l.rows:(i+1)*l.rows]
			mean := 0.0
			for r, v := range z {
				mean += p[r] * v
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
// tolerance, by preconditioned conjugate gradients.
func (l *logistic) solve(f blas64.General, tolerance float64) {
	l.precondition(f)
	clear(l.step)
	for i, g := range l.grad {
		l.r[i] = -g
		l.y[i] = l.r[i] / l.m[i]
		l.d[i] = l.y[i]
	}
	ry := blas64.Dot(vec(l.r), vec(l.y))
	stop := ry * tolerance * tolerance
	for range 2*len(l.w) + 10 {
		l.hessian(f, l.d, l.hd)
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
func (l *logistic) precondition(f blas64.General) {
	k := l.features
	m := l.m[:k+1]
	for j := range m {
		m[j] = 1
	}
	m[k] = 1e-12
	for i := range f.Rows {
		weight := 0.0
		for _, p := range l.p[i*l.rows : (i+1)*l.rows] {
			weight += p * (1 - p)
		}
		weight /= float64(max(1, l.rows-1)) // rows that sum to 0 are one fewer
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
