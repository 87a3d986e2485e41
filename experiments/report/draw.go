package report

import (
	"bytes"
	"fmt"
	"html"
	"image"
	"image/color"
	"image/gif"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgpdf"
	"gonum.org/v1/plot/vg/vgsvg"
)

func init() { // without these, no two PDFs of one figure would be the same
	fpdf.SetDefaultCreationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultModificationDate(time.Unix(0, 0).UTC())
	fpdf.SetDefaultCatalogSort(true)
}

// gifPalette has the palette's colours at several strengths, and greys.
var gifPalette = func() (p color.Palette) {
	for _, c := range palette {
		for _, share := range []float64{1, 0.75, 0.5, 0.25} {
			p = append(p, blend(c, share))
		}
	}
	for v := 0; v <= 255; v += 15 {
		p = append(p, color.NRGBA{uint8(v), uint8(v), uint8(v), 255})
	}
	return p
}()

const (
	fontSize   = 8.5
	rowHeight  = 13.0 // of the legend
	sampleLong = 20.0 // of a line in the legend
)

// image draws the figure in pixels.
func (f *Figure) image(dpi int) image.Image {
	w, h, draw := f.compose()
	c := vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(dpi))
	draw(outlined{c})
	return c.Image()
}

// Draw returns the figure as a file in the format png, svg or pdf.
func (f *Figure) Draw(format string) ([]byte, error) {
	w, h, draw := f.compose()
	var c interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch format {
	case "png":
		c = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(w, h), vgimg.UseDPI(200))}
	case "svg":
		c = vgsvg.New(w, h)
	case "pdf":
		c = vgpdf.New(w, h)
	default:
		return nil, fmt.Errorf("no format %q", format)
	}
	var b bytes.Buffer
	if format == "svg" { // whose texts stay texts
		draw(c)
		_, err := c.WriteTo(&b)
		return fitted(b.Bytes()), err
	}
	draw(outlined{c})
	_, err := c.WriteTo(&b)
	return b.Bytes(), err
}

// outlined is a canvas whose texts are the outlines of their glyphs. PDFs of vgpdf have no
// letters beyond those of code page 1252, and take texts byte by byte, so that R² is RÂ²; and
// the font has not all that exponents need.
type outlined struct{ vg.CanvasSizer }

// FillString implements vg.Canvas.
func (o outlined) FillString(f font.Face, at vg.Point, text string) {
	var path vg.Path
	outline(f.Face, text, func(op sfnt.SegmentOp, points [3][2]float64) {
		var to [3]vg.Point
		for i, p := range points {
			to[i] = vg.Point{X: at.X + f.Font.Size*vg.Length(p[0]), Y: at.Y + f.Font.Size*vg.Length(p[1])}
		}
		switch op {
		case sfnt.SegmentOpMoveTo:
			if len(path) > 0 {
				path.Close()
			}
			path.Move(to[0])
		case sfnt.SegmentOpLineTo:
			path.Line(to[0])
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(to[0], to[1])
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(to[0], to[1], to[2])
		}
	})
	if len(path) > 0 {
		path.Close()
		o.Fill(path)
	}
}

// svgText is a text of an SVG file as gonum's plot writes it: before its font, the font with its
// size, and the text.
var svgText = regexp.MustCompile(`(<text[^>]*?)\n\tstyle="font-family:Liberation Sans(;[^"]*font-size:([0-9.]+)px)">([^<]*)</text>`)

// fitted are texts of an SVG file that have the width they were laid out with where
// there is no Liberation Sans.
func fitted(svg []byte) []byte {
	return svgText.ReplaceAllFunc(svg, func(found []byte) []byte {
		part := svgText.FindSubmatch(found)
		size, err := strconv.ParseFloat(string(part[3]), 64)
		said := html.UnescapeString(string(part[4]))
		if err != nil || said == "" {
			return found
		}
		width := textStyle(size, text.XLeft, text.YTop).Width(said)
		return fmt.Appendf(nil, "%s\n\ttextLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\"\n\tstyle=\"font-family:Liberation Sans,Arial,Helvetica,sans-serif%s\">%s</text>", part[1], width, part[2], part[4])
	})
}

