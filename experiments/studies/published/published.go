// Package published has results of Cloos et al. 2024, which reports set theirs beside.
package published

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
	//go:embed decode.csv
	decodeCSV string
	//go:embed steps.csv
	stepsCSV string
	//go:embed thresholds.csv
	thresholdsCSV string
)

// nameOf is the name under which results on a dataset may have been published.
func nameOf(o data.Origin) string { return strings.TrimPrefix(o.Base, "surrogate/") }

// A Curve is decoding accuracy against score.
type Curve struct{ Score, Accuracy []float64 }

// CurveOf returns the published curve of a dataset, measure and task
// variable; empty if there is none.
func CurveOf(of data.Origin, measure, variable string) (c Curve) {
	name := nameOf(of)
	for _, row := range table(decodeCSV) {
		if row[0] == name && row[1] == measure && row[4] == variable {
			c.Score = append(c.Score, value(row[3]))
			c.Accuracy = append(c.Accuracy, value(row[5]))
		}
	}
	return c
}

// StartOf returns the published initial score and the steps to .9 and .99.
func StartOf(of data.Origin, measure string) (score float64, to9, to99 string, ok bool) {
	name := nameOf(of)
	for _, row := range table(stepsCSV) {
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

// A Threshold is the score at which a component is half captured.
type Threshold struct {
	PC              int // from 1
	Fraction, Score float64
}

// ThresholdsOf returns the published thresholds of a dataset and measure,
// for some of the components; empty if there are none.
func ThresholdsOf(of data.Origin, measure string) (ts []Threshold) {
	name := nameOf(of)
	for _, row := range table(thresholdsCSV) {
		if row[0] == name && row[1] == measure {
			ts = append(ts, Threshold{int(value(row[2])), value(row[3]), value(row[4])})
		}
	}
	return ts
}
