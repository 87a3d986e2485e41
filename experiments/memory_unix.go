//go:build unix

package experiments

import (
	"runtime"
	"syscall"
)

// peakMemory is the most memory that this process has had, in MB; 0 where that is not known.
func peakMemory() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return float64(u.Maxrss) / 1e6 // in bytes there
	}
	return float64(u.Maxrss) * 1024 / 1e6
}
