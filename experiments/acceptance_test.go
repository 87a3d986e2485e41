package experiments_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"simgrad/data"
	"simgrad/experiments"
	"simgrad/experiments/report"
	"simgrad/experiments/studies/decode"
	"simgrad/experiments/studies/pcdynamics"
	"simgrad/experiments/studytest"
	"simgrad/measures"

	"github.com/stretchr/testify/require"
)

// The studies at full size against published results: minutes, so that they run
// only when asked for, with `go test ./experiments -run Acceptance -nightly`.
var nightly = flag.Bool("nightly", false, "also run the studies at full size")

func acceptance(t *testing.T, study experiments.Study, args ...string) map[string][][]string {
	if !*nightly {
		t.Skip("runs with -nightly")
	}
	out := filepath.Join(t.TempDir(), "out")
	var b bytes.Buffer
	require.Equal(t, 0, experiments.Run(context.Background(), study, append(args, "-out", out), &b, &b), b.String())
	tables := map[string][][]string{}
	for name, text := range studytest.Tables(t, out) {
		tables[name] = studytest.Rows(t, text)
	}
	return tables
}

// decodedAt returns the mean accuracy of a variable at a score of 0.9, and its
// reference, over the starts in a decode summary.
func decodedAt(t *testing.T, summary [][]string, measure, variable string) (mean, reference float64) {
	scores, accuracies := map[string][]float64{}, map[string][]float64{}
	for _, r := range summary[1:] {
		if r[1] != measure || r[5] != variable {
			continue
		}
		scores[r[2]], accuracies[r[2]] = append(scores[r[2]], studytest.Float(t, r[4])), append(accuracies[r[2]], studytest.Float(t, r[6]))
		reference = studytest.Float(t, r[7])
	}
	require.Len(t, scores, 3)
	for seed, score := range scores {
		mean += report.Crossing(score, accuracies[seed], 0.9) / 3
	}
	return mean, reference
}

func stepsTo99(t *testing.T, trace [][]string, measure string) (mean float64) {
	values := map[string][]float64{}
	score := slices.Index(trace[0], "score")
	for _, r := range trace[1:] {
		if r[1] == measure {
			values[r[2]] = append(values[r[2]], studytest.Float(t, r[score]))
		}
	}
	require.Len(t, values, 3)
	for _, v := range values {
		mean += float64(slices.IndexFunc(v, func(score float64) bool { return score >= 0.99 })) / 3
	}
	return mean
}

// The real recording, which nothing was tuned to.
func TestAcceptanceDecodeRecording(t *testing.T) {
	file := "../../shared/real/hatsopoulos2007.npz"
	if _, err := os.Stat(file); err != nil {
		t.Skip("the recording is not here")
	}
	tables := acceptance(t, decode.New(), "-data", file, "-measures", "cka,procrustes-angular-score")
	cka, reference := decodedAt(t, tables["summary.csv"], "cka", "half_right")
	require.LessOrEqual(t, cka, reference-0.15)
	procrustes, _ := decodedAt(t, tables["summary.csv"], "procrustes-angular-score", "half_right")
	require.GreaterOrEqual(t, procrustes, reference-0.03)
	require.InEpsilon(t, 39, stepsTo99(t, tables["trace.csv"], "cka"), 0.15)
	require.InEpsilon(t, 57, stepsTo99(t, tables["trace.csv"], "procrustes-angular-score"), 0.15)
}

// The surrogate of Mante's recording against what is published of the recording.
func TestAcceptanceDecodeMante(t *testing.T) {
	tables := acceptance(t, decode.New(), "-data", "surrogate/mante2013", "-protocol", "paper", "-measures", "cka,procrustes-angular-score")
	trace := tables["trace.csv"]
	require.InEpsilon(t, 45, stepsTo99(t, trace, "cka"), 0.3)
	require.InEpsilon(t, 45, stepsTo99(t, trace, "procrustes-angular-score"), 0.3)
	score := slices.Index(trace[0], "score")
	initial := map[string]float64{}
	for _, r := range trace[1:] {
		if _, seen := initial[r[1]]; !seen {
			initial[r[1]] = studytest.Float(t, r[score])
		}
	}
	require.InDelta(t, 0.075, initial["cka"], 0.02)
	require.InDelta(t, 0.288, initial["procrustes-angular-score"], 0.02)
	cka, reference := decodedAt(t, tables["summary.csv"], "cka", "context")
	require.InDelta(t, 0.89, reference, 0.05)
	require.LessOrEqual(t, cka, reference-0.08)
	procrustes, _ := decodedAt(t, tables["summary.csv"], "procrustes-angular-score", "context")
	require.GreaterOrEqual(t, procrustes, reference-0.03)

	d, err := data.Load("surrogate/mante2013")
	require.NoError(t, err)
	linreg, err := measures.ByName("linreg-r2")
	require.NoError(t, err)
	start, err := linreg.Eval(d.Samples(), experiments.Noise(0, d))
	require.NoError(t, err)
	require.InDelta(t, 0.674, start, 0.01)
}

// Scores at which the surrogate's components are half captured, against those
// published of the recording.
func TestAcceptancePCDynamicsMante(t *testing.T) {
	tables := acceptance(t, pcdynamics.New(), "-data", "surrogate/mante2013", "-measures", "cka,procrustes-angular-score")
	mean := func(measure string, pc int) (sum float64) {
		n := 0
		for _, r := range tables["thresholds.csv"][1:] {
			if r[1] == measure && r[3] == strconv.Itoa(pc) {
				sum += studytest.Float(t, r[5])
				n++
			}
		}
		require.Equal(t, 3, n)
		return sum / 3
	}
	for i, pc := range []int{1, 2, 3, 5, 10} {
		require.InDelta(t, []float64{0.18, 0.19, 0.26, 0.86, 0.94}[i], mean("cka", pc), 0.06, pc)
		require.InDelta(t, []float64{0.32, 0.32, 0.33, 0.36, 0.37}[i], mean("procrustes-angular-score", pc), 0.04, pc)
	}
}
