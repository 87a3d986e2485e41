package measures

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"
	"sync"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gorgonia.org/tensor"

	"simgrad/graph"
)

// ByRows is whether data that are not in memory can be scored.
func (m Measure) ByRows() bool { return m.OfProducts != nil || m.OfRoots }

// Products are those of the units of centred x, n × p, and y, n × q. Those that a score asks
// for are made.
type Products struct {
	of *joint
	b  *graph.Builder

	nodes [5]*graph.Node
}

// XX, XY and YY are xᵀx, xᵀy and yᵀy.
func (p *Products) XX() *graph.Node { return p.node("xᵀx", xx) }
func (p *Products) XY() *graph.Node { return p.node("xᵀy", xy) }
func (p *Products) YY() *graph.Node { return p.node("yᵀy", yy) }

// NormX and NormY are ‖x‖ and ‖y‖.
func (p *Products) NormX() *graph.Node { return graph.Sqrt(graph.Sum(p.node("‖x‖²", sizeX))) }
func (p *Products) NormY() *graph.Node { return graph.Sqrt(graph.Sum(p.node("‖y‖²", sizeY))) }

const (
	xx = iota
	xy
	yy
	sizeX // ‖x‖², 1 × 1
	sizeY
)

func (p *Products) node(name string, which int) *graph.Node {
	if p.nodes[which] == nil {
		s := &p.of.sums[which]
		s.asked = true
		p.nodes[which] = p.b.Shared(name, tensor.New(tensor.WithShape(s.rows, s.cols), tensor.WithBacking(s.make())))
	}
	return p.nodes[which]
}

// NewRows returns samples that are not in memory, of a shape whose axes but the last they
// are: each shows them in order, so many or fewer at a time, as often as it is called. They
// are scored by measures of products alone.
func NewRows(shape []int, each func(rows int, show func(values []float64) error) error) *Samples {
	return &Samples{shape: shape, each: each, check: func() error { return nil }}
}

// Share bounds from above which share of the variance a single value has, as the scores so far
// have seen.
func (s *Samples) Share() float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.share
}

// look says why they cannot be compared with anything.
func (s *Samples) look() error {
	var l look
	err := s.each(1<<10, func(values []float64) error {
		if l.first == nil {
			l.first = slices.Clone(values[:s.units()])
		}
		return l.at(values)
	})
	if err == nil {
		err = l.verdict()
	}
	return err
}

// evalRows is EvalSamples of x and y that are not in memory.
func (m Measure) evalRows(x, y *Samples) (score float64, err error) {
	wrong := func(err error) (float64, error) { return 0, fmt.Errorf("measures: %s: %w", m.Name, err) }
	switch n, k := x.samples(), y.samples(); {
	case x.each == nil || y.each == nil:
		return wrong(errors.New("one of x and y is in memory, and the other is not"))
	case !m.ByRows():
		return wrong(errors.New("sees more than products of units, and so needs the data in memory"))
	case n != k:
		return wrong(fmt.Errorf("x has %d samples and y %d; they must be the same samples", n, k))
	}
	j := x.with(y)
	j.mu.Lock()
	defer j.mu.Unlock()
	if m.OfProducts == nil {
		rx, ry, err := j.roots()
		if err != nil {
			return wrong(err)
		}
		return m.evalReduced(rx, ry)
	}
	p, err := m.compile(func(b *graph.Builder) *graph.Node { return m.within(m.OfProducts(&Products{of: j, b: b})) })
	if err != nil {
		return 0, err
	}
	if err := j.products(); err != nil {
		return wrong(err)
	}
	return m.eval(p)
}

// A joint is x beside y, samples by samples: z = [x y], n × (p + q), columns centred.
type joint struct {
	x, y    *Samples
	n, p, m int // samples; units of x, and of both

	mu     sync.Mutex
	sums   [5]sum
	origin []float64 // what is taken from the rows, one for all
	mean   []float64 // of the columns, less that
	rx, ry *tensor.Dense
}

// A sum is one of the products, or of the sizes.
type sum struct {
	rows, cols  int
	data        []float64
	asked, made bool
}

