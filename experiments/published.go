package experiments

import (
	_ "embed"
	"encoding/csv"
	"strconv"
	"strings"

	"simgrad/data"
)

// The published results of Cloos et al. 2024, thinned: for every curve the first
// and last point and the first past every tenth of the score. Surrogates are held
// against those of the recording they stand for.
var (
	//go:embed published/decode.csv
	publishedDecode string
	//go:embed published/steps.csv
	publishedSteps string
)

// publishedName is the name under which results on a dataset may have been published.
func publishedName(o data.Origin) string { return strings.TrimPrefix(o.Base, "surrogate/") }

// A publishedCurve is decoding accuracy against score.
type publishedCurve struct{ Score, Accuracy []float64 }

// publishedCurveOf returns the published curve of a dataset, measure and task
// variable; empty if there is none.
func publishedCurveOf(of data.Origin, measure, variable string) (c publishedCurve) {
	name := publishedName(of)
	for _, row := range table(publishedDecode) {
		if row[0] == name && row[1] == measure && row[4] == variable {
			c.Score = append(c.Score, value(row[3]))
			c.Accuracy = append(c.Accuracy, value(row[5]))
		}
	}
	return c
}

// publishedStart returns the published initial score and the steps to .9 and .99.
func publishedStart(of data.Origin, measure string) (score float64, to9, to99 string, ok bool) {
	name := publishedName(of)
	for _, row := range table(publishedSteps) {
		if row[0] == name && row[1] == measure {
			return value(row[2]), row[3], row[4], true
		}
	}
	return 0, "", "", false
}

func table(text string) [][]string {
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		panic(err) // the file is part of the program
	}
	return rows[1:]
}

func value(s string) float64 {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		panic(err)
	}
	return v
}

//go:embed published/thresholds.csv
var publishedThresholds string

// A publishedThreshold is the score at which a component is half captured.
type publishedThreshold struct {
	PC              int // from 1
	Fraction, Score float64
}

// publishedThresholdsOf returns the published thresholds of a dataset and measure,
// for some of the components; empty if there are none.
func publishedThresholdsOf(of data.Origin, measure string) (ts []publishedThreshold) {
	name := publishedName(of)
	for _, row := range table(publishedThresholds) {
		if row[0] == name && row[1] == measure {
			ts = append(ts, publishedThreshold{int(value(row[2])), value(row[3]), value(row[4])})
		}
	}
	return ts
}