// compose returns the figure's size, and what draws it.
func (f *Figure) compose() (w, h vg.Length, onto func(vg.CanvasSizer)) {
	rows, cols := f.grid()
	pw, ph := f.size()
	width := float64(cols) * pw
	keys := f.layoutLegend(width)
	legendHeight, titleHeight := 0.0, 0.0
	if n := len(keys); n > 0 {
		legendHeight = rowHeight*float64(keys[n-1].row+1) + 8
	}
	if f.Title != "" {
		titleHeight = 16
	}
	w, h = vg.Length(width), vg.Length(float64(rows)*ph+legendHeight+titleHeight)
	return w, h, func(c vg.CanvasSizer) { f.draw(draw.New(c), rows, cols, legendHeight, keys) }
}

func (f *Figure) draw(dc draw.Canvas, rows, cols int, legendHeight float64, keys []legendKey) {
	dc.SetColor(color.White)
	dc.Fill(dc.Rectangle.Path())
	grid := make([][]*plot.Plot, rows)
	for r := range grid {
		grid[r] = make([]*plot.Plot, cols)
		for c := range grid[r] {
			if i := r*cols + c; i < len(f.Panels) {
				grid[r][c] = f.Panels[i].plot()
			}
		}
	}
	area := draw.Crop(dc, 4, -8, vg.Length(legendHeight)+2, -3)
	if f.Title != "" {
		title := textStyle(fontSize+1.5, text.XLeft, text.YTop)
		dc.FillText(title, vg.Point{X: dc.Min.X + 8, Y: dc.Max.Y - 3}, Plain(f.Title))
		area = draw.Crop(area, 0, 0, 0, -14)
	}
	tiles := draw.Tiles{Rows: rows, Cols: cols, PadX: 8, PadY: 8}
	for r, canvases := range plot.Align(grid, tiles, area) {
		for c, canvas := range canvases {
			if grid[r][c] != nil {
				grid[r][c].Draw(canvas)
			}
		}
	}
	style := textStyle(fontSize, text.XLeft, text.YCenter)
	for _, k := range keys {
		y := dc.Min.Y + vg.Length(legendHeight-4-rowHeight*(float64(k.row)+0.5))
		x := dc.Min.X + vg.Length(k.x)
		sample := draw.Canvas{Canvas: dc.Canvas, Rectangle: vg.Rectangle{Min: vg.Point{X: x, Y: y - 4}, Max: vg.Point{X: x + sampleLong, Y: y + 4}}}
		k.mark.sample(sample)
		dc.FillText(style, vg.Point{X: x + sampleLong + 4, Y: y}, k.mark.Label)
	}
}

// A legendKey is a mark with its place in the legend.
type legendKey struct {
	mark Mark
	x    float64
	row  int
}

// layoutLegend sets the legend's keys in rows of the figure's width.
func (f *Figure) layoutLegend(width float64) (keys []legendKey) {
	x, row := 8.0, 0
	style := textStyle(fontSize, text.XLeft, text.YCenter)
	for _, m := range f.Legend {
		if m.Label == "" {
			continue
		}
		m.Label = Plain(m.Label)
		w := sampleLong + 4 + float64(style.Width(m.Label)) + 14
		if x+w > width && x > 8 {
			x, row = 8, row+1
		}
		keys = append(keys, legendKey{m, x, row})
		x += w
	}
	return keys
}

func textStyle(size float64, x text.XAlignment, y text.YAlignment) text.Style {
	return text.Style{
		Color: color.Black, Font: font.From(font.Font{Typeface: "Liberation", Variant: "Sans"}, vg.Points(size)),
		XAlign: x, YAlign: y, Handler: plot.DefaultTextHandler,
	}
}

// abreast is how many letters the labels of an axis have room for beside each other; more are
// turned.
const abreast = 45

