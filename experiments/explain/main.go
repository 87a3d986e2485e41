// Command explain says what a similarity score means for a model and a recording.
package main

import (
	"simgrad/experiments"
	"simgrad/experiments/studies/explain"
)

func main() { experiments.Main(explain.New()) }
