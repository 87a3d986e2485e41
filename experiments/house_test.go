package experiments

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Imports go down only.
func TestHouse(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "simgrad/...").Output()
	require.NoError(t, err)
	// The rooms that each room may use, besides the rooms inside it.
	may := map[string][]string{
		"simgrad/graph":                {},
		"simgrad/data":                 {},
		"simgrad/data/probe":           {"simgrad/graph"}, // for polar factors
		"simgrad/measures":             {"simgrad/graph"},
		"simgrad/measures/measuretest": {"simgrad/graph", "simgrad/measures"},
		"simgrad/optim":                {"simgrad/graph"},
		"simgrad/experiments":          {"simgrad/graph", "simgrad/measures", "simgrad/optim", "simgrad/data", "simgrad/data/probe", "simgrad/experiments/report"},
		"simgrad/experiments/report":   {},
		"simgrad/notebooks":            {"simgrad/graph", "simgrad/measures", "simgrad/optim", "simgrad/data", "simgrad/data/probe", "simgrad/experiments"},
	}
	seen := 0
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		room, allowed := words[0], []string{"simgrad/experiments"} // a door
		for name, rooms := range may {
			if room == name || strings.HasPrefix(room, name+"/internal") {
				allowed, seen = rooms, seen+1
			}
		}
		for _, imported := range words[1:] {
			switch {
			case !strings.HasPrefix(imported, "simgrad/") || strings.Contains(imported, "/internal/"):
			default:
				require.Contains(t, allowed, imported, "%s imports %s", room, imported)
			}
		}
	}
	require.GreaterOrEqual(t, seen, 7)
}

// The files of NumPy are met in one file, and plotting in one.
func TestOneFileMeetsEach(t *testing.T) {
	of := map[string]string{"github.com/sbinet/npyio": "data/npy.go", "gonum.org/v1/plot": "experiments/figure.go"}
	met := map[string]bool{}
	require.NoError(t, filepath.WalkDir("..", func(file string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
			return err
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, i := range parsed.Imports {
			for library, at := range of {
				if path := strings.Trim(i.Path.Value, `"`); path == library || strings.HasPrefix(path, library+"/") {
					require.Equal(t, filepath.Join("..", at), file, "%s is met in %s alone", library, at)
					met[library] = true
				}
			}
		}
		return nil
	}))
	require.Len(t, met, len(of))
}
