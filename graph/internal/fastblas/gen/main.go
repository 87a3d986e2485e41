// Gen writes the assembly of package fastblas, and the Go declarations of it.
//
// Run it with go generate in the package's directory. It is a module of its own,
// so that the project needs avo for nothing else. Its own test fails when a
// committed file is not what it would write.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	op "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
)

// target is the folder of package fastblas, seen from this module's.
const target = ".."

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	files, err := generate(target)
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(target, name), text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// generate returns the text of each generated file by its name. The layout of
// the kernels' argument is read from tile.go in dir.
func generate(dir string) (map[string][]byte, error) {
	arg, err := argument(filepath.Join(dir, "tile.go"))
	if err != nil {
		return nil, err
	}
	files := make(map[string][]byte)
	for _, set := range []isa{avx512, avx2} {
		k := &kernels{Context: build.NewContext(), isa: set, types: arg, data: make(map[string]op.Mem)}
		k.ConstraintExpr("amd64")
		k.all()
		f, err := k.Result()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", set.name, err)
		}
		if err := pass.Compile.Execute(f); err != nil {
			return nil, fmt.Errorf("%s: %w", set.name, err)
		}
		cfg := printer.Config{Name: "go generate", Pkg: "fastblas"}
		for ext, p := range map[string]printer.Printer{".s": printer.NewGoAsm(cfg), ".go": printer.NewStubs(cfg)} {
			text, err := p.Print(f)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", set.name, err)
			}
			files[set.name+"_amd64"+ext] = text
		}
	}
	return files, nil
}

// argument type-checks the file of the kernels' argument. It is read alone, as
// the rest of the package may call kernels that are not written yet.
func argument(file string) (*types.Package, error) {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, file, nil, 0)
	if err != nil {
		return nil, err
	}
	var check types.Config
	return check.Check("fastblas", files, []*ast.File{f}, nil)
}
