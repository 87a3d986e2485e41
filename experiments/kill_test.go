package experiments_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"simgrad/data"
	"simgrad/experiments/studytest"

	"github.com/stretchr/testify/require"
)

// Killed at random moments again and again, a study or a matrix of scores that is begun anew ends with the tables,
// figures and page of one that was left alone.
func TestKilledAtAnyMoment(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for minutes")
	}
	const kills = 42
	dir := t.TempDir()
	file, total := studytest.Recording(t, dir), 0
	model := filepath.Join(dir, "model.npz")
	require.NoError(t, data.WriteArrays(model, data.Array{Name: "activity", Shape: []int{4, 16, 5}, Values: data.Gaussian(3, 64, 5).Float64s()}))
	other := filepath.Join(dir, "other.npz")
	require.NoError(t, data.WriteArrays(other, data.Array{Name: "activity", Shape: []int{4, 16, 7}, Values: data.Gaussian(4, 64, 7).Float64s()}))
	for i, c := range []struct {
		study string
		args  []string
	}{
		{"explain", []string{"-quick", "-measures", "cka,nbs", file, model}},
		{"decode", []string{"-data", file, "-measures", "cka,nbs", "-seeds", "3", "-permutations", "39", "-steps", "60"}},
		{"pcdynamics", []string{"-data", file, "-measures", "cka,nbs", "-seeds", "3", "-steps", "60"}},
		{"joint", []string{"-data", file, "-quick", "-steps", "20"}},
		{"score", []string{"-measures", "cka,nbs,procrustes-angular-score,linreg-r2-cv=5folds", file, model, other}},
	} {
		r := rand.New(rand.NewPCG(uint64(i), 41))
		// In folders of one name, for the page has the command.
		run := func(folder string, patience time.Duration) (killed bool) {
			args := append([]string{"-out", "out"}, c.args...)
			if c.study != "score" {
				args = append(args, "-workers", "2")
			}
			p, said := startIn(t, filepath.Join(dir, c.study+folder), c.study, args...)
			if patience > 0 {
				defer time.AfterFunc(patience, func() { _ = p.Process.Kill() }).Stop()
			}
			err := p.Wait()
			status := p.ProcessState.Sys().(syscall.WaitStatus)
			killed = status.Signaled() && status.Signal() == syscall.SIGKILL
			if !killed {
				require.NoError(t, err, said.String())
			}
			return killed
		}
		begun := time.Now()
		require.False(t, run("-alone", 0))
		took, out := time.Since(begun), filepath.Join(dir, c.study, "out")
		want := reported(t, filepath.Join(dir, c.study+"-alone", "out"))
		require.Greater(t, len(want), 4)
		for n := 0; n < kills; {
			if !run("", time.Duration(r.Int64N(int64(took)))+time.Millisecond) { // finished: from the beginning
				requireSame(t, want, reported(t, out))
				require.NoError(t, os.RemoveAll(out))
				continue
			}
			n, total = n+1, total+1
		}
		require.False(t, run("", 0))
		t.Logf("%s: %v alone, %v with kills", c.study, took, time.Since(begun)-took)
		requireSame(t, want, reported(t, out))
		require.Empty(t, studytest.Parts(t, out))
	}
	t.Logf("%d kills", total)
}

// reported are the files of a report, by name.
func reported(t *testing.T, out string) map[string]string {
	all := map[string]string{}
	for _, pattern := range []string{"*.csv", "*.svg", "*.png", "report.html"} {
		files, err := filepath.Glob(filepath.Join(out, pattern))
		require.NoError(t, err)
		for _, file := range files {
			b, err := os.ReadFile(file)
			require.NoError(t, err)
			all[filepath.Base(file)] = string(bytes.TrimSpace(b))
		}
	}
	return all
}
