package data

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gorgonia.org/tensor"
)

// trials are what the conditions of a dataset are means of.
type trials struct {
	activity *tensor.Dense // time × trial × unit
	of       [][]int       // the trials of each condition, as many of each
}

// Trials is how many trials each condition is the mean of; 0 where they are not known.
func (d *Dataset) Trials() int {
	if d.trials == nil {
		return 0
	}
	return len(d.trials.of[0])
}

// MeanOfTrials returns the mean over some of the trials of each condition, numbered from 0
// to Trials() − 1 in the order of the file: time × condition × unit.
func (d *Dataset) MeanOfTrials(some []int) *tensor.Dense {
	shape := d.Activity.Shape()
	mean := make([]float64, shape.TotalSize())
	all, units := d.trials.activity.Shape()[1], shape[2]
	for t := range shape[0] {
		for c, of := range d.trials.of {
			to := mean[(t*shape[1]+c)*units:][:units]
			for _, k := range some {
				for j, x := range d.trials.activity.Float64s()[(t*all+of[k])*units:][:units] {
					to[j] += x / float64(len(some))
				}
			}
		}
	}
	return tensor.New(tensor.WithShape(shape.Clone()...), tensor.WithBacking(mean))
}

// Repetitions returns the trials of each condition beside each other, time × condition ×
// (trial·unit), the units of one after those of another; nil where there are not two.
func (d *Dataset) Repetitions() *tensor.Dense {
	n := d.Trials()
	if n < 2 {
		return nil
	}
	times, units, all := d.Times(), d.Units(), d.trials.activity.Shape()[1]
	x := make([]float64, 0, d.NumSamples()*n*units)
	for t := range times {
		for _, of := range d.trials.of {
			for _, k := range of {
				x = append(x, d.trials.activity.Float64s()[(t*all+k)*units:][:units]...)
			}
		}
	}
	return tensor.New(tensor.WithShape(times, d.Conditions(), n*units), tensor.WithBacking(x))
}

// Halves returns the means over the even and over the odd trials of each condition, counted
// from 0 in the order of the file and as many of each: of an odd number the last has no
// part in them. They are false where conditions have fewer than two trials.
func (d *Dataset) Halves() (even, odd *tensor.Dense, ok bool) {
	var halves [2][]int
	for k := range d.Trials() / 2 * 2 {
		halves[k%2] = append(halves[k%2], k)
	}
	if halves[1] == nil {
		return nil, nil, false
	}
	return d.MeanOfTrials(halves[0]), d.MeanOfTrials(halves[1]), true
}

// single says that trials stand where conditions do, and what makes conditions of them.
func (d *Dataset) single() string {
	text := fmt.Sprintf("The %d trials are taken for conditions, one each, with their noise: ", d.Conditions())
	if len(d.Variables)+len(d.Continuous) == 0 {
		return text + "-average makes conditions of them by labels, of which the file has none."
	}
	return text + fmt.Sprintf("-average LABEL[,…] makes conditions of those that are alike in labels, of %s.", d.labelNames())
}

// average makes conditions of trials, one of each combination of values that labels have,
// in the order of the values, the first label slowest. Every condition is the mean of as
// many trials, the first in the order of the file, as the one with fewest has.
func (d *Dataset) average(by []string) error {
	if d.rows == AlongCondition {
		d.note("Conditions are not averaged by %s: the axes say condition, not trial.", strings.Join(by, ","))
		return nil
	}
	keys := make([][]int, d.Conditions())
	for _, name := range by {
		v := d.label(name)
		if v == nil {
			return fmt.Errorf("no label %q to average trials by; it has %s. If the %d here are conditions and no trials, -axes FILE=… says the file's axes in their order, one of them condition", name, d.labelNames(), d.Conditions())
		}
		for c, class := range v.Class {
			keys[c] = append(keys[c], class)
		}
	}
	order := make([]int, len(keys))
	for c := range order {
		order[c] = c
	}
	slices.SortStableFunc(order, func(a, b int) int { return slices.Compare(keys[a], keys[b]) })
	var groups [][]int
	for i, c := range order {
		if i == 0 || !slices.Equal(keys[c], keys[order[i-1]]) {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], c)
	}
	fewest, most := len(keys), 0
	for _, g := range groups {
		fewest, most = min(fewest, len(g)), max(most, len(g))
	}
	d.Card.Averaging = fmt.Sprintf("over %d trials of each of %d conditions by %s", fewest, len(groups), strings.Join(by, ", "))
	d.remark("Conditions are means of %s each, by %s.", counted(fewest, "trial"), strings.Join(by, ","))
	if fewest < most {
		d.note("Trials are cut to the fewest that a condition has, %d of up to %d, the first in the file's order: %d of %d are left out.",
			fewest, most, len(keys)-fewest*len(groups), len(keys))
	}
	if fewest == 1 {
		d.note("With one trial a condition there are no halves for a ceiling.")
	}
	first := make([]int, len(groups))
	for i := range groups {
		groups[i] = groups[i][:fewest]
		first[i] = groups[i][0]
	}
	d.gather(groups, first)
	d.trials = &trials{d.Activity, groups}
	shape := d.Activity.Shape().Clone()
	shape[1] = len(groups)
	d.Activity = tensor.New(tensor.WithShape(shape...), tensor.WithBacking(make([]float64, shape.TotalSize())))
	all := make([]int, fewest)
	for k := range all {
		all[k] = k
	}
	d.Activity = d.MeanOfTrials(all)
	d.Shape = slices.Clone(d.Shape)
	d.Shape[len(d.Shape)-2] = len(groups)
	return d.check()
}

// gather makes the variables those of groups of trials.
func (d *Dataset) gather(groups [][]int, first []int) {
	var kept []Variable
	var dropped, means []string
	for i := range d.Variables {
		v := &d.Variables[i]
		if slices.ContainsFunc(groups, func(g []int) bool {
			return slices.ContainsFunc(g, func(c int) bool { return v.Class[c] != v.Class[g[0]] })
		}) {
			dropped = append(dropped, clean(v.Name))
			continue
		}
		kept = append(kept, v.pick(first))
	}
	d.Variables = kept
	for i := range d.Continuous {
		changed := false
		d.Continuous[i], changed = d.Continuous[i].mean(groups, d.Conditions())
		if changed {
			means = append(means, clean(d.Continuous[i].Name))
		}
	}
	if dropped != nil {
		d.note("Dropped, for the trials of a condition differ in it: %s.", several(dropped))
	}
	if means != nil {
		d.remark("Averaged over trials, as the activity is: %s.", several(means))
	}
}

// mean returns the variable of groups of so many trials: what it is in all of a group, or
// their mean, of angles the direction of that; and whether there was one that changed.
func (v *Continuous) mean(groups [][]int, trials int) (m Continuous, changed bool) {
	m = *v
	m.Values = nil
	for from := 0; from < len(v.Values); from += trials {
		for _, g := range groups {
			first, sum, sin, cos, same := v.Values[from+g[0]], 0.0, 0.0, 0.0, true
			for _, c := range g {
				x := v.Values[from+c]
				s, c := math.Sincos(x)
				sum, sin, cos, same = sum+x/float64(len(g)), sin+s, cos+c, same && x == first
			}
			switch {
			case same:
				sum = first
			case v.Angle:
				sum = math.Atan2(sin, cos)
			}
			changed = changed || !same
			m.Values = append(m.Values, sum)
		}
	}
	return m, changed
}
