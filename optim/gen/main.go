// Gen writes the vector form of Adam's step, and the Go declarations of it.
//
// Run it with go generate in package optim. It is a module of its own, so that the
// project needs avo for nothing else. Its own test fails when a committed file is
// not what it would write.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/mmcloughlin/avo/build"
	op "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

// target is the folder of package optim, seen from this module's.
const target = ".."

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	files, err := generate()
	if err != nil {
		log.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(target, name), text, 0o644); err != nil {
			log.Fatal(err)
		}
	}
}

// generate returns the text of each generated file by its name.
func generate() (map[string][]byte, error) {
	c := build.NewContext()
	c.ConstraintExpr("amd64")
	step(c, "adamAVX512", 8, c.ZMM)
	step(c, "adamAVX2", 4, c.YMM)
	f, err := c.Result()
	if err != nil {
		return nil, err
	}
	if err := pass.Compile.Execute(f); err != nil {
		return nil, err
	}
	files := make(map[string][]byte)
	cfg := printer.Config{Name: "go generate", Pkg: "optim"}
	for ext, p := range map[string]printer.Printer{".s": printer.NewGoAsm(cfg), ".go": printer.NewStubs(cfg)} {
		text, err := p.Print(f)
		if err != nil {
			return nil, err
		}
		files["adam_amd64"+ext] = text
	}
	return files, nil
}

// step writes one function over n values, a multiple of lanes. It does the plain
// form's operations in the plain form's order, none of them fused, so that both
// give the same bits.
func step(c *build.Context, name string, lanes int, vector func() reg.VecVirtual) {
	c.Function(name)
	c.Attributes(build.NOSPLIT)
	c.SignatureExpr("func(x, m, v, grad *float64, n int, k *float64)")
	c.Pragma("noescape")
	c.Doc(fmt.Sprintf("%s is a step of n values, a multiple of %d.", name, lanes))
	x := c.Load(c.Param("x"), c.GP64())
	m := c.Load(c.Param("m"), c.GP64())
	v := c.Load(c.Param("v"), c.GP64())
	g := c.Load(c.Param("grad"), c.GP64())
	n := c.Load(c.Param("n"), c.GP64())
	k := c.Load(c.Param("k"), c.GP64())

	var coefficient [7]reg.VecVirtual // in the order of the struct
	for i := range coefficient {
		coefficient[i] = vector()
		c.VBROADCASTSD(op.Mem{Base: k, Disp: 8 * i}, coefficient[i])
	}
	keepM, takeG, keepV, takeGG, correct, epsilon, rate := coefficient[0], coefficient[1], coefficient[2], coefficient[3], coefficient[4], coefficient[5], coefficient[6]

	at := func(base reg.Register) op.Mem { return op.Mem{Base: base} }
	c.Label(name + "Loop")
	c.CMPQ(n, op.Imm(0))
	c.JE(op.LabelRef(name + "Done"))
	gk, mk, vk, t := vector(), vector(), vector(), vector()
	c.VMOVUPD(at(g), gk)
	c.VMULPD(at(m), keepM, mk)
	c.VMULPD(takeG, gk, t)
	c.VADDPD(t, mk, mk)
	c.VMOVUPD(mk, at(m))
	c.VMULPD(at(v), keepV, vk)
	c.VMULPD(takeGG, gk, t)
	c.VMULPD(gk, t, t)
	c.VADDPD(t, vk, vk)
	c.VMOVUPD(vk, at(v))
	c.VMULPD(correct, vk, vk)
	c.VSQRTPD(vk, vk)
	c.VADDPD(epsilon, vk, vk)
	c.VMULPD(rate, mk, mk)
	c.VDIVPD(vk, mk, mk)
	c.VMOVUPD(at(x), t)
	c.VSUBPD(mk, t, t)
	c.VMOVUPD(t, at(x))
	for _, base := range []reg.Register{x, m, v, g} {
		c.ADDQ(op.Imm(uint64(8*lanes)), base)
	}
	c.SUBQ(op.Imm(uint64(lanes)), n)
	c.JMP(op.LabelRef(name + "Loop"))
	c.Label(name + "Done")
	c.VZEROUPPER()
	c.RET()
}
