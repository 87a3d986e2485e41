package report

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/image/font/sfnt"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
)

// A figure has the same bytes whenever it is drawn.
func TestFigureBytes(t *testing.T) {
	f := &Figure{Name: "f", Panels: []Panel{{Title: "t", X: "x", Y: "y", XRange: [2]float64{0, 1}, YRange: [2]float64{0, 1}}}}
	for _, format := range []string{"png", "svg", "pdf"} {
		b, err := f.Draw(format)
		require.NoError(t, err)
		if format == "pdf" {
			require.Contains(t, string(b), "/CreationDate (D:19700101000000)")
			require.Contains(t, string(b), "/ModDate (D:19700101000000)")
		}
		again, err := f.Draw(format)
		require.NoError(t, err)
		require.Equal(t, b, again, format)
	}
}

// A PDF says what a PNG says, letters beyond code page 1252 included: texts are drawn as
// outlines, as wide as they were laid out, each of their glyphs where it belongs.
func TestOutline(t *testing.T) {
	f := &Figure{Name: "f", Panels: []Panel{{X: "R² of −λ·10⁻⁷"}}}
	b, err := f.Draw("pdf")
	require.NoError(t, err)
	require.NotContains(t, string(b), "/Font\n")
	require.NotContains(t, string(b), "/FontFile")
	face := font.DefaultCache.Lookup(textStyle(10, text.XLeft, text.YTop).Font, 1)
	ends := func(said string) (parts int, left, right, bottom, top float64) {
		left, bottom = 1000, 1000
		outline(face.Face, said, func(op sfnt.SegmentOp, points [3][2]float64) {
			if op == sfnt.SegmentOpMoveTo {
				parts++
			}
			left, right, bottom, top = min(left, points[0][0]), max(right, points[0][0]), min(bottom, points[0][1]), max(top, points[0][1])
		})
		return parts, left, right, bottom, top
	}
	parts, left, right, bottom, top := ends("−10⁻⁷")
	require.Equal(t, 6, parts, "a stroke, two outlines of a nought, and three more")
	require.InDelta(t, 0, left, 0.1)
	require.LessOrEqual(t, right, float64(face.Width("−10⁻⁷")), "no wider than there is room")
	require.InDelta(t, 0, bottom, 0.02)
	require.Greater(t, top, 0.6, "the exponent is raised")
	_, _, alone, _, _ := ends("1")
	_, _, spaced, _, _ := ends("  1")
	require.InDelta(t, float64(face.Width("  ")), spaced-alone, 1e-6)
}

// Frames of an animation are in the nearest colours, as image/draw finds them.
func TestPaletted(t *testing.T) {
	f := &Figure{Name: "f", Title: "title", Panels: []Panel{{
		XRange: [2]float64{0, 1}, YRange: [2]float64{0, 1},
		Bands: []Band{NewBand(NewMark("", 2, Shade), []float64{0, 1}, []float64{0, 0.2}, []float64{0.4, 0.8})},
		Lines: []Line{NewLine(NewMark("a", 1, Solid), []float64{0, 1}, []float64{0, 1}), NewLine(NewMark("b", Graded(0.3), Points), []float64{0, 0.5}, []float64{0.2, 1})},
	}}}
	img := f.image(80)
	want := image.NewPaletted(img.Bounds(), gifPalette)
	draw.Draw(want, img.Bounds(), img, image.Point{}, draw.Src)
	require.Equal(t, want.Pix, paletted(img, map[color.Color]uint8{}).Pix)
}

func TestFigureLeavesOutInfinities(t *testing.T) {
	inf := math.Inf(-1)
	f := &Figure{Panels: []Panel{{
		LogX:  true,
		Bands: []Band{NewBand(NewMark("", 0, Shade), []float64{0.1, 0.2, 0.3}, []float64{0, inf, 0}, []float64{1, inf, 1})},
		Lines: []Line{NewLine(NewMark("", 0, Solid), []float64{0.1, 0.2, 0.3}, []float64{0.5, inf, 0.5})},
	}}}
	require.NotNil(t, f.image(50))
}

