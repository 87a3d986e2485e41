package explain

import (
	"context"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/mat"
	"gorgonia.org/tensor"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/inference"
)

// mostComponents are looked for of a dataset.
const mostComponents = 10

// components finds how much of each component of the recording is in the model, and of the
// model in the recording.
func components(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	set := c.Settings.(explainSettings)
	for i, pair := range [][2]*data.Dataset{{c.Data[0], c.Data[1]}, {c.Data[1], c.Data[0]}} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := held(r, []string{"recording", "model"}[i], pair[0], pair[1], set, c.Seed); err != nil {
			return err
		}
	}
	return units(ctx, r, c.Data[0], c.Data[1], set, c.Seed)
}

// held finds how much of the components of one dataset, in words what it is, another one
// holds: R² in sample, and from conditions left out, with what conditions shuffled give.
func held(r *experiments.Record, what string, of, in *data.Dataset, set explainSettings, seed uint64) error {
	own, err := probe.ComponentsOf(of.Activity)
	if err != nil {
		return err
	}
	k := min(mostComponents, len(own.S))
	captured := own.Captured(in.Activity)
	r2, bands, err := leftOut(probe.Raw, in.Activity, courses(own, k), set.Permutations, seed)
	if err != nil {
		said(r, "components of the "+what, err.Error())
		r2, bands = nil, nil
	}
	without := withoutShared(own, k, of, in)
	f := r.Frame("components", "of", "component variance_fraction r2 r2_left_out chance_low chance_high r2_removed")
	for j := range k {
		left, low, high, removed := math.NaN(), math.NaN(), math.NaN(), math.NaN()
		if r2 != nil {
			left, low, high = r2[j], bands[j][0], bands[j][1]
		}
		if len(without) > 0 {
			removed = without[j]
		}
		f.Add([]string{what}, float64(j+1), own.Fraction[j], captured[j], left, low, high, removed)
	}
	return nil
}

// withoutShared is how much of each of the first k components is in another dataset in
// sample when each time's mean over conditions is removed from both; of one time nothing.
func withoutShared(own *probe.Components, k int, of, in *data.Dataset) (r2 []float64) {
	if of.Times() == 1 {
		return nil
	}
	y := inference.WithoutShared(in.Activity)
	for j := range k {
		u := inference.WithoutShared(tensor.New(tensor.WithShape(of.Times(), of.Conditions(), 1), tensor.WithBacking(mat.Col(nil, j, own.U))))
		c, err := probe.ComponentsOf(u)
		if err != nil { // nothing is left
			r2 = append(r2, 0)
			continue
		}
		r2 = append(r2, c.Captured(y)[0])
	}
	return r2
}

// courses are the first k components over samples, as variables.
func courses(own *probe.Components, k int) (vs [][][]float64) {
	for j := range k {
		vs = append(vs, [][]float64{mat.Col(nil, j, own.U)})
	}
	return vs
}

// predicted decodes variables from activity by ridge regression, leaving whole conditions
// out.
func predicted(scaling probe.Scaling, activity *tensor.Dense, vs [][][]float64, seed uint64) (ridge *probe.Ridge, r2 []float64, err error) {
	fold, err := probe.LeaveOut(activity.Shape()[1], seed)
	if err != nil {
		return nil, nil, err
	}
	if ridge, err = scaling.Ridge(activity, fold); err != nil {
		return nil, nil, err
	}
	r2, err = ridge.R2(vs...)
	return ridge, r2, err
}

// leftOut is predicted, with the 2.5 and 97.5 % points of shuffled conditions.
func leftOut(scaling probe.Scaling, activity *tensor.Dense, vs [][][]float64, permutations int, seed uint64) (r2 []float64, bands [][2]float64, err error) {
	ridge, r2, err := predicted(scaling, activity, vs, seed)
	if err != nil {
		return nil, nil, err
	}
	null, err := ridge.Null(permutations, seed, vs...)
	if err != nil {
		return nil, nil, err
	}
	for _, of := range null {
		bands = append(bands, band(of))
	}
	return r2, bands, nil
}

// band are the 2.5 and 97.5 % points of values in ascending order.
func band(sorted []float64) [2]float64 {
	return [2]float64{inference.Quantile(sorted, .025), inference.Quantile(sorted, .975)}
}

// folds are those of decoding classes.
const folds = 5

// variablesOf are those of the recording, and those that the model's file alone has.
func variablesOf(x, y *data.Dataset) (classes []data.Variable, continuous []data.Continuous) {
	classes, continuous = slices.Clone(x.Variables), slices.Clone(x.Continuous)
	known := func(name string) bool {
		return slices.ContainsFunc(classes, func(v data.Variable) bool { return v.Name == name }) ||
			slices.ContainsFunc(continuous, func(v data.Continuous) bool { return v.Name == name })
	}
	for _, v := range y.Variables {
		if !known(v.Name) {
			classes = append(classes, v)
		}
	}
	for _, v := range y.Continuous {
		if !known(v.Name) {
			continuous = append(continuous, v)
		}
	}
	return classes, continuous
}

// constant is whether coordinates of a variable are the same in all samples.
func constant(coordinates [][]float64) bool {
	return !slices.ContainsFunc(coordinates, func(v []float64) bool { return slices.Max(v) > slices.Min(v) })
}

