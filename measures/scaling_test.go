package measures_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/measures"
)

// The scale of an angular measure is known of any, registered by whom it may be; each
// undoes itself, and its slope is its derivative.
func TestScaleOf(t *testing.T) {
	measures.Register(measures.AngularDistance("cka-angle-of-a-test", measures.CKA))
	for name, base := range map[string]string{
		"cka": "cka", "nbs-squared": "nbs", "cka-angular-score": "cka", "procrustes-angular-score": "nbs",
		"procrustes-distance=angular": "nbs", "cka-angle-of-a-test": "cka",
	} {
		s := measures.ScalingOf(name)
		require.Equal(t, base, s.Base, name)
		for _, v := range []float64{0.2, 0.7} {
			require.InDelta(t, v, s.Back(s.Of(v)), 1e-14, name)
			const h = 1e-6
			require.InDelta(t, (s.Of(v+h)-s.Of(v-h))/(2*h), s.Slope(v), 1e-8, name)
		}
	}
	require.InDelta(t, math.Pi/3, measures.ScalingOf("cka-angle-of-a-test").Of(0.5), 1e-15)
}
