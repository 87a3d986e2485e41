package report

import (
	"cmp"
	"math"
	"slices"
)

// Levels are the multiples of spacing from low to high.
func Levels(low, high, spacing float64) (levels []float64) {
	for i := math.Ceil(low / spacing); i*spacing <= high+1e-9; i++ {
		levels = append(levels, i*spacing)
	}
	return levels
}

// MeanCurve is y against x of several starts at equal x, their mean and their range: at
// every multiple of spacing that all pass, and where the last has begun and the first
// ends. Where there would be more than a thousand, for scores have no end, spacing is the
// least power of ten times as wide of which there are not.
func MeanCurve(x, y [][]float64, spacing float64) (l Line, b Band) {
	low, high := math.Inf(-1), math.Inf(1)
	for _, start := range x {
		low, high = math.Max(low, start[0]), math.Min(high, slices.Max(start))
	}
	for (high-low)/spacing > 1000 {
		spacing *= 10
	}
	for _, at := range append(append([]float64{low}, Levels(low, high, spacing)...), high) {
		var values []float64
		for i := range x {
			values = append(values, Crossing(x[i], y[i], at))
		}
		put(&l, &b, at, SpreadOf(values))
	}
	return l, b
}

// put adds what all starts have at x.
func put(l *Line, b *Band, x float64, s Spread) {
	if s.Starts == s.Of {
		l.X, l.Y = append(l.X, x), append(l.Y, s.Mean)
		b.X, b.Low, b.High = append(b.X, x), append(b.Low, s.Low), append(b.High, s.High)
	}
}

// Curves draw a number of a frame against another: a panel for each value of one key, a
// line for each of another, the mean of all rows of one X with their range.
type Curves struct {
	X, Y          string
	Panels, Lines string // keys
	// Each is what every panel begins as: labels of its axes, where they are not X and Y,
	// their ranges and ticks.
	Each Panel
}

// Into puts the panels into f, and the lines into its legend.
func (c Curves) Into(f *Figure, rows *Frame) {
	lines := rows.Values(c.Lines)
	for i, value := range lines {
		f.Legend = append(f.Legend, NewMark(value, Hue(i), Solid))
	}
	for _, panel := range rows.By(c.Panels) {
		p := c.Each
		p.Title = panel.Values(c.Panels)[0]
		if p.X == "" {
			p.X = c.X
		}
		if p.Y == "" {
			p.Y = c.Y
		}
		p.Lines, p.Bands = slices.Clone(p.Lines), slices.Clone(p.Bands)
		for _, line := range panel.By(c.Lines) {
			colour := Hue(slices.Index(lines, line.Values(c.Lines)[0]))
			l, b := Line{Mark: NewMark("", colour, Solid)}, Band{Mark: NewMark("", colour, Shade)}
			at := line.By(c.X)
			slices.SortStableFunc(at, func(v, w *Frame) int { return cmp.Compare(v.Column(c.X)[0], w.Column(c.X)[0]) })
			for _, same := range at {
				put(&l, &b, same.Column(c.X)[0], same.Spread(c.Y))
			}
			p.Lines, p.Bands = append(p.Lines, l), append(p.Bands, b)
		}
		f.Panels = append(f.Panels, p)
	}
}

// A Pivot is a table for reading: a row for each combination of the values of some keys, a
// column for each value of another.
type Pivot struct {
	Caption string
	Rows    []string
	Columns string
	Cell    func(rows *Frame) string // – is where there are no rows
}

// Of is the table of a frame.
func (p Pivot) Of(f *Frame) Table {
	columns := f.Values(p.Columns)
	t := Table{Caption: p.Caption, Header: append(slices.Clone(p.Rows), columns...)}
	var walk func(rows *Frame, keys, row []string)
	walk = func(rows *Frame, keys, row []string) {
		if len(keys) > 0 {
			for _, part := range rows.By(keys[0]) {
				walk(part, keys[1:], append(row[:len(row):len(row)], part.Values(keys[0])[0]))
			}
			return
		}
		for _, value := range columns {
			cell := "–"
			if of := rows.Where(p.Columns, value); len(of.Rows) > 0 {
				cell = p.Cell(of)
			}
			row = append(row, cell)
		}
		t.Rows = append(t.Rows, row)
	}
	walk(f, p.Rows, nil)
	return t
}
