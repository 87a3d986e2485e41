package graph

import (
	"sync"

	"gonum.org/v1/gonum/floats"
)

// A pass goes once through matrices, shared out by rows. Passes are kept, with
// their ranges function, so that a step allocates nothing between two collections.
type pass struct {
	do        func(p *pass, from, to int)
	dst, a, b Mat
	row       []float64
	s, t      float64
	ranges    func(from, to int)
	sums      []float64 // kept, for colMeans
}

var freePasses = sync.Pool{New: func() any {
	p := &pass{}
	p.ranges = func(from, to int) { p.do(p, from, to) }
	return p
}}

func (p pass) run(n, cost int) {
	q := freePasses.Get().(*pass)
	p.ranges, p.sums = q.ranges, q.sums
	*q = p
	Share(n, cost, q.ranges)
	*q = pass{ranges: p.ranges, sums: p.sums}
	freePasses.Put(q)
}

// scale writes s·a to dst; with s = 1 it is a copy.
func scale(dst Mat, s float64, a Mat) {
	pass{dst: dst, a: a, s: s, do: func(p *pass, from, to int) {
		if p.s == 1 {
			copy(p.dst.Data[from:to], p.a.Data[from:to])
			return
		}
		floats.ScaleTo(p.dst.Data[from:to], p.s, p.a.Data[from:to])
	}}.run(len(dst.Data), 2)
}

// blend writes s·a + t·b to dst, which may be one of them.
func blend(dst Mat, s float64, a Mat, t float64, b Mat) {
	if s != 1 && t == 1 {
		s, a, t, b = t, b, s, a
	}
	pass{dst: dst, a: a, b: b, s: s, t: t, do: func(p *pass, from, to int) {
		dst, a, b, s, t := p.dst.Data[from:to], p.a.Data[from:to], p.b.Data[from:to], p.s, p.t
		if s == 1 {
			floats.AddScaledTo(dst, a, t, b)
			return
		}
		for i, v := range a {
			dst[i] = s*v + t*b[i]
		}
	}}.run(len(dst.Data), 3)
}

// subtractRow writes a to dst, less row in every row.
func subtractRow(dst, a Mat, row []float64) {
	pass{dst: dst, a: a, row: row, do: func(p *pass, from, to int) {
		for i := from; i < to; i++ {
			dst, a, row := p.dst.row(i), p.a.row(i), p.row
			if len(row) >= shortRow {
				floats.AddScaledTo(dst, a, -1, row)
				continue
			}
			for j, m := range row {
				dst[j] = a[j] - m
			}
		}
	}}.run(a.Rows, 2*a.Cols)
}

// colMeans writes the mean of every column of a to mean. The rows of large
// matrices are summed in so many parts, whatever the number of threads is.
func colMeans(mean []float64, a Mat) {
	const parts = 8
	if a.Rows*a.Cols < worthSharing || a.Rows < parts {
		sumRows(mean, a, 0, a.Rows)
	} else {
		p := freePasses.Get().(*pass)
		if len(p.sums) < parts*a.Cols {
			p.sums = make([]float64, parts*a.Cols)
		}
		p.a = a
		p.do = func(p *pass, from, to int) {
			for i := from; i < to; i++ {
				sumRows(p.sums[i*p.a.Cols:(i+1)*p.a.Cols], p.a, i*p.a.Rows/parts, (i+1)*p.a.Rows/parts)
			}
		}
		Share(parts, a.Rows*a.Cols/parts, p.ranges)
		sumRows(mean, Mat{parts, a.Cols, p.sums}, 0, parts)
		p.a = Mat{}
		freePasses.Put(p)
	}
	for j := range mean {
		mean[j] /= float64(a.Rows)
	}
}

// sumRows writes the sum of rows [from, to) of a to sum.
func sumRows(sum []float64, a Mat, from, to int) {
	clear(sum)
	for i := from; i < to; i++ {
		row := a.row(i)
		if len(row) >= shortRow {
			floats.Add(sum, row)
			continue
		}
		for j, v := range row {
			sum[j] += v
		}
	}
}

// shortRow is the length of a row from which a call of a vector routine pays.
const shortRow = 8