// plot makes the panel a plot in the house style.
func (p Panel) plot() *plot.Plot {
	pl := plot.New()
	pl.BackgroundColor = nil
	pl.Title.Text = Plain(p.Title)
	pl.Title.TextStyle = textStyle(fontSize+0.5, text.XCenter, text.YTop)
	pl.Title.Padding = 6
	xr, yr := p.ranges()
	for _, a := range []struct {
		axis  *plot.Axis
		label string
		r     [2]float64
	}{{&pl.X, p.X, xr}, {&pl.Y, p.Y, yr}} {
		a.axis.Label.Text = Plain(a.label)
		turned := a.axis.Label.TextStyle
		a.axis.Label.TextStyle = textStyle(fontSize, turned.XAlign, turned.YAlign)
		a.axis.Label.TextStyle.Rotation = turned.Rotation
		a.axis.Label.Padding = 2
		turned = a.axis.Tick.Label
		a.axis.Tick.Label = textStyle(fontSize-1, turned.XAlign, turned.YAlign)
		a.axis.Min, a.axis.Max = a.r[0], a.r[1]
		a.axis.Padding = 3
		a.axis.LineStyle.Width = 0.6
		a.axis.Tick.LineStyle.Width = 0.6
		a.axis.Tick.Length = 3
		a.axis.Tick.Marker = plot.TickerFunc(ticks)
	}
	for _, a := range []struct {
		axis  *plot.Axis
		log   bool
		ticks []Tick
	}{{&pl.X, p.LogX, p.XTicks}, {&pl.Y, p.LogY, p.YTicks}} {
		if a.log {
			ends := onAxis(true, []float64{a.axis.Min, a.axis.Max})
			a.axis.Min, a.axis.Max = ends[0], ends[1]
			a.axis.Tick.Marker = plot.TickerFunc(exponentTicks)
		}
		if a.ticks != nil {
			marks, longest := make([]plot.Tick, len(a.ticks)), 0
			for i, t := range a.ticks {
				marks[i] = plot.Tick{Value: onAxis(a.log, []float64{t.At})[0], Label: t.Label}
				for _, line := range strings.Split(t.Label, "\n") {
					longest = max(longest, utf8.RuneCountInString(line))
				}
			}
			a.axis.Tick.Marker = plot.ConstantTicks(marks)
			if a.axis == &pl.X && longest*len(marks) > abreast {
				a.axis.Tick.Label.Rotation, a.axis.Tick.Label.XAlign, a.axis.Tick.Label.YAlign = math.Pi/5, text.XRight, text.YTop
			}
		}
	}
	if p.NoAxes {
		pl.HideAxes()
	}
	for _, b := range p.Bands {
		b.X, b.Low, b.High = onAxis(p.LogX, b.X), onAxis(p.LogY, b.Low), onAxis(p.LogY, b.High)
		pl.Add(band{b})
	}
	for _, faint := range []bool{true, false} { // pale lines behind
		for _, l := range p.Lines {
			if l.Style.pale() == faint {
				l.X, l.Y = onAxis(p.LogX, l.X), onAxis(p.LogY, l.Y)
				pl.Add(curve{l})
			}
		}
	}
	return pl
}

// onAxis returns values as they lie on an axis: of a logarithmic one their
// exponents of ten, NaN for what it has no place for. (Plot's own logarithmic scale
// takes an axis's label to be where the arithmetic middle is, and leaves it room
// beyond the end.)
func onAxis(log bool, values []float64) []float64 {
	if !log {
		return values
	}
	exponents := make([]float64, len(values))
	for i, v := range values {
		exponents[i] = math.NaN()
		if v > 0 {
			exponents[i] = math.Log10(v)
		}
	}
	return exponents
}

// exponentTicks is logTicks on an axis of exponents.
func exponentTicks(low, high float64) []plot.Tick {
	marks := logTicks(math.Pow(10, low), math.Pow(10, high))
	for i, m := range marks {
		marks[i].Value = math.Min(high, math.Max(low, math.Log10(m.Value)))
	}
	return marks
}

