package report

import (
	"image/color"
	"math"
)

// A Figure is a grid of panels over one legend, ready to draw. Panels of a column
// share their width, panels of a row their height.
type Figure struct {
	Name    string // of its files
	Title   string // over all panels, "" for none
	Caption string // what is seen, in words
	Dataset string // that it is of, as Forming has it; "" if of several
	Columns int    // panels a row: at most three, that their text is read
	Panels  []Panel
	// Width and Height of a panel with its labels, in points; 0 means 200 × 160.
	Width, Height float64
	// Legend explains what panels draw, in order; an empty label is skipped.
	Legend []Mark
	// CSV is the name of the table of the report, without .csv, that has its numbers; ""
	// where none has.
	CSV string
}

// A Panel is one pair of axes.
type Panel struct {
	Title, X, Y    string
	XRange, YRange [2]float64 // equal ends: from what is drawn
	Score          Score      // what x is
	LogX           bool
	LogY           bool
	XTicks, YTicks []Tick // nil: chosen from the range
	NoAxes         bool   // pictures rather than plots, of one scale in both directions
	Bands          []Band
	Lines          []Line
}

// A Score says of an axis that it is a score that ends at 1, of which the page can show
// other scales: its angle, −log(1 − s).
type Score int

const (
	NoScore     Score = iota
	CosineScore       // or any that is no angle
	AngleScore        // 1 − (2/π) arccos of another
)

// A Mark is how a line looks, and its label in the legend.
type Mark struct {
	Label  string
	Colour Colour
	Style  Style
}

// NewMark returns a mark; without a label the legend leaves it out.
func NewMark(label string, c Colour, s Style) Mark { return Mark{label, c, s} }

// A Colour is one of the palette, by its number, or one that Graded returns.
type Colour int

// A Style of line.
type Style int

const (
	Solid Style = iota
	Dashed
	Dotted
	Points     // filled circles, not joined
	OpenPoints // circles, not joined
	Faint      // a wide, pale line behind the others
	Shade      // of a band
	Vertical   // a vertical dash-dot line
	Overlay    // as Faint, of what others published: the page draws it when asked
)

// pale is whether lines of the style lie behind the others.
func (s Style) pale() bool { return s == Faint || s == Overlay }

// A Line is one curve; Vertical lines are drawn at each of X over the height of
// the panel.
type Line struct {
	Mark
	X, Y []float64
}

// NewLine returns the curve of y against x.
func NewLine(m Mark, x, y []float64) Line { return Line{m, x, y} }

// A Band is an area between two curves: pale, or, of style Solid, in its full colour.
type Band struct {
	Mark
	X, Low, High []float64
}

// NewBand returns the band between low and high against x.
func NewBand(m Mark, x, low, high []float64) Band { return Band{m, x, low, high} }

// A Tick is a labelled place on an axis.
type Tick struct {
	At    float64
	Label string
}

// NewTick returns the tick at a place on an axis.
func NewTick(at float64, label string) Tick { return Tick{at, label} }

// palette is that of Okabe & Ito 2008, which colour-blind readers tell apart, and
// after the neutral colours six of Paul Tol's muted scheme, for what is more than six.
var palette = []color.NRGBA{
	{0, 114, 178, 255},
	{213, 94, 0, 255},
	{0, 158, 115, 255},
	{204, 121, 167, 255},
	{230, 159, 0, 255},
	{86, 180, 233, 255},
	{0, 0, 0, 255},
	{120, 120, 120, 255},
	{136, 34, 85, 255},
	{153, 153, 51, 255},
	{51, 34, 136, 255},
	{17, 119, 51, 255},
	{221, 204, 119, 255},
	{170, 68, 153, 255},
}

// Hues is how many colours of the palette are not neutral.
const Hues = 12

// Hue is the palette's i-th colour that is not neutral.
func Hue(i int) Colour {
	c := Colour(i % Hues)
	if c < Black {
		return c
	}
	return c + 2
}

