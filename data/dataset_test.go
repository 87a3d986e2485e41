package data

import (
	"errors"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/data/probe"
)

// The toy dataset is the authors'.
func TestToy2d(t *testing.T) {
	d, err := Load("toy2d")
	require.NoError(t, err)
	require.Equal(t, []int{10, 6, 2}, d.Shape)
	as, err := ReadArrays("testdata/toy2d.npz")
	require.NoError(t, err)
	i := slices.IndexFunc(as, func(a Array) bool { return a.Name == "X" })
	require.InDeltaSlice(t, as[i].Values, d.Activity.Float64s(), 1e-15)
	c, err := probe.ComponentsOf(d.Activity)
	require.NoError(t, err)
	require.InDelta(t, 0.918, c.Fraction[0], 5e-4)
	require.Equal(t, "choice", d.Variables[0].Name)
	require.Equal(t, []int{0, 0, 0, 1, 1, 1}, d.Variables[0].Class)
	require.Equal(t, []string{"-3", "-2", "-1", "1", "2", "3"}, d.Variables[1].Values)
}

func TestExpGaussian(t *testing.T) {
	d, err := Load("exp-gaussian")
	require.NoError(t, err)
	require.Equal(t, []int{15, 40, 100}, d.Shape)
	variance := func(unit int) (v float64) {
		for i := range 600 {
			v += math.Pow(d.Activity.Float64s()[i*100+unit], 2) / 600
		}
		return v
	}
	require.InDelta(t, 1, variance(0), 0.15)
	require.InEpsilon(t, 1e-4, variance(99), 0.15)
	require.InEpsilon(t, math.Pow(10, -4*50.0/99), variance(50), 0.15)
	small, err := Load("exp-gaussian-dim=50-seed=3")
	require.NoError(t, err)
	require.Equal(t, 50, small.Units())
	_, err = Load("exp-gaussian-dim=1")
	require.EqualError(t, err, "data: exp-gaussian-dim=1: dim is 1; it must be from 2 to 100000")
}

// Leaves of one branch share most of their bits, those of different ones fewer.
func TestUltrametric(t *testing.T) {
	d, err := Load("ultrametric")
	require.NoError(t, err)
	require.Equal(t, []int{1, 100, 50}, d.Shape)
	require.Equal(t, "category", d.Variables[0].Name)
	var same, cousins, strangers, n, m, k float64
	x := d.Activity.Float64s()
	for i := range 100 {
		for j := range i {
			agree := 0.0
			for b := range 50 {
				require.Contains(t, []float64{0, 1}, x[i*50+b])
				if x[i*50+b] == x[j*50+b] {
					agree += 1.0 / 50
				}
			}
			switch {
			case i/10 == j/10:
				same, n = same+agree, n+1
			case i/50 == j/50:
				cousins, m = cousins+agree, m+1
			default:
				strangers, k = strangers+agree, k+1
			}
		}
	}
	// A bit is kept by both of two siblings with probability 0.8², else equal by
	// chance: 0.64 + 0.36/2, and so on up the tree.
	require.InDelta(t, 0.82, same/n, 0.03)
	require.InDelta(t, 0.5+math.Pow(0.8, 4)/2, cousins/m, 0.06)
	require.InDelta(t, 0.5+math.Pow(0.8, 6)/2, strangers/k, 0.08)
}

// Names lead to their datasets, with the same content every time; options are
// checked; lists expand.
func TestLoad(t *testing.T) {
	for _, name := range Names() {
		if testing.Short() && name == "surrogate/majajhong2015" {
			continue
		}
		d, err := Load(name)
		if errors.Is(err, os.ErrNotExist) { // a published recording
			require.Contains(t, Names(), "surrogate/"+name)
			continue
		}
		require.NoError(t, err, name)
		again, err := Load(name)
		require.NoError(t, err)
		require.Equal(t, d.Hash(), again.Hash(), name)
		require.NotEmpty(t, d.Card.Source)
		require.Equal(t, len(name) > 10 && name[:10] == "surrogate/", d.Card.Surrogate)
		for _, v := range d.Variables {
			require.Len(t, v.Class, d.Conditions(), name)
			require.Equal(t, len(v.Values)-1, slices.Max(v.Class), name)
		}
	}
	a, err := Load("surrogate/freemanziemba2013")
	require.NoError(t, err)
	b, err := Load("surrogate/freemanziemba2013-seed=1")
	require.NoError(t, err)
	require.NotEqual(t, a.Hash(), b.Hash())
	b, err = Load("surrogate/freemanziemba2013-shift=-2")
	require.NoError(t, err)
	require.Contains(t, b.Card.Notes[1], "moved by -2 components")
	for _, s := range surrogates { // decisions in the second component included
		for _, shift := range []string{"-2", "2"} {
			if !testing.Short() {
				_, err := Load(s.name + "-shift=" + shift)
				require.NoError(t, err)
			}
		}
	}
	for name, want := range map[string]string{
		"toy2d-seed=1":                          `data: toy2d-seed=1: at "seed": this dataset has no options`,
		"ultrametric-seed=1-seed=2":             `data: ultrametric-seed=1-seed=2: at "seed=2": seed is given twice`,
		"exp-gaussian-dim=100000000000000000":   `data: exp-gaussian-dim=100000000000000000: dim is 100000000000000000; it must be from 2 to 100000`,
		"toy2d-x=1.npz":                         `data: toy2d-x=1.npz: no such file or directory`,
		"ultrametric-dim=3":                     `data: ultrametric-dim=3: at "dim": the options of this dataset are seed`,
		"ultrametric-seed=x":                    `data: ultrametric-seed=x: at "seed=x": an option is written key=integer, as in seed=2`,
		"surrogate/freemanziemba2013-shift=500": `data: surrogate/freemanziemba2013-shift=500: a shift of 500 moves texture_type to component 506; there are components 1 to 205`,
		"recording":                             `data: recording: no such dataset; name a .npz or .npy file, or one of toy2d, exp-gaussian, ultrametric, mante2013, hatsopoulos2007, majajhong2015, freemanziemba2013, surrogate/mante2013, surrogate/siegel2015-fef, surrogate/hatsopoulos2007, surrogate/majajhong2015, surrogate/freemanziemba2013, surrogate/all`,
	} {
		_, err := Load(name)
		require.EqualError(t, err, want)
	}
	names, err := Expand("toy2d, surrogate/all")
	require.NoError(t, err)
	require.Len(t, names, 6)
	_, err = Expand("toy2d,,ultrametric")
	require.EqualError(t, err, `data: "toy2d,,ultrametric": a name in the list is empty`)
	_, err = Expand("surrogate/mante2013,surrogate/all")
	require.EqualError(t, err, "data: surrogate/mante2013 is in the list twice")
}

