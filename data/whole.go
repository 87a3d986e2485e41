package data

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// WriteFile writes a file whole or not at all: under another name, which after its
// bytes are on the disk is renamed, and that too. What write returns is passed on.
func WriteFile(file string, write func(io.Writer) error) (err error) {
	part, err := WritePart(file, write)
	if err != nil {
		return err
	}
	if err := os.Rename(part, file); err != nil {
		os.Remove(part)
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// WritePart is WriteFile before it renames, and returns the name.
func WritePart(file string, write func(io.Writer) error) (part string, err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return "", err
	}
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+partOf(hostname(), os.Getpid()))
	if err != nil {
		return "", err
	}
	buffered := bufio.NewWriter(f)
	// Renamed before the disk has it, a file might be found empty after a loss of power.
	for _, step := range []func() error{func() error { return write(buffered) }, buffered.Flush, func() error { return f.Chmod(0o644) }, f.Sync} {
		if err == nil {
			err = step()
		}
	}
	if err = cmp.Or(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", err
	}
	return f.Name(), nil
}

// CreateFile is WriteFile for a file that must not be there yet: of several that write it
// at once, one does, and the others get os.ErrExist.
func CreateFile(file string, write func(io.Writer) error) error {
	part, err := WritePart(file, write)
	if err != nil {
		return err
	}
	defer os.Remove(part)
	err = os.Link(part, file)
	if err != nil && !errors.Is(err, os.ErrExist) { // a file system without links
		var f *os.File
		if f, err = os.OpenFile(file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644); err == nil {
			err = cmp.Or(write(f), f.Sync(), f.Close())
		}
	}
	return cmp.Or(err, syncFolder(filepath.Dir(file)))
}

// LinkFile makes a file another name of one that is there, in place of what has that name.
func LinkFile(there, file string) error {
	is, err := os.Stat(there)
	if err != nil {
		return err
	}
	if has, err := os.Stat(file); err == nil && os.SameFile(is, has) {
		return nil
	}
	part := file + strings.Replace(partOf(hostname(), os.Getpid()), "*", "link", 1)
	if err := os.Link(there, part); err != nil {
		return err
	}
	if err := os.Rename(part, file); err != nil {
		os.Remove(part)
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// partOf is what is added to the name of a file that a process has not finished.
func partOf(host string, pid int) string { return fmt.Sprintf(".%s.%d.*.part", host, pid) }

// hostname is this host's, as a part of a file's name.
func hostname() string {
	name, _ := os.Hostname()
	return strings.NewReplacer(".", "-", "/", "-", "*", "-").Replace(name)
}

// Sweep removes what processes of this host left unfinished in a folder, and in those
// within, and are no more.
func Sweep(folder string) {
	_ = filepath.WalkDir(folder, func(file string, e os.DirEntry, err error) error {
		words := strings.Split(filepath.Base(file), ".")
		if err != nil || e.IsDir() || len(words) < 5 || words[len(words)-1] != "part" {
			return nil
		}
		pid, err := strconv.Atoi(words[len(words)-3])
		if err == nil && words[len(words)-4] == hostname() && gone(pid) {
			os.Remove(file)
		}
		return nil
	})
}

// gone is whether there is no process of that number.
func gone(pid int) bool {
	p, err := os.FindProcess(pid)
	return err == nil && errors.Is(p.Signal(syscall.Signal(0)), os.ErrProcessDone)
}

// syncFolder puts the names in a folder on the disk, where the system can.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}
