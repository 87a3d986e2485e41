package explain

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"simgrad/experiments"
	"simgrad/experiments/inference"
	"simgrad/experiments/report"
)

// methods are a paragraph to cite, of what was done with these data and settings.
func (all *results) methods(set explainSettings, differences []difference) string {
	x := all.models[0].x
	var names, models []string
	for _, r := range all.models[0].rulers {
		m := r.Cell.Measures[0]
		names = append(names, fmt.Sprintf("%s (%s; %s)", m.Label, m.Name, m.Source))
	}
	for _, m := range all.models {
		models = append(models, fmt.Sprintf("%s (%s, content %s)", m.name, report.Count(m.y.Units(), "unit"), m.y.Hash()))
	}
	lines := []string{fmt.Sprintf("Scores of %s (%s, content %s) with %s were computed with simgrad by %s.",
		all.recording(), report.Axes(x.Times(), x.Conditions(), x.Units()), x.Hash(), strings.Join(models, ", "), strings.Join(names, ", "))}
	say := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }

	var compared []string
	if of, any := all.by(has(markShuffled)); any {
		text := fmt.Sprintf("those of the model with whole conditions in other orders (%d at random", set.Shufflings)
		if n := orders(x.Conditions()); n <= inference.AllShuffles {
			text = fmt.Sprintf("those of the model with whole conditions in other orders (all %d", n-1)
		}
		if _, tested := all.by(has(markP)); tested {
			text += "; p = (b + 1)/(B + 1)"
		}
		compared = append(compared, text+")"+of)
	}
	if of, any := all.by(has(markFloor)); any {
		compared = append(compared, fmt.Sprintf("those of %d surrogates of maximum entropy that keep the model's covariances over time and over units (Elsayed & Cunningham 2017)%s", set.Draws, of))
	}
	if of, any := all.by(has(markNoise)); any {
		compared = append(compared, fmt.Sprintf("those of %d white noises of the model's shape%s", set.Draws, of))
	}
	if of, any := all.by(has("components=1")); any {
		compared = append(compared, "those of the recording's own leading principal components"+of)
	}
	if compared != nil {
		say("Scores were compared with %s.", strings.Join(compared, "; with "))
	}
	if of, any := all.by(has(markNoiseSD)); any {
		say("White noise in the recording that scores the same was found for each of %d draws%s.", set.Draws, of)
	}
	if of, any := all.by(hasInterval(markScore)); any {
		say("Intervals are 95 %% by the delete-a-group jackknife over conditions, with Student's t%s.", of)
	}
	if of, any := all.by(hasInterval(markOverUnits)); any {
		say("Those over conditions and the recording's units are by the two-way jackknife (Schütt et al. 2023)%s.", of)
	}
	ceiling := func(name string) func(*experiments.Record) bool {
		return func(r *experiments.Record) bool { _, ok := all.models[0].at(all, r, name); return ok }
	}
	if of, any := all.by(ceiling(inference.NoiseFreeName)); any {
		say("The ceiling of a model without noise was simulated with the noise that the halves of the trials differ by%s.", of)
	}
	if of, any := all.by(ceiling(inference.RepetitionName)); any {
		say("The score of a repetition was extrapolated from averages of fewer than all %d trials%s.", all.trials, of)
	}
	if all.reliability != nil {
		say("How far units repeat is the correlation of the halves of their trials, corrected for length (Spearman 1910; Brown 1910).")
	}
	if of, any := all.by(ceiling(inference.SubjectOut)); any {
		say("Bounds over %d subjects are of mean kernels, with the subject out of the mean and in it (Nili et al. 2014)%s.", all.subjects, of)
	}

	var ridge []string
	anyOf := func(holds func(m *model) bool) bool { return slices.ContainsFunc(all.models, holds) }
	if anyOf(func(m *model) bool {
		return slices.ContainsFunc(frame(m.components, "components").Rows, func(r report.Row) bool { return !math.IsNaN(r.Number("r2_left_out")) })
	}) {
		ridge = append(ridge, fmt.Sprintf("principal components (%d shufflings)", set.Permutations))
	}
	if anyOf(func(m *model) bool { return len(frame(m.components, "units").Rows) > 0 }) {
		ridge = append(ridge, fmt.Sprintf("the recording's units (%d)", set.unitPermutations()))
	}
	kind := func(kind string) bool {
		return anyOf(func(m *model) bool {
			return slices.ContainsFunc(frame(m.decode, "decode").Rows, func(r report.Row) bool { return r.Key("kind") == kind })
		})
	}
	if kind("continuous") {
		ridge = append(ridge, fmt.Sprintf("continuous variables (units %s; %d)", set.Decoder, set.Permutations))
	}
	if ridge != nil {
		say("Ridge regression, its penalty chosen within the conditions that were fitted, predicted from whole conditions left out: %s.", strings.Join(ridge, ", "))
	}
	if kind("classes") {
		say("Classes were decoded by logistic regression (units %s) in at most %d folds of conditions at each time (%d shufflings).", set.Decoder, folds, set.classPermutations())
	}
	if ridge != nil || kind("classes") {
		say("Chance is 2.5 to 97.5 %% of shuffled conditions.")
	}
	if len(all.models[0].arrivals()) > 0 {
		say("White noise of the recording's shape was driven up each measure to the model's score, and what other measures may be at that score was searched from it (Cloos et al. 2024; Adam).")
	}
	told := slices.DeleteFunc(slices.Clone(differences), func(d difference) bool { return d.Withheld != "" })
	switch {
	case len(told) > 1 && len(all.models) > 2:
		say("Differences between models are of the same left-out conditions, p adjusted within each measure by Benjamini and Hochberg (1995).")
	case len(told) > 0:
		say("The difference between the models is of the same left-out conditions.")
	}
	say("Seed %d.", all.cards[0].Cell.Seed)
	return strings.Join(lines, " ") + "\n"
}

func has(mark string) func(*experiments.Record) bool {
	return func(r *experiments.Record) bool { _, ok := markOf(r, mark); return ok }
}

func hasZeroInformation(r *experiments.Record) bool {
	return slices.ContainsFunc(marks(r), func(k mark) bool { return strings.HasPrefix(k.name, zeroInformation) })
}

func hasInterval(mark string) func(*experiments.Record) bool {
	return func(r *experiments.Record) bool { k, ok := markOf(r, mark); return ok && !math.IsNaN(k.low) }
}

// by is whether something holds of any measure, and of which, in words where it is not all.
func (all *results) by(holds func(*experiments.Record) bool) (of string, any bool) {
	var labels []string
	for i, r := range all.models[0].rulers {
		if slices.ContainsFunc(all.models, func(m *model) bool { return holds(m.rulers[i]) }) {
			labels = append(labels, r.Cell.Measures[0].Label)
		}
	}
	if len(labels) == 0 || len(labels) == len(all.models[0].rulers) {
		return "", len(labels) > 0
	}
	return ", for " + strings.Join(labels, ", "), true
}

// orders is the number of orders of conditions, or some number that is more than all are
// drawn of.
func orders(conditions int) int {
	n := 1
	for i := 2; i <= conditions && n <= inference.AllShuffles; i++ {
		n *= i
	}
	return n
}
