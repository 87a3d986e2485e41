package experiments_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a function that is shown every point changes outside itself is among the state that
// goes with it into checkpoints, here or where the function that it is given to hands it on:
// variables that it assigns, takes the address of, calls methods of that change them, or hands
// on where they are made of a literal (a map, say), and the frames and warnings of a record, by
// itself or by what it calls.
func TestStateIsWhole(t *testing.T) {
	folders, err := filepath.Glob("studies/*")
	require.NoError(t, err)
	set, shared := token.NewFileSet(), "inference"
	functions, changes := 0, 0
	for _, folder := range append(folders, shared) {
		p := &parsedPackage{set: set, own: functionsOf(t, set, folder)}
		p.functions = p.own
		if folder != shared {
			for _, f := range functionsOf(t, set, shared) {
				if f.Name.IsExported() {
					p.functions = append(p.functions, f)
				}
			}
		}
		for _, f := range p.own {
			ast.Inspect(f.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				each := shownPoints(call)
				if each == nil {
					return true
				}
				functions++
				state := p.stateOf(call)
				for e, path := range p.changed(f, each) {
					changes++
					root, _, _ := strings.Cut(path, ".")
					require.True(t, state[path] || state[root], "%s: %s is changed at every point, and no checkpoint has it", p.set.Position(e.Pos()), path)
				}
				return true
			})
		}
	}
	require.GreaterOrEqual(t, functions, 6)
	require.GreaterOrEqual(t, changes, 15)
}

// A parsedPackage is a package's functions, and those of other packages that it may call.
type parsedPackage struct {
	set            *token.FileSet
	own, functions []*ast.FuncDecl
}

// functionsOf are a package's, without those of tests.
func functionsOf(t *testing.T, set *token.FileSet, folder string) (functions []*ast.FuncDecl) {
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	require.NoError(t, err)
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				functions = append(functions, f)
			}
		}
	}
	return functions
}

// shownPoints is the function that a call is given to show points to, nil if none.
func shownPoints(call *ast.CallExpr) *ast.FuncLit {
	for _, a := range call.Args {
		l, ok := a.(*ast.FuncLit)
		if !ok || len(l.Type.Params.List) == 0 {
			continue
		}
		if of, ok := l.Type.Params.List[0].Type.(*ast.SelectorExpr); ok && pathOf(of) == "optim.Point" {
			return l
		}
	}
	return nil
}

// stateOf are the variables, and fields of them, whose pointers go with a function that is
// shown points, and those that the function called adds to them.
func (p *parsedPackage) stateOf(call *ast.CallExpr) map[string]bool {
	state, after := map[string]bool{}, false
	for _, a := range call.Args {
		if _, ok := a.(*ast.FuncLit); ok {
			after = true
			continue
		}
		if !after {
			continue
		}
		if name, ok := a.(*ast.Ident); ok { // a pointer itself
			state[name.Name] = true
		}
		ast.Inspect(a, func(n ast.Node) bool {
			if u, ok := n.(*ast.UnaryExpr); ok && u.Op == token.AND {
				state[pathOf(u.X)] = true
			}
			return true
		})
	}
	for f, at := range p.called(call) {
		ast.Inspect(f.Body, func(n ast.Node) bool {
			if inner, ok := n.(*ast.CallExpr); ok && shownPoints(inner) != nil {
				for path := range p.stateOf(inner) {
					if root, rest, _ := strings.Cut(path, "."); at[root] != "" {
						state[at[root]+"."+rest] = true
					}
				}
			}
			return true
		})
	}
	return state
}

// called are the functions that a call may be of, by name, with what each of their
// parameters, and their receiver, stands for.
func (p *parsedPackage) called(call *ast.CallExpr) map[*ast.FuncDecl]map[string]string {
	all := map[*ast.FuncDecl]map[string]string{}
	name, receiver := "", ""
	switch f := call.Fun.(type) {
	case *ast.Ident:
		name = f.Name
	case *ast.SelectorExpr:
		name, receiver = f.Sel.Name, pathOf(f.X)
	}
	for _, f := range p.functions {
		if f.Name.Name != name || (f.Recv == nil) != (receiver == "") {
			continue
		}
		of := map[string]string{}
		if f.Recv != nil && len(f.Recv.List[0].Names) > 0 {
			of[f.Recv.List[0].Names[0].Name] = receiver
		}
		i := 0
		for _, field := range f.Type.Params.List {
			for _, parameter := range field.Names {
				if i < len(call.Args) {
					of[parameter.Name] = pathOf(call.Args[i])
				}
				i++
			}
		}
		all[f] = of
	}
	return all
}

