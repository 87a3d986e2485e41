package main

import (
	"fmt"

	op "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// form tells the tiles of gemm apart by their columns.
type form string

const (
	short   form = ""     // the last vector may be short
	full    form = "Full" // every vector is whole
	leading form = "Lead" // full, and B comes from afar: ask for the rows ahead
	packing form = "Pack" // full, and A's rows lie side by side: pack them on the way
	upper   form = "Upper"
	lower   form = "Lower" // a triangle on the diagonal of C, as many columns as rows
)

// gemm writes C ← αAB + βC over a strip of tiles of rows × vecs vectors. A
// tile stays in registers over the whole inner sum; element p of it is
//
//	row p of B (vecs loads), and for each row of A one broadcast and vecs
//	fused multiply-adds.
//
// With eight rows and three vectors that is 24 multiply-adds to 11 loads,
// which keeps both multipliers of a core busy from the first-level cache.
// Each element of C is its own chain of multiply-adds in order of p, whatever
// the shape of the tile that it falls in.
func (k *kernels) gemm(rows, vecs int, f form) {
	k.begin(fmt.Sprintf("gemm%dx%d%s", rows, vecs*k.lanes, f), "func(t *tile)", map[form]string{
		short:   "computes C ← αAB + βC over a strip of tiles, of which the last vector may be short.",
		full:    "computes C ← αAB + βC over a strip of tiles.",
		leading: "computes C ← αAB + βC over a strip of tiles, and asks for A and B ahead of use.",
		packing: "computes C ← αAB + βC over a strip of tiles and packs A, which has aRow 8.",
		upper:   "computes the upper triangle of a square C ← αAB + βC.",
		lower:   "computes the lower triangle of a square C ← αAB + βC.",
	}[f])
	t := k.Dereference(k.Param("t"))
	aRow := k.Load(t.Field("aRow"), k.GP64())
	aCol := k.Load(t.Field("aCol"), k.GP64())
	bRow := k.Load(t.Field("bRow"), k.GP64())
	cRow := k.Load(t.Field("cRow"), k.GP64())
	b0 := k.Load(t.Field("b"), k.GP64())
	c := k.Load(t.Field("c"), k.GP64())
	tiles := k.Load(t.Field("tiles"), k.GP64())
	var last mask // of the last vector, in B
	switch f {
	case short:
		last = k.first(k.Load(t.Field("lanes"), k.GP64()))
	case upper, lower:
		last = k.between(0, rows)
	}
	masked := func(v int) bool {
		switch f {
		case short, upper, lower:
			return v == vecs-1
		}
		return false
	}

	k.mark("tile")
	acc := make([][]reg.VecVirtual, rows)
	for i := range acc {
		acc[i] = k.vecs(vecs)
		for _, v := range acc[i] {
			k.clear(v)
		}
	}
	// One pointer for every three rows of A: an address can reach one and two
	// strides beyond it.
	a := make([]reg.GPVirtual, (rows+2)/3)
	for i := range a {
		a[i] = k.GP64()
		if i == 0 {
			k.Load(t.Field("a"), a[0])
			continue
		}
		k.LEAQ(op.Mem{Base: a[i-1], Index: aRow, Scale: 2}, a[i])
		k.ADDQ(aRow, a[i])
	}
	b, pack := k.GP64(), k.GP64()
	k.MOVQ(b0, b)
	if f == packing {
		k.Load(t.Field("pack"), pack)
	}
	at := k.GP64()
	k.MOVQ(c, at)
	for i := range rows {
		for v := range vecs {
			k.PREFETCHT0(op.Mem{Base: at, Disp: v * k.size()})
		}
		if i < rows-1 {
			k.ADDQ(cRow, at)
		}
	}

	// As many rows ahead as take some 200 cycles, which is about the way from
	// the third-level cache.
	aheadA, aheadB := k.GP64(), k.GP64()
	if f == leading {
		rows := 128 / k.lanes
		k.IMUL3Q(op.Imm(uint64(rows)), aCol, aheadA)
		k.IMUL3Q(op.Imm(uint64(rows)), bRow, aheadB)
	}
	step := func() {
		switch f {
		case leading:
			k.PREFETCHT0(op.Mem{Base: a[0], Index: aheadA, Scale: 1})
			for at := 0; at <= vecs*k.size(); at += 64 {
				k.PREFETCHT0(op.Mem{Base: b, Index: aheadB, Scale: 1, Disp: at})
			}
		case packing:
			x := k.vec()
			k.load(op.Mem{Base: a[0]}, x)
			k.store(x, op.Mem{Base: pack})
			k.ADDQ(op.Imm(uint64(k.size())), pack)
			// The next strip's share of this column, up to its last byte.
			k.PREFETCHT0(op.Mem{Base: a[0], Disp: 2*k.size() - 8})
		}
		bv := k.vecs(vecs)
		for v := range bv {
			m := op.Mem{Base: b, Disp: v * k.size()}
			if masked(v) {
				k.loadMasked(last, m, bv[v])
			} else {
				k.load(m, bv[v])
			}
		}
		for i := range rows {
			m := op.Mem{Base: a[i/3]}
			if i%3 > 0 {
				m.Index, m.Scale = aRow, uint8(i%3)
			}
			x := k.vec()
			k.VBROADCASTSD(m, x)
			for v := range bv {
				k.VFMADD231PD(bv[v], x, acc[i][v])
			}
		}
		k.advance(aCol, a...)
		k.ADDQ(bRow, b)
	}
	n := k.GP64()
	k.Load(t.Field("k"), n)
	k.SUBQ(op.Imm(2), n)
	k.JLT(k.label("odd"))
	k.mark("pair")
	step()
	step()
	k.SUBQ(op.Imm(2), n)
	k.JGE(k.label("pair"))
	k.mark("odd")
	k.ADDQ(op.Imm(2), n)
	k.JZ(k.label("scale"))
	step()

	k.mark("scale")
	alpha, beta := k.vec(), k.vec()
	k.VBROADCASTSD(k.field(t, "alpha"), alpha)
	for i := range acc {
		for _, v := range acc[i] {
			k.VMULPD(alpha, v, v)
		}
	}
	k.MOVQ(c, at)
	bits := k.GP64()
	k.MOVQ(k.field(t, "beta"), bits)
	k.SHLQ(op.Imm(1), bits) // β is zero, of either sign: C is not read
	k.JZ(k.label("set"))
	k.VBROADCASTSD(k.field(t, "beta"), beta)
	for _, reads := range []bool{true, false} {
		for i := range acc {
			by := last
			switch f {
			case upper:
				by = k.between(i, rows)
			case lower:
				by = k.between(0, i+1)
			}
			for v := range acc[i] {
				m := op.Mem{Base: at, Disp: v * k.size()}
				switch {
				case masked(v):
					if reads {
						x := k.vec()
						k.loadMasked(by, m, x)
						k.VFMADD231PD(x, beta, acc[i][v])
					}
					k.storeMasked(by, acc[i][v], m)
				default:
					if reads {
						k.VFMADD231PD(m, beta, acc[i][v])
					}
					k.store(acc[i][v], m)
				}
			}
			if i < rows-1 {
				k.ADDQ(cRow, at)
			}
		}
		if reads {
			k.JMP(k.label("next"))
			k.mark("set")
		}
	}
	k.mark("next")
	k.ADDQ(k.field(t, "bTile"), b0)
	k.ADDQ(op.U32(vecs*k.size()), c)
	k.DECQ(tiles)
	k.JNZ(k.label("tile"))
	k.end()
}
