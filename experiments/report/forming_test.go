package report

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The page has few of many samples and scores, with the first and the last.
func TestFormingIsThinned(t *testing.T) {
	f := Forming{Times: 40, Conditions: 30}
	for i := range 100 {
		f.Scores = append(f.Scores, float64(i)/100)
	}
	size := f.Times * f.Conditions * 2
	f.Reference = make([]float64, size)
	f.Reference[0] = -4 // its extent
	f.Planes = make([]float64, len(f.Scores)*size)
	last := (f.Times*f.Conditions - 1) * 2
	f.Planes[len(f.Planes)-size+last] = 2
	f.Planes[len(f.Planes)-size+last+1] = 1e9
	l := f.live()
	require.Len(t, l.Scores, 18)
	require.Equal(t, []number{0, 0.99}, []number{l.Scores[0], l.Scores[17]})
	require.Equal(t, 15, l.Times)
	require.Len(t, l.Planes[17], 2*15*8)
	require.Equal(t, []int{125, 2500}, l.Planes[17][2*15*8-2:])
	require.Equal(t, -250, l.Reference[0])
	require.Equal(t, []int{0, 3, 6, 9}, evenly(10, 4))
	require.Equal(t, []int{0}, evenly(1, 4))
	require.Equal(t, []int{0, 1}, evenly(2, 9))
}
