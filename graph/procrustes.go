package graph

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/mat"
)

// A procrustes turns x onto y.
type procrustes struct {
	nuclear
	nearby
	q       Mat
	refined bool // whether q is, at this step
	work    Call // for its Scratch
}

func (p *procrustes) fit(x Mat, a float64, y Mat, b float64, angle bool) error {
	p.refined = false
	m := p.work.Scratch("xᵀy", x.Cols, y.Cols)
	p.q = p.work.Scratch("q", x.Cols, y.Cols)
	if x.Cols == y.Cols && slices.Equal(x.Data, y.Data) { // nothing is to be turned
		clear(p.q.Data)
		for i := range p.q.Rows {
			p.q.row(i)[i] = 1
		}
		p.byChord(0)
		return nil
	}
	gemm(true, false, 1, x, y, 0, m)
	if err := p.turn(p.q, m, x, a, y, b); err != nil {
		return err
	}
	cosine := func() float64 { return blas64.Dot(vector(m), vector(p.q)) / (a * b) }
	switch p.byCosine(cosine()); {
	case angle && p.cosine > 1-nearAngle:
		p.byChord(p.apartAtBest(x, y, valueChord))
	case !angle && p.cosine > 1-nearCosine:
		p.orthogonalise(p.q)
		p.byCosine(cosine())
	}
	return nil
}

// turn writes the polar factor of m = xᵀy to q.
func (p *procrustes) turn(q, m, x Mat, a float64, y Mat, b float64) error {
	if p.iterate(q, m) {
		return nil
	}
	if p.low.factor(q, m) && p.leavesNothing(q, x, a, y, b) {
		return nil
	}
	if err := p.svd.factorize(m); err != nil {
		return err
	}
	// Of conditions of x and y that of xᵀy is the product, and so its small singular
	// values are not the less real: each is held against what it is of.
	k := len(p.svd.values)
	xu, yv := p.work.Scratch("xu", x.Rows, k), p.work.Scratch("yv", y.Rows, k)
	gemm(false, false, 1, x, p.svd.u, 0, xu)
	gemm(false, false, 1, y, p.svd.v, 0, yv)
	u := p.work.Scratch("u", x.Cols, k)
	scale(u, 1, p.svd.u)
	for i := range k {
		sx, sy := blas64.Nrm2(column(xu, i)), blas64.Nrm2(column(yv, i))
		if !(sx > rankTolerance*a && sy > rankTolerance*b && blas64.Dot(column(xu, i), column(yv, i)) > rankTolerance*sx*sy) {
			blas64.Scal(0, column(u, i))
		}
	}
	gemm(false, true, 1, u, p.svd.v, 0, q)
	return nil
}

// leavesNothing reports whether what q leaves out of x, of norm a, and of y, of norm b,
// is nothing of one of them, or nothing that they share: by some random vectors outside
// of q's ranges.
func (p *procrustes) leavesNothing(q, x Mat, a float64, y Mat, b float64) bool {
	outX, outY := p.outside("x", x, q, false), p.outside("y", y, q, true)
	sizeX, sizeY := frobenius(outX)/math.Sqrt(probes), frobenius(outY)/math.Sqrt(probes)
	if sizeX <= 1e-11*a || sizeY <= 1e-11*b {
		return true
	}
	shared := p.work.Scratch("shared", probes, probes)
	gemm(true, false, 1, outX, outY, 0, shared)
	return frobenius(shared)/probes <= 1e-9*sizeX*sizeY
}

// probes is the number of random vectors.
const probes = 8

// outside returns x·z, for random z less their part in the range of q, or of qᵀ if t is
// set: as large, on average, as √probes times what of x is outside.
func (p *procrustes) outside(name string, x, q Mat, t bool) Mat {
	inner := q.Cols
	if t {
		inner = q.Rows
	}
	z, along := p.work.Scratch("z of "+name, x.Cols, probes), p.work.Scratch("along "+name, inner, probes)
	out := p.work.Scratch("outside "+name, x.Rows, probes)
	random := rand.New(rand.NewPCG(1, 0))
	for i := range z.Data {
		z.Data[i] = random.NormFloat64()
	}
	gemm(!t, false, 1, q, z, 0, along)
	gemm(t, false, -1, q, along, 1, z)
	gemm(false, false, 1, x, z, 0, out)
	return out
}

// apartAtBest returns √(‖x̂q − ŷ‖² + ‖x̂ − x̂qqᵀ‖²), having made q as orthogonal, and as near
// to the best, as rounding lets it be.
func (p *procrustes) apartAtBest(x, y Mat, limit float64) float64 {
	q := p.q
	if x.Cols < y.Cols { // the wider is turned onto the narrower
		x, y = y, x
		q = p.work.Scratch("qᵀ", p.q.Cols, p.q.Rows)
		transpose(q, p.q)
		defer func() { transpose(p.q, q) }()
	}
	p.orthogonalise(q)
	x, y = p.unit("x̂", x), p.unit("ŷ", y)
	chord, before := p.apart(x, y, q), p.work.Scratch("before", q.Rows, q.Cols)
	for chord < limit && chord > sameChord {
		scale(before, 1, q)
		p.correct(x, y, q)
		now := p.apart(x, y, q)
		if !(now < chord) {
			scale(q, 1, before)
			break
		}
		enough := now > chord/2
		if chord = now; enough {
			break
		}
	}
	return chord
}

