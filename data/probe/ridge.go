package probe

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gorgonia.org/tensor"
)

// MostLeftOut is up to how many conditions LeaveOut leaves out one at a time; of more
// they are dealt over LeftOutFolds folds.
const (
	MostLeftOut  = 10
	LeftOutFolds = 5
)

// LeaveOut tells in which fold each condition is left out: in one of its own, or of more
// than MostLeftOut conditions in one of LeftOutFolds, dealt at random by the seed. Fewer
// than three are an error: one is tested, and the penalty is chosen by leaving another out.
func LeaveOut(conditions int, seed uint64) (fold []int, err error) {
	if conditions < 3 {
		return nil, fmt.Errorf("continuous variables: %d conditions; at least 3 are needed to leave one out and choose a penalty by the others", conditions)
	}
	fold = make([]int, conditions)
	for i, c := range rand.New(rand.NewPCG(seed, 0x6c656176)).Perm(conditions) {
		fold[c] = i % LeftOutFolds
	}
	if conditions <= MostLeftOut {
		for c := range fold {
			fold[c] = c
		}
	}
	return fold, nil
}

// penalties are those that are tried, relative to the total variance of the dataset,
// ‖X − mean‖²: 10² … 10⁻⁷.
var penalties = []float64{1e2, 1e1, 1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7}

// A Ridge decodes continuous variables from one dataset by ridge regression,
//
//	v̂(x) = v̄ + (x − x̄)·W,   W = argmin Σ‖v − v̄ − (x − x̄)·W‖² + λ‖W‖²,
//
// with one W for all times, fitted to all samples of the conditions that are not left
// out; v̄ and x̄ are means over those. λ is chosen for each variable and each fold among
// penalties relative to the dataset's total variance, by the error of leaving out the
// other folds in turn: what is tested has no part in it.
//
// The cross-products of each fold are formed once. Those of what is left after two folds
// are taken out are differences, which serve either fold's choice, all variables and all
// their shufflings: K folds take K(K+1)/2 factorisations a penalty.
type Ridge struct {
	conditions int
	fold       []int            // of each condition
	x, test    []blas64.General // samples by fold: to fit to, and to test on
	gram       []blas64.General // XᵀX of each fold, X less the mean of all
	sum        [][]float64      // of the columns of each fold
	size       float64          // ‖X‖²
}

// NewRidge prepares the decoding of raw activity, time × condition × unit, whose
// conditions are left out in these folds: see LeaveOut.
func NewRidge(activity *tensor.Dense, fold []int) (*Ridge, error) { return Raw.Ridge(activity, fold) }

// Ridge prepares the decoding of activity, time × condition × unit. Standardised gives
// each unit variance 1 over all samples.
func (s Scaling) Ridge(activity *tensor.Dense, fold []int) (*Ridge, error) {
	x := samples(activity).RawMatrix()
	return s.ridge(x, x, fold)
}

// ridge prepares fits to samples x and tests on the same samples in another dataset.
func (s Scaling) ridge(x, test blas64.General, fold []int) (*Ridge, error) {
	conditions := len(fold)
	if conditions == 0 || x.Rows%conditions != 0 {
		return nil, fmt.Errorf("ridge: folds of %d conditions, and %d samples", conditions, x.Rows)
	}
	folds := slices.Max(fold) + 1
	if folds < 3 {
		return nil, fmt.Errorf("ridge: %d folds; at least 3 are needed", folds)
	}
	same := &x.Data[0] == &test.Data[0]
	x, mean := centredRows(x, allOf(x.Rows))
	if !same {
		test = picked(test, allOf(test.Rows))
		for i := range test.Rows {
			blas64.Axpy(-1, vec(mean), vec(test.Data[i*test.Stride:][:test.Cols]))
		}
	}
	if s == Standardised {
		sd := deviations(x, mean)
		divideBy(sd, x)
		if !same {
			divideBy(sd, test)
		}
	}
	if x.Cols >= x.Rows { // an L2 penalty cannot tell a rotation
		a := principalAxes(x)
		x = a.rows
		if !same {
			test = a.coordinates(test, 1)
		}
	}
	if same {
		test = x
	}
	d := &Ridge{conditions: conditions, fold: fold}
	for f := range folds {
		rows := d.rowsOf(f, x.Rows)
		if len(rows) == 0 {
			return nil, fmt.Errorf("ridge: fold %d of %d has no condition", f, folds)
		}
		part := picked(x, rows)
		gram, sum := square(x.Cols), make([]float64, x.Cols)
		blas64.Gemm(blas.Trans, blas.NoTrans, 1, part, part, 0, gram)
		for i := range part.Rows {
			blas64.Axpy(1, vec(part.Data[i*part.Stride:][:part.Cols]), vec(sum))
		}
		tested := part
		if !same {
			tested = picked(test, rows)
		}
		d.x, d.test, d.gram, d.sum = append(d.x, part), append(d.test, tested), append(d.gram, gram), append(d.sum, sum)
		for j := range x.Cols {
			d.size += gram.Data[j*gram.Stride+j]
		}
	}
	if d.size == 0 {
		return nil, errors.New("ridge: the data have zero variance")
	}
	return d, nil
}

