package data

import (
	"fmt"
	"hash/maphash"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"
)

// Artefact names a value that has more of the variance than all others together; "" is of
// none. The error is of activity in a file.
func (d *Dataset) Artefact() (note string, err error) {
	units := d.Units()
	mean, share := make([]float64, units), 1/float64(d.NumSamples())
	err = d.Each(rowsAtATime, func(x []float64) error {
		for row := range slices.Chunk(x, units) {
			floats.AddScaled(mean, share, row)
		}
		return nil
	})
	if err != nil {
		return "", err
	}
	// It is in the sample that has more of the variance than all others together.
	total, most, seen, s, sample, apart := 0.0, 0.0, 0, 0, make([]float64, units), make([]float64, units)
	err = d.Each(rowsAtATime, func(x []float64) error {
		for row := range slices.Chunk(x, units) {
			floats.SubTo(apart, row, mean)
			one := floats.Dot(apart, apart)
			if total += one; one > most {
				most, s = one, seen
				copy(sample, row)
			}
			seen++
		}
		return nil
	})
	if err != nil || seen*units < 100 || most < total/2 {
		return "", err
	}
	largest, unit := 0.0, 0
	for j, v := range sample {
		if square := (v - mean[j]) * (v - mean[j]); square > largest {
			largest, unit = square, j
		}
	}
	if largest < total/2 {
		return "", nil
	}
	return fmt.Sprintf("The value %.3g at time %d, condition %d, unit %d (counted from 0) has %.0f %% of the variance of the whole: if it is an artefact, fill it first, for scores and decoders see little else.",
		sample[unit], s/d.Conditions(), s%d.Conditions(), unit, 100*largest/total), nil
}

// repeated says which conditions have the activity of another.
func (d *Dataset) repeated() string {
	hashes := d.hashes()
	seen := make(map[uint64]int, len(hashes)) // the first condition of each hash
	first, of, repeats := 0, 0, 0
	for c, h := range hashes {
		before, known := seen[h]
		switch {
		case !known:
			seen[h] = c
		case !d.same(c, before): // once in 2⁶⁴
		case repeats == 0:
			first, of, repeats = c, before, 1
		default:
			repeats++
		}
	}
	switch repeats {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("Condition %d has the activity of condition %d (counted from 0): cross-validation that trains on the one and tests on the other finds what is not there.", first, of)
	}
	return fmt.Sprintf("%d conditions have the activity of another, as %d that of %d (counted from 0): cross-validation that trains on the one and tests on the other finds what is not there.", repeats, first, of)
}

// hashes has one for the activity of every condition, from those of its rows.
func (d *Dataset) hashes() []uint64 {
	seed, hashes := maphash.MakeSeed(), make([]uint64, d.Conditions())
	for t := range d.Times() {
		for c := range hashes {
			hashes[c] = 31*hashes[c] + maphash.Bytes(seed, bytesOf(d.row(t, c)))
		}
	}
	return hashes
}

// row is the activity of a condition at a time.
func (d *Dataset) row(time, condition int) []float64 {
	return d.Activity.Float64s()[(time*d.Conditions()+condition)*d.Units():][:d.Units()]
}

func (d *Dataset) same(c, other int) bool {
	for t := range d.Times() {
		if !slices.Equal(d.row(t, c), d.row(t, other)) {
			return false
		}
	}
	return true
}

// doubtAxes refuses activity whose first axis is trials, by the labels that fit it,
// and says which arrays may be of another axis than they are taken to be, but for those
// settled, of which the file says it.
func (d *Dataset) doubtAxes(others []*stored, settled map[string]bool) error {
	times, conditions, units := d.Times(), d.Conditions(), d.Units()
	var open []string
	for _, v := range d.Variables {
		if !settled[v.Name] {
			open = append(open, clean(v.Name))
		}
	}
	names := strings.Join(open, ", ")
	if names != "" && conditions == units {
		d.note("%s may be of units: there are as many units as conditions.", names)
	}
	if names != "" && conditions == times && times > 1 {
		d.note("%s may be of times: there are as many times as conditions.", names)
	}
	if d.rows != "" {
		return nil // said
	}
	for _, s := range others {
		if slices.Equal(s.shape, []int{conditions}) {
			return nil // something is of conditions
		}
	}
	for _, v := range d.Continuous {
		if v.Along == AlongTime && !settled[v.Name] {
			d.note("%s is taken for a variable of the %d times, and nothing in the file is of the %d conditions: if the first axis is trials, save activity.transpose(1, 0, 2) or say -axes trial,time,unit.", clean(v.Name), times, conditions)
		}
	}
	for _, s := range others {
		if len(s.shape) != 1 || s.n < 2 || settled[s.name] || !s.labels() {
			continue
		}
		name := clean(s.name)
		switch {
		case len(d.Shape) == 3 && s.n == times && times != units:
			return fmt.Errorf("%s has %d values, as many as the first axis (times) is long, and conditions are %d: if that axis is trials, save activity.transpose(1, 0, 2) or say -axes trial,time,unit; if %s is of times, call it time_%s", name, s.n, conditions, name, name)
		case len(d.Shape) == 2 && s.n == units:
			d.note("%s has %d values, as many as the second axis (units) is long, and samples are %d: if that axis is samples, save activity.T or say -axes unit,sample.", name, s.n, conditions)
			return nil
		}
	}
	return nil
}

// labels is whether s is text or whole numbers, and not an axis, whose values rise or
// fall throughout.
func (s *stored) labels() bool {
	if s.err != nil || s.isText() {
		return s.err == nil
	}
	values, err := numbers[float64](s)
	if err != nil || !whole(values) {
		return false
	}
	sign := values[1] - values[0]
	for i := range values[1:] {
		if (values[i+1]-values[i])*sign <= 0 {
			return true
		}
	}
	return false
}
