package decode

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"

	"simgrad/data"
	"simgrad/data/probe"
	"simgrad/experiments"
	"simgrad/experiments/report"

	"github.com/stretchr/testify/require"
	"gorgonia.org/tensor"
)

// inUnitsOf returns a dataset, measured in some unit: side, of two uneven classes, is in
// it, and chance is not.
func inUnitsOf(unit float64) *data.Dataset {
	const times, conditions, units = 2, 60, 8
	r := rand.New(rand.NewPCG(5, 0))
	side, chance := make([]int, conditions), make([]int, conditions)
	for c := range conditions {
		side[c], chance[c] = c%3/2, r.IntN(2)
	}
	x := make([]float64, times*conditions*units)
	for i := range x {
		x[i] = r.NormFloat64()
		if i%units < 2 {
			x[i] += 1.5 * float64(side[i/units%conditions])
		}
		x[i] *= unit
	}
	values := []string{"0", "1"}
	return &data.Dataset{
		Name: "small.npz", Activity: tensor.New(tensor.WithShape(times, conditions, units), tensor.WithBacking(x)),
		Variables: []data.Variable{{Name: "side", Class: side, Values: values}, {Name: "chance", Class: chance, Values: values}},
	}
}

func decodedIn(t *testing.T, unit float64, args ...string) *report.Report {
	s := New()
	s.Open = func(string) (*data.Dataset, error) { return inUnitsOf(unit), nil }
	rep, err := experiments.ReportOf(context.Background(), s, append([]string{"-data", "toy2d", "-measures", "cka", "-seeds", "1", "-steps", "60", "-stop", "0.95", "-permutations", "39"}, args...)...)
	require.NoError(t, err)
	return rep
}

// Where the raw decoder finds nothing because values are small, the report says so of
// what is there, and of it alone.
func TestDecoderSaysThatValuesAreSmall(t *testing.T) {
	const because = "because the values are so small (unit sd about 0.01) that the paper's decoder, penalised at C = 1, answers the largest class everywhere. With every unit of unit variance it is decoded at 0."
	warnings := func(unit float64, args ...string) string {
		return strings.Join(decodedIn(t, unit, args...).Warnings, "\n")
	}
	small := warnings(0.01)
	require.Contains(t, small, "small.npz: side is left out of the findings: it is not decoded above chance (0.67, the share of its largest class) "+because)
	require.Contains(t, small, ": give the data in another unit, or -decoder standardised.\n")
	require.Contains(t, small, "not decoded from the dataset itself above chance, and left out of the findings: chance (chance up to")
	require.NotContains(t, small, "side (chance up to")
	for _, other := range []string{warnings(1), warnings(0.01, "-decoder", "standardised")} {
		require.NotContains(t, other, "side")
		require.Contains(t, other, "chance (chance up to")
	}
}

// What holds of several datasets is one warning.
func TestOneWarningOfSeveralDatasets(t *testing.T) {
	s := New()
	s.Open = func(name string) (*data.Dataset, error) {
		d := inUnitsOf(1)
		d.Name = name
		return d, nil
	}
	rep, err := experiments.ReportOf(context.Background(), s, "-data", "toy2d,ultrametric", "-measures", "cka", "-seeds", "1", "-steps", "5", "-permutations", "39")
	require.NoError(t, err)
	require.Len(t, rep.Warnings, 1)
	require.Regexp(t, `^Not decoded from the dataset itself above chance, and left out of the findings: toy2d, chance \(chance up to 0\.\d\d\); ultrametric, chance \(chance up to 0\.\d\d\)\. The data may not hold them, or 60 conditions are`, rep.Warnings[0])
}

// Standardised, a study finds the same in any unit of measurement, and says in all that
// it writes that it is standardised.
func TestStandardisedStudy(t *testing.T) {
	rows := func(rep *report.Report, name string) (kept [][]any) {
		for _, c := range rep.CSV {
			for _, r := range c.Rows {
				if c.Name == name && name == "summary" {
					r = append(append([]any{}, r[5:10]...), r[14]) // without scores and ratios of size, which round otherwise
				}
				if c.Name == name {
					kept = append(kept, r)
				}
			}
		}
		return kept
	}
	whole := decodedIn(t, 1, "-decoder", "standardised")
	require.NotEmpty(t, rows(whole, "transfer"))
	for _, unit := range []float64{1e-6, 1e3} {
		rep := decodedIn(t, unit, "-decoder", "standardised")
		for _, name := range []string{"summary", "components", "transfer"} {
			require.Equal(t, rows(whole, name), rows(rep, name), "%s, × %g", name, unit)
		}
	}
	for _, row := range rows(whole, "summary") {
		require.Equal(t, "standardised", row[5])
	}
	require.Contains(t, whole.Settings, [2]string{"decoder", "standardised"})
	require.Contains(t, strings.Join(whole.Conventions, "\n"), "mean 0 and variance 1 over the conditions that a decoder is fitted to (decoder standardised)")
	for _, f := range whole.Figures[:2] {
		require.Contains(t, f.Caption, "Decoded from units of unit variance (-decoder standardised).")
	}
	raw := decodedIn(t, 1)
	require.Contains(t, raw.Settings, [2]string{"decoder", "raw"})
	require.NotContains(t, raw.Figures[0].Caption, "unit variance")
	require.Equal(t, "matched", raw.CSV[0].Rows[0][14])
}

// What a protocol scales, standardised units do not see.
func TestDecoderFlag(t *testing.T) {
	for want, args := range map[string][]string{
		"decode: -decoder \"mine\": it must be raw or standardised\n":                                                            {"-decoder", "mine"},
		"decode: -protocol matched has no effect with -decoder standardised, which gives all data unit variance; leave it out\n": {"-decoder", "standardised", "-protocol", "matched"},
	} {
		var b bytes.Buffer
		code := experiments.Run(context.Background(), New(), append([]string{"-out", t.TempDir()}, args...), &b, &b)
		require.Equal(t, 2, code)
		require.Equal(t, want, b.String())
	}
}

// Fits that ended early are counted by variable, and warned of in the record.
func TestTallyOfFits(t *testing.T) {
	fits := tally{}
	fits.add("side", probe.Fits{Number: 300})
	fits.add("choice", probe.Fits{Number: 100})
	fits.add("side", probe.Fits{Number: 60, Unfinished: 1, Time: 17, Axes: 15})
	fits.add("side", probe.Fits{Number: 40, Unfinished: 2, Time: 3, Axes: 50})
	r := &experiments.Record{}
	fits.warn(r, &data.Dataset{Name: "rec.npz"})
	require.Equal(t, []string{"rec.npz: side: 3 of 400 fits of the decoder did not reach their optimum in 500 Newton steps, and the best that they found was taken; the first was at time 17, from 15 components."}, r.Warnings)
	b, err := json.Marshal(r)
	require.NoError(t, err)
	require.Contains(t, string(b), "3 of 400 fits")
}
