package data

import (
	"os"
	"path/filepath"
	"strings"
)

// Meant asks for the known name that a misspelt one is nearest to, as "; is NAME meant?":
// one that it is a part of, or else one in five letters away; "" where there is none.
func Meant(asked string, known []string) string {
	asked = strings.ToLower(asked)
	best, least := "", -1
	for _, name := range known {
		off := distance(asked, strings.ToLower(name))
		if len(asked) > 3 && strings.Contains(name, asked) {
			off = 0
		}
		if off <= max(1, len(name)/5) && 2*off < len(name) && (least < 0 || off < least) {
			best, least = name, off
		}
	}
	if best == "" {
		return ""
	}
	return "; is " + best + " meant?"
}

// meantFile asks for the file of NumPy in the same folder that one that is not there is
// nearest to.
func meantFile(file string) string {
	entries, err := os.ReadDir(filepath.Dir(file))
	if err != nil {
		return ""
	}
	var known []string
	for _, e := range entries {
		if ofNumpy.MatchString(e.Name()) {
			known = append(known, e.Name())
		}
	}
	return Meant(filepath.Base(file), known)
}

// distance is how many letters are put in, left out, replaced or exchanged with the next
// between a and b.
//
// Source: Damerau 1964, as optimal string alignment.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1) // from a's beginnings to those of b
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		for j := range rows[i] {
			switch {
			case i == 0 || j == 0:
				rows[i][j] = i + j
				continue
			case a[i-1] == b[j-1]:
				rows[i][j] = rows[i-1][j-1]
			default:
				rows[i][j] = 1 + min(rows[i-1][j], rows[i][j-1], rows[i-1][j-1])
			}
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
