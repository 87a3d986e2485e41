package inference

import "simgrad/measures"

// fewestFolds is how many folds of conditions are left out, where there are as many.
const fewestFolds = 5

// Measures are those that data of so many times and conditions are compared by unless
// others are asked for: CKA, CKA without bias, angular Procrustes, and linear regression
// left out by whole conditions; of samples without time by blocks of them.
func Measures(times, conditions int) []measures.Measure {
	regression := "linreg-r2-cv=5folds"
	switch {
	case times > 1 && conditions < fewestFolds:
		regression = "linreg-r2-cv=conditions"
	case times > 1:
		regression = "linreg-r2-cv=5conditions"
	}
	ms, err := measures.ByNames("cka,cka-hsic=song,procrustes-angular-score," + regression)
	if err != nil {
		panic(err) // they are registered
	}
	return ms
}

// oneAtBest is whether no score is more than 1, and data without noise come near it.
func oneAtBest(m measures.Measure) bool {
	return m.Kind == measures.Similarity && (m.Identity == 1 || m.Range[1] == 1)
}
