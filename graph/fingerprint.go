package graph

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
)

// Fingerprint tells one program from another by what it computes: its primitives with
// their parameters, in order and by what they take, and the values of its constants.
// Where parameters stand, and what an unnamed primitive does, it cannot tell.
func (p *Program) Fingerprint() string {
	h, place := sha256.New(), map[*slot]int{}
	for i, s := range p.machine.slots {
		place[s] = i
		fmt.Fprintf(h, "%v %v", s.shape, s.input)
		switch {
		case s.prim != nil:
			fmt.Fprintf(h, " %s %#v", s.prim.Name, s.prim.Params)
		case s.pulls != nil:
			fmt.Fprintf(h, " pullback of %d", place[s.pulls])
		case s.sum:
			fmt.Fprint(h, " sum")
		case s.stock != nil:
			fmt.Fprint(h, " ", s.stock)
		case !s.variable:
			for _, v := range s.out.Data {
				h.Write(binary.LittleEndian.AppendUint64(nil, math.Float64bits(v)))
			}
		}
		for _, in := range s.in {
			fmt.Fprint(h, " ", place[in])
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}
