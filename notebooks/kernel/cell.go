//go:build kernel

package main

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"io"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/cosmos72/gomacro/ast2"
	"github.com/cosmos72/gomacro/base"
	basereflect "github.com/cosmos72/gomacro/base/reflect"
	"github.com/cosmos72/gomacro/fast"
	"github.com/cosmos72/gomacro/go/etoken"
	"github.com/cosmos72/gomacro/imports"
	"github.com/cosmos72/gomacro/xreflect"

	"simgrad/notebooks"
)

// A Kernel runs cells. It belongs to the goroutine that made it, Interrupt
// excepted.
type Kernel struct {
	ir      *fast.Interp
	display *fast.Import
	render  map[string]xreflect.Type // by which gophernotes finds what displays itself

	mu     sync.Mutex
	cancel context.CancelFunc // of the running cell, nil between cells
	ctx    context.Context
}

// prelude is what every notebook begins with, in the interpreter's own notation of
// generics.
const prelude = `func Must#[T](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func min#[T](a, b T) T {
	if b < a {
		return b
	}
	return a
}

func max#[T](a, b T) T {
	if a < b {
		return b
	}
	return a
}`

// NewKernel returns a kernel in which no cell has run.
func NewKernel() (*Kernel, error) {
	etoken.GENERICS = etoken.GENERICS_V2_CTI // the interpreter's own generics, for Must
	k := &Kernel{ir: fast.New()}
	k.ir.Comp.Stdout, k.ir.Comp.Stderr = io.Discard, io.Discard
	k.ir.Comp.Options &^= base.OptShowPrompt | base.OptTrapPanic

	// In a cell context.Background ends when the cell is interrupted.
	imports.Packages["context"].Binds["Background"] = reflect.ValueOf(k.context)
	notebooks.Context = k.context

	packages, err := k.ir.ImportPackagesOrError(map[string]fast.PackageName{"display": "display"})
	if err != nil {
		return nil, err
	}
	k.display = packages["display"]
	k.ir.DeclVar("Display", nil, stubDisplay)
	k.initRenderers()
	_, _, err = k.run(prelude)
	return k, err
}

// run compiles and runs a cell. It returns the values of its last expression,
// without errors that are nil; one that is not is the cell's.
func (k *Kernel) run(code string) (values []any, types []xreflect.Type, err error) {
	defer k.begin()()
	defer func() {
		if p := recover(); p != nil {
			err = asError(p, code)
		}
	}()
	compiled, last := k.compile(code)
	if compiled == nil {
		return nil, nil, nil
	}
	results, ts := k.ir.RunExpr(compiled)
	if k.context().Err() != nil {
		return nil, nil, errInterrupted
	}
	if !shown(last) {
		return nil, nil, nil
	}
	for i, r := range results {
		switch v := basereflect.ValueInterface(r).(type) {
		case nil:
		case error:
			return nil, nil, v
		default:
			values, types = append(values, v), append(types, ts[i])
		}
	}
	return values, types, nil
}

// compile returns the cell's code and its last node; it panics with what is
// wrong.
func (k *Kernel) compile(code string) (compiled *fast.Expr, last ast.Node) {
	k.ir.Comp.Line = 0
	nodes := k.ir.Comp.ParseBytes([]byte(code))
	for _, n := range nodes {
		if d, ok := n.(*ast.GenDecl); ok && d.Tok == token.IMPORT {
			linked(d)
		}
	}
	source := ast2.AnyToAst(nodes, "cell")
	if source == nil {
		return nil, nil
	}
	return k.ir.CompileAst(source), nodes[len(nodes)-1]
}

// linked panics where a package that a cell imports is not in the kernel: gomacro
// would try to fetch it.
func linked(d *ast.GenDecl) {
	for _, spec := range d.Specs {
		path, _ := strconv.Unquote(spec.(*ast.ImportSpec).Path.Value) // parsed as a string
		if _, ok := imports.Packages[path]; ok {
			continue
		}
		if slices.Contains([]string{"cmp", "iter", "maps", "slices", "unique", "weak"}, path) {
			panic(fmt.Sprintf("package %s is Go's own but generic, and cells know Go up to generics: write a loop, or use package sort", path))
		}
		have := []string{}
		for name := range imports.Packages {
			if strings.HasPrefix(name, "simgrad/") || strings.HasPrefix(name, "gonum.org/") || strings.HasPrefix(name, "gorgonia.org/") {
				have = append(have, name)
			}
		}
		slices.Sort(have)
		panic(fmt.Sprintf("package %s is not in the kernel, which has most of Go's own and %s", path, strings.Join(have, ", ")))
	}
}

// shown is whether the values of a cell's last node are for the reader: those of
// an expression are, unless all it does is print.
func shown(last ast.Node) bool {
	if s, ok := last.(*ast.ExprStmt); ok {
		last = s.X
	}
	if _, ok := last.(ast.Expr); !ok {
		return false
	}
	call, ok := last.(*ast.CallExpr)
	if !ok {
		return true
	}
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return true
	}
	pkg, ok := f.X.(*ast.Ident)
	return !ok || pkg.Name != "fmt" || !strings.Contains(f.Sel.Name, "rint") || strings.HasPrefix(f.Sel.Name, "S")
}

