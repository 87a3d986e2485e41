package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/constant"
	"go/format"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
)

// bindings returns a Go file that registers packages with gomacro, so that cells
// can import them, and what it leaves out: generic functions and types, which
// gomacro cannot call, as "package.Name".
func bindings(packages []string) (source []byte, generic []string, err error) {
	cmd := exec.Command(goCommand, append([]string{"list", "-export", "-deps", "-json=ImportPath,Export,DepOnly"}, packages...)...)
	cmd.Stderr = os.Stderr
	b, err := cmd.Output()
	if err != nil {
		return nil, nil, fmt.Errorf("go list: %w", err)
	}
	exports := map[string]string{}
	var roots []string
	for dec := json.NewDecoder(bytes.NewReader(b)); ; {
		var l struct {
			ImportPath, Export string
			DepOnly            bool
		}
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		exports[l.ImportPath] = l.Export
		if !l.DepOnly {
			roots = append(roots, l.ImportPath)
		}
	}
	imported := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	g := &generator{alias: map[string]string{}}
	for _, path := range roots {
		p, err := imported.Import(path)
		if err != nil {
			return nil, nil, err
		}
		g.bind(p)
	}
	source, err = format.Source(g.file())
	return source, g.generic, err
}

// A generator writes the bindings of packages.
type generator struct {
	alias   map[string]string // import path → local name
	body    bytes.Buffer      // of init
	proxies bytes.Buffer      // types by which interpreted code implements interfaces
	count   int
	generic []string // what is left out
}

// local returns the name under which the file imports p.
func (g *generator) local(p *types.Package) string {
	name, ok := g.alias[p.Path()]
	if !ok {
		name = fmt.Sprintf("p%d_%s", len(g.alias), p.Name())
		g.alias[p.Path()] = name
	}
	return name
}

// bind registers what p exports.
func (g *generator) bind(p *types.Package) {
	var values, typeNames, proxies, untyped []string
	add := func(list *[]string, name, format string, args ...any) {
		*list = append(*list, fmt.Sprintf("%q: "+format+",", append([]any{name}, args...)...))
	}
	for _, name := range p.Scope().Names() {
		o := p.Scope().Lookup(name)
		if !o.Exported() {
			continue
		}
		if isGeneric(o) {
			g.generic = append(g.generic, p.Name()+"."+name)
			continue
		}
		ref := g.local(p) + "." + name
		switch o := o.(type) {
		case *types.Const:
			value, literal := constantOf(o, ref)
			add(&values, name, "ValueOf(%s)", value)
			if literal != "" {
				add(&untyped, name, "%q", literal)
			}
		case *types.Var:
			add(&values, name, "ValueOf(&%s).Elem()", ref)
		case *types.Func:
			add(&values, name, "ValueOf(%s)", ref)
		case *types.TypeName:
			add(&typeNames, name, "TypeOf((*%s)(nil)).Elem()", ref)
			if i, ok := o.Type().Underlying().(*types.Interface); ok && i.NumMethods() > 0 && allExported(i) {
				add(&proxies, name, "TypeOf((*%s)(nil)).Elem()", g.proxy(name, i))
			}
		}
	}
	fmt.Fprintf(&g.body, "imports.Packages[%q] = imports.Package{\nName: %q,\n", p.Path(), p.Name())
	for _, section := range []struct {
		field, of string
		lines     []string
	}{{"Binds", "Value", values}, {"Types", "Type", typeNames}, {"Proxies", "Type", proxies}, {"Untypeds", "string", untyped}} {
		fmt.Fprintf(&g.body, "%s: map[string]%s{\n%s\n},\n", section.field, section.of, strings.Join(section.lines, "\n"))
	}
	fmt.Fprintf(&g.body, "Wrappers: map[string][]string{},\n}\n")
}

