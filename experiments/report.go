package experiments

import (
	"bytes"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"maps"
	"path"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"simgrad/data"
)

// A Report is what a study found.
type Report struct {
	Title       string
	Finding     []string // in sentences, computed from the numbers
	Figures     []*Figure
	Animations  []*Animation
	Tables      []Table // for reading, in report.html
	CSV         []CSV   // for machines, a file each
	Arrays      map[string][]data.Array
	Datasets    []*Description
	Conventions []string
	Warnings    []string

	// The driver fills in the rest.
	Command, Version, BLAS string
	Settings               [][2]string
}

// A Table is a table of report.html.
type Table struct {
	Caption string
	Header  []string
	Rows    [][]string
}

// finish fills in what the driver knows.
func (r *Report) finish(study string, args []string, cells []Cell, records []*Record) {
	r.Command = "go run ./experiments/" + study
	for _, arg := range args {
		if strings.ContainsFunc(arg, func(c rune) bool { return strings.ContainsRune(" ()'\"$*?&;|<>\\", c) }) {
			arg = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
		r.Command += " " + arg
	}
	settings := map[string]string{}
	var sets, ms, seeds []string
	for _, c := range cells {
		if own, err := fields(c.Settings); err == nil { // seen when the folder was opened
			maps.Copy(settings, own)
		}
		for _, d := range c.Data {
			sets = append(sets, d.Name)
		}
		for _, m := range c.Measures {
			ms = append(ms, m.Name)
		}
		seeds = append(seeds, strconv.FormatUint(c.Seed, 10))
	}
	for name, list := range map[string][]string{"data": sets, "measures": ms, "seeds": seeds} {
		if len(list) > 0 {
			settings[name] = strings.Join(unique(list), ", ")
		}
	}
	for _, k := range slices.Sorted(maps.Keys(settings)) {
		r.Settings = append(r.Settings, [2]string{k, settings[k]})
	}
	var paths []string
	for _, rec := range records {
		paths = append(paths, rec.BLAS)
		r.Warnings = append(r.Warnings, rec.Warnings...)
	}
	slices.Sort(paths)
	if paths = slices.Compact(paths); len(paths) > 1 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("Some records were computed by other linear algebra than others (%s), which differ in the last bits.", strings.Join(paths, ", ")))
	}
	r.BLAS = strings.Join(paths, ", ")
	r.Warnings = unique(r.Warnings)
	r.Version = "simgrad " + version() + libraries() + ", " + runtime.Version() + ", " + runtime.GOOS + "/" + runtime.GOARCH
}

// libraries are those that compute, with their versions.
func libraries() (list string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, dep := range info.Deps {
		if isComputing(dep.Path) {
			list += ", " + path.Base(dep.Path) + " " + dep.Version
		}
	}
	return list
}

// version is the commit that the command was built from, where it is known: go
// build notes it, go run does not unless told with -buildvcs=true.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of unknown commit"
	}
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed"
		}
	}
	switch {
	case commit != "":
		return commit + changed
	case info.Main.Version != "" && info.Main.Version != "(devel)":
		return info.Main.Version
	}
	return "of unknown commit"
}

// unique drops repetitions and keeps the order.
func unique(lines []string) (kept []string) {
	for _, l := range lines {
		if !slices.Contains(kept, l) {
			kept = append(kept, l)
		}
	}
	return kept
}

//go:embed report.html
var reportHTML string

// html returns report.html, one file that opens offline, with its figures as drawn.
func (r *Report) html(pngs map[*Figure][]byte) ([]byte, error) {
	t, err := template.New("report").Funcs(template.FuncMap{
		"image": func(f *Figure) template.URL {
			return template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(pngs[f]))
		},
		"card": func(d *Description) [][2]string { return append(d.Rows(), [2]string{"content", d.Hash}) },
	}).Parse(reportHTML)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, r)
	return b.Bytes(), err
}

// Rows are the lines of the dataset's card, each what it says and the words for it.
func (d *Description) Rows() (rows [][2]string) {
	kind := ""
	if d.Card.Surrogate {
		kind = "SURROGATE: artificial data, not a recording"
	}
	var variables []string
	for _, v := range d.Variables {
		variables = append(variables, fmt.Sprintf("%s (%s)", v.Name, strings.Join(v.Values, ", ")))
	}
	for _, row := range [][2]string{
		{"kind", kind},
		{"shape", axes(d.Times, d.Conditions, d.Units)},
		{"task variables", strings.Join(variables, "; ")},
		{"task", d.Card.Task},
		{"area", d.Card.Area},
		{"animal", d.Card.Animal},
		{"epoch", d.Card.Epoch},
		{"bins", d.Card.Bins},
		{"averaging", d.Card.Averaging},
		{"source", d.Card.Source},
		{"notes", strings.Join(d.Card.Notes, " ")},
	} {
		if row[1] != "" {
			rows = append(rows, row)
		}
	}
	return rows
}
