package inference

import (
	"context"
	"math"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gorgonia.org/tensor"

	"simgrad/data/probe"
	"simgrad/measures"
)

func TestLeading(t *testing.T) {
	ctx := context.Background()
	x := smooth(1, 8, 6, 9, 7, .2)
	distance, err := measures.ByName("procrustes-distance=angular")
	require.NoError(t, err)
	for _, m := range []measures.Measure{measures.CKA, measures.NBS, measures.NBSSquared, measures.CKAAngularScore, measures.ProcrustesAngularScore, distance} {
		closed, err := LeadingOf(ctx, m, x, 99, Options{})
		require.NoError(t, err)
		require.True(t, closed.Closed)
		require.Len(t, closed.Scores, 7)
		equivalent := func(score float64) Equivalent {
			e, err := closed.Equivalent(score)
			require.NoError(t, err)
			return e
		}
		other := m // by scoring it
		other.Name = "another"
		scored, err := LeadingOf(ctx, other, x, 99, Options{})
		require.NoError(t, err)
		require.False(t, scored.Closed)
		for k := range closed.Scores {
			require.InDelta(t, scored.Scores[k], closed.Scores[k], 1e-7, "%s %d", m.Name, k)
			require.Equal(t, Equivalent{Low: float64(k + 1), High: float64(k + 1)}, equivalent(closed.Scores[k]))
		}
		up := 1.0
		if m.Kind == measures.Distance {
			up = -1
		}
		few, err := LeadingOf(ctx, other, x, 2, Options{}) // more are looked for
		require.NoError(t, err)
		for k := range 7 {
			e, err := few.Equivalent(closed.Scores[k] + 1e-7*up)
			require.NoError(t, err)
			require.Equal(t, float64(k+1), e.Low, "%s %d", m.Name, k)
		}
		between := (closed.Scores[1] + closed.Scores[2]) / 2
		require.Equal(t, 2.0, equivalent(between).Low)
		worse := closed.Scores[0] - .01
		if m.Kind == measures.Distance {
			worse = closed.Scores[0] + .01
		}
		require.Equal(t, BelowOneComponent, equivalent(worse).Words)
	}
}

func TestNoiseEquivalent(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	ctx := context.Background()
	x := smooth(1, 8, 6, 9, 7, .2)
	distance, err := measures.ByName("procrustes-distance=angular")
	require.NoError(t, err)
	for _, m := range []measures.Measure{measures.CKA, distance} {
		// Of noise that was planted, the level is found: it is in nine of ten of such intervals.
		found := 0
		for i := range 20 {
			sd := deviation(x)
			y := slices.Clone(x.Float64s())
			for j, e := range normal(77, uint64(i), len(y)) {
				y[j] += .7 * sd * e
			}
			score, err := m.Eval(x, of(y, 8, 6, 9))
			require.NoError(t, err)
			n, err := NoiseEquivalentOf(ctx, m, x, score, Options{Seed: 5, Draws: 20})
			require.NoError(t, err)
			if n.Deviation.Low <= .7 && .7 <= n.Deviation.High {
				found++
			}
		}
		require.GreaterOrEqual(t, found, 14, m.Name)
	}
	n, err := NoiseEquivalentOf(ctx, measures.CKA, x, 1, Options{Draws: 20})
	require.NoError(t, err)
	require.Equal(t, NoNoise, n.Deviation.Words)
	require.Equal(t, NoNoise, n.SignalToNoise.Words)
	n, err = NoiseEquivalentOf(ctx, measures.CKA, x, .01, Options{Draws: 20})
	require.NoError(t, err)
	require.Equal(t, AtTheFloor, n.Deviation.Words)
	seesUnits := measures.CKA
	seesUnits.InvariantX &^= measures.Rotation
	n, err = NoiseEquivalentOf(ctx, seesUnits, x, .8, Options{Draws: 20})
	require.NoError(t, err)
	require.Contains(t, n.SignalToNoise.Withheld, "sees units")
	require.False(t, math.IsNaN(n.Deviation.Low))
}

