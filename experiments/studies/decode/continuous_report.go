package decode

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"simgrad/data/probe"
	"simgrad/experiments/report"
)

// A group is the variables of a dataset that have one score, and so one axis: accuracy, or
// R².
type group struct {
	*results
	variables []string
	name      string // of its figure
}

// groups are those of d that have variables.
func (d *results) groups() (groups []group) {
	continuous := d.quantities()
	classes := slices.DeleteFunc(slices.Clone(d.variables), func(v string) bool { return slices.Contains(continuous, v) })
	for _, g := range []group{{d, classes, "decode"}, {d, continuous, "continuous"}} {
		if len(g.variables) > 0 {
			groups = append(groups, g)
		}
	}
	// What answers the question comes first.
	slices.SortStableFunc(groups, func(a, b group) int {
		return cmp.Compare(min(1, len(b.aboveChance())), min(1, len(a.aboveChance())))
	})
	return groups
}

// quantities are the variables that are not of classes.
func (d *results) quantities() (names []string) {
	for _, v := range d.variables {
		if d.kinds[v] != ofClasses {
			names = append(names, v)
		}
	}
	return names
}

func (g group) continuous() bool { return g.name == "continuous" }

// aboveChance are the variables of the group that the dataset itself decodes better than
// shuffled conditions.
func (g group) aboveChance() (variables []string) {
	return slices.DeleteFunc(g.results.aboveChance(), func(v string) bool { return !slices.Contains(g.variables, v) })
}

func (g group) score() string {
	if g.continuous() {
		return "R²"
	}
	return "Accuracy"
}

func (g group) axis() string {
	if g.continuous() {
		return "R², conditions left out"
	}
	return "decoding accuracy"
}

func (g group) caption() string {
	if g.continuous() {
		return "R² of decoding each continuous variable, of conditions left out, with chance bands as far down as the axis goes,"
	}
	return "Accuracy of decoding each task variable"
}

// noun is what a variable of the group is called in a sentence.
func (g group) noun() string {
	if g.continuous() {
		return "continuous variable"
	}
	return "variable"
}

// unit goes before the numbers of a variable in a sentence.
func (d *results) unit(variable string) string {
	if d.kinds[variable] != ofClasses {
		return "R² "
	}
	return ""
}

// shuffled is what is shuffled for the chance band.
func (g group) shuffled() string {
	if g.continuous() {
		return "conditions"
	}
	return "labels"
}

func (g group) besidesName() string {
	if g.continuous() {
		return "components-continuous-" // a dataset may be called continuous-…
	}
	return "besides-"
}

// bottom is where the axis begins: of accuracies below the lowest of the bands, of R² below
// the curves, for bands go far down where nothing is found.
func (g group) bottom(low float64) float64 {
	if !g.continuous() {
		return math.Min(0.4, low-0.02)
	}
	low = -0.1
	for _, runs := range g.runs {
		for _, r := range runs {
			for _, v := range g.variables {
				low = math.Min(low, slices.Min(r.Column("decoding", "accuracy", "variable", v))-0.02)
			}
		}
	}
	return low
}

func anyContinuous(sets []*results) bool {
	return slices.ContainsFunc(sets, func(d *results) bool { return len(d.quantities()) > 0 })
}

// captionOfR2 says in the caption of a table of both groups what the numbers of one are.
func captionOfR2(sets []*results) string {
	if !anyContinuous(sets) {
		return ""
	}
	return " Continuous variables are decoded by R²."
}

// inTable is a variable in a table of both groups.
func (d *results) inTable(variable string) string {
	if d.kinds[variable] != ofClasses {
		return variable + " (R²)"
	}
	return variable
}

func (d *results) unitOfScore(variable string) string {
	if d.kinds[variable] != ofClasses {
		return "R2"
	}
	return "accuracy"
}

func ridgeConvention(decoder string) string {
	units := "Units are as they are."
	if decoder == "standardised" {
		units = "Every unit has variance 1 over all samples."
	}
	lines := []string{
		"Continuous variables: ridge regression with one set of weights for all times, tested on conditions left out: one at a time up to " + report.Number(probe.MostLeftOut) + ", of more " + report.Number(probe.LeftOutFolds) + " folds of whole conditions dealt by the seed.",
		"The penalty is chosen for each variable and fold by leaving out the other folds in turn, among 10², 10, … 10⁻⁷ of the data's total variance: R² does not depend on the scale of the data.", units,
		"R² = 1 − Σ‖v − v̂‖²/Σ‖v − v̄‖² over all that is left out, v̄ the mean over times and conditions of what is not; an angle is decoded as its cosine and sine, and R² is of both together. Chance band: conditions shuffled whole.",
		"Zero-information ceiling: of the dataset with the covariance of every unit and the variable, over all samples, erased.",
	}
	return strings.Join(lines, " ")
}