// changed is what a part of a function changes of what is declared outside of it, each at one
// place. A study's own caches are of all its cells.
func (p *parsedPackage) changed(f *ast.FuncDecl, part ast.Node) map[ast.Expr]string {
	all := map[ast.Expr]string{}
	inner, _ := declared(part, nil)
	outer, literal := declared(f, part)
	own := ""
	if f.Recv != nil && len(f.Recv.List[0].Names) > 0 {
		own = f.Recv.List[0].Names[0].Name
	}
	change := func(e ast.Expr, path string) {
		if root, _, _ := strings.Cut(path, "."); root != "" && root != "_" && root != own && !inner[root] && !slices.Contains(slices.Collect(maps.Values(all)), path) {
			all[e] = path
		}
	}
	local := map[string]*ast.FuncLit{} // functions that it may call
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if a, ok := n.(*ast.AssignStmt); ok && len(a.Lhs) == 1 && len(a.Rhs) == 1 {
			if l, ok := a.Rhs[0].(*ast.FuncLit); ok {
				local[pathOf(a.Lhs[0])] = l
			}
		}
		return true
	})
	var look func(n ast.Node) bool
	look = func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for _, e := range n.Lhs {
				if n.Tok != token.DEFINE {
					change(e, pathOf(e))
				}
			}
		case *ast.IncDecStmt:
			change(n.X, pathOf(n.X))
		case *ast.UnaryExpr:
			if path := pathOf(n.X); n.Op == token.AND && outer[path] {
				change(n.X, path)
			}
		case *ast.CallExpr:
			for _, path := range p.touched(n, nil) {
				change(n, path)
			}
			if name, ok := n.Fun.(*ast.Ident); ok && local[name.Name] != nil {
				l := local[name.Name]
				delete(local, name.Name)
				ast.Inspect(l.Body, look)
			}
			if m, ok := n.Fun.(*ast.SelectorExpr); ok && literal[pathOf(m.X)] {
				change(m.X, pathOf(m.X))
			}
			for _, a := range n.Args {
				if name, ok := a.(*ast.Ident); ok && literal[name.Name] {
					change(a, name.Name)
				}
			}
		}
		return true
	}
	ast.Inspect(part, look)
	return all
}

// touched is what a call changes of what it is given, by the caller's names: a record's frames
// and warnings, and fields of a receiver or a parameter.
func (p *parsedPackage) touched(call *ast.CallExpr, through []*ast.FuncDecl) (paths []string) {
	if m, ok := call.Fun.(*ast.SelectorExpr); ok {
		switch m.Sel.Name {
		case "Frame":
			paths = append(paths, pathOf(m.X)+".Frames")
		case "Warn":
			paths = append(paths, pathOf(m.X)+".Warnings")
		}
	}
	for f, of := range p.called(call) {
		if slices.Contains(through, f) {
			continue
		}
		inner, _ := declared(f.Body, nil)
		add := func(path string) {
			root, field, isField := strings.Cut(path, ".")
			if isField && of[root] != "" && !inner[root] {
				paths = append(paths, of[root]+"."+field)
			}
		}
		ast.Inspect(f.Body, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				for _, e := range n.Lhs {
					add(pathOf(e))
				}
			case *ast.IncDecStmt:
				add(pathOf(n.X))
			case *ast.CallExpr:
				for _, path := range p.touched(n, append(through, f)) {
					add(path)
				}
			}
			return true
		})
	}
	return paths
}

// pathOf is the variable that an expression is of, with the first field: r.Frames of
// r.Frames[0].Name; "" if none.
func pathOf(e ast.Expr) string {
	field := ""
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return strings.TrimSuffix(x.Name+"."+field, ".")
		case *ast.SelectorExpr:
			e, field = x.X, x.Sel.Name
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return ""
		}
	}
}

// declared are the variables that n declares, without what is in a part of it, and those
// of them that are made of a composite literal or are zero.
func declared(n ast.Node, without ast.Node) (all, literal map[string]bool) {
	all, literal = map[string]bool{}, map[string]bool{}
	ast.Inspect(n, func(n ast.Node) bool {
		if n != nil && n == without {
			return false
		}
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, e := range n.Lhs {
				name, ok := e.(*ast.Ident)
				if !ok || n.Tok != token.DEFINE {
					continue
				}
				all[name.Name] = true
				if len(n.Rhs) == len(n.Lhs) {
					_, made := n.Rhs[i].(*ast.CompositeLit)
					literal[name.Name] = literal[name.Name] || made
				}
			}
		case *ast.ValueSpec:
			for _, name := range n.Names {
				all[name.Name], literal[name.Name] = true, true
			}
		case *ast.RangeStmt:
			for _, e := range []ast.Expr{n.Key, n.Value} {
				if name, ok := e.(*ast.Ident); ok {
					all[name.Name] = true
				}
			}
		case *ast.Field:
			for _, name := range n.Names {
				all[name.Name] = true
			}
		}
		return true
	})
	return all, literal
}
