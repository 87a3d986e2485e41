package measures

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// A Reader hands the parts of a name to a Family's Make, in the order in which it asks.
type Reader struct {
	tokens []string           // still to be read
	name   []string           // canonical, as far as it has been read, the family's first
	values map[string]float64 // of Number and Folds
	wants  []string           // what might have stood where reading stopped
	form   string             // what has been asked for
	err    error              // the first
	pick   func(n int) int    // while names are listed: which of n choices
}

// Word reads key=word, one of words. The first is left out of names; if it is "", one of the
// others must be there.
func (r *Reader) Word(key string, words ...string) string {
	usual, others := words[0], words
	form := "[-%s=%s]"
	if usual == "" {
		others, form = words[1:], "-%s=%s"
	}
	r.form += fmt.Sprintf(form, key, strings.Join(others, "|"))
	if r.pick != nil {
		return r.put(key, others[r.pick(len(others))], usual)
	}
	value, given := r.take(key, strings.Join(others, "|"))
	switch {
	case !given && usual == "":
		r.fail("%s is missing", key)
	case !given:
		return usual
	case slices.Contains(others, value):
		return r.put(key, value, usual)
	default:
		r.fail("at %q: %s must be one of %s", key+"="+value, key, strings.Join(others, ", "))
	}
	return others[0]
}

// Number reads key=number, which must be there and fit; wants says what that means. Lists
// of names have the example.
func (r *Reader) Number(key string, example float64, wants string, fits func(v float64) bool) float64 {
	r.form += "-" + key + "=" + strings.ToUpper(key[:1])
	v := example
	if r.pick == nil {
		text, given := r.take(key, "number")
		if !given {
			r.fail("%s is missing", key)
			return example
		}
		var err error
		if v, err = strconv.ParseFloat(text, 64); err != nil || math.IsInf(v, 0) || math.IsNaN(v) || !fits(v) {
			r.fail("at %q: %s must be %s", key+"="+text, key, wants)
			return example
		}
	}
	r.name = append(r.name, key+"="+strconv.FormatFloat(v, 'g', -1, 64))
	r.values[key] = v
	return v
}

// NumberOr is Number, or key=word, of which word is true.
func (r *Reader) NumberOr(word, key string, example float64, wants string, fits func(v float64) bool) (v float64, isWord bool) {
	switch {
	case r.pick != nil:
		isWord = r.pick(2) == 1
	case len(r.tokens) > 0:
		isWord = r.tokens[0] == key+"="+word
	}
	if !isWord {
		v = r.Number(key, example, wants+", or "+word, fits)
		r.form += "|" + word
		return v, false
	}
	if r.form += "-" + key + "=" + word; r.pick == nil {
		r.take(key, word)
	}
	r.put(key, word, "")
	return 0, true
}

// Key is which of keys, one of which must be there, comes next; Number or Word reads it.
func (r *Reader) Key(keys ...string) string {
	if r.pick != nil {
		which := keys[r.pick(len(keys))]
		for _, key := range keys {
			if key != which {
				r.form += "-" + key + "=" + strings.ToUpper(key[:1]) + "|"
			}
		}
		return which
	}
	for _, key := range keys {
		if len(r.tokens) > 0 && keyOf(r.tokens[0]) == key {
			return key
		}
	}
	r.fail("%s is missing", strings.Join(keys, " or "))
	return keys[0]
}

// An Option is a word that may stand for a key, with what Read makes of the rest of it
// where it is in parentheses, as rbf in kernel=(rbf-sigma=0.5). It may be asked to read when
// another is chosen, for how it is written; that which is chosen is asked last.
type Option struct {
	Word string
	Read func(r *Reader)
}

