package experiments_test

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"simgrad/experiments"
	"simgrad/experiments/studytest"
	"simgrad/graph"

	"github.com/stretchr/testify/require"
)

// Killed within a cell, a study goes on within it, and ends with the bytes of one that was
// left alone and kept nothing on the way. What is damaged is not believed.
func TestKilledWithinACell(t *testing.T) {
	if testing.Short() {
		t.Skip("kills processes for seconds")
	}
	dir := t.TempDir()
	file, wentOn := studytest.Recording(t, dir), 0
	for i, c := range []struct {
		study string
		args  []string
	}{
		{"decode", []string{"-data", file, "-measures", "nbs", "-seeds", "1", "-permutations", "39", "-rate", "0.001", "-steps", "6000", "-stop", "2", "-workers", "1"}},
		{"pcdynamics", []string{"-data", file, "-measures", "cka", "-seeds", "1", "-rate", "0.002", "-steps", "2000", "-stop", "2", "-workers", "1"}},
		{"joint", []string{"-data", file, "-measures", "cka,nbs", "-seeds", "1", "-targets", "2", "-rate", "0.01", "-steps", "300", "-workers", "1"}},
		{"optimize", []string{"-measure", "procrustes-angular-score", "-rate", "0.001", "-steps", "6000", "-stop", "2", "-snapshots", "7", file}},
	} {
		r := rand.New(rand.NewPCG(uint64(i), 43))
		run := func(folder string, every string, patience time.Duration) (said string, killed bool) {
			t.Setenv(checkpointsVariable, every)
			before := writtenAt(filepath.Join(dir, c.study+folder, "out"))
			p, b := startIn(t, filepath.Join(dir, c.study+folder), c.study, append(c.args, "-out", "out")...)
			ended := make(chan struct{})
			if out := filepath.Join(dir, c.study+folder, "out"); patience > 0 {
				go func() { // that long after the first checkpoint of this run
					defer func() { _ = p.Process.Kill() }()
					for {
						select {
						case <-ended:
							return
						case <-time.After(time.Millisecond):
						}
						for file, at := range writtenAt(out) {
							if before[file] != at {
								time.Sleep(patience)
								return
							}
						}
					}
				}()
			}
			err := p.Wait()
			close(ended)
			if killed = p.ProcessState.ExitCode() == -1; !killed {
				require.NoError(t, err, b.String())
			}
			return b.String(), killed
		}
		out, begun := filepath.Join(dir, c.study, "out"), time.Now()
		_, _ = run("-alone", "1h", 0)
		took := time.Since(begun)
		checkpoints := func() []string {
			files, err := filepath.Glob(filepath.Join(out, "cells", "*", "checkpoint"))
			require.NoError(t, err)
			return files
		}
		damaged := false
		seen := func(said string) { // a run may be killed before it comes to the cell
			damaged = damaged && !strings.Contains(said, "checkpoint: its checksum is wrong; the cell begins anew")
		}
		for n := 0; n < 7; n++ {
			said, killed := run("", "1ms", time.Millisecond+time.Duration(r.Int64N(int64(took)/10)))
			wentOn += strings.Count(said, ": going on from step ")
			seen(said)
			if !killed {
				break
			}
			files := slices.DeleteFunc(checkpoints(), func(file string) bool { // of a cell that ended as its process did
				_, err := os.Stat(filepath.Join(filepath.Dir(file), "record.json"))
				return err == nil
			})
			if n == 4 && len(files) > 0 {
				b, err := os.ReadFile(files[0])
				require.NoError(t, err)
				b[r.IntN(len(b))] ^= 4
				require.NoError(t, os.WriteFile(files[0], b, 0o644))
				damaged = true
			}
		}
		said, _ := run("", "1ms", 0)
		seen(said)
		require.False(t, damaged, "%s: what was damaged is not said to be: %s", c.study, said)
		requireSame(t, reported(t, filepath.Join(dir, c.study+"-alone", "out")), reported(t, out))
		require.Empty(t, checkpoints(), c.study)
		require.Empty(t, studytest.Parts(t, out))
	}
	t.Logf("went on within a cell %d times", wentOn)
	require.Greater(t, wentOn, 5)
}

// A checkpoint is for the path of linear algebra that left it alone: another begins the cell
// anew, says so, and ends with its own bytes.
func TestCheckpointOfAnotherPath(t *testing.T) {
	if path, _ := graph.BLAS(); testing.Short() || path == "gonum" {
		t.Skip("kills a process, and takes two paths of linear algebra")
	}
	dir := t.TempDir()
	file := studytest.Recording(t, dir)
	t.Setenv(checkpointsVariable, "1ms")
	run := func(folder, path string, patience time.Duration) string {
		t.Setenv("SIMGRAD_BLAS", path)
		p, b := startIn(t, filepath.Join(dir, folder), "optimize", "-measure", "nbs", "-rate", "0.001", "-steps", "3000", "-stop", "2", "-out", "out", file)
		if patience > 0 {
			require.Eventually(t, func() bool { return len(writtenAt(filepath.Join(dir, folder, "out"))) > 0 }, patience, time.Millisecond)
			require.NoError(t, p.Process.Kill())
			require.Error(t, p.Wait())
			return ""
		}
		require.NoError(t, p.Wait(), b.String())
		return studytest.Unwrapped(b.String())
	}
	_ = run("alone", "", 0)
	_ = run("killed", "gonum", time.Minute)
	require.NoError(t, os.CopyFS(filepath.Join(dir, "same"), os.DirFS(filepath.Join(dir, "killed"))))
	require.Contains(t, run("same", "gonum", 0), ": going on from step ")
	said := run("killed", "", 0)
	require.NotContains(t, said, "going on from step")
	require.Contains(t, said, "checkpoint is of another version of the code, or of another path of linear algebra than ")
	requireSame(t, reported(t, filepath.Join(dir, "alone", "out")), reported(t, filepath.Join(dir, "killed", "out")))
}

// A cell is kept every twenty seconds where writing takes a second, and every forty where it
// takes ten.
func TestCheckpointsDue(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		passed, cost time.Duration
		due          bool
	}{{19 * s, 0, false}, {20 * s, s, true}, {20 * s, 2 * s, false}, {39 * s, 2 * s, false}, {40 * s, 10 * s, true}, {40 * s, 21 * s, false}, {45 * s, 21 * s, true}} {
		require.Equal(t, c.due, experiments.Due(c.passed, c.cost), "%v after one of %v", c.passed, c.cost)
	}
}

// writtenAt is when each checkpoint was.
func writtenAt(out string) map[string]time.Time {
	at := map[string]time.Time{}
	files, _ := filepath.Glob(filepath.Join(out, "cells", "*", "checkpoint"))
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			at[file] = info.ModTime()
		}
	}
	return at
}