func (s *sum) make() []float64 {
	if s.data == nil {
		s.data = graph.Zeros(s.rows * s.cols)
	}
	return s.data
}

// with returns x beside y, one for all measures that are asked one after another.
func (s *Samples) with(y *Samples) *joint {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.joint == nil || s.joint.y != y {
		p, q := s.units(), y.units()
		s.joint = &joint{x: s, y: y, n: s.samples(), p: p, m: p + q}
		s.joint.sums = [5]sum{xx: {rows: p, cols: p}, xy: {rows: p, cols: q}, yy: {rows: q, cols: q}, sizeX: {rows: 1, cols: 1}, sizeY: {rows: 1, cols: 1}}
	}
	return s.joint
}

// sizes are the numbers of rows that are met at a time: enough for products to be made at
// their best speed, and few enough for the cache.
func (j *joint) sizes() int { return max(256, min(j.m, 1<<21/j.m)) }

// blocks shows z less its origin, a block of rows at a time.
func (j *joint) blocks(show func(z blas64.General) error) error {
	rows := j.sizes()
	z := blas64.General{Cols: j.m, Stride: j.m, Data: graph.Zeros(rows * j.m)}
	next, stop := iter.Pull2(func(yield func([]float64, error) bool) {
		err := j.y.each(rows, func(values []float64) error {
			if !yield(values, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	})
	defer stop()
	q := j.m - j.p
	seen := 0
	err := j.x.each(rows, func(x []float64) error {
		y, err, _ := next()
		if err != nil {
			return fmt.Errorf("y %w", err)
		}
		if z.Rows = len(x) / j.p; len(y)/q != z.Rows {
			return fmt.Errorf("y has %d samples where %d are left", len(y)/q, z.Rows)
		}
		if j.origin == nil {
			j.origin = append(smallest(x, j.p), smallest(y, q)...)
		}
		for i := range z.Rows {
			to := row(z, i).Data
			floats.SubTo(to[:j.p], x[i*j.p:][:j.p], j.origin[:j.p])
			floats.SubTo(to[j.p:], y[i*q:][:q], j.origin[j.p:])
		}
		seen += z.Rows
		return show(z)
	})
	if err != nil {
		return err
	}
	if seen != j.n {
		return fmt.Errorf("x has %d samples, and had %d", seen, j.n)
	}
	if left, err, more := next(); more { // a file is known to be whole at its end
		if err != nil {
			return fmt.Errorf("y %w", err)
		}
		return fmt.Errorf("y has %d samples more than x", len(left)/q)
	}
	return nil
}

// smallest is the value nearest to 0 of every column: of those that differ little beside
// their means it is as good as the mean, to take which from them is exact; and no outlier.
func smallest(x []float64, units int) []float64 {
	least := slices.Clone(x[:units])
	for i := units; i < len(x); i += units {
		for k, v := range x[i:][:units] {
			if math.Abs(v) < math.Abs(least[k]) {
				least[k] = v
			}
		}
	}
	return least
}

var errEnough = errors.New("enough")

// products makes those that are asked for and not there: sums over blocks, each less its own
// means, and of what these differ by.
//
// Source: Chan, Golub & LeVeque 1979, Updating formulae and a pairwise algorithm for
// computing sample variances.
func (j *joint) products() error {
	wanted := j.mean == nil
	for i := range j.sums {
		s := &j.sums[i]
		if s.asked = s.asked && !s.made; s.asked {
			wanted = true
			clear(s.make())
		}
	}
	if !wanted {
		return nil
	}
	p, q, n := j.p, j.m-j.p, 0.0
	mean, own, apart := make([]float64, j.m), make([]float64, j.m), make([]float64, j.m)
	var size, most [2]float64 // ‖x‖² and ‖y‖², and what one block has at most
	err := j.blocks(func(z blas64.General) error {
		centreFrom(z, own)
		k := float64(z.Rows)
		for i, m := range own {
			apart[i] = m - mean[i]
			mean[i] += apart[i] * k / (n + k)
		}
		w := n * k / (n + k)
		for i, to := range [2]int{p, j.m} {
			from := to - [2]int{p, q}[i]
			one := w * floats.Dot(apart[from:to], apart[from:to])
			for r := range z.Rows {
				v := z.Data[r*j.m+from : r*j.m+to]
				one += floats.Dot(v, v)
			}
			if one-one != 0 {
				return j.unfit()
			}
			size[i], most[i] = size[i]+one, max(most[i], one)
		}
		x, y := z, z
		x.Cols, y.Cols, y.Data = p, q, z.Data[p:]
		if s := j.sums[xx]; s.asked {
			s.square(x, w, apart[:p])
		}
		if s := j.sums[yy]; s.asked {
			s.square(y, w, apart[p:])
		}
		if s := j.sums[xy]; s.asked {
			of := blas64.General{Rows: p, Cols: q, Stride: q, Data: s.data}
			blas64.Gemm(blas.Trans, blas.NoTrans, 1, x, y, 1, of)
			blas64.Ger(w, vec(apart[:p]), vec(apart[p:]), of)
		}
		n += k
		return nil
	})
	if err != nil {
		return err
	}
	j.mean = mean
	for i, s := range []*Samples{j.x, j.y} {
		from, to := i*p, p+i*q
		largest := 0.0
		for k := from; k < to; k++ {
			largest = max(largest, math.Abs(j.origin[k])+math.Abs(mean[k]))
		}
		// What rounding leaves of constants, and what may be too large or too small.
		if spread := math.Sqrt(size[i]); !(spread > 1e-10*largest) || !(largest+spread < largestValue/2) || !(spread > 2*math.Sqrt(n*float64(to-from))/largestValue) {
			if err := s.look(); err != nil {
				return j.named(s, err)
			}
		}
		s.mu.Lock()
		s.share = most[i] / size[i]
		s.mu.Unlock()
		j.sums[sizeX+i].make()[0], j.sums[sizeX+i].made = size[i], true
	}
	for i := range j.sums {
		if s := &j.sums[i]; s.asked {
			s.made = true
			if i == xx || i == yy {
				s.mirror()
			}
		}
	}
	return nil
}

// square adds zᵀz and w times what outer product of the means is between blocks, to the upper
// triangle.
func (s *sum) square(z blas64.General, w float64, apart []float64) {
	of := blas64.Symmetric{N: s.rows, Stride: s.rows, Uplo: blas.Upper, Data: s.data}
	blas64.Syrk(blas.Trans, 1, z, 1, of)
	blas64.Syr(w, vec(apart), of)
}

func (s *sum) mirror() {
	for i := range s.rows {
		for k := range i {
			s.data[i*s.rows+k] = s.data[k*s.rows+i]
		}
	}
}

// centreFrom takes its mean from every column of z, and writes it.
func centreFrom(z blas64.General, mean []float64) {
	clear(mean)
	for i := range z.Rows {
		floats.Add(mean, row(z, i).Data)
	}
	floats.Scale(1/float64(z.Rows), mean)
	for i := range z.Rows {
		floats.Sub(row(z, i).Data, mean)
	}
}

// unfit says which of the two has values that are not finite, or so large.
func (j *joint) unfit() error {
	for _, s := range []*Samples{j.x, j.y} {
		if err := s.look(); err != nil {
			return j.named(s, err)
		}
	}
	return errors.New("x or y has values beyond double precision")
}

func (j *joint) named(s *Samples, err error) error {
	if s == j.x {
		return fmt.Errorf("x %w", err)
	}
	return fmt.Errorf("y %w", err)
}

// rootCondition is the largest condition of the products, of columns of norm 1, at which
// their Cholesky factor has the digits that are needed.
const rootCondition = 1e4

// roots returns p + q + 1 samples with the products of x and y: R of z = Q·R, found by Cholesky
// factors. With RᵀR = zᵀz, and where that is badly conditioned, a little more on its
// diagonal, the same is done for z·R⁻¹, from the files once more, and its factor comes
// before: as exact as by reflections, in products.
//
// Source: Fukaya et al. 2020, Shifted Cholesky QR for computing the QR factorization of
// ill-conditioned matrices.
func (j *joint) roots() (x, y *tensor.Dense, err error) {
	if j.rx != nil {
		return j.rx, j.ry, nil
	}
	for _, i := range []int{xx, xy, yy} {
		j.sums[i].asked = true
	}
	if err := j.products(); err != nil {
		return nil, nil, err
	}
	// Columns are brought to norm 1.
	p, q := j.p, j.m-j.p
	gram, norms := blas64.Symmetric{N: j.m, Stride: j.m, Uplo: blas.Upper, Data: graph.Zeros(j.m * j.m)}, make([]float64, j.m)
	for i := range p {
		copy(gram.Data[i*j.m:], j.sums[xx].data[i*p:][:p])
		copy(gram.Data[i*j.m+p:], j.sums[xy].data[i*q:][:q])
	}
	for i := range q {
		copy(gram.Data[(p+i)*j.m+p:], j.sums[yy].data[i*q:][:q])
	}
	for i := range norms {
		if norms[i] = math.Sqrt(gram.Data[i*j.m+i]); norms[i] == 0 {
			norms[i] = 1
		}
	}
	for i := range j.m {
		for k := i; k < j.m; k++ {
			gram.Data[i*j.m+k] /= norms[i] * norms[k]
		}
	}
	r, condition := lifted(gram)
	for range 2 {
		if condition <= rootCondition {
			break
		}
		clear(gram.Data)
		err := j.blocks(func(z blas64.General) error {
			for i := range z.Rows {
				v := row(z, i).Data
				floats.Sub(v, j.mean)
				floats.Div(v, norms)
			}
			blas64.Trsm(blas.Right, blas.NoTrans, 1, r, z)
			blas64.Syrk(blas.Trans, 1, z, 1, gram)
			return nil
		})
		if err != nil {
			return nil, nil, err
		}
		var before blas64.Triangular
		before, condition = lifted(gram)
		whole := blas64.General{Rows: j.m, Cols: j.m, Stride: j.m, Data: graph.Zeros(j.m * j.m)}
		for i := range j.m {
			copy(whole.Data[i*j.m+i:], r.Data[i*j.m+i:][:j.m-i])
		}
		blas64.Trmm(blas.Left, blas.NoTrans, 1, before, whole)
		r.Data = whole.Data
	}
	made := func(from, to int) *tensor.Dense {
		d := blas64.General{Rows: j.m + 1, Cols: to - from, Stride: to - from, Data: graph.Zeros((j.m + 1) * (to - from))}
		for k := from; k < to; k++ {
			for i := range k + 1 {
				d.Data[i*d.Stride+k-from] = r.Data[i*j.m+k] * norms[k]
			}
		}
		graph.Contrast(d)
		return tensor.New(tensor.WithShape(d.Rows, d.Cols), tensor.WithBacking(d.Data))
	}
	j.rx, j.ry = made(0, p), made(p, j.m)
	return j.rx, j.ry, nil
}

// lifted returns the Cholesky factor of s, in a memory of its own, and the condition of s,
// estimated: of s with something on its diagonal, of the size of rounding, where it is
// singular to that, and the condition is then +Inf.
func lifted(s blas64.Symmetric) (r blas64.Triangular, condition float64) {
	norm := lapack64.Lansy(lapack.MaxColumnSum, s, make([]float64, s.N))
	data := graph.Zeros(len(s.Data))
	for lift := 0.0; ; lift = max(16*float64(s.N)*0x1p-53, 10*lift) {
		copy(data, s.Data)
		for i := range s.N {
			data[i*s.N+i] += lift * norm
		}
		r, ok := lapack64.Potrf(blas64.Symmetric{N: s.N, Stride: s.N, Uplo: blas.Upper, Data: data})
		if !ok {
			continue
		}
		if lift > 0 {
			return r, math.Inf(1)
		}
		return r, 1 / lapack64.Pocon(blas64.Symmetric{N: s.N, Stride: s.N, Uplo: blas.Upper, Data: data}, norm, make([]float64, 3*s.N), make([]int, s.N))
	}
}
