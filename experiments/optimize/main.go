// Command optimize drives one dataset toward another by a similarity score and
// keeps the way.
package main

import (
	"simgrad/experiments"
	"simgrad/experiments/studies/optimize"
)

func main() { experiments.Main(optimize.New()) }
