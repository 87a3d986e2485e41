package report

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Plain is text as it may be shown: what would move a terminal's cursor, break a
// line, or is no character of XML stands as Go writes it, as \x1b. Names come from
// files, and are anything.
func Plain(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		one := text[:size]
		text = text[size:]
		if unicode.IsControl(r) || r == '\uFFFE' || r == '\uFFFF' || (r == utf8.RuneError && size == 1) {
			one = strconv.QuoteToASCII(one)
			one = one[1 : len(one)-1]
		}
		b.WriteString(one)
	}
	return b.String()
}
