package main

import (
	"fmt"

	op "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// copyRows writes a copy of rows of up to tileVecs vectors, each side with its
// own stride, for packing panels and unpacking them.
func (k *kernels) copyRows() {
	k.begin("copyRows", "func(dst *float64, dstRow int, src *float64, srcRow, rows, cols int)",
		fmt.Sprintf("copies rows of 1 ≤ cols ≤ %d doubles; strides are in bytes.", tileVecs*k.lanes))
	dst := k.Load(k.Param("dst"), k.GP64())
	dstRow := k.Load(k.Param("dstRow"), k.GP64())
	src := k.Load(k.Param("src"), k.GP64())
	srcRow := k.Load(k.Param("srcRow"), k.GP64())
	rows := k.Load(k.Param("rows"), k.GP64())
	cols := k.Load(k.Param("cols"), k.GP64())
	for vecs := tileVecs; vecs >= 1; vecs-- {
		skip := fmt.Sprintf("narrower%d", vecs)
		if vecs > 1 {
			k.CMPQ(cols, op.U32(uint32((vecs-1)*k.lanes)))
			k.JLE(k.label(skip))
			k.SUBQ(op.U32(uint32((vecs-1)*k.lanes)), cols)
		}
		last := k.first(cols)
		row := fmt.Sprintf("row%d", vecs)
		k.mark(row)
		for v, x := range k.vecs(vecs) {
			from, to := op.Mem{Base: src, Disp: v * k.size()}, op.Mem{Base: dst, Disp: v * k.size()}
			if v == vecs-1 {
				k.loadMasked(last, from, x)
				k.storeMasked(last, x, to)
			} else {
				k.load(from, x)
				k.store(x, to)
			}
		}
		k.ADDQ(srcRow, src)
		k.ADDQ(dstRow, dst)
		k.DECQ(rows)
		k.JNZ(k.label(row))
		k.end()
		if vecs > 1 {
			k.mark(skip)
		}
	}
}

// transpose writes dst[j,i] = src[i,j] for up to lanes rows of src and any
// number of columns, a square of lanes × lanes at a time.
func (k *kernels) transpose() {
	k.begin("transpose", "func(dst *float64, dstRow int, src *float64, srcRow, rows, cols int)",
		fmt.Sprintf("writes the transpose of 1 ≤ rows ≤ %d rows of cols ≥ 1 doubles; strides are in bytes.", k.lanes))
	dst := k.Load(k.Param("dst"), k.GP64())
	dstRow := k.Load(k.Param("dstRow"), k.GP64())
	rows := k.Load(k.Param("rows"), k.GP64())
	// A pointer to each row. Beyond the last it stays on the last: those
	// columns of dst are masked away when they are stored.
	src := make([]reg.GPVirtual, k.lanes)
	for i := range src {
		src[i] = k.GP64()
		if i == 0 {
			k.Load(k.Param("src"), src[0])
			continue
		}
		step, zero := k.GP64(), k.GP64()
		k.Load(k.Param("srcRow"), step)
		k.XORQ(zero, zero)
		k.CMPQ(rows, op.U32(uint32(i)))
		k.CMOVQLE(zero, step)
		k.MOVQ(src[i-1], src[i])
		k.ADDQ(step, src[i])
	}
	down := k.first(rows)
	cols := k.Load(k.Param("cols"), k.GP64())

	square := func(across mask, short bool) {
		x := k.vecs(k.lanes)
		for i := range x {
			if short {
				k.loadMasked(across, op.Mem{Base: src[i]}, x[i])
			} else {
				k.load(op.Mem{Base: src[i]}, x[i])
			}
		}
		x = k.transposed(x)
		for _, v := range x {
			k.storeMasked(down, v, op.Mem{Base: dst})
			k.ADDQ(dstRow, dst)
			if short {
				k.DECQ(cols)
				k.JZ(k.label("done"))
			}
		}
	}
	k.SUBQ(op.U32(uint32(k.lanes)), cols)
	k.JLT(k.label("short"))
	k.mark("square")
	square(mask{}, false)
	k.advance(op.U32(uint32(k.size())), src...)
	k.SUBQ(op.U32(uint32(k.lanes)), cols)
	k.JGE(k.label("square"))
	k.mark("short")
	k.ADDQ(op.U32(uint32(k.lanes)), cols)
	k.JZ(k.label("done"))
	square(k.first(cols), true)
	k.mark("done")
	k.end()
}

// transposed transposes a square of vectors in registers.
func (k *kernels) transposed(x []reg.VecVirtual) []reg.VecVirtual {
	if k.isa == avx2 {
		lo0, hi0, lo1, hi1 := k.vec(), k.vec(), k.vec(), k.vec()
		k.VUNPCKLPD(x[1], x[0], lo0) // 00 10 02 12
		k.VUNPCKHPD(x[1], x[0], hi0) // 01 11 03 13
		k.VUNPCKLPD(x[3], x[2], lo1)
		k.VUNPCKHPD(x[3], x[2], hi1)
		y := k.vecs(4)
		k.VPERM2F128(op.Imm(0x20), lo1, lo0, y[0])
		k.VPERM2F128(op.Imm(0x20), hi1, hi0, y[1])
		k.VPERM2F128(op.Imm(0x31), lo1, lo0, y[2])
		k.VPERM2F128(op.Imm(0x31), hi1, hi0, y[3])
		return y
	}
	// Pairs of rows, then pairs of pairs, then halves.
	pair := k.vecs(8)
	for i := 0; i < 8; i += 2 {
		k.VUNPCKLPD(x[i+1], x[i], pair[i])
		k.VUNPCKHPD(x[i+1], x[i], pair[i+1])
	}
	quad := k.vecs(8) // quad[4h+2c+q]: rows 4h…4h+3, columns of parity c, quarters q and q+2
	for h := range 2 {
		for c := range 2 {
			k.VSHUFF64X2(op.Imm(0x88), pair[4*h+2+c], pair[4*h+c], quad[4*h+2*c])
			k.VSHUFF64X2(op.Imm(0xdd), pair[4*h+2+c], pair[4*h+c], quad[4*h+2*c+1])
		}
	}
	y := k.vecs(8)
	for c := range 2 {
		for q := range 2 {
			k.VSHUFF64X2(op.Imm(0x88), quad[4+2*c+q], quad[2*c+q], y[2*q+c])
			k.VSHUFF64X2(op.Imm(0xdd), quad[4+2*c+q], quad[2*c+q], y[2*q+c+4])
		}
	}
	return y
}
