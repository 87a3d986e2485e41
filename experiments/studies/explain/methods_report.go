package explain

import (
	"fmt"
	"strings"

	"simgrad/experiments/inference"
	"simgrad/experiments/report"
)

// methods are a paragraph to cite.
func (all *results) methods(set explainSettings) string {
	x := all.models[0].x
	var names, models []string
	for _, r := range all.models[0].rulers {
		m := r.Cell.Measures[0]
		names = append(names, fmt.Sprintf("%s (%s; %s)", m.Label, m.Name, m.Source))
	}
	for _, m := range all.models {
		models = append(models, fmt.Sprintf("%s (%s, content %s)", m.name, report.Count(m.y.Units(), "unit"), m.y.Hash()))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Scores of %s (%s, content %s) with %s were computed with simgrad by %s. ",
		all.recording(), report.Axes(x.Times(), x.Conditions(), x.Units()), x.Hash(), strings.Join(models, ", "), strings.Join(names, ", "))
	fmt.Fprintf(&b, "Scores were compared with those of the model with whole conditions in other orders (all orders if at most %d, else %d at random; p = (b + 1)/(B + 1)), with %d surrogates of maximum entropy that keep the model's covariances over time and over units (Elsayed & Cunningham 2017), with %d white noises of the model's shape, and with the recording's own leading principal components. ",
		inference.AllShuffles, set.Shufflings, set.Draws, set.Draws)
	if x.Conditions() >= inference.MinConditions {
		b.WriteString("Intervals are 95 % by the delete-a-group jackknife over conditions, with Student's t")
		if !set.Brief {
			b.WriteString(", and over conditions and the recording's units by the two-way jackknife (Schütt et al. 2023)")
		}
		b.WriteString(". ")
	}
	fmt.Fprintf(&b, "Principal components, the recording's units and continuous variables were predicted by ridge regression from whole conditions left out, its penalty chosen within the others; classes were decoded by logistic regression (units %s) in %d folds of conditions at each time; chance is 2.5 to 97.5 %% of shuffled conditions. ", set.Decoder, folds)
	if len(all.models) > 2 {
		b.WriteString("Differences between models are of the same left-out conditions, p adjusted within each measure by Benjamini and Hochberg (1995). ")
	} else if len(all.models) == 2 {
		b.WriteString("The difference between the models is of the same left-out conditions. ")
	}
	fmt.Fprintf(&b, "Seed %d.\n", all.cards[0].Cell.Seed)
	return b.String()
}
