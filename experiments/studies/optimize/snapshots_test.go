package optimize

import (
	"bytes"
	"context"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"simgrad/experiments"
	"simgrad/experiments/studytest"
)

// As many snapshots are kept as are asked for, the first and the last among them, and it is
// said how far apart they are; each has the score that its step had.
func TestSnapshots(t *testing.T) {
	for n, spacing := range map[int]string{2: "", 3: "0.", 7: "0.", 400: ""} {
		out := filepath.Join(t.TempDir(), "out")
		var b bytes.Buffer
		require.Equal(t, 0, experiments.Run(context.Background(), New(), []string{"-snapshots", strconv.Itoa(n), "-measure", "nbs", "-steps", "60", "-stop", "2", "-out", out, "toy2d"}, &b, &b), b.String())
		arrays := studytest.Arrays(t, filepath.Join(out, "snapshots.npz"))
		steps, scores := arrays["step"].Values, arrays["score"].Values
		require.LessOrEqual(t, len(steps), n)
		require.Greater(t, len(steps), min(n, 20)/3)
		require.Equal(t, []float64{0, 60}, []float64{steps[0], steps[len(steps)-1]})
		trace := studytest.Rows(t, studytest.Tables(t, out)["trace.csv"])[1:]
		for i, step := range steps {
			require.Equal(t, studytest.Float(t, trace[int(step)][1]), scores[i])
		}
		size := len(arrays["activity"].Values)
		require.Equal(t, arrays["activity"].Values, arrays["snapshots"].Values[(len(steps)-1)*size:], "the last")
		if n == 2 {
			require.Contains(t, studytest.Unwrapped(b.String()), "warning: Snapshots are kept of the first and the last step alone.")
		}
		if spacing == "" {
			require.NotContains(t, studytest.Unwrapped(b.String()), "Snapshots are kept at every")
		} else {
			require.Contains(t, studytest.Unwrapped(b.String()), "warning: Snapshots are kept at every "+spacing)
		}
	}
	var b bytes.Buffer
	require.Equal(t, 2, experiments.Run(context.Background(), New(), []string{"-snapshots", "1", "-out", t.TempDir(), "toy2d"}, &b, &b))
	require.Contains(t, studytest.Unwrapped(b.String()), "-snapshots 1: at least two are needed, the first and the last")
}
