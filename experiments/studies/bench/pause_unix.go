//go:build unix

package bench

import (
	"os"
	"syscall"
)

// pause stops a process until resume. The peer is stopped whenever it is not
// asked: the idle threads of its libraries look for work, on our time.
func pause(p *os.Process)  { _ = p.Signal(syscall.SIGSTOP) }
func resume(p *os.Process) { _ = p.Signal(syscall.SIGCONT) }
