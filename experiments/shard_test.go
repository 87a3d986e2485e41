package experiments_test

import (
	"os"
	"path/filepath"
	"testing"

	"simgrad/experiments/studytest"

	"github.com/stretchr/testify/require"
)

// Shares of a study, each run by itself, make the whole: the last writes the report, with
// the bytes of a run without shares.
func TestShards(t *testing.T) {
	dir := t.TempDir()
	file, out, alone := studytest.Recording(t, dir), filepath.Join(dir, "out"), filepath.Join(dir, "alone")
	code, said := runDecode(t, decodeArgs(file, alone, "-steps", "20"))
	require.Equal(t, 0, code, said)
	for _, share := range []string{"2/3", "3/3"} {
		code, said = runDecode(t, decodeArgs(file, out, "-steps", "20", "-shard", share))
		require.Equal(t, 0, code, said)
		require.Contains(t, said, "share "+share+" is done")
		require.NoFileExists(t, filepath.Join(out, "report.html"))
	}
	records, err := filepath.Glob(filepath.Join(out, "cells", "*", "record.json"))
	require.NoError(t, err)
	require.Len(t, records, 8, "two thirds of 12 cells")
	code, said = runDecode(t, decodeArgs(file, out, "-steps", "20", "-shard", "none"))
	require.Equal(t, 1, code)
	require.Contains(t, said, "4 of 12 cells have no record yet")
	for name, value := range map[string]string{"ID": "5", "MIN": "5", "MAX": "9", "STEP": "2", "COUNT": "3"} {
		t.Setenv("SLURM_ARRAY_TASK_"+name, value)
	}
	code, said = runDecode(t, decodeArgs(file, out, "-steps", "20", "-shard=slurm"))
	require.Equal(t, 0, code, said)
	require.Equal(t, studytest.Tables(t, alone), studytest.Tables(t, out))
	page, err := os.ReadFile(filepath.Join(out, "report.html"))
	require.NoError(t, err)
	require.NotContains(t, string(page), "-shard")
}

// What is wrong with a share or a submission is a mistake in the command, and a dry run
// leaves nothing.
func TestShardUsage(t *testing.T) {
	dir := t.TempDir()
	file, out := studytest.Recording(t, dir), filepath.Join(dir, "out")
	for want, args := range map[string][]string{
		`-shard "0/3": it must be i/n`:               {"-shard", "0/3"},
		`-shard "4/3": it must be i/n`:               {"-shard", "4/3"},
		`-shard "1": it must be i/n`:                 {"-shard", "1"},
		"SLURM_ARRAY_TASK_ID is not set":             {"-shard", "slurm"},
		`-submit "pbs": it must be slurm`:            {"-submit", "pbs"},
		"-slurm-cpus 0: at least one is needed":      {"-submit", "slurm", "-slurm-cpus", "0"},
		"-slurm-time has no effect without -submit":  {"-slurm-time", "5"},
		"-dry-run has no effect without -submit":     {"-dry-run"},
		`-slurm-partition "a b": it must be`:         {"-submit", "slurm", "-slurm-partition", "a b"},
		"-submit shares the cells out itself; leave": {"-submit", "slurm", "-shard", "1/2"},
	} {
		code, said := runDecode(t, decodeArgs(file, out, args...))
		require.Equal(t, 2, code, "%s: %s", want, said)
		require.Contains(t, said, want)
		require.NoDirExists(t, out)
	}
	code, said := runDecode(t, decodeArgs(file, out, "-submit", "slurm", "-dry-run", "-slurm-tasks", "5", "-slurm-time", "1:00:00", "-stop", "0.5"))
	require.Equal(t, 0, code, said)
	for _, line := range []string{"#SBATCH --array=0-4\n", "#SBATCH --time=1:00:00\n", "export SIMGRAD_BLAS=", "-stop 0.5 -shard slurm\n", "-shard none\n"} {
		require.Contains(t, said, line)
	}
	require.NotContains(t, said, "-dry-run")
	require.NoDirExists(t, out)

	for name, value := range map[string]string{"ID": "5", "MIN": "3", "MAX": "9", "STEP": "1", "COUNT": "3"} { // --array=3,5,9
		t.Setenv("SLURM_ARRAY_TASK_"+name, value)
	}
	code, said = runDecode(t, decodeArgs(file, out, "-shard", "slurm"))
	require.Equal(t, 2, code)
	require.Contains(t, said, "the tasks must be evenly spaced, as in --array=0-2")
}
