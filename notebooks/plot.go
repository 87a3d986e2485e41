package notebooks

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"

	"gorgonia.org/tensor"

	"simgrad/experiments/report"
	"simgrad/graph"
)

// Figures of numbers. Numbers are []float64, []int, or an array, of which a slice is its own
// points and no others. What is none of these, or of two lengths, panics with an error, which
// ends a cell.

// numbers are the values of v, in the order of its rows.
func numbers(v any) []float64 {
	switch v := v.(type) {
	case []float64:
		return v
	case []int:
		of := make([]float64, len(v))
		for i, n := range v {
			of[i] = float64(n)
		}
		return of
	case *tensor.Dense:
		return graph.RowMajor(v)
	case tensor.View: // what Slice returns
		return numbers(v.Materialize())
	}
	panic(fmt.Errorf("notebooks: %T cannot be plotted; give []float64, []int or an array", v))
}

// Line returns a curve for Plot; a nil x counts from 0. Its Style can be set to
// report.Dashed, Points and so on.
func Line(label string, x, y any) report.Line {
	l := report.Line{Mark: report.Mark{Label: label}, Y: numbers(y)}
	if x == nil {
		for i := range l.Y {
			l.X = append(l.X, float64(i))
		}
		return l
	}
	if l.X = numbers(x); len(l.X) != len(l.Y) {
		panic(fmt.Errorf("notebooks: x has %d values and y %d; a curve needs as many of both", len(l.X), len(l.Y)))
	}
	return l
}

// Plot returns a figure of the lines over axes of the labels x and y, each line in a
// colour of its own; or, where these are numbers, of y against x.
func Plot(x, y any, lines ...report.Line) *report.Figure {
	xLabel, words := x.(string)
	yLabel, _ := y.(string)
	if !words {
		lines = append([]report.Line{Line("", x, y)}, lines...)
	}
	f := &report.Figure{Columns: 1, Width: 320, Height: 200, Panels: []report.Panel{{X: xLabel, Y: yLabel}}}
	for i, l := range lines {
		l.Colour = report.Hue(i)
		if l.Label != "" {
			f.Legend = append(f.Legend, l.Mark)
		}
		f.Panels[0].Lines = append(f.Panels[0].Lines, l)
	}
	return f
}

// Scatter returns a figure of points, y against x.
func Scatter(x, y any) *report.Figure {
	l := Line("", x, y)
	l.Style = report.Points
	return Plot("", "", l)
}

// Hist returns a figure of how many values lie in each of √n bins of one width.
func Hist(values any) *report.Figure {
	v := slices.DeleteFunc(slices.Clone(numbers(values)), func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) })
	if len(v) == 0 {
		panic(fmt.Errorf("notebooks: there are no values to count"))
	}
	low, high, bins := slices.Min(v), slices.Max(v), int(math.Ceil(math.Sqrt(float64(len(v)))))
	if low == high {
		low, high, bins = low-.5, high+.5, 1
	}
	counts, width := make([]float64, bins), (high-low)/float64(bins)
	for _, x := range v {
		counts[min(bins-1, int((x-low)/width))]++
	}
	outline := report.Line{X: []float64{low}, Y: []float64{0}}
	for i, n := range counts {
		outline.X = append(outline.X, low+float64(i)*width, low+float64(i+1)*width)
		outline.Y = append(outline.Y, n, n)
	}
	outline.X, outline.Y = append(outline.X, high), append(outline.Y, 0)
	return Plot("value", "number", outline)
}

// Heat returns a picture of a matrix, its first row on top, from white at its least value to
// blue at its greatest; what is not a number is grey. Times × conditions × units are times ·
// conditions rows.
func Heat(matrix *tensor.Dense) View {
	shape, v := matrix.Shape(), numbers(matrix)
	columns := shape[len(shape)-1]
	rows := len(v) / columns
	low, high := math.Inf(1), math.Inf(-1)
	for _, x := range v {
		if !math.IsNaN(x) && !math.IsInf(x, 0) {
			low, high = min(low, x), max(high, x)
		}
	}
	scale := max(1, 480/max(rows, columns)) // pixels a value
	picture := image.NewNRGBA(image.Rect(0, 0, columns*scale, rows*scale))
	for y := range rows * scale {
		for x := range columns * scale {
			c := color.NRGBA{160, 160, 160, 255}
			if of := v[y/scale*columns+x/scale]; !math.IsNaN(of) && !math.IsInf(of, 0) {
				share := 1.
				if high > low {
					share = (of - low) / (high - low)
				}
				c = color.NRGBA{uint8(255 - 255*share), uint8(255 - 141*share), uint8(255 - 77*share), 255}
			}
			picture.Set(x, y, c)
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		panic(fmt.Errorf("notebooks: %w", err))
	}
	return View{Text: fmt.Sprintf("%d × %d values, white %.3g to blue %.3g", rows, columns, low, high), PNG: b.Bytes(), Width: columns * scale}
}

// Page returns the whole page of a report, to be used in the cell; where a front end shows no
// pages, its first figure is seen.
func Page(r *report.Report) (View, error) {
	page, err := r.HTML()
	if err != nil {
		return View{}, err
	}
	v := reportViews(r)[0]
	v.HTML = pageFrame(string(page))
	if len(r.Figures) > 0 {
		if v.PNG, err = r.Figures[0].Draw("png"); err != nil {
			return View{}, err
		}
		v.Width = 800
	}
	return v, nil
}
