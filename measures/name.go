package measures

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Family makes measures from names that carry numbers, such as
// ridge-lambda=100-r2. A measure without numbers needs none: see Register.
type Family struct {
	Name  string
	Form  string // how its names are written, for errors and for the docs
	Scale string // the word that follows the keys
	Keys  []Key  // in canonical order
	// Examples are canonical names that stand for the family in Names.
	Examples []string
	// Make returns the measure for the keys' values; Name is filled in after it.
	Make func(v map[string]float64) Measure
}

// A Key is a number in the names of a family.
type Key struct {
	Name     string
	Unit     string // what follows the number
	As       string // what Make calls its value, if not Name
	Bare     bool   // whether the unit alone is 0
	Wants    string // what the number must be, for errors
	Fits     func(v float64) bool
	Required bool
	Last     bool // stands after the scale
}

// foldsKey asks for cross-validation.
var foldsKey = Key{
	Name: "cv", Unit: "folds", Last: true, Wants: "a whole number of folds from 2, as in cv=5folds",
	Fits: wholeFolds,
}

// conditionsKey asks for cross-validation over whole conditions.
var conditionsKey = Key{
	Name: "cv", Unit: "conditions", As: "conditions", Bare: true, Last: true,
	Wants: "a whole number of folds of conditions from 2, as in cv=5conditions, or conditions for one each", Fits: wholeFolds,
}

func wholeFolds(v float64) bool { return v >= 2 && v == math.Trunc(v) && v < 1e9 }

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
	if m.Name == "" || (m.Score == nil && m.ScoreOver == nil) {
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
// returned measure's Name is so. The ids of diffscore are understood where they
// mean one thing, and `diffscore:`, `netrep:` and `similarity-repository:`
// before a name reach what those packages mean by it.
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

// ByNames splits list at commas outside parentheses and returns the measures so
// called, in that order. A measure named twice is an error.
func ByNames(list string) (ms []Measure, err error) {
	for _, name := range Split(list) {
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

// Split splits a list of names at the commas outside parentheses.
func Split(list string) []string { return splitOutside(list, ',') }

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
	return f.parse(tokens[1:])
}

// parse reads what follows the family's name.
func (f Family) parse(tokens []string) (Measure, error) {
	values, given, words, scaled := map[string]float64{}, map[string]bool{}, []string{}, false
	for _, token := range tokens {
		name, text, isKey := strings.Cut(token, "=")
		if !isKey {
			words = append(words, token)
			scaled = true
			continue
		}
		i := slices.IndexFunc(f.Keys, func(k Key) bool { return k.Name == name && strings.HasSuffix(text, k.Unit) })
		if i < 0 {
			i = slices.IndexFunc(f.Keys, func(k Key) bool { return k.Name == name })
		}
		if i < 0 {
			return Measure{}, fmt.Errorf("at %q: %s has no key %q; it is written %s", token, f.Name, name, f.Form)
		}
		k := f.Keys[i]
		if given[name] {
			return Measure{}, fmt.Errorf("at %q: %s is given twice", token, name)
		}
		given[name] = true
		if k.Last != scaled {
			return Measure{}, fmt.Errorf("at %q: out of order; %s is written %s", token, f.Name, f.Form)
		}
		digits, hasUnit := strings.CutSuffix(text, k.Unit)
		if k.Bare && hasUnit && digits == "" {
			values[k.as()] = 0
			continue
		}
		v, err := strconv.ParseFloat(digits, 64)
		if err != nil || !hasUnit || math.IsInf(v, 0) || math.IsNaN(v) || !k.Fits(v) {
			return Measure{}, fmt.Errorf("at %q: %s must be %s", token, name, k.Wants)
		}
		values[k.as()] = v
	}
	if scale := strings.Join(words, "-"); scale != f.Scale {
		return Measure{}, fmt.Errorf("at %q: the scale of %s must be %q; it is written %s", scale, f.Name, f.Scale, f.Form)
	}
	name := f.Name
	suffix := ""
	for _, k := range f.Keys {
		v, given := values[k.as()]
		number := strconv.FormatFloat(v, 'g', -1, 64)
		if k.Bare && v == 0 {
			number = ""
		}
		switch text := fmt.Sprintf("-%s=%s%s", k.Name, number, k.Unit); {
		case !given && k.Required:
			return Measure{}, fmt.Errorf("%s is missing; %s is written %s", k.Name, f.Name, f.Form)
		case !given:
		case k.Last:
			suffix += text
		default:
			name += text
		}
	}
	m := f.Make(values)
	m.Name, m.Family, m.Values = name+"-"+f.Scale+suffix, f.Name, values
	return m.scored(), nil
}

func (k Key) as() string { return cmp.Or(k.As, k.Name) }

// unknown says that there is no measure called name, and what there is.
func unknown(name, family string) error {
	forms := map[string][]string{}
	for n := range registry.measures {
		first := splitName(n)[0]
		forms[first] = append(forms[first], n)
	}
	for n, f := range registry.families {
		forms[n] = append(forms[n], f.Form)
	}
	if of := forms[family]; len(of) > 0 {
		slices.Sort(of)
		return fmt.Errorf("no such measure; of %s there are %s", family, strings.Join(of, ", "))
	}
	var all []string
	for _, of := range forms {
		all = append(all, of...)
	}
	slices.Sort(all)
	return fmt.Errorf("no measure begins with %q; there are %s", family, strings.Join(all, ", "))
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
