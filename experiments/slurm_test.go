package experiments_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"simgrad/experiments/studytest"

	"github.com/stretchr/testify/require"
)

// On a Slurm of two nodes, with a task killed and a node drained, a study that is submitted
// twice ends with the bytes of one machine's.
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
		require.Eventually(t, func() bool { return slurmSays("squeue", "-h") == "" }, 100*time.Second, 300*time.Millisecond, "jobs do not end")
	}
	submit()
	killed := 0
	require.Eventually(t, func() bool {
		records, _ := filepath.Glob(filepath.Join(out, "cells", "*", "record.json"))
		if len(records) == 0 {
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
	reports, err := filepath.Glob(filepath.Join(out, "slurm", "[0-9]*[0-9].log"))
	require.NoError(t, err)
	found := ""
	for _, log := range reports {
		b, err := os.ReadFile(log)
		require.NoError(t, err)
		found += string(b)
	}
	require.Contains(t, found, "cells have no record yet")
	submit()
	wait()
	require.Equal(t, studytest.Tables(t, alone), studytest.Tables(t, out))
	require.FileExists(t, filepath.Join(out, "report.html"))
}
