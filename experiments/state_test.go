package experiments_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a function that is shown every point changes outside itself is among the state that
// goes with it into checkpoints: variables that it assigns, takes the address of, calls
// methods of, or hands on where they are made of a literal (a map, say), and a record's frames.
func TestStateIsWhole(t *testing.T) {
	files, err := filepath.Glob("studies/*/*.go")
	require.NoError(t, err)
	functions, changes := 0, 0
	for _, file := range files {
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body == nil {
				continue
			}
			ast.Inspect(f.Body, func(n ast.Node) bool {
				call, ok := n.(*ast.CallExpr)
				if !ok {
					return true
				}
				var each *ast.FuncLit
				state := map[string]bool{}
				for _, a := range call.Args {
					if l, ok := a.(*ast.FuncLit); ok {
						each = l
					} else if each != nil {
						ast.Inspect(a, func(n ast.Node) bool {
							if p, ok := n.(*ast.UnaryExpr); ok && p.Op == token.AND {
								state[rootOf(p.X)] = true
							}
							return true
						})
					}
				}
				if each == nil || len(state) == 0 {
					return true
				}
				functions++
				inner, _ := declared(each, nil)
				outer, literal := declared(f.Body, each)
				changed := func(e ast.Expr) {
					name := rootOf(e)
					if name == "" || name == "_" || inner[name] {
						return
					}
					changes++
					require.True(t, state[name], "%s: %s is changed at every point, and no checkpoint has it", set.Position(e.Pos()), name)
				}
				ast.Inspect(each.Body, func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.AssignStmt:
						for _, e := range n.Lhs {
							if n.Tok != token.DEFINE {
								changed(e)
							}
						}
					case *ast.IncDecStmt:
						changed(n.X)
					case *ast.UnaryExpr:
						if n.Op == token.AND && rootOf(n.X) != "" && outer[rootOf(n.X)] {
							changed(n.X)
						}
					case *ast.CallExpr:
						if m, ok := n.Fun.(*ast.SelectorExpr); ok && (literal[rootOf(m.X)] || m.Sel.Name == "Frame" || m.Sel.Name == "Warn") {
							changed(m.X)
						}
						for _, a := range n.Args {
							if name, ok := a.(*ast.Ident); ok && literal[name.Name] {
								changed(a)
							}
						}
					}
					return true
				})
				return true
			})
		}
	}
	require.GreaterOrEqual(t, functions, 4)
	require.GreaterOrEqual(t, changes, 8)
}

// rootOf is the variable that an expression is of, "" if none.
func rootOf(e ast.Expr) string {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x.Name
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
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
