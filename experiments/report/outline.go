package report

import (
	"fmt"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// outlined is a canvas whose texts are the outlines of their glyphs. PDFs of vgpdf have no
// letters beyond those of code page 1252, and take texts byte by byte, so that R² is RÂ²; and
// the font has not all that exponents need.
type outlined struct{ vg.CanvasSizer }

// FillString implements vg.Canvas.
func (o outlined) FillString(f font.Face, at vg.Point, text string) {
	if path := outline(f, at, text); len(path) > 0 {
		o.Fill(path)
	}
}

// raised are the superscripts that Liberation Sans is without, and what stands for them, small
// and high.
var raised = map[rune]rune{'⁻': '−', '⁰': '0'}

// outline is the outline of a text that begins at a point of its baseline.
func outline(f font.Face, at vg.Point, text string) (path vg.Path) {
	var b sfnt.Buffer
	em := fixed.Int26_6(f.Face.UnitsPerEm()) // so that all is in the font's own units
	var previous sfnt.GlyphIndex
	for i, r := range []rune(text) {
		scale, up := f.Font.Size/vg.Length(em), vg.Length(0)
		if plain, ok := raised[r]; ok {
			r, scale, up = plain, 0.6*scale, 0.3*f.Font.Size
		}
		glyph, err := f.Face.GlyphIndex(&b, r)
		if err != nil {
			panic(fmt.Sprintf("report: glyph of %q: %v", r, err)) // the font is part of the program
		}
		if i > 0 {
			if kern, err := f.Face.Kern(&b, previous, glyph, em, 0); err == nil {
				at.X += vg.Length(kern) * scale
			}
		}
		segments, err := f.Face.LoadGlyph(&b, glyph, em, nil)
		if err != nil {
			panic(fmt.Sprintf("report: outline of %q: %v", r, err))
		}
		to := func(p fixed.Point26_6) vg.Point {
			return vg.Point{X: at.X + vg.Length(p.X)*scale, Y: at.Y + up - vg.Length(p.Y)*scale}
		}
		for k, s := range segments {
			switch s.Op {
			case sfnt.SegmentOpMoveTo:
				if k > 0 {
					path.Close()
				}
				path.Move(to(s.Args[0]))
			case sfnt.SegmentOpLineTo:
				path.Line(to(s.Args[0]))
			case sfnt.SegmentOpQuadTo:
				path.QuadTo(to(s.Args[0]), to(s.Args[1]))
			case sfnt.SegmentOpCubeTo:
				path.CubeTo(to(s.Args[0]), to(s.Args[1]), to(s.Args[2]))
			}
		}
		if len(segments) > 0 {
			path.Close()
		}
		advance, err := f.Face.GlyphAdvance(&b, glyph, em, 0)
		if err != nil {
			panic(fmt.Sprintf("report: width of %q: %v", r, err))
		}
		at.X += vg.Length(advance) * scale
		previous = glyph
	}
	return path
}