// A surrogate has the spectrum it was asked for, and the published decoding
// accuracy of the reference, from which its strength was set.
func TestSurrogates(t *testing.T) {
	for _, c := range []struct {
		name, variable string
		accuracy       float64 // published, of the reference
		pr             float64 // published participation ratio
		first, second  float64 // published variance fractions
		slow           bool
	}{
		{"surrogate/mante2013", "context", 0.885, 14.93, 0.2095, 0.1323, false},
		{"surrogate/siegel2015-fef", "direction", 0.810, 7.25, 0.3101, 0.1511, false},
		{"surrogate/hatsopoulos2007", "target", 0.767, 23.68, 0.1595, 0.0734, true},
		{"surrogate/majajhong2015", "category", 0.846, 16.25, 0.1607, 0.1484, true},
		{"surrogate/freemanziemba2013", "texture_type", 0.62, 15.67, 0.1934, 0.1047, false},
	} {
		if c.slow && testing.Short() {
			continue
		}
		t.Run(c.name, func(t *testing.T) {
			d, err := Load(c.name)
			require.NoError(t, err)
			s := surrogates[slices.IndexFunc(surrogates, func(s surrogate) bool { return s.name == c.name })]
			fractions := s.fractions()
			pr := 0.0
			for _, f := range fractions {
				pr += f * f
			}
			require.InEpsilon(t, c.pr, 1/pr, 0.02)
			require.InEpsilon(t, c.first, fractions[0], 0.01)
			require.InEpsilon(t, c.second, fractions[1], 0.01)
			if !c.slow {
				components, err := probe.ComponentsOf(d.Activity)
				require.NoError(t, err)
				require.InDeltaSlice(t, fractions, components.Fraction, 1e-10)
			}
			i := slices.IndexFunc(d.Variables, func(v Variable) bool { return v.Name == c.variable })
			folds, _, err := probe.Stratify(c.variable, d.Variables[i].Class, d.Times(), 5, 0)
			require.NoError(t, err)
			accuracy, err := probe.Decode(d.Activity, d.Variables[i].Class, folds)
			require.NoError(t, err)
			require.InDelta(t, c.accuracy, accuracy, 0.025)
		})
	}
}

// The recording that the checks of this project may be run on, where it is at hand.
func TestSharedRecording(t *testing.T) {
	const file = "../../shared/real/hatsopoulos2007.npz"
	if _, err := os.Stat(file); err != nil {
		t.Skip("the recording is not at hand")
	}
	d, err := Load(file)
	require.NoError(t, err)
	require.Equal(t, []int{121, 8, 141}, d.Shape)
	names := []string{}
	for _, v := range d.Variables {
		names = append(names, v.Name)
	}
	require.Equal(t, []string{"target", "half_right", "half_up"}, names)
	_, along := quantities(d)
	require.Equal(t, map[string]string{"hand_x": AlongBoth, "hand_y": AlongBoth, "hand_speed_x": AlongBoth, "hand_speed_y": AlongBoth}, along)
}

// The inner products of a Wishart root are distributed as those of as many normal values:
// p on the diagonal with a variance of 2p, 0 beside it with p.
func TestWishartRoot(t *testing.T) {
	const n, p, draws = 4, 30, 4000
	var mean, square, beside float64
	for seed := range uint64(draws) {
		l := WishartRoot(seed, n, p).Float64s()
		at := func(i, j int) (sum float64) {
			for k := range n {
				sum += l[i*n+k] * l[j*n+k]
			}
			return sum
		}
		mean += at(2, 2) / draws
		square += at(3, 3) * at(3, 3) / draws
		beside += at(1, 3) * at(1, 3) / draws
	}
	require.InDelta(t, p, mean, 4*math.Sqrt(2*p/float64(draws)))
	require.InEpsilon(t, p*p+2*p, square, 0.03)
	require.InEpsilon(t, p, beside, 0.1)
}