// Choice reads key=word or key=(word-key=value…). The first option, as a bare word, is left
// out of names; if its word is "", one of the others must be there.
func (r *Reader) Choice(key string, options ...Option) {
	usual, left := options[0].Word, "[-%s=%s]"
	if usual == "" {
		options, left = options[1:], "-%s=%s"
	}
	var forms, words []string
	for _, o := range options {
		inner := &Reader{values: map[string]float64{}, pick: func(int) int { return 0 }}
		o.Read(inner)
		form := o.Word
		if inner.form != "" {
			form = "(" + o.Word + inner.form + ")"
		}
		forms, words = append(forms, form), append(words, o.Word)
	}
	r.form += fmt.Sprintf(left, key, strings.Join(forms, "|"))
	inner := &Reader{values: r.values, pick: r.pick}
	which := 0
	if r.pick != nil {
		which = r.pick(len(options))
	} else if value, given := r.take(key, strings.Join(forms, "|")); given {
		inner.tokens = splitName(strings.TrimSuffix(strings.TrimPrefix(value, "("), ")"))
		if which = slices.Index(words, inner.tokens[0]); which < 0 {
			r.fail("at %q: %s must be one of %s", key+"="+value, key, strings.Join(forms, ", "))
			which = 0
		}
		inner.tokens = inner.tokens[1:]
	} else if usual == "" {
		r.fail("%s is missing", key)
	}
	options[which].Read(inner)
	inner.end()
	if inner.err != nil {
		r.fail("%w", inner.err)
	}
	value := options[which].Word
	if len(inner.name) > 0 {
		value = "(" + value + "-" + strings.Join(inner.name, "-") + ")"
	}
	r.put(key, value, usual)
}

// One reads the scale, one of words, which must be there.
func (r *Reader) One(words ...string) string {
	r.form += "-" + strings.Join(words, "|")
	if r.pick != nil {
		word := words[r.pick(len(words))]
		r.name = append(r.name, word)
		return word
	}
	for _, word := range words {
		if n := r.starts(word); n > 0 {
			r.tokens, r.wants, r.name = r.tokens[n:], nil, append(r.name, word)
			return word
		}
	}
	r.wants = append(r.wants, words...)
	if r.end(); r.err == nil {
		r.fail("%s is missing", strings.Join(words, " or "))
	}
	return words[0]
}

// Scale reads a scale, one of those or none, and returns m on it. The score itself may be
// written out, and is left out of names.
func (r *Reader) Scale(m Measure, of ...Rescaling) Measure {
	var words []string
	for _, s := range of {
		words = append(words, s.words[0])
	}
	if len(words) > 0 {
		r.form += "[-" + strings.Join(words, "|") + "]"
	}
	m.Name = strings.Join(r.name, "-")
	if r.pick != nil {
		return m
	}
	for _, s := range of {
		for _, word := range s.words {
			if n := r.starts(word); n > 0 {
				r.tokens, r.wants, r.name = r.tokens[n:], nil, append(r.name, s.words[0])
				return s.on(strings.Join(r.name, "-"), m)
			}
		}
	}
	if n := r.starts("score"); n > 0 {
		r.tokens = r.tokens[n:]
	}
	r.wants = append(r.wants, words...)
	return m
}

// Folds are a cross-validation's. The zero value asks for none.
type Folds struct {
	Number     int  // of folds; of conditions, 0 for as many as there are
	Conditions bool // whether they are of whole conditions, not of rows
}

// Folds reads cv=Kfolds, of rows, or cv=Kconditions, of whole conditions, or cv=conditions, of
// one each; or nothing.
func (r *Reader) Folds() Folds {
	if r.pick != nil {
		r.form += "[-cv=Kfolds|Kconditions|conditions]"
		return Folds{}
	}
	f, _ := r.folds()
	return f
}

// SomeFolds is Folds that must be there. Lists of names have five of rows.
func (r *Reader) SomeFolds() Folds {
	if r.pick != nil {
		r.form += "-cv=Kfolds|Kconditions|conditions"
		r.name = append(r.name, "cv=5folds")
		return Folds{Number: 5}
	}
	f, given := r.folds()
	if !given {
		r.fail("cv is missing")
	}
	return f
}

