package data

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Names lists the datasets of this package.
func Names() []string {
	names := []string{"toy2d", "exp-gaussian", "ultrametric"}
	for _, s := range surrogates {
		names = append(names, s.name)
	}
	return names
}

// Expand splits a list at commas, but for those in the name of a file that exists, and
// replaces surrogate/all by all surrogates.
func Expand(list string) (names []string, err error) {
	for pieces := strings.Split(list, ","); len(pieces) > 0; {
		taken := len(pieces)
		for taken > 1 && !isFileInList(strings.Join(pieces[:taken], ",")) {
			taken--
		}
		name := strings.TrimSpace(strings.Join(pieces[:taken], ","))
		pieces = pieces[taken:]
		switch {
		case name == "":
			return nil, fmt.Errorf("data: %q: a name in the list is empty", list)
		case name == "surrogate/all":
			for _, s := range surrogates {
				names = append(names, s.name)
			}
		default:
			names = append(names, name)
		}
	}
	for i, name := range names {
		if slices.Contains(names[:i], name) {
			return nil, fmt.Errorf("data: %s is in the list twice", name)
		}
	}
	return names, nil
}

// isFileInList is whether pieces of a list are one file after all. The key of an array
// has no comma in a list.
func isFileInList(pieces string) bool {
	_, key, ok := fileOf(strings.TrimSpace(pieces))
	return ok && !strings.Contains(key, ",")
}

// Load returns the dataset called name: one of Names, with numbers of its own as
// in surrogate/mante2013-seed=2-shift=1, or else a .npy or .npz file, or
// FILE.npz:key.
//
// In a .npz file the array activity (or key) is time × condition × unit or
// sample × unit; samples are then conditions at one time. A one-dimensional
// array as long as the condition axis, of integers, integral numbers or strings,
// is a task variable under its own name, unless that begins with time, or is axes
// or ends with _axes. Nothing is read but what can be of use.
func Load(name string) (*Dataset, error) {
	d, err := load(name)
	if err != nil {
		return nil, err
	}
	if d.Shape == nil {
		d.Shape = d.Activity.Shape().Clone()
	}
	d.digest = &digest{}
	return d, nil
}

// ofNumpy is in the names that can only be those of files.
var ofNumpy = regexp.MustCompile(`(?i)\.np[yz](:|$)`)

func load(name string) (*Dataset, error) {
	if !slices.Contains(Names(), name) {
		if file, key, ok := fileOf(name); ok {
			return fromFile(name, file, key)
		}
		if at := ofNumpy.FindStringIndex(name); at != nil {
			return fromFile(name, strings.TrimSuffix(name[:at[1]], ":"), "")
		}
	}
	base, options, err := splitOptions(name)
	if err == nil {
		switch base {
		case "toy2d":
			err = options.only()
			if err == nil {
				return toy2d(), nil
			}
		case "exp-gaussian":
			if err = options.only("seed", "dim"); err == nil {
				return expGaussian(name, options.get("seed", 0), options.get("dim", 100))
			}
		case "ultrametric":
			if err = options.only("seed"); err == nil {
				return ultrametric(name, options.get("seed", 0)), nil
			}
		default:
			s, ok := surrogateByName(base)
			if !ok {
				return nil, fmt.Errorf("data: %s: no such dataset; name a .npz or .npy file, or one of %s, surrogate/all%s", name, strings.Join(Names(), ", "), suggestion(name))
			}
			if err = options.only("seed", "shift"); err == nil {
				return s.make(name, options.get("seed", 0), options.get("shift", 0))
			}
		}
	}
	return nil, fmt.Errorf("data: %s: %w", name, err)
}

// activity is the array that is read where none is named.
const activity = "activity"

// fileOf finds the file that name stands for, and which array of it: a file of the
// whole name, FILE:KEY, or the file to which numpy.savez added .npz.
func fileOf(name string) (file, key string, ok bool) {
	if isFile(name) {
		return name, activity, true
	}
	for i, c := range name {
		if c == ':' && isFile(name[:i]) {
			return name[:i], name[i+1:], true
		}
	}
	return name + ".npz", activity, isFile(name + ".npz")
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && !info.IsDir()
}

// A value of a name's option, as seed=2.
type options map[string]int

func splitOptions(name string) (base string, o options, err error) {
	o = options{}
	base = name
	for _, s := range Names() {
		rest, found := strings.CutPrefix(name, s+"-")
		if !found || !strings.Contains(rest, "=") {
			continue
		}
		base = s
		// A negative number follows its sign of equality directly.
		rest = strings.ReplaceAll(rest, "=-", "=\x00")
		for _, token := range strings.Split(rest, "-") {
			token = strings.ReplaceAll(token, "\x00", "-")
			key, text, ok := strings.Cut(token, "=")
			v, perr := strconv.Atoi(text)
			if !ok || perr != nil {
				return base, nil, fmt.Errorf("at %q: an option is written key=integer, as in seed=2", token)
			}
			if _, twice := o[key]; twice {
				return base, nil, fmt.Errorf("at %q: %s is given twice", token, key)
			}
			o[key] = v
		}
	}
	return base, o, nil
}

func (o options) only(keys ...string) error {
	for key := range o {
		if !slices.Contains(keys, key) {
			if len(keys) == 0 {
				return fmt.Errorf("at %q: this dataset has no options", key)
			}
			return fmt.Errorf("at %q: the options of this dataset are %s", key, strings.Join(keys, ", "))
		}
	}
	return nil
}

func (o options) get(key string, otherwise int) int {
	if v, ok := o[key]; ok {
		return v
	}
	return otherwise
}

var firstOption = regexp.MustCompile(`-\w+=`)

// suggestion asks for the dataset that a name was meant for, if there is one near it.
func suggestion(name string) string {
	asked, options := name, ""
	if at := firstOption.FindStringIndex(name); at != nil {
		asked, options = name[:at[0]], name[at[0]:]
	}
	asked = strings.ToLower(asked)
	for _, known := range append(Names(), "surrogate/all") {
		part := len(asked) > 3 && strings.Contains(known, asked)
		if part || distance(asked, known) <= len(known)/5 {
			return fmt.Sprintf("; did you mean %s%s?", known, options)
		}
	}
	return ""
}

// distance is how many letters are put in, left out or replaced between a and b.
func distance(a, b string) int {
	row := make([]int, len(b)+1) // from a's beginning to those of b
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := before
			if a[i] != b[j] {
				replaced++
			}
			before = row[j+1]
			row[j+1] = min(replaced, row[j]+1, before+1)
		}
	}
	return row[len(b)]
}