// Black and Grey are the palette's neutral colours.
const (
	Black Colour = 6
	Grey  Colour = 7
)

func (f *Figure) grid() (rows, cols int) {
	cols = max(1, min(f.Columns, len(f.Panels)))
	if len(f.Panels) > 0 && !f.Panels[0].NoAxes {
		cols = min(cols, 3)
	}
	return (len(f.Panels) + cols - 1) / cols, cols
}

// size returns a panel's width and height, in points.
func (f *Figure) size() (width, height float64) {
	width, height = f.Width, f.Height
	if width == 0 {
		width = 200
	}
	if height == 0 {
		height = 160
	}
	return width, height
}

// ranges returns those given, or else what holds all that is drawn.
func (p Panel) ranges() (x, y [2]float64) {
	x, y = p.XRange, p.YRange
	hold := func(r *[2]float64, given bool, vs []float64) {
		for _, v := range vs {
			if !given && finite(v) {
				r[0], r[1] = math.Min(r[0], v), math.Max(r[1], v)
			}
		}
	}
	givenX, givenY := x[0] != x[1], y[0] != y[1]
	if !givenX {
		x = [2]float64{math.Inf(1), math.Inf(-1)}
	}
	if !givenY {
		y = [2]float64{math.Inf(1), math.Inf(-1)}
	}
	for _, l := range p.Lines {
		hold(&x, givenX, l.X)
		if l.Style != Vertical {
			hold(&y, givenY, l.Y)
		}
	}
	for _, b := range p.Bands {
		hold(&x, givenX, b.X)
		hold(&y, givenY, b.Low)
		hold(&y, givenY, b.High)
	}
	if !givenY && y[0] < y[1] && !p.LogY { // room for points at the ends
		room := 0.04 * (y[1] - y[0])
		y = [2]float64{y[0] - room, y[1] + room}
	}
	for _, r := range []*[2]float64{&x, &y} {
		switch {
		case r[0] > r[1]:
			*r = [2]float64{0, 1}
		case r[0] == r[1]:
			*r = [2]float64{r[0] - 0.5, r[1] + 0.5}
		}
	}
	return x, y
}

func (m Mark) colour() color.NRGBA {
	if m.Colour >= graded {
		return gradedColour(float64(m.Colour-graded) / gradedSteps)
	}
	return palette[int(m.Colour)%len(palette)]
}

// Graded returns the colour for a quantity at f of its range, 0 to 1: from dark to
// light, in the order that colour-blind readers and grey prints keep.
func Graded(f float64) Colour {
	return graded + Colour(math.Round(math.Min(1, math.Max(0, f))*gradedSteps))
}

const (
	graded      = 1000 // colours from here on are graded
	gradedSteps = 256
)

// gradedColour is viridis, the map of van der Walt & Smith 2015, up to where it is
// too pale on white, by its values at every eighth.
func gradedColour(f float64) color.NRGBA {
	anchors := [][3]float64{
		{68, 1, 84},
		{72, 36, 117},
		{65, 68, 135},
		{53, 95, 141},
		{42, 120, 142},
		{33, 145, 140},
		{34, 168, 132},
		{68, 191, 112},
		{122, 209, 81},
	}
	at := f * float64(len(anchors)-1)
	i := min(int(at), len(anchors)-2)
	t := at - float64(i)
	mix := func(k int) uint8 { return uint8(math.Round(anchors[i][k]*(1-t) + anchors[i+1][k]*t)) }
	return color.NRGBA{mix(0), mix(1), mix(2), 255}
}

// Lowest is the lowest value of lines.
func Lowest(lines []Line) float64 {
	low := math.Inf(1)
	for _, l := range lines {
		for _, v := range l.Y {
			low = math.Min(low, v)
		}
	}
	return low
}

// An Animation is a row of figures of one size, as a GIF.
type Animation struct {
	Name   string // of its file
	Frames []*Figure
}
