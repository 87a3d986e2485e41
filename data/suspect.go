package data

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
)

// artefact names a value that has more of the variance than all others together.
func (d *Dataset) artefact() string {
	x, units := d.Activity.Float64s(), d.Units()
	mean := make([]float64, units)
	for i, v := range x {
		mean[i%units] += v / float64(len(x)/units)
	}
	total, largest, at := 0.0, 0.0, 0
	for i, v := range x {
		square := (v - mean[i%units]) * (v - mean[i%units])
		total += square
		if square > largest {
			largest, at = square, i
		}
	}
	if len(x) < 100 || largest < total/2 {
		return ""
	}
	s := at / units
	return fmt.Sprintf("The value %.3g at time %d, condition %d, unit %d (counted from 0) has %.0f %% of the variance of the whole: if it is an artefact, fill it first, for scores and decoders see little else.",
		x[at], s/d.Conditions(), s%d.Conditions(), at%units, 100*largest/total)
}

// repeated says which conditions have the activity of another.
func (d *Dataset) repeated() string {
	first, of, repeats := 0, 0, 0
	seen := map[string]int{}
	for c := range d.Conditions() {
		var b []byte
		for t := range d.Times() {
			row := (t*d.Conditions() + c) * d.Units()
			for _, x := range d.Activity.Float64s()[row : row+d.Units()] {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
			}
		}
		h := sha256.Sum256(b)
		before, known := seen[string(h[:])]
		if !known {
			seen[string(h[:])] = c
			continue
		}
		if repeats == 0 {
			first, of = c, before
		}
		repeats++
	}
	switch repeats {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("Condition %d has the activity of condition %d (counted from 0): cross-validation that trains on the one and tests on the other finds what is not there.", first, of)
	}
	return fmt.Sprintf("%d conditions have the activity of another, as %d that of %d (counted from 0): cross-validation that trains on the one and tests on the other finds what is not there.", repeats, first, of)
}