// varying are the continuous variables that are not constant, and their coordinates.
func varying(all []data.Continuous) (some []data.Continuous, vs [][][]float64) {
	for _, v := range all {
		if at := v.Coordinates(); !constant(at) {
			some, vs = append(some, v), append(vs, at)
		}
	}
	return some, vs
}

// told is how well classes are decoded, and the 2.5 and 97.5 % points of shuffled conditions.
func told(decoder *probe.Decoder, v data.Variable, dealt probe.Folds, permutations int, seed uint64) (accuracy float64, b [2]float64, err error) {
	if accuracy, err = decoder.Accuracy(v.Class, dealt); err != nil {
		return 0, b, err
	}
	null, err := decoder.Null(v.Name, v.Class, folds, permutations, seed)
	if err != nil {
		return 0, b, err
	}
	return accuracy, band(null), nil
}

// decode decodes the task variables from the recording, from the model, and across.
func decode(ctx context.Context, r *experiments.Record, c experiments.Cell) error {
	x, y := c.Data[0], c.Data[1]
	set := c.Settings.(explainSettings)
	scaling := set.scaling()
	own, err := probe.ComponentsOf(x.Activity)
	if err != nil {
		return err
	}
	k := leadingIn(own, y, c.Seed)
	leading := own.Leading(x.Activity, max(1, k))
	f := r.Frame("decode", "variable kind", "x y x_on_y y_on_x x_chance_low x_chance_high y_chance_low y_chance_high leading x_leading")
	classes := func(v data.Variable) ([]float64, error) {
		dealt, warning, err := probe.Stratify(v.Name, v.Class, x.Times(), folds, c.Seed)
		if err != nil {
			return nil, err
		}
		if warning != "" {
			said(r, v.Name, warning)
		}
		row := make([]float64, 8)
		for i, d := range []*data.Dataset{x, y} {
			var b [2]float64
			if row[i], b, err = told(scaling.Decoder(d.Activity), v, dealt, set.classPermutations(), c.Seed); err != nil {
				return nil, err
			}
			row[4+2*i], row[5+2*i] = b[0], b[1]
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
		row[2], row[3] = math.NaN(), math.NaN()
		across, err := scaling.Transfer(x.Activity, y.Activity, [][]int{v.Class}, c.Seed)
		if err == nil && across.Smallest(v.Class) >= 2 {
			row[2], row[3], err = across.Accuracy(v.Name, v.Class, folds, c.Seed)
		} else if err == nil {
			said(r, v.Name, "not decoded across: a half of the conditions has fewer than two of a class")
		}
		if err != nil {
			row[2], row[3] = math.NaN(), math.NaN()
			said(r, v.Name, "not decoded across: "+err.Error())
		}
		own, err := scaling.Decoder(leading).Accuracy(v.Class, dealt)
		return append(row, float64(max(1, k)), own), err
	}
	labels, continuous := variablesOf(x, y)
	var alone []string // labels whose classes have one condition each
	for _, v := range labels {
		row, err := classes(v)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			said(r, v.Name, err.Error())
			if len(v.Values) == x.Conditions() {
				alone = append(alone, v.Name)
			}
		default:
			f.Add([]string{v.Name, "classes"}, row...)
		}
	}
	if alone != nil {
		r.Warn("Not decoded: %s. Every condition has a value of its own, and decoding needs several conditions with the same.", strings.Join(alone, ", "))
	}
	for _, v := range continuous {
		if constant(v.Coordinates()) {
			said(r, v.Name, v.Name+" has the same value in all samples: there is nothing to decode")
		}
	}
	named, vs := varying(continuous)
	if vs == nil {
		return nil
	}
	var r2 [3][]float64
	var bands [2][][2]float64
	for i, d := range []*data.Dataset{x, y} {
		if r2[i], bands[i], err = leftOut(scaling, d.Activity, vs, set.Permutations, c.Seed); err != nil {
			said(r, "continuous variables", err.Error())
			return nil
		}
	}
	if _, r2[2], err = predicted(scaling, leading, vs, c.Seed); err != nil {
		return err
	}
	xOnY, yOnX := slices.Repeat([]float64{math.NaN()}, len(vs)), slices.Repeat([]float64{math.NaN()}, len(vs))
	if across, err := scaling.RidgeTransfer(x.Activity, y.Activity, c.Seed); err != nil {
		said(r, "continuous variables", "not decoded across: "+err.Error())
	} else if a, b, err := across.R2(vs...); err != nil {
		said(r, "continuous variables", "not decoded across: "+err.Error())
	} else {
		xOnY, yOnX = a, b
	}
	for i, v := range named {
		f.Add([]string{v.Name, "continuous"}, r2[0][i], r2[1][i], xOnY[i], yOnX[i], bands[0][i][0], bands[0][i][1], bands[1][i][0], bands[1][i][1], float64(max(1, k)), r2[2][i])
	}
	return ctx.Err()
}

// inModel is the R² from conditions left out from which on a component is said to be in
// the model.
const inModel = 0.5

// onlyShared is the R² in sample without what conditions share, of both datasets, below which
// a component that would be in the model is there only by that.
const onlyShared = inModel / 2

// leadingIn is how many components from the first on are in the model.
func leadingIn(own *probe.Components, y *data.Dataset, seed uint64) (k int) {
	_, r2, err := predicted(probe.Raw, y.Activity, courses(own, min(mostComponents, len(own.S))), seed)
	if err != nil {
		return 0
	}
	for k < len(r2) && r2[k] >= inModel {
		k++
	}
	return k
}