// begin makes the context of a cell and returns what ends it.
func (k *Kernel) begin() (end func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ctx, k.cancel = context.WithCancel(context.Background())
	return func() {
		k.mu.Lock()
		defer k.mu.Unlock()
		k.cancel = nil
	}
}

func (k *Kernel) context() context.Context {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.ctx
}

// Interrupt ends the running cell: interpreted code at its next step, compiled
// code where it asks its context. What earlier statements did remains.
func (k *Kernel) Interrupt() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.cancel != nil {
		k.cancel()
		k.ir.Interrupt(nil)
	}
}

var errInterrupted = errors.New("interrupted; what the cell had done by then remains")

// place is how gomacro begins its errors.
var place = regexp.MustCompile(`^repl\.go:(\d+):\d+: `)

// asError makes what a cell panicked with an error of one line.
func asError(p any, code string) error {
	if p == base.SigInterrupt {
		return errInterrupted
	}
	text := place.ReplaceAllString(fmt.Sprint(p), "line $1: ")
	return errors.New(strings.Join(strings.Fields(text), " ") + tooNew(text, code))
}

var (
	typeParameters = regexp.MustCompile(`\b(func|type)\s+\w+\[\s*\w+(\s*,\s*\w+)*\s+\S`)
	unknownName    = regexp.MustCompile(`undefined identifier: (\w+)`)
	rangeOver      = regexp.MustCompile(`cannot range over (.*) <(u?int\d*|func\(.*)>$`)
)

// tooNew says what to write instead where an error comes from Go that gomacro does
// not know, or from a name that no cell has made known.
func tooNew(text, code string) string {
	const known = "; cells know Go up to generics: "
	if over := rangeOver.FindStringSubmatch(text); over != nil {
		if strings.HasPrefix(over[2], "func") {
			return known + "call the function, with one that takes its values"
		}
		return known + fmt.Sprintf("write for i := 0; i < %s; i++", over[1])
	}
	if of := unknownName.FindStringSubmatch(text); of != nil {
		for path := range imports.Packages {
			if path == "simgrad/"+of[1] || strings.HasPrefix(path, "simgrad/") && strings.HasSuffix(path, "/"+of[1]) || path == of[1] {
				return fmt.Sprintf("; it is a package, known once a cell has run import %q", path)
			}
		}
		return "; no cell that has run declares it"
	}
	if strings.Contains(text, "found '['") || strings.Contains(text, "expected ']'") && typeParameters.MatchString(code) {
		return known + "write the types out in place of type parameters"
	}
	return ""
}

// Views are how the values of a cell are shown.
func (k *Kernel) views(values []any, types []xreflect.Type) (views []Data) {
	var words []string
	for i, v := range values {
		if vs := notebooks.Views(v); vs != nil {
			for _, view := range vs {
				views = append(views, asData(view))
			}
			continue
		}
		if k.canAutoRender(v, types[i]) {
			views = append(views, k.autoRender("", v, types[i]))
			continue
		}
		words = append(words, fmt.Sprint(v))
	}
	if len(words) > 0 {
		views = append(views, MakeData(MIMETypeText, strings.Join(words, " ")))
	}
	return views
}

func asData(v notebooks.View) Data {
	d := Data{Data: MIMEMap{MIMETypeText: v.Text}}
	if v.HTML != "" {
		d.Data[MIMETypeHTML] = v.HTML
	}
	if v.PNG != nil {
		d.Data[MIMETypePNG] = v.PNG
		d.Metadata = MIMEMap{MIMETypePNG: MIMEMap{"width": v.Width}}
	}
	return d
}

// capture sends what is written to os.Stdout and os.Stderr until restore is
// called, which waits for all of it.
func capture(send func(stream, text string)) (restore func(), err error) {
	var undo []func()
	var wg sync.WaitGroup
	for _, s := range []struct {
		name string
		file **os.File
	}{{StreamStdout, &os.Stdout}, {StreamStderr, &os.Stderr}} {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		old := *s.file
		*s.file = w
		wg.Go(func() {
			forward(r, func(text string) { send(s.name, text) })
			r.Close()
		})
		undo = append(undo, func() {
			*s.file = old
			w.Close()
		})
	}
	return func() {
		for _, f := range undo {
			f()
		}
		wg.Wait()
	}, nil
}

// forward sends what r yields, as it comes, without cutting a character.
func forward(r io.Reader, send func(string)) {
	buffer := make([]byte, 1<<14)
	held := 0
	for {
		n, err := r.Read(buffer[held:])
		n += held
		whole := n
		for k := 1; err == nil && k < utf8.UTFMax && k <= n; k++ {
			if utf8.RuneStart(buffer[n-k]) {
				if !utf8.FullRune(buffer[n-k : n]) {
					whole = n - k
				}
				break
			}
		}
		if whole > 0 {
			send(string(buffer[:whole]))
		}
		if err != nil {
			return
		}
		held = copy(buffer, buffer[whole:n])
	}
}