// What a level of noise scores without scoring it anew is what it scores: in distribution,
// where noise is drawn in the data's own axes, else draw by draw.
func TestCourses(t *testing.T) {
	for _, x := range []*tensor.Dense{smooth(1, 8, 6, 9, 7, .2), smooth(2, 4, 6, 40, 7, .2)} { // and more units than samples
		s, n := x.Shape(), x.Shape().TotalSize()
		for _, name := range []string{"cka", "cka-angular-score", "cka-hsic=song", "nbs", "procrustes-distance=angular"} {
			m, err := measures.ByName(name)
			require.NoError(t, err)
			of, err := coursesOf(m, x, 3)
			require.NoError(t, err)
			const draws = 100
			for _, sd := range []float64{.01, .5, 3} {
				got, want := make([]float64, draws), make([]float64, draws)
				for i := range draws {
					got[i], err = of(uint64(i))(sd)
					require.NoError(t, err)
					y, e := slices.Clone(x.Float64s()), normal(3, uint64(i), n)
					for j := range y {
						y[j] += sd * e[j]
					}
					want[i], err = m.Eval(x, tensor.New(tensor.WithShape(s...), tensor.WithBacking(y)))
					require.NoError(t, err)
				}
				if name == "cka" { // and draw by draw, with the products themselves
					c, err := probe.ComponentsOf(x)
					require.NoError(t, err)
					a := inAxes{c.S, s[2], s[0]*s[1] - 1 - len(c.S), 3, measures.ScalingOf(name)}
					g, r := a.draw(0)
					var w, own, cross, square mat.Dense
					w.CloneFrom(a.product(g, r))
					square.Mul(g.T(), g)
					w.Sub(&w, &square)
					w.Scale(sd*sd, &w)
					g.Scale(sd, g)
					for i, v := range c.S {
						g.Set(i, i, g.At(i, i)+v)
					}
					own.Mul(g.T(), g)
					own.Add(&own, &w)
					cross.Mul(mat.NewDiagDense(len(c.S), c.S), g)
					kernel := mat.Norm(mat.NewDiagDense(len(c.S), func() (squares []float64) {
						for _, v := range c.S {
							squares = append(squares, v*v)
						}
						return squares
					}()), 2)
					require.InDelta(t, math.Pow(mat.Norm(&cross, 2), 2)/kernel/mat.Norm(&own, 2), got[0], 1e-12)
				}
				if name == "cka-hsic=song" {
					require.InDeltaSlice(t, want, got, 1e-9)
					continue
				}
				a, spread := stat.MeanStdDev(want, nil)
				b, other := stat.MeanStdDev(got, nil)
				require.InDelta(t, a, b, 5*math.Hypot(spread, other)/math.Sqrt(draws), "%s, noise %g", name, sd)
				require.InDelta(t, 1, other/spread, .4, "%s, noise %g", name, sd)
			}
		}
	}
}

// Copies of units change the level at the units there are, and not at a fixed number.
func TestCopiesOfUnits(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds")
	}
	x := smooth(1, 8, 6, 9, 7, .2)
	var eight []int
	for u := range 72 {
		eight = append(eight, u%9)
	}
	y := smooth(3, 8, 6, 5, 4, .2)
	for _, m := range Measures(8, 6) {
		score, err := m.Eval(x, y)
		require.NoError(t, err)
		copied, err := m.Eval(unitsOf(x, eight), y)
		require.NoError(t, err)
		require.InEpsilon(t, score, copied, 1e-9, m.Name)
		of := func(units []int) NoiseEquivalents {
			n, err := NoiseEquivalentOf(context.Background(), m, unitsOf(x, units), .6, Options{Seed: 5, Draws: 40})
			require.NoError(t, err)
			return n
		}
		one, copies := of(eight[:9]), of(eight)
		require.InEpsilon(t, one.SignalToNoise.Low, copies.SignalToNoise.Low, 1e-6)
		require.InEpsilon(t, one.SignalToNoise.High, copies.SignalToNoise.High, 1e-6)
		require.Less(t, one.SignalToNoise.Low, one.SignalToNoise.High)
		require.Greater(t, math.Abs(copies.Deviation.Low/one.Deviation.Low-1), .05)
	}
}

// On the recording: its first component alone has a CKA of .95075 and an NBS of .72372.
func TestEquivalentsOfTheRecording(t *testing.T) {
	x, y := recordings(t)
	cka, err := LeadingOf(context.Background(), measures.CKA, x, 10, Options{})
	require.NoError(t, err)
	require.InDelta(t, .95075, cka.Scores[0], 1e-5)
	below, err := cka.Equivalent(.83)
	require.NoError(t, err)
	require.Equal(t, BelowOneComponent, below.Words)
	nbs, err := LeadingOf(context.Background(), measures.NBS, x, 10, Options{})
	require.NoError(t, err)
	require.InDelta(t, .72372, nbs.Scores[0], 1e-5)
	score, err := measures.CKA.Eval(x, y)
	require.NoError(t, err)
	n, err := NoiseEquivalentOf(context.Background(), measures.CKA, x, score, Options{Seed: 1})
	require.NoError(t, err)
	require.InDelta(t, 1.84, (n.Deviation.Low+n.Deviation.High)/2, .05)
	require.Less(t, n.Deviation.High/n.Deviation.Low, 1.1)
}
