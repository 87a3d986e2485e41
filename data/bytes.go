package data

import (
	"encoding/binary"
	"unsafe"
)

// bytesOf are the bytes that values lie in, in memory.
func bytesOf[V any](values []V) []byte {
	if len(values) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&values[0])), len(values)*int(unsafe.Sizeof(values[0])))
}

// asInMemory is whether elements lie in a file as float64 does in memory.
func (e element) asInMemory() bool {
	return e.kind == 'f' && e.size == 8 && !e.big && littleEndian
}

var littleEndian = binary.NativeEndian.Uint16([]byte{1, 0}) == 1
