package graph

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"reflect"
)

// Fingerprint tells one program from another by what it computes: its primitives with
// their parameters, in order and by what they take, and the values of its constants.
// What a primitive of that name does it cannot tell, nor what its parameters point to.
func (p *Program) Fingerprint() string {
	h, place := sha256.New(), map[*slot]int{}
	for i, s := range p.machine.slots {
		place[s] = i
		fmt.Fprintf(h, "%v %v", s.shape, s.input)
		switch {
		case s.prim != nil:
			fmt.Fprintf(h, " %s %s", s.prim.Name, described(reflect.ValueOf(s.prim.Params)))
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

// described writes a value field by field, but for what it points to, which has another
// address in every process.
func described(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Invalid:
		return "nil"
	case reflect.Pointer, reflect.Func, reflect.Chan, reflect.Map, reflect.UnsafePointer:
		return v.Type().String()
	case reflect.Interface:
		return described(v.Elem())
	case reflect.Struct:
		text := v.Type().String() + "{"
		for i := range v.NumField() {
			text += described(v.Field(i)) + ","
		}
		return text + "}"
	case reflect.Array:
		text := v.Type().String() + "["
		for i := range v.Len() {
			text += described(v.Index(i)) + ","
		}
		return text + "]"
	}
	return fmt.Sprintf("%s(%v)", v.Type(), v)
}
