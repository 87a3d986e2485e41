package report

import (
	"math"
	"regexp"
	"strconv"
	"strings"
)

// inline is a figure in SVG as part of a page: without what a page says already, paths of one
// look as one path, and places to a tenth of a point, as steps from the one before.
func inline(svg []byte) string {
	text := string(svg)
	if i := strings.Index(text, "<svg"); i > 0 {
		text = text[i:]
	}
	text = strings.NewReplacer(
		"\n\txmlns=\"http://www.w3.org/2000/svg\"", "",
		"\n\txmlns:xlink=\"http://www.w3.org/1999/xlink\"", "",
		"\n\ttextLength=", " textLength=",
		"\n\tstyle=\"font-family:Liberation Sans,Arial,Helvetica,sans-serif;font-variant:normal;font-weight:normal;font-style:normal;font-size:", ` style="font:`,
		"px\">", "px Liberation Sans,Arial,sans-serif\">",
		"fill:none;stroke:#000000;stroke-width:0.6", "fill:none;stroke:#000;stroke-width:.6",
	).Replace(text)
	var b strings.Builder
	at, style := 0, ""
	end := func() {
		if style != "" {
			b.WriteString(`" style="` + style + "\"/>\n")
		}
		style = ""
	}
	for _, m := range svgPath.FindAllStringSubmatchIndex(text, -1) {
		path, own := text[m[2]:m[3]], text[m[4]:m[5]]
		if m[0] > at || own != style {
			end()
			b.WriteString(text[at:m[0]] + `<path d="`)
			style = own
		}
		steps(&b, path)
		at = m[1]
	}
	end()
	b.WriteString(text[at:])
	return b.String()
}

var (
	svgPath = regexp.MustCompile(`<path d="((?:[MLA][-0-9., e]+|Z)+)" style="([^"]+)" />\n`)
	svgStep = regexp.MustCompile(`Z|[MLA][^MLAZ]*`)
)

// steps writes a path of lines and arcs as steps of tenths.
func steps(b *strings.Builder, path string) {
	var x, y, x0, y0 int
	write := func(command string, tenths ...int) {
		b.WriteString(command)
		for i, v := range tenths {
			if i > 0 && v >= 0 {
				b.WriteByte(',')
			}
			b.WriteString(strconv.FormatFloat(float64(v)/10, 'f', -1, 64))
		}
	}
	for _, step := range svgStep.FindAllString(path, -1) {
		if step == "Z" {
			b.WriteByte('z')
			x, y = x0, y0
			continue
		}
		rest := ""
		args := strings.Fields(step[1:])
		if len(args) > 1 { // of an arc: radii, turn, and which of four it is
			rest = strings.Join(args[:len(args)-1], " ") + " "
		}
		to := strings.Split(args[len(args)-1], ",")
		toX, toY := tenths(to[0]), tenths(to[1])
		dx, dy := toX-x, toY-y
		x, y = toX, toY
		switch {
		case step[0] == 'M':
			write("M", x, y)
			x0, y0 = x, y
		case step[0] == 'A':
			write("a"+rest, dx, dy)
		case dy == 0:
			write("h", dx)
		case dx == 0:
			write("v", dy)
		default:
			write("l", dx, dy)
		}
	}
}

func tenths(number string) int {
	v, err := strconv.ParseFloat(number, 64)
	if err != nil {
		panic(err) // draw.go wrote it
	}
	return int(math.Round(10 * v))
}
