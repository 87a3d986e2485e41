package experiments_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
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
		require.Equal(t, 0, experiments.Run(context.Background(), s, args, &b), b.String())
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
