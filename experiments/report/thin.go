package report

import (
	"math"
	"slices"
)

// thinned is the figure as a page shows it: of long curves on axes that stay as they are, the
// points that half a thousandth of the panel tells from straight lines between the others.
// Files have all points.
func (f *Figure) thinned() *Figure {
	const long, tolerance = 100, 5e-4
	g := *f
	g.Panels = append([]Panel(nil), f.Panels...)
	for i, p := range g.Panels {
		if p.Score != NoScore {
			continue
		}
		xr, yr := p.ranges()
		across, up := onAxis(p.LogX, xr[:]), onAxis(p.LogY, yr[:])
		lines := append([]Line(nil), p.Lines...)
		for k, l := range lines {
			curve := l.Style == Solid || l.Style == Dashed || l.Style == Dotted || l.Style.pale()
			x, y := slices.Clone(onAxis(p.LogX, l.X)), slices.Clone(onAxis(p.LogY, l.Y))
			if !curve || len(x) <= long || !allFinite(x) || !allFinite(y) {
				continue
			}
			for j := range x {
				x[j], y[j] = (x[j]-across[0])/(across[1]-across[0]), (y[j]-up[0])/(up[1]-up[0])
			}
			lines[k].X, lines[k].Y = nil, nil
			for _, j := range corners(x, y, tolerance) {
				lines[k].X, lines[k].Y = append(lines[k].X, l.X[j]), append(lines[k].Y, l.Y[j])
			}
		}
		g.Panels[i].Lines = lines
		g.Panels[i].XRange, g.Panels[i].YRange = xr, yr
	}
	return &g
}

// corners are the places of a curve that the others are no further from than tolerance, by
// Douglas & Peucker 1973.
func corners(x, y []float64, tolerance float64) []int {
	var between func(i, j int) []int
	between = func(i, j int) []int {
		at, most := 0, tolerance
		dx, dy := x[j]-x[i], y[j]-y[i]
		length := math.Hypot(dx, dy)
		for k := i + 1; k < j; k++ {
			off := math.Hypot(x[k]-x[i], y[k]-y[i])
			if length > 0 {
				off = math.Abs(dx*(y[k]-y[i])-dy*(x[k]-x[i])) / length
			}
			if off > most {
				at, most = k, off
			}
		}
		if at == 0 {
			return nil
		}
		return append(append(between(i, at), at), between(at, j)...)
	}
	last := len(x) - 1
	return append(append([]int{0}, between(0, last)...), last)
}

func allFinite(values []float64) bool {
	for _, v := range values {
		if !finite(v) {
			return false
		}
	}
	return true
}