// isGeneric is whether o takes type parameters, or constrains them.
func isGeneric(o types.Object) bool {
	switch t := o.Type().(type) {
	case *types.Signature:
		return t.TypeParams().Len() > 0
	case *types.Named:
		if t.TypeParams().Len() > t.TypeArgs().Len() {
			return true
		}
	case *types.Alias:
		if t.TypeParams().Len() > t.TypeArgs().Len() {
			return true
		}
	}
	i, ok := o.Type().Underlying().(*types.Interface)
	_, isType := o.(*types.TypeName)
	return ok && isType && !i.IsMethodSet()
}

// constantOf returns a constant as an expression that reflect takes and, where it
// is untyped, as gomacro writes such constants.
func constantOf(o *types.Const, ref string) (value, literal string) {
	t, ok := o.Type().(*types.Basic)
	if !ok || t.Info()&types.IsUntyped == 0 {
		return ref, ""
	}
	exact := o.Val().ExactString()
	switch t.Kind() {
	case types.UntypedBool:
		literal = "bool:" + exact
	case types.UntypedRune:
		literal = "rune:" + exact
	case types.UntypedFloat:
		literal = "float:" + exact
	case types.UntypedString:
		literal = "string:" + constant.StringVal(o.Val())
	case types.UntypedInt:
		literal = "int:" + exact
		if _, fits := constant.Int64Val(o.Val()); fits {
			return "int64(" + ref + ")", literal
		}
		return "uint64(" + ref + ")", literal
	}
	return ref, literal
}

func allExported(i *types.Interface) bool {
	for m := range i.Methods() {
		if !m.Exported() {
			return false
		}
	}
	return true
}

// proxy writes the type by which interpreted code implements interface i, and
// returns its name.
func (g *generator) proxy(name string, i *types.Interface) string {
	g.count++
	proxy := fmt.Sprintf("proxy%d%s", g.count, name)
	text := func(t types.Type) string { return types.TypeString(t, g.local) }
	var fields, methods strings.Builder
	for m := range i.Methods() {
		signature := m.Type().(*types.Signature)
		params, args, results := []string{}, []string{"p.Object"}, []string{}
		for k := range signature.Params().Len() {
			t, dots := signature.Params().At(k).Type(), ""
			if signature.Variadic() && k == signature.Params().Len()-1 {
				t, dots = t.(*types.Slice).Elem(), "..."
			}
			params = append(params, fmt.Sprintf("a%d %s%s", k, dots, text(t)))
			args = append(args, fmt.Sprintf("a%d%s", k, dots))
		}
		for r := range signature.Results().Variables() {
			results = append(results, text(r.Type()))
		}
		word := ""
		if len(results) > 0 {
			word = "return "
		}
		in, out := strings.Join(params, ", "), strings.Join(results, ", ")
		fmt.Fprintf(&fields, "%s_ func(%s) (%s)\n", m.Name(), strings.Join(append([]string{"_ any"}, params...), ", "), out)
		fmt.Fprintf(&methods, "func (p *%s) %s(%s) (%s) { %sp.%s_(%s) }\n", proxy, m.Name(), in, out, word, m.Name(), strings.Join(args, ", "))
	}
	fmt.Fprintf(&g.proxies, "type %s struct {\nObject any\n%s}\n%s\n", proxy, fields.String(), methods.String())
	return proxy
}

// file returns the bindings as a file of package main.
func (g *generator) file() []byte {
	var b bytes.Buffer
	b.WriteString("// Code generated by install. DO NOT EDIT.\n\npackage main\n\nimport (\n. \"reflect\"\n\n\"github.com/cosmos72/gomacro/imports\"\n\n")
	for _, path := range slices.Sorted(maps.Keys(g.alias)) {
		fmt.Fprintf(&b, "%s %q\n", g.alias[path], path)
	}
	fmt.Fprintf(&b, ")\n\nfunc init() {\n%s}\n\n%s", g.body.Bytes(), g.proxies.Bytes())
	return b.Bytes()
}
