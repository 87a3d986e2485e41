package experiments_test

import (
	"flag"
	"io"
	"strings"
	"testing"

	"simgrad/experiments"
	"simgrad/experiments/studies/decode"
	"simgrad/experiments/studies/explain"
	"simgrad/experiments/studies/joint"
	"simgrad/experiments/studies/optimize"
	"simgrad/experiments/studies/pcdynamics"
	"simgrad/experiments/studies/perturb"

	"github.com/stretchr/testify/require"
)

// Any arguments are refused in a line, or are the same after those of where cells run are
// taken out and put before them.
func FuzzFlags(f *testing.F) {
	for _, args := range []string{
		"", "-h", "-steps 10", "-steps=10 a.npz -seeds 2", "-quick -stop -- -data", "-quick=maybe", "-stop NaN", "-rate 1e999", "-steps 99999999999999999999", "-seed -1",
		"-data a,b -measures cka,nbs -workers 2", "--shard 1/4 -submit=slurm", "-slurm-tasks 3 -dry-run", "-dry-run=true -data x", "-axes trial,time,unit -average target", "-axes =", "-variables a:angle", "---x", "-", "-=", "a b c -steps", "-shard",
	} {
		f.Add(args)
	}
	studies := []func() experiments.Study{
		func() experiments.Study { return decode.New() }, func() experiments.Study { return explain.New() }, func() experiments.Study { return joint.New() },
		func() experiments.Study { return optimize.New() }, func() experiments.Study { return pcdynamics.New() }, func() experiments.Study { return perturb.New() },
	}
	place := []string{"-shard", "1/4", "-slurm-tasks=3", "--dry-run"}
	f.Fuzz(func(t *testing.T, line string) {
		t.Setenv("SIMGRAD_DATA", "")
		args := strings.Fields(line)
		for _, study := range studies {
			fs, files, err := experiments.FlagsOf(study(), args)
			if err != nil {
				require.NotContains(t, err.Error(), "\n")
				require.NotContains(t, err.Error(), "runtime error")
				continue
			}
			own := flag.NewFlagSet("", flag.ContinueOnError)
			own.SetOutput(io.Discard)
			fs.VisitAll(func(f *flag.Flag) { own.Var(f.Value, f.Name, "") })
			own.String("shard", "", "")
			own.Int("slurm-tasks", 0, "")
			own.Bool("dry-run", false, "")
			kept := experiments.Without(own, append(append([]string{}, place...), args...), experiments.IsOfPlace)
			again, rest, err := experiments.FlagsOf(study(), kept)
			require.NoError(t, err, "%q", kept)
			require.Equal(t, files, rest)
			want := map[string]string{}
			fs.Visit(func(f *flag.Flag) { want[f.Name] = f.Value.String() })
			again.Visit(func(f *flag.Flag) {
				require.Equal(t, want[f.Name], f.Value.String(), f.Name)
				delete(want, f.Name)
			})
			require.Empty(t, want)
		}
	})
}
