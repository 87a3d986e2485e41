package measures_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/measures"
)

// The page of families is that of the registry and of the doc comments: `go test ./measures
// -update -run Families` writes it.
func TestFamiliesPage(t *testing.T) {
	const file = "FAMILIES.md"
	docs := comments(t)
	page, who := &strings.Builder{}, map[string][]string{} // who means another measure by the word
	for _, of := range measures.Meanings {
		m, err := measures.ByName(of.Measure)
		require.NoError(t, err)
		first, _, _ := strings.Cut(m.Name, "-")
		who[first] = append(who[first], fmt.Sprintf("- `%s`, as *%s*: %s", of.Measure, of.Word, of.Packages))
	}
	page.WriteString("# Families of measures\n\nWritten by `go test ./measures -update -run Families` from the registry and the doc comments. " +
		"x is the reference, n samples × p units, and y the other, n × q. *Keeps* are the changes of a dataset that leave a score as it was. " +
		"*n×n* is how many matrices of samples × samples a score holds, 8n² bytes each: none where it is computed by products of units. " +
		"[PACKAGES.md](PACKAGES.md) has what other packages give for these names.\n")
	for _, l := range measures.Families() {
		fmt.Fprintf(page, "\n## %s\n\n", l.Name)
		for _, form := range l.Forms {
			fmt.Fprintf(page, "    %s\n", form)
		}
		require.NotEmpty(t, docs[l.Name], "%s has no doc comment", l.Name)
		for _, doc := range docs[l.Name] {
			fmt.Fprintf(page, "\n%s\n", doc)
		}
		page.WriteString("\n| name | a … in | symmetric | gradient | keeps, of x | keeps, of y | n×n | source |\n|---|---|---|---|---|---|---|---|\n")
		for _, m := range l.Measures {
			gradient, symmetric, held := "yes", "yes", "none"
			if m.Differentiable() != nil {
				gradient = "no"
			}
			if !m.Symmetric {
				symmetric = "no: " + m.Direction()
			}
			if k := m.Squares(); k > 0 {
				held = fmt.Sprint(k)
			}
			fmt.Fprintf(page, "| `%s` | %s in [%s, %s] | %s | %s | %s | %s | %s | %s |\n", m.Name, m.Kind, limit(m.Range[0]), limit(m.Range[1]),
				symmetric, gradient, m.InvariantX, m.InvariantY, held, m.Source)
		}
		if lines := who[l.Name]; lines != nil {
			fmt.Fprintf(page, "\nWho means which:\n\n%s\n", strings.Join(lines, "\n"))
		}
	}
	if *update {
		require.NoError(t, os.WriteFile(file, []byte(page.String()), 0o644))
		return
	}
	old, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(old), page.String(), "run: go test ./measures -update -run Families")
}

// comments are the doc comments of variables that hold a measure or a family, by the
// family's name.
func comments(t *testing.T) map[string][]string {
	docs := map[string][]string{}
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, decl := range f.Decls {
			g, ok := decl.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR || g.Doc == nil || len(g.Specs) != 1 {
				continue
			}
			v := g.Specs[0].(*ast.ValueSpec)
			if len(v.Values) != 1 {
				continue
			}
			call, ok := v.Values[0].(*ast.CallExpr)
			if !ok {
				continue
			}
			if f, ok := call.Fun.(*ast.Ident); !ok || !strings.HasPrefix(strings.ToLower(f.Name), "register") {
				continue
			}
			of := ""
			ast.Inspect(call, func(n ast.Node) bool { // the first string that is a name
				lit, ok := n.(*ast.BasicLit)
				if text := ""; ok && lit.Kind == token.STRING && of == "" {
					if text, err = strconv.Unquote(lit.Value); err == nil && !strings.Contains(text, " ") {
						of, _, _ = strings.Cut(text, "-")
					}
				}
				return of == ""
			})
			docs[of] = append(docs[of], strings.TrimSpace(strings.ReplaceAll(g.Doc.Text(), "\t", "    ")))
		}
	}
	return docs
}
