package data

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Matching is the names FILE.npz:key of the arrays of numbers, of two axes or more, whose keys
// are as FILE.npz:pattern says, in which * stands for any text: in the order of their names,
// numbers in it by size, so that layer2 comes before layer10. Of a name without a pattern it
// is that name.
func Matching(name string) (names []string, err error) {
	file, pattern, ok := fileOf(name)
	if !ok || !strings.Contains(pattern, "*") {
		return []string{name}, nil
	}
	a, err := openArchive(file)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", file, err)
	}
	defer a.Close()
	parts := strings.Split(pattern, "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	matches := regexp.MustCompile("(?s)^" + strings.Join(parts, ".*") + "$")
	var keys []string
	for _, s := range a.arrays {
		if s.err == nil && !s.isText() && len(s.shape) >= 2 && matches.MatchString(s.name) {
			keys = append(keys, s.name)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("data: %s: no array of numbers with two axes or more has such a name", name)
	}
	slices.SortFunc(keys, natural)
	for _, key := range keys {
		names = append(names, file+":"+key)
	}
	return names, nil
}

var digits = regexp.MustCompile(`[0-9]+|[^0-9]+`)

// natural compares names with numbers in them by these.
func natural(a, b string) int {
	x, y := digits.FindAllString(a, -1), digits.FindAllString(b, -1)
	for i := range min(len(x), len(y)) {
		m, errM := strconv.Atoi(x[i])
		n, errN := strconv.Atoi(y[i])
		c := cmp.Compare(x[i], y[i])
		if errM == nil && errN == nil && m != n {
			c = cmp.Compare(m, n)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(x), len(y))
}
