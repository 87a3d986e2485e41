package data

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSelect(t *testing.T) {
	d, err := Load("toy2d")
	require.NoError(t, err)
	n, units := d.Conditions(), d.Units()
	at := func(x *Dataset, t, c, u int) float64 { return x.Activity.Float64s()[(t*x.Conditions()+c)*x.Units()+u] }

	some := d.Condition(4, 1)
	require.Equal(t, []int{d.Times(), 2, units}, []int(some.Activity.Shape()))
	require.Equal(t, at(d, 3, 4, 1), at(some, 3, 0, 1))
	require.Equal(t, at(d, 3, 1, 0), at(some, 3, 1, 0))
	require.Equal(t, "toy2d conditions 4, 1", some.Name)

	cut := d.Time(2, 5)
	require.Equal(t, []int{3, n, units}, []int(cut.Activity.Shape()))
	require.Equal(t, at(d, 4, 5, 1), at(cut, 2, 5, 1))
	require.Equal(t, d.Variables, cut.Variables)

	one := d.Unit(1)
	require.Equal(t, []int{d.Times(), n, 1}, []int(one.Activity.Shape()))
	require.Equal(t, at(d, 7, 2, 1), at(one, 7, 2, 0))

	left := d.Where("choice", "-1")
	require.Equal(t, 3, left.Conditions())
	require.Equal(t, []string{"-1"}, left.variable("choice").Values)
	require.Equal(t, at(d, 0, left.Conditions()-1, 0), at(left, 0, left.Conditions()-1, 0))
	require.NotEqual(t, d.Hash(), left.Hash())
	require.NotEqual(t, d.Hash(), cut.Hash())

	for want, f := range map[string]func(){
		"data: toy2d has conditions 0 … 5, and no condition 6":             func() { d.Condition(6) },
		"data: toy2d has units 0 … 1, and no unit -1":                      func() { d.Unit(-1) },
		"data: toy2d has times 0 … 9, and no times 8 … 10":                 func() { d.Time(8, 11) },
		`data: toy2d has no task variable "side"; it has choice, stimulus`: func() { d.Where("side", "left") },
		`data: choice of toy2d is never "left"; it is -1, 1`:               func() { d.Where("choice", "left") },
		"data: toy2d: no unit is asked for":                                func() { d.Unit() },
	} {
		require.PanicsWithError(t, want, f)
	}
}
