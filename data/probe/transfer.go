package probe

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/graph"
)

// A Transfer tells whether two datasets, x and y, encode task variables in the same
// way. Two datasets can hold a variable equally well, each along directions of its own,
// which their accuracies do not tell. So y is brought onto x by the rotation of
// Procrustes, scaled to the size of x, and a decoder fitted to one is tested on the other.
//
// Both ways are at chance where the two have nothing to do with each other, for no
// condition plays two parts: one half of them makes the rotation, at all times, and
// the decoders are fitted to some of the other half and tested on the rest; then the
// halves change places. (With many units a rotation can turn the very conditions that
// it is made from onto each other, whatever they are.)
type Transfer struct {
	Fits Fits // that the last answer rests on

	scaling Scaling
	halves  [2]half
}

// A half of the conditions is what decoders are fitted to and tested on.
type half struct {
	conditions []int
	ways       [2][]way // x's decoder on y and y's on x, at each time
}

// A side is one of the datasets, as its decoders are fitted to it.
type side struct {
	units blas64.General // the samples
	span  *axes          // of these, where what is brought onto them is in such axes
	at    []axes         // at each time, of raw samples
}

// ways are ways to fit to these conditions and to test on others brought here, time by
// time, both scaled.
func (s side) ways(times int, these []int, brought blas64.General, scale float64) (ways []way) {
	conditions := s.units.Rows / times
	for t := range times {
		there := rowsOf(brought, t*len(these), (t+1)*len(these))
		if s.at != nil {
			ways = append(ways, way{s.at[t].pick(these, scale), s.at[t].coordinates(there, scale)})
			continue
		}
		if s.span != nil {
			there = s.span.back(there)
		}
		ways = append(ways, way{picked(rowsOf(s.units, t*conditions, (t+1)*conditions), these), there})
	}
	return ways
}

// A way is the same conditions in one dataset, to fit to, and in the other, brought
// there, to test on.
type way struct{ fit, test blas64.General }

// NewTransfer prepares raw x and y: see Scaling.Transfer.
func NewTransfer(x, y *tensor.Dense, classes [][]int, seed uint64) (*Transfer, error) {
	return Raw.Transfer(x, y, classes, seed)
}

// Transfer prepares x and y, time × condition × unit, of the same times and
// conditions, to be asked for the variables of the given classes: conditions are
// halved so that every class is, as nearly as can be, and otherwise by seed.
func (s Scaling) Transfer(x, y *tensor.Dense, classes [][]int, seed uint64) (*Transfer, error) {
	shape := x.Shape()
	times, conditions := shape[0], shape[1]
	if t := y.Shape(); t[0] != times || t[1] != conditions {
		return nil, fmt.Errorf("transfer: shapes %v and %v: times and conditions must be the same", shape, t)
	}
	xs, ys := samples(x).RawMatrix(), samples(y).RawMatrix()
	ofX, ofY := side{units: xs}, side{units: ys}
	if xs.Rows <= xs.Cols && ys.Rows <= ys.Cols { // in axes of their span: a rotation cannot tell
		inX, inY := principalAxes(xs), principalAxes(ys)
		ofX.span, ofY.span, xs, ys = &inX, &inY, inX.rows, inY.rows
	}
	if s == Raw {
		for t := range times {
			ofX.at = append(ofX.at, principalAxes(rowsOf(xs, t*conditions, (t+1)*conditions)))
			ofY.at = append(ofY.at, principalAxes(rowsOf(ys, t*conditions, (t+1)*conditions)))
		}
	}
	tr := &Transfer{scaling: s}
	var a aligner
	parts := halve(conditions, classes, seed)
	for h, these := range parts {
		if err := a.align(xs, ys, atAllTimes(parts[1-h], times, conditions)); err != nil {
			return nil, fmt.Errorf("transfer: %w", err)
		}
		tested := atAllTimes(these, times, conditions)
		tr.halves[h].conditions = these
		tr.halves[h].ways = [2][]way{
			ofX.ways(times, these, a.ontoX(ys, tested), 1),
			ofY.ways(times, these, a.ontoY(xs, tested), a.scale),
		}
	}
	return tr, nil
}

// Smallest returns the number of conditions of the class that a half has fewest of;
// with fewer than two, Accuracy cannot be asked.
func (tr *Transfer) Smallest(class []int) int {
	smallest := len(class)
	for _, h := range tr.halves {
		count := make([]int, slices.Max(class)+1)
		for _, c := range h.conditions {
			count[class[c]]++
		}
		smallest = min(smallest, slices.Min(count))
	}
	return smallest
}

// Accuracy returns the accuracy of x's decoder on y and of y's decoder on x, in
// stratified cross-validation within each half.
func (tr *Transfer) Accuracy(variable string, class []int, folds int, seed uint64) (xOnY, yOnX float64, err error) {
	v := validation{scaling: tr.scaling}
	var found [2]float64
	for _, h := range tr.halves {
		of := make([]int, len(h.conditions))
		for i, c := range h.conditions {
			of[i] = class[c]
		}
		f, _, err := Stratify(variable, of, len(h.ways[0]), folds, seed)
		if err != nil {
			return 0, 0, fmt.Errorf("transfer: of half of the conditions, %w", err)
		}
		for i, ways := range h.ways {
			for t, w := range ways {
				predicted := v.predict(t, w.fit, w.test, of, f.Number, f.Of[t])
				found[i] += accuracy(predicted, of, f.Number, f.Of[t]) / float64(2*len(ways))
			}
		}
	}
	tr.Fits = v.fits
	return found[0], found[1], nil
}

// halve divides conditions in two by minimisation (Pocock and Simon 1975): in random
// order each goes where its classes, and conditions at all, are fewer.
func halve(conditions int, classes [][]int, seed uint64) (halves [2][]int) {
	r := rand.New(rand.NewPCG(seed, 0x68616c66))
	for _, c := range r.Perm(conditions) {
		excess := len(halves[0]) - len(halves[1])
		for _, class := range classes {
			for h, sign := range []int{1, -1} {
				for _, other := range halves[h] {
					if class[other] == class[c] {
						excess += sign
					}
				}
			}
		}
		h := r.IntN(2)
		switch {
		case excess < 0:
			h = 0
		case excess > 0:
			h = 1
		}
		halves[h] = append(halves[h], c)
	}
	slices.Sort(halves[0])
	slices.Sort(halves[1])
	return halves
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

func rowsOf(x blas64.General, from, to int) blas64.General {
	x.Rows, x.Data = to-from, x.Data[from*x.Stride:(to-1)*x.Stride+x.Cols]
	return x
}
