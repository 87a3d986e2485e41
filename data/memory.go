package data

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// system is where /proc and /sys are; tests have others.
var system = "/"

// freeMemory is how many bytes can still be had: the least of what the system, the
// control groups of the process, and its limit of addresses leave. It is not known
// where the system says none of these.
func freeMemory(root string) (free int64, known bool) {
	free = math.MaxInt64
	least := func(n int64, ok bool) {
		if ok {
			free, known = min(free, max(n, 0)), true
		}
	}
	kB, ok := field(filepath.Join(root, "proc/meminfo"), "MemAvailable:")
	least(kB<<10, ok)
	addresses, limited := field(filepath.Join(root, "proc/self/limits"), "Max address space")
	taken, ok := field(filepath.Join(root, "proc/self/status"), "VmSize:")
	least(addresses-taken<<10, limited && ok)
	const unlimited = 1 << 60 // so large a limit is none
	groups, _ := os.ReadFile(filepath.Join(root, "proc/self/cgroup"))
	for line := range strings.Lines(string(groups)) {
		part := strings.SplitN(strings.TrimSpace(line), ":", 3) // number, controllers, path
		if len(part) != 3 {
			continue
		}
		mount, limit, current := filepath.Join(root, "sys/fs/cgroup"), "memory.max", "memory.current"
		if part[1] == "memory" {
			mount, limit, current = filepath.Join(mount, "memory"), "memory.limit_in_bytes", "memory.usage_in_bytes"
		} else if part[1] != "" {
			continue
		}
		// Every group above has a limit of its own; that of a container is mounted
		// without the path.
		for path := part[2]; ; path = filepath.Dir(path) {
			group := filepath.Join(mount, path)
			most, limited := field(filepath.Join(group, limit), "")
			taken, ok := field(filepath.Join(group, current), "")
			least(most-taken+cached(group), limited && ok && most < unlimited)
			if path == "/" || path == "." {
				break
			}
		}
	}
	return free, known
}

// cached is what a control group has of files, which it gives up for memory.
func cached(group string) int64 {
	stat := filepath.Join(group, "memory.stat")
	inactive, _ := field(stat, "inactive_file ")
	active, _ := field(stat, "active_file ")
	return inactive + active
}

// field reads the number after label, at the beginning of a line.
func field(file, label string) (int64, bool) {
	f, err := os.Open(file)
	if err != nil {
		return 0, false
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		rest, found := strings.CutPrefix(lines.Text(), label)
		words := strings.Fields(rest)
		if found && len(words) > 0 {
			n, err := strconv.ParseInt(words[0], 10, 64)
			return n, err == nil // not "max" or "unlimited"
		}
	}
	return 0, false
}

// FreeMemory is how many bytes can still be had, where the system says so: the least of what
// it, the control groups of the process and its limit of addresses leave.
func FreeMemory() (free int64, known bool) { return freeMemory(system) }
