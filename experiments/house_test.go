package experiments

import (
	"os/exec"
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
		"simgrad/graph":       {},
		"simgrad/data":        {},
		"simgrad/data/probe":  {"simgrad/graph"}, // for polar factors
		"simgrad/measures":    {"simgrad/graph"},
		"simgrad/optim":       {"simgrad/graph"},
		"simgrad/experiments": {"simgrad/graph", "simgrad/measures", "simgrad/optim", "simgrad/data", "simgrad/data/probe"},
		"simgrad/notebooks":   {"simgrad/graph", "simgrad/measures", "simgrad/optim", "simgrad/data", "simgrad/data/probe", "simgrad/experiments"},
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
			if imported == "github.com/sbinet/npyio/npy" {
				require.Equal(t, "simgrad/data", room, "npyio is met in one file")
			}
			if strings.HasPrefix(imported, "gonum.org/v1/plot") {
				require.Equal(t, "simgrad/experiments", room, "plots are drawn in one file")
			}
		}
	}
	require.GreaterOrEqual(t, seen, 7)
}
