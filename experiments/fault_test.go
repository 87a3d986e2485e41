package experiments_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"simgrad/experiments/studytest"

	"github.com/stretchr/testify/require"
)

// smallSweep are the arguments of a decode of a second.
func smallSweep(file, steps string) []string {
	return []string{"-data", file, "-measures", "cka,nbs", "-seeds", "2", "-permutations", "39", "-steps", steps, "-out", "out", "-workers", "2"}
}

// requireSame says which of the files of two reports differ.
func requireSame(t *testing.T, want, got map[string]string) {
	t.Helper()
	var differ []string
	for name, text := range want {
		if got[name] != text {
			differ = append(differ, name)
		}
	}
	require.Empty(t, differ)
	require.Len(t, got, len(want))
}

// On a disk that is full, at ten sizes, a study ends with one line that says so. Given room,
// the same command computes no finished cell again and ends with the bytes of one that
// always had it. So it is where the disk is read-only.
func TestDiskFull(t *testing.T) {
	if testing.Short() {
		t.Skip("mounts disks")
	}
	dir := t.TempDir()
	file, alone := studytest.Recording(t, dir), filepath.Join(dir, "alone")
	p, b := startIn(t, alone, "decode", smallSweep(file, "60")...)
	require.NoError(t, p.Wait(), b.String())
	want, disk := reported(t, filepath.Join(alone, "out")), filepath.Join(dir, "disk")
	total := int64(0)
	require.NoError(t, filepath.WalkDir(filepath.Join(alone, "out"), func(_ string, e fs.DirEntry, err error) error {
		if info, err := e.Info(); err == nil && !e.IsDir() {
			total += (info.Size() + 4095) / 4096 * 4096
		}
		return err
	}))
	require.NoError(t, os.Mkdir(disk, 0o755))
	mount := func(options string, more ...string) error {
		return exec.Command("mount", append(more, "-t", "tmpfs", "-o", options, "simgrad", disk)...).Run()
	}
	if os.Getuid() != 0 || mount("size=4k") != nil {
		t.Skip("no disk can be mounted here: it takes root")
	}
	unmount := func() error { return exec.Command("umount", disk).Run() }
	defer func() { _ = unmount() }()
	for i := range 10 {
		require.NoError(t, unmount())
		require.NoError(t, mount(fmt.Sprintf("size=%d", 8192+total*int64(i)*9/100/4096*4096)))
		p, b := startIn(t, disk, "decode", smallSweep(file, "60")...)
		_ = p.Wait()
		said := studytest.Unwrapped(b.String())
		require.Equal(t, 1, p.ProcessState.ExitCode(), said)
		require.Equal(t, 1, strings.Count(said, "no space left on device"), said)
		require.NotContains(t, said, "panic")
		require.NoFileExists(t, filepath.Join(disk, "out", "report.html"))
		require.Empty(t, studytest.Parts(t, disk))
		before := written(t, filepath.Join(disk, "out"))
		if i == 5 {
			require.NoError(t, mount("remount,ro"))
			p, b := startIn(t, disk, "decode", smallSweep(file, "60")...)
			_ = p.Wait()
			said := studytest.Unwrapped(b.String())
			require.Equal(t, 1, p.ProcessState.ExitCode(), said)
			require.Equal(t, 1, strings.Count(said, "read-only file system"), said)
		}
		require.NoError(t, mount("remount,rw,size=32m"))
		p, b = startIn(t, disk, "decode", smallSweep(file, "60")...)
		require.NoError(t, p.Wait(), b.String())
		requireSame(t, want, reported(t, filepath.Join(disk, "out")))
		after := written(t, filepath.Join(disk, "out"))
		for record, at := range before {
			require.Equal(t, at, after[record], "%s is computed again", record)
		}
	}
}

// written is when each record was.
func written(t *testing.T, out string) map[string]time.Time {
	at := map[string]time.Time{}
	files, err := filepath.Glob(filepath.Join(out, "cells", "*", "record.json"))
	require.NoError(t, err)
	for _, file := range files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		at[file] = info.ModTime()
	}
	return at
}

