package experiments

import (
	"context"
	"flag"
	"strings"

	"simgrad/data"
)

// A Reading is how files are read, and the flags that say it, beside those that name the
// files.
type Reading struct {
	data.Reading
}

// Flags declares -axes and -average.
func (r *Reading) Flags(fs *flag.FlagSet) {
	fs.Func("axes", "axes of files without an array axes, as `trial,time,unit`, of time, condition, trial, sample and unit, one word twice to flatten; or FILE=trial,time,unit", r.takeAxes)
	fs.Func("average", "make conditions of trials: means of those alike in these `labels`, separated by commas", func(list string) error {
		names, err := namesOf("-average", list)
		r.Average = names
		return err
	})
}

// AnglesFlag declares -variables, for studies that decode.
func (r *Reading) AnglesFlag(fs *flag.FlagSet) {
	fs.Func("variables", "continuous variables that are angles in radians: `NAME:angle`, separated by commas", func(list string) error {
		names, err := namesOf("-variables", list)
		r.Angles = nil
		for _, name := range names {
			name, angle := strings.CutSuffix(name, ":angle")
			if !angle {
				return Usagef("%q is not NAME:angle; other variables are decoded as they are in the file", name)
			}
			r.Angles = append(r.Angles, name)
		}
		return err
	})
}

func namesOf(flag, list string) (names []string, err error) {
	for _, name := range strings.Split(list, ",") {
		if name = strings.TrimSpace(name); name == "" {
			return nil, Usagef("%s %q: a name in the list is empty", flag, list)
		}
		names = append(names, name)
	}
	return names, nil
}

func (r *Reading) takeAxes(text string) error {
	file, axes := "", text
	if i := strings.LastIndex(text, "="); i >= 0 {
		file, axes = text[:i], text[i+1:]
	}
	if err := data.CheckAxes(axes); err != nil {
		return err
	}
	if file == "" {
		r.Axes = axes
		return nil
	}
	if r.AxesOf == nil {
		r.AxesOf = map[string]string{}
	}
	r.AxesOf[file] = axes
	return nil
}

// Sets reads the datasets of these names. What the flags say of files and none of them has
// is a mistake in the command.
func (r *Reading) Sets(ctx context.Context, names ...string) ([]*data.Dataset, error) {
	return r.load(ctx, names, nil)
}

func (r *Reading) load(ctx context.Context, names []string, open func(name string) (*data.Dataset, error)) (sets []*data.Dataset, err error) {
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		var d *data.Dataset
		if open != nil {
			d, err = open(name)
		}
		if d == nil && err == nil {
			d, err = r.Load(name)
		}
		if err != nil {
			return nil, err
		}
		sets = append(sets, d)
	}
	if err := r.Unused(sets); err != nil {
		return nil, Usage(err)
	}
	return sets, nil
}

// By is what aligns datasets that are read so, where -by is given or not: the labels that
// trials are averaged by.
func (r *Reading) By(by string) string {
	if by == "" {
		return strings.Join(r.Average, ",")
	}
	return by
}
