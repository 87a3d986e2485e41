package experiments

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"simgrad/experiments/report"
)

// finish fills in what the driver knows of a report.
func finish(r *report.Report, about About, args []string, cells []Cell, records []*Record) {
	r.Command = about.command()
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
	for _, d := range datasets(cells) { // the driver has said these, and the card has them
		for _, remark := range d.Card.Remarks {
			r.Warnings = slices.DeleteFunc(r.Warnings, func(w string) bool { return w == d.Name+": "+remark })
		}
	}
	slices.Sort(paths)
	if paths = slices.Compact(paths); len(paths) > 1 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("Some records were computed by other linear algebra than others (%s), which differ in the last bits.", strings.Join(paths, ", ")))
	}
	r.BLAS = strings.Join(paths, ", ")
	r.Warnings = grouped(unique(r.Warnings), datasets(cells))
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

// version is what computed, as exactly as it is known: simgrad's commit or version, and
// that of the module of a study of one's own.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of unknown commit"
	}
	if info.Main.Path == ownModule {
		if commit := stamped(info); commit != "" {
			return commit
		}
		return cmp.Or(sourceCommit(sourceFolder()), released(info.Main.Version), "of unknown commit")
	}
	own := ""
	if i := slices.IndexFunc(info.Deps, func(d *debug.Module) bool { return d.Path == ownModule }); i >= 0 && info.Deps[i].Replace == nil {
		own = released(info.Deps[i].Version)
	}
	own = cmp.Or(own, sourceCommit(sourceFolder()), "of unknown commit")
	if private := cmp.Or(stamped(info), released(info.Main.Version)); private != "" {
		own += ", " + info.Main.Path + " " + private
	}
	return own
}

const ownModule = "simgrad"

// stamped is the commit of the main module that go build has noted; go run notes none
// unless told with -buildvcs=true.
func stamped(info *debug.BuildInfo) string {
	commit, changed := "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = ", changed"
		}
	}
	if commit == "" {
		return ""
	}
	return commit + changed
}

// released is a module's version, "" where it has none.
func released(version string) string {
	if version == "(devel)" {
		return ""
	}
	return version
}

// sourceFolder is where the module was when this was built; "" where that is not noted.
func sourceFolder() string {
	_, file, _, _ := runtime.Caller(0)
	if !filepath.IsAbs(file) { // -trimpath
		return ""
	}
	return filepath.Dir(filepath.Dir(file))
}

// sourceCommit is the commit that the folder of the module is at, with a word if its files
// have changed since; "" where it has none, or its code is not what was built.
func sourceCommit(folder string) string {
	if folder == "" {
		return ""
	}
	for name, hash := range code() {
		if path.Ext(name) != "" && !isComputing(name) {
			text, err := os.ReadFile(filepath.Join(folder, name))
			if err != nil || hashOf(name, text) != hash {
				return ""
			}
		}
	}
	git := func(args ...string) (string, error) {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		out, err := exec.CommandContext(ctx, "git", append([]string{"-C", folder}, args...)...).Output()
		return strings.TrimSpace(string(out)), err
	}
	if _, err := git("ls-files", "--error-unmatch", "experiments/provenance.go"); err != nil {
		return "" // a copy within another's repository
	}
	commit, err := git("rev-parse", "HEAD")
	if err != nil {
		return ""
	}
	if changes, err := git("status", "--porcelain", "--untracked-files=no"); err != nil || changes != "" {
		commit += ", changed"
	}
	return commit
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