// ticks returns round places, four to seven, labelled without needless digits.
func ticks(low, high float64) (marks []plot.Tick) {
	span := high - low
	step := math.Pow(10, math.Floor(math.Log10(span/2.5)))
	for _, m := range []float64{1, 2, 5, 10} {
		if span/(step*m) <= 6 {
			step *= m
			break
		}
	}
	for i := math.Ceil(low/step - 1e-9); i*step <= high+1e-9*span; i++ {
		v := i*step + 0 // 0 without a sign
		marks = append(marks, plot.Tick{Value: v, Label: Significant(v, 6)})
	}
	return marks
}

// logTicks returns the powers of ten, at most five of them labelled, with the
// nines between; over less than a decade 1, 2 and 5 are labelled. All labels of an axis are
// decimals, or all are powers.
func logTicks(low, high float64) (marks []plot.Tick) {
	first, last := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
	inside := math.Floor(math.Log10(high)+1e-9) - math.Ceil(math.Log10(low)-1e-9) + 1
	stride := max(1, int(math.Ceil(inside/5)))
	var labelled []int // of marks
	for e := first; e <= last; e++ {
		for m := 1.0; m < 10; m++ {
			v := m * math.Pow(10, e)
			if v < low*(1-1e-9) || v > high*(1+1e-9) {
				continue
			}
			if m == 1 && int(e)%stride == 0 || inside < 2 && (m == 2 || m == 5) {
				labelled = append(labelled, len(marks))
			}
			marks = append(marks, plot.Tick{Value: v})
		}
	}
	if len(labelled) == 0 {
		return marks
	}
	decimals := marks[labelled[0]].Value > 0.999e-3 && marks[labelled[len(labelled)-1]].Value < 1.001e4
	for _, i := range labelled {
		e := int(math.Floor(math.Log10(marks[i].Value) + 1e-9))
		m := math.Round(marks[i].Value / math.Pow(10, float64(e)))
		switch {
		case decimals:
			marks[i].Label = Significant(marks[i].Value, 6)
		case m == 1:
			marks[i].Label = Power(e)
		default:
			marks[i].Label = fmt.Sprintf("%g·%s", m, Power(e))
		}
	}
	return marks
}

func (m Mark) lineStyle() draw.LineStyle {
	s := draw.LineStyle{Color: m.colour(), Width: 1.2}
	switch m.Style {
	case Dashed:
		s.Dashes = []vg.Length{4, 3}
		s.Width = 0.9
	case Dotted:
		s.Dashes = []vg.Length{1, 2}
		s.Width = 0.9
	case Vertical:
		s.Dashes = []vg.Length{5, 2, 1, 2}
		s.Width = 0.8
	case Faint, Overlay:
		c := m.colour()
		s.Color = blend(c, 0.35)
		s.Width = 3.2
	}
	return s
}

// blend mixes c with white, so that it needs no transparency.
func blend(c color.NRGBA, share float64) color.NRGBA {
	mix := func(v uint8) uint8 { return uint8(math.Round(float64(v)*share + 255*(1-share))) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 255}
}

// sample draws the mark in the legend.
func (m Mark) sample(c draw.Canvas) {
	mid := (c.Min.Y + c.Max.Y) / 2
	switch m.Style {
	case Shade:
		c.SetColor(blend(m.colour(), 0.22))
		c.Fill(c.Rectangle.Path())
	case Points, OpenPoints:
		m.point(c, vg.Point{X: (c.Min.X + c.Max.X) / 2, Y: mid})
	default:
		c.StrokeLines(m.lineStyle(), []vg.Point{{X: c.Min.X, Y: mid}, {X: c.Max.X, Y: mid}})
	}
}

func (m Mark) point(c draw.Canvas, at vg.Point) {
	if m.Style == OpenPoints {
		c.DrawGlyph(draw.GlyphStyle{Color: m.colour(), Radius: 2.4, Shape: draw.RingGlyph{}}, at)
		return
	}
	c.DrawGlyph(draw.GlyphStyle{Color: m.colour(), Radius: 2.2, Shape: draw.CircleGlyph{}}, at)
}

// curve draws a Line on a plot; what leaves the axes is clipped.
type curve struct{ Line }

