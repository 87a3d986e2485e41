//go:build !amd64

package fastblas

func embedded() []*kernel { return nil }