func TestLogTicks(t *testing.T) {
	labels := func(low, high float64) (l []string) {
		for _, m := range logTicks(low, high) {
			if m.Label != "" {
				l = append(l, m.Label)
			}
		}
		return l
	}
	require.Equal(t, []string{"0.01", "0.1", "1"}, labels(0.005, 2))
	require.Equal(t, []string{"0.2", "0.5"}, labels(0.15, 0.6))
	require.Equal(t, []string{"10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "10⁰"}, labels(1e-9, 1), "not decimals beside powers")
	require.Equal(t, []string{"0.001", "0.01", "0.1", "1"}, labels(0.001, 3))
	require.Equal(t, []string{"2·10⁻⁵", "5·10⁻⁵"}, labels(1.5e-5, 6e-5))
}

// A logarithmic axis fills its panel, whatever the length of its label.
func TestLogAxisFillsPanel(t *testing.T) {
	ends := func(log bool) (right, top int) {
		f := &Figure{Panels: []Panel{{
			X: "a name that is as long as the axis", Y: "another as long as that", LogX: log, LogY: log,
			XRange: [2]float64{1e-5, 1}, YRange: [2]float64{1e-5, 1}, Lines: []Line{NewLine(NewMark("", 1, Solid), []float64{1e-5, 1}, []float64{1e-5, 1})},
		}}}
		img := f.image(72)
		top = img.Bounds().Max.Y
		for y := range img.Bounds().Max.Y {
			for x := range img.Bounds().Max.X {
				if r, _, b, _ := img.At(x, y).RGBA(); r > b+20000 {
					right, top = max(right, x), min(top, y)
				}
			}
		}
		return right, top
	}
	right, top := ends(false)
	logRight, logTop := ends(true)
	require.Greater(t, right, 100)
	require.InDelta(t, right, logRight, 6)
	require.InDelta(t, top, logTop, 6)
}

// A thinned path is within its distance of all that it left out, and much shorter where it
// is smooth; corners and ways back stay.
func TestThinned(t *testing.T) {
	var wave []vg.Point
	for i := range 201 {
		wave = append(wave, vg.Point{X: vg.Length(i), Y: vg.Length(50 * math.Sin(float64(i)/40))})
	}
	few := thinned(wave, 0.03)
	require.Less(t, len(few), 100)
	k := 0
	for _, p := range wave {
		for few[k+1].X < p.X {
			k++
		}
		a, b := few[k], few[k+1]
		on := a.Y + (b.Y-a.Y)*(p.X-a.X)/(b.X-a.X)
		require.InDelta(t, float64(on), float64(p.Y), 0.05)
	}
	for _, path := range [][]vg.Point{{{X: 0}, {X: 1, Y: 1}, {X: 2}}, {{X: 0}, {X: 5}, {X: 1}}, {{X: 0}, {X: 5}, {X: 0}}, {{X: 1}}, {{X: 1}, {X: 2}}} {
		require.Equal(t, path, thinned(path, 0.03))
	}
	require.Len(t, thinned([]vg.Point{{X: 0}, {X: 1}, {X: 2}, {X: 3}}, 0.03), 2)
}

// Texts of an SVG file keep their widths in whatever font there is: Liberation Sans', as they
// were laid out.
func TestTextWidths(t *testing.T) {
	f := sample().Figures[0]
	svg, err := f.Draw("svg")
	require.NoError(t, err)
	require.Equal(t, strings.Count(string(svg), "<text"), strings.Count(string(svg), "textLength="))
	require.NotContains(t, string(svg), "font-family:Liberation Sans;")
	width := regexp.MustCompile(`textLength="([0-9.]+)"[^>]*font-size:8.5px">score<`).FindStringSubmatch(string(svg))
	require.Len(t, width, 2)
	require.Equal(t, "20.8", width[1]) // s c o r e: (1024+1024+1139+682+1139)/2048 of 8.5
	page := inline(svg)
	require.Equal(t, strings.Count(page, "<text"), strings.Count(page, "textLength="))
	require.Contains(t, page, "px Liberation Sans,Arial,sans-serif")
}
