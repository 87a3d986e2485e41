package report

import (
	"math"
	"slices"
)

// A Forming is data driven toward a dataset by a measure, as they look in the plane of the
// first two principal components of the dataset when they score so much. The page has one
// slider for all, which moves the scores in its figures as well.
type Forming struct {
	Dataset, Measure  string // as a reader calls them
	Times, Conditions int
	Scores            []float64
	Planes            []float64 // score × time × condition × 2
	Reference         []float64 // time × condition × 2: the dataset itself
}

// liveForming is a Forming for page.js, thinned out: a screen shows no more, and the page
// carries all of it. Places are whole numbers, of which the dataset's extent has so many as a
// screen tells apart.
type liveForming struct {
	Dataset   string   `json:"dataset"`
	Measure   string   `json:"measure"`
	Times     int      `json:"times"`
	Scores    []number `json:"scores"`
	Planes    [][]int  `json:"planes"` // a score each: condition × time × 2
	Reference []int    `json:"reference"`
}

// Of a forming the page shows so many samples and scores, at most.
const (
	mostSamples    = 120
	mostConditions = 8 // that are followed over time
	mostScores     = 18
	extentOnPage   = 250
)

func (f Forming) live() liveForming {
	conditions := evenly(f.Conditions, mostConditions)
	if f.Times == 1 {
		conditions = evenly(f.Conditions, mostSamples)
	}
	times := evenly(f.Times, mostSamples/len(conditions))
	extent := 0.0
	for _, v := range f.Reference {
		extent = math.Max(extent, math.Abs(v))
	}
	picture := func(plane []float64) (places []int) {
		for _, c := range conditions {
			for _, t := range times {
				for k := range 2 {
					v := math.Round(extentOnPage * plane[(t*f.Conditions+c)*2+k] / extent)
					places = append(places, int(math.Max(-10*extentOnPage, math.Min(10*extentOnPage, v))))
				}
			}
		}
		return places
	}
	l := liveForming{Dataset: Plain(f.Dataset), Measure: Plain(f.Measure), Times: len(times), Reference: picture(f.Reference)}
	size := f.Times * f.Conditions * 2
	for _, i := range evenly(len(f.Scores), mostScores) {
		l.Scores = append(l.Scores, number(f.Scores[i]))
		l.Planes = append(l.Planes, picture(f.Planes[i*size:(i+1)*size]))
	}
	return l
}

// evenly are at most so many of 0 … n−1, evenly, with the ends.
func evenly(n, most int) (chosen []int) {
	most = max(1, min(n, most))
	for i := range most {
		chosen = append(chosen, i*(n-1)/max(1, most-1))
	}
	return slices.Compact(chosen)
}