func (r *Reader) folds() (f Folds, given bool) {
	text, given := r.take("cv", "Kfolds|Kconditions|conditions")
	if !given {
		return Folds{}, false
	}
	digits, conditions := strings.CutSuffix(text, "conditions")
	wants := "a whole number of folds of conditions from 2, as in cv=5conditions, or conditions for one each"
	if !conditions {
		digits, wants = strings.TrimSuffix(text, "folds"), "a whole number of folds from 2, as in cv=5folds"
	}
	f.Conditions = conditions
	key := "cv"
	if conditions {
		key = "conditions"
	}
	if !conditions || digits != "" {
		v, err := strconv.ParseFloat(digits, 64)
		if err != nil || v < 2 || v != math.Trunc(v) || v >= 1e9 || (!conditions && digits == text) {
			r.fail("at %q: cv must be %s", "cv="+text, wants)
			return Folds{}, true
		}
		f.Number = int(v)
		digits = strconv.FormatFloat(v, 'g', -1, 64)
	}
	unit := "folds"
	if conditions {
		unit = "conditions"
	}
	r.values[key] = float64(f.Number)
	r.name = append(r.name, "cv="+digits+unit)
	return f, true
}

// starts is how many of the tokens to come spell word, which may have hyphens.
func (r *Reader) starts(word string) int {
	parts := strings.Split(word, "-")
	if len(r.tokens) >= len(parts) && slices.Equal(r.tokens[:len(parts)], parts) {
		return len(parts)
	}
	return 0
}

func (r *Reader) put(key, value, usual string) string {
	if value != usual {
		r.name = append(r.name, key+"="+value)
	}
	return value
}

func (r *Reader) take(key, what string) (value string, given bool) {
	if len(r.tokens) > 0 {
		if value, given = strings.CutPrefix(r.tokens[0], key+"="); given {
			r.tokens, r.wants = r.tokens[1:], nil
			return value, true
		}
	}
	r.wants = append(r.wants, key+"="+what)
	return "", false
}

func (r *Reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// end fails if anything is left.
func (r *Reader) end() {
	switch {
	case r.pick != nil || len(r.tokens) == 0:
	case slices.ContainsFunc(r.name, func(read string) bool { return keyOf(read) != "" && keyOf(read) == keyOf(r.tokens[0]) }):
		r.fail("at %q: %s is given twice", r.tokens[0], keyOf(r.tokens[0]))
	case len(r.wants) == 0:
		r.fail("at %q: nothing more fits here", r.tokens[0])
	default:
		r.fail("at %q: what fits here is %s", r.tokens[0], strings.Join(r.wants, ", "))
	}
}

// keyOf is the key of a token, or "".
func keyOf(token string) string {
	key, _, isKey := strings.Cut(token, "=")
	if !isKey {
		return ""
	}
	return key
}

// read reads what follows the family's name.
func (f Family) read(tokens []string) (Measure, error) {
	r := &Reader{tokens: tokens, name: []string{f.Name}, values: map[string]float64{}}
	m := f.Make(r)
	r.end()
	if r.err != nil {
		form := f.form()
		if len(r.tokens) > 0 {
			if key := keyOf(r.tokens[0]); key != "" && !strings.Contains(form, "-"+key+"=") {
				return Measure{}, fmt.Errorf("at %q: %s has no key %q; it is written %s", r.tokens[0], f.Name, key, form)
			}
		}
		return Measure{}, fmt.Errorf("%w; %s is written %s", r.err, f.Name, form)
	}
	m.Name, m.Family, m.Values = strings.Join(r.name, "-"), f.Name, r.values
	return m.scored(), nil
}

// form is how the family's names are written.
func (f Family) form() string {
	r := &Reader{name: []string{f.Name}, values: map[string]float64{}, pick: func(int) int { return 0 }}
	f.Make(r)
	return f.Name + r.form
}

// names lists the family's.
func (f Family) names() (names []string) {
	for path := []int{}; ; {
		depth, sizes := 0, []int{}
		r := &Reader{name: []string{f.Name}, values: map[string]float64{}}
		r.pick = func(n int) int {
			if depth == len(path) {
				path = append(path, 0)
			}
			sizes = append(sizes, n)
			depth++
			return path[depth-1]
		}
		f.Make(r)
		names = append(names, strings.Join(r.name, "-"))
		last := len(path) - 1 // the last choice that has another after it
		for last >= 0 && path[last] == sizes[last]-1 {
			last--
		}
		if last < 0 {
			return names
		}
		path = path[:last+1]
		path[last]++
	}
}
