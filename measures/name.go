package measures

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/hbollon/go-edlib"
)

// A Family is a row of measures whose names are written family(-key=value)*[-scale]. Make
// reads the parts of a name in their order and returns the measure; how the names are
// written, their canonical spelling, the list of them and what an error says would fit
// follow from what it asks for. A measure of one name needs none: see Register.
type Family struct {
	Name string
	// Examples are canonical names that stand for the family in Names. All has the others
	// besides.
	Examples []string
	// Make returns the measure that r names; its Name, Family and Values are filled in after.
	Make func(r *Reader) Measure
}

var (
	negInf, nan = math.Inf(-1), math.NaN()

	registry struct {
		sync.RWMutex
		measures map[string]Measure
		families map[string]Family
		replace  bool // see Replace
	}
)

// Replace lets measures that are registered from now on take the place of others of their
// name, as the cells of a notebook do.
func Replace() {
	registry.Lock()
	defer registry.Unlock()
	registry.replace = true
}

// Register makes m known by its name and returns it, with a Score that first
// checks that x and y have the same samples, and then that it is in m's Range. A name
// that is taken panics, but in a notebook, where a cell is run again.
func Register(m Measure) Measure {
	registry.Lock()
	defer registry.Unlock()
	if registry.measures == nil {
		registry.measures = map[string]Measure{}
	}
	if _, taken := registry.measures[m.Name]; taken && !registry.replace {
		panic(fmt.Sprintf("measures: there is a measure %q already: give yours a name of its own", m.Name))
	}
	if m.Name == "" || (m.Score == nil && m.ScoreOver == nil && m.Lacks() == nil) {
		panic(fmt.Sprintf("measures: %q: a measure needs a name and a score", m.Name))
	}
	if strings.ContainsAny(m.Name, "#:, ") {
		panic(fmt.Sprintf("measures: %q: a name has no space, comma, colon or number sign, which part names from others", m.Name))
	}
	if m.Label == "" {
		m.Label = m.Name
	}
	m = m.scored()
	registry.measures[m.Name] = m
	return m
}

// RegisterFamily makes f's measures known by their names and returns f.
func RegisterFamily(f Family) Family {
	registry.Lock()
	defer registry.Unlock()
	if registry.families == nil {
		registry.families = map[string]Family{}
	}
	if _, taken := registry.families[f.Name]; taken && !registry.replace {
		panic(fmt.Sprintf("measures: there is a family %q already: give yours a name of its own", f.Name))
	}
	if f.Name == "" || f.Make == nil {
		panic(fmt.Sprintf("measures: family %q: a family needs a name and a Make", f.Name))
	}
	registry.families[f.Name] = f
	return f
}

