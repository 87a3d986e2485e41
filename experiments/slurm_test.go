package experiments_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"simgrad/experiments/studytest"

	"github.com/stretchr/testify/require"
)

// On a Slurm of two nodes, with its jobs cancelled, a task killed, a node drained and a task
// queued again, a study that is submitted again ends with the bytes of one machine's.
func TestSlurm(t *testing.T) {
	if testing.Short() {
		t.Skip("starts a Slurm")
	}
	for _, daemon := range []string{"slurmctld", "slurmd", "munged"} {
		if _, err := exec.LookPath("/usr/sbin/" + daemon); err != nil || os.Getuid() != 0 {
			t.Skip("Slurm cannot be set up here: it takes root and Debian's slurmctld, slurmd, slurm-client, slurm-wlm-basic-plugins and munge")
		}
	}
	dir, err := os.MkdirTemp("/tmp", "simgrad-slurm-") // that munged may look into
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	defer os.RemoveAll(dir)
	slurm := func(do string) error {
		b, err := exec.Command("../.ci/slurm", do, filepath.Join(dir, "slurm")).CombinedOutput()
		t.Logf("%s", b)
		return err
	}
	defer func() { _ = slurm("stop") }()
	if slurm("start") != nil {
		t.Skip("Slurm's daemons did not start here; what they said is above")
	}
	t.Setenv("SLURM_CONF", filepath.Join(dir, "slurm", "slurm.conf"))
	t.Setenv("GOCOVERDIR", dir)
	file, alone, out := studytest.Recording(t, dir), filepath.Join(dir, "alone"), filepath.Join(dir, "out here")
	args := func(out string, more ...string) []string {
		return decodeArgs(file, out, append([]string{"-seeds", "10"}, more...)...)
	}
	code, said := runDecode(t, args(alone, "-workers", "2"))
	require.Equal(t, 0, code, said)

	slurmSays := func(name string, arg ...string) string {
		b, err := exec.Command(name, arg...).CombinedOutput()
		require.NoError(t, err, "%s", b)
		return strings.TrimSpace(string(b))
	}
	submit := func() string {
		c, b := start(t, "decode", args(out, "-submit", "slurm", "-slurm-tasks", "4", "-slurm-time", "5")...)
		require.NoError(t, c.Wait(), b.String())
		require.Contains(t, b.String(), "4 tasks of job ")
		return b.String()
	}
	wait := func() {
		ended := func() bool { return slurmSays("squeue", "-h") == "" }
		for end := time.Now().Add(100 * time.Second); !ended(); time.Sleep(300 * time.Millisecond) {
			require.True(t, time.Now().Before(end), "jobs do not end: %s", slurmSays("squeue", "-o", "%i %T %r %S"))
		}
	}
	jobs := regexp.MustCompile(`tasks of job (\d+), and job (\d+)`)
	begun := func(more int) func() bool { // so many records more
		before := len(written(t, out))
		return func() bool { return len(written(t, out)) >= before+more }
	}
	some := begun(1)
	cancelled := jobs.FindStringSubmatch(studytest.Unwrapped(submit()))
	require.Eventually(t, some, time.Minute, time.Millisecond)
	slurmSays("scancel", cancelled[1], cancelled[2])
	wait()
	require.NoFileExists(t, filepath.Join(out, "report.html"), "it was cancelled")
	require.Empty(t, studytest.Parts(t, out), "what was asked to end has left nothing half written")
	logs := func(of string) (said string) {
		files, err := filepath.Glob(filepath.Join(out, "slurm", of+".log"))
		require.NoError(t, err)
		for _, log := range files {
			b, err := os.ReadFile(log)
			require.NoError(t, err)
			said += string(b)
		}
		return said
	}
	require.Contains(t, logs(cancelled[1]+"_*"), "decode: interrupted")

	some = begun(1)
	submit()
	killed := 0
	require.Eventually(t, func() bool {
		if !some() {
			return false
		}
		lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, line := range lines {
			if b, err := os.ReadFile(line); err == nil && bytes.HasPrefix(b, []byte(out+"/slurm/")) {
				if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(line))); err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
					killed = pid
					return true
				}
			}
		}
		return false
	}, time.Minute, 2*time.Millisecond, "no task runs")
	require.NotZero(t, killed)
	slurmSays("scontrol", "update", "nodename=n2", "state=drain", "reason=test")
	wait()
	require.NoFileExists(t, filepath.Join(out, "report.html"), "a share was killed")
	require.Contains(t, logs("[0-9]*[0-9]"), "cells have no record yet")
	again := jobs.FindStringSubmatch(studytest.Unwrapped(submit()))
	task := ""
	require.Eventually(t, func() bool {
		task, _, _ = strings.Cut(slurmSays("squeue", "-h", "-t", "R", "-o", "%A", "-j", again[1]), "\n")
		return task != "" && exec.Command("scontrol", "requeue", task).Run() == nil
	}, time.Minute, 5*time.Millisecond, "no task runs that can be queued again")
	// Slurm lets it wait for two minutes.
	require.Eventually(t, func() bool {
		return slurmSays("squeue", "-h", "-t", "PD", "-j", task) != "" && exec.Command("scontrol", "update", "jobid="+task, "starttime=now").Run() == nil
	}, 20*time.Second, 200*time.Millisecond)
	wait()
	require.Equal(t, studytest.Tables(t, alone), studytest.Tables(t, out))
	require.FileExists(t, filepath.Join(out, "report.html"))
}
