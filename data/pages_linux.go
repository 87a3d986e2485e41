package data

import "syscall"

// inHugePages asks for large pages behind memory that is about to be filled: of much, to be
// given each small one costs more than to write it.
func inHugePages(b []byte) {
	const large, huge = 1 << 22, 14 // MADV_HUGEPAGE
	if len(b) >= large {
		_ = syscall.Madvise(b, huge) // a system that has none gives small ones
	}
}
