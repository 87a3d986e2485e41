package report

import (
	"fmt"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// raised are the superscripts that Liberation Sans is without, and what stands for them, small
// and high.
var raised = map[rune]rune{'⁻': '−', '⁰': '0'}

// outline gives the parts of the outlines of a text's glyphs in turn, each with its points, from
// the beginning of the baseline upwards, in shares of the font's size.
func outline(f *sfnt.Font, text string, part func(op sfnt.SegmentOp, points [3][2]float64)) {
	var b sfnt.Buffer
	em := fixed.Int26_6(f.UnitsPerEm()) // so that all is in the font's own units
	var previous sfnt.GlyphIndex
	along := 0.0
	for i, r := range []rune(text) {
		scale, up := 1/float64(em), 0.0
		if plain, ok := raised[r]; ok {
			r, scale, up = plain, 0.6*scale, 0.3
		}
		glyph, err := f.GlyphIndex(&b, r)
		if err != nil {
			panic(fmt.Sprintf("report: glyph of %q: %v", r, err)) // the font is part of the program
		}
		if i > 0 {
			if kern, err := f.Kern(&b, previous, glyph, em, 0); err == nil {
				along += float64(kern) * scale
			}
		}
		segments, err := f.LoadGlyph(&b, glyph, em, nil)
		if err != nil {
			panic(fmt.Sprintf("report: outline of %q: %v", r, err))
		}
		for _, s := range segments {
			var points [3][2]float64
			for k, p := range s.Args {
				points[k] = [2]float64{along + float64(p.X)*scale, up - float64(p.Y)*scale}
			}
			part(s.Op, points)
		}
		advance, err := f.GlyphAdvance(&b, glyph, em, 0)
		if err != nil {
			panic(fmt.Sprintf("report: width of %q: %v", r, err))
		}
		along += float64(advance) * scale
		previous = glyph
	}
}
