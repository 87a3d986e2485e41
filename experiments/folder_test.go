package experiments_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/studies/optimize"
	"simgrad/experiments/studies/perturb"
)

// Without -out a study has its folder, and each dataset that is asked for one of its own.
func TestFolders(t *testing.T) {
	t.Chdir(t.TempDir())
	run := func(s experiments.Study, args ...string) {
		var b bytes.Buffer
		require.Equal(t, 0, experiments.Run(context.Background(), s, args, &b, &b), b.String())
	}
	save := func(seed uint64) {
		require.NoError(t, data.WriteArrays("my rec.npz", data.Array{Name: "activity", Shape: []int{20, 3}, Values: data.Gaussian(seed, 20, 3).Float64s()}))
	}
	save(1)
	run(optimize.New(), "my rec.npz", "-steps", "2")
	save(2)
	run(optimize.New(), "my rec.npz", "-steps", "2")
	run(optimize.New(), "toy2d", "-quick", "-steps", "2")
	run(perturb.New(), "-quick", "-components", "1", "-measures", "cka")
	run(perturb.New(), "-data", "toy2d,my rec.npz", "-components", "1", "-measures", "cka")
	reports, err := filepath.Glob("results/*/report.html")
	require.NoError(t, err)
	require.Len(t, reports, 5)
	for _, want := range []string{"optimize-my-rec-??????", "optimize-toy2d-??????-quick", "perturb-quick", "perturb-toy2d-??????+1"} {
		found, err := filepath.Glob(filepath.Join("results", want))
		require.NoError(t, err)
		require.Len(t, found, map[bool]int{true: 2, false: 1}[want == "optimize-my-rec-??????"], want)
	}
	_, err = os.Stat("results/perturb-quick/report.html")
	require.NoError(t, err)
}

// A recording that is known by its name is read from the folder of recordings, and its
// results are named by it; where it is not there, nothing is written.
func TestRecordingsByName(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv(data.FolderVariable, "")
	run := func(args ...string) (string, int) {
		var b bytes.Buffer
		code := experiments.Run(context.Background(), perturb.New(), args, &b, &b)
		return b.String(), code
	}
	said, code := run("-data", "mante2013", "-components", "1", "-measures", "cka")
	require.Equal(t, 1, code)
	require.Contains(t, said, "perturb: data: mante2013: recordings/mante2013.npz: file does not exist; get PFC data.zip from https://")
	require.NoDirExists(t, "results")
	said, code = run("-data", "mante2013", "-data-dir", "")
	require.Equal(t, 2, code)
	require.Contains(t, said, "name a folder")

	require.NoError(t, data.WriteArrays("lab/mante2013.npz", data.Array{Name: "activity", Shape: []int{20, 3}, Values: data.Gaussian(1, 20, 3).Float64s()}))
	said, code = run("-data", "mante2013", "-data-dir", "lab", "-components", "1", "-measures", "cka")
	require.Equal(t, 0, code, said)
	d, err := data.Load("lab/mante2013.npz")
	require.NoError(t, err)
	require.FileExists(t, filepath.Join("results", "perturb-mante2013-"+d.Hash()[:6], "report.html"))
	tables, err := os.ReadFile(filepath.Join("results", "perturb-mante2013-"+d.Hash()[:6], "summary.csv"))
	require.NoError(t, err)
	require.Contains(t, string(tables), "\nmante2013,cka,")
	require.NotContains(t, said, "surrogate")
	require.NotContains(t, said, "has records of")
	said, code = run("-data", "mante2013", "-data-dir", "lab", "-components", "1", "-measures", "nbs")
	require.Equal(t, 0, code, said)
	require.Contains(t, strings.Join(strings.Fields(said), " "), "has records of cka too, and this report leaves them out: ask for them as well, or choose another folder with -out.")
	said, code = run("-data", "mante2013", "-data-dir", "lab", "-components", "1", "-measures", "cka,nbs")
	require.Equal(t, 0, code, said)
	require.NotContains(t, said, "has records of")

	var b bytes.Buffer
	t.Setenv(data.FolderVariable, "elsewhere")
	require.Equal(t, 0, experiments.Run(context.Background(), optimize.New(), []string{"mante2013", "-data-dir", "lab", "-steps", "2"}, &b, &b), b.String())
	require.FileExists(t, filepath.Join("results", "optimize-mante2013-"+d.Hash()[:6], "report.html"))
}
