package report

import (
	"strings"
	"unicode/utf8"
)

// Wrap is text in lines of at most so many columns, broken at spaces, the first after
// first and the others after rest. A longer word is broken after its commas; one without,
// as of a path, has a line of its own.
func Wrap(text string, columns int, first, rest string) string {
	var lines []string
	line, begun := first, false
	put := func(word, space string) {
		if begun && utf8.RuneCountInString(line+space+word) > columns {
			lines = append(lines, line)
			line, space = rest, ""
		}
		if !begun {
			space = ""
		}
		line, begun = line+space+word, true
	}
	for _, word := range strings.Fields(text) {
		if utf8.RuneCountInString(rest+word) <= columns {
			put(word, " ")
			continue
		}
		for i, piece := range strings.SplitAfter(word, ",") {
			put(piece, []string{" ", ""}[min(i, 1)])
		}
	}
	return strings.Join(append(lines, line), "\n")
}

// Cut is text of at most so many columns.
func Cut(text string, columns int) string {
	if runes := []rune(text); len(runes) > columns {
		return string(runes[:columns-1]) + "…"
	}
	return text
}