// What vanishes, or may not be written, is one line and no loss but its own.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("runs commands")
	}
	dir, err := os.MkdirTemp("/tmp", "simgrad-faults-") // that others may look into
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	defer os.RemoveAll(dir)
	file := studytest.Recording(t, dir)
	ends := func(folder string, code int, args ...string) string {
		p, b := startIn(t, filepath.Join(dir, folder), "decode", args...)
		_ = p.Wait()
		said := studytest.Unwrapped(b.String())
		require.Equal(t, code, p.ProcessState.ExitCode(), said)
		require.NotContains(t, said, "panic")
		return said
	}
	ends("alone", 0, smallSweep(file, "60")...)
	want := reported(t, filepath.Join(dir, "alone", "out"))
	begins := func(folder string, args ...string) (end func() (code int, said string)) {
		p, b := startIn(t, filepath.Join(dir, folder), "decode", args...)
		require.Eventually(t, func() bool { return len(written(t, filepath.Join(dir, folder, "out"))) > 0 }, time.Minute, time.Millisecond)
		return func() (int, string) {
			_ = p.Wait()
			require.NotContains(t, b.String(), "panic")
			return p.ProcessState.ExitCode(), studytest.Unwrapped(b.String())
		}
	}

	t.Run("vanished input", func(t *testing.T) {
		other := studytest.Recording(t, t.TempDir())
		end := begins("input", smallSweep(other, "60")...)
		require.NoError(t, os.Rename(other, other+".gone"))
		code, said := end()
		require.Equal(t, 0, code, said)
		require.Contains(t, ends("input", 1, smallSweep(other, "60")...), "no such file")
		require.NoError(t, os.Rename(other+".gone", other))
		require.NotRegexp(t, `\d+/\d+ (dataset|ascent)`, ends("input", 0, smallSweep(other, "60")...), "a cell is computed again")
		require.Equal(t, want["summary.csv"], strings.ReplaceAll(reported(t, filepath.Join(dir, "input", "out"))["summary.csv"], other, file))
	})
	t.Run("vanished folder", func(t *testing.T) {
		end := begins("folder", smallSweep(file, "60")...)
		out := filepath.Join(dir, "folder", "out")
		require.NoError(t, os.Rename(out, out+".gone"))
		code, said := end()
		require.Equal(t, 1, code, said)
		// It went while a record was written, or between two.
		require.Equal(t, 1, strings.Count(said, "records have vanished while this ran")+strings.Count(said, "no such file or directory"), said)
		require.NoFileExists(t, filepath.Join(out, "report.html"))
		ends("folder", 0, smallSweep(file, "60")...)
		requireSame(t, want, reported(t, out))
	})
	t.Run("no permission", func(t *testing.T) {
		if os.Getuid() != 0 {
			t.Skip("it takes root to be someone else")
		}
		program, err := os.Executable()
		require.NoError(t, err)
		b, err := os.ReadFile(program)
		require.NoError(t, err)
		mine := filepath.Join(dir, "command")
		require.NoError(t, os.WriteFile(mine, b, 0o755))
		p := exec.Command(mine, smallSweep(file, "60")...)
		p.Dir, p.Env = filepath.Join(dir, "theirs"), append(os.Environ(), commandVariable+"=decode")
		p.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		require.NoError(t, os.Mkdir(p.Dir, 0o755))
		said, _ := p.CombinedOutput()
		require.Equal(t, 1, p.ProcessState.ExitCode(), "%s", said)
		require.Equal(t, 1, strings.Count(string(said), "permission denied"), "%s", said)
		require.NoDirExists(t, filepath.Join(p.Dir, "out"))
	})
	t.Run("four at once", func(t *testing.T) {
		for folder, steps := range map[string][]string{"equal": {"60", "60", "60", "60"}, "different": {"60", "61", "60", "62"}} {
			var all []func() (int, string)
			for _, s := range steps {
				p, b := startIn(t, filepath.Join(dir, folder), "decode", smallSweep(file, s)...)
				all = append(all, func() (int, string) {
					_ = p.Wait()
					return p.ProcessState.ExitCode(), studytest.Unwrapped(b.String())
				})
			}
			done := map[string]int{}
			for i, end := range all {
				code, said := end()
				require.NotContains(t, said, "panic")
				if code == 0 {
					done[steps[i]]++
					continue
				}
				require.Equal(t, 1, code, said)
				require.Contains(t, said, "out was made with steps ")
			}
			require.Len(t, done, 1, folder)
			if folder == "equal" {
				require.Equal(t, 4, done["60"])
				requireSame(t, want, reported(t, filepath.Join(dir, folder, "out")))
			}
		}
	})
}
