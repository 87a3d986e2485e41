//go:build !unix

package experiments

func peakMemory() float64 { return 0 }