// Names lists the canonical names of all measures, with examples for families,
// in alphabetical order.
func Names() []string {
	registry.RLock()
	defer registry.RUnlock()
	names := slices.Collect(maps.Keys(registry.measures))
	for _, f := range registry.families {
		names = append(names, f.Examples...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ByName returns the measure called name.
//
// Names are written family(-key=value)*[-scale](-key=value)*, with keys in a
// fixed order, defaults left out and numbers in their shortest form; the
// returned measure's Name is so. similarity-repository's standardised names, which have
// defaults written out, are understood where they mean one thing. The ids of diffscore are
// understood where they mean one thing, and `diffscore:`, `netrep:`, `rsatoolbox:` and
// `similarity-repository:` before a name reach what those packages mean by it; so does the id of a
// package that similarity-repository wraps, `similarity-repository:netrep/cca-score`.
func ByName(name string) (Measure, error) {
	name = strings.TrimSpace(name)
	registry.RLock()
	m, registered := registry.measures[name]
	registry.RUnlock()
	if registered {
		return m, nil
	}
	canonical, err := translate(name)
	if err != nil {
		return Measure{}, fmt.Errorf("measures: %q: %w", name, err)
	}
	m, err = lookUp(canonical)
	if err != nil {
		return Measure{}, fmt.Errorf("measures: %q: %w", name, err)
	}
	return m, nil
}

// All lists the canonical names of all measures, in alphabetical order: of a family those
// of every choice of words, with numbers as an example has them, on the first of its scales.
func All() []string {
	names := Names()
	registry.RLock()
	defer registry.RUnlock()
	for _, f := range registry.families {
		names = append(names, f.names()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ByNames returns the measures that list names, in that order; see Split. A measure named
// twice is an error.
func ByNames(list string) (ms []Measure, err error) {
	names, err := Split(list)
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		m, err := ByName(name)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(ms, func(other Measure) bool { return other.Name == m.Name }) {
			return nil, fmt.Errorf("measures: %q: %s is in the list twice", name, m.Name)
		}
		ms = append(ms, m)
	}
	return ms, nil
}

// matches is whether a name is what a pattern says, in which * stands for any text.
func matches(pattern, name string) bool {
	parts := strings.Split(pattern, "*")
	last := len(parts) - 1
	name, ok := strings.CutPrefix(name, parts[0])
	if !ok || last == 0 {
		return ok && name == ""
	}
	for _, part := range parts[1:last] {
		if _, name, ok = strings.Cut(name, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(name, parts[last])
}

// Split splits a list of names at the commas outside parentheses. The word all stands for
// the names of All, and a pattern such as cka* for those of them that it matches, but for
// what the list names before.
func Split(list string) (names []string, err error) {
	for _, name := range splitOutside(list, ',') {
		pattern := strings.TrimSpace(name)
		if pattern == "all" {
			pattern = "*"
		}
		if !strings.Contains(pattern, "*") {
			names = append(names, name)
			continue
		}
		found := false
		for _, one := range All() {
			if matches(pattern, one) {
				found = true
				if !slices.Contains(names, one) {
					names = append(names, one)
				}
			}
		}
		if !found {
			return nil, fmt.Errorf("measures: %q: no measure has such a name; all lists them", name)
		}
	}
	return names, nil
}

func lookUp(name string) (Measure, error) {
	registry.RLock()
	defer registry.RUnlock()
	if m, ok := registry.measures[name]; ok {
		return m, nil
	}
	tokens := splitName(name)
	f, ok := registry.families[tokens[0]]
	if !ok {
		return Measure{}, unknown(name, tokens[0])
	}
	m, err := f.read(tokens[1:])
	if err != nil {
		if like := meant(name); like != "" {
			err = fmt.Errorf("%w%s", err, like)
		}
	}
	if own, ok := registry.measures[m.Name]; ok && err == nil {
		return own, nil
	}
	return m, err
}

// unknown says that there is no measure called name, and what there is.
func unknown(name, family string) error {
	if err := absence(name); err != nil {
		return err
	}
	forms := map[string][]string{}
	for n := range registry.measures {
		first := splitName(n)[0]
		forms[first] = append(forms[first], n)
	}
	for n, f := range registry.families {
		forms[n] = append(forms[n], f.form())
	}
	if of := forms[family]; len(of) > 0 {
		slices.Sort(of)
		return fmt.Errorf("no such measure; of %s there are %s%s", family, strings.Join(of, ", "), meant(name))
	}
	all := strings.Join(slices.Sorted(maps.Keys(forms)), ", ")
	if like := meant(name); like != "" {
		return fmt.Errorf("no measure begins with %q%s There are %s", family, like, all)
	}
	return fmt.Errorf("no measure begins with %q; there are %s", family, all)
}

// meant asks for a listed name, or a family's, that a misspelt one is nearest to; "" where
// none is near.
func meant(name string) string {
	best, least := "", min(3, len(name)/2+1)
	try := func(other string) {
		if d := min(edlib.OSADamerauLevenshteinDistance(name, other), edlib.OSADamerauLevenshteinDistance(name, strings.TrimSuffix(other, "-score"))); d > 0 && (d < least || d == least && other < best) {
			best, least = other, d
		}
	}
	for n := range registry.measures {
		try(n)
	}
	for n, f := range registry.families {
		try(n)
		for _, of := range f.names() {
			try(of)
		}
	}
	if best == "" {
		return ""
	}
	return "; is " + best + " meant?"
}

var exponent = regexp.MustCompile(`=[-+]?[0-9.]+[eE]$`)

// splitName splits a name at the hyphens outside parentheses that are neither a
// number's sign nor its exponent's.
func splitName(name string) (tokens []string) {
	for _, piece := range splitOutside(name, '-') {
		if last := len(tokens) - 1; last >= 0 && (strings.HasSuffix(tokens[last], "=") || exponent.MatchString(tokens[last])) {
			tokens[last] += "-" + piece
			continue
		}
		tokens = append(tokens, piece)
	}
	return tokens
}

// splitOutside splits text at each sep that no parenthesis encloses.
func splitOutside(text string, sep rune) (pieces []string) {
	depth, from := 0, 0
	for i, r := range text {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == sep && depth == 0:
			pieces = append(pieces, text[from:i])
			from = i + 1
		}
	}
	return append(pieces, text[from:])
}
