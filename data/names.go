package data

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// A Made dataset is one that is drawn here, by name: a file, a value of this type.
type Made struct {
	Name    string
	Options []string // numbers that its name may carry, as seed of NAME-seed=2
	// Make draws it, by the options given. Load sets its Name.
	Make func(options map[string]int) (*Dataset, error)

	read func(Reading) (*Dataset, error) // in the place of Make, of what is a file after all
}

var made = struct {
	sync.RWMutex
	sets []Made
}{sets: []Made{
	{Name: "toy2d", Make: func(map[string]int) (*Dataset, error) { return toy2d(), nil }},
	{Name: "exp-gaussian", Options: []string{"seed", "dim"}, Make: func(o map[string]int) (*Dataset, error) { return expGaussian(o["seed"], given(o, "dim", 100)) }},
	{Name: "ultrametric", Options: []string{"seed"}, Make: func(o map[string]int) (*Dataset, error) { return ultrametric(o["seed"]), nil }},
}}

func init() {
	for _, p := range publishedRecordings {
		Register(Made{Name: p.name, read: p.read})
	}
	for _, s := range surrogates {
		Register(Made{Name: s.name, Options: []string{"seed", "shift"}, Make: func(o map[string]int) (*Dataset, error) { return s.make(o["seed"], o["shift"]) }})
	}
}

// Register makes a dataset known by its name, to every study. A name that is taken, or
// that a list or an option would be taken for, panics.
func Register(m Made) {
	made.Lock()
	defer made.Unlock()
	if m.Name == "" || m.Make == nil && m.read == nil || strings.ContainsAny(m.Name, ",:= ") {
		panic(fmt.Sprintf("data: %q: a made dataset needs a name without comma, colon, blank or sign of equality, and a Make", m.Name))
	}
	if slices.ContainsFunc(made.sets, func(o Made) bool { return o.Name == m.Name }) {
		panic(fmt.Sprintf("data: there is a dataset %q already: give yours a name of its own", m.Name))
	}
	made.sets = append(made.sets, m)
}

// Names lists the datasets that are known by their names: those that are made here, and
// the published recordings, whose files may not be there.
func Names() (names []string) {
	made.RLock()
	defer made.RUnlock()
	for _, m := range made.sets {
		names = append(names, m.Name)
	}
	return names
}

func given(options map[string]int, key string, otherwise int) int {
	if v, ok := options[key]; ok {
		return v
	}
	return otherwise
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
// or ends with _axes. An array of other floating-point numbers, of condition, time,
// condition × time or time × condition, is a continuous variable, and so is one of
// integral ones where every condition has values of its own; where its axes are as
// long as others, the array NAME_axes says which they are. Numbers of time in even
// steps are an axis. An array axes says in words which axes the activity has, see
// Reading, and of another array KEY that is asked for KEY_axes does. Nothing is read but what can be of use.
func Load(name string) (*Dataset, error) { return Reading{}.Load(name) }

// ofNumpy is in the names that can only be those of files.
var ofNumpy = regexp.MustCompile(`(?i)\.np[yz](:|$)`)

func (r Reading) load(name string) (*Dataset, error) {
	if !slices.Contains(Names(), name) {
		if file, key, ok := fileOf(name); ok {
			return r.fromFile(name, file, key)
		}
		if at := ofNumpy.FindStringIndex(name); at != nil {
			return r.fromFile(name, strings.TrimSuffix(name[:at[1]], ":"), "")
		}
	}
	m, options, err := parse(name)
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	if m == nil {
		return nil, fmt.Errorf("data: %s: no such dataset; name a .npz or .npy file, or one of %s, surrogate/all%s", name, strings.Join(Names(), ", "), suggestion(name))
	}
	var d *Dataset
	switch {
	case m.read != nil:
		d, err = m.read(r)
	case r.Average != nil:
		err = errors.New("trials of files are averaged, and this dataset is made here")
	default:
		d, err = m.Make(options)
	}
	if err != nil {
		return nil, fmt.Errorf("data: %s: %w", name, err)
	}
	d.Name = name
	d.Card.Origin = originOf(m.Name, options)
	return d, nil
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

// parse finds the made dataset that a name is of, and the options in it; nil if there
// is none.
func parse(name string) (*Made, map[string]int, error) {
	made.RLock()
	defer made.RUnlock()
	var of *Made
	options := ""
	for _, m := range made.sets {
		rest, found := strings.CutPrefix(name, m.Name)
		if rest == "" || rest[0] == '-' && strings.Contains(rest, "=") {
			if found && (of == nil || len(m.Name) > len(of.Name)) { // ultrametric-deep is no option of ultrametric
				of, options = &m, rest
			}
		}
	}
	if of == nil || options == "" {
		return of, nil, nil
	}
	values, err := of.parseOptions(options[1:])
	return of, values, err
}

func (m Made) parseOptions(text string) (map[string]int, error) {
	options := map[string]int{}
	// A negative number follows its sign of equality directly.
	text = strings.ReplaceAll(text, "=-", "=\x00")
	for _, token := range strings.Split(text, "-") {
		token = strings.ReplaceAll(token, "\x00", "-")
		key, number, ok := strings.Cut(token, "=")
		v, err := strconv.Atoi(number)
		if !ok || err != nil {
			return nil, fmt.Errorf("at %q: an option is written key=integer, as in seed=2", token)
		}
		if _, twice := options[key]; twice {
			return nil, fmt.Errorf("at %q: %s is given twice", token, key)
		}
		options[key] = v
	}
	for key := range options {
		if !slices.Contains(m.Options, key) {
			if len(m.Options) == 0 {
				return nil, fmt.Errorf("at %q: this dataset has no options", key)
			}
			return nil, fmt.Errorf("at %q: the options of this dataset are %s", key, strings.Join(m.Options, ", "))
		}
	}
	return options, nil
}

var firstOption = regexp.MustCompile(`-\w+=`)

// suggestion asks for the dataset that a name was meant for, if there is one near it.
func suggestion(name string) string {
	asked, options := name, ""
	if at := firstOption.FindStringIndex(name); at != nil {
		asked, options = name[:at[0]], name[at[0]:]
	}
	known := Meant(asked, append(Names(), "surrogate/all"))
	if known != "" {
		known += options
	}
	return isMeant(known)
}
