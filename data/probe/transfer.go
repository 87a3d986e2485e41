package probe

import (
	"errors"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/graph"
)

// Transfer tells whether two datasets, x and y, time × condition × unit, encode a
// task variable in the same way: y is brought onto x by the rotation of Procrustes,
// scaled to the size of x, and a decoder fitted to one is tested on the other. It
// returns the accuracy of x's decoder on y and of y's decoder on x.
//
// Both are at chance where the two have nothing to do with each other, for no
// condition plays two parts: those of a fold are tested, half of the others make the
// rotation, at all times, and the rest the decoders. (With many units a rotation can
// turn the very conditions that it is made from onto each other, whatever they are.)
// Conditions are divided once, as folds has them at the first time; at least three
// folds are needed.
func Transfer(x, y *tensor.Dense, class []int, folds Folds) (xOnY, yOnX float64, err error) {
	s := x.Shape()
	times, conditions := s[0], s[1]
	if t := y.Shape(); t[0] != times || t[1] != conditions {
		return 0, 0, fmt.Errorf("transfer: shapes %v and %v: times and conditions must be the same", s, t)
	}
	if folds.Number < 3 {
		return 0, 0, fmt.Errorf("transfer: %d folds; at least 3 are needed", folds.Number)
	}
	xs, ys := samples(x).RawMatrix(), samples(y).RawMatrix()
	if xs.Rows <= xs.Cols && ys.Rows <= ys.Cols {
		// The samples in axes of their own span: nothing here can tell.
		xs, ys = principalAxes(xs).rows, principalAxes(ys).rows
	}
	var ofX, ofY []axes
	for t := range times {
		ofX = append(ofX, principalAxes(rowsOf(xs, t*conditions, (t+1)*conditions)))
		ofY = append(ofY, principalAxes(rowsOf(ys, t*conditions, (t+1)*conditions)))
	}
	classes := slices.Max(class) + 1
	division := folds.Of[0]
	var predicted [2][]int // the classes predicted, by x's decoder on y and by y's on x
	for i := range predicted {
		predicted[i] = make([]int, times*conditions)
	}
	var a aligner
	var l logistic
	for f := range folds.Number {
		var turn, fit, test, of []int // conditions, and the classes of those fitted to
		for c, g := range division {
			switch after := (g - f + folds.Number) % folds.Number; {
			case after == 0:
				test = append(test, c)
			case after <= (folds.Number-1)/2:
				turn = append(turn, c)
			default:
				fit, of = append(fit, c), append(of, class[c])
			}
		}
		if err := a.align(xs, ys, atAllTimes(turn, times, conditions)); err != nil {
			return 0, 0, fmt.Errorf("transfer: %w", err)
		}
		tested := atAllTimes(test, times, conditions)
		for i, way := range []struct {
			fit    []axes
			size   float64 // of y, brought to that of x
			tested blas64.General
		}{{ofX, 1, a.ontoX(ys, tested)}, {ofY, a.scale, a.ontoY(xs, tested)}} {
			for t := range times {
				train := way.fit[t].pick(fit, way.size)
				if err := l.fit(train, of, classes); err != nil {
					return 0, 0, fmt.Errorf("transfer: %w", err)
				}
				for k, c := range test {
					row := t*len(test) + k
					z := way.fit[t].coordinates(way.tested.Data[row*way.tested.Stride:][:way.tested.Cols], way.size)
					predicted[i][t*conditions+c] = l.predict(z)
				}
			}
		}
	}
	for t := range times {
		xOnY += accuracy(predicted[0][t*conditions:][:conditions], class, folds.Number, division) / float64(times)
		yOnX += accuracy(predicted[1][t*conditions:][:conditions], class, folds.Number, division) / float64(times)
	}
	return xOnY, yOnX, nil
}

// atAllTimes returns the samples of some conditions, time by time.
func atAllTimes(some []int, times, conditions int) (rows []int) {
	for t := range times {
		for _, c := range some {
			rows = append(rows, t*conditions+c)
		}
	}
	return rows
}

// An aligner holds what brings y onto x, and back.
type aligner struct {
	meanX, meanY []float64
	rotation     *mat.Dense // units of y × units of x
	scale        float64
	polar        *graph.Program
}

