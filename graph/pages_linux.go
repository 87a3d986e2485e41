package graph

import (
	"syscall"
	"unsafe"
)

// inHugePages asks for large pages behind memory that is about to be filled: of much, to be
// given each small one costs more than to write it.
func inHugePages(x []float64) {
	const large, huge = 1 << 22, 14 // MADV_HUGEPAGE
	if 8*len(x) >= large {
		_ = syscall.Madvise(unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 8*len(x)), huge) // a system that has none gives small ones
	}
}