func allOf(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func square(n int) blas64.General {
	return blas64.General{Rows: n, Cols: n, Stride: max(1, n), Data: make([]float64, n*n)}
}

// deviations are the standard deviations of the columns of x, which are centred; 1 of one
// that was constant but for the rounding of its mean.
func deviations(x blas64.General, mean []float64) []float64 {
	sd, n := make([]float64, x.Cols), float64(x.Rows)
	for i := range x.Rows {
		for j, v := range x.Data[i*x.Stride:][:x.Cols] {
			sd[j] += v * v / n
		}
	}
	for j, v := range sd {
		if sd[j] = math.Sqrt(v); sd[j] <= 1e-15*n*math.Abs(mean[j]) {
			sd[j] = 1
		}
	}
	return sd
}

func divideBy(sd []float64, x blas64.General) {
	for i := range x.Rows {
		row := x.Data[i*x.Stride:][:x.Cols]
		for j := range row {
			row[j] /= sd[j]
		}
	}
}

// rowsOf are the samples of a fold, of so many.
func (d *Ridge) rowsOf(fold, samples int) (rows []int) {
	for i := range samples {
		if d.fold[i%d.conditions] == fold {
			rows = append(rows, i)
		}
	}
	return rows
}

// R2 returns of each variable, given by coordinates of one value a sample (time-major; an
// angle has two, cosine and sine), how well it is decoded from conditions left out:
//
//	R² = 1 − Σ‖v − v̂‖² / Σ‖v − v̄‖²,
//
// summed over the samples of every fold and the coordinates, v̂ and v̄ from the samples of
// the other folds. 1 is perfect, 0 as good as their mean, and below 0 worse. A variable
// that is constant is an error.
func (d *Ridge) R2(variables ...[][]float64) ([]float64, error) {
	errs, totals, err := d.errors(variables)
	if err != nil {
		return nil, err
	}
	r2 := make([]float64, len(variables))
	for k := range r2 {
		r2[k] = 1 - errs[k]/totals[k]
	}
	return r2, nil
}

// mostColumns are decoded at once.
const mostColumns = 1024

// errors returns Σ‖v − v̂‖² and Σ‖v − v̄‖² of each variable.
func (d *Ridge) errors(variables [][][]float64) (errs, totals []float64, err error) {
	for from := 0; from < len(variables); {
		columns, to := len(variables[from]), from+1
		for to < len(variables) && columns+len(variables[to]) <= mostColumns {
			columns += len(variables[to])
			to++
		}
		e, t, err := d.some(variables[from:to])
		if err != nil {
			return nil, nil, err
		}
		errs, totals, from = append(errs, e...), append(totals, t...), to
	}
	return errs, totals, nil
}

// Null returns of each variable the R² after `permutations` shufflings of the conditions,
// the same for all times and variables, in ascending order: what this decoder finds in
// this dataset where there is nothing to find. Of a variable that is the same in all
// conditions they are all its own R².
func (d *Ridge) Null(permutations int, seed uint64, variables ...[][]float64) ([][]float64, error) {
	r2, err := d.Shuffled(permutations, seed, variables...)
	if err != nil {
		return nil, err
	}
	null := make([][]float64, len(variables))
	for _, of := range r2 {
		for k, v := range of {
			null[k] = append(null[k], v)
		}
	}
	for _, of := range null {
		slices.Sort(of)
	}
	return null, nil
}

// Shuffled returns of each shuffling of the conditions the R² of all variables.
func (d *Ridge) Shuffled(permutations int, seed uint64, variables ...[][]float64) ([][]float64, error) {
	r, all := rand.New(rand.NewPCG(seed, 0x6e756c6c)), make([][]float64, permutations)
	at := max(1, mostColumns/max(1, len(variables))) // so that memory holds few copies
	for from := 0; from < permutations; from += at {
		var shuffled [][][]float64
		to := min(from+at, permutations)
		for range to - from {
			order := r.Perm(d.conditions)
			for _, v := range variables {
				shuffled = append(shuffled, shuffle(v, order))
			}
		}
		r2, err := d.R2(shuffled...)
		if err != nil {
			return nil, err
		}
		for i := range to - from {
			all[from+i] = r2[i*len(variables):][:len(variables)]
		}
	}
	return all, nil
}

// shuffle gives each condition the variable of another, at all times.
func shuffle(v [][]float64, order []int) (shuffled [][]float64) {
	for _, values := range v {
		to := make([]float64, len(values))
		for i := range values {
			to[i] = values[i/len(order)*len(order)+order[i%len(order)]]
		}
		shuffled = append(shuffled, to)
	}
	return shuffled
}

// columns are variables by fold, and what a fit needs of them.
type columns struct {
	v   []blas64.General // samples × column
	xv  []blas64.General // Xᵀv
	sum [][]float64
	of  []int // the variable of each column
}

func (d *Ridge) columns(variables [][][]float64) (*columns, error) {
	samples := 0
	for _, x := range d.x {
		samples += x.Rows
	}
	c, all := &columns{}, [][]float64{}
	for k, v := range variables {
		constant := true
		for _, values := range v {
			if len(values) != samples {
				return nil, fmt.Errorf("ridge: a variable of %d values, and %d samples", len(values), samples)
			}
			for _, x := range values {
				constant = constant && x == values[0]
			}
			all, c.of = append(all, values), append(c.of, k)
		}
		if constant {
			return nil, errors.New("ridge: a variable has the same value in all samples: there is nothing to decode")
		}
	}
	for f, x := range d.x {
		v := blas64.General{Rows: x.Rows, Cols: len(all), Stride: len(all), Data: make([]float64, 0, x.Rows*len(all))}
		sum := make([]float64, len(all))
		for _, i := range d.rowsOf(f, samples) {
			for j, values := range all {
				v.Data = append(v.Data, values[i])
				sum[j] += values[i]
			}
		}
		xv := blas64.General{Rows: x.Cols, Cols: len(all), Stride: len(all), Data: make([]float64, x.Cols*len(all))}
		blas64.Gemm(blas.Trans, blas.NoTrans, 1, x, v, 0, xv)
		c.v, c.xv, c.sum = append(c.v, v), append(c.xv, xv), append(c.sum, sum)
	}
	return c, nil
}

// some is errors of as many variables as are decoded at once.
func (d *Ridge) some(variables [][][]float64) (errs, totals []float64, err error) {
	c, err := d.columns(variables)
	if err != nil {
		return nil, nil, err
	}
	folds := len(d.x)
	inner := make([][][]float64, folds) // error by fold left out, penalty and variable
	for f := range inner {
		for range penalties {
			inner[f] = append(inner[f], make([]float64, len(variables)))
		}
	}
	everything := allOf(len(c.of))
	for i := range folds {
		for j := range i {
			fit := d.without(c, i, j)
			for l, penalty := range penalties {
				w, err := fit.solve(penalty*d.size, everything)
				if err != nil {
					return nil, nil, err
				}
				fit.add(inner[i][l], d.x[j], c.v[j], w, c.of, everything)
				fit.add(inner[j][l], d.x[i], c.v[i], w, c.of, everything)
			}
		}
	}
	errs, totals = make([]float64, len(variables)), make([]float64, len(variables))
	for i := range folds {
		fit := d.without(c, i)
		fit.add(totals, d.test[i], c.v[i], blas64.General{}, c.of, everything)
		for l, penalty := range penalties {
			var chosen []int // the columns of variables that have this one
			for k, v := range c.of {
				if best(inner[i], v) == l {
					chosen = append(chosen, k)
				}
			}
			if len(chosen) == 0 {
				continue
			}
			w, err := fit.solve(penalty*d.size, chosen)
			if err != nil {
				return nil, nil, err
			}
			fit.add(errs, d.test[i], c.v[i], w, c.of, chosen)
		}
	}
	return errs, totals, nil
}

// best is the penalty of the least error of a variable, the largest of those.
func best(errs [][]float64, variable int) (least int) {
	for l := range errs {
		if errs[l][variable] < errs[least][variable] {
			least = l
		}
	}
	return least
}

// A fit is what is left of a dataset and variables after some folds are taken out.
type fit struct {
	gram    blas64.General // XᵀX about the mean
	xv      blas64.General // Xᵀv about the means
	mean, v []float64      // means of X and v
}

func (d *Ridge) without(c *columns, out ...int) *fit {
	p, m := len(d.sum[0]), len(c.of)
	f := &fit{gram: square(p), xv: blas64.General{Rows: p, Cols: m, Stride: m, Data: make([]float64, p*m)}, mean: make([]float64, p), v: make([]float64, m)}
	n := 0.0
	for i := range d.x {
		if slices.Contains(out, i) {
			continue
		}
		n += float64(d.x[i].Rows)
		blas64.Axpy(1, vec(d.gram[i].Data), vec(f.gram.Data))
		blas64.Axpy(1, vec(c.xv[i].Data), vec(f.xv.Data))
		blas64.Axpy(1, vec(d.sum[i]), vec(f.mean))
		blas64.Axpy(1, vec(c.sum[i]), vec(f.v))
	}
	blas64.Scal(1/n, vec(f.mean))
	blas64.Scal(1/n, vec(f.v))
	blas64.Ger(-n, vec(f.mean), vec(f.mean), f.gram)
	blas64.Ger(-n, vec(f.mean), vec(f.v), f.xv)
	return f
}

// solve returns W of some columns.
func (f *fit) solve(lambda float64, some []int) (w blas64.General, err error) {
	p := f.gram.Rows
	a := blas64.Symmetric{N: p, Stride: max(1, p), Data: slices.Clone(f.gram.Data), Uplo: blas.Upper}
	for j := range p {
		a.Data[j*a.Stride+j] += lambda
	}
	factor, ok := lapack64.Potrf(a)
	if !ok {
		return w, errors.New("ridge: the cross-products of the units are not positive definite: a unit is far larger than all others together")
	}
	w = blas64.General{Rows: p, Cols: len(some), Stride: len(some), Data: make([]float64, 0, p*len(some))}
	for j := range p {
		for _, k := range some {
			w.Data = append(w.Data, f.xv.Data[j*f.xv.Stride+k])
		}
	}
	lapack64.Potrs(factor, w)
	return w, nil
}

// add adds to sums, by variable, the squared errors of some columns of v as samples x are
// decoded by w; without w, as their mean.
func (f *fit) add(sums []float64, x, v, w blas64.General, of, some []int) {
	shift := make([]float64, len(some)) // v̄ − x̄W
	for i, k := range some {
		shift[i] = f.v[k]
	}
	decoded := blas64.General{Rows: x.Rows, Cols: len(some), Stride: len(some), Data: make([]float64, x.Rows*len(some))}
	if w.Rows > 0 {
		blas64.Gemv(blas.Trans, -1, w, vec(f.mean), 1, vec(shift))
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, x, w, 0, decoded)
	}
	for i := range x.Rows {
		row, truth := decoded.Data[i*decoded.Stride:][:len(some)], v.Data[i*v.Stride:]
		for j, k := range some {
			off := truth[k] - shift[j] - row[j]
			sums[of[k]] += off * off
		}
	}
}