// correct turns q, by which x̂ and ŷ are as good as the same, to where they are the most
// so. Rounding in xᵀy has turned it away by as much as may be between the two; but what
// is left of them, being small, says how far. With G = x̂q, E = G − ŷ, R = x̂ − Gqᵀ and
// H = Gᵀŷ, q goes to q(1 + δ) + RᵀŷH⁺, where δH + Hδ = EᵀG − GᵀE.
func (p *procrustes) correct(x, y, q Mat) {
	n, k := y.Rows, y.Cols
	rest, turned, apart := p.work.Scratch("x − xqqᵀ", n, x.Cols), p.work.Scratch("xq", n, k), p.work.Scratch("xq − y", n, k)
	h, s := mat.NewSymDense(k, nil), p.work.Scratch("s", k, k)
	gemm(true, false, 1, turned, y, 0, s)
	for i := range k {
		for j := range i + 1 {
			h.SetSym(i, j, (s.row(i)[j]+s.row(j)[i])/2)
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(h, true) {
		return
	}
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	v := Mat{k, k, vectors.RawMatrix().Data}

	gv, ev, yv := p.work.Scratch("Gv", n, k), p.work.Scratch("Ev", n, k), p.work.Scratch("ŷv", n, k)
	gemm(false, false, 1, turned, v, 0, gv)
	gemm(false, false, 1, apart, v, 0, ev)
	gemm(false, false, 1, y, v, 0, yv)
	gemm(true, false, 1, ev, gv, 0, s)
	// The values of H, small ones more exactly than H has them; 0 where there is
	// nothing of x or y, or nothing that they share.
	values := make([]float64, k)
	for i := range k {
		g, y := column(gv, i), column(yv, i)
		sg, sy, both := blas64.Nrm2(g), blas64.Nrm2(y), blas64.Dot(g, y)
		inverse := 0.0
		if sg > rankTolerance && sy > rankTolerance && both > sg*sy/2 {
			values[i], inverse = both, 1/both
		}
		blas64.Scal(inverse, y)
	}
	for i := range k {
		for j := range i + 1 {
			d := 0.0
			if sum := values[i] + values[j]; sum > 0 {
				d = (s.row(i)[j] - s.row(j)[i]) / sum
			}
			s.row(i)[j], s.row(j)[i] = d, -d
		}
	}
	qv, step := p.work.Scratch("qv", q.Rows, k), p.work.Scratch("step", q.Rows, k)
	gemm(false, false, 1, q, v, 0, qv)
	gemm(true, false, 1, rest, yv, 0, step)
	back := p.work.Scratch("back", k, k) // of R nothing but rounding is in the range of q
	gemm(true, false, 1, q, step, 0, back)
	gemm(false, false, -1, q, back, 1, step)
	gemm(false, false, 1, qv, s, 1, step)
	gemm(false, true, 1, step, v, 1, q)
	p.orthogonalise(q)
}

// apart returns √(‖xq − y‖² + ‖x − xqqᵀ‖²), and leaves the three for correct.
func (p *procrustes) apart(x, y, q Mat) float64 {
	rest := p.work.Scratch("x − xqqᵀ", x.Rows, x.Cols)
	turned, apart := p.work.Scratch("xq", x.Rows, q.Cols), p.work.Scratch("xq − y", y.Rows, y.Cols)
	gemm(false, false, 1, x, q, 0, turned)
	scale(rest, 1, x)
	gemm(false, true, -1, turned, q, 1, rest)
	blend(apart, 1, turned, -1, y)
	return math.Hypot(frobenius(apart), frobenius(rest))
}

// Rounding has turned q by some 1e-11 from where it is best, which changes a chord by the
// square of that, and so one below valueChord alone, but a gradient by as much over the
// chord.
const (
	valueChord    = 1e-5
	gradientChord = 2e-3
)

// refine makes q good enough for a gradient.
func (p *procrustes) refine(x, y Mat) {
	if !p.refined && p.near && p.chord >= valueChord && p.chord < gradientChord {
		p.byChord(p.apartAtBest(x, y, gradientChord))
		p.refined = true
	}
}

// orthogonalise makes singular values that are nearly 1 so to rounding.
func (p *procrustes) orthogonalise(q Mat) {
	k := min(q.Rows, q.Cols)
	newtonSchulz(q, p.work.Scratch("gram", k, k), p.work.Scratch("old", q.Rows, q.Cols))
}

// unit returns m over its norm, summed by rows, whose rounding is less than that of
// one long sum.
func (p *procrustes) unit(name string, m Mat) Mat {
	squares := 0.0
	largest := frobenius(m)
	u := p.work.Scratch(name, m.Rows, m.Cols)
	scale(u, 1/largest, m)
	for i := range u.Rows {
		squares += blas64.Dot(vec(u.row(i)), vec(u.row(i)))
	}
	scale(u, 1/math.Sqrt(squares), u)
	return u
}
