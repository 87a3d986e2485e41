package main

import (
	"fmt"
	"go/types"
	"math"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/gotypes"
	op "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa is an instruction set: how many doubles a register holds.
type isa struct {
	name  string
	lanes int
}

var (
	avx512 = isa{"avx512", 8}
	avx2   = isa{"avx2", 4}
)

// kernels writes the functions of one instruction set. Its methods in this
// file are the few vector operations that the kernels need, spelled for
// either set.
type kernels struct {
	*build.Context
	isa
	types    *types.Package // declares tile
	function string
	// Masks in memory, for AVX2: lanes of ones and then of zeros, and those
	// that between makes, by name.
	table op.Mem
	data  map[string]op.Mem
}

// all writes every function of the set.
func (k *kernels) all() {
	if k.isa == avx2 {
		k.table = k.ones("lanes", 2*k.lanes, 0, k.lanes)
	}
	for rows := 1; rows <= k.lanes; rows++ {
		for vecs := 1; vecs <= tileVecs; vecs++ {
			k.gemm(rows, vecs, short)
		}
		if k.isa == avx2 {
			k.gemm(rows, tileVecs, full)
		}
		k.gemm(rows, 1, upper)
		k.gemm(rows, 1, lower)
	}
	k.gemm(k.lanes, tileVecs, leading)
	k.gemm(k.lanes, tileVecs, packing)
	for vecs := 1; vecs <= tileVecs; vecs++ {
		k.solve(vecs)
	}
	k.multiply()
	k.transpose()
	k.copyRows()
}

// tileVecs is the widest tile, in vectors. With rows = lanes it leaves
// registers for one row of B and a broadcast element of A in both sets:
// 8·3 + 3 + 1 of 32 and 4·3 + 3 + 1 of 16.
const tileVecs = 3

// begin starts a function. The name of the set is added to its own.
func (k *kernels) begin(name, signature, doc string) {
	k.function = name + strings.ToUpper(k.name)
	k.Function(k.function)
	k.Attributes(attr.NOSPLIT)
	s, err := gotypes.ParseSignatureInPackage(k.types, signature)
	if err != nil {
		panic(err)
	}
	k.Signature(s)
	k.Pragma("noescape")
	k.Doc(k.function + " " + doc)
}

func (k *kernels) end() {
	k.VZEROUPPER()
	k.RET()
}

// label makes a name unique within the file.
func (k *kernels) label(s string) op.LabelRef {
	return op.LabelRef(fmt.Sprintf("%s_%s", k.function, s))
}

func (k *kernels) mark(s string) { k.Label(string(k.label(s))) }

// size is a vector's width in bytes.
func (k *kernels) size() int { return 8 * k.lanes }

func (k *kernels) vec() reg.VecVirtual {
	if k.isa == avx512 {
		return k.ZMM()
	}
	return k.YMM()
}

func (k *kernels) vecs(n int) []reg.VecVirtual {
	v := make([]reg.VecVirtual, n)
	for i := range v {
		v[i] = k.vec()
	}
	return v
}

func (k *kernels) clear(v reg.VecVirtual) {
	if k.isa == avx512 {
		k.VPXORQ(v, v, v)
		return
	}
	k.VXORPD(v, v, v)
}

// mask chooses lanes of a vector. It lies in a mask register (AVX-512) or in
// memory as a vector of ones and zeros (AVX2, which has no register to spare).
type mask struct {
	reg reg.Register
	mem op.Mem
}

// ones declares n words, of which words lo to hi-1 are all ones.
func (k *kernels) ones(name string, n, lo, hi int) op.Mem {
	m := k.StaticGlobal(name)
	k.DataAttributes(attr.RODATA | attr.NOPTR)
	for i := range n {
		var word uint64
		if lo <= i && i < hi {
			word = math.MaxUint64
		}
		k.AppendDatum(op.U64(word))
	}
	return m
}

// first makes the mask of the first n lanes, 1 ≤ n ≤ lanes.
func (k *kernels) first(n reg.Register) mask {
	if k.isa == avx512 {
		bits, m := k.GP64(), k.K()
		k.MOVQ(op.I32(-1), bits)
		k.BZHIQ(n, bits, bits)
		k.KMOVW(bits.As32(), m)
		return mask{reg: m}
	}
	table, at := k.GP64(), k.GP64()
	k.LEAQ(k.table, table)
	k.MOVQ(op.U32(uint32(k.lanes)), at)
	k.SUBQ(n, at)
	k.LEAQ(op.Mem{Base: table, Index: at, Scale: 8}, at)
	return mask{mem: op.Mem{Base: at}}
}

// between makes the mask of lanes lo to hi-1.
func (k *kernels) between(lo, hi int) mask {
	if k.isa == avx512 {
		bits, m := k.GP32(), k.K()
		k.MOVL(op.U32(uint32(1<<hi-1<<lo)), bits)
		k.KMOVW(bits, m)
		return mask{reg: m}
	}
	name := fmt.Sprintf("lanes%dto%d", lo, hi)
	m, ok := k.data[name]
	if !ok {
		m = k.ones(name, k.lanes, lo, hi)
		k.data[name] = m
	}
	return mask{mem: m}
}

// load reads a vector; loadMasked reads the lanes of a mask, zeroes the others
// and never touches the memory behind them.
func (k *kernels) load(m op.Mem, v reg.VecVirtual) { k.VMOVUPD(m, v) }

func (k *kernels) loadMasked(by mask, m op.Mem, v reg.VecVirtual) {
	if k.isa == avx512 {
		k.VMOVUPD_Z(m, by.reg, v)
		return
	}
	k.VMOVUPD(by.mem, v)
	k.VMASKMOVPD(m, v, v)
}

func (k *kernels) store(v reg.VecVirtual, m op.Mem) { k.VMOVUPD(v, m) }

func (k *kernels) storeMasked(by mask, v reg.VecVirtual, m op.Mem) {
	if k.isa == avx512 {
		k.VMOVUPD(v, by.reg, m)
		return
	}
	ones := k.vec()
	k.VMOVUPD(by.mem, ones)
	k.VMASKMOVPD(v, ones, m)
}

// field is a field of t in memory.
func (k *kernels) field(t gotypes.Component, name string) op.Mem {
	b, err := t.Field(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// advance adds a stride to each pointer.
func (k *kernels) advance(by op.Op, ptrs ...reg.GPVirtual) {
	for _, p := range ptrs {
		k.ADDQ(by, p)
	}
}