func (l curve) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	if l.Style == Vertical {
		for _, x := range l.X {
			if x >= p.X.Min && x <= p.X.Max {
				c.StrokeLines(l.lineStyle(), []vg.Point{{X: tx(x), Y: c.Min.Y}, {X: tx(x), Y: c.Max.Y}})
			}
		}
		return
	}
	var run []vg.Point
	flush := func() {
		if len(run) > 1 {
			c.StrokeLines(l.lineStyle(), c.ClipLinesXY(thinned(run, 0.03))...)
		}
		run = run[:0:0]
	}
	for i, x := range l.X {
		y := l.Y[i]
		if !finite(x) || !finite(y) {
			flush()
			continue
		}
		at := vg.Point{X: tx(x), Y: ty(y)}
		switch l.Style {
		case Points, OpenPoints:
			if c.Contains(at) {
				l.point(c, at)
			}
		default:
			run = append(run, at)
		}
	}
	flush()
}

// thinned leaves out points of a path that lie within a distance of the lines between those
// that stay, by the rule of Douglas & Peucker 1973: files are a fraction as large, and look
// the same.
func thinned(path []vg.Point, within vg.Length) []vg.Point {
	if len(path) < 3 {
		return path
	}
	from, to := path[0], path[len(path)-1]
	along := to.Sub(from)
	long := vg.Length(math.Hypot(float64(along.X), float64(along.Y)))
	at, most := 0, within
	for i, p := range path[1 : len(path)-1] {
		d := p.Sub(from)
		off := vg.Length(math.Hypot(float64(d.X), float64(d.Y)))
		if t := (d.X*along.X + d.Y*along.Y) / max(long, 1e-9); t >= 0 && t <= long && long > 0 { // else it turns back
			off = vg.Length(math.Abs(float64(d.X*along.Y-d.Y*along.X))) / long
		}
		if off > most {
			at, most = i+1, off
		}
	}
	if at == 0 {
		return []vg.Point{from, to}
	}
	return append(thinned(path[:at+1], within), thinned(path[at:], within)[1:]...)
}

// band draws a Band on a plot.
type band struct{ Band }

func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	tx, ty := p.Transforms(&c)
	var outline []vg.Point
	corner := func(x, y float64) {
		if finite(x) && finite(y) {
			outline = append(outline, vg.Point{X: tx(x), Y: ty(y)})
		}
	}
	for i, x := range b.X {
		corner(x, b.High[i])
	}
	for i := len(b.X) - 1; i >= 0; i-- {
		corner(b.X[i], b.Low[i])
	}
	if len(outline) > 2 {
		fill := b.colour()
		if b.Style != Solid {
			fill = blend(fill, 0.22)
		}
		c.FillPolygon(fill, c.ClipPolygonXY(outline))
	}
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// paletted is an image in the nearest colours of gifPalette. A figure has few colours,
// and each is looked up once.
func paletted(img image.Image, nearest map[color.Color]uint8) *image.Paletted {
	b := img.Bounds()
	p := image.NewPaletted(b, gifPalette)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			c := img.At(x, y)
			i, known := nearest[c]
			if !known {
				i = uint8(gifPalette.Index(c))
				nearest[c] = i
			}
			p.Pix[p.PixOffset(x, y)] = i
		}
	}
	return p
}

// Encode returns the animation as a file; its last frame stays two seconds.
func (a *Animation) Encode() ([]byte, error) {
	var g gif.GIF
	nearest := map[color.Color]uint8{}
	dpi := 80 // or what makes it 800 pixels wide
	if len(a.Frames) > 0 {
		w, _, _ := a.Frames[0].compose()
		dpi = max(dpi, int(math.Ceil(800*72/float64(w))))
	}
	for i, f := range a.Frames {
		delay := 8 // hundredths of a second
		if i == len(a.Frames)-1 {
			delay = 200
		}
		g.Image, g.Delay = append(g.Image, paletted(f.image(dpi), nearest)), append(g.Delay, delay)
	}
	var b bytes.Buffer
	err := gif.EncodeAll(&b, &g)
	return b.Bytes(), err
}
