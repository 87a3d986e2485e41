package decode

import (
	"fmt"
	"math"
	"slices"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"

	"gorgonia.org/tensor"
)

// An L2 penalty sees values through the unit that they are measured in: of volts the
// paper's decoder answers the largest class, whatever the data hold. What it does not
// find is looked for once more in standardised units.

// findScale leaves in r what is known of v if the raw decoder does not find it in d, and
// a standardised one does.
func (s *Study) findScale(r *experiments.Record, d *data.Dataset, v data.Variable, raw *probe.Decoder, fits tally) error {
	if s.scaling() != probe.Raw {
		return nil
	}
	folds, _, err := probe.Stratify(v.Name, v.Class, d.Times(), s.Folds, s.Seed)
	if err != nil {
		return err
	}
	_, high := bandOf(r.Column("null", "accuracy", "variable", v.Name))
	if a, err := s.accuracy(raw, v, d.Times(), s.Seed, fits); err != nil || a > high {
		return err
	}
	standardised := probe.Standardised.Decoder(d.Activity)
	a, err := standardised.Accuracy(v.Class, folds)
	if err != nil || a <= high { // the dearer shufflings are spared
		return err
	}
	null, err := standardised.Null(v.Name, v.Class, s.Folds, s.Permutations, s.Seed)
	if err != nil {
		return err
	}
	if _, high := bandOf(null); a <= high {
		return nil
	}
	predicted, err := raw.Predict(v.Class, folds)
	if err != nil {
		return err
	}
	r.Frame("hidden", "variable", "standardised one-answer unit-deviation").Add([]string{v.Name}, a, oneAnswer(predicted, folds), unitDeviation(d.Activity))
	return nil
}

// oneAnswer is the share of folds, over times, whose conditions all get the same answer.
func oneAnswer(predicted [][]int, folds probe.Folds) float64 {
	same := 0
	for t, answers := range predicted {
		seen := make([]map[int]bool, folds.Number)
		for c, f := range folds.Of[t] {
			if seen[f] == nil {
				seen[f] = map[int]bool{}
			}
			seen[f][answers[c]] = true
		}
		for _, s := range seen {
			if len(s) == 1 {
				same++
			}
		}
	}
	return float64(same) / float64(folds.Number*len(predicted))
}

// unitDeviation is the median over units and times of the standard deviation over
// conditions.
func unitDeviation(x *tensor.Dense) float64 {
	s := x.Shape()
	var all []float64
	for t := range s[0] {
		for u := range s[2] {
			mean, square := 0.0, 0.0
			at := func(c int) float64 { return x.Float64s()[(t*s[1]+c)*s[2]+u] }
			for c := range s[1] {
				mean += at(c) / float64(s[1])
			}
			for c := range s[1] {
				square += (at(c) - mean) * (at(c) - mean) / float64(s[1])
			}
			all = append(all, math.Sqrt(square))
		}
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// hiddenByScale says of a variable why the raw decoder does not find it, "" if a
// standardised one does not either.
func (d *results) hiddenByScale(variable string) string {
	hidden := func(number string) []float64 { return d.about.Column("hidden", number, "variable", variable) }
	there := hidden("standardised")
	if len(there) == 0 {
		return ""
	}
	accuracy := report.Fraction(d.reference(variable).Mean)
	if math.Abs(d.reference(variable).Mean-d.largestShare(variable)) < 0.005 {
		accuracy += ", the share of its largest class"
	}
	sd := hidden("unit-deviation")[0]
	why := fmt.Sprintf("by the paper's decoder, whose penalty, C = 1, sees values as they are (unit sd about %s)", report.Significant(sd, 1))
	if sd < 1 && hidden("one-answer")[0] >= 0.9 {
		why = fmt.Sprintf("because the values are so small (unit sd about %s) that the paper's decoder, penalised at C = 1, answers the largest class everywhere", report.Significant(sd, 1))
	}
	return fmt.Sprintf("%s: %s is left out of the findings: it is not decoded above chance (%s) %s. With every unit of unit variance it is decoded at %s: give the data in another unit, or -decoder standardised.",
		d.Short(), variable, accuracy, why, report.Fraction(there[0]))
}

// largestShare is the share of conditions that are of the variable's largest class.
func (d *results) largestShare(variable string) float64 {
	for _, v := range d.Variables {
		if v.Name == variable {
			count := make([]int, len(v.Values))
			for _, c := range v.Class {
				count[c]++
			}
			return float64(slices.Max(count)) / float64(len(v.Class))
		}
	}
	return math.NaN()
}