// A RidgeTransfer tells whether two datasets, x and y, hold continuous variables in the
// same way, as a Transfer does of classes: one half of the conditions makes the rotation
// of Procrustes that brings y onto x, at all times; decoders are fitted to the conditions
// of the other half in one dataset, and tested on those left out in the other; then the
// halves change places.
type RidgeTransfer struct {
	times, conditions int
	halves            [2]struct {
		conditions []int
		xOnY, yOnX *Ridge
	}
}

// NewRidgeTransfer prepares raw x and y: see Scaling.RidgeTransfer.
func NewRidgeTransfer(x, y *tensor.Dense, seed uint64) (*RidgeTransfer, error) {
	return Raw.RidgeTransfer(x, y, seed)
}

// RidgeTransfer prepares x and y, time × condition × unit, of the same times and
// conditions, six of these at least. Conditions are halved by seed.
func (s Scaling) RidgeTransfer(x, y *tensor.Dense, seed uint64) (*RidgeTransfer, error) {
	shape := x.Shape()
	tr := &RidgeTransfer{times: shape[0], conditions: shape[1]}
	if t := y.Shape(); t[0] != tr.times || t[1] != tr.conditions {
		return nil, fmt.Errorf("transfer: shapes %v and %v: times and conditions must be the same", shape, t)
	}
	if tr.conditions < 6 {
		return nil, fmt.Errorf("transfer: %d conditions; at least 6 are needed for two halves of three", tr.conditions)
	}
	xs, ys := samples(x).RawMatrix(), samples(y).RawMatrix()
	var a aligner
	parts := halve(tr.conditions, nil, seed)
	for h, these := range parts {
		if err := a.align(xs, ys, atAllTimes(parts[1-h], tr.times, tr.conditions)); err != nil {
			return nil, fmt.Errorf("transfer: %w", err)
		}
		fold, err := LeaveOut(len(these), seed)
		if err != nil {
			return nil, err
		}
		rows, half := atAllTimes(these, tr.times, tr.conditions), &tr.halves[h]
		half.conditions = these
		if half.xOnY, err = s.ridge(picked(xs, rows), a.ontoX(ys, rows), fold); err != nil {
			return nil, err
		}
		if half.yOnX, err = s.ridge(picked(ys, rows), a.ontoY(xs, rows), fold); err != nil {
			return nil, err
		}
	}
	return tr, nil
}

