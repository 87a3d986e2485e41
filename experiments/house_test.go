package experiments

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Imports go down only.
func TestHouse(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "simgrad/...").Output()
	require.NoError(t, err)
	floor0 := []string{"simgrad/graph", "simgrad/data"}
	floor1 := append([]string{"simgrad/measures", "simgrad/optim", "simgrad/data/probe", "simgrad/experiments/report"}, floor0...)
	floor2 := append([]string{"simgrad/experiments", "simgrad/experiments/inference", "simgrad/experiments/studies/published"}, floor1...)
	// The rooms that each room may use, besides the rooms inside it.
	may := map[string][]string{
		"simgrad/graph":                         {},
		"simgrad/data":                          {},
		"simgrad/data/probe":                    {"simgrad/graph"}, // for polar factors
		"simgrad/measures":                      {"simgrad/graph"},
		"simgrad/measures/measuretest":          {"simgrad/graph", "simgrad/measures"},
		"simgrad/optim":                         {"simgrad/graph"},
		"simgrad/experiments/report":            {"simgrad/data"},
		"simgrad/experiments/inference":         append([]string{"simgrad/experiments"}, floor1...),
		"simgrad/experiments":                   floor1,
		"simgrad/experiments/studytest":         floor2,
		"simgrad/experiments/studies/published": {"simgrad/data"},
		"simgrad/experiments/studies/bench":     append([]string{"simgrad/experiments/studies/decode", "simgrad/experiments/studies/score"}, floor2...), // times them
		"simgrad/notebooks":                     floor2,
	}
	studies, doors := 0, 0
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		room := words[0]
		allowed, known := may[room]
		switch {
		case known:
			delete(may, room)
		case strings.Contains(room, "/internal"):
			continue
		case strings.HasPrefix(room, "simgrad/experiments/studies/"):
			allowed, studies = floor2, studies+1
		default:
			allowed, doors = []string{"simgrad/experiments", "simgrad/experiments/studies/" + path.Base(room)}, doors+1
		}
		for _, imported := range words[1:] {
			if strings.HasPrefix(imported, "simgrad/") && !strings.Contains(imported, "/internal/") {
				require.Contains(t, allowed, imported, "%s imports %s", room, imported)
			}
		}
	}
	require.Empty(t, may, "rooms that are no more")
	require.GreaterOrEqual(t, studies, 6)
	require.Greater(t, doors, studies)
}

// The files of NumPy are met in one file, and plotting in one.
func TestOneFileMeetsEach(t *testing.T) {
	of := map[string]string{"github.com/sbinet/npyio": "data/npy.go", "gonum.org/v1/plot": "experiments/report/draw.go"}
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
