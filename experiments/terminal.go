package experiments

import (
	"flag"
	"fmt"
	"io"
	"regexp"
	"strings"

	"simgrad/data"
	"simgrad/experiments/report"
)

// columns is how wide what commands say is.
const columns = 80

// say prints what a report found on stdout, in lines of 80 columns, and before it on stderr
// what it must be read with.
func say(rep *report.Report, sets []*data.Dataset, stdout, stderr io.Writer) {
	var files []string // their names, and what they are called here
	for _, d := range sets {
		if short := shown(d); short != d.Name {
			files = append(files, d.Name, short)
		}
	}
	called := strings.NewReplacer(files...)
	for _, w := range rep.Warnings {
		fmt.Fprintln(stderr, report.Wrap(report.Plain(called.Replace(w)), columns, "warning: ", "  "))
	}
	for _, line := range rep.Finding {
		fmt.Fprintln(stdout, report.Wrap(report.Plain(called.Replace(line)), columns, "", ""))
	}
}

// ofOne is a warning of one variable.
var ofOne = regexp.MustCompile(`^(whether )?(\S+) is (.*)$`)

// grouped are warnings, those that say the same of several datasets, or of several
// variables of one, as one: "DATASET, DATASET: VARIABLE, VARIABLE: what is said", or "each of
// VARIABLE, VARIABLE is what is said", datasets by their short names.
func grouped(warnings []string, sets []*data.Dataset) (lines []string) {
	type said struct{ sets, lead, of, link, text string }
	var names []string
	for _, d := range sets {
		names = append(names, d.Name)
	}
	var all []said
	for _, w := range warnings {
		s := said{text: w}
		for i, d := range sets {
			short := d.Name
			if d.File != "" {
				short = report.ShortNames(names)[i]
			}
			for _, name := range []string{d.Name, short} {
				if rest, ok := strings.CutPrefix(w, name+": "); ok {
					s.sets, s.text = short, rest
				}
			}
		}
		if of, text, ok := strings.Cut(s.text, ": "); ok && s.sets != "" && !strings.Contains(of, " ") {
			s.of, s.link, s.text = of, ": ", text
		} else if m := ofOne.FindStringSubmatch(s.text); m != nil && s.sets != "" {
			s.lead, s.of, s.link, s.text = m[1], m[2], " is ", m[3]
		}
		all = append(all, s)
	}
	// join puts together what is alike but for one of its names.
	join := func(name func(*said) *string) {
		var kept []said
		at := map[said]int{}
		for _, s := range all {
			rest := s
			*name(&rest) = ""
			i, seen := at[rest]
			if own := *name(&s); !seen || own == "" {
				at[rest] = len(kept)
				kept = append(kept, s)
			} else if list := name(&kept[i]); own != *list {
				*list += ", " + own
			}
		}
		all = kept
	}
	join(func(s *said) *string { return &s.of })
	join(func(s *said) *string { return &s.sets })
	for _, s := range all {
		if s.link == " is " && strings.Contains(s.of, ", ") {
			s.lead += "each of "
		}
		line := s.lead + s.of + s.link + s.text
		if s.sets != "" {
			line = s.sets + ": " + line
		}
		lines = append(lines, line)
	}
	return lines
}

// A helpErr ends a command with what it was asked to list.
type helpErr struct{ text string }

func (h *helpErr) Error() string { return h.text }

// datasetsHelp lists the datasets that are known by name.
func datasetsHelp() string {
	return "Datasets by name:\n\n  " + strings.Join(data.Names(), "\n  ") + "\n  surrogate/all\n\n" + report.Wrap("Those that begin with surrogate/ are artificial, with the shape and spectrum of "+
		"the recording of that name; -seed=2 and -shift=1 after the name draw another, and one whose variables are in other components. "+
		"Recordings without it are read from -data-dir: if one is not there, the error says how it is had. Others are files: FILE.npz, FILE.npz:key, FILE.npy.", columns, "", "")
}

// help prints what a command does, its examples and its flags.
func help(w io.Writer, a About, fs *flag.FlagSet) {
	for _, line := range strings.Split(a.Name+" "+a.Does, "\n\n") {
		fmt.Fprintf(w, "%s\n\n", report.Wrap(line, columns, "", ""))
	}
	for _, example := range a.Examples {
		fmt.Fprintf(w, "  %s\n", strings.TrimSpace(a.command()+" "+example))
	}
	fmt.Fprintf(w, "\n%s\n\nFlags:\n", report.Wrap(a.Takes, columns, "", ""))
	fs.VisitAll(func(f *flag.Flag) {
		value, usage := flag.UnquoteUsage(f)
		fmt.Fprintf(w, "  %s\n", strings.TrimSpace("-"+f.Name+" "+value))
		switch f.DefValue {
		case "", "0", "false":
		default:
			usage += " (default " + f.DefValue + ")"
		}
		fmt.Fprintln(w, report.Wrap(usage, columns, "    ", "    "))
	})
}
