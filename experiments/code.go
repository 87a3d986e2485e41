package experiments

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/graph"
	"simgrad/measures"
	"simgrad/optim"

	"gorgonia.org/tensor"
)

//go:embed *.go
var ownSource embed.FS

// code is the version of what computes records, but for a study's own: a hash of every
// file, without its comments and spaces, and the versions of the libraries. What draws
// reports is left out.
var code = sync.OnceValue(func() map[string]string {
	versions := map[string]string{}
	for room, source := range map[string]fs.FS{
		"graph": graph.Source, "optim": optim.Source, "measures": measures.Source, "data": data.Source, "data/probe": probe.Source, "experiments": ownSource,
	} {
		hashFiles(versions, room, source)
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if isComputing(dep.Path) {
				versions[dep.Path] = dep.Version
				if r := dep.Replace; r != nil {
					versions[dep.Path] = r.Path + " " + r.Version
				}
			}
		}
	}
	return versions
})

// codeOf is the version of what computes a study's records.
func codeOf(about About) map[string]string {
	versions := maps.Clone(code())
	if about.Source == nil {
		versions["the program, as built"] = program()
	} else {
		hashFiles(versions, about.Name, about.Source)
		for room, source := range about.Rooms {
			hashFiles(versions, room, source)
		}
	}
	return versions
}

// hashFiles adds the hashes of the files of a room that compute.
func hashFiles(versions map[string]string, room string, source fs.FS) {
	_ = fs.WalkDir(source, ".", func(file string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(file, "_test.go") || reports(room, file) {
			return err
		}
		text, err := fs.ReadFile(source, file)
		if err == nil {
			versions[path.Join(room, file)] = hashOf(file, text)
		}
		return err
	})
}

// program is the hash of the program that runs.
var program = sync.OnceValue(func() string {
	file, err := os.Executable()
	if err != nil {
		return err.Error()
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return sumOf(b)[:16]
})

// reports is whether a file only reports on records, or keeps them.
func reports(room, file string) bool {
	if room == "experiments" {
		return !slices.Contains([]string{"ascent.go", "setup.go", "study.go", "toolkit.go"}, file)
	}
	return file == "report.go" || strings.HasSuffix(file, "_report.go")
}

// isComputing is whether a library computes.
func isComputing(library string) bool {
	return slices.Contains([]string{"gorgonia.org/gorgonia", "gorgonia.org/tensor", "gonum.org/v1/gonum"}, library)
}

// hashOf is the hash of a file's tokens, or lines, but for comments.
func hashOf(file string, text []byte) string {
	h := sha256.New()
	if path.Ext(file) != ".go" {
		for line := range bytes.Lines(text) {
			line, _, _ = bytes.Cut(line, []byte("//"))
			h.Write(append(bytes.TrimSpace(line), '\n'))
		}
	} else {
		var s scanner.Scanner
		files := token.NewFileSet()
		s.Init(files.AddFile(file, files.Base(), len(text)), text, nil, 0)
		for _, tok, literal := s.Scan(); tok != token.EOF; _, tok, literal = s.Scan() {
			if tok == token.SEMICOLON {
				literal = "" // a line's end, or written
			}
			fmt.Fprintf(h, "%s %q\n", tok, literal)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// changed says in what a record's version is not the present one: files that have
// changed or are gone. New ones cannot have taken part.
func changed(then, now map[string]string) string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(then)) {
		if now[name] != then[name] {
			names = append(names, name)
		}
	}
	const most = 3
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// formulaOf tells one formula of a measure from another: by its program, and by its
// score of two fixed datasets to nine digits, which all paths of linear algebra agree
// on and which sees what a private primitive does.
func formulaOf(m measures.Measure) string {
	x, m := data.Gaussian(1, 60, 4), m.Over(1).Repeated(2)
	for _, y := range []*tensor.Dense{data.Gaussian(2, 60, 3), data.Gaussian(2, 60, 4)} {
		v, err := m.Eval(x, y)
		if err != nil {
			continue // one that takes data of the same units alone, say
		}
		p, err := graph.Compile(func(b *graph.Builder) *graph.Node { return m.Score(b.Const("x", x), b.Const("y", y)) })
		if err == nil {
			return fmt.Sprintf("%.9g by program %s", v, p.Fingerprint())
		}
	}
	return "nothing, in program " + program() // and so is known by that alone
}
