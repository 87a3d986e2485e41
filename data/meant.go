package data

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/hbollon/go-edlib"
)

// Meant is the known name that a misspelt one is nearest to: one that it is a part of, or else
// one in five letters away, put in, left out, replaced or exchanged with the next; "" where there
// is none.
func Meant(asked string, known []string) string {
	asked = strings.ToLower(asked)
	best, least := "", -1
	for _, name := range known {
		off := edlib.OSADamerauLevenshteinDistance(asked, strings.ToLower(name))
		if len(asked) > 3 && strings.Contains(name, asked) {
			off = 0
		}
		if off <= max(1, len(name)/5) && 2*off < len(name) && (least < 0 || off < least) {
			best, least = name, off
		}
	}
	return best
}

// isMeant asks for a name in an error, "" for none.
func isMeant(name string) string {
	if name == "" {
		return ""
	}
	return "; is " + name + " meant?"
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
	return isMeant(Meant(filepath.Base(file), known))
}
