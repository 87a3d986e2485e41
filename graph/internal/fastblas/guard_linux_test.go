package fastblas

import (
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// guarded returns n numbers that lie between pages which may not be touched,
// against the following one or against the preceding one.
func guarded(t *testing.T, n int, atEnd bool) []float64 {
	page := syscall.Getpagesize()
	inner := (8*n + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, inner+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	require.NoError(t, err)
	t.Cleanup(func() { _ = syscall.Munmap(mem) })
	require.NoError(t, syscall.Mprotect(mem[:page], syscall.PROT_NONE))
	require.NoError(t, syscall.Mprotect(mem[page+inner:], syscall.PROT_NONE))
	at := page
	if atEnd {
		at += inner - 8*n
	}
	return unsafe.Slice((*float64)(unsafe.Pointer(&mem[at])), n)
}

// fence moves a matrix between such pages.
func (m matrix) fence(t *testing.T, atEnd bool) matrix {
	data := guarded(t, len(m.data), atEnd)
	copy(data, m.data)
	m.data = data
	return m
}

// No kernel reads or writes a byte outside the slices that it is given.
func TestStaysInside(t *testing.T) {
	onEach(t, kernelPaths(), func(t *testing.T) {
		im := Implementation{}
		for seed := range uint64(300) {
			atEnd := seed%2 == 0
			most := 60
			if seed%20 == 0 {
				most = 420
			}
			g := randomGemm(seed, most)
			g.a, g.b = g.a.fence(t, atEnd), g.b.fence(t, atEnd)
			c := g.c.fence(t, atEnd)
			im.Dgemm(g.tA, g.tB, g.m, g.n, g.k, g.alpha, g.a.data, g.a.stride, g.b.data, g.b.stride, g.beta, c.data, c.stride)

			x := randomTriangle(seed, most)
			x.a = x.a.fence(t, atEnd)
			b := x.b.fence(t, atEnd)
			im.Dtrsm(x.s, x.ul, x.tA, x.d, x.m, x.n, 1, x.a.data, x.a.stride, b.data, b.stride)
			im.Dtrmm(x.s, x.ul, x.tA, x.d, x.m, x.n, 1, x.a.data, x.a.stride, b.data, b.stride)

			n := min(g.m, 200)
			for _, ul := range triangles {
				rows, cols := turned(g.tA, n, g.k)
				a, s := random(newRand(seed), rows, cols).fence(t, atEnd), written(newRand(seed), n, n).fence(t, atEnd)
				im.Dsyrk(ul, g.tA, n, g.k, 1, a.data, a.stride, 0.5, s.data, s.stride)
				p := definite(n, ul).fence(t, atEnd)
				require.True(t, LAPACK{}.Dpotrf(ul, n, p.data, p.stride))
			}
		}
	})
}
