package experiments

import (
	"cmp"
	"io/fs"
)

// An About is what a command says of itself, and what its driver must know of it.
type About struct {
	Name     string   // of the command, and of its results
	Command  string   // that runs it; "" is go run ./experiments/NAME
	Does     string   // in a sentence, after the name
	Examples []string // arguments to give it
	Takes    string   // how long it usually takes, in a sentence
	// Files takes the arguments that are no flags; nil where there are none to give.
	Files func(names []string) error
	// Alone is whether cells are timed, would disturb each other, and run one at a time.
	Alone bool
	// Source has the Go files that compute records, by which a record is known to be of
	// this version: those of the study's folder, by go:embed. Tests, report.go and files
	// that end in _report.go have no part in it. Without it that is known by the whole
	// program, as built.
	Source fs.FS
	// Rooms are the sources of packages that compute for it and not for every study, by
	// name.
	Rooms map[string]fs.FS
}

// command is what runs it.
func (a About) command() string { return cmp.Or(a.Command, "go run ./experiments/"+a.Name) }

// files hands over the arguments that are no flags.
func (a About) files(names []string) error {
	switch {
	case a.Files != nil:
		return a.Files(names)
	case len(names) > 0:
		return Usagef("unexpected argument %q; datasets and files are named by -data", names[0])
	}
	return nil
}