// R2 returns of each variable the R² of x's decoder on y, and of y's decoder on x, over
// both halves; v̄ is that of the conditions that a decoder is fitted to.
func (tr *RidgeTransfer) R2(variables ...[][]float64) (xOnY, yOnX []float64, err error) {
	var errs, totals [2][]float64
	for i := range errs {
		errs[i], totals[i] = make([]float64, len(variables)), make([]float64, len(variables))
	}
	for _, h := range tr.halves {
		var of [][][]float64
		for _, v := range variables {
			var some [][]float64
			for _, values := range v {
				if len(values) != tr.times*tr.conditions {
					return nil, nil, fmt.Errorf("transfer: a variable of %d values, and %d samples", len(values), tr.times*tr.conditions)
				}
				var here []float64
				for _, i := range atAllTimes(h.conditions, tr.times, tr.conditions) {
					here = append(here, values[i])
				}
				some = append(some, here)
			}
			of = append(of, some)
		}
		for i, d := range []*Ridge{h.xOnY, h.yOnX} {
			e, t, err := d.errors(of)
			if err != nil {
				return nil, nil, fmt.Errorf("transfer: of half of the conditions, %w", err)
			}
			for k := range e {
				errs[i][k] += e[k]
				totals[i][k] += t[k]
			}
		}
	}
	for k := range variables {
		xOnY, yOnX = append(xOnY, 1-errs[0][k]/totals[0][k]), append(yOnX, 1-errs[1][k]/totals[1][k])
	}
	return xOnY, yOnX, nil
}