// align fits means, rotation and scale to some rows of both.
func (a *aligner) align(x, y blas64.General, rows []int) error {
	var cx, cy blas64.General
	cx, a.meanX = centredRows(x, rows)
	cy, a.meanY = centredRows(y, rows)
	m := mat.NewDense(y.Cols, x.Cols, nil)
	blas64.Gemm(blas.Trans, blas.NoTrans, 1, cy, cx, 0, m.RawMatrix())
	if err := a.rotate(m); err != nil {
		return err
	}
	turned := mat.NewDense(cy.Rows, x.Cols, nil)
	blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, cy, a.rotation.RawMatrix(), 0, turned.RawMatrix())
	size := mat.Norm(turned, 2)
	a.scale = blas64.Nrm2(vec(cx.Data)) / size
	if size == 0 || a.scale == 0 {
		return errors.New("the data have zero variance, or nothing in common")
	}
	return nil
}

// rotate makes the polar factor of m = yᵀx, the gradient of its nuclear norm; it
// leaves out what the two have not in common.
func (a *aligner) rotate(m *mat.Dense) (err error) {
	rows, cols := m.Dims()
	at := tensor.New(tensor.WithShape(rows, cols), tensor.WithBacking(m.RawMatrix().Data))
	if a.polar == nil {
		a.polar, err = graph.Compile(func(b *graph.Builder) *graph.Node { return graph.NuclearNorm(b.Param("m", at)) })
		if err != nil {
			return err
		}
	}
	copy(a.polar.Param("m").Float64s(), at.Float64s())
	if _, err := a.polar.Eval(); err != nil {
		return err
	}
	factor, err := a.polar.Grad("m")
	if err != nil {
		return err
	}
	a.rotation = mat.NewDense(rows, cols, factor.Float64s())
	return nil
}

// ontoX returns rows of y among those of x.
func (a *aligner) ontoX(y blas64.General, rows []int) blas64.General {
	return a.onto(blas.NoTrans, a.scale, y, a.meanY, a.meanX, rows)
}

// ontoY returns rows of x among those of y.
func (a *aligner) ontoY(x blas64.General, rows []int) blas64.General {
	return a.onto(blas.Trans, 1/a.scale, x, a.meanX, a.meanY, rows)
}

func (a *aligner) onto(turn blas.Transpose, scale float64, from blas64.General, mean, there []float64, rows []int) blas64.General {
	moved := picked(from, rows)
	to := blas64.General{Rows: len(rows), Cols: len(there), Stride: len(there), Data: make([]float64, 0, len(rows)*len(there))}
	for i := range rows {
		blas64.Axpy(-1, vec(mean), vec(moved.Data[i*moved.Stride:][:moved.Cols]))
		to.Data = append(to.Data, there...)
	}
	blas64.Gemm(blas.NoTrans, turn, scale, moved, a.rotation.RawMatrix(), 1, to)
	return to
}

// picked returns a copy of the rows of x of those numbers.
func picked(x blas64.General, rows []int) blas64.General {
	out := blas64.General{Rows: len(rows), Cols: x.Cols, Stride: max(1, x.Cols), Data: make([]float64, 0, len(rows)*x.Cols)}
	for _, i := range rows {
		out.Data = append(out.Data, x.Data[i*x.Stride:][:x.Cols]...)
	}
	return out
}

// centredRows returns the rows of x of those numbers less their mean, and that.
func centredRows(x blas64.General, rows []int) (centred blas64.General, mean []float64) {
	centred, mean = picked(x, rows), make([]float64, x.Cols)
	for i := range rows {
		blas64.Axpy(1/float64(len(rows)), vec(centred.Data[i*x.Cols:][:x.Cols]), vec(mean))
	}
	for i := range rows {
		blas64.Axpy(-1, vec(mean), vec(centred.Data[i*x.Cols:][:x.Cols]))
	}
	return centred, mean
}

func rowsOf(x blas64.General, from, to int) blas64.General {
	x.Rows, x.Data = to-from, x.Data[from*x.Stride:(to-1)*x.Stride+x.Cols]
	return x
}
