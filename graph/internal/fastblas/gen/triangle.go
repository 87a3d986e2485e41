package main

import (
	"fmt"

	op "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// solve writes C ← T⁻¹C over a strip of tiles of lanes rows, where T is a
// packed lower triangle with the reciprocals of its diagonal on the diagonal.
func (k *kernels) solve(vecs int) {
	k.begin(fmt.Sprintf("solve%dx%d", k.lanes, vecs*k.lanes), "func(t *tile)",
		"computes C ← T⁻¹C over a strip of tiles, of which the last vector may be short.")
	k.triangle(vecs, func(x [][]reg.VecVirtual, at func(i, j int) op.Mem) {
		for i := range x {
			for j := range i {
				c := k.vec()
				k.VBROADCASTSD(at(i, j), c)
				for v := range x[i] {
					k.VFNMADD231PD(x[j][v], c, x[i][v])
				}
			}
			d := k.vec()
			k.VBROADCASTSD(at(i, i), d)
			for v := range x[i] {
				k.VMULPD(d, x[i][v], x[i][v])
			}
		}
	})
}

// multiply writes C ← TC, with T packed as for solve but its diagonal itself.
func (k *kernels) multiply() {
	k.begin(fmt.Sprintf("multiply%dx%d", k.lanes, tileVecs*k.lanes), "func(t *tile)",
		"computes C ← TC over a strip of tiles, of which the last vector may be short.")
	k.triangle(tileVecs, func(x [][]reg.VecVirtual, at func(i, j int) op.Mem) {
		for i := len(x) - 1; i >= 0; i-- {
			d := k.vec()
			k.VBROADCASTSD(at(i, i), d)
			for v := range x[i] {
				k.VMULPD(d, x[i][v], x[i][v])
			}
			for j := i - 1; j >= 0; j-- {
				c := k.vec()
				k.VBROADCASTSD(at(i, j), c)
				for v := range x[i] {
					k.VFMADD231PD(x[j][v], c, x[i][v])
				}
			}
		}
	})
}

// triangle writes the frame of solve and multiply: load a tile, change its
// rows x with the triangle's elements, store it.
func (k *kernels) triangle(vecs int, change func(x [][]reg.VecVirtual, at func(i, j int) op.Mem)) {
	t := k.Dereference(k.Param("t"))
	a := k.Load(t.Field("a"), k.GP64())
	c := k.Load(t.Field("c"), k.GP64())
	cRow := k.Load(t.Field("cRow"), k.GP64())
	tiles := k.Load(t.Field("tiles"), k.GP64())
	last := k.first(k.Load(t.Field("lanes"), k.GP64()))

	k.mark("tile")
	x := make([][]reg.VecVirtual, k.lanes)
	p := k.GP64()
	k.MOVQ(c, p)
	for i := range x {
		x[i] = k.vecs(vecs)
		for v := range x[i] {
			m := op.Mem{Base: p, Disp: v * k.size()}
			if v == vecs-1 {
				k.loadMasked(last, m, x[i][v])
			} else {
				k.load(m, x[i][v])
			}
		}
		if i < k.lanes-1 {
			k.ADDQ(cRow, p)
		}
	}
	change(x, func(i, j int) op.Mem { return op.Mem{Base: a, Disp: 8 * (i*k.lanes + j)} })
	k.MOVQ(c, p)
	for i := range x {
		for v := range x[i] {
			m := op.Mem{Base: p, Disp: v * k.size()}
			if v == vecs-1 {
				k.storeMasked(last, x[i][v], m)
			} else {
				k.store(x[i][v], m)
			}
		}
		if i < k.lanes-1 {
			k.ADDQ(cRow, p)
		}
	}
	k.ADDQ(op.U32(vecs*k.size()), c)
	k.DECQ(tiles)
	k.JNZ(k.label("tile"))
	k.end()
}
